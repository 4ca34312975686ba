#include "racemate/engine/kernels/machine_limits.h"

#include <algorithm>
#include <chrono>
#include <new>

#include "racemate/core/aligned_doubles.h"
#include "racemate/core/check.h"
#include "racemate/engine/kernels/linear_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "racemate/engine/kernels/machine_limits.cc"
#include "hwy/cache_control.h"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
//
#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace racemate::engine::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Lanes = hn::CappedTag<double, kGroup>;
using Vector = hn::Vec<Lanes>;

// Writes lines of kGroup doubles at distance `stride`, and begins again one line further.
void write_target(double* to, std::size_t count, std::size_t stride, bool past_cache, double value) {
  const Lanes d;
  const Vector v = hn::Set(d, value);
  for (std::size_t first = 0; first < stride; first += kGroup) {
    for (std::size_t at = first; at < count; at += stride) {
      for (std::size_t lane = 0; lane < kGroup; lane += hn::Lanes(d)) {
        if (past_cache) {
          hn::Stream(v, d, to + at + lane);
        } else {
          hn::Store(v, d, to + at + lane);
        }
      }
    }
  }
  hwy::FlushStream();
}

void exponential_target(const double* from, double* to, std::size_t count) {
  const Lanes d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) hn::Store(hn::Exp(d, hn::Load(d, from + i)), d, to + i);
}

// `rounds` multiply-adds on each of kChains independent vectors: more than any processor has in flight.
constexpr std::size_t kChains = 12;
std::size_t multiply_add_target(double* values, std::size_t rounds) {
  const Lanes d;
  const Vector a = hn::Load(d, values);
  const Vector b = hn::Load(d, values + kGroup);
  Vector x[kChains];
  for (std::size_t c = 0; c < kChains; ++c) x[c] = hn::Set(d, static_cast<double>(c));
  for (std::size_t k = 0; k < rounds; ++k) {
    for (Vector& chain : x) chain = hn::MulAdd(a, chain, b);
  }
  Vector sum = x[0];
  for (std::size_t c = 1; c < kChains; ++c) sum = hn::Add(sum, x[c]);
  hn::Store(sum, d, values);
  return rounds * kChains * hn::Lanes(d);
}

}  // namespace racemate::engine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace racemate::engine::kernels {

HWY_EXPORT(write_target);
HWY_EXPORT(exponential_target);
HWY_EXPORT(multiply_add_target);

namespace {

constexpr std::size_t kTableStride = 10'000 / kGroup * kGroup;  // a row of ten thousand people
constexpr std::size_t kCachedDoubles = 1'024;                   // two buffers of 8 KiB
constexpr std::size_t kRounds = 200'000;

// Nanoseconds per double of the best pass; pass() says how many doubles it dealt with.
template <class Pass>
double best_ns(int passes, const Pass& pass) {
  double best = 0;
  for (int i = 0; i < passes; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::size_t doubles = pass();
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    const double ns = taken.count() / static_cast<double>(doubles);
    best = i == 0 ? ns : std::min(best, ns);
  }
  return best;
}

}  // namespace

MachineLimits measure_machine_limits(const MachineLimitsOptions& options) {
  RACEMATE_CHECK(options.passes > 0, "a limit is the best of some passes");
  RACEMATE_CHECK(options.table_doubles >= kTableStride, "a table has a row");
  const std::size_t count = options.table_doubles / kTableStride * kTableStride;
  MachineLimits limits;

  // Memory that the system has not handed out before: large blocks are mapped afresh each time.
  limits.first_touch_ns = best_ns(options.passes, [&] {
    AlignedDoubles fresh;
    HWY_DYNAMIC_DISPATCH(write_target)(fresh.resize(count), count, kGroup, false, 1.0);
    return count;
  });
  AlignedDoubles table(count);
  const auto write = [&](std::size_t stride, bool past_cache) {
    return best_ns(options.passes, [&] {
      HWY_DYNAMIC_DISPATCH(write_target)(table.data(), count, stride, past_cache, 2.0);
      return count;
    });
  };
  limits.write_ns = write(kGroup, false);
  limits.write_past_ns = write(kGroup, true);
  limits.strided_write_ns = write(kTableStride, true);

  AlignedDoubles from(kCachedDoubles);
  AlignedDoubles to(kCachedDoubles);
  for (std::size_t i = 0; i < kCachedDoubles; ++i) from[i] = -10.0 * static_cast<double>(i) / kCachedDoubles;
  limits.exponential_ns = best_ns(options.passes, [&] {
    constexpr std::size_t kRepeats = 1'000;
    for (std::size_t i = 0; i < kRepeats; ++i) {
      HWY_DYNAMIC_DISPATCH(exponential_target)(from.data(), to.data(), kCachedDoubles);
    }
    return kRepeats * kCachedDoubles;
  });
  limits.multiply_add_ns = best_ns(options.passes, [&] {
    std::fill_n(from.data(), 2 * kGroup, 0.5);
    return HWY_DYNAMIC_DISPATCH(multiply_add_target)(from.data(), kRounds);
  });
  return limits;
}

}  // namespace racemate::engine::kernels
#endif  // HWY_ONCE
