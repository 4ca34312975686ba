// What carries amounts and states from one instant to the next: the back end of run_lanes().
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "racemate/engine/events/lane_events.h"

namespace racemate::engine::events {

// Where parameter sets are interpolated: the lane's sets at two instants, between which its interval lies.
struct SetLine {
  std::size_t from = 0;
  std::size_t to = 0;
  double from_h = 0;
  double to_h = 0;
};

// How a lane goes on at the end of a segment: an amount and the new input of one compartment, up to to_h, which may be
// that same end.
struct LaneSegment {
  std::size_t compartment = 0;
  double added_mg = 0;
  double input_mg_per_h = 0;
  double to_h = 0;
};

// One interval for every lane. Arrays are [component][lanes]; components are compartments, then states.
struct LaneInterval {
  std::span<const double> from_h;  // [lanes]
  std::span<const double> to_h;    // [lanes], never before from_h; a lane that has nothing to do has both equal
  double* input = nullptr;         // [compartment][lanes], mg/h, constant over a segment; in and out
  double* state = nullptr;         // in and out
  // Where a Dynamics passes rows: per lane what follows after to_h, in order; and the times inside (from_h, end of the
  // last segment] at which it leaves the state in rows[(k * components + component) * lanes + lane], k the number of
  // the time. At the end of a segment that is the state before what is added.
  std::span<const std::vector<LaneSegment>> segments{};
  std::span<const std::vector<double>> row_times_h{};
  double* rows = nullptr;
  std::span<const SetLine> lines{};  // [lane]; empty where sets are constant over an interval
};

class Dynamics {
 public:
  Dynamics() = default;
  Dynamics(const Dynamics&) = delete;
  Dynamics& operator=(const Dynamics&) = delete;
  Dynamics(Dynamics&&) = delete;
  Dynamics& operator=(Dynamics&&) = delete;
  virtual ~Dynamics() = default;
  // True when rows and segments inside an interval are cheaper than ends of intervals.
  [[nodiscard]] virtual bool passes_rows() const = 0;
  // The frame holds other parameters than before.
  virtual void parameters_changed() = 0;
  // A lane's state, input or parameters have jumped, so that nothing is left to go on from.
  virtual void state_changed(std::size_t lane) = 0;
  // Appends to `failures` the lanes whose state could not be computed; their state is meaningless afterwards.
  virtual void advance(const LaneInterval& interval, std::vector<LaneFailure>& failures) = 0;
  // The state in which such doses every interval_h, since ever, leave a body that began at `initial`, phase_h after one
  // of them, into state[component]. Returns a reason when there is none.
  virtual std::optional<std::string> periodic_state(std::size_t lane, const LaneEvent& event,
                                                    std::span<const double> initial, std::span<double> state) = 0;
  // The same for an endless infusion.
  virtual std::optional<std::string> constant_infusion_state(std::size_t lane, const LaneEvent& event,
                                                             std::span<const double> initial,
                                                             std::span<double> state) = 0;
};

}  // namespace racemate::engine::events
