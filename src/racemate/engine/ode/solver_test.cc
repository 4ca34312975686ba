// What a lane may rely on: independence of its neighbours, failures that are told, restarts, events, bounded work.
#include "racemate/engine/ode/solver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "racemate/engine/ode/testing.h"

namespace racemate::engine::ode::testing {
namespace {

// Subject i of a small population: parameters that spread over a factor of ten.
ResponseParameters subject(std::size_t i) {
  ResponseParameters p;
  const auto share = [i](std::size_t k) { return std::exp2(std::sin(static_cast<double>(i * 7 + k * 3))); };
  p.VMAX *= share(0);
  p.KM *= share(1);
  p.Q *= share(2) * (i % 5 == 0 ? 300 : 1);  // some subjects are stiff
  p.KE0 *= share(3);
  p.KOUT *= share(4);
  return p;
}

struct SubjectResult {
  std::vector<double> values;
  std::uint64_t accepted = 0;
  std::uint64_t evaluations = 0;
  Method method{};
  std::optional<LaneFailure> failure;
};

// The subjects in blocks of `lanes`, in the order given; doses that differ between subjects when `events`.
class Dosing : public LaneEvents {
 public:
  explicit Dosing(std::vector<std::size_t> subjects) : subjects_(std::move(subjects)), next_(subjects_.size(), 0) {}
  bool next_segment(std::size_t lane, double time_h, double* state, double& end_h) override {
    const double interval = 3.0 + static_cast<double>(subjects_[lane] % 4);
    if (next_[lane]++ == 4) return false;
    state[0] += 35;
    end_h = time_h + interval;
    return true;
  }

