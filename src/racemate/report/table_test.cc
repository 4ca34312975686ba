#include "racemate/report/table.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "racemate/report/text.h"

namespace racemate::report {
namespace {

std::set<int> line_widths(const std::string& text) {
  std::set<int> widths;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) widths.insert(display_width(line));
  return widths;
}

TextTable example() {
  TextTable table;
  table.columns = {{.width = 8}, {.width = 10, .right_aligned = true}};
  table.header = {{{"name"}}, {{"value"}}};
  table.rows.push_back({.cells = {{{"a section that is longer than the table is wide"}}}, .section = true});
  table.rows.push_back({.cells = {{{"clearance, long"}}, {{"84"}, {"of ketamine 氯胺酮"}}}});
  table.rows.push_back({.cells = {{{"V1"}}, {{"25.0"}}}});
  return table;
}

TEST(RenderTable, EveryLineHasTheSameWidth) {
  TextTable table = example();
  for (const bool ruled : {false, true}) {
    table.rule_between_rows = ruled;
    EXPECT_EQ(line_widths(render_table(table, false)), std::set<int>{8 + 10 + frame_width(2)});
  }
}

TEST(RenderTable, Layout) {
  TextTable table;
  table.columns = {{.width = 4}, {.width = 5, .right_aligned = true}};
  table.header = {{{"what"}}, {{"mg"}}};
  table.rows.push_back({.cells = {{{"use"}}}, .section = true});
  table.rows.push_back({.cells = {{{"dose"}}, {{"400"}}}});
  EXPECT_EQ(render_table(table, false),
            "╭──────┬───────╮\n"
            "│ what │    mg │\n"
            "├──────┴───────┤\n"
            "│ use          │\n"
            "├──────┬───────┤\n"
            "│ dose │   400 │\n"
            "╰──────┴───────╯\n");
}

TEST(RenderTable, ColourOnlyWhenAsked) {
  TextTable table = example();
  table.rows.back().cells[0][0].style = TextStyle::kWarning;
  EXPECT_EQ(render_table(table, false).find('\x1b'), std::string::npos);
  EXPECT_NE(render_table(table, true).find("\x1b[33mV1\x1b[0m"), std::string::npos);
}

TEST(FitColumns, NoWiderThanAllowedAndWholeWordsWhereTheyFit) {
  TextTable table;
  table.columns.resize(3);
  table.header = {{{"input"}}, {{"what it is, in many words that can be wrapped"}}, {{"source"}}};
  table.rows.push_back({.cells = {{{"bioavailability"}}, {{"share of a dose"}}, {{"assumption"}}}});
  fit_columns(table, 60);
  EXPECT_EQ(line_widths(render_table(table, false)), std::set<int>{60});
  EXPECT_NE(render_table(table, false).find("bioavailability"), std::string::npos);
  fit_columns(table, 200);
  EXPECT_LT(*line_widths(render_table(table, false)).begin(), 100);
}

TEST(RenderItem, IndentsWhatFollows) {
  EXPECT_EQ(render_item("[1]", "one two three four five", 20), "[1] one two three\n    four five\n");
}

TEST(Table, AWholeColumnIsNeverWrapped) {
  TextTable table;
  table.columns.resize(2);
  table.columns[0].whole = true;
  table.header = {{{"id"}}, {{"title"}}};
  table.rows.push_back(
      {.cells = {{{"a-long-id-that-is-copied-2007"}}, {{"words that can be wrapped as often as it takes"}}}});
  fit_columns(table, 50);
  EXPECT_NE(render_table(table, false).find("a-long-id-that-is-copied-2007"), std::string::npos);
}

}  // namespace
}  // namespace racemate::report
