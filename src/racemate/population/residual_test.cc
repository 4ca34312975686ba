#include "racemate/population/residual.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace racemate::population {
namespace {

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments moments(const model::Output& output, double value, bool logarithm = false) {
  constexpr std::uint64_t kDraws = 20'000;
  double sum = 0;
  double squares = 0;
  for (std::uint64_t row = 0; row < kDraws; ++row) {
    double y = measured(output, value, {.seed = 3, .subject = 5, .row = row});
    if (logarithm) y = std::log(y);
    sum += y;
    squares += y * y;
  }
  const double mean = sum / kDraws;
  return {mean, squares / kDraws - mean * mean};
}

TEST(Residual, NoneLeavesTheValue) {
  const model::Output output;
  EXPECT_EQ(measured(output, 0.3, {.seed = 1}), 0.3);
}

TEST(Residual, VariancesOfBothPartsAddUp) {
  model::Output output;
  output.residual = model::ResidualError{.additive = 0.02, .proportional = 0.1};
  const auto [mean, variance] = moments(output, 0.5);
  // Five standard errors of 20,000 draws.
  EXPECT_NEAR(mean, 0.5, 5 * std::sqrt((0.02 * 0.02 + 0.05 * 0.05) / 20'000));
  EXPECT_NEAR(variance, 0.02 * 0.02 + 0.05 * 0.05, 5 * std::sqrt(2.0 / 20'000) * 0.0029);
}

TEST(Residual, ALogarithmicErrorIsNormalInTheLogarithm) {
  model::Output output;
  output.residual = model::ResidualError{.logarithmic = 0.3};
  const auto [mean, variance] = moments(output, 2, true);
  EXPECT_NEAR(mean, std::log(2.0), 5 * 0.3 / std::sqrt(20'000.0));
  EXPECT_NEAR(variance, 0.09, 5 * std::sqrt(2.0 / 20'000) * 0.09);
}

TEST(Residual, DependsOnEveryPartOfWhoseItIs) {
  model::Output output;
  output.residual = model::ResidualError{.proportional = 0.1};
  const double one = measured(output, 1, {.seed = 1, .study = 1, .subject = 1, .row = 1, .output = 1});
  EXPECT_EQ(measured(output, 1, {.seed = 1, .study = 1, .subject = 1, .row = 1, .output = 1}), one);
  EXPECT_NE(measured(output, 1, {.seed = 2, .study = 1, .subject = 1, .row = 1, .output = 1}), one);
  EXPECT_NE(measured(output, 1, {.seed = 1, .study = 2, .subject = 1, .row = 1, .output = 1}), one);
  EXPECT_NE(measured(output, 1, {.seed = 1, .study = 1, .subject = 2, .row = 1, .output = 1}), one);
  EXPECT_NE(measured(output, 1, {.seed = 1, .study = 1, .subject = 1, .row = 2, .output = 1}), one);
  EXPECT_NE(measured(output, 1, {.seed = 1, .study = 1, .subject = 1, .row = 1, .output = 2}), one);
}

}  // namespace
}  // namespace racemate::population
