// Every instruction against the scalar function that it stands for, in every place of a block.
#include "racemate/engine/kernels/expression_kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "racemate/core/aligned_doubles.h"

namespace racemate::engine::kernels {
namespace {

using expr::Operation;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const std::vector<double> kSpecial = {0.0, -0.0, 1.0,    -1.0,   0.5,    2.0,   3.0,    NAN,  kInfinity, -kInfinity,
                                      709, 710,  -708.0, -746.0, 1e-310, 1e300, -1e300, 1e-9, 0.999999,  1e308};
constexpr std::size_t kRows = 4;

// Rows of operands; the special values first, in other orders, then random ones of all sizes.
struct Operands {
  explicit Operands(std::size_t lanes) : values(kRows * lanes) {
    std::mt19937_64 random(20260101);  // NOLINT(cert-msc51-cpp): the same numbers every time
    std::uniform_real_distribution<double> size(-20, 20);
    for (std::size_t i = 0; i < kRows * lanes; ++i) {
      const std::size_t lane = i % lanes;
      const bool is_special = lane < lanes / 2;
      const double sign = random() % 2 == 0 ? 1 : -1;
      values[i] = is_special ? kSpecial[random() % kSpecial.size()] : sign * std::exp(size(random));
    }
    for (std::size_t row = 0; row < kRows; ++row) rows.push_back(values.data() + row * lanes);
  }
  AlignedDoubles values;
  std::vector<double*> rows;
};

double expected(Operation operation, double a, double b, double c) {
  double result = 0;
  expr::with_function(operation, [&](auto function) {
    using F = decltype(function);
    if constexpr (std::is_invocable_v<F, double>) {
      result = function(a);
    } else if constexpr (std::is_invocable_v<F, double, double>) {
      result = function(a, b);
    } else {
      result = function(a, b, c);
    }
  });
  return result;
}

double allowed_error(Operation operation) {
  switch (operation) {
    case Operation::kExp:
    case Operation::kLog:
    case Operation::kLogit:
    case Operation::kLogistic:
      return 4 * std::numeric_limits<double>::epsilon();
    default:
      return 0;
  }
}

TEST(ExpressionKernels, AreTheScalarFunctions) {
  constexpr std::size_t kLanes = 1024;
  for (auto code = static_cast<std::uint8_t>(Operation::kCopy); code <= kFirstFused; ++code) {
    const auto operation = static_cast<Operation>(code);
    Operands operands(kLanes);
    const std::vector<LaneInstruction> instructions{{.operation = code, .result = 3, .a = 0, .b = 1, .c = 2}};
    run_instructions(instructions, operands.rows.data(), kLanes);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double got = operands.rows[3][lane];
      const double a = operands.rows[0][lane];
      const double want = expected(operation, a, operands.rows[1][lane], operands.rows[2][lane]);
      if (std::isnan(want)) {
        ASSERT_TRUE(std::isnan(got)) << int{code} << " " << a;
      } else if (allowed_error(operation) == 0 || !std::isfinite(want)) {
        ASSERT_EQ(got, want) << int{code} << " " << a << " " << operands.rows[1][lane];
      } else {
        ASSERT_NEAR(got, want, allowed_error(operation) * std::abs(want)) << int{code} << " " << a;
      }
    }
  }
}

TEST(ExpressionKernels, FusedFormsAndTheAccumulator) {
  constexpr std::size_t kLanes = 24;
  const auto run = [&](std::uint8_t operation, double a, double b, double c) {
    Operands operands(kLanes);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      operands.rows[0][lane] = a;
      operands.rows[1][lane] = b;
      operands.rows[2][lane] = c;
    }
    // The first operand comes by way of the accumulator.
    const std::vector<LaneInstruction> instructions{{.operation = static_cast<std::uint8_t>(Operation::kCopy), .a = 0},
                                                    {.operation = operation, .result = 3, .b = 1, .c = 2}};
    run_instructions(instructions, operands.rows.data(), kLanes);
    for (std::size_t lane = 1; lane < kLanes; ++lane) EXPECT_EQ(operands.rows[3][lane], operands.rows[3][0]);
    return operands.rows[3][0];
  };
  EXPECT_EQ(run(kReverseSubtract, 2, 7, 0), 5);
  EXPECT_EQ(run(kReverseDivide, 2, 7, 0), 3.5);
  EXPECT_EQ(run(kMultiplyAdd, 2, 7, 3), 17);
  EXPECT_EQ(run(kMultiplySubtract, 2, 7, 3), 11);
  EXPECT_EQ(run(kProductFrom, 2, 7, 3), -11);
  EXPECT_EQ(run(kAddProduct, 2, 7, 3), 23);
  EXPECT_EQ(run(kSubtractProduct, 2, 7, 3), -19);
}

TEST(ExpressionKernels, ALanesBitsDoNotDependOnItsPlace) {
  constexpr std::size_t kAll = 72;
  for (auto code = static_cast<std::uint8_t>(Operation::kCopy); code <= kSubtractProduct; ++code) {
    const std::vector<LaneInstruction> instructions{{.operation = code, .result = 3, .a = 0, .b = 1, .c = 2}};
    Operands all(kAll);
    run_instructions(instructions, all.rows.data(), kAll);
    for (const std::size_t lanes : {8UL, 16UL, 40UL}) {
      Operands some(lanes);
      const std::size_t shift = kAll - lanes - 5;
      for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t lane = 0; lane < lanes; ++lane) some.rows[row][lane] = all.rows[row][lane + shift];
      }
      run_instructions(instructions, some.rows.data(), lanes);
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const double expected_bits = all.rows[3][lane + shift];
        if (std::isnan(expected_bits)) continue;
        ASSERT_EQ(std::bit_cast<std::uint64_t>(some.rows[3][lane]), std::bit_cast<std::uint64_t>(expected_bits))
            << int{code} << " " << lanes << " " << lane;
      }
    }
  }
}

}  // namespace
}  // namespace racemate::engine::kernels
