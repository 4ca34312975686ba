// Steady states of models that are integrated: the fixed point of one period (engine/ode/periodic_state.h).
#include <algorithm>
#include <array>
#include <cstdint>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/events/ode_dynamics.h"
#include "racemate/engine/ode/periodic_state.h"

namespace racemate::engine::events {
namespace {

// How exactly a fixed point is found, and how much more exactly a period is integrated.
constexpr double kPeriodicTolerance = 1e-8;
constexpr double kPeriodTolerance = 1e-10;
// A state that an endless infusion reaches is a fixed point over any period; over a day it is found in few.
constexpr double kAnyPeriod_h = 24;

}  // namespace

// A dosing without beginning: an amount at the start of every period, and infusions on top of each other.
struct OdeDynamics::Train {
  int compartment = 0;
  double interval_h = 0;
  double bolus_mg = 0;
  double rate_mg_per_h = 0;  // of one infusion
  OverlappingInfusions infusions;
};

// One lane of the block over a stretch of a period; the others stand still.
class OdeDynamics::OnePeriod final : public ode::PeriodMap {
 public:
  OnePeriod(OdeDynamics& dynamics, std::size_t lane, const Train& train)
      : system_(dynamics.system_),
        lane_(lane),
        train_(train),
        solver_(system_.states(), system_.lanes(), tightened(dynamics.options_)),
        input_(dynamics.model_.compartments.size() * system_.lanes()),
        zero_h_(system_.lanes()),
        end_h_(system_.lanes()) {
    system_.set_lines({});
  }

  void apply(const double* start, double* end, std::uint8_t* failed) override {
    std::copy_n(start, system_.states() * system_.lanes(), end);
    std::fill_n(failed, system_.lanes(), std::uint8_t{1});  // of the lanes that stand still nothing is asked
    failed[lane_] = carry(end, train_.interval_h) ? 0 : 1;
  }

  // From the start of a period to duration_h later; false where it cannot be computed.
  bool carry(double* state, double duration_h) {
    solver_.clear();
    at(state, train_.compartment) += train_.bolus_mg;
    const double during_h = std::min(duration_h, train_.infusions.remainder_h);
    return stretch(state, train_.infusions.whole + 1, during_h) &&
           stretch(state, train_.infusions.whole, duration_h - during_h);
  }

 private:
  static ode::Options tightened(ode::Options options) {
    options.tolerances.relative = std::min(options.tolerances.relative, kPeriodTolerance);
    for (double& absolute : options.tolerances.absolute) absolute = std::min(absolute, kPeriodTolerance);
    return options;
  }

  double& at(double* state, int component) {
    return state[static_cast<std::size_t>(component) * system_.lanes() + lane_];
  }

  bool stretch(double* state, double infusions, double duration_h) {
    if (!(duration_h > 0)) return true;
    at(input_.data(), train_.compartment) = infusions * train_.rate_mg_per_h;
    system_.set_input(input_.data());
    end_h_[lane_] = duration_h;
    solver_.restart(lane_);
    solver_.advance(system_, zero_h_.data(), end_h_.data(), state, {});
    return !solver_.failure(lane_);
  }

  ModelSystem& system_;
  std::size_t lane_;
  const Train& train_;
  ode::Solver solver_;
  AlignedDoubles input_;
  AlignedDoubles zero_h_;
  AlignedDoubles end_h_;
};

std::optional<std::string> OdeDynamics::settle(std::size_t lane, const Train& train, std::span<const double> initial,
                                               std::span<double> state) {
  if (model_.time_slot != model::kNoSlot) return "there is no steady state: the model's rates depend on time";
  const std::size_t lanes = frame_.lanes();
  AlignedDoubles block(system_.states() * lanes);
  for (std::size_t c = 0; c < system_.states(); ++c) std::fill_n(block.data() + c * lanes, lanes, initial[c]);
  OnePeriod period(*this, lane, train);
  const ode::PeriodicOptions options{
      .relative = kPeriodicTolerance, .absolute = kPeriodicTolerance * 1e-3, .map_error = kPeriodTolerance * 10};
  const ode::PeriodicResult result = ode::periodic_state(system_.states(), lanes, period, block.data(), options)[lane];
  if (result.outcome != ode::PeriodicOutcome::kConverged) {
    return std::string(periodic_outcome_text(result.outcome));
  }
  for (std::size_t c = 0; c < system_.states(); ++c) state[c] = block[c * lanes + lane];
  return std::nullopt;
}

std::optional<std::string> OdeDynamics::periodic_state(std::size_t lane, const LaneEvent& event,
                                                       std::span<const double> initial, std::span<double> state) {
  Train train{.compartment = event.compartment, .interval_h = event.interval_h, .infusions = {}};
  if (event.duration_h > 0) {
    train.rate_mg_per_h = event.rate_mg_per_h;
    train.infusions = overlapping_infusions(event);
  } else {
    train.bolus_mg = event.amount_mg;
  }
  if (auto problem = settle(lane, train, initial, state)) return problem;
  // From the start of the period to the phase of the record.
  const std::size_t lanes = frame_.lanes();
  AlignedDoubles block(system_.states() * lanes);
  for (std::size_t c = 0; c < system_.states(); ++c) block[c * lanes + lane] = state[c];
  OnePeriod period(*this, lane, train);
  if (!period.carry(block.data(), event.phase_h)) return "the periodic state cannot be carried to its phase";
  for (std::size_t c = 0; c < system_.states(); ++c) state[c] = block[c * lanes + lane];
  return std::nullopt;
}

std::optional<std::string> OdeDynamics::constant_infusion_state(std::size_t lane, const LaneEvent& event,
                                                                std::span<const double> initial,
                                                                std::span<double> state) {
  const Train train{.compartment = event.compartment,
                    .interval_h = kAnyPeriod_h,
                    .rate_mg_per_h = event.rate_mg_per_h,
                    .infusions = {.whole = 1, .remainder_h = 0}};
  return settle(lane, train, initial, state);
}

}  // namespace racemate::engine::events
