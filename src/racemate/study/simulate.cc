#include "racemate/study/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <mutex>
#include <utility>

#include "racemate/engine/plan.h"
#include "racemate/engine/run.h"
#include "racemate/exposure/sketch.h"
#include "racemate/population/batch.h"
#include "racemate/study/exposure_run.h"
#include "racemate/study/request.h"

namespace racemate::study {

namespace {

using population::LaneIdentity;

// Blocks that wait, as text, for their turn to be written: enough to keep every thread busy.
constexpr std::size_t kBlocksPerThread = 4;

// Keeps the concentrations of a block at the wanted times. An instant with a dose shows the state after it.
class TableCollector final : public engine::TrajectoryObserver {
 public:
  TableCollector(const std::vector<Instant>& times, std::size_t outputs, std::size_t lanes)
      : times_(times), lanes_(lanes), values_(outputs, std::vector<double>(times.size() * lanes)) {}

  void session(std::uint32_t /*session*/, Instant /*start*/) override {}
  void administration(std::span<const double> /*nominal_mg*/, std::span<const double> /*base_mg*/,
                      std::span<const double> /*systemic_mg*/) override {}
  void chunk(const engine::TrajectoryChunk& chunk) override {
    Instant time = chunk.start;
    keep(chunk, time, 0);
    for (std::size_t step = 0; step < chunk.step.size(); ++step) {
      time = time + chunk.step[step];
      keep(chunk, time, step + 1);
    }
    // Where people's own events split a step, its end is the next chunk's start; the very last end is kept here.
    if (times_.empty()) return;
    for (std::size_t o = 0; o < values_.size(); ++o) {
      const double* end = chunk.value[o] + chunk.steps * lanes_;
      std::copy(end, end + lanes_, values_[o].end() - static_cast<std::ptrdiff_t>(lanes_));
    }
  }

  [[nodiscard]] double value(std::size_t output, std::size_t time, std::size_t lane) const {
    return values_[output][time * lanes_ + lane];
  }

 private:
  void keep(const engine::TrajectoryChunk& chunk, Instant time, std::size_t point) {
    if (chunk.lane_start_h != nullptr && chunk.lane_start_h[0] > 0) return;
    const auto wanted = std::lower_bound(times_.begin(), times_.end(), time);
    if (wanted == times_.end() || *wanted != time) return;
    const auto row = static_cast<std::ptrdiff_t>(wanted - times_.begin());
    for (std::size_t o = 0; o < values_.size(); ++o) {
      const double* from = chunk.value[o] + point * lanes_;
      std::copy(from, from + lanes_, values_[o].begin() + row * static_cast<std::ptrdiff_t>(lanes_));
    }
  }

  const std::vector<Instant>& times_;
  std::size_t lanes_;
  std::vector<std::vector<double>> values_;  // [output][time][lane]
};

// A request to simulate, resolved and planned. Members refer to each other: neither copied nor moved.
class Simulation {
 public:
  Simulation(Request request, const SimulateOptions& options) : request_(std::move(request)), options_(options) {
    const PatternRequest& use = request_.patterns.front();
    context_ = {&use.model, &use.pattern, &request_.cohort, options.seed,
                population::study_inputs(use.model, use.pattern)};
    for (const Duration time : options.times) times_.push_back(Instant() + time);
  }
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  Simulation(Simulation&&) = delete;
  Simulation& operator=(Simulation&&) = delete;
  ~Simulation() = default;

  [[nodiscard]] std::optional<Diagnostics> plan() {
    const PatternRequest& use = request_.patterns.front();
    engine::PlanOptions plan_options;
    plan_options.route = use.pattern.route;
    plan_options.outputs = options_.outputs;
    if (plan_options.outputs.empty()) {
      for (const model::Output& output : use.model.outputs) plan_options.outputs.push_back(output.name);
    }
    outputs_ = plan_options.outputs;
    plan_options.times = times_;
    plan_options.values_only = true;
    Result<engine::Plan> plan = engine::Plan::make(use.model, use.timeline, plan_options);
    if (!plan) return std::move(plan.error());
    plan_.emplace(std::move(*plan));
    return std::nullopt;
  }

  [[nodiscard]] std::uint64_t people() const { return options_.typical ? 1 : options_.subjects; }
  [[nodiscard]] std::size_t blocks() const {
    return static_cast<std::size_t>((people() + options_.block - 1) / options_.block);
  }
  [[nodiscard]] std::uint64_t first_of(std::size_t block) const { return block * options_.block; }
  [[nodiscard]] std::size_t people_of(std::size_t block) const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(options_.block, people() - first_of(block)));
  }
  [[nodiscard]] const std::vector<std::string>& outputs() const { return outputs_; }
  [[nodiscard]] const std::vector<Instant>& times() const { return times_; }

