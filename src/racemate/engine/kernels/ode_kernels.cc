#include "racemate/engine/kernels/ode_kernels.h"

#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "racemate/engine/kernels/ode_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "racemate/engine/kernels/ode_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace racemate::engine::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Lanes = hn::CappedTag<double, kGroup>;
using Vector = hn::Vec<Lanes>;
using Mask = hn::Mask<Lanes>;

constexpr double kStretch = 1.01;            // a step this close to the end goes all the way
constexpr double kSmallestError = 1e-10;     // below it the controller's factor is at its bound anyway
constexpr double kLargestError = 1e10;       // stands for errors that are not finite
constexpr double kSmallestRemembered = -13;  // log2 of the last error: one lucky step does not hold the next back
constexpr double kLargestCut = 0.1;
constexpr double kSmallestCut = 0.9;
constexpr double kSmallestFactor = 0.2;
constexpr double kUnstiff = 3;  // taken off the score by a step well inside the region of stability

// Eight lanes are one vector, or several. Calls work(first lane, its vector's bits within the group's byte).
template <class Work>
HWY_INLINE void for_lanes(std::size_t lanes, const Work& work) {
  const Lanes d;
  for (std::size_t lane = 0; lane < lanes; lane += hn::Lanes(d)) work(lane);
}

HWY_INLINE Mask mask_at(const std::uint8_t* bits, std::size_t lane) {
  const Lanes d;
  const auto shifted = static_cast<std::uint8_t>(bits[lane / kGroup] >> (lane % kGroup));
  HWY_ALIGN std::uint8_t bytes[8] = {shifted};
  return hn::LoadMaskBits(d, bytes);
}

HWY_INLINE std::uint8_t bits_at(Mask mask, std::size_t lane) {
  const Lanes d;
  HWY_ALIGN std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, mask, bytes);
  return static_cast<std::uint8_t>(bytes[0] << (lane % kGroup));
}

// Binary logarithm of positive normal numbers, within 0.01: enough to choose a step.
HWY_INLINE Vector rough_log2(Vector x) {
  const Lanes d;
  const hn::RebindToUnsigned<Lanes> du;
  const auto bits = hn::BitCast(du, x);
  constexpr double kTwo52 = 4503599627370496.0;
  const auto biased = hn::Or(hn::ShiftRight<52>(bits), hn::BitCast(du, hn::Set(d, kTwo52)));
  const Vector exponent = hn::Sub(hn::BitCast(d, biased), hn::Set(d, kTwo52 + 1023));
  const auto mantissa = hn::And(bits, hn::Set(du, 0x000FFFFFFFFFFFFFULL));
  const Vector m = hn::BitCast(d, hn::Or(mantissa, hn::BitCast(du, hn::Set(d, 1.0))));
  // 2 m - m^2 / 3 - 5 / 3 on [1, 2]: exact at both ends.
  const Vector inner = hn::NegMulAdd(m, hn::Set(d, 1.0 / 3.0), hn::Set(d, 2.0));
  return hn::Add(exponent, hn::MulSub(m, inner, hn::Set(d, 5.0 / 3.0)));
}

// 2^x for |x| < 1000, within 0.3%.
HWY_INLINE Vector rough_exp2(Vector x) {
  const Lanes d;
  const hn::RebindToUnsigned<Lanes> du;
  const Vector whole = hn::Floor(x);
  const Vector r = hn::Sub(x, whole);
  constexpr double kTwo52 = 4503599627370496.0;
  const Vector power = hn::BitCast(d, hn::ShiftLeft<52>(hn::BitCast(du, hn::Add(whole, hn::Set(d, kTwo52 + 1023)))));
  const Vector inner = hn::MulAdd(r, hn::Set(d, 0.3435), hn::Set(d, 0.6565));
  return hn::Mul(power, hn::MulAdd(r, inner, hn::Set(d, 1.0)));
}

template <std::size_t kTerms>
void combine_terms(const CombineArguments& a) {
  const Lanes d;
  const std::size_t size = a.components * a.lanes;
  Vector coefficient[kTerms];
  for (std::size_t j = 0; j < kTerms; ++j) coefficient[j] = hn::Set(d, a.coefficients[j]);
  for_lanes(a.lanes, [&](std::size_t lane) HWY_ATTR {
    const Vector scale = a.scale == nullptr ? hn::Set(d, 1.0) : hn::Load(d, a.scale + lane);
    for (std::size_t at = lane; at < size; at += a.lanes) {
      Vector sum = hn::Mul(coefficient[0], hn::Load(d, a.terms + at));
      for (std::size_t j = 1; j < kTerms; ++j) {
        sum = hn::MulAdd(coefficient[j], hn::Load(d, a.terms + j * size + at), sum);
      }
      hn::Store(hn::MulAdd(scale, sum, hn::Load(d, a.base + at)), d, a.out + at);
    }
  });
}

