// What an expression is made of: one enumeration for syntax trees, the value graph and register programs, and one
// definition of what each operation computes, used for constant folding and for lanes alike.
#pragma once

#include <cmath>
#include <cstdint>

namespace racemate::expr {

enum class Operation : std::uint8_t {
  // Leaves.
  kInvalid,  // syntax trees only: a part that was reported as an error
  kLiteral,
  kName,  // syntax trees: a name; value graph: a symbol of the frame
  // One operand.
  kCopy,  // programs only: a target that is another value
  kNegate,
  kNot,
  kExp,
  kLog,
  kLog10,
  kSquareRoot,
  kAbsolute,
  kLogit,
  kLogistic,
  kFloor,
  kSquare,  // value graph and programs: powers with these exponents
  kCube,
  kReciprocal,
  // Two operands.
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kPower,
  kMinimum,
  kMaximum,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kNotEqual,
  kAnd,
  kOr,
  // Three operands.
  kIf,
};

[[nodiscard]] constexpr std::uint32_t operand_count(Operation operation) {
  if (operation < Operation::kCopy) return 0;
  if (operation < Operation::kAdd) return 1;
  return operation < Operation::kIf ? 2 : 3;
}

// base^exponent. The exponents 0, 1, 2, 3, -1 and 0.5 are computed without std::pow, whether the exponent was known
// when the expression was compiled or not, so that folding never changes a result. ^0.5 is sqrt: NaN for -infinity.
[[nodiscard]] inline double power_value(double base, double exponent) {
  if (exponent == 0.0) return 1.0;
  if (exponent == 1.0) return base;
  if (exponent == 2.0) return base * base;
  if (exponent == 3.0) return base * base * base;
  if (exponent == -1.0) return 1.0 / base;
  if (exponent == 0.5) return std::sqrt(base);
  return std::pow(base, exponent);
}

// 1 / (1 + exp(-x)), without overflow for any x.
[[nodiscard]] inline double logistic_value(double x) {
  const double shrinking = std::exp(-std::abs(x));
  return (x < 0.0 ? shrinking : 1.0) / (1.0 + shrinking);
}

// NaN when either operand is NaN: a failed computation must not vanish in a min or max.
[[nodiscard]] inline double minimum_value(double a, double b) {
  return static_cast<int>(a <= b) | static_cast<int>(a != a) ? a : b;
}
[[nodiscard]] inline double maximum_value(double a, double b) {
  return static_cast<int>(a >= b) | static_cast<int>(a != a) ? a : b;
}

[[nodiscard]] constexpr double truth(bool holds) { return holds ? 1.0 : 0.0; }

// Calls use(f), f the scalar function of one, two or three doubles that `operation` computes. Conditions are true
// when not 0 (so NaN is true) and results of conditions are 1 and 0. Not for leaves: there use is not called.
template <class Use>
void with_function(Operation operation, const Use& use) {
  switch (operation) {
    case Operation::kInvalid:
    case Operation::kLiteral:
    case Operation::kName:
      return;
    case Operation::kCopy:
      return use([](double a) { return a; });
    case Operation::kNegate:
      return use([](double a) { return -a; });
    case Operation::kNot:
      return use([](double a) { return truth(a == 0.0); });
    case Operation::kExp:
      return use([](double a) { return std::exp(a); });
    case Operation::kLog:
      return use([](double a) { return std::log(a); });
    case Operation::kLog10:
      return use([](double a) { return std::log10(a); });
    case Operation::kSquareRoot:
      return use([](double a) { return std::sqrt(a); });
    case Operation::kAbsolute:
      return use([](double a) { return std::abs(a); });
    case Operation::kLogit:
      return use([](double a) { return std::log(a / (1.0 - a)); });
    case Operation::kLogistic:
      return use([](double a) { return logistic_value(a); });
    case Operation::kFloor:
      return use([](double a) { return std::floor(a); });
    case Operation::kSquare:
      return use([](double a) { return a * a; });
    case Operation::kCube:
      return use([](double a) { return a * a * a; });
    case Operation::kReciprocal:
      return use([](double a) { return 1.0 / a; });
    case Operation::kAdd:
      return use([](double a, double b) { return a + b; });
    case Operation::kSubtract:
      return use([](double a, double b) { return a - b; });
    case Operation::kMultiply:
      return use([](double a, double b) { return a * b; });
    case Operation::kDivide:
      return use([](double a, double b) { return a / b; });
    case Operation::kPower:
      return use([](double a, double b) { return power_value(a, b); });
    case Operation::kMinimum:
      return use([](double a, double b) { return minimum_value(a, b); });
    case Operation::kMaximum:
      return use([](double a, double b) { return maximum_value(a, b); });
    case Operation::kLess:
      return use([](double a, double b) { return truth(a < b); });
    case Operation::kLessEqual:
      return use([](double a, double b) { return truth(a <= b); });
    case Operation::kGreater:
      return use([](double a, double b) { return truth(a > b); });
    case Operation::kGreaterEqual:
      return use([](double a, double b) { return truth(a >= b); });
    case Operation::kEqual:
      return use([](double a, double b) { return truth(a == b); });
    case Operation::kNotEqual:
      return use([](double a, double b) { return truth(a != b); });
    case Operation::kAnd:
      return use([](double a, double b) { return a != 0.0 ? truth(b != 0.0) : 0.0; });
    case Operation::kOr:
      return use([](double a, double b) { return a != 0.0 ? 1.0 : truth(b != 0.0); });
    case Operation::kIf:
      return use([](double condition, double a, double b) { return condition != 0.0 ? a : b; });
  }
}

}  // namespace racemate::expr
