#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "racemate/engine/kernels/scan_kernels.cc"
#include "racemate/engine/kernels/scan_kernels.h"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "racemate/engine/kernels/linear_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace racemate::engine::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Lanes = hn::CappedTag<double, kGroup>;
using Vector = hn::Vec<Lanes>;
using Mask = hn::Mask<Lanes>;

constexpr int kNewtonSteps = 5;

// The step's cubic c0 + s (c1 + s (c2 + s c3)), s in [0, 1].
struct Cubic {
  Vector c0, c1, c2, c3;

  Cubic(Vector y0, Vector d0, Vector y1, Vector d1, Vector h) : c0(y0), c1(hn::Mul(h, d0)) {
    const Lanes d;
    const Vector rise = hn::Sub(y1, y0);
    const Vector end = hn::Mul(h, d1);
    // c2 = 3 rise - 2 c1 - end, c3 = c1 + end - 2 rise
    c2 = hn::Sub(hn::Sub(hn::Mul(hn::Set(d, 3.0), rise), hn::Add(c1, c1)), end);
    c3 = hn::Sub(hn::Add(c1, end), hn::Add(rise, rise));
  }
  [[nodiscard]] Vector value(Vector s) const { return hn::MulAdd(s, hn::MulAdd(s, hn::MulAdd(s, c3, c2), c1), c0); }
  [[nodiscard]] Vector derivative(Vector s) const {
    const Lanes d;
    return hn::MulAdd(s, hn::MulAdd(s, hn::Mul(hn::Set(d, 3.0), c3), hn::Add(c2, c2)), c1);
  }
};

// Where the cubic crosses `level` between s0 (value v0) and s1 (value v1), which lie on different sides of it.
Vector crossing(const Cubic& cubic, Vector level, Vector s0, Vector v0, Vector s1, Vector v1) {
  const Lanes d;
  const Vector zero = hn::Zero(d);
  const Vector rise = hn::Sub(v1, v0);
  const Vector low = hn::Min(s0, s1);
  const Vector high = hn::Max(s0, s1);
  const auto inside = [&](Vector s) { return hn::Min(hn::Max(s, low), high); };
  const Vector fraction = hn::IfThenElse(hn::Eq(rise, zero), zero, hn::Div(hn::Sub(level, v0), rise));
  Vector s = inside(hn::MulAdd(fraction, hn::Sub(s1, s0), s0));
  for (int k = 0; k < kNewtonSteps; ++k) {
    const Vector slope = cubic.derivative(s);
    const Vector step = hn::Div(hn::Sub(cubic.value(s), level), slope);
    s = hn::IfThenElse(hn::Eq(slope, zero), s, inside(hn::Sub(s, step)));
  }
  return s;
}

// The share of [s0, s1] in which the cubic is at or above level, taking it as monotone there.
Vector share_above(const Cubic& cubic, Vector level, Vector s0, Vector v0, Vector s1, Vector v1) {
  const Lanes d;
  const Vector zero = hn::Zero(d);
  const Mask above0 = hn::Ge(v0, level);
  const Mask above1 = hn::Ge(v1, level);
  const Vector all = hn::Sub(s1, s0);
  const Vector at = crossing(cubic, level, s0, v0, s1, v1);
  const Vector falling = hn::Sub(at, s0);
  const Vector rising = hn::Sub(s1, at);
  return hn::IfThenElse(above0, hn::IfThenElse(above1, all, falling), hn::IfThenElse(above1, rising, zero));
}

void scan_lanes(const ScanArguments& a, std::size_t lane) {
  const Lanes d;
  const Vector zero = hn::Zero(d);
  const Vector one = hn::Set(d, 1.0);
  Vector peak = hn::Load(d, a.peak + lane);
  Vector y0 = hn::Load(d, a.value + lane);
  Vector d0 = hn::Load(d, a.slope + lane);
  peak = hn::Max(peak, y0);
  for (std::size_t step = 0; step < a.steps; ++step) {
    const std::size_t point = (step + 1) * a.stride + lane;
    const Vector y1 = hn::Load(d, a.value + point);
    const Vector d1 = hn::Load(d, a.slope + point);
    const Vector h = a.step_h != nullptr ? hn::Set(d, a.step_h[step]) : hn::Load(d, a.lane_step_h + lane);
    const Vector end_peak = hn::Max(peak, y1);
    // A maximum strictly inside: the derivative goes from positive to negative.
    const Mask interior = hn::And(hn::Gt(d0, zero), hn::Lt(d1, zero));
    const bool any_interior = !hn::AllFalse(d, interior);
    Vector at_top = one;
    Vector top = y1;
    if (any_interior) {
      const Cubic cubic(y0, d0, y1, d1, h);
      // 3 c3 s^2 + 2 c2 s + c1 = 0; the root in (0, 1) is c1 / (-c2 + sqrt(c2^2 - 3 c1 c3)).
      const Vector discriminant =
          hn::Max(zero, hn::Sub(hn::Mul(cubic.c2, cubic.c2), hn::Mul(hn::Set(d, 3.0), hn::Mul(cubic.c1, cubic.c3))));
      const Vector root = hn::Div(cubic.c1, hn::Sub(hn::Sqrt(discriminant), cubic.c2));
      const Mask valid = hn::And(interior, hn::And(hn::Gt(root, zero), hn::Lt(root, one)));
      at_top = hn::IfThenElse(valid, root, one);
      top = hn::IfThenElse(valid, cubic.value(root), y1);
    }
    peak = hn::Max(end_peak, top);
    for (std::size_t l = 0; l < a.levels.size(); ++l) {
      const Vector level = hn::Set(d, a.levels[l]);
      const Mask above0 = hn::Ge(y0, level);
      const Mask above1 = hn::Ge(y1, level);
      const Mask both = hn::And(above0, above1);
      double* hours = a.hours_above[l] + lane;
      Vector share = hn::IfThenElse(both, one, zero);
      const Mask crosses = hn::Xor(above0, above1);
      const Mask hump = hn::AndNot(hn::Or(above0, above1), hn::Ge(top, level));
      if (!hn::AllFalse(d, hn::Or(crosses, hump))) {
        const Cubic cubic(y0, d0, y1, d1, h);
        const Vector before = share_above(cubic, level, zero, y0, at_top, top);
        const Vector after = share_above(cubic, level, at_top, top, one, y1);
        share = hn::IfThenElse(both, one, hn::Add(before, after));
      }
      hn::Store(hn::MulAdd(share, h, hn::Load(d, hours)), d, hours);
    }
    y0 = y1;
    d0 = d1;
  }
  hn::Store(peak, d, a.peak + lane);
}

void scan_target(const ScanArguments& arguments) {
  const Lanes d;
  for (std::size_t lane = 0; lane < kGroup; lane += hn::Lanes(d)) scan_lanes(arguments, lane);
}

}  // namespace racemate::engine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace racemate::engine::kernels {

HWY_EXPORT(scan_target);

void scan(const ScanArguments& arguments) { HWY_DYNAMIC_DISPATCH(scan_target)(arguments); }

double hermite(double value0, double slope0, double value1, double slope1, double h_h, double s) {
  const double c1 = h_h * slope0;
  const double end = h_h * slope1;
  const double rise = value1 - value0;
  const double c2 = 3 * rise - 2 * c1 - end;
  const double c3 = c1 + end - 2 * rise;
  return value0 + s * (c1 + s * (c2 + s * c3));
}

}  // namespace racemate::engine::kernels
#endif  // HWY_ONCE
