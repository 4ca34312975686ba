// Exposure of each person of a block, gathered while the trajectory streams by: nothing of it is kept.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "racemate/core/time.h"
#include "racemate/engine/run.h"

namespace racemate::exposure {

struct CollectorOptions {
  std::vector<double> levels_mg_per_l;  // in terms of the observed output
  std::vector<Duration> session_curve;  // ascending times after the first session's start to keep the curve at
  std::vector<Duration> first_days;     // ascending times after hour 0
  std::vector<Instant> marks;           // ascending; the running AUC is kept at each. Must be the plan's marks
};

// Observes output 0 of a plan. All results are per lane of the block; concentrations mg/L, AUC mg.h/L, amounts mg.
class ExposureCollector final : public engine::TrajectoryObserver {
 public:
  ExposureCollector(const CollectorOptions& options, std::size_t lanes);

  void session(std::uint32_t session, Instant start) override;
  void administration(std::span<const double> nominal_mg, std::span<const double> base_mg,
                      std::span<const double> systemic_mg) override;
  void chunk(const engine::TrajectoryChunk& chunk) override;
  // Closes the last session. Call once, after the run.
  void finish();

  [[nodiscard]] std::uint64_t sessions() const { return sessions_; }
  [[nodiscard]] double nominal_mg(std::size_t lane) const { return nominal_mg_[lane]; }
  [[nodiscard]] double base_mg(std::size_t lane) const { return base_mg_[lane]; }
  [[nodiscard]] double systemic_mg(std::size_t lane) const { return systemic_mg_[lane]; }
  [[nodiscard]] double auc(std::size_t lane) const { return auc_[lane]; }
  // Mean over sessions of the session's peak; a session lasts until the next begins.
  [[nodiscard]] double mean_session_peak(std::size_t lane) const;
  [[nodiscard]] double highest_peak(std::size_t lane) const { return highest_peak_[lane]; }
  [[nodiscard]] double hours_above(std::size_t level, std::size_t lane) const { return hours_above_[level][lane]; }
  [[nodiscard]] double session_curve(std::size_t time, std::size_t lane) const { return session_curve_[time][lane]; }
  [[nodiscard]] double first_days(std::size_t time, std::size_t lane) const { return first_days_[time][lane]; }
  [[nodiscard]] double auc_at_mark(std::size_t mark, std::size_t lane) const { return auc_at_mark_[mark][lane]; }

 private:
  // Sixty-four-byte aligned so that lane kernels may load them.
  struct alignas(64) LaneGroup {
    double value[8] = {};
    double& operator[](std::size_t i) { return value[i]; }
  };
  class LaneVector {
   public:
    explicit LaneVector(std::size_t lanes) : groups_((lanes + 7) / 8) {}
    double& operator[](std::size_t lane) { return groups_[lane / 8].value[lane % 8]; }
    double operator[](std::size_t lane) const { return groups_[lane / 8].value[lane % 8]; }
    double* group(std::size_t group) { return groups_[group].value; }
    void fill(double value);

   private:
    std::vector<LaneGroup> groups_;
  };

  void close_session();
  void scan(const engine::TrajectoryChunk& chunk);
  void sample(const engine::TrajectoryChunk& chunk, std::span<const Duration> times, Instant origin,
              std::vector<LaneVector>& curve);

  const CollectorOptions& options_;
  std::size_t lanes_;
  std::uint64_t sessions_ = 0;
  bool in_session_ = false;
  Instant first_session_;
  std::size_t next_mark_ = 0;
  LaneVector nominal_mg_;
  LaneVector base_mg_;
  LaneVector systemic_mg_;
  LaneVector auc_;
  LaneVector session_peak_;
  LaneVector sum_of_peaks_;
  LaneVector highest_peak_;
  std::vector<LaneVector> hours_above_;
  std::vector<LaneVector> session_curve_;
  std::vector<LaneVector> first_days_;
  std::vector<LaneVector> auc_at_mark_;
  std::vector<double*> hours_of_group_;
};

}  // namespace racemate::exposure
