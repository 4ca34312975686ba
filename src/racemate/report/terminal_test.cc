#include "racemate/report/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "racemate/report/comparison_fixture_test.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

using testing::HasSubstr;
using testing::Not;

// A table is a run of lines that begin with a frame character; all of its lines must be equally wide, and none wider
// than the terminal.
void expect_aligned(const std::string& text, int width) {
  std::istringstream lines(text);
  int table_width = 0;
  int tables = 0;
  for (std::string line; std::getline(lines, line);) {
    const int columns = display_width(line);
    EXPECT_LE(columns, width) << line;
    if (line.starts_with("╭")) {
      table_width = columns;
      ++tables;
    }
    if (line.starts_with("│") || line.starts_with("├") || line.starts_with("╰")) {
      EXPECT_EQ(columns, table_width) << line;
    }
  }
  EXPECT_GE(tables, 4);
}

TEST(RenderTerminal, TablesAreAlignedAtEveryWidth) {
  for (const int width : {60, 80, 97, 120, 200}) {
    expect_aligned(render_terminal(example_comparison(), {.width = width}), width);
    expect_aligned(render_terminal(hostile_comparison(), {.width = width}), width);
  }
}

TEST(RenderTerminal, ColumnsAreSplitIntoAsManyGroupsAsNeeded) {
  const auto groups = [](int width) {
    const std::string text = render_terminal(example_comparison(), {.width = width});
    std::size_t count = 0;
    for (std::size_t at = text.find("How it is used"); at != std::string::npos;
         at = text.find("How it is used", at + 1)) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(groups(80), 3U);
  EXPECT_EQ(groups(120), 2U);
  EXPECT_EQ(groups(200), 1U);
}

TEST(RenderTerminal, SaysEverythingThatTheTableNeeds) {
  const std::string text = render_terminal(example_comparison(), {.width = 200});
  for (const char* part :
       {"253 (176–363)", "1.33 × A", "not computed:", "no ratio to A [1]", "[1] no ratio: the first pattern",
        "known defect:", "outside the model's domain", "about 185 ng/mL", "kamp-2020-intranasal (used)", "0.25 to 0.60",
        "ng·h/mL", "doi:10.1007/s40262-020-00953-4", "--seed 1", "not a dose recommendation", "all (cohort):"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(RenderTerminal, ColourOnlyWhenAsked) {
  EXPECT_THAT(render_terminal(example_comparison(), {.width = 100}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(render_terminal(example_comparison(), {.width = 100, .colour = true}), HasSubstr("\x1b[1m"));
}

TEST(RenderTerminal, TextFromFilesCannotSendControlCharacters) {
  const std::string text = render_terminal(hostile_comparison(), {.width = 100});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\u202E")));
}

TEST(RenderTerminal, SameBytesAgain) {
  EXPECT_EQ(render_terminal(example_comparison(), {.width = 100}),
            render_terminal(example_comparison(), {.width = 100}));
}

TEST(RenderTerminal, AnEmptyComparisonIsStillText) { EXPECT_THAT(render_terminal({}, {}), HasSubstr("Racemate")); }

}  // namespace
}  // namespace racemate::report
