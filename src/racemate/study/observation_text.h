// Simulated measurements as cells of a table.
#pragma once

#include <string>

#include "racemate/model/model.h"
#include "racemate/population/residual.h"

namespace racemate::study {

inline constexpr const char* kObservationPrefix = "DV_";  // of the column beside that of the output
inline constexpr const char* kBelowLimit = "BLQ";

// Appends ",<value in the output's unit>", or ",BLQ" below the output's lower limit of quantification.
void append_observation(const model::Output& output, double value, const population::MeasurementIdentity& identity,
                        std::string& text);

// True when the model says how measurements of the output differ from it.
[[nodiscard]] inline bool has_observations(const model::Output& output) {
  return output.residual.has_value() || output.lower_limit.has_value();
}

// What to say when measurements are asked for and no output has any.
[[nodiscard]] Diagnostic no_observations(const model::CompiledModel& model);

}  // namespace racemate::study
