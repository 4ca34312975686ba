#include "racemate/study/simulate_summary.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "racemate/core/check.h"

namespace racemate::study {

using exposure::QuantileSketch;

namespace {

constexpr std::array<const char*, kSummaryQuantiles.size()> kStatistics{"p5", "median", "p95"};

void append_sketch(const QuantileSketch& sketch, std::string& text) {
  const QuantileSketch::Content content = sketch.content();
  fmt::format_to(std::back_inserter(text), " {}", content.zeros);
  for (const auto& [bin, count] : content.bins) fmt::format_to(std::back_inserter(text), " {}:{}", bin, count);
  text += '\n';
}

}  // namespace

TrialCounts::TrialCounts(const std::vector<SummaryItem>& items)
    : sketches(items.size(), QuantileSketch(kSketchError)), above(items.size(), 0) {}

void TrialCounts::merge(const TrialCounts& other) {
  for (std::size_t i = 0; i < sketches.size(); ++i) {
    sketches[i].merge(other.sketches[i]);
    above[i] += other.above[i];
  }
  people += other.people;
}

void TrialCounts::clear() {
  for (QuantileSketch& sketch : sketches) sketch.clear();
  std::fill(above.begin(), above.end(), 0);
  people = 0;
}

SummaryCounts::SummaryCounts(std::vector<SummaryItem> items, std::uint64_t people_of_trial, std::uint64_t trials)
    : items_(std::move(items)), people_of_trial_(people_of_trial), trials_(trials) {
  if (trials == 1) return;
  for (const SummaryItem& item : items_) {
    over_trials_.emplace_back(item.statistics(), QuantileSketch(kSketchError));
  }
}

void SummaryCounts::add(std::uint64_t trial, const TrialCounts& counts) {
  if (trials_ > 1 && counts.people == people_of_trial_) return sum_up(counts);
  const auto known = partial_.find(trial);
  if (known == partial_.end()) {
    partial_.emplace(trial, counts);
    return;
  }
  known->second.merge(counts);
  if (trials_ > 1 && known->second.people == people_of_trial_) {
    sum_up(known->second);
    partial_.erase(known);
  }
}

void SummaryCounts::sum_up(const TrialCounts& counts) {
  ++trials_done_;
  std::array<double, kSummaryQuantiles.size()> values{};
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].fraction) {
      over_trials_[i][0].add(static_cast<double>(counts.above[i]) / static_cast<double>(counts.people));
      continue;
    }
    counts.sketches[i].quantiles(kSummaryQuantiles, values);
    for (std::size_t s = 0; s < values.size(); ++s) over_trials_[i][s].add(values[s]);
  }
}

bool SummaryCounts::like(const SummaryCounts& other) const {
  return items_ == other.items_ && people_of_trial_ == other.people_of_trial_ && trials_ == other.trials_;
}

void SummaryCounts::merge(const SummaryCounts& other) {
  RACEMATE_CHECK(like(other), "merged counts are of one run");
  trials_done_ += other.trials_done_;
  for (std::size_t i = 0; i < over_trials_.size(); ++i) {
    for (std::size_t s = 0; s < over_trials_[i].size(); ++s) over_trials_[i][s].merge(other.over_trials_[i][s]);
  }
  for (const auto& [trial, counts] : other.partial_) add(trial, counts);
}

bool SummaryCounts::complete() const {
  if (trials_ > 1) return trials_done_ == trials_ && partial_.empty();
  return partial_.size() == 1 && partial_.begin()->second.people == people_of_trial_;
}

std::string SummaryCounts::csv() const {
  RACEMATE_CHECK(complete(), "only a whole run has rows");
  const bool several = trials_ > 1;
  std::string text =
      several ? "SUMMARY,OUTPUT,TIME,STATISTIC,VALUE,LOW,HIGH,UNIT\n" : "SUMMARY,OUTPUT,TIME,STATISTIC,VALUE,UNIT\n";
  std::array<double, kSummaryQuantiles.size()> values{};
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const SummaryItem& item = items_[i];
    if (!several && item.fraction) {
      const TrialCounts& counts = partial_.begin()->second;
      values[0] = static_cast<double>(counts.above[i]) / static_cast<double>(counts.people);
    } else if (!several) {
      partial_.begin()->second.sketches[i].quantiles(kSummaryQuantiles, values);
    }
    for (std::size_t s = 0; s < item.statistics(); ++s) {
      fmt::format_to(std::back_inserter(text), "{},{},{},{},", item.summary, item.output, item.time,
                     item.fraction ? "fraction" : kStatistics[s]);
      if (several) {
        std::array<double, kSummaryQuantiles.size()> over{};
        over_trials_[i][s].quantiles(kSummaryQuantiles, over);
        fmt::format_to(std::back_inserter(text), "{},{},{},", over[1], over[0], over[2]);
      } else {
        fmt::format_to(std::back_inserter(text), "{},", values[s]);
      }
      text += item.unit + "\n";
    }
  }
  return text;
}

std::string SummaryCounts::lines() const {
  std::string text = fmt::format("people {} trials {} error {} items {} done {}\n", people_of_trial_, trials_,
                                 kSketchError, items_.size(), trials_done_);
  for (const SummaryItem& item : items_) {
    fmt::format_to(std::back_inserter(text), "item {} {} {} {} {}\n", item.summary, item.output,
                   item.time.empty() ? "-" : item.time, item.fraction ? "fraction" : "quantiles", item.unit);
  }
  for (std::size_t i = 0; i < over_trials_.size(); ++i) {
    for (std::size_t s = 0; s < over_trials_[i].size(); ++s) {
      if (over_trials_[i][s].count() == 0) continue;
      fmt::format_to(std::back_inserter(text), "over {} {}", i, s);
      append_sketch(over_trials_[i][s], text);
    }
  }
  for (const auto& [trial, counts] : partial_) {
    fmt::format_to(std::back_inserter(text), "trial {} {}\n", trial, counts.people);
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (counts.sketches[i].count() > 0) {
        fmt::format_to(std::back_inserter(text), "sketch {}", i);
        append_sketch(counts.sketches[i], text);
      }
      if (counts.above[i] > 0) fmt::format_to(std::back_inserter(text), "above {} {}\n", i, counts.above[i]);
    }
  }
  return text;
}

}  // namespace racemate::study