void combine_target(const CombineArguments& a) {
  switch (a.coefficients.size()) {
    case 1:
      return combine_terms<1>(a);
    case 2:
      return combine_terms<2>(a);
    case 3:
      return combine_terms<3>(a);
    case 4:
      return combine_terms<4>(a);
    case 5:
      return combine_terms<5>(a);
    case 6:
      return combine_terms<6>(a);
    case 7:
      return combine_terms<7>(a);
    default:
      return combine_terms<kMostTerms>(a);
  }
}

void begin_steps_target(const StepArrays& s, const std::uint8_t* taking, double largest_h, std::size_t lanes) {
  const Lanes d;
  const Vector largest = hn::Set(d, largest_h);
  const Vector stretch = hn::Set(d, kStretch);
  for_lanes(lanes, [&](std::size_t lane) HWY_ATTR {
    const Mask takes = mask_at(taking, lane);
    const Vector time = hn::Load(d, s.time_h + lane);
    const Vector end = hn::Load(d, s.end_h + lane);
    const Vector remaining = hn::Sub(end, time);
    const Vector wish = hn::Min(hn::Load(d, s.proposed_h + lane), largest);
    const Mask last = hn::Ge(hn::Mul(wish, stretch), remaining);
    const Vector step = hn::IfThenElse(last, remaining, wish);
    const Vector next = hn::IfThenElse(last, end, hn::Add(time, step));
    hn::Store(hn::IfThenElseZero(takes, step), d, s.step_h + lane);
    hn::Store(hn::IfThenElse(takes, next, time), d, s.next_time_h + lane);
  });
}

template <std::size_t kTerms>
void error_norm_terms(const ErrorArguments& a) {
  const Lanes d;
  const std::size_t size = a.components * a.lanes;
  const Vector relative = hn::Set(d, a.relative);
  const Vector infinite = hn::Set(d, std::numeric_limits<double>::infinity());
  Vector coefficient[kTerms];
  for (std::size_t j = 0; j < kTerms; ++j) coefficient[j] = hn::Set(d, a.coefficients[j]);
  for_lanes(a.lanes, [&](std::size_t lane) HWY_ATTR {
    const Vector scale = a.scale == nullptr ? hn::Set(d, 1.0) : hn::Load(d, a.scale + lane);
    Vector largest = hn::Zero(d);
    Vector finite = hn::Zero(d);  // NaN as soon as anything was not finite
    std::size_t component = 0;
    for (std::size_t at = lane; at < size; at += a.lanes, ++component) {
      Vector sum = hn::Mul(coefficient[0], hn::Load(d, a.terms + at));
      for (std::size_t j = 1; j < kTerms; ++j) {
        sum = hn::MulAdd(coefficient[j], hn::Load(d, a.terms + j * size + at), sum);
      }
      const Vector after = hn::Load(d, a.after + at);
      const Vector size_here = hn::Max(hn::Abs(hn::Load(d, a.before + at)), hn::Abs(after));
      const Vector tolerance = hn::MulAdd(relative, size_here, hn::Set(d, a.absolute[component]));
      const Vector inverse = hn::Div(hn::Set(d, 1.0), tolerance);
      hn::Store(inverse, d, a.inverse_tolerance + at);
      const Vector ratio = hn::Abs(hn::Mul(hn::Mul(scale, sum), inverse));
      largest = hn::Max(largest, ratio);
      finite = hn::Add(finite, hn::Mul(hn::Zero(d), hn::Add(after, ratio)));
    }
    hn::Store(hn::IfThenElse(hn::Eq(finite, hn::Zero(d)), largest, infinite), d, a.error + lane);
  });
}

void error_norm_target(const ErrorArguments& a) {
  return a.coefficients.size() == 1 ? error_norm_terms<1>(a) : error_norm_terms<7>(a);
}

