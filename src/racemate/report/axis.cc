#include "racemate/report/axis.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <ranges>

#include "racemate/core/check.h"
#include "racemate/report/number.h"

namespace racemate::report {
namespace {

constexpr double kFarBelow = -10;
constexpr double kTolerance = 1e-9;  // of a step or ratio, so that an end of the axis can be a tick
constexpr std::array<double, 10> kHourSteps{0.25, 0.5, 1, 2, 3, 4, 6, 12, 24, 48};
constexpr std::array<double, 6> kWeekSteps{1, 2, 4, 13, 26, 52};
constexpr std::array<double, 3> kMultiples{1, 2, 5};

double decimal_step(double wanted) {
  const double power = std::pow(10.0, std::floor(std::log10(wanted)));
  for (const double multiple : kMultiples) {
    if (multiple * power >= wanted * (1 - kTolerance)) return multiple * power;
  }
  return 10 * power;
}

template <std::size_t n>
double listed_step(const std::array<double, n>& steps, double wanted) {
  for (const double step : steps) {
    if (step >= wanted * (1 - kTolerance)) return step;
  }
  return decimal_step(wanted);
}

double step_of(const Axis& axis, int target) {
  const double wanted = (axis.high - axis.low) / target;
  switch (axis.family) {
    case TickFamily::kDecimal:
      return decimal_step(wanted);
    case TickFamily::kHours:
      return listed_step(kHourSteps, wanted);
    case TickFamily::kWeeks:
      return listed_step(kWeekSteps, wanted);
  }
  return decimal_step(wanted);
}

std::vector<double> linear_ticks(const Axis& axis, int target) {
  const double step = step_of(axis, target);
  std::vector<double> ticks;
  const double last = std::floor(axis.high / step + kTolerance);
  for (double i = std::ceil(axis.low / step - kTolerance); i <= last; ++i) {
    ticks.push_back(i * step + 0.0);  // never -0
  }
  return ticks;
}

std::vector<double> logarithmic_ticks(const Axis& axis, int target) {
  const double decades = std::log10(axis.high / axis.low);
  const bool with_multiples = decades * 3 <= target * 1.6;
  const int stride = std::max(1, static_cast<int>(std::ceil(decades / target)));
  std::vector<double> ticks;
  const int first = static_cast<int>(std::floor(std::log10(axis.low) + kTolerance));
  const int last = static_cast<int>(std::ceil(std::log10(axis.high) - kTolerance));
  for (int exponent = first; exponent <= last; ++exponent) {
    if (exponent % stride != 0) continue;
    for (const double multiple : kMultiples) {
      if (multiple > 1 && !with_multiples) break;
      const double tick = multiple * std::pow(10.0, exponent);
      const bool inside = tick >= axis.low * (1 - kTolerance) && tick <= axis.high * (1 + kTolerance);
      if (inside) ticks.push_back(tick);
    }
  }
  return ticks;
}

// The largest 1-2-5 number at or below value.
double round_down(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value) + kTolerance));
  for (const double multiple : std::ranges::reverse_view(kMultiples)) {
    if (multiple * power <= value * (1 + kTolerance)) return multiple * power;
  }
  return power;
}

}  // namespace

double axis_position(const Axis& axis, double value) {
  if (!std::isfinite(value)) return kFarBelow;
  if (axis.scale == Scale::kLinear) return (value - axis.low) / (axis.high - axis.low);
  if (!(value > 0)) return kFarBelow;
  return std::max(kFarBelow, std::log(value / axis.low) / std::log(axis.high / axis.low));
}

std::vector<double> axis_ticks(const Axis& axis, int target) {
  RACEMATE_CHECK(axis.high > axis.low && target > 0, "an axis has a range and wants ticks");
  return axis.scale == Scale::kLinear ? linear_ticks(axis, target) : logarithmic_ticks(axis, target);
}

std::string tick_label(double value) {
  const double magnitude = std::abs(value);
  if (magnitude >= 1e9) return fmt::format("{:g}G", value / 1e9);
  if (magnitude >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (magnitude >= 1e4) return fmt::format("{:g}k", value / 1e3);
  if (magnitude >= 1000) return format_number(value);
  return fmt::format("{:g}", value);
}

void set_linear_range(Axis& axis, double high) {
  axis.scale = Scale::kLinear;
  axis.low = 0;
  if (!(high > 0)) {
    axis.high = 1;
    return;
  }
  const double step = decimal_step(high / 5);
  axis.high = step * std::ceil(high / step - kTolerance);
}

void set_logarithmic_range(Axis& axis, double low, double high) {
  RACEMATE_CHECK(low > 0 && low <= high, "a logarithmic axis holds positive numbers");
  axis.scale = Scale::kLogarithmic;
  axis.low = round_down(low);
  axis.high = decimal_step(high);
  if (axis.high <= axis.low) axis.high = axis.low * 10;
}

}  // namespace racemate::report
