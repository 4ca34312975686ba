// Order of convergence of each method, and of the interpolant of the explicit one: fixed steps, halved.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "racemate/engine/ode/testing.h"

namespace racemate::engine::ode::testing {
namespace {

// y' = -y^2, z' = z cos t: 1 / (1 + t) and exp(sin t). Nonlinear, and reads time.
FunctionSystem<2> known_system() {
  return FunctionSystem<2>(
      8, [](std::size_t, double t, const Values<2>& y) { return Values<2>{-y[0] * y[0], y[1] * std::cos(t)}; },
      [](std::size_t, double t, const Values<2>& y) { return Matrix<2>{{{-2 * y[0], 0}, {0, std::cos(t)}}}; }, false);
}
double largest_error(double t, const double* values) {
  return std::max(std::abs(values[0] - 1 / (1 + t)), std::abs(values[8] - std::exp(std::sin(t))));
}

struct Errors {
  double end;
  double between;  // at the interpolated times
};
Errors errors_of(Method method, int steps) {
  constexpr double kEnd_h = 4;
  FunctionSystem<2> system = known_system();
  Solver solver(2, 8, {.method = method, .fixed_step_h = kEnd_h / steps});
  std::vector<double> times;
  for (int i = 0; method == Method::kExplicit && i < steps; ++i) {
    for (const double share : {0.23, 0.5, 0.81}) times.push_back((i + share) * kEnd_h / steps);
  }
  const Solution result = run<2>(solver, system, {1, 1}, kEnd_h, times);
  EXPECT_EQ(result.failed, 0U);
  EXPECT_EQ(solver.statistics(0).accepted, static_cast<std::uint64_t>(steps));
  Errors errors{largest_error(kEnd_h, result.state.data()), 0};
  for (std::size_t i = 0; i < times.size(); ++i) {
    errors.between = std::max(errors.between, largest_error(times[i], result.values.data() + i * 16));
  }
  return errors;
}

class Order : public ::testing::TestWithParam<Method> {};

TEST_P(Order, IsFiveAtTheEndAndFourBetweenStepsOfTheExplicitMethod) {
  for (const int steps : {16, 32, 64}) {
    const Errors coarse = errors_of(GetParam(), steps);
    const Errors fine = errors_of(GetParam(), 2 * steps);
    const double order = std::log2(coarse.end / fine.end);
    // An interpolant of order 4 has an error of h^5 within a step.
    EXPECT_GT(order, 4.7) << steps;
    EXPECT_LT(order, 6.5) << steps;
    if (GetParam() != Method::kExplicit) continue;
    const double order_between = std::log2(coarse.between / fine.between);
    EXPECT_GT(order_between, 4.7) << steps;
    EXPECT_LT(order_between, 6.5) << steps;
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, Order, ::testing::Values(Method::kExplicit, Method::kStiff),
                         [](const auto& method) { return method.param == Method::kExplicit ? "Explicit" : "Stiff"; });

// One step far beyond every time scale goes to the equilibrium at once, and a mode that decays at once is gone.
TEST(Stiff, IsLStable) {
  FunctionSystem<2> system(
      8, [](std::size_t, double, const Values<2>& y) { return Values<2>{-1e9 * (y[0] - y[1]), -(y[1] - 3)}; });
  Solver solver(2, 8, {.method = Method::kStiff, .fixed_step_h = 1});
  const Solution result = run<2>(solver, system, {1000, 3}, 1);
  EXPECT_NEAR(result.state[0], 3, 1e-4);
  EXPECT_NEAR(result.state[8], 3, 1e-12);
}

// A component that follows 1 / (1 + t / 13) at once: steps may be hours long, and rows between must not show it.
TEST(Stiff, RowsAreAsExactAsSteps) {
  constexpr double kRate_per_h = 1e7;
  const auto followed = [](double t) { return 1 / (1 + t / 13); };
  std::vector<double> times;
  for (double t = 0.1; t < 99; t *= 1.3) times.push_back(t);
  for (const Method method : {Method::kStiff, Method::kAutomatic, Method::kCvode}) {
    for (const double tolerance : {1e-4, 1e-6, 1e-8}) {
      FunctionSystem<1> system(
          8, [&](std::size_t, double t, const Values<1>& y) { return Values<1>{-kRate_per_h * (y[0] - followed(t))}; },
          [&](std::size_t, double, const Values<1>&) { return Matrix<1>{{{-kRate_per_h}}}; }, false);
      Options options{.method = method};
      options.tolerances.relative = tolerance;
      options.tolerances.absolute = {tolerance * 1e-2};
      Solver solver(1, 8, options);
      const Solution result = run<1>(solver, system, {1}, 100, times);
      EXPECT_EQ(result.failed, 0U);
      for (std::size_t i = 0; i < times.size(); ++i) {
        EXPECT_NEAR(result.values[i * 8], followed(times[i]), 10 * tolerance) << method_name(method) << " " << times[i];
      }
    }
  }
}

// Differences give the order too: what they leave out is far below the error of the method.
TEST(Stiff, KeepsItsOrderWithDifferences) {
  const auto error = [](int steps) {
    FunctionSystem<2> system(
        8, [](std::size_t, double t, const Values<2>& y) { return Values<2>{-y[0] * y[0], y[1] * std::cos(t)}; },
        nullptr, false);
    Solver solver(2, 8, {.method = Method::kStiff, .fixed_step_h = 4.0 / steps});
    return largest_error(4, run<2>(solver, system, {1, 1}, 4).state.data());
  };
  EXPECT_GT(std::log2(error(16) / error(32)), 4.7);
}

}  // namespace
}  // namespace racemate::engine::ode::testing
