// How a pattern is used and what is assumed about it, in words for tables.
#pragma once

#include <string>
#include <vector>

#include "racemate/population/batch.h"
#include "racemate/study/comparison.h"
#include "racemate/study/request.h"

namespace racemate::study {

// The factors by which uses differ; the same keys in the same order for every pattern. typical_weight_kg turns rules by
// body weight into milligrams.
[[nodiscard]] std::vector<Factor> factors_of(const PatternRequest& request, double typical_weight_kg);

// What is assumed by the pattern, about its amounts and in its model's values, each once; the model's structural
// assumptions are in model_use().
[[nodiscard]] std::vector<std::string> assumptions_of(const PatternRequest& request);

// Citation keys of the pattern, its quantities, its model and the model's parameters; each once, sorted.
[[nodiscard]] std::vector<std::string> sources_of(const PatternRequest& request);

[[nodiscard]] ModelUse model_use(const model::CompiledModel& model, std::vector<std::string> outside_domain);

// "0.05 to 0.3", with the unit of the quantity; and where the range comes from.
[[nodiscard]] std::string range_text(const PatternRequest& request, const population::StudyInput& input);
[[nodiscard]] std::string source_text(const evidence::Provenance& provenance);
// A name for the input that a reader understands: "nasal bioavailability at 25 mg (F25)".
[[nodiscard]] std::string input_title(const PatternRequest& request, const population::StudyInput& input);

}  // namespace racemate::study
