// Solves one system of ordinary differential equations for every lane of a block, each lane with its own time, step and
// error control.
//
// Methods:
//   explicit   Tsitouras 5(4), with its interpolant of order 4
//   stiff      Rodas5P, an L-stable Rosenbrock method of order 5(4); rows end its steps
//   CVODE      BDF of order 1 to 5 with a dense Jacobian, one lane at a time: the fallback and the judge
//   automatic  explicit; a lane that stays at the limit of stability or fails goes on with the stiff method, and with
//              CVODE when that fails too
//
// Error control: the largest component of (error estimate) / (absolute + relative * |state|) is at most 1 in every
// step. That bounds the error of a step; on problems that forget, the error at the end is of the same size.
//
// A lane's result has the same bits whatever the other lanes, their number and its place. Every loop is bounded by
// Options::most_attempts per segment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "racemate/engine/ode/lane_system.h"

namespace racemate::engine::ode {

enum class Method : std::uint8_t { kAutomatic, kExplicit, kStiff, kCvode };
[[nodiscard]] std::string_view method_name(Method method);  // "stiff Rodas5P"
[[nodiscard]] std::string_view to_string(Method method);    // "stiff", for options

struct Tolerances {
  double relative = 1e-6;                 // > 0
  std::vector<double> absolute = {1e-8};  // > 0, in the unit of the state: one for all states, or one per state
};

struct Options {
  Method method = Method::kAutomatic;
  Tolerances tolerances;
  double first_step_h = 0;  // of every segment; 0: estimated from the derivative
  double largest_step_h = std::numeric_limits<double>::infinity();
  std::uint32_t most_attempts = 100'000;  // steps tried between two restarts of a lane, by each method
  // Greater than 0: every step has this length and none is rejected. For tests of order; not with CVODE.
  double fixed_step_h = 0;
};

enum class FailureReason : std::uint8_t {
  kNotFinite,      // the derivative at the start of a segment is not a finite number
  kStepUnderflow,  // no step is small enough: a singularity, or a right-hand side that jumps
  kStepBound,      // most_attempts reached
  kTooStiff,       // the explicit method was forced, and stability would take more steps than most_attempts
  kCvode,          // CVODE gave up for another reason
  kEmptySegments,  // LaneEvents gave kMostEmptySegments segments without length in a row
};
[[nodiscard]] std::string_view failure_text(FailureReason reason);

struct LaneFailure {
  double time_h = 0;  // how far the lane came
  FailureReason reason{};
  Method method{};  // which gave up
};

struct LaneStatistics {
  std::uint64_t accepted = 0;  // steps, by all methods
  std::uint64_t rejected = 0;
  std::uint64_t evaluations = 0;  // of the right-hand side, those for differences included
  std::uint64_t jacobians = 0;
  std::uint32_t switches = 0;         // from one method to another
  Method method = Method::kExplicit;  // in use at the end
};

// Where a lane goes when it arrives at the end of its segment. Lets lanes pass through their own doses without waiting
// for each other.
class LaneEvents {
 public:
  LaneEvents() = default;
  LaneEvents(const LaneEvents&) = delete;
  LaneEvents& operator=(const LaneEvents&) = delete;
  LaneEvents(LaneEvents&&) = delete;
  LaneEvents& operator=(LaneEvents&&) = delete;
  virtual ~LaneEvents() = default;
  // The lane is at time_h. May change its state (component c at state[c * lanes]) and its parameters in the system;
  // sets the next end_h >= time_h and returns true, or returns false when the lane is through. The next segment starts
  // as after Solver::restart.
  virtual bool next_segment(std::size_t lane, double time_h, double* state, double& end_h) = 0;
};

// Times at which states are wanted, and where they go. A lane writes those of its times that lie in (start, end] of the
// call; a state at a time where a segment ends is the one before the event. The caller fills in times at or before the
// start. Times of a lane that fails after them are right; those after its failure are not written.
struct Outputs {
  std::span<const double> times_h;                            // ascending, for all lanes; or
  std::span<const std::span<const double>> times_of_lanes_h;  // [lane], each ascending
  double* values = nullptr;                                   // [time][state][lanes]
};

inline constexpr int kMostEmptySegments = 100'000;

// Owns the buffers of a block and is reused for block after block. Not thread safe; one per thread.
class Solver {
 public:
  // states >= 1; lanes a multiple of 8. Sizes of tolerances must match (checked).
  Solver(std::size_t states, std::size_t lanes, Options options);
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;
  Solver(Solver&&) noexcept;
  Solver& operator=(Solver&&) noexcept;
  ~Solver();

  // Forgets everything: failures, statistics, step sizes, methods. Between blocks of people.
  void clear();
  // The lane's state or right-hand side has jumped: the next step is chosen afresh. Failures, statistics and the method
  // stay.
  void restart(std::size_t lane);

  // Takes every lane from start_h[lane] to end_h[lane] >= start_h[lane] (a lane with equal ends is left alone, unless
  // there are events). state is [state][lanes], in and out; of a lane that fails it is the last good one. Lanes that
  // have failed since clear() are left alone. Without restart, a lane goes on where the last call ended, with its step
  // size. Returns the number of lanes that have failed.
  std::size_t advance(LaneSystem& system, const double* start_h, const double* end_h, double* state,
                      const Outputs& outputs, LaneEvents* events = nullptr);

  [[nodiscard]] const std::optional<LaneFailure>& failure(std::size_t lane) const;
  [[nodiscard]] LaneStatistics statistics(std::size_t lane) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace racemate::engine::ode
