// A non-compartmental analysis as a table for a terminal, as JSON (schema "racemate-nca/1") and as CSV.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "racemate/exposure/nca.h"
#include "racemate/exposure/nca_summary.h"
#include "racemate/report/text_page.h"

namespace racemate::report {

struct NcaReport {
  std::string file;  // where the samples come from, for people
  exposure::NcaUnits units;
  exposure::NcaOptions options;
  std::vector<exposure::NcaResult> results;     // of one analysis: the same quantities in the same order
  std::vector<exposure::NcaSummary> summaries;  // summarise(results)
};

// Up to this many profiles stand side by side, one quantity a line; more stand one below the other, with statistics.
inline constexpr std::size_t kMostProfilesAbreast = 3;
// Of an output and route with more profiles, a terminal gets the statistics alone.
inline constexpr std::size_t kMostProfileRows = 40;

// Units are in the headers. A dash with a mark stands where a quantity is absent, and the reason below; quantities that
// no profile has are listed with their reason instead. A share of extrapolation above kExtrapolationFlag_percent is
// marked with "!", and flags follow the tables.
[[nodiscard]] std::string render_nca(const NcaReport& report, const TerminalStyle& style);

// {"schema", "file", "units", "options", "profiles": [{"id", "study", "replicate", "output", "route", "dose",
// "quantities": {key: {"name", "value", "unit", "reason"}}, "flags": [{"flag", "text"}]}], "summaries": [...]}. Exactly
// one of value and reason is null. Numbers read back to the same bits.
[[nodiscard]] std::string render_nca_json(const NcaReport& report);

// Comment lines that start with '#', then one line per number:
//   study,replicate,id,output,route,metric,unit,statistic,value,note
// statistic is "value" for a profile (without a number the note says why), "flag" for what to know of it (its text in
// the note), and n, geometric_mean, geometric_cv_percent, median, low or high over the profiles of an output (no id).
[[nodiscard]] std::string render_nca_csv(const NcaReport& report);

}  // namespace racemate::report
