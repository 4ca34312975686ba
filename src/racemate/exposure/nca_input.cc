// What an analysis may be handed: units, profiles and options, each with all its problems at once.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "racemate/exposure/nca.h"

namespace racemate::exposure {
namespace {

std::optional<Unit> read_unit(std::string_view what, const std::string& code, Diagnostics& diagnostics) {
  std::optional<Unit> unit = parse_unit(code);
  if (!unit) {
    diagnostics.push_back({.code = ErrorCode::kUnknownUnit,
                           .where = {},
                           .message = fmt::format("'{}', the unit of {}, is not known", code, what),
                           .expected = "a UCUM code",
                           .hint = suggest_unit(code)});
  }
  return unit;
}

void wrong_dimension(std::string_view what, const Unit& unit, std::string expected, Diagnostics& diagnostics) {
  diagnostics.push_back({.code = ErrorCode::kWrongDimension,
                         .where = {},
                         .message = fmt::format("'{}' is no unit of {}", unit.code, what),
                         .expected = std::move(expected),
                         .hint = {}});
}

constexpr Dimension kSubstance{.substance = 1};
constexpr Dimension kBodyMass = dimensions::kBodyMass;

bool is_positive(double number) { return std::isfinite(number) && number > 0; }

bool is_interval(const NcaInterval& interval) {
  return std::isfinite(interval.to) && interval.from >= 0 && interval.from < interval.to;
}

bool is_amount(const Dimension& dimension) { return dimension == dimensions::kDrugMass || dimension == kSubstance; }

class ProfileChecks {
 public:
  ProfileChecks(const NcaProfile& profile, const BlqRules& blq) : profile_(profile), blq_(blq) {}

  Diagnostics run() {
    if (profile_.samples.empty()) {
      problem(ErrorCode::kMissingField, {}, 0, "it has no samples", "at least one concentration");
    }
    double previous = -std::numeric_limits<double>::infinity();
    for (const NcaSample& sample : profile_.samples) {
      check_time(sample, previous);
      check_concentration(sample);
      if (std::isfinite(sample.time)) {
        previous = sample.time;
      }
    }
    if (profile_.dose && !is_positive(*profile_.dose)) {
      problem(ErrorCode::kOutOfRange, {}, 0, fmt::format("a dose of {}", *profile_.dose), "a dose above 0");
    }
    const double duration = profile_.infusion_duration;
    if (profile_.route == NcaRoute::kInfusion && !is_positive(duration)) {
      problem(ErrorCode::kOutOfRange, {}, 0, fmt::format("an infusion that lasts {}", duration), "a time above 0");
    }
    return std::move(problems_);
  }

 private:
  void problem(ErrorCode code, const NcaSampleOrigin& origin, std::uint32_t column, const std::string& message,
               std::string expected) {
    problems_.push_back(
        {.code = code,
         .where = {.file = profile_.file, .line = origin.line, .column = column},
         .message = fmt::format("{}, subject {}: {}", profile_.output, to_string(profile_.subject), message),
         .expected = std::move(expected),
         .hint = {}});
  }

  void check_time(const NcaSample& sample, double previous) {
    const auto time_problem = [&](ErrorCode code, const std::string& message, std::string expected) {
      problem(code, sample.origin, sample.origin.time_column, message, std::move(expected));
    };
    if (!std::isfinite(sample.time)) {
      time_problem(ErrorCode::kOutOfRange, fmt::format("a sample at time {}", sample.time), "a finite time");
    } else if (sample.time == previous) {
      time_problem(ErrorCode::kInconsistent, "two samples at one time", "one concentration for a time");
    } else if (sample.time < previous) {
      time_problem(ErrorCode::kInconsistent, "a sample is before the one above", "times in ascending order");
    }
  }

