#include "racemate/exposure/collector.h"

#include <algorithm>

#include "racemate/core/check.h"
#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/engine/kernels/scan_kernels.h"

namespace racemate::exposure {

namespace kernels = engine::kernels;

void ExposureCollector::LaneVector::fill(double value) {
  for (LaneGroup& group : groups_) std::fill(std::begin(group.value), std::end(group.value), value);
}

ExposureCollector::ExposureCollector(const CollectorOptions& options, std::size_t lanes)
    : options_(options),
      lanes_(lanes),
      nominal_mg_(lanes),
      base_mg_(lanes),
      systemic_mg_(lanes),
      auc_(lanes),
      session_peak_(lanes),
      sum_of_peaks_(lanes),
      highest_peak_(lanes),
      hours_above_(options.levels_mg_per_l.size(), LaneVector(lanes)),
      session_curve_(options.session_curve.size(), LaneVector(lanes)),
      first_days_(options.first_days.size(), LaneVector(lanes)),
      auc_at_mark_(options.marks.size(), LaneVector(lanes)) {
  RACEMATE_CHECK(lanes % kernels::kGroup == 0, "lanes come in groups of eight");
}

void ExposureCollector::session(std::uint32_t /*session*/, Instant start) {
  close_session();
  if (sessions_ == 0) first_session_ = start;
  ++sessions_;
  in_session_ = true;
}

void ExposureCollector::close_session() {
  if (!in_session_) return;
  in_session_ = false;
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    sum_of_peaks_[lane] += session_peak_[lane];
    highest_peak_[lane] = std::max(highest_peak_[lane], session_peak_[lane]);
  }
  session_peak_.fill(0.0);
}

void ExposureCollector::finish() {
  close_session();
  for (; next_mark_ < auc_at_mark_.size(); ++next_mark_) auc_at_mark_[next_mark_] = auc_;
}

double ExposureCollector::mean_session_peak(std::size_t lane) const {
  return sessions_ == 0 ? 0.0 : sum_of_peaks_[lane] / static_cast<double>(sessions_);
}

void ExposureCollector::administration(std::span<const double> nominal_mg, std::span<const double> base_mg,
                                       std::span<const double> systemic_mg) {
  for (std::size_t lane = 0; lane < nominal_mg.size(); ++lane) {
    nominal_mg_[lane] += nominal_mg[lane];
    base_mg_[lane] += base_mg[lane];
    systemic_mg_[lane] += systemic_mg[lane];
  }
}

void ExposureCollector::chunk(const engine::TrajectoryChunk& chunk) {
  while (next_mark_ < options_.marks.size() && options_.marks[next_mark_] <= chunk.start) {
    auc_at_mark_[next_mark_++] = auc_;
  }
  const double* auc = chunk.auc[0];
  for (std::size_t lane = 0; lane < lanes_; ++lane) auc_[lane] = auc[lane];
  scan(chunk);
  sample(chunk, options_.first_days, Instant(), first_days_);
  if (sessions_ > 0) sample(chunk, options_.session_curve, first_session_, session_curve_);
}

void ExposureCollector::scan(const engine::TrajectoryChunk& chunk) {
  for (std::size_t g = 0; g < lanes_ / kernels::kGroup; ++g) {
    hours_of_group_.clear();
    for (LaneVector& hours : hours_above_) hours_of_group_.push_back(hours.group(g));
    kernels::ScanArguments arguments;
    arguments.value = chunk.value[0] + g * kernels::kGroup;
    arguments.slope = chunk.slope[0] + g * kernels::kGroup;
    arguments.stride = chunk.lanes;
    arguments.steps = chunk.steps;
    arguments.step_h = chunk.lane_step_h == nullptr ? chunk.step_h.data() : nullptr;
    arguments.lane_step_h = chunk.lane_step_h == nullptr ? nullptr : chunk.lane_step_h + g * kernels::kGroup;
    arguments.levels = options_.levels_mg_per_l;
    arguments.peak = session_peak_.group(g);
    arguments.hours_above = hours_of_group_;
    kernels::scan(arguments);
  }
}

// Values at the wanted times that fall into [start, end) of a step, or of each lane's part of one. Times are exact
// ticks up to the step, so a lane's value does not depend on how the run was cut into chunks.
void ExposureCollector::sample(const engine::TrajectoryChunk& chunk, std::span<const Duration> times, Instant origin,
                               std::vector<LaneVector>& curve) {
  if (times.empty() || chunk.start - origin > times.back()) return;
  const double* value = chunk.value[0];
  const double* slope = chunk.slope[0];
  auto time =
      static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), chunk.start - origin) - times.begin());
  if (chunk.lane_step_h != nullptr) {
    for (; time < times.size(); ++time) {
      const double since_start_h = (origin + times[time] - chunk.start).hours();
      bool any = false;
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const double since_h = since_start_h - chunk.lane_start_h[lane];
        const double h = chunk.lane_step_h[lane];
        any = any || since_h < h;
        if (since_h < 0 || since_h >= h) continue;
        curve[time][lane] = kernels::hermite(value[lane], slope[lane], value[chunk.lanes + lane],
                                             slope[chunk.lanes + lane], h, since_h / h);
      }
      if (!any) return;
    }
    return;
  }
  Instant step_start = chunk.start;
  for (std::size_t step = 0; step < chunk.steps && time < times.size(); ++step) {
    const Instant step_end = step_start + chunk.step[step];
    const std::size_t at = step * chunk.lanes;
    for (; time < times.size() && origin + times[time] < step_end; ++time) {
      const double s = (origin + times[time] - step_start).hours() / chunk.step_h[step];
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        curve[time][lane] = kernels::hermite(value[at + lane], slope[at + lane], value[at + chunk.lanes + lane],
                                             slope[at + chunk.lanes + lane], chunk.step_h[step], s);
      }
    }
    step_start = step_end;
  }
}

}  // namespace racemate::exposure
