#include "racemate/cli/console.h"

#include <gtest/gtest.h>

#include <sstream>

namespace racemate::cli {
namespace {

class ConsoleTest : public testing::Test {
 protected:
  std::ostringstream out_;
  std::ostringstream error_;
  Console console_{.out = out_, .error = error_};
};

TEST_F(ConsoleTest, ATextThatDoesNotArriveIsAnError) {
  EXPECT_TRUE(print(console_, "a").has_value());
  EXPECT_EQ(out_.str(), "a");
  out_.setstate(std::ios::badbit);
  const Result<void> printed = print(console_, "b");
  ASSERT_FALSE(printed.has_value());
  EXPECT_EQ(printed.error().front().code, ErrorCode::kUnwritableOutput);
}

TEST_F(ConsoleTest, ColourNeedsATerminalAndNoObjection) {
  EXPECT_FALSE(colour_on_output(console_));
  console_.out_is_terminal = true;
  EXPECT_TRUE(colour_on_output(console_));
  console_.colour = false;
  EXPECT_FALSE(colour_on_output(console_));
}

TEST_F(ConsoleTest, WidthIsTheRequestThenTheTerminalThenADefault) {
  EXPECT_EQ(table_width(console_, std::nullopt), 100);
  console_.terminal_width = 173;
  EXPECT_EQ(table_width(console_, std::nullopt), 173);
  EXPECT_EQ(table_width(console_, 80), 80);
}

TEST_F(ConsoleTest, ProblemsGoToTheErrorStreamWithTheirExitCode) {
  const int code = report_problems(
      console_,
      {{.code = ErrorCode::kUnknownName, .where = {}, .message = "no pattern 'x'", .expected = "", .hint = ""}});
  EXPECT_EQ(code, error_info(ErrorCode::kUnknownName).exit_code);
  EXPECT_NE(error_.str().find("no pattern 'x'"), std::string::npos);
  EXPECT_EQ(error_.str().find('\x1b'), std::string::npos);
  EXPECT_EQ(out_.str(), "");
}

}  // namespace
}  // namespace racemate::cli
