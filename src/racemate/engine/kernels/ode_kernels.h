// The lane kernels of the solvers of differential equations: stages, error norms, step control, dense output and small
// linear systems, each for all lanes of a block at once.
//
// A lane is one independent copy of a system. Arrays are [component][lanes], 64-byte aligned; lanes is a multiple of
// kGroup. No lane reads another. Which lanes take part is given as one byte per group of eight lanes, bit i for lane i
// of the group; lanes that do not take part keep what they have (their scratch may hold anything, NaN too).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "racemate/engine/kernels/linear_kernels.h"

namespace racemate::engine::kernels {

// out = base + scale * sum_j coefficients[j] * terms[j], term j at terms + j * components * lanes; scale per lane, or
// nullptr for 1. At most kMostTerms terms. out may be base.
inline constexpr std::size_t kMostTerms = 8;
struct CombineArguments {
  const double* base = nullptr;
  const double* scale = nullptr;
  std::span<const double> coefficients;
  const double* terms = nullptr;
  std::size_t components = 0;
  std::size_t lanes = 0;
  double* out = nullptr;
};
void combine(const CombineArguments& arguments);

// Per-lane arrays that carry a lane's step from one attempt to the next.
struct StepArrays {
  double* time_h = nullptr;       // where the lane is
  double* end_h = nullptr;        // where it must arrive
  double* proposed_h = nullptr;   // the next step, by the controller
  double* step_h = nullptr;       // this attempt; 0 for lanes that do not take part
  double* next_time_h = nullptr;  // where this attempt ends: exactly end_h for the last one
  double* error = nullptr;        // norm of the attempt's error estimate in tolerances; infinite when not finite
  double* log_error = nullptr;    // binary logarithm of the last accepted error
  double* growth = nullptr;       // the next accepted step may propose at most this times its own length
  double* stiff_score = nullptr;  // how persistently the explicit method sat at its limit of stability
  double* accepted = nullptr;     // counts of steps
  double* rejected = nullptr;
  double* attempts = nullptr;  // since the lane's last restart
};

// step_h and next_time_h from proposed_h: a step that would end within 1% of end_h is stretched to it, one that would
// pass it is cut.
void begin_steps(const StepArrays& steps, const std::uint8_t* taking, double largest_h, std::size_t lanes);

// error[lane] = max over components of |scale * sum_j coefficients[j] terms[j]| / (absolute + relative * max(|before|,
// |after|)).
struct ErrorArguments {
  const double* before = nullptr;
  const double* after = nullptr;
  const double* scale = nullptr;
  std::span<const double> coefficients;  // 1 or 7
  const double* terms = nullptr;
  double relative = 0;
  const double* absolute = nullptr;  // [component]
  std::size_t components = 0;
  std::size_t lanes = 0;
  double* error = nullptr;              // [lanes]
  double* inverse_tolerance = nullptr;  // [component][lanes], 1 / (absolute + ...)
};
void error_norm(const ErrorArguments& arguments);

// The step times the dominant rate of the system, estimated from two derivatives at one time (Hairer and Wanner,
// Solving Ordinary Differential Equations II, section IV.2): h |f(x) - f(y)| / |x - y| with the norm weighted by
// tolerances. Adds 1 to stiff_score of a lane that takes part where that is above limit, else takes 3 away (not below
// 0).
struct StiffnessArguments {
  const double* state_a = nullptr;
  const double* state_b = nullptr;
  const double* derivative_a = nullptr;
  const double* derivative_b = nullptr;
  const double* inverse_tolerance = nullptr;  // of error_norm
  double limit = 0;
  std::size_t components = 0;
  std::size_t lanes = 0;
};
void score_stiffness(const StiffnessArguments& arguments, const std::uint8_t* accepted, const StepArrays& steps);

// Accepts attempts with error <= 1 and proposes the next step by a PI controller (Gustafsson 1991; Hairer, Norsett and
// Wanner, Solving Ordinary Differential Equations I, section IV.2): factor = safety * error^-(1/order - 0.75 beta) *
// last_error^beta, within [0.2, growth]; after a rejection the step shrinks to between 0.1 and 0.9 and the next
// accepted one does not grow. A step that was cut at end_h does not lower what was proposed before it. With
// fixed_step every finite attempt is accepted and proposed_h stays. Writes the lanes that accepted to `accepted` (one
// byte per group). Times are not advanced: commit_steps does that.
struct ControlOptions {
  double order = 5;
  double beta = 0.04;
  double safety = 0.95;
  double largest_growth = 8;
  bool fixed_step = false;
};
void finish_steps(const StepArrays& steps, const std::uint8_t* taking, const ControlOptions& options,
                  std::uint8_t* accepted, std::size_t lanes);

// due: the lanes that take part and may have something to settle after a round: arrived at end_h, at the bound of
// attempts or of stiff_score, or with a proposed step not above smallest_step |time_h| + smallest_h.
struct SettleLimits {
  double most_attempts = 0;
  double stiff_score = 0;
  double smallest_step = 0;
  double smallest_h = 0;
};
void settle_due(const StepArrays& steps, const SettleLimits& limits, const std::uint8_t* taking, std::uint8_t* due,
                std::size_t lanes);

// to = from in the chosen lanes.
void assign(const double* from, const std::uint8_t* chosen, std::size_t components, std::size_t lanes, double* to);

// Dense output of one step: y(t + theta h) = before + scale * sum_j w_j(theta) terms[j], w_j(theta) = sum_{m = 1..4}
// weights[j][m - 1] theta^m.
struct DenseArguments {
  const double* before = nullptr;
  const double* scale = nullptr;
  std::span<const double[4]> weights;
  const double* terms = nullptr;
  std::size_t components = 0;
  std::size_t lanes = 0;
  double* out = nullptr;  // [time][component][lanes]
};
// Each lane's list of times, ascending, and how far it has come.
struct DenseTimes {
  const double* const* times_h = nullptr;  // [lane]
  const std::size_t* count = nullptr;      // [lane]
  std::size_t* cursor = nullptr;           // [lane]: the first time not written yet; moves on
  double* pending_h = nullptr;             // [lanes]: times_h[lane][cursor[lane]], infinite at the end of the list
};
// Writes every pending time <= next_time_h of the chosen lanes.
void dense_output(const DenseArguments& arguments, const StepArrays& steps, const std::uint8_t* chosen,
                  const DenseTimes& times);

// Factors W = I / (gamma h) - J per lane with partial pivoting per lane: rows are exchanged by conditional swaps, so a
// lane's pivots do not depend on its neighbours. jacobian and factors: [row][column][lanes]; factors hold L below and
// U above the diagonal and 1/u on it. swaps: [row][row][group] bytes, which lanes exchanged a pair.
// Lanes with step 0 take h = 1. A singular W gives factors that are not finite; the attempt's error shows it.
struct FactorArguments {
  const double* jacobian = nullptr;
  const double* step_h = nullptr;
  double gamma = 0;
  std::size_t components = 0;
  std::size_t lanes = 0;
  const std::uint8_t* taking = nullptr;  // groups without a lane that takes part are skipped
  double* factors = nullptr;
  std::uint8_t* swaps = nullptr;
};
void factor(const FactorArguments& arguments);
// Solves W x = right in place.
void solve(const FactorArguments& factored, double* right);

}  // namespace racemate::engine::kernels
