// Words for what an analysis names: subjects, flags, routes, methods, rules.
#include <fmt/format.h>

#include <string>

#include "racemate/exposure/nca.h"

namespace racemate::exposure {

std::string to_string(const NcaSubject& subject) {
  std::string text = subject.id;
  if (!subject.study.empty()) {
    text += " of study " + subject.study;
  }
  if (!subject.replicate.empty()) {
    text += (subject.study.empty() ? " of replicate " : ", replicate ") + subject.replicate;
  }
  return text;
}

std::string_view to_string(NcaFlag flag) {
  switch (flag) {
    case NcaFlag::kBeforeDose:
      return "before_dose";
    case NcaFlag::kBelowLimit:
      return "below_limit";
    case NcaFlag::kC0BackExtrapolated:
      return "c0_back_extrapolated";
    case NcaFlag::kC0FirstSample:
      return "c0_first_sample";
    case NcaFlag::kMuchExtrapolated:
      return "much_extrapolated";
    case NcaFlag::kMuchBackExtrapolated:
      return "much_back_extrapolated";
    case NcaFlag::kShortSpan:
      return "short_span";
  }
  return "";
}

std::string description(NcaFlag flag) {
  switch (flag) {
    case NcaFlag::kBeforeDose:
      return "samples before the dose are not used";
    case NcaFlag::kBelowLimit:
      return "samples below quantification count as the rules say";
    case NcaFlag::kC0BackExtrapolated:
      return "C0 is extrapolated back through the first two measurable samples";
    case NcaFlag::kC0FirstSample:
      return "C0 is the first measurable sample: no decline leads back to time 0";
    case NcaFlag::kMuchExtrapolated:
      return fmt::format("over {}% of AUCinf lies after the last sample and is extrapolated",
                         kExtrapolationFlag_percent);
    case NcaFlag::kMuchBackExtrapolated:
      return fmt::format("over {}% of AUCinf lies before the first sample and is extrapolated",
                         kExtrapolationFlag_percent);
    case NcaFlag::kShortSpan:
      return fmt::format("the terminal points span less than {} half-lives", kShortestSpan_half_lives);
  }
  return "";
}

bool is_warning(NcaFlag flag) {
  return flag == NcaFlag::kC0FirstSample || flag == NcaFlag::kMuchExtrapolated ||
         flag == NcaFlag::kMuchBackExtrapolated || flag == NcaFlag::kShortSpan;
}

std::string_view to_string(NcaRoute route) {
  switch (route) {
    case NcaRoute::kExtravascular:
      return "extravascular";
    case NcaRoute::kBolus:
      return "bolus";
    case NcaRoute::kInfusion:
      return "infusion";
  }
  return "";
}

std::string_view to_string(NcaMethod method) {
  switch (method) {
    case NcaMethod::kLinearUpLogDown:
      return "linear-up-log-down";
    case NcaMethod::kLinear:
      return "linear";
    case NcaMethod::kLinearLog:
      return "linear-log";
  }
  return "";
}

std::string_view to_string(BlqTreatment treatment) {
  switch (treatment) {
    case BlqTreatment::kMissing:
      return "missing";
    case BlqTreatment::kZero:
      return "zero";
    case BlqTreatment::kHalfLimit:
      return "half";
  }
  return "";
}

}  // namespace racemate::exposure
