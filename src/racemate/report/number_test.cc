#include "racemate/report/number.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

namespace racemate::report {
namespace {

TEST(FormatNumber, ThreeSignificantDigits) {
  EXPECT_EQ(format_number(253.14), "253");
  EXPECT_EQ(format_number(31.04), "31.0");
  EXPECT_EQ(format_number(0.012345), "0.0123");
  EXPECT_EQ(format_number(12498.2), "12,500");
  EXPECT_EQ(format_number(-12498.2), "-12,500");
  EXPECT_EQ(format_number(0), "0");
}

TEST(FormatNumber, RoundingThatGainsADigit) {
  EXPECT_EQ(format_number(999.7), "1,000");
  EXPECT_EQ(format_number(9.996), "10.0");
  EXPECT_EQ(format_number(0.9996), "1.00");
}

TEST(FormatNumber, WholeNumbersInFull) {
  EXPECT_EQ(format_number(2632), "2,632");
  EXPECT_EQ(format_number(20800.000000001), "20,800");
  EXPECT_EQ(format_number(910), "910");
  EXPECT_EQ(format_number(2632.4), "2,630");
}

TEST(FormatNumber, VerySmallAndVeryLarge) {
  EXPECT_EQ(format_number(1.2345e-5), "1.23×10⁻⁵");
  EXPECT_EQ(format_number(1.2345e12), "1.23×10¹²");
  EXPECT_EQ(format_number(12345678.5), "12,300,000");
}

TEST(FormatNumber, NoValue) {
  EXPECT_EQ(format_number(std::numeric_limits<double>::quiet_NaN()), kNoValue);
  EXPECT_EQ(format_number(std::numeric_limits<double>::infinity()), kNoValue);
}

RC_GTEST_PROP(FormatNumber, PrintsAValueWithinHalfADigit, ()) {
  const double value = std::exp(*rc::gen::inRange(-600, 2000) / 100.0);
  std::string text = format_number(value);
  std::erase(text, ',');
  RC_ASSERT(std::abs(std::stod(text) - value) <= 0.0051 * value);
}

TEST(FormatInterval, LeavesOutWhatSaysNothing) {
  EXPECT_EQ(format_interval(253, 180.2, 340.4), "253 (180–340)");
  EXPECT_EQ(format_interval(400, 400, 400), "400");
  EXPECT_EQ(format_range(1.001, 1.002), "1.00");
}

RC_GTEST_PROP(FormatExact, ReadsBackToTheSameBits, (double value)) {
  RC_PRE(std::isfinite(value));
  RC_ASSERT(std::stod(format_exact(value)) == value);
}

TEST(FormatExact, NothingForWhatIsNotFinite) {
  EXPECT_EQ(format_exact(std::numeric_limits<double>::quiet_NaN()), "");
  EXPECT_EQ(format_exact(0.1), "0.1");
}

TEST(DisplayUnit, UcumAsPeopleWriteIt) {
  EXPECT_EQ(display_unit("ng.h/mL"), "ng·h/mL");
  EXPECT_EQ(display_unit("1"), "");
  EXPECT_EQ(display_unit("{device}"), "device");
}

}  // namespace
}  // namespace racemate::report
