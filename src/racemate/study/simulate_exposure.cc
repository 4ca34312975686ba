#include "racemate/study/simulate_exposure.h"

#include <algorithm>
#include <cmath>

#include "racemate/core/check.h"
#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/engine/kernels/scan_kernels.h"

namespace racemate::study {

namespace kernels = engine::kernels;

namespace {

// The part of a step at which its cubic turns from rising to falling; -1 when it does not. The root of
// 3 c3 s^2 + 2 c2 s + c1 that scan() takes too.
double turning_share(double value0, double slope0, double value1, double slope1, double h_h) {
  if (slope0 <= 0 || slope1 >= 0) return -1;
  const double c1 = h_h * slope0;
  const double end = h_h * slope1;
  const double rise = value1 - value0;
  const double c2 = 3 * rise - 2 * c1 - end;
  const double c3 = c1 + end - 2 * rise;
  const double root = c1 / (std::sqrt(std::max(0.0, c2 * c2 - 3 * c1 * c3)) - c2);
  return root > 0 && root < 1 ? root : -1;
}

}  // namespace

ExposureObserver::ExposureObserver(std::span<const std::vector<double>> levels_mg_per_l, std::size_t lanes)
    : levels_(levels_mg_per_l), lanes_(lanes), before_(lanes) {
  RACEMATE_CHECK(lanes % kernels::kGroup == 0, "lanes come in groups of eight");
  std::size_t rows = 0;
  for (const std::vector<double>& levels : levels_) {
    first_level_.push_back(rows);
    rows += levels.size();
  }
  peak_.zero(levels_.size() * lanes);
  peak_time_.zero(levels_.size() * lanes);
  auc_.zero(levels_.size() * lanes);
  hours_above_.zero(rows * lanes);
}

void ExposureObserver::chunk(const engine::TrajectoryChunk& chunk) {
  for (std::size_t output = 0; output < levels_.size(); ++output) {
    std::copy_n(chunk.auc[output], lanes_, auc_.data() + output * lanes_);
    double* peak = peak_.data() + output * lanes_;
    std::copy_n(peak, lanes_, before_.begin());
    scan(chunk, output);
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      if (peak[lane] > before_[lane]) find_peak_time(chunk, output, lane);
    }
  }
}

void ExposureObserver::scan(const engine::TrajectoryChunk& chunk, std::size_t output) {
  for (std::size_t lane = 0; lane < lanes_; lane += kernels::kGroup) {
    hours_of_group_.clear();
    for (std::size_t level = 0; level < levels_[output].size(); ++level) {
      hours_of_group_.push_back(hours_above_.data() + (first_level_[output] + level) * lanes_ + lane);
    }
    kernels::ScanArguments arguments;
    arguments.value = chunk.value[output] + lane;
    arguments.slope = chunk.slope[output] + lane;
    arguments.stride = chunk.lanes;
    arguments.steps = chunk.steps;
    arguments.step_h = chunk.lane_step_h == nullptr ? chunk.step_h.data() : nullptr;
    arguments.lane_step_h = chunk.lane_step_h == nullptr ? nullptr : chunk.lane_step_h + lane;
    arguments.levels = levels_[output];
    arguments.peak = peak_.data() + output * lanes_ + lane;
    arguments.hours_above = hours_of_group_;
    kernels::scan(arguments);
  }
}

void ExposureObserver::find_peak_time(const engine::TrajectoryChunk& chunk, std::size_t output, std::size_t lane) {
  const double* value = chunk.value[output] + lane;
  const double* slope = chunk.slope[output] + lane;
  double start_h = chunk.start.hours() + (chunk.lane_step_h != nullptr ? chunk.lane_start_h[lane] : 0.0);
  double highest = before_[lane];
  const auto take = [&](double candidate, double time_h) {
    if (!(candidate > highest)) return;
    highest = candidate;
    peak_time_[output * lanes_ + lane] = time_h;
  };
  take(value[0], start_h);
  Instant step_start = chunk.start;
  for (std::size_t step = 0; step < chunk.steps; ++step) {
    const double h_h = chunk.lane_step_h != nullptr ? chunk.lane_step_h[lane] : chunk.step_h[step];
    const double* value1 = value + (step + 1) * chunk.lanes;
    const double* slope1 = slope + (step + 1) * chunk.lanes;
    const double* value0 = value1 - chunk.lanes;
    const double* slope0 = slope1 - chunk.lanes;
    const double share = turning_share(*value0, *slope0, *value1, *slope1, h_h);
    if (share > 0) {
      take(kernels::hermite(*value0, *slope0, *value1, *slope1, h_h, share), start_h + share * h_h);
    }
    take(*value1, start_h + h_h);
    if (chunk.lane_step_h == nullptr) {  // whole ticks, so that no rounding adds up
      step_start = step_start + chunk.step[step];
      start_h = step_start.hours();
    }
  }
}

}  // namespace racemate::study
