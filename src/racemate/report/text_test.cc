#include "racemate/report/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace racemate::report {
namespace {

TEST(DisplayWidth, CombiningWideAndPlain) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("é"), 1);
  EXPECT_EQ(display_width("e\u0301"), 1);
  EXPECT_EQ(display_width("氯胺酮"), 6);
  EXPECT_EQ(display_width("×–·→"), 4);
}

TEST(CleanText, TakesAwayWhatMovesTheCursorOrTheReader) {
  EXPECT_EQ(clean_text("a\nb\tc"), "a b c");
  EXPECT_EQ(clean_text("a\x1b[2Jb"), "a\uFFFD[2Jb");
  EXPECT_EQ(clean_text("a\u202Eb"), "a\uFFFDb");
  EXPECT_EQ(clean_text("a\xff\xc0\xaf"), "a\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(clean_text("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(clean_text("ng·h/mL 氯"), "ng·h/mL 氯");
}

RC_GTEST_PROP(CleanText, IsCleanAfterOneWash, (const std::string& text)) {
  const std::string clean = clean_text(text);
  RC_ASSERT(clean_text(clean) == clean);
  for (const char byte : clean) RC_ASSERT(static_cast<unsigned char>(byte) >= 0x20);
}

RC_GTEST_PROP(WrapText, FitsAndKeepsEveryLetter, (const std::string& text)) {
  const int width = *rc::gen::inRange(2, 40);
  std::string joined;
  for (const std::string& line : wrap_text(text, width)) {
    RC_ASSERT(display_width(line) <= width);
    joined += line;
  }
  std::string expected = clean_text(text);
  std::erase(expected, ' ');
  std::erase(joined, ' ');
  RC_ASSERT(joined == expected);
}

TEST(WrapText, BreaksLongWordsAtPunctuation) {
  EXPECT_EQ(wrap_text("herd-anderson-2007", 15), (std::vector<std::string>{"herd-anderson-", "2007"}));
  EXPECT_EQ(wrap_text("", 5), std::vector<std::string>{""});
  EXPECT_EQ(wrap_text("two words", 5), (std::vector<std::string>{"two", "words"}));
}

TEST(EscapeMarkup, LeavesNoMarkup) {
  EXPECT_EQ(escape_markup("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

TEST(CountOf, SingularAndPlural) {
  EXPECT_EQ(count_of(1, "session"), "1 session");
  EXPECT_EQ(count_of(1456, "session"), "1,456 sessions");
}

}  // namespace
}  // namespace racemate::report
