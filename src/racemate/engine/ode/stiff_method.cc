#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "racemate/engine/ode/methods.h"
#include "racemate/engine/ode/tableaus.h"

namespace racemate::engine::ode {
namespace {

constexpr double kRootEpsilon = 1.4901161193847656e-08;
constexpr std::array<double, 1> kOne = {1};
constexpr double kTimeIncrement = 1e-5;  // of the step, for the derivative in time

// What a row at the end of a step is made of: the result's own weights.
using DenseWeights = std::array<double[4], rodas::kStages>;
constexpr DenseWeights weights_at_the_end() {
  DenseWeights weights{};
  for (std::size_t j = 0; j < rodas::kStages; ++j) weights[j][0] = rodas::kRows[rodas::kStages - 1][j];
  return weights;
}
constexpr DenseWeights kAtTheEnd = weights_at_the_end();

}  // namespace

void difference_jacobian(LaneSystem& system, const double* time_h, const double* state, const double* slope,
                         const Block& block, double* scratch, double* jacobian) {
  const std::size_t n = block.states;
  const std::size_t lanes = block.lanes;
  double* moved = scratch;
  double* slope_there = scratch + n * lanes;
  std::copy_n(state, n * lanes, moved);
  for (std::size_t column = 0; column < n; ++column) {
    const double typical = block.absolute[column] / block.options.tolerances.relative;
    const double* x = state + column * lanes;
    double* x_moved = moved + column * lanes;
    for (std::size_t l = 0; l < lanes; ++l) x_moved[l] = x[l] + kRootEpsilon * std::max(std::abs(x[l]), typical);
    system.derivative(time_h, moved, slope_there);
    for (std::size_t row = 0; row < n; ++row) {
      const double* there = slope_there + row * lanes;
      const double* here = slope + row * lanes;
      double* entry = jacobian + (row * n + column) * lanes;
      for (std::size_t l = 0; l < lanes; ++l) entry[l] = (there[l] - here[l]) / (x_moved[l] - x[l]);
    }
    std::copy_n(x, lanes, x_moved);
  }
}

StiffMethod::StiffMethod(const Block& block)
    : slope_(block.states * block.lanes),
      increments_(rodas::kStages * block.states * block.lanes),
      stage_(block.states * block.lanes),
      right_(2 * block.states * block.lanes),
      inverse_tolerance_(block.states * block.lanes),
      time_slope_(block.states * block.lanes),
      jacobian_(block.states * block.states * block.lanes),
      factors_(block.states * block.states * block.lanes),
      time_h_(block.lanes),
      row_end_h_(block.lanes),
      inverse_step_(block.lanes),
      swaps_(block.states * block.states * block.lanes / kernels::kGroup),
      taking_(block.lanes),
      accepted_(block.lanes) {}

double StiffMethod::evaluations(const LaneSystem& system) {
  return static_cast<double>(rodas::kStages) + (system.is_autonomous() ? 0 : 1) +
         (system.has_jacobian() ? 0 : static_cast<double>(system.states()));
}

// Bounded: every round is an attempt of each lane, and attempts per segment are bounded.
void StiffMethod::run(Block& block) {
  while (block.active.any()) round(block);
}

// The Jacobian and the derivative in time, at the start of the step.
void StiffMethod::linearise(Block& b) {
  const std::size_t size = b.states * b.lanes;
  if (b.system->has_jacobian()) {
    b.system->jacobian(b.steps.time_h, b.state.data(), jacobian_.data());
  } else {
    difference_jacobian(*b.system, b.steps.time_h, b.state.data(), slope_.data(), b, right_.data(), jacobian_.data());
  }
  if (b.system->is_autonomous()) return;
  // Forward and within the step, so that the other side of a jump at either end is not seen.
  for (std::size_t l = 0; l < b.lanes; ++l) {
    const double increment = std::max(kTimeIncrement * b.steps.step_h[l], kRootEpsilon * std::abs(b.steps.time_h[l]));
    time_h_[l] = b.steps.time_h[l] + std::min(increment, b.steps.step_h[l]);
  }
  b.system->derivative(time_h_.data(), b.state.data(), time_slope_.data());
  for (std::size_t at = 0; at < size; at += b.lanes) {
    for (std::size_t l = 0; l < b.lanes; ++l) {
      const double increment = time_h_[l] - b.steps.time_h[l];
      const double change = time_slope_[at + l] - slope_[at + l];
      time_slope_[at + l] = increment > 0 ? change / increment : 0;
    }
  }
}

void StiffMethod::round(Block& b) {
  const std::size_t size = b.states * b.lanes;
  double* increments = increments_.data();
  b.system->derivative(b.steps.time_h, b.state.data(), slope_.data());
  const LaneBits starting = b.active;
  starting.for_each([&](std::size_t lane) {
    if (b.fresh.has(lane)) b.start(lane, slope_.data());
  });
  taking_ = b.active;
  // A row ends a step. Steps of this method may be far longer than a component that has decayed at once takes to follow
  // the others, and what an interpolant does in between is under no control.
  kernels::StepArrays to_next_row = b.steps;
  to_next_row.end_h = row_end_h_.data();
  for (std::size_t l = 0; l < b.lanes; ++l) {
    const double row_h = b.has_outputs ? b.pending_h[l] : b.steps.end_h[l];
    row_end_h_[l] = row_h > b.steps.time_h[l] ? std::min(row_h, b.steps.end_h[l]) : b.steps.end_h[l];
  }
  kernels::begin_steps(to_next_row, taking_.data(), b.options.largest_step_h, b.lanes);
  for (std::size_t l = 0; l < b.lanes; ++l) inverse_step_[l] = b.steps.step_h[l] > 0 ? 1 / b.steps.step_h[l] : 1;
  linearise(b);
  const kernels::FactorArguments factored{.jacobian = jacobian_.data(),
                                          .step_h = b.steps.step_h,
                                          .gamma = rodas::kGamma,
                                          .components = b.states,
                                          .lanes = b.lanes,
                                          .taking = taking_.data(),
                                          .factors = factors_.data(),
                                          .swaps = swaps_.data()};
  kernels::factor(factored);

  const auto advance_stage = [&](std::size_t terms) {
    kernels::combine({.base = b.state.data(),
                      .scale = nullptr,
                      .coefficients = std::span(rodas::kRows[terms - 1]).first(terms),
                      .terms = increments,
                      .components = b.states,
                      .lanes = b.lanes,
                      .out = stage_.data()});
  };
  for (std::size_t stage = 0; stage < rodas::kStages; ++stage) {
    double* increment = increments + stage * size;
    if (stage == 0) {
      std::copy_n(slope_.data(), size, increment);
    } else {
      advance_stage(stage);
      const double node = rodas::kNodes[stage];
      const double* time_h = b.steps.next_time_h;
      if (node != 1) {
        for (std::size_t l = 0; l < b.lanes; ++l) time_h_[l] = b.steps.time_h[l] + node * b.steps.step_h[l];
        time_h = time_h_.data();
      }
      b.system->derivative(time_h, stage_.data(), right_.data());
      kernels::combine({.base = right_.data(),
                        .scale = inverse_step_.data(),
                        .coefficients = std::span(rodas::kCoupling[stage - 1]).first(stage),
                        .terms = increments,
                        .components = b.states,
                        .lanes = b.lanes,
                        .out = increment});
    }
    if (!b.system->is_autonomous() && rodas::kTimeWeights[stage] != 0) {
      kernels::combine({.base = increment,
                        .scale = b.steps.step_h,
                        .coefficients = std::span(rodas::kTimeWeights).subspan(stage, 1),
                        .terms = time_slope_.data(),
                        .components = b.states,
                        .lanes = b.lanes,
                        .out = increment});
    }
    kernels::solve(factored, increment);
  }
  advance_stage(rodas::kStages);

  kernels::error_norm({.before = b.state.data(),
                       .after = stage_.data(),
                       .scale = nullptr,
                       .coefficients = kOne,
                       .terms = increments + (rodas::kStages - 1) * size,
                       .relative = b.options.tolerances.relative,
                       .absolute = b.absolute.data(),
                       .components = b.states,
                       .lanes = b.lanes,
                       .error = b.steps.error,
                       .inverse_tolerance = inverse_tolerance_.data()});
  kernels::finish_steps(to_next_row, taking_.data(), {.fixed_step = b.options.fixed_step_h > 0}, accepted_.data(),
                        b.lanes);
  if (b.has_outputs) {
    kernels::dense_output({.before = b.state.data(),
                           .scale = nullptr,
                           .weights = kAtTheEnd,
                           .terms = increments,
                           .components = b.states,
                           .lanes = b.lanes,
                           .out = b.output_values},
                          b.steps, accepted_.data(), b.dense_times());
  }
  kernels::assign(stage_.data(), accepted_.data(), b.states, b.lanes, b.state.data());
  kernels::assign(b.steps.next_time_h, accepted_.data(), 1, b.lanes, b.steps.time_h);
  b.settle(taking_, accepted_);
}

}  // namespace racemate::engine::ode
