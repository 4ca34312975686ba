// Event streams of people who each have their own times: dosing records, or a regimen with a nonlinear model.
//
//   events of every lane --> run_lanes() --+--> Dynamics: linear (exact propagators) or ODE (steppers)
//                                          +--> RowSink: values at rows
//
// Lanes go from event to event in step, each with its own times. A lane is a subject; what it computes does not depend
// on its neighbours.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "racemate/expr/expr.h"
#include "racemate/model/model.h"
#include "racemate/regimen/record_events.h"

namespace racemate::engine::events {

// An event of a lane. A row's `record` is what its sink is told; kPeriodicState and kConstantInfusionState add to what
// is there; kReset restores initial amounts and states.
struct LaneEvent : regimen::RecordEvent {
  int compartment = 0;     // that is dosed
  std::size_t before = 0;  // the parameter set of the interval that ends here
  std::size_t own = 0;     // the parameter set at the event
};

// Infusions of a train that overlap: `whole + 1` run at once for remainder_h after a dose, `whole` until the next one.
struct OverlappingInfusions {
  double whole = 0;
  double remainder_h = 0;
};
[[nodiscard]] inline OverlappingInfusions overlapping_infusions(const regimen::RecordEvent& event) {
  // An infusion whose end is this close to a multiple of the interval (relative) ends there: division has rounded it.
  constexpr double kCoincidence = 1e-12;
  if (!(event.duration_h > 0)) return {};
  OverlappingInfusions result{.whole = std::floor(event.duration_h / event.interval_h)};
  result.remainder_h = event.duration_h - result.whole * event.interval_h;
  if (event.interval_h - result.remainder_h < kCoincidence * event.duration_h) {
    ++result.whole;
    result.remainder_h = 0;
  } else if (result.remainder_h < kCoincidence * event.duration_h) {
    result.remainder_h = 0;
  }
  return result;
}

// What holds between events: covariates of records, effects of occasions. A set is a number that the caller gave.
class ParameterSets {
 public:
  ParameterSets() = default;
  ParameterSets(const ParameterSets&) = delete;
  ParameterSets& operator=(const ParameterSets&) = delete;
  ParameterSets(ParameterSets&&) = delete;
  ParameterSets& operator=(ParameterSets&&) = delete;
  virtual ~ParameterSets() = default;
  // True when two sets of a lane hold the same values.
  [[nodiscard]] virtual bool same(std::size_t lane, std::size_t a, std::size_t b) const = 0;
  // Writes values into the frame's lane. weight 0: those of the set `from`; 1: those of `to`; between: the straight
  // line, which only callers that interpolate ask for.
  virtual void load(std::size_t lane, std::size_t from, std::size_t to, double weight, expr::Frame& frame) const = 0;
};

class RowSink {
 public:
  RowSink() = default;
  RowSink(const RowSink&) = delete;
  RowSink& operator=(const RowSink&) = delete;
  RowSink(RowSink&&) = delete;
  RowSink& operator=(RowSink&&) = delete;
  virtual ~RowSink() = default;
  // values: one per output asked for, in internal units.
  virtual void row(std::size_t lane, std::size_t row, std::span<const double> values) = 0;
  // One output of the same row of neighbouring lanes. False: the sink wants them one by one, through row().
  virtual bool rows(std::size_t /*first_lane*/, std::size_t /*row*/, std::size_t /*output*/,
                    std::span<const double> /*values*/) {
    return false;
  }
};

// Whose numbers failed, when and why. Rows of that lane up to then have been emitted, later ones never are.
struct LaneFailure {
  std::size_t lane = 0;
  double time_h = 0;
  std::string reason;
};

}  // namespace racemate::engine::events