  void check_concentration(const NcaSample& sample) {
    const auto concentration_problem = [&](ErrorCode code, const std::string& message, std::string expected) {
      problem(code, sample.origin, sample.origin.concentration_column, message, std::move(expected));
    };
    const double concentration = sample.concentration;
    if (!sample.below_limit && !std::isfinite(concentration)) {
      concentration_problem(ErrorCode::kOutOfRange, fmt::format("a concentration of {}", concentration),
                            "a finite concentration");
    } else if (!sample.below_limit && concentration < 0) {
      concentration_problem(ErrorCode::kOutOfRange, fmt::format("a concentration of {}", concentration),
                            "a concentration of 0 or more");
    }
    if (sample.lower_limit && !is_positive(*sample.lower_limit)) {
      concentration_problem(ErrorCode::kOutOfRange,
                            fmt::format("a lower limit of quantification of {}", *sample.lower_limit),
                            "a limit above 0");
    }
    const bool half = blq_.before_first == BlqTreatment::kHalfLimit || blq_.between == BlqTreatment::kHalfLimit ||
                      blq_.after_last == BlqTreatment::kHalfLimit;
    if (half && !sample.lower_limit && (sample.below_limit || concentration == 0)) {
      concentration_problem(ErrorCode::kInconsistent,
                            "half of the lower limit of quantification is wanted for this sample, and its limit is "
                            "not known",
                            "a limit, or another rule");
    }
  }

  const NcaProfile& profile_;
  const BlqRules& blq_;
  Diagnostics problems_;
};

}  // namespace

Result<NcaUnits> parse_nca_units(const std::string& time, const std::string& concentration, const std::string& dose) {
  Diagnostics diagnostics;
  const std::optional<Unit> time_unit = read_unit("time", time, diagnostics);
  const std::optional<Unit> concentration_unit = read_unit("concentration", concentration, diagnostics);
  const std::optional<Unit> dose_unit = read_unit("dose", dose, diagnostics);
  if (time_unit && time_unit->dimension != dimensions::kTime) {
    wrong_dimension("time", *time_unit, "h, min or d", diagnostics);
  }
  if (concentration_unit && !is_amount(concentration_unit->dimension * dimensions::kVolume)) {
    wrong_dimension("concentration", *concentration_unit, "a unit like ng/mL, mg/L or nmol/L", diagnostics);
  }
  if (dose_unit && !is_amount(dose_unit->dimension) && !is_amount(dose_unit->dimension * kBodyMass)) {
    wrong_dimension("a dose", *dose_unit, "a unit like mg, mg/kg or nmol", diagnostics);
  }
  if (diagnostics.empty() && dose_unit->dimension.substance != concentration_unit->dimension.substance) {
    diagnostics.push_back(
        {.code = ErrorCode::kInconsistent,
         .where = {},
         .message = fmt::format("doses in {} and concentrations in {} cannot be put together", dose, concentration),
         .expected = "both in mass, or both in amount of substance",
         .hint = {}});
  }
  if (!diagnostics.empty()) {
    return fail(std::move(diagnostics));
  }
  return NcaUnits{.time = *time_unit, .concentration = *concentration_unit, .dose = *dose_unit};
}

Diagnostics check_profile(const NcaProfile& profile, const BlqRules& blq) { return ProfileChecks(profile, blq).run(); }

Diagnostics check_nca_options(const NcaOptions& options) {
  Diagnostics diagnostics;
  const auto problem = [&diagnostics](ErrorCode code, std::string message, std::string expected) {
    diagnostics.push_back(
        {.code = code, .where = {}, .message = std::move(message), .expected = std::move(expected), .hint = {}});
  };
  const auto check_interval = [&problem](std::string_view what, const NcaInterval& interval) {
    if (!is_interval(interval)) {
      problem(ErrorCode::kOutOfRange, fmt::format("{} from {} to {}", what, interval.from, interval.to),
              "a start of 0 or more and a later end");
    }
  };
  for (const NcaInterval& interval : options.intervals) {
    check_interval("an interval", interval);
  }
  if (options.terminal_window) {
    check_interval("a window of terminal points", *options.terminal_window);
  }
  if (options.tau && !is_positive(*options.tau)) {
    problem(ErrorCode::kOutOfRange, fmt::format("a dosing interval of {}", *options.tau), "a time above 0");
  }
  if (options.steady_state && !options.tau) {
    problem(ErrorCode::kInconsistent, "steady state without a dosing interval", "a dosing interval");
  }
  return diagnostics;
}

}  // namespace racemate::exposure
