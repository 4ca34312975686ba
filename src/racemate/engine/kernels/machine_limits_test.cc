// That the yardsticks are measured at all; how long they are is the machine's business.
#include "racemate/engine/kernels/machine_limits.h"

#include <gtest/gtest.h>

#include <cmath>

namespace racemate::engine::kernels {
namespace {

TEST(MachineLimits, AreMeasured) {
  const MachineLimits limits = measure_machine_limits({.table_doubles = 100'000, .passes = 1});
  for (const double ns : {limits.write_ns, limits.write_past_ns, limits.strided_write_ns, limits.first_touch_ns,
                          limits.exponential_ns, limits.multiply_add_ns}) {
    EXPECT_GT(ns, 0);
    EXPECT_TRUE(std::isfinite(ns));
  }
}

TEST(MachineLimitsDeath, ATableSmallerThanARowIsOurMistake) {
  EXPECT_DEATH((void)measure_machine_limits({.table_doubles = 8, .passes = 1}), "a table has a row");
}

}  // namespace
}  // namespace racemate::engine::kernels
