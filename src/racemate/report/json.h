// A comparison as JSON, schema "racemate-comparison/1". The bytes depend on the comparison alone.
//
// Every number stands in an object with its UCUM unit ({"value": 253.1, "unit": "ng/mL"}, or a group of numbers with
// one "unit"), apart from counts and seeds. What was not computed is null beside a reason; a number that is not finite
// is null too. Doubles are printed shortest so that they read back to the same bits. A later version of the schema adds
// fields or changes the name.
#pragma once

#include <string>

#include "racemate/study/comparison.h"

namespace racemate::report {

[[nodiscard]] std::string render_json(const study::Comparison& comparison);

}  // namespace racemate::report
