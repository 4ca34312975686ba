#include <algorithm>
#include <span>

#include "racemate/engine/ode/methods.h"
#include "racemate/engine/ode/tableaus.h"

namespace racemate::engine::ode {

ExplicitMethod::ExplicitMethod(const Block& block)
    : slopes_(tsitouras::kStages * block.states * block.lanes),
      stage_(block.states * block.lanes),
      before_(block.states * block.lanes),
      inverse_tolerance_(block.states * block.lanes),
      time_h_(block.lanes),
      taking_(block.lanes),
      accepted_(block.lanes),
      known_(block.lanes) {}

// Bounded: every round is an attempt of each lane or its restart, and attempts per segment are bounded.
void ExplicitMethod::run(Block& block) {
  while (block.active.any()) round(block);
}

void ExplicitMethod::round(Block& b) {
  const std::size_t size = b.states * b.lanes;
  double* first = slopes_.data();
  double* last = first + (tsitouras::kStages - 1) * size;

  // A lane that was restarted needs its first derivative. When all were, one evaluation gives it; otherwise the lane
  // rides along for one round with a step of zero, at the end of which the last slope is the one it needs: the same
  // bits either way, since its stages are its state.
  bool all_fresh = true;
  for (std::size_t g = 0; g < b.active.size(); ++g) {
    all_fresh = all_fresh && (b.active.data()[g] & ~b.fresh.data()[g]) == 0;
  }
  if (all_fresh) {
    b.system->derivative(b.steps.time_h, b.state.data(), last);
    kernels::assign(last, b.active.data(), b.states, b.lanes, first);
    const LaneBits starting = b.active;
    starting.for_each([&](std::size_t lane) {
      ++b.statistics[lane].evaluations;
      b.start(lane, first);
    });
  }
  bool riding = false;
  for (std::size_t g = 0; g < b.active.size(); ++g) {
    const auto fresh = static_cast<std::uint8_t>(b.active.data()[g] & b.fresh.data()[g]);
    riding = riding || fresh != 0;
    taking_.data()[g] = static_cast<std::uint8_t>(b.active.data()[g] & ~fresh);
    known_.data()[g] = fresh;
  }
  known_.for_each([&](std::size_t lane) {
    for (std::size_t at = lane; at < size; at += b.lanes) first[at] = 0;
  });

  kernels::begin_steps(b.steps, taking_.data(), b.options.largest_step_h, b.lanes);
  const bool is_autonomous = b.system->is_autonomous();  // does not read times
  for (std::size_t stage = 1; stage < tsitouras::kStages; ++stage) {
    double* at = stage == tsitouras::kStages - 2 ? before_.data() : stage_.data();
    kernels::combine({.base = b.state.data(),
                      .scale = b.steps.step_h,
                      .coefficients = std::span(tsitouras::kRows[stage - 1]).first(stage),
                      .terms = first,
                      .components = b.states,
                      .lanes = b.lanes,
                      .out = at});
    const double node = tsitouras::kNodes[stage];
    const double* time_h = b.steps.next_time_h;
    if (node != 1 && !is_autonomous) {
      for (std::size_t l = 0; l < b.lanes; ++l) time_h_[l] = b.steps.time_h[l] + node * b.steps.step_h[l];
      time_h = time_h_.data();
    }
    b.system->derivative(time_h, at, first + stage * size);
  }
  kernels::error_norm({.before = b.state.data(),
                       .after = stage_.data(),
                       .scale = b.steps.step_h,
                       .coefficients = tsitouras::kError,
                       .terms = first,
                       .relative = b.options.tolerances.relative,
                       .absolute = b.absolute.data(),
                       .components = b.states,
                       .lanes = b.lanes,
                       .error = b.steps.error,
                       .inverse_tolerance = inverse_tolerance_.data()});
  kernels::finish_steps(b.steps, taking_.data(), {.fixed_step = b.options.fixed_step_h > 0}, accepted_.data(), b.lanes);
  kernels::score_stiffness({.state_a = stage_.data(),
                            .state_b = before_.data(),
                            .derivative_a = last,
                            .derivative_b = last - size,
                            .inverse_tolerance = inverse_tolerance_.data(),
                            .limit = tsitouras::kStiffLimit,
                            .components = b.states,
                            .lanes = b.lanes},
                           accepted_.data(), b.steps);
  if (b.has_outputs) {
    kernels::dense_output({.before = b.state.data(),
                           .scale = b.steps.step_h,
                           .weights = tsitouras::kDense,
                           .terms = first,
                           .components = b.states,
                           .lanes = b.lanes,
                           .out = b.output_values},
                          b.steps, accepted_.data(), b.dense_times());
  }
  kernels::assign(stage_.data(), accepted_.data(), b.states, b.lanes, b.state.data());
  kernels::assign(b.steps.next_time_h, accepted_.data(), 1, b.lanes, b.steps.time_h);
  for (std::size_t g = 0; g < known_.size(); ++g) {
    known_.data()[g] = static_cast<std::uint8_t>(known_.data()[g] | accepted_.data()[g]);
  }
  kernels::assign(last, known_.data(), b.states, b.lanes, first);
  if (riding) {
    const LaneBits starting = b.fresh;
    starting.for_each([&](std::size_t lane) {
      if (!b.active.has(lane)) return;
      ++b.statistics[lane].evaluations;
      b.start(lane, first);
    });
  }
  b.settle(taking_, accepted_);
}

}  // namespace racemate::engine::ode
