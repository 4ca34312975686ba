// Lane kernel that sorts values into logarithmic bins, for quantile sketches.
#pragma once

#include <span>

namespace racemate::engine::kernels {

struct BinArguments {
  std::span<const double> values;
  double factor = 1;            // each value is multiplied by it
  double smallest = 0;          // products up to this have no bin
  double inverse_log_base = 1;  // 1 / ln(ratio of neighbouring bins' edges)
};

// bins[i] = ceil(ln(value x factor) x inverse_log_base), a whole number, or -infinity where there is no bin; NaN or
// infinite where the product is. A value's bin does not depend on its place. Precondition: as many bins as values.
void logarithmic_bins(const BinArguments& arguments, std::span<double> bins);

}  // namespace racemate::engine::kernels
