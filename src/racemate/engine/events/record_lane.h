// The events of one subject's dosing records as those of a lane. A record's parameter set is its number within the
// subject.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "racemate/engine/events/lane_events.h"
#include "racemate/regimen/record_events.h"

namespace racemate::engine::events {

// carried_forward: between two records the earlier one's set holds, else the later one's. compartment_of(record): the
// compartment that the record doses. Precondition: records >= 1, of which `expanded` are the events.
template <class CompartmentOf>
[[nodiscard]] std::vector<LaneEvent> lane_events(std::span<const regimen::RecordEvent> expanded, std::size_t records,
                                                 bool carried_forward, const CompartmentOf& compartment_of) {
  std::vector<LaneEvent> events;
  events.reserve(expanded.size());
  std::size_t passed = 0;  // rows
  for (const regimen::RecordEvent& event : expanded) {
    LaneEvent mine;
    static_cast<regimen::RecordEvent&>(mine) = event;
    mine.compartment = compartment_of(event.record);
    mine.own = event.record;
    mine.before = carried_forward && passed > 0 ? passed - 1 : std::min(passed, records - 1);
    events.push_back(mine);
    if (event.kind == regimen::RecordEventKind::kRow) ++passed;
  }
  return events;
}

}  // namespace racemate::engine::events
