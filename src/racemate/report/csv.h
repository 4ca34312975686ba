// A comparison as tidy CSV for spreadsheets and statistics programs.
#pragma once

#include <string>

#include "racemate/study/comparison.h"

namespace racemate::report {

// The manifest as lines that start with '#', then one line per number:
//   pattern,metric,unit,basis,statistic,value,note
// Units are UCUM codes. Statistics: people_median, people_p5, people_p95, people_mean (over people), typical,
// inputs_median, inputs_p5, inputs_p95 (typical person, over inputs), ratio_to_first, not_computed (no value, the note
// says why), text (a factor of use, in the note), and for the other tables auc_per_year_at_low, ..._at_high,
// peak_at_low,
// ..._at_high, model, observed, computed. Curves and histograms are in the JSON only.
//
// Quoting by RFC 4180 with LF line ends. A text that a spreadsheet would run as a formula (first character = + - @)
// gets an apostrophe in front.
[[nodiscard]] std::string render_csv(const study::Comparison& comparison);

}  // namespace racemate::report
