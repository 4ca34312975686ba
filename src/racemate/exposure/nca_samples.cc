#include "racemate/exposure/nca_samples.h"

#include <algorithm>

namespace racemate::exposure {
namespace {

bool is_below(const NcaSample& sample) {
  return sample.below_limit || sample.concentration == 0 ||
         (sample.lower_limit && sample.concentration < *sample.lower_limit);
}

}  // namespace

CountedSamples count_samples(const NcaProfile& profile, const BlqRules& rules) {
  CountedSamples result;
  std::vector<const NcaSample*> samples;
  for (const NcaSample& sample : profile.samples) {
    // A bolus is in the blood at time 0: a sample without it was drawn before.
    const bool before_bolus = sample.time == 0 && profile.route == NcaRoute::kBolus && is_below(sample);
    if (sample.time < 0 || before_bolus) {
      ++result.before_dose;
    } else {
      samples.push_back(&sample);
    }
  }
  const auto measurable = [](const NcaSample* sample) { return !is_below(*sample); };
  const auto first = std::find_if(samples.begin(), samples.end(), measurable);
  const auto last = std::find_if(samples.rbegin(), samples.rend(), measurable).base();
  result.second_is_measurable = first != samples.end() && first + 1 < samples.end() && measurable(*(first + 1));
  for (auto at = samples.begin(); at != samples.end(); ++at) {
    const NcaSample& sample = **at;
    if (measurable(*at)) {
      result.measurable.push_back({sample.time, sample.concentration});
      result.counted.push_back({sample.time, sample.concentration});
      continue;
    }
    result.below_limit += sample.time > 0 ? 1 : 0;
    const BlqTreatment treatment = at < first ? rules.before_first : at < last ? rules.between : rules.after_last;
    if (treatment == BlqTreatment::kZero) {
      result.counted.push_back({sample.time, 0});
    } else if (treatment == BlqTreatment::kHalfLimit) {
      result.counted.push_back({sample.time, *sample.lower_limit / 2});
    }
  }
  return result;
}

}  // namespace racemate::exposure
