#include "racemate/cli/records_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "racemate/cli/number_option.h"

namespace racemate::cli {
namespace {

using engine::ode::Method;

// The number of the word in `names`; 0 when nothing was written.
std::size_t read_word(const char* option, const std::string& text, const std::vector<std::string>& names,
                      Diagnostics& diagnostics) {
  if (text.empty()) {
    return 0;
  }
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) {
    return static_cast<std::size_t>(found - names.begin());
  }
  diagnostics.push_back({.code = ErrorCode::kUsage,
                         .where = {},
                         .message = fmt::format("{}: '{}' is not known", option, text),
                         .expected = fmt::format("{}", fmt::join(names, ", ")),
                         .hint = suggest_name(text, names)});
  return 0;
}

void read_tolerance(const char* option, const std::string& text, double& tolerance, Diagnostics& diagnostics) {
  if (text.empty()) {
    return;
  }
  const std::optional<double> value = parse_real(option, text, diagnostics);
  if (!value) {
    return;
  }
  if (*value < study::kSmallestTolerance || *value > study::kLargestTolerance) {
    diagnostics.push_back({.code = ErrorCode::kUsage,
                           .where = {},
                           .message = fmt::format("{} is {}", option, text),
                           .expected = fmt::format("{} to {}", study::kSmallestTolerance, study::kLargestTolerance),
                           .hint = {}});
    return;
  }
  tolerance = *value;
}

}  // namespace

void read_engine_options(const WrittenEngine& written, study::Backend& backend, engine::ode::Options& ode,
                         Diagnostics& diagnostics) {
  constexpr Method kMethods[] = {Method::kAutomatic, Method::kExplicit, Method::kStiff, Method::kCvode};
  std::vector<std::string> methods;
  for (const Method method : kMethods) {
    methods.emplace_back(to_string(method));
  }
  backend = static_cast<study::Backend>(read_word("--backend", written.backend, study::backend_names(), diagnostics));
  ode.method = kMethods[read_word("--method", written.method, methods, diagnostics)];
  read_tolerance("--rtol", written.relative_tolerance, ode.tolerances.relative, diagnostics);
  read_tolerance("--atol", written.absolute_tolerance, ode.tolerances.absolute.front(), diagnostics);
}

void read_records_options(const WrittenRecords& written, study::RecordsOptions& options, Diagnostics& diagnostics) {
  options.data = written.data;
  options.occasion = written.occasion;
  options.covariates = static_cast<study::CovariateRule>(
      read_word("--covariates", written.covariates, study::covariate_rule_names(), diagnostics));
  options.lag_beyond_interval = read_word("--long-lag", written.long_lag, {"physical", "nonmem"}, diagnostics) == 0
                                    ? regimen::LagBeyondInterval::kPhysical
                                    : regimen::LagBeyondInterval::kNonmemClosedForm;
  options.time_unit = read_word("--time-unit", written.time_unit, {"h", "d"}, diagnostics) == 0
                          ? regimen::RecordTimeUnit::kHours
                          : regimen::RecordTimeUnit::kDays;
}

}  // namespace racemate::cli
