// Statistics of an analysis over people, for each output and quantity.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "racemate/core/units.h"
#include "racemate/exposure/nca.h"

namespace racemate::exposure {

// Over the profiles whose quantity has a value. Geometric CV = 100 sqrt(exp(s^2) - 1), s the sample standard deviation
// of the logarithms (M. Rowland, T. N. Tozer, Clinical Pharmacokinetics and Pharmacodynamics: Concepts and
// Applications, on log-normal variability).
struct NcaStatistics {
  std::string key;  // as in NcaQuantity
  std::string name;
  Unit unit;
  std::size_t count = 0;
  std::size_t absent = 0;                      // profiles without a value
  std::optional<double> geometric_mean;        // when all values are positive
  std::optional<double> geometric_cv_percent;  // when moreover there are two or more
  std::optional<double> median;                // these three when there is a value
  std::optional<double> low;
  std::optional<double> high;
};

struct NcaSummary {
  std::string output;
  NcaRoute route = NcaRoute::kExtravascular;
  std::size_t profiles = 0;
  std::vector<NcaStatistics> quantities;  // in the order of the results
};

// One for each output and route (CL and CL/F never meet in a mean), in order of first appearance, where at least two
// profiles share them. Precondition: the results are of one analysis, so that equal keys stand at equal places.
[[nodiscard]] std::vector<NcaSummary> summarise(const std::vector<NcaResult>& results);

}  // namespace racemate::exposure