void score_stiffness_target(const StiffnessArguments& a, const std::uint8_t* accepted, const StepArrays& s) {
  const Lanes d;
  const std::size_t size = a.components * a.lanes;
  const Vector limit = hn::Set(d, a.limit * a.limit);
  for_lanes(a.lanes, [&](std::size_t lane) HWY_ATTR {
    Vector change = hn::Zero(d);
    Vector distance = hn::Zero(d);
    for (std::size_t at = lane; at < size; at += a.lanes) {
      const Vector x = hn::Load(d, a.state_a + at);
      const Vector y = hn::Load(d, a.state_b + at);
      const Vector inverse = hn::Load(d, a.inverse_tolerance + at);
      const Vector dx = hn::Mul(hn::Sub(x, y), inverse);
      const Vector df = hn::Mul(hn::Sub(hn::Load(d, a.derivative_a + at), hn::Load(d, a.derivative_b + at)), inverse);
      change = hn::MulAdd(df, df, change);
      distance = hn::MulAdd(dx, dx, distance);
    }
    const Vector step = hn::Load(d, s.step_h + lane);
    const Mask stiff = hn::Gt(hn::Mul(hn::Mul(step, step), change), hn::Mul(limit, distance));
    const Vector score = hn::Load(d, s.stiff_score + lane);
    const Vector less = hn::Max(hn::Sub(score, hn::Set(d, kUnstiff)), hn::Zero(d));
    const Vector next = hn::IfThenElse(stiff, hn::Add(score, hn::Set(d, 1.0)), less);
    hn::Store(hn::IfThenElse(mask_at(accepted, lane), next, score), d, s.stiff_score + lane);
  });
}

void finish_steps_target(const StepArrays& s, const std::uint8_t* taking, const ControlOptions& o,
                         std::uint8_t* accepted, std::size_t lanes) {
  const Lanes d;
  const Vector one = hn::Set(d, 1.0);
  const Vector exponent = hn::Set(d, 0.75 * o.beta - 1.0 / o.order);
  const Vector beta = hn::Set(d, o.beta);
  const Vector safety = hn::Set(d, o.safety);
  for (std::size_t group = 0; group < lanes / kGroup; ++group) accepted[group] = 0;
  for_lanes(lanes, [&](std::size_t lane) HWY_ATTR {
    const Mask takes = mask_at(taking, lane);
    const Vector error = hn::Load(d, s.error + lane);
    const Vector limit = hn::Set(d, o.fixed_step ? std::numeric_limits<double>::max() : 1.0);
    const Mask accept = hn::And(takes, hn::Le(error, limit));
    const Mask reject = hn::AndNot(accept, takes);
    const Vector bounded = hn::Min(hn::Max(error, hn::Set(d, kSmallestError)), hn::Set(d, kLargestError));
    const Vector log_error = rough_log2(bounded);
    const Vector last = hn::Load(d, s.log_error + lane);
    const Vector plain = hn::Mul(exponent, log_error);
    const Vector growth = hn::Load(d, s.growth + lane);
    const Vector step = hn::Load(d, s.step_h + lane);
    const Vector proposed = hn::Load(d, s.proposed_h + lane);

    Vector factor = hn::Mul(safety, rough_exp2(hn::MulAdd(beta, last, plain)));
    factor = hn::Min(hn::Max(factor, hn::Set(d, kSmallestFactor)), growth);
    const Vector grown = hn::Mul(step, factor);
    // A step that was cut at the end says nothing against the longer one that was proposed.
    const Vector after_accept = hn::IfThenElse(hn::Lt(step, proposed), hn::Max(grown, proposed), grown);
    Vector cut = hn::Mul(safety, rough_exp2(plain));
    cut = hn::Min(hn::Max(cut, hn::Set(d, kLargestCut)), hn::Set(d, kSmallestCut));
    const Vector after_reject = hn::Mul(step, cut);

    Vector next = hn::IfThenElse(accept, after_accept, hn::IfThenElse(reject, after_reject, proposed));
    if (o.fixed_step) next = proposed;
    hn::Store(next, d, s.proposed_h + lane);
    const Vector remembered = hn::Max(log_error, hn::Set(d, kSmallestRemembered));
    hn::Store(hn::IfThenElse(accept, remembered, last), d, s.log_error + lane);
    const Vector next_growth = hn::IfThenElse(accept, hn::Set(d, o.largest_growth), one);
    hn::Store(hn::IfThenElse(takes, next_growth, growth), d, s.growth + lane);
    const auto count = [&](double* counts, Mask which) HWY_ATTR {
      hn::Store(hn::Add(hn::Load(d, counts + lane), hn::IfThenElseZero(which, one)), d, counts + lane);
    };
    count(s.accepted, accept);
    count(s.rejected, reject);
    count(s.attempts, takes);
    accepted[lane / kGroup] = static_cast<std::uint8_t>(accepted[lane / kGroup] | bits_at(accept, lane));
  });
}

