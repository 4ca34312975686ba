// What the terminal and the page say about a comparison, in the same words and digits: rows by key, cells as text,
// numbered notes, statements shared by several patterns said once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "racemate/study/comparison.h"

namespace racemate::report {

// "A", "B", ... "Z", "AA": how the columns, charts and notes refer to a pattern.
[[nodiscard]] std::string pattern_letter(std::size_t index);

// "S-ketamine, arterial plasma": what a concentration is of. Values of two labels are never drawn together.
[[nodiscard]] std::string analyte_label(const study::PatternResult& pattern);
[[nodiscard]] std::string analyte_label(const std::string& analyte, const std::string& matrix, const std::string& site);

// "121 ng/mL: C50 of the psychedelic effect (interval 93 to 150), S-ketamine, arterial plasma".
[[nodiscard]] std::string level_label(const evidence::Level& level);
[[nodiscard]] double level_ng_per_ml(const evidence::Level& level);

// Notes and long reasons, numbered from 1 in order of first use; equal texts share a number.
class Footnotes {
 public:
  [[nodiscard]] std::size_t number(const std::string& text);
  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::vector<std::string> texts_;
  std::map<std::string, std::size_t> numbers_;
};

struct MetricCell {
  std::string main;     // "253 (180–340)", "253 (typical person)" or "not computed: reason"
  std::string inputs;   // "inputs 200–310, typical 251", or empty
  std::string typical;  // "typical person 251", when it differs from the median and is not said with the inputs
  std::string ratio;    // "22.9 × A", "no ratio to A: reason", or empty for the first pattern
  std::string basis;
  bool computed = false;
  bool has_ratio = false;
  std::vector<std::size_t> notes;  // of the number
};
struct MetricRow {
  std::string key;
  std::string title;
  std::string unit;  // for people
  std::vector<MetricCell> cells;
};
struct FactorRow {
  std::string title;
  std::vector<std::string> values;  // kNoValue when a pattern does not state it
  std::vector<bool> assumptions;
};

// The basis that the cells [first, last) share, to be said once beside the title; "" when they differ.
[[nodiscard]] std::string shared_basis(const MetricRow& row, std::size_t first, std::size_t last);

// Rows in the order of first appearance; a pattern without the key gets an empty cell.
[[nodiscard]] std::vector<FactorRow> factor_rows(const study::Comparison& comparison);
[[nodiscard]] std::vector<MetricRow> metric_rows(const study::Comparison& comparison, Footnotes& footnotes);

// A statement and the letters of the patterns that make it ("A, C"); "all" when every pattern does.
struct SharedStatement {
  std::string text;
  std::string patterns;
};
// assumptions() takes in those of the pattern and of its model.
[[nodiscard]] std::vector<SharedStatement> shared_assumptions(const study::Comparison& comparison);
[[nodiscard]] std::vector<SharedStatement> shared_domain_warnings(const study::Comparison& comparison);

// Models in use, each once, with the letters of the patterns that use it.
struct SharedModel {
  const study::ModelUse* model = nullptr;
  std::string patterns;
};
[[nodiscard]] std::vector<SharedModel> shared_models(const study::Comparison& comparison);

// Every citation and the patterns that rest on it ("" when only levels, bridges or the cohort do).
struct SharedCitation {
  const evidence::Citation* citation = nullptr;
  std::string patterns;
};
[[nodiscard]] std::vector<SharedCitation> shared_citations(const study::Comparison& comparison);

// "364 days (52 weeks)".
[[nodiscard]] std::string horizon_text(double days);
// "26 sessions", "26 sessions, 182 administrations".
[[nodiscard]] std::string sessions_text(const study::PatternResult& pattern);

// Said wherever a comparison is shown.
inline constexpr const char* kDisclaimer =
    "Information for assessment, research and education. Not medical advice and not a dose recommendation; never use "
    "it to choose, adjust or time a dose of non-medical use.";
inline constexpr const char* kPeopleGuide =
    "median (5th–95th percentile over people): how much people differ when every input has its central value.";
inline constexpr const char* kInputsGuide =
    "inputs 5th–95th: how far the typical person's number moves when what we do not know well (bioavailability, "
    "purity, amounts) is varied over its range. This does not average out over people or over a year.";
inline constexpr const char* kRatioGuide =
    "× A: ratio to the same number of the first pattern, only where both count the same substance on the same basis.";

}  // namespace racemate::report