 private:
  std::vector<std::size_t> subjects_;
  std::vector<int> next_;
};

std::vector<SubjectResult> solve_subjects(const std::vector<std::size_t>& order, std::size_t lanes, Method method) {
  std::vector<SubjectResult> results(order.size());
  Solver solver(4, lanes, {.method = method});
  std::vector<double> times;
  for (int i = 1; i < 40; ++i) times.push_back(0.4 * i);
  for (std::size_t first = 0; first < order.size(); first += lanes) {
    std::vector<std::size_t> members(lanes);
    for (std::size_t l = 0; l < lanes; ++l) members[l] = order[std::min(first + l, order.size() - 1)];
    FunctionSystem<4> system(lanes, [&members](std::size_t lane, double, const Values<4>& y) {
      return response_slope(subject(members[lane]), y);
    });
    Dosing doses(members);
    solver.clear();
    std::vector<double> state(4 * lanes, 0.0);
    std::fill_n(state.data() + 3 * lanes, lanes, 100.0);
    std::vector<double> values(times.size() * 4 * lanes, -1);
    const std::vector<double> zero(lanes, 0.0);
    solver.advance(system, zero.data(), zero.data(), state.data(), {.times_h = times, .values = values.data()}, &doses);
    for (std::size_t l = 0; l < lanes && first + l < order.size(); ++l) {
      SubjectResult& result = results[order[first + l]];
      for (std::size_t at = l; at < values.size(); at += lanes) result.values.push_back(values[at]);
      for (std::size_t at = l; at < state.size(); at += lanes) result.values.push_back(state[at]);
      const LaneStatistics statistics = solver.statistics(l);
      result.accepted = statistics.accepted;
      result.evaluations = statistics.evaluations;
      result.method = statistics.method;
      result.failure = solver.failure(l);
    }
  }
  return results;
}

TEST(Lanes, HaveTheSameBitsInAnyCompany) {
  constexpr std::size_t kSubjects = 48;
  std::vector<std::size_t> order(kSubjects);
  std::iota(order.begin(), order.end(), 0);
  std::vector<std::size_t> shuffled = order;
  for (std::size_t i = 0; i < kSubjects; ++i) std::swap(shuffled[i], shuffled[(i * 31 + 7) % kSubjects]);
  for (const Method method : {Method::kAutomatic, Method::kStiff, Method::kCvode}) {
    const std::vector<SubjectResult> expected = solve_subjects(order, 8, method);
    for (const std::size_t lanes : {8U, 16U, 48U}) {
      const std::vector<SubjectResult> found = solve_subjects(shuffled, lanes, method);
      for (std::size_t i = 0; i < kSubjects; ++i) {
        EXPECT_FALSE(found[i].failure.has_value());
        ASSERT_EQ(found[i].values.size(), expected[i].values.size());
        EXPECT_EQ(std::memcmp(found[i].values.data(), expected[i].values.data(), found[i].values.size() * 8), 0)
            << "subject " << i << ", lanes " << lanes << ", " << method_name(method);
        EXPECT_EQ(found[i].accepted, expected[i].accepted);
        EXPECT_EQ(found[i].evaluations, expected[i].evaluations);
        EXPECT_EQ(found[i].method, expected[i].method);
      }
    }
  }
}

TEST(Lanes, SwitchOneByOne) {
  std::vector<std::size_t> order(16);
  std::iota(order.begin(), order.end(), 0);
  const std::vector<SubjectResult> results = solve_subjects(order, 16, Method::kAutomatic);
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_EQ(results[i].method, i % 5 == 0 ? Method::kStiff : Method::kExplicit) << i;
  }
}

// y' = y^2 from 1 / (lane + 1): blows up at lane + 1 hours. Lanes whose end comes first are not disturbed.
TEST(Failure, BlowUpIsToldWithItsTime) {
  const auto slope = [](std::size_t, double, const Values<1>& y) { return Values<1>{y[0] * y[0]}; };
  for (const Method method : {Method::kExplicit, Method::kStiff, Method::kCvode, Method::kAutomatic}) {
    FunctionSystem<1> system(8, slope);
    Solver solver(1, 8, {.method = method});
    std::vector<double> state;
    for (int lane = 0; lane < 8; ++lane) state.push_back(1.0 / (lane + 1));
    const std::vector<double> start(8, 0.0);
    const std::vector<double> end(8, 4.5);
    const std::vector<double> times = {0.5, 1.5, 2.5};
    std::vector<double> values(3 * 8, -7);
    EXPECT_EQ(
        solver.advance(system, start.data(), end.data(), state.data(), {.times_h = times, .values = values.data()}),
        4U);
    for (std::size_t lane = 0; lane < 8; ++lane) {
      const double blow_up = static_cast<double>(lane) + 1;
      const auto& failure = solver.failure(lane);
      ASSERT_EQ(failure.has_value(), lane < 4) << method_name(method);
      if (failure) {
        EXPECT_NEAR(failure->time_h, blow_up, 1e-3) << method_name(method);
        EXPECT_TRUE(failure->reason == FailureReason::kStepUnderflow || failure->reason == FailureReason::kCvode)
            << failure_text(failure->reason);
        EXPECT_TRUE(std::isfinite(state[lane]));
      } else {
        EXPECT_NEAR(state[lane], 1 / (blow_up - 4.5), 1e-3) << method_name(method);
      }
      for (std::size_t t = 0; t < 3; ++t) {
        const double expected = times[t] < blow_up ? 1 / (blow_up - times[t]) : -7;
        EXPECT_NEAR(values[t * 8 + lane], expected, 1e-4 * std::abs(expected)) << method_name(method);
      }
    }
  }
}

TEST(Failure, DerivativeThatIsNotFinite) {
  for (const Method method : {Method::kExplicit, Method::kStiff, Method::kCvode, Method::kAutomatic}) {
    FunctionSystem<1> system(8, [](std::size_t lane, double, const Values<1>& y) {
      return Values<1>{lane == 3 ? std::numeric_limits<double>::quiet_NaN() : -y[0]};
    });
    Solver solver(1, 8, {.method = method});
    const Solution result = run<1>(solver, system, {1}, 1);
    EXPECT_EQ(result.failed, 1U);
    ASSERT_TRUE(solver.failure(3).has_value());
    EXPECT_EQ(solver.failure(3)->reason, FailureReason::kNotFinite);
    EXPECT_EQ(solver.failure(3)->time_h, 0);
    EXPECT_EQ(result.state[3], 1);
    EXPECT_NEAR(result.state[4], std::exp(-1), 1e-5);
    // It stays failed, over restarts too, until the block is cleared.
    solver.restart(3);
    EXPECT_EQ(run<1>(solver, system, {1}, 1).failed, 1U);
  }
}

FunctionSystem<2> stiff_system() {
  return FunctionSystem<2>(
      8, [](std::size_t, double, const Values<2>& y) { return Values<2>{-1e8 * (y[0] - y[1]), -0.01 * y[1]}; });
}

TEST(Failure, ForcedExplicitOnAStiffSystemEndsEarly) {
  FunctionSystem<2> system = stiff_system();
  Solver solver(2, 8, {.method = Method::kExplicit});
  EXPECT_EQ(run<2>(solver, system, {1, 1}, 100).failed, 8U);
  ASSERT_TRUE(solver.failure(0).has_value());
  EXPECT_EQ(solver.failure(0)->reason, FailureReason::kTooStiff);
  EXPECT_EQ(solver.failure(0)->method, Method::kExplicit);
  EXPECT_LT(system.calls, 2000U);
}

TEST(Failure, EveryMethodKeepsItsBound) {
  for (const Method method : {Method::kExplicit, Method::kStiff, Method::kCvode}) {
    FunctionSystem<1> system(
        8, [](std::size_t, double t, const Values<1>&) { return Values<1>{std::cos(50 * t)}; }, nullptr, false);
    Solver solver(1, 8, {.method = method, .most_attempts = 25});
    EXPECT_EQ(run<1>(solver, system, {1}, 100).failed, 8U);
    EXPECT_EQ(solver.failure(0)->reason, FailureReason::kStepBound);
    EXPECT_GT(solver.failure(0)->time_h, 0);
    EXPECT_LT(system.calls, 1000U);
  }
}

TEST(Automatic, TurnsToTheStiffMethodAndSaysSo) {
  FunctionSystem<2> system = stiff_system();
  Solver solver(2, 8, {});
  const Solution result = run<2>(solver, system, {1, 1}, 100);
  EXPECT_EQ(result.failed, 0U);
  EXPECT_EQ(solver.statistics(0).switches, 1U);
  EXPECT_EQ(solver.statistics(0).method, Method::kStiff);
  EXPECT_NEAR(result.state[0], std::exp(-1), 1e-5);
  EXPECT_LT(system.calls, 2000U);
}

TEST(Automatic, StaysExplicitWhereThatIsEnough) {
  FunctionSystem<1> system(8, [](std::size_t, double, const Values<1>& y) { return Values<1>{-y[0]}; });
  Solver solver(1, 8, {});
  EXPECT_NEAR(run<1>(solver, system, {1}, 5).state[0], std::exp(-5), 1e-6);
  EXPECT_EQ(solver.statistics(0).switches, 0U);
  EXPECT_EQ(solver.statistics(0).method, Method::kExplicit);
}

TEST(Jacobian, DifferencesAgreeWithTheAnalyticOne) {
  const auto slope = [](std::size_t i, double, const Values<4>& y) { return response_slope(subject(i), y); };
  const auto jacobian = [](std::size_t i, double, const Values<4>& y) { return response_jacobian(subject(i), y); };
  FunctionSystem<4> analytic(8, slope, jacobian);
  FunctionSystem<4> differences(8, slope);
  Solver one(4, 8, {.method = Method::kStiff});
  Solver two(4, 8, {.method = Method::kStiff});
  const Solution a = run<4>(one, analytic, {25, 10, 0.2, 90}, 12);
  const Solution b = run<4>(two, differences, {25, 10, 0.2, 90}, 12);
  for (std::size_t at = 0; at < 32; ++at) EXPECT_NEAR(a.state[at], b.state[at], 2e-6 * std::abs(a.state[at]));
  EXPECT_NEAR(static_cast<double>(one.statistics(0).accepted), static_cast<double>(two.statistics(0).accepted), 2);
  EXPECT_EQ(two.statistics(0).evaluations, (two.statistics(0).accepted + two.statistics(0).rejected) * 12);
}

// A pivot that is zero: W = I / (gamma h) - J with J = [[1 / (gamma h), 1], [1, 0]]. Without exchange of rows it fails.
TEST(Stiff, ExchangesRows) {
  const double diagonal = 1 / 0.21193756319429014;
  FunctionSystem<2> system(
      8,
      [diagonal](std::size_t lane, double, const Values<2>& y) {
        const double a = lane % 2 == 0 ? diagonal : -1;
        return Values<2>{a * y[0] + y[1], y[0]};
      },
      [diagonal](std::size_t lane, double, const Values<2>&) {
        const double a = lane % 2 == 0 ? diagonal : -1;
        return Matrix<2>{{{a, 1}, {1, 0}}};
      });
  Solver solver(2, 8, {.method = Method::kStiff, .fixed_step_h = 1});
  const Solution result = run<2>(solver, system, {1, 1}, 1);
  EXPECT_EQ(result.failed, 0U);
  for (std::size_t at = 0; at < 16; ++at) EXPECT_TRUE(std::isfinite(result.state[at]));
}

// Two calls with a dose between them, against the sum of two exponentials. Without restart the dose is not seen by the
// first slope.
TEST(Restart, AfterADose) {
  for (const Method method : {Method::kExplicit, Method::kStiff, Method::kCvode}) {
    FunctionSystem<1> system(8, [](std::size_t, double, const Values<1>& y) { return Values<1>{-0.3 * y[0]}; });
    Solver solver(1, 8, {.method = method});
    std::vector<double> state(8, 100.0);
    const std::vector<double> t0(8, 0.0);
    const std::vector<double> t1(8, 12.0);
    const std::vector<double> t2(8, 24.0);
    solver.advance(system, t0.data(), t1.data(), state.data(), {});
    for (std::size_t lane = 0; lane < 8; ++lane) {
      state[lane] += 100;
      solver.restart(lane);
    }
    solver.advance(system, t1.data(), t2.data(), state.data(), {});
    EXPECT_NEAR(state[0], 100 * (std::exp(-7.2) + std::exp(-3.6)), 2e-4) << method_name(method);
  }
}

// Without a discontinuity the step goes on: two calls cost about as much as one.
TEST(Restart, IsNotNeededToGoOn) {
  FunctionSystem<1> system(8, [](std::size_t, double, const Values<1>& y) { return Values<1>{-0.3 * y[0]}; });
  Solver whole(1, 8, {.method = Method::kExplicit});
  run<1>(whole, system, {1}, 24);
  Solver parts(1, 8, {.method = Method::kExplicit});
  std::vector<double> state(8, 1.0);
  for (int hour = 0; hour < 24; hour += 12) {
    const std::vector<double> from(8, hour);
    const std::vector<double> to(8, hour + 12);
    parts.advance(system, from.data(), to.data(), state.data(), {});
  }
  EXPECT_LE(parts.statistics(0).accepted, whole.statistics(0).accepted + 2);
}

// Each lane has its own interval and its own list of times; empty lists and lists before the start are fine.
TEST(Outputs, PerLane) {
  FunctionSystem<1> system(8, [](std::size_t, double, const Values<1>& y) { return Values<1>{-y[0]}; });
  for (const Method method : {Method::kExplicit, Method::kStiff, Method::kCvode}) {
    Solver solver(1, 8, {.method = method});
    std::vector<double> state(8, 1.0);
    std::vector<double> start;
    std::vector<double> end;
    std::vector<std::vector<double>> times(8);
    std::vector<std::span<const double>> spans;
    for (int lane = 0; lane < 8; ++lane) {
      start.push_back(lane * 0.5);
      end.push_back(lane == 7 ? lane * 0.5 : 2.0 + lane);
      for (int i = 0; i < lane; ++i) times[static_cast<std::size_t>(lane)].push_back(start.back() + 0.4 * i);
      spans.emplace_back(times[static_cast<std::size_t>(lane)]);
    }
    std::vector<double> values(8 * 8, -1);
    EXPECT_EQ(solver.advance(system, start.data(), end.data(), state.data(),
                             {.times_of_lanes_h = spans, .values = values.data()}),
              0U);
    for (std::size_t lane = 0; lane < 8; ++lane) {
      EXPECT_NEAR(state[lane], std::exp(start[lane] - end[lane]), 1e-5);
      for (std::size_t i = 0; i < 8; ++i) {
        // The first time is the start itself, which is the caller's.
        const bool written = i > 0 && i < lane && lane != 7;
        const double expected = written ? std::exp(-0.4 * static_cast<double>(i)) : -1;
        EXPECT_NEAR(values[i * 8 + lane], expected, 1e-5) << lane << ' ' << i;
      }
    }
  }
}

class Endless : public LaneEvents {
 public:
  bool next_segment(std::size_t, double time_h, double*, double& end_h) override {
    end_h = time_h;
    return true;
  }
};

TEST(Events, WithoutLengthAreBounded) {
  FunctionSystem<1> system(8, [](std::size_t, double, const Values<1>& y) { return Values<1>{-y[0]}; });
  Solver solver(1, 8, {});
  std::vector<double> state(8, 1.0);
  const std::vector<double> zero(8, 0.0);
  Endless events;
  EXPECT_EQ(solver.advance(system, zero.data(), zero.data(), state.data(), {}, &events), 8U);
  EXPECT_EQ(solver.failure(0)->reason, FailureReason::kEmptySegments);
}

TEST(Tolerances, OnePerState) {
  // The second state is far below its own tolerance: it does not cost steps.
  FunctionSystem<2> system(
      8, [](std::size_t, double t, const Values<2>& y) { return Values<2>{-y[0], 1e-6 * std::cos(1000 * t)}; }, nullptr,
      false);
  Solver loose(2, 8, {.method = Method::kExplicit, .tolerances = {.absolute = {1e-8, 1}}});
  Solver tight(2, 8, {.method = Method::kExplicit, .tolerances = {.absolute = {1e-8}}});
  run<2>(loose, system, {1, 0}, 5);
  run<2>(tight, system, {1, 0}, 5);
  EXPECT_LT(2 * loose.statistics(0).accepted, tight.statistics(0).accepted);
}

}  // namespace
}  // namespace racemate::engine::ode::testing
