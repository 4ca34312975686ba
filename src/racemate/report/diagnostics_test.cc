#include "racemate/report/diagnostics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace racemate::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

std::optional<std::string> text_of(const std::string& file) {
  if (file != "mine.toml") return std::nullopt;
  return "id = \"x\"\n\namount = \"5 mgg\"\n" + repeated("é", 300) + "!\n";
}

Diagnostic unknown_unit() {
  return {ErrorCode::kUnknownUnit,
          {"mine.toml", 3, 10},
          "unknown unit 'mgg'",
          "a dose, for example mg",
          "did you mean 'mg'?"};
}

TEST(RenderDiagnostics, PointsIntoTheLine) {
  EXPECT_EQ(render_diagnostics({unknown_unit()}, false, text_of),
            "error RM-unknown-unit: unknown unit 'mgg'\n"
            "  --> mine.toml:3:10\n"
            "   |\n"
            " 3 | amount = \"5 mgg\"\n"
            "   |          ^\n"
            "   = expected: a dose, for example mg\n"
            "   = hint: did you mean 'mg'?\n");
}

TEST(RenderDiagnostics, WithoutTheFileWithoutTheLine) {
  EXPECT_THAT(render_diagnostics({unknown_unit()}, false), Not(HasSubstr("|")));
  Diagnostic elsewhere = unknown_unit();
  elsewhere.where.file = "gone.toml";
  EXPECT_THAT(render_diagnostics({elsewhere}, false, text_of), Not(HasSubstr("|")));
  Diagnostic beyond = unknown_unit();
  beyond.where.line = 99;
  EXPECT_THAT(render_diagnostics({beyond}, false, text_of), Not(HasSubstr("|")));
}

TEST(RenderDiagnostics, LongLinesAreCutAroundTheColumn) {
  Diagnostic far = unknown_unit();
  far.where = {"mine.toml", 4, 301};
  const std::string text = render_diagnostics({far}, false, text_of);
  EXPECT_THAT(text, HasSubstr("…é"));
  EXPECT_THAT(text, HasSubstr("é!\n   | " + std::string(61, ' ') + "^\n"));
}

TEST(RenderDiagnostics, CountsWhenSeveral) {
  EXPECT_THAT(render_diagnostics({unknown_unit(), unknown_unit()}, false, text_of), HasSubstr("\n2 problems\n"));
  EXPECT_THAT(render_diagnostics({unknown_unit()}, false, text_of), Not(HasSubstr("problem")));
  EXPECT_EQ(render_diagnostics({}, false, text_of), "");
}

TEST(RenderDiagnostics, ControlCharactersDoNotPass) {
  Diagnostic hostile = unknown_unit();
  hostile.message = "bad \x1b[2J name";
  EXPECT_THAT(render_diagnostics({hostile}, false, text_of), Not(HasSubstr("\x1b")));
  EXPECT_THAT(render_diagnostics({hostile}, true, text_of), HasSubstr("\x1b[1m"));
}

}  // namespace
}  // namespace racemate::report