void settle_due_target(const StepArrays& s, const SettleLimits& limits, const std::uint8_t* taking, std::uint8_t* due,
                       std::size_t lanes) {
  const Lanes d;
  for_lanes(lanes, [&](std::size_t lane) HWY_ATTR {
    if (lane % kGroup == 0) due[lane / kGroup] = 0;
    const Vector time = hn::Load(d, s.time_h + lane);
    const Vector smallest = hn::MulAdd(hn::Set(d, limits.smallest_step), hn::Abs(time), hn::Set(d, limits.smallest_h));
    const Mask arrived = hn::Ge(time, hn::Load(d, s.end_h + lane));
    const Mask many = hn::Ge(hn::Load(d, s.attempts + lane), hn::Set(d, limits.most_attempts));
    const Mask stiff = hn::Ge(hn::Load(d, s.stiff_score + lane), hn::Set(d, limits.stiff_score));
    const Mask tiny = hn::Le(hn::Load(d, s.proposed_h + lane), smallest);
    const Mask any = hn::And(mask_at(taking, lane), hn::Or(hn::Or(arrived, many), hn::Or(stiff, tiny)));
    due[lane / kGroup] = static_cast<std::uint8_t>(due[lane / kGroup] | bits_at(any, lane));
  });
}

void assign_target(const double* from, const std::uint8_t* chosen, std::size_t components, std::size_t lanes,
                   double* to) {
  const Lanes d;
  const std::size_t size = components * lanes;
  for_lanes(lanes, [&](std::size_t lane) HWY_ATTR {
    if (chosen[lane / kGroup] == 0) return;
    const Mask mask = mask_at(chosen, lane);
    for (std::size_t at = lane; at < size; at += lanes) {
      hn::Store(hn::IfThenElse(mask, hn::Load(d, from + at), hn::Load(d, to + at)), d, to + at);
    }
  });
}

// One pending time of each lane in `due`, for the vector of lanes that begins at `lane`.
void write_due(const DenseArguments& a, const StepArrays& s, const DenseTimes& times, std::uint8_t due,
               std::size_t lane) {
  const Lanes d;
  const std::size_t size = a.components * a.lanes;
  const Vector step = hn::Load(d, s.step_h + lane);
  const Vector elapsed = hn::Sub(hn::Load(d, times.pending_h + lane), hn::Load(d, s.time_h + lane));
  const Vector theta = hn::Min(hn::Div(elapsed, step), hn::Set(d, 1.0));
  Vector weight[kMostTerms];
  const std::size_t terms = a.weights.size();
  for (std::size_t j = 0; j < terms; ++j) {
    const double* w = a.weights[j];
    Vector sum = hn::MulAdd(theta, hn::Set(d, w[3]), hn::Set(d, w[2]));
    sum = hn::MulAdd(theta, sum, hn::Set(d, w[1]));
    sum = hn::MulAdd(theta, sum, hn::Set(d, w[0]));
    weight[j] = hn::Mul(theta, sum);
  }
  const Vector scale = a.scale == nullptr ? hn::Set(d, 1.0) : hn::Load(d, a.scale + lane);
  double* rows[kGroup];
  std::size_t places[kGroup];  // in the vector
  std::size_t count = 0;
  for (unsigned left = due; left != 0; left &= left - 1) {
    const auto place = static_cast<std::size_t>(__builtin_ctz(left));
    const std::size_t member = lane + place;
    std::size_t& cursor = times.cursor[member];
    places[count] = place;
    rows[count++] = a.out + cursor * size + member;
    ++cursor;
    times.pending_h[member] =
        cursor < times.count[member] ? times.times_h[member][cursor] : std::numeric_limits<double>::infinity();
  }
  HWY_ALIGN double values[kGroup];
  for (std::size_t at = 0; at < size; at += a.lanes) {
    Vector sum = hn::Mul(weight[0], hn::Load(d, a.terms + at + lane));
    for (std::size_t j = 1; j < terms; ++j) {
      sum = hn::MulAdd(weight[j], hn::Load(d, a.terms + j * size + at + lane), sum);
    }
    hn::Store(hn::MulAdd(scale, sum, hn::Load(d, a.before + at + lane)), d, values);
    for (std::size_t i = 0; i < count; ++i) rows[i][at] = values[places[i]];
  }
}

