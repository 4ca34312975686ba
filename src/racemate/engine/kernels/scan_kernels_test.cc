// Peak and time above a level on curves whose answers are known.
#include "racemate/engine/kernels/scan_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

namespace racemate::engine::kernels {
namespace {

constexpr std::size_t kLanes = 8;

struct Scanned {
  double peak;
  double hours;
};

// The curve sampled at equal steps, one lane per scale factor 1, 1.1, ...; lane 0 is returned.
Scanned scan_curve(const std::function<double(double)>& value, const std::function<double(double)>& slope, double end_h,
                   std::size_t steps, double level) {
  struct alignas(64) Row {
    double lane[kLanes];
  };
  std::vector<Row> values(steps + 1);
  std::vector<Row> slopes(steps + 1);
  const double h = end_h / static_cast<double>(steps);
  for (std::size_t k = 0; k <= steps; ++k) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double factor = 1 + 0.1 * static_cast<double>(lane);
      values[k].lane[lane] = factor * value(static_cast<double>(k) * h);
      slopes[k].lane[lane] = factor * slope(static_cast<double>(k) * h);
    }
  }
  const std::vector<double> step_h(steps, h);
  alignas(64) double peak[kLanes] = {};
  alignas(64) double hours[kLanes] = {};
  double* hours_list[] = {hours};
  ScanArguments arguments;
  arguments.value = values.front().lane;
  arguments.slope = slopes.front().lane;
  arguments.stride = kLanes;
  arguments.steps = steps;
  arguments.step_h = step_h.data();
  arguments.levels = {&level, 1};
  arguments.peak = peak;
  arguments.hours_above = hours_list;
  scan(arguments);
  return {peak[0], hours[0]};
}

TEST(Scan, BatemanPeakAndTimeAboveHalfOfIt) {
  const double ka = 3;
  const double ke = 0.4;
  const auto value = [&](double t) { return std::exp(-ke * t) - std::exp(-ka * t); };
  const auto slope = [&](double t) { return ka * std::exp(-ka * t) - ke * std::exp(-ke * t); };
  const double top_h = std::log(ka / ke) / (ka - ke);
  const double peak = value(top_h);
  // Both crossings of half the peak by bisection, far beyond double's need.
  const auto crossing = [&](double low, double high) {
    for (int k = 0; k < 200; ++k) {
      const double middle = 0.5 * (low + high);
      ((value(middle) < peak / 2) == (value(low) < peak / 2) ? low : high) = middle;
    }
    return low;
  };
  const double above = crossing(top_h, 20) - crossing(0, top_h);
  double last_error = 1;
  for (const std::size_t steps : {100U, 200U, 400U}) {
    const Scanned scanned = scan_curve(value, slope, 10, steps, peak / 2);
    const double error = std::max(std::fabs(scanned.peak - peak) / peak, std::fabs(scanned.hours - above) / above);
    EXPECT_LT(error, last_error / 12) << "order four: halving the step divides the error by about sixteen";
    last_error = error;
  }
  EXPECT_LT(last_error, 2e-8);
}

TEST(Scan, AHumpInsideOneStepIsSeen) {
  // 1 - (t - 1)^2 on [0, 2] in one step: value 0 at both ends, 1 in the middle; above 0.75 for one hour.
  const auto value = [](double t) { return 1 - (t - 1) * (t - 1); };
  const auto slope = [](double t) { return -2 * (t - 1); };
  const Scanned scanned = scan_curve(value, slope, 2, 1, 0.75);
  EXPECT_NEAR(scanned.peak, 1, 1e-14);
  EXPECT_NEAR(scanned.hours, 1, 1e-6);
}

TEST(Scan, AlwaysAboveNeverAboveAndTouching) {
  const auto constant = [](double) { return 2.0; };
  const auto zero = [](double) { return 0.0; };
  EXPECT_EQ(scan_curve(constant, zero, 8, 4, 1.0).hours, 8);
  EXPECT_EQ(scan_curve(constant, zero, 8, 4, 2.0).hours, 8) << "at the level counts as above";
  EXPECT_EQ(scan_curve(constant, zero, 8, 4, 2.5).hours, 0);
}

TEST(Scan, StepsOfNoLengthCountNothing) {
  alignas(64) double values[2 * kLanes];
  alignas(64) double slopes[2 * kLanes] = {};
  alignas(64) double peak[kLanes] = {};
  alignas(64) double hours[kLanes] = {};
  alignas(64) double step[kLanes] = {};
  std::fill_n(values, 2 * kLanes, 5.0);
  double* hours_list[] = {hours};
  const double level = 1;
  ScanArguments arguments;
  arguments.value = values;
  arguments.slope = slopes;
  arguments.steps = 1;
  arguments.lane_step_h = step;
  arguments.levels = {&level, 1};
  arguments.peak = peak;
  arguments.hours_above = hours_list;
  scan(arguments);
  EXPECT_EQ(peak[3], 5);
  EXPECT_EQ(hours[3], 0);
}

}  // namespace
}  // namespace racemate::engine::kernels
