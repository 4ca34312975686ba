// What a simulation was made from, as JSON: schema racemate-simulation/1.
#pragma once

#include <string>

#include "racemate/study/simulate.h"

namespace racemate::report {

[[nodiscard]] std::string render_simulation_json(const study::SimulationManifest& manifest);

}  // namespace racemate::report