  // Runs one block; `keep` sees the finished table.
  std::optional<Diagnostic> run(std::size_t block, engine::Workspace& workspace,
                                const std::function<void(const TableCollector&)>& keep) const {
    std::vector<LaneIdentity> lanes(people_of(block));
    for (std::size_t lane = 0; lane < lanes.size() && !options_.typical; ++lane) {
      lanes[lane].subject = first_of(block) + lane;
    }
    population::Batch batch(context_, lanes);
    TableCollector collector(times_, outputs_.size(), batch.lanes());
    if (const auto failure = engine::run(*plan_, batch, collector, workspace)) {
      return run_failure(context_, *failure, lanes);
    }
    keep(collector);
    return std::nullopt;
  }

 private:
  Request request_;
  const SimulateOptions& options_;
  population::DrawContext context_;
  std::vector<Instant> times_;
  std::vector<std::string> outputs_;
  std::optional<engine::Plan> plan_;
};

Result<Request> resolve_simulation(const Library& library, const SimulateOptions& options) {
  if (options.times.empty() || !(options.times.back() > Duration())) {
    return fail(Diagnostic{
        ErrorCode::kOutOfRange, {}, "there is no time after 0 to simulate to", "times, as in 0:24:0.1h", {}});
  }
  const Result<regimen::Pattern> pattern = find_pattern(library, options.regimen);
  if (!pattern) return fail(pattern.error());
  CompareOptions compare_options;
  compare_options.patterns = {options.regimen};
  compare_options.subjects = options.typical ? 1 : options.subjects;
  compare_options.days = options.times.back().hours() / 24;
  compare_options.cohort = options.cohort;
  compare_options.weight_kg = options.weight_kg;
  compare_options.age_a = options.age_a;
  compare_options.overrides = options.overrides;
  compare_options.block = options.block;
  compare_options.model_of_pattern[pattern->id] = options.model;
  return resolve(library, compare_options);
}

std::string rows_of(const Simulation& simulation, const TableCollector& table, std::uint64_t first, std::size_t people,
                    const std::vector<std::string>& time_texts) {
  std::string text;
  text.reserve(people * time_texts.size() * (16 + 12 * simulation.outputs().size()));
  for (std::size_t lane = 0; lane < people; ++lane) {
    for (std::size_t time = 0; time < time_texts.size(); ++time) {
      fmt::format_to(std::back_inserter(text), "{}{}", first + lane + 1, time_texts[time]);
      for (std::size_t o = 0; o < simulation.outputs().size(); ++o) {
        fmt::format_to(std::back_inserter(text), ",{}", table.value(o, time, lane) * kNanogramsPerMl);
      }
      text += '\n';
    }
  }
  return text;
}

Diagnostics interrupted() { return {{ErrorCode::kInterrupted, {}, "interrupted", {}, {}}}; }

// Calls done(block) work on all blocks in waves, so that at most a few blocks per thread are pending. work fills what
// after_wave takes in order. Stops at the first failing wave.
struct Waves {
  std::size_t blocks = 0;
  int threads = 1;
  const ProgressSink& progress;
  const CancelToken& cancel;

  Result<void> run(
      const std::function<std::optional<Diagnostic>(std::size_t block, std::size_t place, int worker)>& work,
      const std::function<bool(std::size_t places)>& after_wave) const {
    const std::size_t wave = kBlocksPerThread * static_cast<std::size_t>(threads);
    for (std::size_t first = 0; first < blocks; first += wave) {
      const std::size_t places = std::min(wave, blocks - first);
      std::vector<std::optional<Diagnostic>> failures(places);
      const bool finished = parallel_blocks(places, threads, cancel, [&](std::size_t place, int worker) {
        failures[place] = work(first + place, place, worker);
      });
      for (std::optional<Diagnostic>& failure : failures) {
        if (failure) return fail(std::move(*failure));
      }
      if (!finished) return fail(interrupted());
      if (!after_wave(places)) {
        return fail(Diagnostic{ErrorCode::kUnwritableOutput, {}, "the output could not be written to its end", {}, {}});
      }
      if (progress) progress({"", static_cast<double>(first + places) / static_cast<double>(blocks)});
    }
    return {};
  }
};

}  // namespace

Result<void> simulate_table(const Library& library, const SimulateOptions& options, const TextSink& write,
                            const ProgressSink& progress, const CancelToken& cancel) {
  Result<Request> request = resolve_simulation(library, options);
  if (!request) return fail(std::move(request.error()));
  Simulation simulation(std::move(*request), options);
  if (auto problems = simulation.plan()) return fail(std::move(*problems));

  std::string header = "ID,TIME";
  for (const std::string& output : simulation.outputs()) header += "," + output;
  if (!write(header + "\n")) {
    return fail(Diagnostic{ErrorCode::kUnwritableOutput, {}, "the output could not be written", {}, {}});
  }
  std::vector<std::string> time_texts;
  for (const Instant time : simulation.times()) time_texts.push_back(fmt::format(",{}", time.hours()));

  const int threads = resolve_threads(options.threads);
  std::vector<engine::Workspace> workspaces(static_cast<std::size_t>(threads));
  std::vector<std::string> texts(kBlocksPerThread * static_cast<std::size_t>(threads));
  return Waves{simulation.blocks(), threads, progress, cancel}.run(
      [&](std::size_t block, std::size_t place, int worker) {
        return simulation.run(block, workspaces[static_cast<std::size_t>(worker)], [&](const TableCollector& table) {
          texts[place] =
              rows_of(simulation, table, simulation.first_of(block), simulation.people_of(block), time_texts);
        });
      },
      [&](std::size_t places) {
        return std::all_of(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(places), write);
      });
}

