// Simulated measurements: what an assay would have reported.
#pragma once

#include <cstdint>

#include "racemate/model/model.h"

namespace racemate::population {

// Whose measurement: the same one draws the same error whatever else is simulated.
struct MeasurementIdentity {
  std::uint64_t seed = 0;
  std::uint64_t study = 0;
  std::uint64_t subject = 0;
  std::uint64_t row = 0;     // of the subject
  std::uint64_t output = 0;  // number in the model
};

// The value (internal units) with its residual error; the value itself where the output has none. Additive error can
// make it negative, as subtracting a blank can.
[[nodiscard]] double measured(const model::Output& output, double value, const MeasurementIdentity& identity);

}  // namespace racemate::population