void dense_output_target(const DenseArguments& a, const StepArrays& s, const std::uint8_t* chosen,
                         const DenseTimes& times) {
  const Lanes d;
  for_lanes(a.lanes, [&](std::size_t lane) HWY_ATTR {
    const Mask mask = mask_at(chosen, lane);
    const Vector next = hn::Load(d, s.next_time_h + lane);
    // Ends: every round moves the cursor of each lane that is due.
    for (;;) {
      const Mask is_due = hn::And(mask, hn::Le(hn::Load(d, times.pending_h + lane), next));
      if (hn::AllFalse(d, is_due)) return;
      const auto due = static_cast<std::uint8_t>(bits_at(is_due, lane) >> (lane % kGroup));
      write_due(a, s, times, due, lane);
    }
  });
}

// Exchanges rows i and k in the lanes of `swap`.
HWY_INLINE void swap_rows(Mask swap, double* row_k, double* row_i, std::size_t columns, std::size_t lanes) {
  const Lanes d;
  for (std::size_t at = 0; at < columns * lanes; at += lanes) {
    const Vector k = hn::Load(d, row_k + at);
    const Vector i = hn::Load(d, row_i + at);
    hn::Store(hn::IfThenElse(swap, i, k), d, row_k + at);
    hn::Store(hn::IfThenElse(swap, k, i), d, row_i + at);
  }
}

void factor_lanes(const FactorArguments& a, std::size_t lane) {
  const Lanes d;
  const std::size_t n = a.components;
  const std::size_t row = n * a.lanes;
  const Vector zero = hn::Zero(d);
  const Vector one = hn::Set(d, 1.0);
  const Vector step = hn::Load(d, a.step_h + lane);
  const Vector used = hn::IfThenElse(hn::Gt(step, zero), step, one);
  const Vector diagonal = hn::Div(one, hn::Mul(hn::Set(d, a.gamma), used));
  double* w = a.factors + lane;
  for (std::size_t at = lane; at < n * row; at += a.lanes) {
    hn::Store(hn::Neg(hn::Load(d, a.jacobian + at)), d, a.factors + at);
  }
  for (std::size_t k = 0; k < n; ++k) {
    double* at = w + k * row + k * a.lanes;
    hn::Store(hn::Add(hn::Load(d, at), diagonal), d, at);
  }
  const std::size_t groups = a.lanes / kGroup;
  for (std::size_t k = 0; k < n; ++k) {
    double* row_k = w + k * row;
    for (std::size_t i = k + 1; i < n; ++i) {
      double* row_i = w + i * row;
      const Vector pivot = hn::Load(d, row_k + k * a.lanes);
      const Mask swap = hn::Gt(hn::Abs(hn::Load(d, row_i + k * a.lanes)), hn::Abs(pivot));
      std::uint8_t& bits = a.swaps[(k * n + i) * groups + lane / kGroup];
      const std::uint8_t mine = bits_at(swap, lane);
      const std::uint8_t all = bits_at(hn::Eq(zero, zero), lane);
      bits = static_cast<std::uint8_t>((bits & ~all) | mine);
      if (mine != 0) swap_rows(swap, row_k, row_i, n, a.lanes);
    }
    const Vector inverse = hn::Div(one, hn::Load(d, row_k + k * a.lanes));
    hn::Store(inverse, d, row_k + k * a.lanes);
    for (std::size_t i = k + 1; i < n; ++i) {
      double* row_i = w + i * row;
      const Vector multiplier = hn::Mul(hn::Load(d, row_i + k * a.lanes), inverse);
      hn::Store(multiplier, d, row_i + k * a.lanes);
      for (std::size_t j = (k + 1) * a.lanes; j < row; j += a.lanes) {
        hn::Store(hn::NegMulAdd(multiplier, hn::Load(d, row_k + j), hn::Load(d, row_i + j)), d, row_i + j);
      }
    }
  }
}

void factor_target(const FactorArguments& a) {
  for_lanes(a.lanes, [&](std::size_t lane) HWY_ATTR {
    if (a.taking[lane / kGroup] != 0) factor_lanes(a, lane);
  });
}

