#include "racemate/study/observation_text.h"

#include <fmt/format.h>

#include <iterator>

namespace racemate::study {

void append_observation(const model::Output& output, double value, const population::MeasurementIdentity& identity,
                        std::string& text) {
  const double measured = population::measured(output, value, identity);
  if (output.lower_limit && measured < *output.lower_limit) {
    text.append(",").append(kBelowLimit);
  } else {
    fmt::format_to(std::back_inserter(text), ",{}", measured * output.per_internal);
  }
}

Diagnostic no_observations(const model::CompiledModel& model) {
  return {ErrorCode::kInconsistent,
          {},
          fmt::format("--observations: model '{}' says nothing of measurements", model.id),
          "an output with `residual` or `lower_limit`",
          {}};
}

}  // namespace racemate::study
