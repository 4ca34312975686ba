// Runs event streams of a block of lanes. See lane_events.h.
#pragma once

#include <span>
#include <vector>

#include "racemate/engine/events/dynamics.h"
#include "racemate/engine/events/lane_events.h"

namespace racemate::engine::events {

struct LaneRunRequest {
  const model::CompiledModel* model = nullptr;
  std::span<const std::size_t> outputs;            // indices of the model's outputs
  std::span<const std::vector<LaneEvent>> events;  // one list per lane, in order of time; lanes without: padding
  const ParameterSets* sets = nullptr;
  bool interpolated = false;  // parameters follow a straight line from `own` of one row to that of the next
};

// Frame: of the model, evaluated from constants to occasions once. Its lanes are the lanes. Returns the failed lanes.
// Precondition: `dynamics` reads the same frame.
[[nodiscard]] std::vector<LaneFailure> run_lanes(const LaneRunRequest& request, expr::Frame& frame, Dynamics& dynamics,
                                                 RowSink& sink);

}  // namespace racemate::engine::events
