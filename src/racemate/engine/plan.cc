#include "racemate/engine/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "racemate/core/check.h"

namespace racemate::engine {

namespace {

bool administers_over_time(const regimen::Timeline& timeline) {
  return std::any_of(timeline.administrations.begin(), timeline.administrations.end(),
                     [](const regimen::Administration& a) { return a.duration > Duration(); });
}

// Compartments that an input reaches and that reach an observed one: the others cannot change what is observed.
std::vector<bool> taking_part(const model::CompiledModel& model, const model::Route& route,
                              const std::set<int>& observed) {
  const std::size_t count = model.compartments.size();
  std::vector<bool> fed(count, false);
  std::vector<bool> seen(count, false);
  for (const model::RouteInput& input : route.inputs) fed[static_cast<std::size_t>(input.compartment)] = true;
  for (const int compartment : observed) seen[static_cast<std::size_t>(compartment)] = true;
  for (std::size_t pass = 0; pass < count; ++pass) {
    for (const model::Flow& flow : model.flows) {
      if (flow.to == model::kOutside) continue;
      const auto from = static_cast<std::size_t>(flow.from);
      const auto to = static_cast<std::size_t>(flow.to);
      if (fed[from]) fed[to] = true;
      if (seen[to]) seen[from] = true;
    }
  }
  std::vector<bool> part(count);
  for (std::size_t c = 0; c < count; ++c) part[c] = fed[c] && seen[c];
  return part;
}

}  // namespace

Result<Plan> Plan::make(const model::CompiledModel& model, const regimen::Timeline& timeline,
                        const PlanOptions& options) {
  RACEMATE_CHECK(!options.outputs.empty(), "a plan observes at least one output");
  RACEMATE_CHECK(std::is_sorted(options.marks.begin(), options.marks.end()), "marks are in order");
  RACEMATE_CHECK(std::is_sorted(options.times.begin(), options.times.end()), "times are in order");
  Plan plan;
  plan.model_ = &model;
  plan.timeline_ = &timeline;
  plan.values_only_ = options.values_only;
  plan.table_rows_ = options.times.size();
  const model::Route* route = model.find_route(options.route);
  Diagnostics problems;
  if (route == nullptr) {
    std::vector<std::string> names;
    for (const model::Route& known : model.routes) names.push_back(known.name);
    problems.push_back({ErrorCode::kUnknownName,
                        {model.file},
                        "model '" + model.id + "' has no route '" + options.route + "'",
                        "a route of the model",
                        suggest_name(options.route, names)});
  }
  for (const std::string& name : options.outputs) {
    if (model.find_output(name) != nullptr) continue;
    std::vector<std::string> names;
    for (const model::Output& known : model.outputs) names.push_back(known.name);
    problems.push_back({ErrorCode::kUnknownName,
                        {model.file},
                        "model '" + model.id + "' has no output '" + name + "'",
                        "an output of the model",
                        suggest_name(name, names)});
  }
  if (!problems.empty()) return fail(std::move(problems));
  const auto has_own_value = [&](const std::string& name) {
    return model.find_output(name)->compartment == model::kNoCompartment;
  };
  if (!model.linear || std::any_of(options.outputs.begin(), options.outputs.end(), has_own_value)) {
    return fail(Diagnostic{ErrorCode::kUnsupported,
                           {model.file},
                           "model '" + model.id + "' or an output of it cannot be propagated exactly",
                           "a linear model and its concentrations; engine/events integrates others",
                           {}});
  }
  plan.plan_states(*route, options);
  if (plan.inputs_.empty()) {
    return fail(
        Diagnostic{ErrorCode::kInconsistent,
                   {model.file},
                   "no dose by route '" + options.route + "' of model '" + model.id + "' reaches the observed output",
                   "an output downstream of the route",
                   {}});
  }
  plan.plan_events();
  plan.plan_grid(options);
  plan.plan_sums();
  plan.plan_table(options.times);
  return plan;
}

void Plan::plan_states(const model::Route& route, const PlanOptions& options) {
  std::set<int> observed;
  for (const std::string& name : options.outputs) observed.insert(model_->find_output(name)->compartment);
  const std::vector<bool> part = taking_part(*model_, route, observed);

  std::map<int, int> state_of;  // compartment -> state
  for (std::size_t c = 0; c < part.size(); ++c) {
    if (part[c]) state_of.emplace(static_cast<int>(c), static_cast<int>(state_of.size()));
  }
  if (state_of.empty()) return;
  std::vector<linear::FlowShape> flows;
  for (const model::Flow& flow : model_->flows) {
    const auto from = state_of.find(flow.from);
    if (from == state_of.end()) continue;
    const auto to = state_of.find(flow.to);
    flows.push_back({from->second, to == state_of.end() ? linear::kOutsideSystem : to->second});
    flow_slots_.push_back(flow.rate_slot);
  }

  // Values that are the same for everyone are known now: modelled durations at the constant level.
  expr::Frame constants(model_->program.slots, expr::kLaneMultiple);
  for (const model::Parameter& parameter : model_->parameters) constants.fill(parameter.theta_slot, parameter.value);
  expr::evaluate(model_->program, constants, expr::Level::kConstant, expr::Level::kConstant);

  const bool infusions = administers_over_time(*timeline_);
  std::vector<int> sources;
  for (const model::RouteInput& input : route.inputs) {
    const auto state = state_of.find(input.compartment);
    if (state == state_of.end()) continue;
    PlannedInput planned;
    planned.input = &input;
    planned.state = state->second;
    planned.lagged = input.lag_slot != model::kNoSlot;
    if (input.duration_slot != model::kNoSlot) {
      planned.own_duration = true;
      planned.lane_duration = model_->symbols.at(input.duration_slot).level != expr::Level::kConstant;
      if (!planned.lane_duration) {
        planned.common_duration = Duration::from_hours(constants.slot(input.duration_slot)[0]);
      }
    }
    if (planned.own_duration || infusions) {
      const auto known = std::find(sources.begin(), sources.end(), planned.state);
      planned.source = static_cast<int>(known - sources.begin());
      if (known == sources.end()) sources.push_back(planned.state);
    }
    inputs_.push_back(planned);
  }

  std::vector<int> integrated;  // stays empty for values only
  for (const std::string& name : options.outputs) {
    const model::Output* output = model_->find_output(name);
    const auto state = state_of.find(output->compartment);
    if (state == state_of.end()) {
      inputs_.clear();
      return;
    }
    if (values_only_) {
      outputs_.push_back({output, state->second, 0});
      continue;
    }
    const auto known = std::find(integrated.begin(), integrated.end(), state->second);
    const int accumulator = 1 + static_cast<int>(known - integrated.begin());
    if (known == integrated.end()) integrated.push_back(state->second);
    outputs_.push_back({output, state->second, accumulator});
  }
  structure_ = std::make_shared<const linear::Structure>(static_cast<int>(state_of.size()), std::move(flows),
                                                         std::move(integrated), std::move(sources));
}

void Plan::plan_events() {
  const Instant end = Instant() + timeline_->horizon;
  for (std::uint32_t s = 0; s < timeline_->sessions.size(); ++s) {
    events_.push_back({timeline_->sessions[s].start, EventKind::kSession, s, 0});
  }
  for (std::uint32_t a = 0; a < timeline_->administrations.size(); ++a) {
    const regimen::Administration& administration = timeline_->administrations[a];
    events_.push_back({administration.time, EventKind::kAdministration, a, 0});
    for (std::uint32_t i = 0; i < inputs_.size(); ++i) {
      const PlannedInput& input = inputs_[i];
      if (input.lagged || input.lane_duration) continue;  // ends at a time of each person's own
      const Duration duration = input.own_duration ? input.common_duration : administration.duration;
      if (duration > Duration()) {
        events_.push_back({administration.time + duration, EventKind::kInfusionEnd, a, i});
      }
    }
  }
  std::erase_if(events_, [&](const Event& event) { return event.time >= end; });
  // Ends before starts at one instant; within a kind, in order of administration.
  std::stable_sort(events_.begin(), events_.end(),
                   [](const Event& a, const Event& b) { return std::tie(a.time, a.kind) < std::tie(b.time, b.kind); });
}

void Plan::plan_grid(const PlanOptions& options) {
  std::map<Duration, std::uint32_t> known;
  const auto length_index = [&](Duration length) {
    const auto [at, is_new] = known.emplace(length, static_cast<std::uint32_t>(lengths_.size()));
    if (is_new) lengths_.push_back(length);
    return at->second;
  };
  const Instant end = Instant() + timeline_->horizon;
  const Grid& grid = options.grid;
  const Duration refined = grid.first_step * grid.steps_per_octave;

  // The step to take at `elapsed` since the inputs last changed, with `left` to go.
  const auto next_step = [&](Duration elapsed, Duration left) {
    Duration step = grid.first_step;
    while (step * 2 <= grid.longest_step && step * 2 * grid.steps_per_octave <= elapsed) step = step * 2;
    if (elapsed < refined) step = grid.first_step;
    while (step > left && step > grid.first_step) step = Duration::from_ticks(step.ticks() / 2);
    return std::min(step, left);
  };

  std::size_t event = 0;
  std::size_t mark = 0;
  std::size_t wanted = 0;
  // The step from `from` to where a table wants a row, or to `to`.
  const auto step_to_time = [&](Instant from, Instant to) {
    while (wanted < options.times.size() && options.times[wanted] <= from) ++wanted;
    return (wanted < options.times.size() ? std::min(options.times[wanted], to) : to) - from;
  };
  Instant now;
  Instant last_change;
  while (now < end) {
    Segment segment;
    segment.start = now;
    segment.first_event = static_cast<std::uint32_t>(event);
    while (event < events_.size() && events_[event].time == now) ++event;
    segment.events = static_cast<std::uint32_t>(event) - segment.first_event;
    if (segment.events > 0) last_change = now;
    segment.first_step = static_cast<std::uint32_t>(steps_.size());
    while (mark < options.marks.size() && options.marks[mark] <= now) ++mark;
    Instant segment_end = event < events_.size() ? events_[event].time : end;
    if (mark < options.marks.size()) segment_end = std::min(segment_end, options.marks[mark]);
    while (now < segment_end) {
      const Duration step =
          options.times.empty() ? next_step(now - last_change, segment_end - now) : step_to_time(now, segment_end);
      steps_.push_back(length_index(step));
      now = now + step;
    }
    segment.steps = static_cast<std::uint32_t>(steps_.size()) - segment.first_step;
    segments_.push_back(segment);
  }
}

// A product costs a sixth of a propagator from scratch or less. A sum of nearly equal parts is preferred: it keeps
// chains of products short. A grid that people wrote has few lengths; an irregular one is not searched.
void Plan::plan_sums() {
  constexpr std::size_t kMostSearched = 64;
  std::map<Duration, std::int32_t> known;
  for (std::size_t i = 0; i < lengths_.size(); ++i) known.emplace(lengths_[i], static_cast<std::int32_t>(i));
  sums_.assign(lengths_.size(), {});
  for (const auto& [length, index] : known) {
    LengthSum& sum = sums_[static_cast<std::size_t>(index)];
    const auto half = known.find(Duration::from_ticks(length.ticks() / 2));
    if (length.ticks() % 2 == 0 && half != known.end()) {
      sum = {half->second, half->second};
      continue;
    }
    if (known.size() > kMostSearched) continue;
    Duration nearest;
    for (const auto& [part, part_index] : known) {
      if (part * 2 > length) break;
      const auto rest = known.find(length - part);
      if (rest == known.end() || part < nearest) continue;
      nearest = part;
      sum = {part_index, rest->second};
    }
  }
}

// Which steps fill which rows. The end of a segment is no row of its last step where another segment begins: the row
// shows what holds after the events there.
void Plan::plan_table(std::span<const Instant> times) {
  longest_run_.assign(lengths_.size(), 0);
  if (times.empty()) return;
  for (std::uint32_t row = 1; row < times.size(); ++row) {
    if (times[row] == times[row - 1]) repeated_rows_.push_back(row);
  }
  std::size_t next = 0;  // instants come in order
  const auto row_at = [&](Instant time) {
    while (next < times.size() && times[next] < time) ++next;
    return next == times.size() || times[next] != time ? kNoRow : static_cast<std::uint32_t>(next);
  };
  for (Segment& segment : segments_) {
    segment.start_row = row_at(segment.start);
    segment.first_run = static_cast<std::uint32_t>(table_runs_.size());
    const bool last_segment = &segment == &segments_.back();
    Instant now = segment.start;
    for (std::uint32_t step = segment.first_step; step < segment.first_step + segment.steps; ++step) {
      now = now + lengths_[steps_[step]];
      const bool shown = last_segment || step + 1 < segment.first_step + segment.steps;
      const std::uint32_t row = shown ? row_at(now) : kNoRow;
      TableRun* run = table_runs_.size() > segment.first_run ? &table_runs_.back() : nullptr;
      const bool continues = run != nullptr && steps_[step] == steps_[step - 1] &&
                             (run->first_row == kNoRow ? row == kNoRow : row == run->first_row + run->steps);
      if (!continues) run = &table_runs_.emplace_back(TableRun{step, 0, row});
      ++run->steps;
      longest_run_[steps_[step]] = std::max(longest_run_[steps_[step]], run->steps);
    }
    segment.runs = static_cast<std::uint32_t>(table_runs_.size()) - segment.first_run;
  }
}

bool Plan::has_lane_events() const {
  return std::any_of(inputs_.begin(), inputs_.end(),
                     [](const PlannedInput& input) { return input.lagged || input.lane_duration; });
}

}  // namespace racemate::engine
