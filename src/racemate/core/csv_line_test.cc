#include "racemate/core/csv_line.h"

#include <gtest/gtest.h>

#include <utility>

namespace racemate {
namespace {

std::vector<std::pair<std::string, std::uint32_t>> split(std::string_view line) {
  std::vector<CsvCell> cells;
  split_csv_line(line, cells);
  std::vector<std::pair<std::string, std::uint32_t>> result;
  for (const CsvCell& cell : cells) result.emplace_back(cell.text, cell.column);
  return result;
}

using Cells = std::vector<std::pair<std::string, std::uint32_t>>;

TEST(SplitCsvLine, KnowsWhereEachCellBegins) {
  EXPECT_EQ(split("a, bb ,,c\r"), (Cells{{"a", 1}, {"bb", 4}, {"", 8}, {"c", 9}}));
  EXPECT_EQ(split(""), (Cells{{"", 1}}));
  EXPECT_EQ(split(","), (Cells{{"", 1}, {"", 2}}));
}

TEST(SplitCsvLine, KeepsCommasInsideQuotes) {
  EXPECT_EQ(split(R"("a,b",c)"), (Cells{{"a,b", 1}, {"c", 7}}));
  EXPECT_EQ(split(R"(a,"b,c)"), (Cells{{"a", 1}, {R"("b,c)", 3}}));  // never closed
}

TEST(SplitCsvLine, CountsCharactersNotBytes) { EXPECT_EQ(split("µg,x"), (Cells{{"µg", 1}, {"x", 4}})); }

TEST(ParseCellNumber, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_cell_number("+1.5e2"), 150.0);
  EXPECT_EQ(parse_cell_number("-3"), -3.0);
  for (const char* text : {"", "1x", " 1", "+-1", "nan", "inf", "1e999", "1,5", "0x10"}) {
    EXPECT_FALSE(parse_cell_number(text).has_value()) << text;
  }
}

TEST(UpperCase, LeavesEverythingButLettersAlone) { EXPECT_EQ(upper_case("Dv_1µ"), "DV_1µ"); }

}  // namespace
}  // namespace racemate
