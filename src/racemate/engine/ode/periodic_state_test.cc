#include "racemate/engine/ode/periodic_state.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "racemate/engine/ode/testing.h"

namespace racemate::engine::ode::testing {
namespace {

// Every period begins with a dose into the first state and runs for interval_h.
template <std::size_t kStates>
class DosedPeriod : public PeriodMap {
 public:
  DosedPeriod(FunctionSystem<kStates>& system, std::vector<double> dose, double interval_h)
      : system_(&system),
        dose_(std::move(dose)),
        end_(system.lanes(), interval_h),
        solver_(kStates, system.lanes(), {.tolerances = {.relative = 1e-10, .absolute = {1e-12}}}) {}
  void apply(const double* start, double* end, std::uint8_t* failed) override {
    ++applied;
    const std::size_t lanes = system_->lanes();
    std::copy_n(start, kStates * lanes, end);
    for (std::size_t lane = 0; lane < lanes; ++lane) end[lane] += dose_[lane];
    const std::vector<double> zero(lanes, 0.0);
    solver_.clear();
    solver_.advance(*system_, zero.data(), end_.data(), end, {});
    for (std::size_t lane = 0; lane < lanes; ++lane) failed[lane] = solver_.failure(lane) ? 1 : 0;
  }
  int applied = 0;

