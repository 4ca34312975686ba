// What the methods share: the lanes of a block, where each one is, and how it leaves a segment. Internal to this
// folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/kernels/ode_kernels.h"
#include "racemate/engine/ode/lane_system.h"
#include "racemate/engine/ode/solver.h"

namespace racemate::engine::ode {

// One bit per lane, one byte per group of eight.
class LaneBits {
 public:
  explicit LaneBits(std::size_t lanes) : bytes_(lanes / kernels::kGroup, 0) {}
  void set(std::size_t lane) { bytes_[lane / 8] = static_cast<std::uint8_t>(bytes_[lane / 8] | 1U << lane % 8); }
  void clear(std::size_t lane) {
    bytes_[lane / 8] = static_cast<std::uint8_t>(bytes_[lane / 8] & (0xFFU ^ 1U << lane % 8));
  }
  void clear_all() { bytes_.assign(bytes_.size(), 0); }
  [[nodiscard]] bool has(std::size_t lane) const { return (unsigned{bytes_[lane / 8]} >> lane % 8 & 1U) != 0; }
  [[nodiscard]] bool any() const;
  [[nodiscard]] std::uint8_t* data() { return bytes_.data(); }
  [[nodiscard]] const std::uint8_t* data() const { return bytes_.data(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  // Calls visit(lane) for every lane that is set.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (std::size_t group = 0; group < bytes_.size(); ++group) {
      for (std::uint8_t bits = bytes_[group]; bits != 0; bits = static_cast<std::uint8_t>(bits & (bits - 1))) {
        visit(group * 8 + static_cast<std::size_t>(__builtin_ctz(bits)));
      }
    }
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

// The lanes of one block. Methods run the lanes that are active for them until none is.
struct Block {
  Block(std::size_t state_count, std::size_t lane_count, Options the_options);

  std::size_t states;
  std::size_t lanes;
  Options options;
  std::vector<double> absolute;  // [state]

  AlignedDoubles state;  // [state][lanes]
  AlignedDoubles step_values;
  kernels::StepArrays steps;  // into step_values

  LaneBits active;                                   // with a way to go, by the method that runs
  LaneBits fresh;                                    // restarted: derivative and step are not known
  LaneBits due;                                      // scratch of settle()
  std::vector<Method> method;                        // [lane]: explicit, stiff or CVODE
  std::vector<std::optional<LaneFailure>> failures;  // [lane]
  std::vector<LaneStatistics> statistics;            // [lane]: counts that the steps do not give
  std::vector<double> attempts_before_stiff;         // [lane]: attempts of the explicit method

  // Of the call.
  LaneSystem* system = nullptr;
  LaneEvents* events = nullptr;
  double* output_values = nullptr;
  bool has_outputs = false;
  std::vector<const double*> times_h;    // [lane]
  std::vector<std::size_t> time_count;   // [lane]
  std::vector<std::size_t> time_cursor;  // [lane]
  AlignedDoubles pending_h;              // [lanes]

  [[nodiscard]] kernels::DenseTimes dense_times() {
    return {times_h.data(), time_count.data(), time_cursor.data(), pending_h.data()};
  }
  void restart(std::size_t lane);
  void fail(std::size_t lane, FailureReason reason);
  // The lane goes on with the next method of the automatic sequence, from where it is; or fails, when the method is
  // forced or there is none left.
  void give_up(std::size_t lane, FailureReason reason);
  // At the end of its segment: takes the next one, or is done.
  void arrive(std::size_t lane);
  // The first step of a segment from the derivative [state][lanes] at its start: the time in which the state would
  // change by itself, times error^(1/5). Fails the lane when the derivative is not finite.
  void start(std::size_t lane, const double* derivative);
  // Bookkeeping after a round: lanes that arrived, ran out of attempts, or cannot take a smaller step.
  void settle(const LaneBits& taking, const LaneBits& accepted);
  void settle_lane(std::size_t lane, bool accepted);
};

}  // namespace racemate::engine::ode
