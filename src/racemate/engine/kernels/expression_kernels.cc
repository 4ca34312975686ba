#include "racemate/engine/kernels/expression_kernels.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "racemate/engine/kernels/expression_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

// After highway.h, which it needs.
#include "hwy/contrib/math/math-inl.h"
#include "racemate/engine/kernels/expression_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace racemate::engine::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Lanes = hn::CappedTag<double, kGroup>;
using Vector = hn::Vec<Lanes>;
using Mask = hn::Mask<Lanes>;
using expr::Operation;

// Where the library's exp and log have their full accuracy; outside, the scalar ones.
constexpr double kLargestExponent = 700;
constexpr double kSmallestLogarithm = 1e-300;
constexpr double kLargestLogarithm = 1e300;

HWY_INLINE Vector truth(Mask holds) { return hn::IfThenElseZero(holds, hn::Set(Lanes(), 1.0)); }
// True where either is NaN, as in C++; the library's Ne leaves that open.
HWY_INLINE Mask not_equal(Vector a, Vector b) { return hn::Not(hn::Eq(a, b)); }
HWY_INLINE Mask is_true(Vector x) { return not_equal(x, hn::Zero(Lanes())); }

template <class Function>
HWY_NOINLINE Vector by_lane(Function function, Vector a) {
  const Lanes d;
  HWY_ALIGN double values[kGroup];
  hn::Store(a, d, values);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) values[i] = function(values[i]);
  return hn::Load(d, values);
}

HWY_NOINLINE Vector power(Vector a, Vector b) {
  const Lanes d;
  HWY_ALIGN double base[kGroup];
  HWY_ALIGN double exponent[kGroup];
  hn::Store(a, d, base);
  hn::Store(b, d, exponent);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) base[i] = expr::power_value(base[i], exponent[i]);
  return hn::Load(d, base);
}

HWY_NOINLINE Vector exponential(Vector x) {
  const Lanes d;
  const Mask usual = hn::Le(hn::Abs(x), hn::Set(d, kLargestExponent));
  const Vector result = hn::Exp(d, hn::IfThenElseZero(usual, x));
  if (HWY_LIKELY(hn::AllTrue(d, usual))) return result;
  return hn::IfThenElse(usual, result, by_lane([](double v) { return std::exp(v); }, x));
}

HWY_NOINLINE Vector logarithm(Vector x) {
  const Lanes d;
  const Mask usual = hn::And(hn::Ge(x, hn::Set(d, kSmallestLogarithm)), hn::Le(x, hn::Set(d, kLargestLogarithm)));
  const Vector result = hn::Log(d, hn::IfThenElse(usual, x, hn::Set(d, 1.0)));
  if (HWY_LIKELY(hn::AllTrue(d, usual))) return result;
  return hn::IfThenElse(usual, result, by_lane([](double v) { return std::log(v); }, x));
}

HWY_INLINE Vector logistic(Vector x) {
  const Lanes d;
  const Vector one = hn::Set(d, 1.0);
  const Vector shrinking = exponential(hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), shrinking, one), hn::Add(one, shrinking));
}

// NaN when either is.
HWY_INLINE Vector choose(Mask first, Vector a, Vector b) {
  return hn::IfThenElse(hn::Or(first, not_equal(a, a)), a, b);
}

