#include "racemate/population/residual.h"

#include <cmath>

#include "racemate/core/random.h"

namespace racemate::population {

double measured(const model::Output& output, double value, const MeasurementIdentity& identity) {
  if (!output.residual) {
    return value;
  }
  const auto draw = [&](std::uint64_t part) {
    return normal_draw({.seed = identity.seed,
                        .study = identity.study,
                        .subject = identity.subject,
                        .occasion = identity.row,
                        .purpose = DrawPurpose::kResidual,
                        .index = identity.output * 2 + part});
  };
  const model::ResidualError& error = *output.residual;
  if (error.logarithmic > 0) {
    return value * std::exp(error.logarithmic * draw(0));
  }
  return value * (1 + error.proportional * draw(0)) + error.additive * draw(1);
}

}  // namespace racemate::population
