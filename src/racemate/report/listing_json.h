// Models and patterns as JSON, schemas "racemate-model-listing/1", "racemate-pattern-listing/1" and
// "racemate-model-list/1", "racemate-pattern-list/1". Numbers carry
// UCUM units; those of a model's parameters are as written in its file.
#pragma once

#include <span>
#include <string>

#include "racemate/evidence/evidence.h"
#include "racemate/model/model.h"
#include "racemate/regimen/pattern.h"

namespace racemate::report {

[[nodiscard]] std::string render_model_list_json(std::span<const model::CompiledModel> models);
[[nodiscard]] std::string render_model_json(const model::CompiledModel& model, const evidence::Library& library);
[[nodiscard]] std::string render_pattern_list_json(std::span<const regimen::Pattern> patterns);
[[nodiscard]] std::string render_pattern_json(const regimen::Pattern& pattern, const evidence::Library& library);

}  // namespace racemate::report
