// Lane kernel that reads a stretch of trajectory: peak and time above levels, on the cubic through value and slope at
// both ends of each step (Hermite). Conventions of linear_kernels.h: groups of eight lanes, [point][stride].
#pragma once

#include <cstddef>
#include <span>

namespace racemate::engine::kernels {

struct ScanArguments {
  const double* value = nullptr;  // [point][stride], points 0..steps
  const double* slope = nullptr;  // per hour
  std::size_t stride = 8;
  std::size_t steps = 0;
  const double* step_h = nullptr;        // [step]; nullptr: one step of lane_step_h
  const double* lane_step_h = nullptr;   // [8]
  std::span<const double> levels;        // in the units of value
  double* peak = nullptr;                // [8], in and out: the largest value so far
  std::span<double* const> hours_above;  // per level: [8], in and out
};

// A maximum inside a step is found where the cubic's derivative changes sign; a crossing by five Newton steps from the
// secant, kept inside the step: to rounding unless the curve turns there too. Two crossings in one step are seen when a
// maximum lies between them.
void scan(const ScanArguments& arguments);

// The cubic's value at fraction s of a step of h hours.
[[nodiscard]] double hermite(double value0, double slope0, double value1, double slope1, double h_h, double s);

}  // namespace racemate::engine::kernels
