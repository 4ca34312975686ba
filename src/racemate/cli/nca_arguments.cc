#include "racemate/cli/nca_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "racemate/cli/number_option.h"

namespace racemate::cli {
namespace {

using exposure::BlqRules;
using exposure::BlqTreatment;
using exposure::NcaInterval;
using exposure::NcaMethod;
using exposure::NcaRoute;

void usage(std::string message, std::string expected, Diagnostics& diagnostics) {
  diagnostics.push_back({.code = ErrorCode::kUsage,
                         .where = {},
                         .message = std::move(message),
                         .expected = std::move(expected),
                         .hint = {}});
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

// The choice whose name was written; the default when nothing was.
template <class Choice, std::size_t N>
Choice read_choice(const char* option, const std::string& text, const std::array<Choice, N>& choices,
                   Choice default_choice, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const Choice choice : choices) {
    names.emplace_back(to_string(choice));
    if (text == names.back()) {
      return choice;
    }
  }
  if (!text.empty()) {
    diagnostics.push_back({.code = ErrorCode::kUsage,
                           .where = {},
                           .message = fmt::format("{}: '{}' is not known", option, text),
                           .expected = fmt::format("{}", fmt::join(names, ", ")),
                           .hint = {}});
  }
  return default_choice;
}

std::optional<double> read_positive(const char* option, const std::string& text, Diagnostics& diagnostics) {
  if (text.empty()) {
    return std::nullopt;
  }
  const std::optional<double> value = parse_real(option, text, diagnostics);
  if (value && !(*value > 0)) {
    usage(fmt::format("{}: '{}' cannot be used", option, text), "a number above 0", diagnostics);
    return std::nullopt;
  }
  return value;
}

std::optional<NcaInterval> read_interval(const char* option, const std::string& text, Diagnostics& diagnostics) {
  const std::size_t colon = text.find(':');
  Diagnostics unused;
  const std::optional<double> from = parse_real(option, text.substr(0, colon), unused);
  const std::optional<double> to =
      colon == std::string::npos ? std::nullopt : parse_real(option, text.substr(colon + 1), unused);
  if (!from || !to || *from < 0 || !(*from < *to)) {
    usage(fmt::format("{}: '{}' cannot be used", option, text), "FROM:TO, as in 0:24, in the unit of time",
          diagnostics);
    return std::nullopt;
  }
  return NcaInterval{.from = *from, .to = *to};
}

BlqTreatment read_treatment(const std::string& text, BlqTreatment default_treatment, Diagnostics& diagnostics) {
  constexpr std::array kTreatments{BlqTreatment::kZero, BlqTreatment::kMissing, BlqTreatment::kHalfLimit};
  return read_choice("--blq", text, kTreatments, default_treatment, diagnostics);
}

BlqRules read_blq(const std::string& text, Diagnostics& diagnostics) {
  BlqRules rules;
  if (text.empty()) {
    return rules;
  }
  if (text.find('=') == std::string::npos) {
    const BlqTreatment everywhere = read_treatment(text, BlqTreatment::kMissing, diagnostics);
    return {.before_first = everywhere, .between = everywhere, .after_last = everywhere};
  }
  const std::array<std::pair<std::string_view, BlqTreatment*>, 3> places{
      {{"before", &rules.before_first}, {"between", &rules.between}, {"after", &rules.after_last}}};
  std::vector<std::string> seen;
  for (const std::string& part : split_at_commas(text)) {
    const std::string name = part.substr(0, part.find('='));
    const auto* const place =
        std::find_if(places.begin(), places.end(), [&name](const auto& candidate) { return candidate.first == name; });
    if (place == places.end() || name.size() == part.size()) {
      usage(fmt::format("--blq: '{}' cannot be used", part), "RULE, or PLACE=RULE with before, between or after",
            diagnostics);
      continue;
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      usage(fmt::format("--blq: '{}' is given two rules", name), "one rule for a place", diagnostics);
    }
    seen.push_back(name);
    *place->second = read_treatment(part.substr(name.size() + 1), *place->second, diagnostics);
  }
  return rules;
}

exposure::NcaTableOptions read_table(const WrittenNca& written, Diagnostics& diagnostics) {
  exposure::NcaTableOptions table;
  for (const std::string& names : written.outputs) {
    for (const std::string& name : split_at_commas(names)) {
      table.outputs.push_back(name);
    }
  }
  table.dose = read_positive("--dose", written.dose, diagnostics);
  if (!written.dose_time.empty()) {
    table.dose_time = parse_real("--dose-time", written.dose_time, diagnostics);
  }
  constexpr std::array kRoutes{NcaRoute::kBolus, NcaRoute::kInfusion, NcaRoute::kExtravascular};
  table.route = read_choice("--route", written.route, kRoutes, NcaRoute::kExtravascular, diagnostics);
  if ((table.route == NcaRoute::kInfusion) != !written.duration.empty()) {
    usage(written.duration.empty() ? "--route infusion does not say how long it lasted"
                                   : "--duration is of an infusion, and --route does not say that there was one",
          "--route infusion --duration TIME", diagnostics);
  }
  table.infusion_duration = read_positive("--duration", written.duration, diagnostics).value_or(0);
  table.lower_limit = read_positive("--lloq", written.lloq, diagnostics);
  return table;
}

exposure::NcaOptions read_rules(const WrittenNca& written, Diagnostics& diagnostics) {
  exposure::NcaOptions options;
  constexpr std::array kMethods{NcaMethod::kLinearUpLogDown, NcaMethod::kLinear, NcaMethod::kLinearLog};
  options.method = read_choice("--method", written.method, kMethods, options.method, diagnostics);
  options.blq = read_blq(written.blq, diagnostics);
  if (!written.lambda_z.empty()) {
    options.terminal_window = read_interval("--lambda-z", written.lambda_z, diagnostics);
  }
  for (const std::string& texts : written.partial) {
    for (const std::string& text : split_at_commas(texts)) {
      if (const std::optional<NcaInterval> interval = read_interval("--partial", text, diagnostics)) {
        const auto same = [&interval](const NcaInterval& other) {
          return other.from == interval->from && other.to == interval->to;
        };
        if (std::any_of(options.intervals.begin(), options.intervals.end(), same)) {
          usage(fmt::format("--partial: '{}' is asked for twice", text), "each interval once", diagnostics);
        }
        options.intervals.push_back(*interval);
      }
    }
  }
  options.tau = read_positive("--tau", written.tau, diagnostics);
  options.steady_state = written.steady_state;
  if (written.steady_state && written.tau.empty()) {
    usage("--steady-state needs the dosing interval", "--tau TIME --steady-state", diagnostics);
  }
  return options;
}

}  // namespace

NcaArguments read_nca(const WrittenNca& written, Diagnostics& diagnostics) {
  NcaArguments arguments;
  arguments.file = written.file;
  arguments.table = read_table(written, diagnostics);
  arguments.options = read_rules(written, diagnostics);
  const auto take = [](std::string& unit, const std::string& text) {
    if (!text.empty()) {
      unit = text;
    }
  };
  take(arguments.time_unit, written.time_unit);
  take(arguments.concentration_unit, written.concentration_unit);
  take(arguments.dose_unit, written.dose_unit);
  arguments.json = written.json;
  arguments.csv = written.csv;
  arguments.quiet = written.quiet;
  if (!written.json.empty() && written.json == written.csv) {
    usage(fmt::format("--json and --csv both write to '{}'", written.json), "one output per file", diagnostics);
  }
  return arguments;
}

}  // namespace racemate::cli
