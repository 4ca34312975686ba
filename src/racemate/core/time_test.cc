#include "racemate/core/time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace racemate {
namespace {

TEST(Duration, TenTenthsOfAnHourAreAnHour) {
  Duration sum;
  for (int i = 0; i < 10; ++i) sum = sum + Duration::from_hours(0.1);
  EXPECT_EQ(sum, Duration::from_hours(1));
  EXPECT_EQ(sum.hours(), 1.0);
}

TEST(Duration, TakesTheNearestTickOnBothSidesOfZero) {
  EXPECT_EQ(Duration::from_hours(0.6 / kNanosecondsPerHour).ticks(), 1);
  EXPECT_EQ(Duration::from_hours(0.4 / kNanosecondsPerHour).ticks(), 0);
  EXPECT_EQ(Duration::from_hours(-0.6 / kNanosecondsPerHour).ticks(), -1);
  EXPECT_EQ(Duration::from_hours(-0.4 / kNanosecondsPerHour).ticks(), 0);
  EXPECT_EQ(Duration::from_hours(1e-9).ticks(), 3600);
}

TEST(Duration, MinutesAndDaysAreExactWhereTicksAre) {
  EXPECT_EQ(Duration::from_minutes(40).ticks(), 40LL * 60 * 1'000'000'000);
  EXPECT_EQ(Duration::from_days(364).ticks(), 364LL * 86'400 * 1'000'000'000);
  EXPECT_EQ(Duration::from_minutes(40) * 3, Duration::from_hours(2));
}

RC_GTEST_PROP(Instants, DifferencesAreExact, ()) {
  const auto tick = rc::gen::inRange<std::int64_t>(-4'000'000'000'000'000'000, 4'000'000'000'000'000'000);
  const Instant a = Instant::from_ticks(*tick);
  const Instant b = Instant::from_ticks(*tick);
  RC_ASSERT(b + (a - b) == a);
  RC_ASSERT((a < b) == ((a - b) < Duration{}));
}

RC_GTEST_PROP(Instants, ShiftingBothLeavesTheStep, ()) {
  const auto tick = rc::gen::inRange<std::int64_t>(-1'000'000'000'000'000'000, 1'000'000'000'000'000'000);
  const Instant a = Instant::from_ticks(*tick);
  const Instant b = Instant::from_ticks(*tick);
  const Duration shift = Duration::from_ticks(*tick);
  RC_ASSERT((a + shift) - (b + shift) == a - b);
}

}  // namespace
}  // namespace racemate
