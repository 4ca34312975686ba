// Options of `racemate simulate` that say what comes out: words in, SimulateArguments out.
#pragma once

#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/study/simulate.h"

namespace racemate::cli {

enum class SimulateAs { kTable, kSummary };

// The words of the options as they were written; empty: not given.
struct WrittenSimulationOutput {
  std::vector<std::string> above;  // "OUTPUT=LEVELunit"
  std::string uncertainty;
  std::string replicates;
  std::string shard;  // "2/4"
};

// Sets the options that these words stand for; summary: "quantiles", "exposure", or both by comma. All problems at
// once, code kUsage for most.
[[nodiscard]] SimulateAs read_simulation_output(const std::string& summary, const WrittenSimulationOutput& written,
                                                study::SimulateOptions& options, Diagnostics& diagnostics);

}  // namespace racemate::cli
