// Exposure of each person of a block, for every output, gathered while the trajectory streams by.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/run.h"

namespace racemate::study {

// For a plan with slopes and areas. Peaks and crossings lie on the cubic through value and slope of each step; areas
// are the engine's exact integrals from hour 0 to the end of the plan. Per lane: mg/L, h, mg.h/L.
class ExposureObserver final : public engine::TrajectoryObserver {
 public:
  // levels_mg_per_l: per output, any number.
  ExposureObserver(std::span<const std::vector<double>> levels_mg_per_l, std::size_t lanes);

  void session(std::uint32_t /*session*/, Instant /*start*/) override {}
  void administration(std::span<const double> /*nominal_mg*/, std::span<const double> /*base_mg*/,
                      std::span<const double> /*systemic_mg*/) override {}
  void chunk(const engine::TrajectoryChunk& chunk) override;

  [[nodiscard]] std::span<const double> peak(std::size_t output) const { return lanes_of(peak_, output); }
  // Of the first of several equal peaks; 0 where nothing is ever above 0.
  [[nodiscard]] std::span<const double> peak_time(std::size_t output) const { return lanes_of(peak_time_, output); }
  [[nodiscard]] std::span<const double> auc(std::size_t output) const { return lanes_of(auc_, output); }
  [[nodiscard]] std::span<const double> hours_above(std::size_t output, std::size_t level) const {
    return lanes_of(hours_above_, first_level_[output] + level);
  }

 private:
  [[nodiscard]] std::span<const double> lanes_of(const AlignedDoubles& values, std::size_t row) const {
    return {values.data() + row * lanes_, lanes_};
  }
  void scan(const engine::TrajectoryChunk& chunk, std::size_t output);
  void find_peak_time(const engine::TrajectoryChunk& chunk, std::size_t output, std::size_t lane);

  std::span<const std::vector<double>> levels_;
  std::vector<std::size_t> first_level_;  // per output: its first row of hours_above_
  std::size_t lanes_;
  AlignedDoubles peak_;       // [output][lane]
  AlignedDoubles peak_time_;  // [output][lane]
  AlignedDoubles auc_;        // [output][lane]
  AlignedDoubles hours_above_;
  std::vector<double> before_;  // [lane] peaks before the chunk
  std::vector<double*> hours_of_group_;
};

}  // namespace racemate::study