void solve_lanes(const FactorArguments& a, double* right, std::size_t lane) {
  const Lanes d;
  const std::size_t n = a.components;
  const std::size_t row = n * a.lanes;
  const std::size_t groups = a.lanes / kGroup;
  const double* w = a.factors + lane;
  double* x = right + lane;
  for (std::size_t k = 0; k + 1 < n; ++k) {
    for (std::size_t i = k + 1; i < n; ++i) {
      const std::uint8_t* bits = a.swaps + (k * n + i) * groups;
      if (bits[lane / kGroup] != 0) swap_rows(mask_at(bits, lane), x + k * a.lanes, x + i * a.lanes, 1, a.lanes);
    }
  }
  for (std::size_t i = 1; i < n; ++i) {
    Vector sum = hn::Load(d, x + i * a.lanes);
    for (std::size_t k = 0; k < i; ++k) {
      sum = hn::NegMulAdd(hn::Load(d, w + i * row + k * a.lanes), hn::Load(d, x + k * a.lanes), sum);
    }
    hn::Store(sum, d, x + i * a.lanes);
  }
  for (std::size_t i = n; i-- > 0;) {
    Vector sum = hn::Load(d, x + i * a.lanes);
    for (std::size_t k = i + 1; k < n; ++k) {
      sum = hn::NegMulAdd(hn::Load(d, w + i * row + k * a.lanes), hn::Load(d, x + k * a.lanes), sum);
    }
    hn::Store(hn::Mul(sum, hn::Load(d, w + i * row + i * a.lanes)), d, x + i * a.lanes);
  }
}

void solve_target(const FactorArguments& a, double* right) {
  for_lanes(a.lanes, [&](std::size_t lane) HWY_ATTR {
    if (a.taking[lane / kGroup] != 0) solve_lanes(a, right, lane);
  });
}

}  // namespace racemate::engine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace racemate::engine::kernels {

HWY_EXPORT(combine_target);
HWY_EXPORT(begin_steps_target);
HWY_EXPORT(error_norm_target);
HWY_EXPORT(score_stiffness_target);
HWY_EXPORT(finish_steps_target);
HWY_EXPORT(settle_due_target);
HWY_EXPORT(assign_target);
HWY_EXPORT(dense_output_target);
HWY_EXPORT(factor_target);
HWY_EXPORT(solve_target);

void combine(const CombineArguments& arguments) { HWY_DYNAMIC_DISPATCH(combine_target)(arguments); }

void begin_steps(const StepArrays& steps, const std::uint8_t* taking, double largest_h, std::size_t lanes) {
  HWY_DYNAMIC_DISPATCH(begin_steps_target)(steps, taking, largest_h, lanes);
}

void error_norm(const ErrorArguments& arguments) { HWY_DYNAMIC_DISPATCH(error_norm_target)(arguments); }

void score_stiffness(const StiffnessArguments& arguments, const std::uint8_t* accepted, const StepArrays& steps) {
  HWY_DYNAMIC_DISPATCH(score_stiffness_target)(arguments, accepted, steps);
}

void finish_steps(const StepArrays& steps, const std::uint8_t* taking, const ControlOptions& options,
                  std::uint8_t* accepted, std::size_t lanes) {
  HWY_DYNAMIC_DISPATCH(finish_steps_target)(steps, taking, options, accepted, lanes);
}

void settle_due(const StepArrays& steps, const SettleLimits& limits, const std::uint8_t* taking, std::uint8_t* due,
                std::size_t lanes) {
  HWY_DYNAMIC_DISPATCH(settle_due_target)(steps, limits, taking, due, lanes);
}

void assign(const double* from, const std::uint8_t* chosen, std::size_t components, std::size_t lanes, double* to) {
  HWY_DYNAMIC_DISPATCH(assign_target)(from, chosen, components, lanes, to);
}

void dense_output(const DenseArguments& arguments, const StepArrays& steps, const std::uint8_t* chosen,
                  const DenseTimes& times) {
  HWY_DYNAMIC_DISPATCH(dense_output_target)(arguments, steps, chosen, times);
}

void factor(const FactorArguments& arguments) { HWY_DYNAMIC_DISPATCH(factor_target)(arguments); }

void solve(const FactorArguments& factored, double* right) { HWY_DYNAMIC_DISPATCH(solve_target)(factored, right); }

}  // namespace racemate::engine::kernels
#endif  // HWY_ONCE
