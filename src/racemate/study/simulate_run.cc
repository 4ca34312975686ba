#include "racemate/study/simulate_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "racemate/core/check.h"
#include "racemate/engine/events/regimen_table.h"
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

TableBlock::TableBlock(std::size_t times, std::size_t outputs, std::size_t lanes, AlignedDoubles& room)
    : times_(times), lanes_(lanes) {
  double* const values = room.zero(outputs * times * lanes);
  for (std::size_t o = 0; o < outputs; ++o) first_.push_back(values + o * times * lanes);
}

void TableBlock::fill(double value) { std::fill_n(first_.front(), first_.size() * times_ * lanes_, value); }

Simulation::Simulation(Request request, const SimulateOptions& options)
    : request_(std::move(request)), options_(options), outputs_(options.outputs) {
  const PatternRequest& use = request_.patterns.front();
  context_ = {&use.model, &use.pattern, &request_.cohort, options.seed,
              population::study_inputs(use.model, use.pattern)};
  for (const Duration time : options.times) times_.push_back(Instant() + time);
  if (outputs_.empty()) {
    for (const model::Output& output : use.model.outputs) outputs_.push_back(output.name);
  }
  for (const std::string& name : outputs_) {
    const model::Output* const output = use.model.find_output(name);
    if (output != nullptr) output_indices_.push_back(static_cast<std::size_t>(output - use.model.outputs.data()));
  }
  integrates_ = integrates();
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

bool Simulation::integrates() const {
  const model::CompiledModel& model = request_.patterns.front().model;
  const auto own_value = [&](std::size_t output) { return model.outputs[output].compartment == model::kNoCompartment; };
  const auto begins_full = [](const model::Compartment& compartment) {
    return compartment.initial_slot != model::kNoSlot;
  };
  return options_.backend == Backend::kOde || !model.linear ||
         std::any_of(output_indices_.begin(), output_indices_.end(), own_value) ||
         std::any_of(model.compartments.begin(), model.compartments.end(), begins_full);
}

std::optional<Diagnostics> Simulation::plan(bool table, bool exposure) {
  const PatternRequest& use = request_.patterns.front();
  engine::PlanOptions plan_options;
  plan_options.route = use.pattern.route;
  plan_options.outputs = outputs_;
  if (exposure && integrates_) {
    return Diagnostics{
        {ErrorCode::kUnsupported,
         {},
         fmt::format("--summary exposure of model '{}': its areas and peaks come from exact propagation", use.model.id),
         "a linear model and its concentrations; or --summary quantiles",
         "a table can be analysed: racemate nca"}};
  }
  if (exposure) {
    Result<engine::Plan> plan = engine::Plan::make(use.model, use.timeline, plan_options);
    if (!plan) return std::move(plan.error());
    exposure_plan_.emplace(std::move(*plan));
  }
  if (table) {
    if (integrates_) return std::nullopt;
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

std::optional<Diagnostic> Simulation::run(const Piece& piece, SimulationWorker& worker, const RunBatch& run) const {
  const Result<const population::DrawContext*> context = context_of(piece, worker);
  if (!context) return context.error().front();
  std::vector<LaneIdentity> lanes(static_cast<std::size_t>(piece.people));
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    // People of different trials are different people.
    if (!options_.typical) lanes[lane].subject = piece.trial * options_.people_of_trial() + piece.first + lane;
    if (options_.studies > 0) lanes[lane].study = piece.trial / std::max<std::uint64_t>(options_.replicates, 1);
  }
  population::Batch batch(**context, lanes);
  if (const auto failure = run(**context, batch)) return run_failure(**context, *failure, lanes);
  return std::nullopt;
}

std::optional<Diagnostic> Simulation::run_table(const Piece& piece, SimulationWorker& worker,
                                                const std::function<void(const TableBlock&)>& keep,
                                                std::vector<engine::RunFailure>* failures) const {
  std::optional<TableBlock> block;
  auto failure = run(piece, worker, [&](const population::DrawContext& context, population::Batch& batch) {
    block.emplace(times_.size(), outputs_.size(), batch.lanes(), worker.table);
    if (!integrates_) return engine::fill_table(*table_plan_, batch, block->table(), worker.workspace);
    block->fill(std::numeric_limits<double>::quiet_NaN());
    auto failed = engine::events::fill_table({.model = context.model,
                                              .route = context.pattern->route,
                                              .timeline = &request_.patterns.front().timeline,
                                              .times = times_,
                                              .outputs = output_indices_,
                                              .ode = options_.ode},
                                             batch, block->table(), failures);
    if (failures != nullptr) failed.reset();
    return failed;
  });
  if (!failure) keep(*block);
  return failure;
}

std::optional<Diagnostic> Simulation::run_exposure(const Piece& piece, SimulationWorker& worker,
                                                   const std::function<void(const ExposureObserver&)>& keep) const {
  RACEMATE_CHECK(exposure_plan_.has_value(), "exposure was planned");
  std::optional<ExposureObserver> collector;
  auto failure = run(piece, worker, [&](const population::DrawContext& /*context*/, population::Batch& batch) {
    return engine::run(*exposure_plan_, batch, collector.emplace(levels_, batch.lanes()), worker.workspace);
  });
  if (!failure) keep(*collector);
  return failure;
}

Diagnostics interruption() { return {{ErrorCode::kInterrupted, {}, "interrupted", {}, {}}}; }

}  // namespace racemate::study
