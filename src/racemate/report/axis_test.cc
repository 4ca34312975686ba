#include "racemate/report/axis.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

namespace racemate::report {
namespace {

TEST(AxisTicks, LinearAtRoundNumbers) {
  EXPECT_EQ(axis_ticks({.low = 0, .high = 400}, 6), (std::vector<double>{0, 100, 200, 300, 400}));
  EXPECT_EQ(axis_ticks({.low = 0, .high = 12, .family = TickFamily::kHours}, 7),
            (std::vector<double>{0, 2, 4, 6, 8, 10, 12}));
  EXPECT_EQ(axis_ticks({.low = 0, .high = 52, .family = TickFamily::kWeeks}, 7),
            (std::vector<double>{0, 13, 26, 39, 52}));
  EXPECT_FALSE(std::signbit(axis_ticks({.low = 0, .high = 1}, 5).front()));
}

TEST(AxisTicks, LogarithmicAtPowersAndMultiples) {
  const Axis two_decades{.scale = Scale::kLogarithmic, .low = 10, .high = 1000};
  EXPECT_EQ(axis_ticks(two_decades, 6), (std::vector<double>{10, 20, 50, 100, 200, 500, 1000}));
  const Axis with_odd_end{.scale = Scale::kLogarithmic, .low = 2, .high = 1e6};
  EXPECT_EQ(axis_ticks(with_odd_end, 6), (std::vector<double>{10, 100, 1000, 1e4, 1e5, 1e6}));
}

RC_GTEST_PROP(AxisTicks, AscendingAndInside, ()) {
  Axis axis;
  const double low = std::exp(*rc::gen::inRange(-1000, 1000) / 100.0);
  const double high = low * std::exp(*rc::gen::inRange(1, 1500) / 100.0);
  if (*rc::gen::arbitrary<bool>()) {
    set_logarithmic_range(axis, low, high);
    RC_ASSERT(axis.low <= low * (1 + 1e-9));
  } else {
    set_linear_range(axis, high);
  }
  RC_ASSERT(axis.high >= high * (1 - 1e-9));
  const std::vector<double> ticks = axis_ticks(axis, 6);
  RC_ASSERT(!ticks.empty());
  RC_ASSERT(ticks.size() <= 16U);
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    const double position = axis_position(axis, ticks[i]);
    RC_ASSERT(position >= -1e-6 && position <= 1 + 1e-6);
    if (i > 0) RC_ASSERT(ticks[i] > ticks[i - 1]);
  }
}

TEST(AxisPosition, WhatHasNoPlaceLiesFarBelow) {
  const Axis axis{.scale = Scale::kLogarithmic, .low = 1, .high = 100};
  EXPECT_DOUBLE_EQ(axis_position(axis, 10), 0.5);
  EXPECT_LT(axis_position(axis, 0), -1);
  EXPECT_LT(axis_position(axis, std::numeric_limits<double>::quiet_NaN()), -1);
}

TEST(AxisRange, NothingToShowStillHasARange) {
  Axis axis;
  set_linear_range(axis, 0);
  EXPECT_EQ(axis.high, 1);
  set_logarithmic_range(axis, 50, 50);
  EXPECT_GT(axis.high, axis.low);
}

TEST(TickLabel, Short) {
  EXPECT_EQ(tick_label(0.25), "0.25");
  EXPECT_EQ(tick_label(5000), "5,000");
  EXPECT_EQ(tick_label(20000), "20k");
  EXPECT_EQ(tick_label(5e6), "5M");
}

}  // namespace
}  // namespace racemate::report
