#include "racemate/engine/kernels/bin_kernels.h"

#include <cmath>
#include <cstddef>

#include "racemate/core/check.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "racemate/engine/kernels/bin_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

// Behind highway.h, whose target it is for.
#include "hwy/contrib/math/math-inl.h"
#include "racemate/engine/kernels/bin_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace racemate::engine::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

void bins_target(const BinArguments& arguments, std::span<double> bins) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto factor = hn::Set(d, arguments.factor);
  const auto smallest = hn::Set(d, arguments.smallest);
  const auto inverse = hn::Set(d, arguments.inverse_log_base);
  const auto none = hn::Set(d, -HUGE_VAL);
  const auto bin_of = [&](auto values) {
    const auto product = hn::Mul(values, factor);
    const auto bin = hn::Ceil(hn::Mul(hn::Log(d, product), inverse));
    // Log is not defined for what is not finite: product - product is then NaN, and stays so.
    return hn::Add(hn::IfThenElse(hn::Le(product, smallest), none, bin), hn::Sub(product, product));
  };
  const std::size_t size = arguments.values.size();
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    hn::StoreU(bin_of(hn::LoadU(d, arguments.values.data() + i)), d, bins.data() + i);
  }
  if (i == size) return;
  HWY_ALIGN double rest[HWY_MAX_BYTES / sizeof(double)] = {};
  for (std::size_t k = i; k < size; ++k) rest[k - i] = arguments.values[k];
  hn::Store(bin_of(hn::Load(d, rest)), d, rest);
  for (std::size_t k = i; k < size; ++k) bins[k] = rest[k - i];
}

}  // namespace racemate::engine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace racemate::engine::kernels {

HWY_EXPORT(bins_target);

void logarithmic_bins(const BinArguments& arguments, std::span<double> bins) {
  RACEMATE_CHECK(arguments.values.size() == bins.size(), "a bin for each value");
  HWY_DYNAMIC_DISPATCH(bins_target)(arguments, bins);
}

}  // namespace racemate::engine::kernels
#endif  // HWY_ONCE
