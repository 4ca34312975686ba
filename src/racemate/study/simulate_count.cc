// Runs the people of a summary and counts them.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "racemate/core/check.h"
#include "racemate/study/first_failure.h"
#include "racemate/study/simulate_summary.h"

namespace racemate::study {

namespace {

// Enough trials for every thread to be busy with whole ones; with fewer, threads share the blocks of each.
constexpr std::uint64_t kTrialsPerThread = 4;

// Where the items of one output begin, in the order of summary_items().
struct OutputItems {
  const model::Output* output = nullptr;
  std::vector<double> levels;          // mg/L
  std::size_t concentrations = 0;      // one per time, when wanted
  std::vector<std::size_t> fractions;  // per level: one per time
  std::size_t exposure = 0;            // cmax, tmax, auc, then one per level, when wanted
};

// Calls add(item) for each item of the request in order; returns where each output's begin.
template <class Add>
std::vector<OutputItems> walk_items(const Simulation& simulation, const Add& add) {
  const SimulateOptions& options = simulation.options();
  const model::CompiledModel& model = simulation.request().patterns.front().model;
  std::vector<OutputItems> all;
  std::size_t next = 0;
  const auto put = [&](const SummaryItem& item) {
    add(item);
    ++next;
  };
  const auto by_time = [&](const SummaryItem& item) {
    for (const Instant time : simulation.times()) {
      SummaryItem at_time = item;
      at_time.time = fmt::format("{}", time.hours());
      put(at_time);
    }
  };
  for (const std::string& name : simulation.outputs()) {
    OutputItems items;
    items.output = model.find_output(name);
    const std::string& unit = items.output->unit_code;
    std::vector<std::string> texts;
    for (const LevelAbove& above : options.above) {
      if (above.output != name) continue;
      items.levels.push_back(above.level_mg_per_l);
      texts.push_back(above.text);
    }
    items.concentrations = next;
    if (options.quantiles) by_time({"concentration", name, "", false, unit});
    for (const std::string& text : texts) {
      items.fractions.push_back(next);
      by_time({"fraction_above_" + text, name, "", true, "1"});
    }
    items.exposure = next;
    if (options.exposure) {
      std::string auc_unit = unit;
      auc_unit.insert(std::min(auc_unit.find('/'), auc_unit.size()), ".h");
      put({"cmax", name, "", false, unit});
      put({"tmax", name, "", false, "h"});
      put({"auc", name, "", false, auc_unit});
      for (const std::string& text : texts) put({"hours_above_" + text, name, "", false, "h"});
    }
    all.push_back(std::move(items));
  }
  return all;
}

// One thread's people.
class Counter {
 public:
  Counter(const Simulation& simulation, const std::vector<SummaryItem>& items)
      : simulation_(simulation), outputs_(walk_items(simulation, [](const SummaryItem& /*item*/) {})), counts_(items) {}

  std::optional<Diagnostic> count(const Piece& piece) {
    const SimulateOptions& options = simulation_.options();
    std::optional<Diagnostic> problem;
    if (options.quantiles || !options.above.empty()) {
      auto failure =
          simulation_.run_table(piece, worker_, [&](const TableBlock& table) { problem = add(piece, table); });
      if (failure) return failure;
      if (problem) return problem;
    }
    if (options.exposure) {
      auto failure =
          simulation_.run_exposure(piece, worker_, [&](const ExposureObserver& exposure) { add(piece, exposure); });
      if (failure) return failure;
    }
    counts_.people += piece.people;
    return std::nullopt;
  }

  [[nodiscard]] TrialCounts& counts() { return counts_; }

 private:
  std::optional<Diagnostic> add(const Piece& piece, const TableBlock& table) {
    const auto people = static_cast<std::size_t>(piece.people);
    for (std::size_t o = 0; o < outputs_.size(); ++o) {
      const OutputItems& items = outputs_[o];
      for (std::size_t time = 0; time < simulation_.times().size(); ++time) {
        const std::span<const double> values = table.values(o, time).first(people);
        // Amounts are never negative but for rounding; a value of the model's own may be, and a sketch cannot hold it.
        if (items.output->compartment == model::kNoCompartment &&
            std::any_of(values.begin(), values.end(), [](double value) { return value < 0; })) {
          return negative(piece, items.output->name, time);
        }
        if (simulation_.options().quantiles) {
          counts_.sketches[items.concentrations + time].add_all(values, items.output->per_internal);
        }
        for (std::size_t level = 0; level < items.levels.size(); ++level) {
          const double threshold = items.levels[level];
          counts_.above[items.fractions[level] + time] += static_cast<std::uint64_t>(
              std::count_if(values.begin(), values.end(), [&](double value) { return value > threshold; }));
        }
      }
    }
    return std::nullopt;
  }

  void add(const Piece& piece, const ExposureObserver& exposure) {
    const auto people = static_cast<std::size_t>(piece.people);
    for (std::size_t o = 0; o < outputs_.size(); ++o) {
      std::size_t item = outputs_[o].exposure;
      const double scale = outputs_[o].output->per_internal;
      counts_.sketches[item++].add_all(exposure.peak(o).first(people), scale);
      counts_.sketches[item++].add_all(exposure.peak_time(o).first(people), 1);
      counts_.sketches[item++].add_all(exposure.auc(o).first(people), scale);
      for (std::size_t level = 0; level < outputs_[o].levels.size(); ++level) {
        counts_.sketches[item++].add_all(exposure.hours_above(o, level).first(people), 1);
      }
    }
  }

