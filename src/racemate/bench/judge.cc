#include "racemate/bench/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "racemate/core/check.h"
#include "racemate/engine/reference/reference.h"

namespace racemate::bench {
namespace {

namespace reference = engine::reference;

constexpr PeerTolerances kJudgeTolerances{.relative = 1e-12, .absolute = 1e-14};

// The ways in of one administration, in absolute time.
void add_inputs(const LinearQuestion& question, const regimen::Administration& administration, population::Batch& batch,
                std::vector<reference::Input>& inputs) {
  std::vector<double> nominal_mg(batch.lanes());
  std::vector<double> base_mg(batch.lanes());
  batch.administer(administration, nominal_mg, base_mg);
  const model::Route* route = question.model->find_route(question.context->pattern->route);
  for (const model::RouteInput& input : route->inputs) {
    const auto slot = [&batch](std::size_t index, double absent) {
      return index == model::kNoSlot ? absent : batch.frame().slot(index)[0];
    };
    inputs.push_back({.time_h = administration.time.hours() + slot(input.lag_slot, 0),
                      .state = input.compartment,
                      .amount_mg = base_mg[0] * slot(input.fraction_slot, 1),
                      .duration_h = slot(input.duration_slot, administration.duration.hours())});
  }
}

// What of the inputs falls into [from_h, to_h), counted from from_h.
std::vector<reference::Input> inputs_between(const std::vector<reference::Input>& inputs, double from_h, double to_h) {
  std::vector<reference::Input> within;
  for (const reference::Input& input : inputs) {
    const double end_h = input.time_h + input.duration_h;
    if (input.time_h >= to_h || (input.time_h < from_h && end_h <= from_h)) continue;
    reference::Input moved = input;
    moved.time_h = std::max(input.time_h - from_h, 0.0);
    if (input.time_h < from_h) {
      moved.duration_h = end_h - from_h;
      moved.amount_mg = input.amount_mg * moved.duration_h / input.duration_h;
    }
    within.push_back(moved);
  }
  return within;
}

}  // namespace

ReferenceAnswer exact_answer(const LinearQuestion& question, const std::vector<double>& times_h) {
  const model::CompiledModel& model = *question.model;
  RACEMATE_CHECK(model.linear, "the exact reference is for linear models");
  const regimen::Timeline& timeline = *question.timeline;
  const double horizon_h = std::max(timeline.horizon.hours(), times_h.empty() ? 0.0 : times_h.back());
  population::Batch batch(*question.context, {&question.who, 1});
  ReferenceAnswer answer;
  answer.area_mg_h_per_l.assign(model.outputs.size(), 0);
  std::vector<double> amounts(model.compartments.size(), 0.0);
  std::vector<reference::Input> inputs;
  std::size_t row = 0;
  // Stretch -1 is what comes before the first session.
  const auto sessions = static_cast<std::ptrdiff_t>(timeline.sessions.size());
  for (std::ptrdiff_t s = -1; s < sessions; ++s) {
    const double from_h = s < 0 ? 0 : timeline.sessions[static_cast<std::size_t>(s)].start.hours();
    const double to_h = s + 1 < sessions ? timeline.sessions[static_cast<std::size_t>(s + 1)].start.hours() : horizon_h;
    if (s >= 0) {
      const regimen::Session& session = timeline.sessions[static_cast<std::size_t>(s)];
      if (batch.has_occasion_effects()) batch.enter_occasion(static_cast<std::uint32_t>(s));
      for (std::uint32_t a = 0; a < session.administrations; ++a) {
        add_inputs(question, timeline.administrations[session.first_administration + a], batch, inputs);
      }
    }
    const bool last = s + 1 == sessions;
    if (!last && to_h <= from_h) continue;
    reference::System system;
    system.states = static_cast<int>(model.compartments.size());
    for (const model::Flow& flow : model.flows) {
      system.flows.push_back({flow.from, flow.to, batch.frame().slot(flow.rate_slot)[0]});
    }
    system.inputs = inputs_between(inputs, from_h, last ? std::numeric_limits<double>::infinity() : to_h);
    std::erase_if(system.inputs, [&](const reference::Input& input) { return input.time_h > to_h - from_h; });
    for (std::size_t c = 0; c < amounts.size(); ++c) {
      if (amounts[c] != 0) system.inputs.push_back({.state = static_cast<int>(c), .amount_mg = amounts[c]});
    }
    std::vector<double> wanted_h;
    for (; row < times_h.size() && (times_h[row] < to_h || last); ++row) wanted_h.push_back(times_h[row] - from_h);
    const std::size_t rows = wanted_h.size();
    wanted_h.push_back(to_h - from_h);
    const auto states = reference::simulate<double>(system, wanted_h);
    for (std::size_t i = 0; i <= rows; ++i) {
      for (std::size_t o = 0; o < model.outputs.size(); ++o) {
        const model::Output& output = model.outputs[o];
        const double scale = batch.frame().slot(output.scale_slot)[0];
        const auto c = static_cast<std::size_t>(output.compartment);
        if (i < rows) {
          answer.values.push_back(states[i].amount[c] * scale);
        } else {
          answer.area_mg_h_per_l[o] += states[i].integral[c] * scale;
        }
      }
    }
    amounts = states.back().amount;
    // A running infusion goes on; one that is over is not looked at again.
    std::erase_if(inputs, [&](const reference::Input& input) { return input.time_h + input.duration_h < to_h; });
  }
  return answer;
}

Result<Judge> Judge::make(const Workload& workload, Equations equations, std::vector<std::size_t> people) {
  Judge judge;
  judge.outputs_ = workload.model().outputs.size();
  judge.times_ = workload.times().size();
  judge.people_ = std::move(people);
  std::vector<double> times_h;
  for (const Instant& time : workload.times()) times_h.push_back(time.hours());
  if (workload.model().linear) {
    for (const std::size_t person : judge.people_) {
      const LinearQuestion question{&workload.model(), &workload.context(), &workload.timeline(),
                                    population::LaneIdentity{.subject = person}};
      judge.values_.push_back(exact_answer(question, times_h).values);
    }
    return judge;
  }
  const Result<PeerProblem> problem = workload.peer_problem(equations, judge.people_.back() + 1);
  if (!problem) return fail(problem.error());
  for (const std::size_t person : judge.people_) {
    std::vector<double> values(judge.times_ * judge.outputs_);
    if (const auto why = solve_with_cvode(*problem, {person, 1}, kJudgeTolerances, values)) {
      return fail(
          {ErrorCode::kNumericalFailure, {}, fmt::format("the reference of person {}: {}", person, *why), {}, {}});
    }
    judge.values_.push_back(std::move(values));
  }
  return judge;
}

double Judge::error_of_peak(const Answer& answer) const {
  double worst = 0;
  for (std::size_t i = 0; i < people_.size(); ++i) {
    if (people_[i] >= answer.people) continue;
    for (std::size_t o = 0; o < outputs_; ++o) {
      double peak = 0;
      double error = 0;
      for (std::size_t t = 0; t < times_; ++t) {
        const double right = values_[i][t * outputs_ + o];
        const double given = answer.at(o, t, people_[i]);
        if (!std::isfinite(given)) return std::numeric_limits<double>::infinity();
        peak = std::max(peak, std::fabs(right));
        error = std::max(error, std::fabs(given - right));
      }
      if (error > 0) worst = std::max(worst, error / peak);
    }
  }
  return worst;
}

std::vector<std::size_t> spread_over(std::size_t people, std::size_t most) {
  std::vector<std::size_t> chosen;
  const std::size_t count = std::min(people, most);
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(count == 1 ? 0 : i * (people - 1) / (count - 1));
  return chosen;
}

}  // namespace racemate::bench
