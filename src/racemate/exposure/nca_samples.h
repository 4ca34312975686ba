// What each sample of a profile counts as: measurable, replaced by a rule, or not used.
#pragma once

#include <cstddef>
#include <vector>

#include "racemate/exposure/nca.h"

namespace racemate::exposure {

struct CountedSamples {
  std::vector<CurvePoint> measurable;  // after the dose, above quantification
  std::vector<CurvePoint> counted;     // these and what the rules make of the others
  std::size_t before_dose = 0;
  std::size_t below_limit = 0;        // after time 0, where it is no news
  bool second_is_measurable = false;  // of the samples from the first measurable one on
};

// Precondition: check_profile(profile, rules) found nothing.
[[nodiscard]] CountedSamples count_samples(const NcaProfile& profile, const BlqRules& rules);

}  // namespace racemate::exposure