  [[nodiscard]] Diagnostic negative(const Piece& piece, const std::string& output, std::size_t time) const {
    return {
        ErrorCode::kUnsupported,
        {},
        fmt::format("output '{}' is negative in people {} to {} of trial {} at {} h: summaries count values from 0 up",
                    output, piece.first + 1, piece.first + piece.people, piece.trial + 1,
                    simulation_.times()[time].hours()),
        "other outputs, or the table",
        {}};
  }

  const Simulation& simulation_;
  std::vector<OutputItems> outputs_;
  SimulationWorker worker_;
  TrialCounts counts_;
};

// Whole trials on each thread, or the blocks of one trial after another on all of them.
class CountingRun {
 public:
  CountingRun(const Simulation& simulation, const std::vector<SummaryItem>& items, const ProgressSink& progress,
              const CancelToken& cancel)
      : simulation_(simulation),
        items_(items),
        progress_(progress),
        cancel_(cancel),
        range_(people_of_shard(simulation.options())),
        subjects_(simulation.options().people_of_trial()),
        threads_(resolve_threads(simulation.options().threads)),
        total_(new_counts()) {
    for (int worker = 0; worker < threads_; ++worker) {
      counters_.push_back(std::make_unique<Counter>(simulation, items));
    }
  }

  Result<SummaryCounts> run() {
    const WorkList trials(range_, subjects_, subjects_);
    const bool whole_trials = trials.pieces() >= kTrialsPerThread * static_cast<std::uint64_t>(threads_);
    Result<void> done = whole_trials ? trials_in_parallel(trials) : blocks_in_parallel(trials);
    if (!done) return fail(std::move(done.error()));
    return std::move(total_);
  }

 private:
  [[nodiscard]] SummaryCounts new_counts() const { return {items_, subjects_, simulation_.options().trials()}; }

  void report(std::uint64_t people) {
    const std::lock_guard lock(mutex_);
    people_done_ += people;
    if (progress_) progress_({"", static_cast<double>(people_done_) / static_cast<double>(range_.last - range_.first)});
  }

  Result<void> result(const FirstFailure& failure, bool finished) const {
    if (failure.get()) return fail(failure.get()->second);
    if (!finished || cancel_.cancelled()) return fail(interruption());
    return {};
  }

  // Counts the blocks of a piece until one fails or the run is cancelled.
  std::optional<Diagnostic> count_trial(const Piece& trial, Counter& counter) {
    const std::uint64_t block = simulation_.options().block;
    for (std::uint64_t at = 0; at < trial.people && !cancel_.cancelled(); at += block) {
      const Piece piece{trial.trial, trial.first + at, std::min(block, trial.people - at)};
      if (auto failure = counter.count(piece)) return failure;
      report(piece.people);
    }
    return std::nullopt;
  }

  Result<void> trials_in_parallel(const WorkList& trials) {
    std::vector<SummaryCounts> sums(static_cast<std::size_t>(threads_), new_counts());
    FirstFailure failure;
    const bool finished = parallel_blocks(trials.pieces(), threads_, cancel_, [&](std::size_t number, int worker) {
      if (failure.seen()) return;
      const auto w = static_cast<std::size_t>(worker);
      const Piece trial = trials.at(number);
      if (auto problem = count_trial(trial, *counters_[w])) return failure.report(number, std::move(*problem));
      if (cancel_.cancelled()) return;
      sums[w].add(trial.trial, counters_[w]->counts());
      counters_[w]->counts().clear();
    });
    if (Result<void> done = result(failure, finished); !done) return done;
    for (const SummaryCounts& sum : sums) total_.merge(sum);
    return {};
  }

  Result<void> blocks_in_parallel(const WorkList& trials) {
    for (std::size_t number = 0; number < trials.pieces(); ++number) {
      const Piece trial = trials.at(number);
      const std::uint64_t begin = trial.trial * subjects_ + trial.first;
      const WorkList blocks({begin, begin + trial.people}, subjects_, simulation_.options().block);
      FirstFailure failure;
      const bool finished = parallel_blocks(blocks.pieces(), threads_, cancel_, [&](std::size_t block, int worker) {
        if (failure.seen()) return;
        const Piece piece = blocks.at(block);
        if (auto problem = counters_[static_cast<std::size_t>(worker)]->count(piece)) {
          return failure.report(block, std::move(*problem));
        }
        report(piece.people);
      });
      if (Result<void> done = result(failure, finished); !done) return done;
      TrialCounts& sum = counters_.front()->counts();
      for (std::size_t w = 1; w < counters_.size(); ++w) {
        sum.merge(counters_[w]->counts());
        counters_[w]->counts().clear();
      }
      total_.add(trial.trial, sum);
      sum.clear();
    }
    return {};
  }

  const Simulation& simulation_;
  const std::vector<SummaryItem>& items_;
  const ProgressSink& progress_;
  const CancelToken& cancel_;
  PeopleRange range_;
  std::uint64_t subjects_;
  int threads_;
  SummaryCounts total_;
  std::vector<std::unique_ptr<Counter>> counters_;
  std::mutex mutex_;
  std::uint64_t people_done_ = 0;
};

}  // namespace

std::vector<SummaryItem> summary_items(const Simulation& simulation) {
  std::vector<SummaryItem> items;
  walk_items(simulation, [&](const SummaryItem& item) { items.push_back(item); });
  return items;
}

Result<SummaryCounts> count_people(const Simulation& simulation, const std::vector<SummaryItem>& items,
                                   const ProgressSink& progress, const CancelToken& cancel) {
  return CountingRun(simulation, items, progress, cancel).run();
}

}  // namespace racemate::study
