#include "racemate/report/svg.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "racemate/report/comparison_fixture_test.h"
#include "racemate/report/markup_check_test.h"

namespace racemate::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

LineChart line_chart(Scale scale) {
  LineChart chart;
  chart.text = {"session-1", "Concentration", "Median over people"};
  chart.x = {.title = "h", .high = 4, .family = TickFamily::kHours};
  chart.y = {.title = "ng/mL", .scale = scale, .low = scale == Scale::kLinear ? 0.0 : 1.0, .high = 100};
  chart.series = {{"A", 0, {0, 1, 2}, {0, 90, 40}, {0, 50, 20}, {0, 99, 60}}, {"B", 9, {0, 1, 2}, {0, 80, 41}, {}, {}}};
  chart.references = {{50, "50 ng/mL"}, {500, "far above"}};
  return chart;
}

TEST(LineChartSvg, WellFormedWithTitleAndDescription) {
  for (const Scale scale : {Scale::kLinear, Scale::kLogarithmic}) {
    const std::string svg = render_svg(line_chart(scale));
    EXPECT_EQ(markup_problem(svg), "");
    EXPECT_NE(svg.find("<title id=\"session-1-title\">Concentration</title>"), std::string::npos);
    EXPECT_NE(svg.find("<desc id=\"session-1-desc\">"), std::string::npos);
    EXPECT_EQ(svg.find("nan"), std::string::npos);
  }
}

TEST(LineChartSvg, OneBandPerSeriesThatHasOneAndOnlyLevelsInRange) {
  const std::string svg = render_svg(line_chart(Scale::kLinear));
  EXPECT_NE(svg.find("<polygon"), std::string::npos);
  EXPECT_EQ(svg.find("<polygon"), svg.rfind("<polygon"));
  EXPECT_NE(svg.find("50 ng/mL"), std::string::npos);
  EXPECT_EQ(svg.find("far above"), std::string::npos);
}

TEST(LineChartSvg, APointAtHalfHeightIsDrawnThere) {
  LineChart chart = line_chart(Scale::kLinear);
  chart.series = {{"A", 0, {0, 4}, {0, 100}, {}, {}}};
  // The frame spans 52..434 by 14..258.
  EXPECT_NE(render_svg(chart).find("points=\"52.0,258.0 434.0,14.0\""), std::string::npos);
}

TEST(LineChartSvg, MissingValuesAreLeftOut) {
  LineChart chart = line_chart(Scale::kLinear);
  chart.series = {{"A", 0, {0, 1, 2}, {10, kNaN, 30}, {}, {}}};
  EXPECT_EQ(render_svg(chart).find("nan"), std::string::npos);
}

TEST(LineChartSvg, LettersAtTheEndDoNotCoverEachOther) {
  LineChart chart = line_chart(Scale::kLinear);
  chart.series.clear();
  for (const char* letter : {"A", "B", "C", "D"}) chart.series.push_back({letter, 0, {0, 4}, {10, 10}, {}, {}});
  const std::string svg = render_svg(chart);
  std::set<std::string> heights;
  const std::string mark = "<text x=\"440.0\" y=\"";
  for (std::size_t at = svg.find(mark); at != std::string::npos; at = svg.find(mark, at + 1)) {
    heights.insert(svg.substr(at + mark.size(), 5));
  }
  EXPECT_EQ(heights.size(), 4U);
}

TEST(StripChartSvg, OneClippedRowPerSeries) {
  const LineChart line = line_chart(Scale::kLinear);
  const StripChart chart{line.text, line.x, line.y, line.series, line.references};
  const std::string svg = render_svg(chart);
  EXPECT_EQ(markup_problem(svg), "");
  EXPECT_NE(svg.find("session-1-clip-1"), std::string::npos);
  EXPECT_EQ(svg.find("session-1-clip-2"), std::string::npos);
}

TEST(RidgeChartSvg, HeightIsCountOverWidthAsDrawn) {
  RidgeChart chart;
  chart.text = {"peaks-1", "Peaks", "Histogram"};
  chart.x = {.title = "ng/mL", .low = 0, .high = 4};
  chart.rows = {{"A", 0, {0, 1, 3}, {10, 10}, "1.5 (0.2–2.8)"}};  // the second bin is twice as wide, so half as high
  const std::string svg = render_svg(chart);
  EXPECT_EQ(markup_problem(svg), "");
  EXPECT_NE(svg.find("M16.0 70.0V30.0H120.5V50.0H329.5V70.0Z"), std::string::npos) << svg;
}

TEST(RidgeChartSvg, EmptyHistogramDrawsNoArea) {
  RidgeChart chart;
  chart.text = {"peaks-1", "Peaks", "Histogram"};
  chart.rows = {{"A", 0, {0, 1}, {0}, ""}, {"B", 1, {}, {}, ""}};
  const std::string svg = render_svg(chart);
  EXPECT_EQ(markup_problem(svg), "");
  EXPECT_EQ(svg.find("<path"), std::string::npos);
}

TEST(Svg, EscapesText) {
  LineChart chart = line_chart(Scale::kLinear);
  chart.text.title = chart.text.description = chart.x.title = chart.y.title = kHostileText;
  chart.series[0].letter = chart.references[0].label = kHostileText;
  const std::string svg = render_svg(chart);
  EXPECT_EQ(markup_problem(svg), "");
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(svg.find("<img"), std::string::npos);
}

TEST(DashPattern, StylesDiffer) {
  std::set<std::string> patterns;
  for (std::size_t i = 0; i < kSeriesStyles; ++i) patterns.insert(dash_pattern(i));
  EXPECT_EQ(patterns.size(), kSeriesStyles);
  EXPECT_EQ(dash_pattern(kSeriesStyles), dash_pattern(0));
}

}  // namespace
}  // namespace racemate::report
