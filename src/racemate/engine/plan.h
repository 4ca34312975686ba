// What a run does, decided once: which compartments take part, at which instants, with which inputs.
//
// A plan belongs to (model, route, timeline) and is shared by all blocks of people. It is const during a run; all
// mutation is in a Workspace (run.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/time.h"
#include "racemate/model/model.h"
#include "racemate/regimen/timeline.h"

namespace racemate::engine {

// The observation grid after each event: steps of `first_step`, doubled each time `steps_per_octave` of them have
// passed since the event. A step is then at most 1/steps_per_octave of the time since the last input changed, and
// cubic Hermite interpolation in a step is accurate to about (k h)^4 / 384 of the mode with rate k.
struct Grid {
  Duration first_step = Duration::from_minutes(1.25);
  int steps_per_octave = 16;
  Duration longest_step = Duration::from_hours(12);
};

struct PlanOptions {
  std::vector<std::string> outputs;  // names of model outputs to observe; at least one
  Grid grid;
};

}  // namespace racemate::engine
