#include "racemate/study/simulate_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "racemate/core/check.h"
#include "racemate/study/exposure_run.h"
#include "racemate/study/simulate_estimates.h"

namespace racemate::study {

using population::LaneIdentity;

PeopleRange people_of_shard(const SimulateOptions& options) {
  const std::uint64_t people = options.trials() * options.people_of_trial();
  if (!options.shard) return {0, people};
  // people <= kMostSimulatedPeople and of <= kMostShards, so that their product fits.
  return {people * (options.shard->index - 1) / options.shard->of, people * options.shard->index / options.shard->of};
}

WorkList::WorkList(const PeopleRange& range, std::uint64_t subjects, std::uint64_t size)
    : range_(range), subjects_(subjects), size_(size), first_trial_(range.first / subjects) {
  if (range.first >= range.last) return;
  std::uint64_t at = range.first;
  if (at % subjects != 0) {
    const std::uint64_t end = std::min(range.last, (first_trial_ + 1) * subjects);
    head_ = cuts(end - at);
    at = end;
    ++first_trial_;
  }
  whole_ = (range.last - at) / subjects * cuts(subjects);
  const std::uint64_t left = (range.last - at) % subjects;
  tail_ = cuts(left);
}

Piece WorkList::cut(std::uint64_t trial, std::uint64_t begin, std::uint64_t end, std::uint64_t cut) const {
  const std::uint64_t first = begin + cut * size_;
  return {trial, first, std::min(size_, end - first)};
}

Piece WorkList::at(std::size_t piece) const {
  std::uint64_t number = piece;
  if (number < head_) {
    const std::uint64_t trial = range_.first / subjects_;
    return cut(trial, range_.first % subjects_, std::min(subjects_, range_.last - trial * subjects_), number);
  }
  number -= head_;
  const std::uint64_t per_trial = cuts(subjects_);
  const std::uint64_t trial = first_trial_ + number / per_trial;
  return cut(trial, 0, std::min(subjects_, range_.last - trial * subjects_), number % per_trial);
}

TableCollector::TableCollector(const std::vector<Instant>& times, std::size_t outputs, std::size_t lanes,
                               std::vector<double>& values)
    : times_(times), lanes_(lanes), values_(values) {
  values_.assign(outputs * times.size() * lanes, 0.0);
}

void TableCollector::chunk(const engine::TrajectoryChunk& chunk) {
  Instant time = chunk.start;
  keep(chunk, time, 0);
  for (std::size_t step = 0; step < chunk.step.size(); ++step) {
    time = time + chunk.step[step];
    keep(chunk, time, step + 1);
  }
  // Where people's own events split a step, its end is the next chunk's start; the very last end is kept here.
  for (std::size_t o = 0; o < chunk.value.size(); ++o) {
    const double* end = chunk.value[o] + chunk.steps * lanes_;
    std::copy_n(end, lanes_, values_.data() + ((o + 1) * times_.size() - 1) * lanes_);
  }
}

void TableCollector::keep(const engine::TrajectoryChunk& chunk, Instant time, std::size_t point) {
  if (chunk.lane_start_h != nullptr && chunk.lane_start_h[0] > 0) return;
  const auto wanted = std::lower_bound(times_.begin(), times_.end(), time);
  if (wanted == times_.end() || *wanted != time) return;
  const auto row = static_cast<std::size_t>(wanted - times_.begin());
  for (std::size_t o = 0; o < chunk.value.size(); ++o) {
    std::copy_n(chunk.value[o] + point * lanes_, lanes_, values_.data() + (o * times_.size() + row) * lanes_);
  }
}

Simulation::Simulation(Request request, const SimulateOptions& options)
    : request_(std::move(request)), options_(options) {
  const PatternRequest& use = request_.patterns.front();
  context_ = {&use.model, &use.pattern, &request_.cohort, options.seed,
              population::study_inputs(use.model, use.pattern)};
  for (const Duration time : options.times) times_.push_back(Instant() + time);
  outputs_ = options.outputs;
  if (outputs_.empty()) {
    for (const model::Output& output : use.model.outputs) outputs_.push_back(output.name);
  }
  for (const ParameterOverride& change : options.overrides) {
    if (change.model == use.model.id) held_.insert(change.parameter);
  }
  levels_.resize(outputs_.size());
  for (const LevelAbove& above : options.above) {
    const auto output = std::find(outputs_.begin(), outputs_.end(), above.output);
    if (output != outputs_.end()) {
      levels_[static_cast<std::size_t>(output - outputs_.begin())].push_back(above.level_mg_per_l);
    }
  }
}

std::optional<Diagnostics> Simulation::plan(bool table, bool exposure) {
  const PatternRequest& use = request_.patterns.front();
  engine::PlanOptions plan_options;
  plan_options.route = use.pattern.route;
  plan_options.outputs = outputs_;
  if (exposure) {
    Result<engine::Plan> plan = engine::Plan::make(use.model, use.timeline, plan_options);
    if (!plan) return std::move(plan.error());
    exposure_plan_.emplace(std::move(*plan));
  }
  if (table) {
    plan_options.times = times_;
    plan_options.values_only = true;
    Result<engine::Plan> plan = engine::Plan::make(use.model, use.timeline, plan_options);
    if (!plan) return std::move(plan.error());
    table_plan_.emplace(std::move(*plan));
  }
  return std::nullopt;
}

Result<const population::DrawContext*> Simulation::context_of(const Piece& piece, SimulationWorker& worker) const {
  if (options_.studies == 0) return &context_;
  const std::uint64_t study = piece.trial / std::max<std::uint64_t>(options_.replicates, 1);
  if (worker.study != study) {
    worker.study.reset();
    worker.model = *context_.model;
    if (auto drawn = draw_estimates({options_.seed, study}, held_, worker.model); !drawn) {
      return fail(std::move(drawn.error()));
    }
    worker.context = context_;
    worker.context.model = &worker.model;
    worker.study = study;
  }
  return &worker.context;
}

std::optional<Diagnostic> Simulation::run(
    const engine::Plan& plan, const Piece& piece, SimulationWorker& worker,
    const std::function<engine::TrajectoryObserver&(std::size_t lanes)>& observer) const {
  const Result<const population::DrawContext*> context = context_of(piece, worker);
  if (!context) return context.error().front();
  std::vector<LaneIdentity> lanes(static_cast<std::size_t>(piece.people));
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    // People of different trials are different people.
    if (!options_.typical) lanes[lane].subject = piece.trial * options_.people_of_trial() + piece.first + lane;
    if (options_.studies > 0) lanes[lane].study = piece.trial / std::max<std::uint64_t>(options_.replicates, 1);
  }
  population::Batch batch(**context, lanes);
  if (const auto failure = engine::run(plan, batch, observer(batch.lanes()), worker.workspace)) {
    return run_failure(**context, *failure, lanes);
  }
  return std::nullopt;
}

std::optional<Diagnostic> Simulation::run_table(const Piece& piece, SimulationWorker& worker,
                                                const std::function<void(const TableCollector&)>& keep) const {
  RACEMATE_CHECK(table_plan_.has_value(), "a table was planned");
  std::optional<TableCollector> collector;
  auto failure = run(*table_plan_, piece, worker, [&](std::size_t lanes) -> engine::TrajectoryObserver& {
    return collector.emplace(times_, outputs_.size(), lanes, worker.table);
  });
  if (!failure) keep(*collector);
  return failure;
}

std::optional<Diagnostic> Simulation::run_exposure(const Piece& piece, SimulationWorker& worker,
                                                   const std::function<void(const ExposureObserver&)>& keep) const {
  RACEMATE_CHECK(exposure_plan_.has_value(), "exposure was planned");
  std::optional<ExposureObserver> collector;
  auto failure = run(*exposure_plan_, piece, worker, [&](std::size_t lanes) -> engine::TrajectoryObserver& {
    return collector.emplace(levels_, lanes);
  });
  if (!failure) keep(*collector);
  return failure;
}

Diagnostics interruption() { return {{ErrorCode::kInterrupted, {}, "interrupted", {}, {}}}; }

}  // namespace racemate::study
