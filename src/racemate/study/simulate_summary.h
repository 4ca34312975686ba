// What a summary counts, and how counts become rows. Internal to simulate*.cc.
//
// One item is a quantity of each person (a concentration at a time, a peak): its values are counted in a sketch; or
// whether each person is above a level at a time: people are counted. With one trial the rows are quantiles over its
// people. With several (studies, replicates) the quantiles of each trial are counted in turn, and the rows are their
// median and 5th and 95th percentile over trials, as in a visual predictive check.
//
// CSV: "SUMMARY,OUTPUT,TIME,STATISTIC,VALUE,UNIT"; with several trials "...,VALUE,LOW,HIGH,UNIT". SUMMARY is
// concentration, fraction_above_<level> (both by TIME, h), cmax, tmax, auc (from hour 0 to the last time) or
// hours_above_<level>; STATISTIC is p5, median, p95 or fraction.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/exposure/sketch.h"
#include "racemate/study/simulate_run.h"

namespace racemate::study {

inline constexpr std::size_t kMostSummaryItems = 200'000;
inline constexpr std::array<double, 3> kSummaryQuantiles{0.05, 0.5, 0.95};

struct SummaryItem {
  std::string summary;  // "concentration"
  std::string output;
  std::string time;  // h, "" where the item has none
  bool fraction = false;
  std::string unit;

  [[nodiscard]] std::size_t statistics() const { return fraction ? 1 : kSummaryQuantiles.size(); }
  bool operator==(const SummaryItem&) const = default;
};

// Counts over the people of one trial, or some of them.
struct TrialCounts {
  std::vector<exposure::QuantileSketch> sketches;  // per item; empty ones for fractions
  std::vector<std::uint64_t> above;                // per item
  std::uint64_t people = 0;

  TrialCounts() = default;
  explicit TrialCounts(const std::vector<SummaryItem>& items);
  void merge(const TrialCounts& other);
  void clear();
};

// The counts of a run or of a part of it.
class SummaryCounts {
 public:
  SummaryCounts(std::vector<SummaryItem> items, std::uint64_t people_of_trial, std::uint64_t trials);

  // Some people of a trial. A trial that is complete thereby is summed up when there are several trials.
  void add(std::uint64_t trial, const TrialCounts& counts);
  // The same items, people and trials required.
  void merge(const SummaryCounts& other);
  // Every person of every trial is counted.
  [[nodiscard]] bool complete() const;
  // Precondition: complete().
  [[nodiscard]] std::string csv() const;

  // As the lines of a shard after its first (simulate_shard.h).
  [[nodiscard]] std::string lines() const;
  [[nodiscard]] const std::vector<SummaryItem>& items() const { return items_; }
  [[nodiscard]] std::uint64_t people_of_trial() const { return people_of_trial_; }
  [[nodiscard]] std::uint64_t trials() const { return trials_; }
  [[nodiscard]] bool like(const SummaryCounts& other) const;

 private:
  friend class SummaryReader;
  void sum_up(const TrialCounts& counts);

  std::vector<SummaryItem> items_;
  std::uint64_t people_of_trial_;
  std::uint64_t trials_;
  std::uint64_t trials_done_ = 0;                                   // summed up in over_trials_
  std::vector<std::vector<exposure::QuantileSketch>> over_trials_;  // [item][statistic]; empty for one trial
  std::map<std::uint64_t, TrialCounts> partial_;
};

// Reads lines() again, line by line.
class SummaryReader {
 public:
  explicit SummaryReader(std::string file) : file_(std::move(file)) {}
  // line_number: from 1. Error: kSyntax there.
  [[nodiscard]] Result<void> read(std::string_view line, std::uint32_t line_number);
  // Error: kSyntax when the lines were too few.
  [[nodiscard]] Result<SummaryCounts> finish();

 private:
  struct Words;
  bool read_people(Words& words);
  bool read_item(Words& words);
  bool read_over(Words& words);
  bool read_trial(Words& words);
  bool read_trial_counts(Words& words, bool sketch);
  [[nodiscard]] SummaryCounts& counts();

  std::string file_;
  std::uint64_t people_of_trial_ = 0;
  std::uint64_t trials_ = 0;
  std::uint64_t trials_done_ = 0;
  std::size_t expected_items_ = 0;
  std::vector<SummaryItem> items_;
  std::optional<SummaryCounts> counts_;
  std::map<std::uint64_t, TrialCounts>::iterator trial_;
  bool in_trial_ = false;
};

// The items of a request.
[[nodiscard]] std::vector<SummaryItem> summary_items(const Simulation& simulation);
// The counts of the request's people (its shard's).
[[nodiscard]] Result<SummaryCounts> count_people(const Simulation& simulation, const std::vector<SummaryItem>& items,
                                                 const ProgressSink& progress, const CancelToken& cancel);

}  // namespace racemate::study