 private:
  FunctionSystem<kStates>* system_;
  std::vector<double> dose_;
  std::vector<double> end_;
  Solver solver_;
};

FunctionSystem<4> response_system() {
  return FunctionSystem<4>(8, [](std::size_t lane, double, const Values<4>& y) {
    ResponseParameters p;
    p.VMAX *= 1 + 0.2 * static_cast<double>(lane);
    return response_slope(p, y);
  });
}

TEST(PeriodicState, SaturableEliminationAgainstBruteForce) {
  FunctionSystem<4> system = response_system();
  // From a tenth to 97% of what can be eliminated in 12 h at the least VMAX.
  const std::vector<double> dose = {36, 100, 200, 300, 340, 400, 500, 350};
  DosedPeriod<4> map(system, dose, 12);
  std::vector<double> state(32, 0.0);
  const std::vector<PeriodicResult> results = periodic_state(4, 8, map, state.data(), {});
  EXPECT_LT(map.applied, 80);
  std::vector<double> brute(32, 0.0);
  std::vector<double> next(32);
  std::vector<std::uint8_t> failed(8);
  for (int period = 0; period < 600; ++period) {
    map.apply(brute.data(), next.data(), failed.data());
    brute.swap(next);
  }
  for (std::size_t lane = 0; lane < 8; ++lane) {
    EXPECT_EQ(results[lane].outcome, PeriodicOutcome::kConverged) << lane;
    for (std::size_t at = lane; at < 32; at += 8) EXPECT_NEAR(state[at], brute[at], 2e-6 * brute[at]) << lane;
  }
}

// x = P (x + dose) gives x = (I - P)^-1 P dose: two compartments whose exponential is known by eigenvalues.
TEST(PeriodicState, LinearAgainstTheInverse) {
  constexpr double kOut = 0.3, kThere = 0.7, kBack = 0.05, kInterval = 8, kDose = 100;
  FunctionSystem<2> system(8, [](std::size_t, double, const Values<2>& y) {
    return Values<2>{-(kOut + kThere) * y[0] + kBack * y[1], kThere * y[0] - kBack * y[1]};
  });
  DosedPeriod<2> map(system, std::vector<double>(8, kDose), kInterval);
  std::vector<double> state(16, 0.0);
  const std::vector<PeriodicResult> results = periodic_state(2, 8, map, state.data(), {});
  EXPECT_EQ(results[0].outcome, PeriodicOutcome::kConverged);
  EXPECT_LE(results[0].periods, 6);

  const double sum = kOut + kThere + kBack;
  const double root = std::sqrt(sum * sum - 4 * kOut * kBack);
  double expected0 = 0;
  double expected1 = 0;
  for (const double sign : {1.0, -1.0}) {
    const double lambda = -(sum + sign * root) / 2;
    // The dose's share in this mode, and its geometric series.
    const double share = kDose * (lambda + kBack) / (-sign * root);
    const double series = std::exp(lambda * kInterval) / (1 - std::exp(lambda * kInterval));
    expected0 += share * series;
    expected1 += share * series * kThere / (lambda + kBack);
  }
  EXPECT_NEAR(state[0], expected0, 1e-6 * expected0);
  EXPECT_NEAR(state[8], expected1, 1e-6 * expected1);
}

TEST(PeriodicState, AccumulationIsTold) {
  FunctionSystem<4> system = response_system();
  // Lanes 0 and 1 get more than VMAX can eliminate: 30 and 36 mg/h in 12 h.
  DosedPeriod<4> map(system, {400, 433, 100, 100, 100, 100, 100, 100}, 12);
  std::vector<double> state(32, 0.0);
  const PeriodicOptions options;
  const std::vector<PeriodicResult> results = periodic_state(4, 8, map, state.data(), options);
  for (std::size_t lane = 0; lane < 8; ++lane) {
    if (lane < 2) {
      EXPECT_NE(results[lane].outcome, PeriodicOutcome::kConverged) << lane;
      EXPECT_NE(results[lane].outcome, PeriodicOutcome::kMapFailed) << lane;
    } else {
      EXPECT_EQ(results[lane].outcome, PeriodicOutcome::kConverged) << lane;
    }
  }
  EXPECT_LE(map.applied, options.most_periods);

  FunctionSystem<2> kept(8, [](std::size_t, double, const Values<2>& y) {
    return Values<2>{-0.5 * y[0] + 0.1 * y[1], 0.5 * y[0] - 0.1 * y[1]};
  });
  DosedPeriod<2> kept_map(kept, std::vector<double>(8, 10), 6);
  std::vector<double> kept_state(16, 0.0);
  EXPECT_NE(periodic_state(2, 8, kept_map, kept_state.data(), options)[0].outcome, PeriodicOutcome::kConverged);
}

// A drug that lasts for weeks and binds a target which it nearly empties: 4,000 doses by brute force, or a few periods.
TEST(PeriodicState, SlowBindingAgainstBruteForce) {
  const auto slope = [](std::size_t, double, const Values<3>& y) {
    const double bound = 33.8 * y[1] * y[0] - 1.04 * y[2];
    return Values<3>{-0.0291 * y[0] - bound, 0.015 * (1 - y[1]) - bound, bound - 0.0481 * y[2]};
  };
  FunctionSystem<3> system(8, slope);
  DosedPeriod<3> map(system, std::vector<double>(8, 21.6), 12);
  std::vector<double> state(24, 0.0);
  for (std::size_t lane = 0; lane < 8; ++lane) state[8 + lane] = 1;
  std::vector<double> dosed = state;
  std::vector<double> next(24);
  std::vector<std::uint8_t> failed(8, 0);
  for (int dose = 0; dose < 400; ++dose) {
    map.apply(dosed.data(), next.data(), failed.data());
    dosed = next;
  }
  map.applied = 0;
  const std::vector<PeriodicResult> results = periodic_state(3, 8, map, state.data(), {});
  ASSERT_EQ(results[0].outcome, PeriodicOutcome::kConverged);
  EXPECT_LE(results[0].periods, 100);
  for (std::size_t s = 0; s < 3; ++s) EXPECT_NEAR(state[8 * s], dosed[8 * s], 1e-6 * dosed[8 * s]) << s;
}

TEST(PeriodicState, FailureOfTheMapIsTold) {
  FunctionSystem<1> system(
      8, [](std::size_t lane, double, const Values<1>& y) { return Values<1>{lane == 2 ? y[0] * y[0] : -y[0]}; });
  DosedPeriod<1> map(system, std::vector<double>(8, 10), 6);
  std::vector<double> state(8, 0.0);
  const std::vector<PeriodicResult> results = periodic_state(1, 8, map, state.data(), {});
  for (std::size_t lane = 0; lane < 8; ++lane) {
    EXPECT_EQ(results[lane].outcome, lane == 2 ? PeriodicOutcome::kMapFailed : PeriodicOutcome::kConverged);
  }
  EXPECT_NEAR(state[0], 10 * std::exp(-6) / (1 - std::exp(-6)), 1e-8);
}

TEST(PeriodicState, HasTheSameBitsInAnyCompany) {
  FunctionSystem<4> system = response_system();
  std::vector<double> dose = {36, 100, 200, 300, 340, 400, 500, 350};
  DosedPeriod<4> one(system, dose, 12);
  std::vector<double> a(32, 0.0);
  static_cast<void>(periodic_state(4, 8, one, a.data(), {}));
  dose[0] = 90;  // only its own lane changes
  DosedPeriod<4> two(system, dose, 12);
  std::vector<double> b(32, 0.0);
  static_cast<void>(periodic_state(4, 8, two, b.data(), {}));
  for (std::size_t at = 0; at < 32; ++at) {
    EXPECT_EQ(std::memcmp(&a[at], &b[at], sizeof(double)) == 0, at % 8 != 0) << at;
  }
}

}  // namespace
}  // namespace racemate::engine::ode::testing
