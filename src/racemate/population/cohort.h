// A virtual cohort: how covariates are distributed among people.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/document.h"
#include "racemate/evidence/evidence.h"

namespace racemate::population {

inline constexpr double kLightestAdult_kg = 2.0;  // plausibility limits of a body weight, children included
inline constexpr double kHeaviestAdult_kg = 400.0;
inline constexpr double kOldest_a = 120.0;

struct CovariateDistribution {
  enum class Shape { kFixed, kLogNormal, kNormal, kBernoulli };
  std::string name;  // "weight", "age", "female", ...
  std::string unit_code;
  Shape shape = Shape::kFixed;
  double median = 0;  // internal units; the probability for kBernoulli
  double spread = 0;  // SD (of the logarithm for kLogNormal), internal units
  double low = 0;     // truncation
  double high = 0;
  evidence::Provenance provenance;
};

struct Cohort {
  std::string id;
  std::string title;
  std::string summary;
  std::vector<std::string> sources;  // citation keys
  std::vector<CovariateDistribution> covariates;
  std::vector<std::string> assumptions;
  std::string sha256;
  std::string file;

  [[nodiscard]] const CovariateDistribution* find(const std::string& name) const;
  // Everyone has this value from now on; added when the cohort lacks it. Errors: a value that is not finite or outside
  // the plausibility limits of its name; a name that is neither the cohort's nor a known covariate. `where` is where
  // the value was asked for.
  [[nodiscard]] Result<void> fix(const std::string& name, double internal_value, const SourcePosition& where);
};

[[nodiscard]] Result<Cohort> parse_cohort(const Document& document, const std::string& file,
                                          const evidence::Library& evidence);
[[nodiscard]] Result<Cohort> load_cohort(const std::string& path, const evidence::Library& evidence);

// Inverse CDF at u in (0, 1), truncated to [low, high]. Each half is truncated on its own, so that half of the people
// lie below the stated median however unequal the tails that are cut off.
[[nodiscard]] double quantile(const CovariateDistribution& distribution, double u);
// The typical person's value: the median, or 0 for kBernoulli below one half.
[[nodiscard]] double typical(const CovariateDistribution& distribution);

}  // namespace racemate::population
