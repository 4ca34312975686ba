// Axes of charts: scale, range, and ticks at numbers that people count in.
#pragma once

#include <string>
#include <vector>

namespace racemate::report {

enum class Scale { kLinear, kLogarithmic };
enum class TickFamily {
  kDecimal,  // steps of 1, 2, 5 x 10^n
  kHours,    // 0.25, 0.5, 1, 2, 3, 4, 6, 12, 24, ...
  kWeeks,    // 1, 2, 4, 13, 26, 52
};

struct Axis {
  std::string title{};  // with the unit
  Scale scale = Scale::kLinear;
  double low = 0;
  double high = 1;
  TickFamily family = TickFamily::kDecimal;
};

// A value's place on the axis: 0 at low, 1 at high, outside beyond. What is not finite, and on a
// logarithmic axis what is not positive, lies far below low.
[[nodiscard]] double axis_position(const Axis& axis, double value);

// Ticks inside [low, high], about `target` of them, ascending. A logarithmic axis ticks at powers of ten, and at 2 and
// 5 times them when there is room.
[[nodiscard]] std::vector<double> axis_ticks(const Axis& axis, int target);

// "0", "0.25", "1,000", "20k", "5M": short enough for a tick.
[[nodiscard]] std::string tick_label(double value);

// Ranges that hold the data: from 0 to a round number above `high`; from a 1-2-5 number at or below `low` to one at or
// above `high`. Precondition of the second: 0 < low <= high.
void set_linear_range(Axis& axis, double high);
void set_logarithmic_range(Axis& axis, double low, double high);

}  // namespace racemate::report
