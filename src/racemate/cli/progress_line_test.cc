#include "racemate/cli/progress_line.h"

#include <gtest/gtest.h>

#include <string>

namespace racemate::cli {
namespace {

using std::chrono::milliseconds;

class Progress : public testing::Test {
 protected:
  std::string written_;
  ProgressLine::Instant start_{};
  ProgressLine line_{start_, [this](std::string_view text) { written_ += text; }};
};

TEST_F(Progress, AShortRunShowsNothing) {
  line_.update(0.5, "iv-clinic", start_ + kQuietStart - milliseconds(1));
  line_.finish();
  EXPECT_EQ(written_, "");
}

TEST_F(Progress, ALongRunSaysHowFarAndIsWiped) {
  line_.update(0.5, "iv-clinic", start_ + milliseconds(2000));
  EXPECT_EQ(written_, "\r\x1b[K[############............]  50%  2 s  iv-clinic");
  written_.clear();
  line_.finish();
  EXPECT_EQ(written_, "\r\x1b[K");
  written_.clear();
  line_.finish();
  EXPECT_EQ(written_, "");
}

TEST_F(Progress, RefreshesAtMostTenTimesASecond) {
  line_.update(0.1, "a", start_ + kQuietStart);
  written_.clear();
  line_.update(0.2, "b", start_ + kQuietStart + kRefresh - milliseconds(1));
  EXPECT_EQ(written_, "");
  line_.update(0.3, "c", start_ + kQuietStart + kRefresh);
  EXPECT_NE(written_, "");
}

TEST_F(Progress, AFractionOutsideItsRangeStaysABar) {
  line_.update(7, "a", start_ + kQuietStart);
  line_.update(-7, "a", start_ + kQuietStart + kRefresh);
  EXPECT_NE(written_.find("100%"), std::string::npos);
  EXPECT_NE(written_.find("  0%"), std::string::npos);
}

}  // namespace
}  // namespace racemate::cli
