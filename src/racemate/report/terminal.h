// A comparison as text for a terminal. Pure: the same comparison and style give the same bytes.
#pragma once

#include <string>

#include "racemate/report/text_page.h"
#include "racemate/study/comparison.h"

namespace racemate::report {

// Patterns, the side-by-side table in groups of columns that fit the width, notes, sensitivity, spread between models,
// observations, assumptions, models, sources and how to repeat the run.
[[nodiscard]] std::string render_terminal(const study::Comparison& comparison, const TerminalStyle& style);

}  // namespace racemate::report
