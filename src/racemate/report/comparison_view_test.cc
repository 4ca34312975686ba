#include "racemate/report/comparison_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "racemate/report/comparison_fixture_test.h"

namespace racemate::report {
namespace {

const MetricRow& row_of(const std::vector<MetricRow>& rows, const std::string& key) {
  for (const MetricRow& row : rows) {
    if (row.key == key) return row;
  }
  ADD_FAILURE() << "no row " << key;
  return rows.front();
}

TEST(PatternLetter, AlphabetAndBeyond) {
  EXPECT_EQ(pattern_letter(0), "A");
  EXPECT_EQ(pattern_letter(25), "Z");
  EXPECT_EQ(pattern_letter(26), "AA");
  EXPECT_EQ(pattern_letter(27), "AB");
}

TEST(AnalyteLabel, NamesMatrixAndSite) {
  EXPECT_EQ(analyte_label("S-ketamine", "plasma", "arterial"), "S-ketamine, arterial plasma");
  EXPECT_EQ(analyte_label("ketamine", "plasma", "mixed"), "ketamine, arterial and venous plasma pooled");
  EXPECT_EQ(analyte_label("ketamine", "serum", "unstated"), "ketamine, serum (site not stated)");
}

TEST(MetricRows, NumbersRatiosAndInputs) {
  Footnotes footnotes;
  const auto rows = metric_rows(example_comparison(), footnotes);
  const MetricRow& peak = row_of(rows, "peak_per_session");
  EXPECT_EQ(peak.unit, "ng/mL");
  EXPECT_EQ(peak.cells[0].main, "253 (176–363)");
  EXPECT_EQ(peak.cells[0].ratio, "");
  EXPECT_EQ(peak.cells[3].inputs, "inputs 181–527, typical\u00a0329");
  EXPECT_EQ(peak.cells[3].ratio, "1.33 × A");
}

TEST(MetricRows, ShortReasonsStayInTheCellAndLongOnesBecomeNotes) {
  Footnotes footnotes;
  const auto rows = metric_rows(example_comparison(), footnotes);
  EXPECT_EQ(row_of(rows, "nominal_mg_per_year").cells[2].ratio, "no ratio to A: S-ketamine, not racemate");
  const MetricCell& peak = row_of(rows, "peak_per_session").cells[2];
  EXPECT_FALSE(peak.has_ratio);
  EXPECT_EQ(peak.ratio, "no ratio to A [1]");
  EXPECT_THAT(footnotes.texts()[0], testing::HasSubstr("two different things"));
}

TEST(MetricRows, WhatCouldNotBeComputedSaysWhy) {
  Footnotes footnotes;
  const auto rows = metric_rows(example_comparison(), footnotes);
  const MetricRow& hours = row_of(rows, "hours_above.psychedelic-c50");
  EXPECT_FALSE(hours.cells[2].computed);
  EXPECT_THAT(hours.cells[2].main, testing::StartsWith("not computed: the model gives"));
  EXPECT_THAT(hours.cells[0].notes, testing::ElementsAre(2U, 3U));
}

TEST(MetricRows, InputsThatDoNotMoveTheNumberAreNotShown) {
  study::Comparison comparison = example_comparison();
  study::Metric& metric = comparison.patterns[0].metrics[0];
  metric.people = study::BetweenPeople{19800, 13000, 29300, 20100};
  metric.typical = 20800;
  metric.inputs = study::OverInputs{20800, 20800, 20800};
  Footnotes footnotes;
  const MetricCell cell = metric_rows(comparison, footnotes)[0].cells[0];
  EXPECT_EQ(cell.inputs, "");
  EXPECT_EQ(cell.typical, "typical person 20,800");
}

TEST(MetricRows, AReasonIsNotIntroducedTwice) {
  study::Comparison comparison = example_comparison();
  comparison.patterns[2].metrics[7].reason = "not computed: no bridge";
  comparison.patterns[2].metrics[0].ratio_to_first.reason = "no ratio: S only";
  Footnotes footnotes;
  const auto rows = metric_rows(comparison, footnotes);
  EXPECT_EQ(rows[7].cells[2].main, "not computed: no bridge");
  EXPECT_EQ(rows[0].cells[2].ratio, "no ratio to A: S only");
}

TEST(MetricRows, APatternWithoutTheMetricGetsADash) {
  study::Comparison comparison = example_comparison();
  comparison.patterns[1].metrics.clear();
  Footnotes footnotes;
  const auto rows = metric_rows(comparison, footnotes);
  ASSERT_EQ(rows.front().cells.size(), comparison.patterns.size());
  EXPECT_EQ(rows.front().cells[1].main, "–");
  EXPECT_FALSE(rows.front().cells[1].computed);
}

TEST(SharedBasis, OnlyWhenAllAgree) {
  Footnotes footnotes;
  const auto rows = metric_rows(example_comparison(), footnotes);
  EXPECT_EQ(shared_basis(row_of(rows, "nominal_mg_per_year"), 0, 6), "product as given");
  EXPECT_EQ(shared_basis(row_of(rows, "base_mg_per_year"), 0, 6), "");
  EXPECT_EQ(shared_basis(row_of(rows, "base_mg_per_year"), 0, 2), "racemic ketamine base");
}

TEST(SharedAssumptions, EachOnceWithItsPatterns) {
  const auto statements = shared_assumptions(example_comparison());
  ASSERT_EQ(statements.size(), 3U);
  EXPECT_EQ(statements[0].patterns, "all");
  EXPECT_THAT(statements[1].patterns, "A, B, D, E, F");
}

TEST(SharedModels, EachOnceWithItsPatterns) {
  const study::Comparison comparison = example_comparison();
  const auto models = shared_models(comparison);
  ASSERT_EQ(models.size(), 3U);
  EXPECT_EQ(models[0].patterns, "A, B");
  EXPECT_EQ(models[2].patterns, "D, E, F");
}

TEST(LevelLabel, SaysOfWhatAndWhere) {
  EXPECT_EQ(level_label(example_comparison().levels[0]),
            "121 ng/mL: C50 of the psychedelic effect (interval 93 to 150); S-ketamine, arterial plasma");
}

TEST(HorizonText, WeeksWhenWhole) {
  EXPECT_EQ(horizon_text(364), "364 days (52 weeks)");
  EXPECT_EQ(horizon_text(10), "10 days");
}

}  // namespace
}  // namespace racemate::report
