#include "racemate/engine/ode/block.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "racemate/core/check.h"

namespace racemate::engine::ode {
namespace {

constexpr double kFirstGrowth = 20;      // the first step is a guess
constexpr double kFirstLogError = -13;   // as if the last step had had the error 2^-13
constexpr double kSmallestStep = 4e-15;  // of the time: some units of its last place
constexpr double kSmallestStepAtZero_h = 1e-30;
double smallest_step_h(double time_h) { return kSmallestStep * std::abs(time_h) + kSmallestStepAtZero_h; }
constexpr double kOrder = 5;
constexpr double kStiffScore = 15;  // steps in a row at the limit of stability

}  // namespace

bool LaneBits::any() const {
  return std::any_of(bytes_.begin(), bytes_.end(), [](std::uint8_t bits) { return bits != 0; });
}

Block::Block(std::size_t state_count, std::size_t lane_count, Options the_options)
    : states(state_count),
      lanes(lane_count),
      options(std::move(the_options)),
      absolute(state_count, options.tolerances.absolute.empty() ? 0 : options.tolerances.absolute.front()),
      state(state_count * lane_count),
      step_values(13 * lane_count),
      active(lane_count),
      fresh(lane_count),
      due(lane_count),
      method(lane_count, Method::kExplicit),
      failures(lane_count),
      statistics(lane_count),
      attempts_before_stiff(lane_count, 0),
      times_h(lane_count),
      time_count(lane_count),
      time_cursor(lane_count),
      pending_h(lane_count) {
  RACEMATE_CHECK(states > 0 && lanes > 0 && lanes % kernels::kGroup == 0, "lanes come in groups of eight");
  if (options.tolerances.absolute.size() != 1) {
    RACEMATE_CHECK(options.tolerances.absolute.size() == states, "one absolute tolerance, or one per state");
    absolute = options.tolerances.absolute;
  }
  RACEMATE_CHECK(options.tolerances.relative > 0, "the relative tolerance is positive");
  RACEMATE_CHECK(std::all_of(absolute.begin(), absolute.end(), [](double a) { return a > 0; }),
                 "absolute tolerances are positive");
  double* next = step_values.data();
  for (double** array :
       {&steps.time_h, &steps.end_h, &steps.proposed_h, &steps.step_h, &steps.next_time_h, &steps.error,
        &steps.log_error, &steps.growth, &steps.stiff_score, &steps.accepted, &steps.rejected, &steps.attempts}) {
    *array = next;
    next += lanes;
  }
}

void Block::restart(std::size_t lane) {
  fresh.set(lane);
  steps.attempts[lane] = 0;
  steps.stiff_score[lane] = 0;
  steps.growth[lane] = kFirstGrowth;
  steps.log_error[lane] = kFirstLogError;
}

void Block::fail(std::size_t lane, FailureReason reason) {
  failures[lane] = LaneFailure{.time_h = steps.time_h[lane], .reason = reason, .method = method[lane]};
  active.clear(lane);
}

void Block::give_up(std::size_t lane, FailureReason reason) {
  if (options.method != Method::kAutomatic || method[lane] == Method::kCvode || reason == FailureReason::kNotFinite) {
    fail(lane, reason);
    return;
  }
  active.clear(lane);
  if (method[lane] == Method::kExplicit) {
    attempts_before_stiff[lane] = steps.accepted[lane] + steps.rejected[lane];
    method[lane] = Method::kStiff;
  } else {
    method[lane] = Method::kCvode;
  }
  ++statistics[lane].switches;
  steps.attempts[lane] = 0;
  steps.stiff_score[lane] = 0;
}

void Block::arrive(std::size_t lane) {
  for (int empty = 0; empty < kMostEmptySegments; ++empty) {
    double& end = steps.end_h[lane];
    if (events == nullptr || !events->next_segment(lane, steps.time_h[lane], state.data() + lane, end)) {
      active.clear(lane);
      return;
    }
    restart(lane);
    if (end > steps.time_h[lane]) return;
  }
  fail(lane, FailureReason::kEmptySegments);
}

void Block::start(std::size_t lane, const double* derivative) {
  fresh.clear(lane);
  double size = 0;
  double change = 0;
  double finite = 0;
  for (std::size_t s = 0; s < states; ++s) {
    const double value = std::abs(state[s * lanes + lane]);
    const double slope = std::abs(derivative[s * lanes + lane]);
    const double weight = absolute[s] + options.tolerances.relative * value;
    size = std::max(size, value / weight);
    change = std::max(change, slope / weight);
    finite += 0.0 * (value + slope);
  }
  if (finite != 0) {  // NaN
    give_up(lane, FailureReason::kNotFinite);
    return;
  }
  double& step = steps.proposed_h[lane];
  if (options.fixed_step_h > 0) {
    step = options.fixed_step_h;
  } else if (options.first_step_h > 0) {
    step = options.first_step_h;
  } else {
    const double remaining = steps.end_h[lane] - steps.time_h[lane];
    const double reach = std::pow(std::max(size, 1.0), 1 - 1 / kOrder);
    step = change > 0 ? std::min(remaining, reach / change) : remaining;
  }
}

void Block::settle(const LaneBits& taking, const LaneBits& accepted) {
  const kernels::SettleLimits limits{.most_attempts = static_cast<double>(options.most_attempts),
                                     .stiff_score = kStiffScore,
                                     .smallest_step = kSmallestStep,
                                     .smallest_h = kSmallestStepAtZero_h};
  kernels::settle_due(steps, limits, taking.data(), due.data(), lanes);
  due.for_each([&](std::size_t lane) { settle_lane(lane, accepted.has(lane)); });
}

void Block::settle_lane(std::size_t lane, bool accepted) {
  const double remaining = steps.end_h[lane] - steps.time_h[lane];
  if (accepted && remaining <= 0) {
    arrive(lane);
    return;
  }
  const double left = static_cast<double>(options.most_attempts) - steps.attempts[lane];
  const bool stiff = steps.stiff_score[lane] >= kStiffScore;
  const bool out_of_steps = stiff && options.fixed_step_h == 0 && remaining / steps.proposed_h[lane] > left;
  if (stiff && (options.method == Method::kAutomatic || left <= 0 || out_of_steps)) {
    give_up(lane, FailureReason::kTooStiff);
  } else if (left <= 0) {
    give_up(lane, FailureReason::kStepBound);
  } else if (!accepted && steps.proposed_h[lane] <= smallest_step_h(steps.time_h[lane])) {
    give_up(lane, FailureReason::kStepUnderflow);
  }
}

}  // namespace racemate::engine::ode
