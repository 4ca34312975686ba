// Doses of a block of people between their administration and their arrival: infusions that run, lags that pass.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "racemate/core/time.h"
#include "racemate/engine/linear/structure.h"

namespace racemate::engine {

// Group-major arrays as the kernels have them ([group][component][8]).
class DosesUnderWay {
 public:
  // structure must outlive this.
  DosesUnderWay(const linear::Structure& structure, std::size_t lanes) : structure_(structure), lanes_(lanes) {}

  // An infusion that runs from a common instant to a common instant. rate_mg_per_h: [lane].
  void start_infusion(std::uint32_t administration, std::uint32_t input, int source,
                      std::span<const double> rate_mg_per_h);
  void end_infusion(std::uint32_t administration, std::uint32_t input);

  // A dose whose arrival or end differs between people; all [lane]. start_h: after `origin`; duration_h 0: arrives at
  // once.
  struct LaneDose {
    Instant origin;
    int state = 0;
    int source = -1;
    std::vector<double> start_h;
    std::vector<double> duration_h;
    std::vector<double> amount_mg;
  };
  void start(LaneDose dose);
  [[nodiscard]] bool any_of_lanes() const { return !lane_doses_.empty(); }

  // Applies every lane event that is due: at or before position_h[lane] hours after `now` (empty: at `now`). Amounts
  // that arrive go into `states`.
  void apply_lane_events(Instant now, std::span<const double> position_h, double* states);
  // The earliest lane event after `now`, in hours; infinite when there is none.
  [[nodiscard]] double next_lane_event_h(Instant now, std::size_t lane) const;
  [[nodiscard]] bool lane_event_within(Instant now, Duration step) const;

  // Sums the rates afresh from the infusions that run, so that none leaves a rounding residue behind.
  void sum_rates(double* source_rates) const;

 private:
  struct Infusion {
    std::uint32_t administration = 0;
    std::uint32_t input = 0;
    int source = 0;
    std::vector<double> rate_mg_per_h;  // [lane]
  };
  enum class Phase : std::uint8_t { kPending, kRunning, kDone };
  struct Pending {
    LaneDose dose;
    std::vector<Phase> phase;
    std::size_t open = 0;  // lanes not done

    [[nodiscard]] double next_h(std::size_t lane) const {
      switch (phase[lane]) {
        case Phase::kPending:
          return dose.start_h[lane];
        case Phase::kRunning:
          return dose.start_h[lane] + dose.duration_h[lane];
        case Phase::kDone:
          break;
      }
      return HUGE_VAL;
    }
  };

  const linear::Structure& structure_;
  std::size_t lanes_;
  std::vector<Infusion> infusions_;
  std::vector<std::vector<double>> spare_;  // rates of infusions that ended, for the next ones
  std::vector<Pending> lane_doses_;
};

}  // namespace racemate::engine
