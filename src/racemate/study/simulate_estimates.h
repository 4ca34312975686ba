// Draws of a model's population values, one set per study.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/model/model.h"

namespace racemate::study {

struct StudyDraw {
  std::uint64_t seed = 0;
  std::uint64_t study = 0;
};

// Sets the values of model.parameters that its estimates cover to those of this study: value = central moved by L z on
// the estimate's scale, z standard normal by (seed, study, names of model and parameter). Parameters in `held` keep
// their value, the others theirs as if it were drawn too. A set outside the estimates' bounds is drawn again. Error:
// kNumericalFailure when that does not end.
[[nodiscard]] Result<void> draw_estimates(const StudyDraw& draw, const std::set<std::string>& held,
                                          model::CompiledModel& model);

// Names of the parameters that draw_estimates() changes.
[[nodiscard]] std::vector<std::string> drawn_estimates(const model::CompiledModel& model,
                                                       const std::set<std::string>& held);

}  // namespace racemate::study
