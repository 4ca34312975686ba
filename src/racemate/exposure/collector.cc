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
      session_curve_(options.session_curve_h.size(), LaneVector(lanes)),
      first_days_(options.first_days_h.size(), LaneVector(lanes)),
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
  for (std::size_t lane = 0; lane < lanes_; ++lane) auc_[lane] += auc[lane];
  scan(chunk);
  sample(chunk, options_.first_days_h, 0.0, first_days_);
  if (sessions_ > 0) sample(chunk, options_.session_curve_h, first_session_.hours(), session_curve_);
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

// Values at the wanted times that fall into [start, end) of the chunk, or of each lane's part of it.
void ExposureCollector::sample(const engine::TrajectoryChunk& chunk, std::span<const double> times_h, double origin_h,
                               std::vector<LaneVector>& curve) {
  if (times_h.empty() || chunk.start.hours() - origin_h > times_h.back()) return;
  const double start_h = chunk.start.hours() - origin_h;
  const double* value = chunk.value[0];
  const double* slope = chunk.slope[0];
  const auto first = std::lower_bound(times_h.begin(), times_h.end(), start_h) - times_h.begin();
  auto time = static_cast<std::size_t>(first);
  if (chunk.lane_step_h != nullptr) {
    for (; time < times_h.size(); ++time) {
      bool any = false;
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const double since = times_h[time] - start_h - chunk.lane_start_h[lane];
        const double h = chunk.lane_step_h[lane];
        any = any || since < h;
        if (since < 0 || since >= h) continue;
        curve[time][lane] = kernels::hermite(value[lane], slope[lane], value[chunk.lanes + lane],
                                             slope[chunk.lanes + lane], h, since / h);
      }
      if (!any) return;
    }
    return;
  }
  double step_start_h = start_h;
  for (std::size_t step = 0; step < chunk.steps && time < times_h.size(); ++step) {
    const double h = chunk.step_h[step];
    const std::size_t at = step * chunk.lanes;
    for (; time < times_h.size() && times_h[time] < step_start_h + h; ++time) {
      const double s = std::max(0.0, (times_h[time] - step_start_h) / h);
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        curve[time][lane] = kernels::hermite(value[at + lane], slope[at + lane], value[at + chunk.lanes + lane],
                                             slope[at + chunk.lanes + lane], h, s);
      }
    }
    step_start_h += h;
  }
}

}  // namespace racemate::exposure