Result<std::vector<QuantileRow>> simulate_quantiles(const Library& library, const SimulateOptions& options,
                                                    const ProgressSink& progress, const CancelToken& cancel) {
  Result<Request> request = resolve_simulation(library, options);
  if (!request) return fail(std::move(request.error()));
  Simulation simulation(std::move(*request), options);
  if (auto problems = simulation.plan()) return fail(std::move(*problems));

  const int threads = resolve_threads(options.threads);
  const std::size_t outputs = simulation.outputs().size();
  const std::size_t times = simulation.times().size();
  using Sketches = std::vector<exposure::QuantileSketch>;  // [output][time]
  std::vector<Sketches> workers(static_cast<std::size_t>(threads),
                                Sketches(outputs * times, exposure::QuantileSketch(kSketchError)));
  std::vector<engine::Workspace> workspaces(static_cast<std::size_t>(threads));
  const Result<void> ran = Waves{simulation.blocks(), threads, progress, cancel}.run(
      [&](std::size_t block, std::size_t /*place*/, int worker) {
        const auto w = static_cast<std::size_t>(worker);
        return simulation.run(block, workspaces[w], [&](const TableCollector& table) {
          for (std::size_t o = 0; o < outputs; ++o) {
            for (std::size_t time = 0; time < times; ++time) {
              for (std::size_t lane = 0; lane < simulation.people_of(block); ++lane) {
                workers[w][o * times + time].add(std::max(0.0, table.value(o, time, lane)) * kNanogramsPerMl);
              }
            }
          }
        });
      },
      [](std::size_t /*places*/) { return true; });
  if (!ran) return fail(ran.error());
  for (std::size_t w = 1; w < workers.size(); ++w) {
    for (std::size_t i = 0; i < workers[0].size(); ++i) workers[0][i].merge(workers[w][i]);
  }
  std::vector<QuantileRow> rows;
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t time = 0; time < times; ++time) {
      const exposure::QuantileSketch& sketch = workers[0][o * times + time];
      rows.push_back({simulation.times()[time].hours(), simulation.outputs()[o], sketch.quantile(0.05),
                      sketch.quantile(0.5), sketch.quantile(0.95)});
    }
  }
  return rows;
}

Result<std::vector<Duration>> parse_times(std::string_view text) {
  const auto bad = [&](const std::string& message) {
    return fail(Diagnostic{ErrorCode::kUsage,
                           {},
                           fmt::format("--times '{}': {}", text, message),
                           "START:END:STEP or a list with one unit, as in 0:24:0.1h or 0,0.5,1,2h",
                           {}});
  };
  const std::size_t unit_at = text.find_last_of("0123456789.") + 1;
  const std::optional<Unit> unit = unit_at < text.size() ? parse_unit(text.substr(unit_at)) : std::nullopt;
  if (!unit || !(unit->dimension == dimensions::kTime)) return bad("the unit of time is missing or unknown");
  const bool range = text.find(':') != std::string_view::npos;
  std::vector<double> numbers;
  std::string_view rest = text.substr(0, unit_at);
  while (true) {
    const std::size_t end = rest.find_first_of(range ? ":" : ",");
    const std::string_view part = rest.substr(0, end);
    double number = 0;
    const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc() || stop != part.data() + part.size() || !std::isfinite(number) || number < 0) {
      return bad(fmt::format("'{}' is not a time", part));
    }
    numbers.push_back(number * unit->to_internal);
    if (end == std::string_view::npos) break;
    rest = rest.substr(end + 1);
  }
  constexpr double kLongest_h = kMostDays * 24;
  std::vector<Duration> times;
  if (range) {
    if (numbers.size() != 3) return bad("three numbers are expected");
    const auto [start, end, step] = std::tuple(numbers[0], numbers[1], numbers[2]);
    if (!(step > 0) || end < start || end > kLongest_h) return bad("the step is above 0 and the end at most ten years");
    const double count = std::floor((end - start) / step + 1e-9) + 1;
    if (count > static_cast<double>(kMostTimes)) return bad(fmt::format("more than {} times", kMostTimes));
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(count); ++i) {
      times.push_back(Duration::from_hours(start + static_cast<double>(i) * step));
    }
  } else {
    if (numbers.size() > kMostTimes) return bad(fmt::format("more than {} times", kMostTimes));
    for (const double number : numbers) {
      if (number > kLongest_h) return bad("ten years at most");
      times.push_back(Duration::from_hours(number));
    }
  }
  if (std::adjacent_find(times.begin(), times.end(), [](Duration a, Duration b) { return a >= b; }) != times.end()) {
    return bad("times ascend");
  }
  return times;
}

}  // namespace racemate::study