// All instructions for kVectors (1, 2 or 4) vectors of lanes. The accumulator is four variables and not an array, so
// that it stays in registers.
template <std::size_t kVectors>
void run_vectors(std::span<const LaneInstruction> instructions, double* const* rows, std::size_t first_lane) {
  const Lanes d;
  const std::size_t width = hn::Lanes(d);
  Vector acc0 = hn::Zero(d);
  Vector acc1 = acc0;
  Vector acc2 = acc0;
  Vector acc3 = acc0;
  const auto each = [&](auto function) HWY_ATTR {
    acc0 = function(acc0, 0);
    if constexpr (kVectors > 1) acc1 = function(acc1, width);
    if constexpr (kVectors > 2) {
      acc2 = function(acc2, 2 * width);
      acc3 = function(acc3, 3 * width);
    }
  };
  for (const LaneInstruction& instruction : instructions) {
    const auto row = [&](std::uint32_t which) HWY_ATTR { return rows[which] + first_lane; };
    if (instruction.a != kNoRow) {
      const double* a = row(instruction.a);
      each([&](Vector, std::size_t at) HWY_ATTR { return hn::Load(d, a + at); });
    }
    const auto one = [&](auto function) HWY_ATTR { each([&](Vector a, std::size_t) HWY_ATTR { return function(a); }); };
    const auto two = [&](auto function) HWY_ATTR {
      const double* b = row(instruction.b);
      each([&](Vector a, std::size_t at) HWY_ATTR { return function(a, hn::Load(d, b + at)); });
    };
    const auto three = [&](auto function) HWY_ATTR {
      const double* b = row(instruction.b);
      const double* c = row(instruction.c);
      each([&](Vector a, std::size_t at) HWY_ATTR { return function(a, hn::Load(d, b + at), hn::Load(d, c + at)); });
    };
#define RACEMATE_ONE(expression) one([&](Vector a) HWY_ATTR { return expression; })
#define RACEMATE_TWO(expression) two([&](Vector a, Vector b) HWY_ATTR { return expression; })
#define RACEMATE_THREE(expression) three([&](Vector a, Vector b, Vector c) HWY_ATTR { return expression; })
    const Vector unit = hn::Set(d, 1.0);
    switch (instruction.operation) {
      case static_cast<std::uint8_t>(Operation::kCopy):
        break;
      case static_cast<std::uint8_t>(Operation::kNegate):
        RACEMATE_ONE(hn::Neg(a));
        break;
      case static_cast<std::uint8_t>(Operation::kNot):
        RACEMATE_ONE(truth(hn::Eq(a, hn::Zero(d))));
        break;
      case static_cast<std::uint8_t>(Operation::kExp):
        RACEMATE_ONE(exponential(a));
        break;
      case static_cast<std::uint8_t>(Operation::kLog):
        RACEMATE_ONE(logarithm(a));
        break;
      case static_cast<std::uint8_t>(Operation::kLog10):
        RACEMATE_ONE(by_lane([](double x) { return std::log10(x); }, a));
        break;
      case static_cast<std::uint8_t>(Operation::kSquareRoot):
        RACEMATE_ONE(hn::Sqrt(a));
        break;
      case static_cast<std::uint8_t>(Operation::kAbsolute):
        RACEMATE_ONE(hn::Abs(a));
        break;
      case static_cast<std::uint8_t>(Operation::kLogit):
        RACEMATE_ONE(logarithm(hn::Div(a, hn::Sub(unit, a))));
        break;
      case static_cast<std::uint8_t>(Operation::kLogistic):
        RACEMATE_ONE(logistic(a));
        break;
      case static_cast<std::uint8_t>(Operation::kFloor):
        RACEMATE_ONE(hn::Floor(a));
        break;
      case static_cast<std::uint8_t>(Operation::kSquare):
        RACEMATE_ONE(hn::Mul(a, a));
        break;
      case static_cast<std::uint8_t>(Operation::kCube):
        RACEMATE_ONE(hn::Mul(hn::Mul(a, a), a));
        break;
      case static_cast<std::uint8_t>(Operation::kReciprocal):
        RACEMATE_ONE(hn::Div(unit, a));
        break;
      case static_cast<std::uint8_t>(Operation::kAdd):
        RACEMATE_TWO(hn::Add(a, b));
        break;
      case static_cast<std::uint8_t>(Operation::kSubtract):
        RACEMATE_TWO(hn::Sub(a, b));
        break;
      case static_cast<std::uint8_t>(Operation::kMultiply):
        RACEMATE_TWO(hn::Mul(a, b));
        break;
      case static_cast<std::uint8_t>(Operation::kDivide):
        RACEMATE_TWO(hn::Div(a, b));
        break;
      case static_cast<std::uint8_t>(Operation::kPower):
        RACEMATE_TWO(power(a, b));
        break;
      case static_cast<std::uint8_t>(Operation::kMinimum):
        RACEMATE_TWO(choose(hn::Le(a, b), a, b));
        break;
      case static_cast<std::uint8_t>(Operation::kMaximum):
        RACEMATE_TWO(choose(hn::Ge(a, b), a, b));
        break;
      case static_cast<std::uint8_t>(Operation::kLess):
        RACEMATE_TWO(truth(hn::Lt(a, b)));
        break;
      case static_cast<std::uint8_t>(Operation::kLessEqual):
        RACEMATE_TWO(truth(hn::Le(a, b)));
        break;
      case static_cast<std::uint8_t>(Operation::kGreater):
        RACEMATE_TWO(truth(hn::Gt(a, b)));
        break;
      case static_cast<std::uint8_t>(Operation::kGreaterEqual):
        RACEMATE_TWO(truth(hn::Ge(a, b)));
        break;
      case static_cast<std::uint8_t>(Operation::kEqual):
        RACEMATE_TWO(truth(hn::Eq(a, b)));
        break;
      case static_cast<std::uint8_t>(Operation::kNotEqual):
        RACEMATE_TWO(truth(not_equal(a, b)));
        break;
      case static_cast<std::uint8_t>(Operation::kAnd):
        RACEMATE_TWO(truth(hn::And(is_true(a), is_true(b))));
        break;
      case static_cast<std::uint8_t>(Operation::kOr):
        RACEMATE_TWO(truth(hn::Or(is_true(a), is_true(b))));
        break;
      case static_cast<std::uint8_t>(Operation::kIf):
        RACEMATE_THREE(hn::IfThenElse(is_true(a), b, c));
        break;
      case kReverseSubtract:
        RACEMATE_TWO(hn::Sub(b, a));
        break;
      case kReverseDivide:
        RACEMATE_TWO(hn::Div(b, a));
        break;
      case kMultiplyAdd:
        RACEMATE_THREE(hn::MulAdd(a, b, c));
        break;
      case kMultiplySubtract:
        RACEMATE_THREE(hn::MulSub(a, b, c));
        break;
      case kProductFrom:
        RACEMATE_THREE(hn::NegMulAdd(a, b, c));
        break;
      case kAddProduct:
        RACEMATE_THREE(hn::MulAdd(b, c, a));
        break;
      case kSubtractProduct:
        RACEMATE_THREE(hn::NegMulAdd(b, c, a));
        break;
      default:
        break;
    }
#undef RACEMATE_ONE
#undef RACEMATE_TWO
#undef RACEMATE_THREE
    if (instruction.result != kNoRow) {
      double* result = row(instruction.result);
      each([&](Vector a, std::size_t at) HWY_ATTR {
        hn::Store(a, d, result + at);
        return a;
      });
    }
  }
}

void run_instructions_target(std::span<const LaneInstruction> instructions, double* const* rows, std::size_t lanes) {
  const std::size_t width = hn::Lanes(Lanes());
  std::size_t lane = 0;
  for (; lane + 4 * width <= lanes; lane += 4 * width) run_vectors<4>(instructions, rows, lane);
  for (; lane + 2 * width <= lanes; lane += 2 * width) run_vectors<2>(instructions, rows, lane);
  for (; lane < lanes; lane += width) run_vectors<1>(instructions, rows, lane);
}

}  // namespace racemate::engine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace racemate::engine::kernels {

HWY_EXPORT(run_instructions_target);

void run_instructions(std::span<const LaneInstruction> instructions, double* const* rows, std::size_t lanes) {
  HWY_DYNAMIC_DISPATCH(run_instructions_target)(instructions, rows, lanes);
}

}  // namespace racemate::engine::kernels
#endif  // HWY_ONCE
