#include "racemate/report/listing_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "racemate/report/number.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

void add_keys(std::vector<std::string>& keys, const std::vector<std::string>& more) {
  for (const std::string& key : more) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
}

void add_keys(std::vector<std::string>& keys, const regimen::UncertainQuantity& quantity) {
  add_keys(keys, quantity.provenance.sources);
  if (quantity.range) add_keys(keys, quantity.range->provenance.sources);
}

std::string weeks_text(const regimen::Phase& phase) {
  if (!phase.last_week) return phase.first_week == 1 ? "all weeks" : fmt::format("from week {}", phase.first_week);
  if (*phase.last_week == phase.first_week) return fmt::format("week {}", phase.first_week);
  return fmt::format("weeks {} to {}", phase.first_week, *phase.last_week);
}

}  // namespace

std::string provenance_text(const evidence::Provenance& provenance) {
  std::string text(to_string(provenance.tier));
  if (!provenance.sources.empty()) text += ", " + join(provenance.sources, ", ");
  return text;
}

double in_unit(double internal_value, const std::string& unit_code) {
  const std::optional<Unit> unit = parse_unit(unit_code);
  return unit ? from_internal_value(*unit, internal_value) : internal_value;
}

std::string range_text(const evidence::InputRange& range, const std::string& unit_code) {
  return fmt::format("{} to {} ({})", format_number(in_unit(range.low, unit_code)),
                     format_number(in_unit(range.high, unit_code)), to_string(range.shape));
}

std::string kind_name(model::Kind kind) { return kind == model::Kind::kPublished ? "published" : "assembled"; }
std::string kind_name(regimen::Kind kind) { return kind == regimen::Kind::kClinical ? "clinical" : "non-medical"; }
std::string form_name(regimen::Form form) { return form == regimen::Form::kBase ? "base" : "hydrochloride"; }

std::string scale_name(model::EffectScale scale) {
  switch (scale) {
    case model::EffectScale::kLogNormal:
      return "log-normal";
    case model::EffectScale::kLogitNormal:
      return "logit-normal";
    case model::EffectScale::kNormal:
      return "normal";
    case model::EffectScale::kBoxCox:
      return "box-cox";
  }
  return {};
}

std::string spread_text(const model::RandomEffect& effect) {
  if (effect.scale == model::EffectScale::kLogNormal) {
    return format_number(100 * std::sqrt(std::expm1(effect.omega2))) + " % CV";
  }
  const std::string sd = format_number(std::sqrt(effect.omega2));
  if (effect.scale == model::EffectScale::kBoxCox) {
    return fmt::format("SD {} (Box-Cox, shape {})", sd, format_number(effect.shape));
  }
  return fmt::format("SD {} ({})", sd, effect.scale == model::EffectScale::kLogitNormal ? "logit" : "additive");
}

std::string duration_text(Duration duration) {
  const double minutes = duration.hours() * 60;
  return minutes < 90 ? format_number(minutes) + " min" : format_number(duration.hours()) + " h";
}

std::string time_of_day(Duration time) {
  const auto minutes = static_cast<int>(std::lround(time.hours() * 60));
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

std::string dose_text(const regimen::SessionDose& dose) {
  std::string text = dose.amount.written.empty()
                         ? fmt::format("{} {}", format_number(dose.amount.value),
                                       dose.kind == regimen::DoseKind::kMilligrams ? "mg" : "mg/kg")
                         : dose.amount.written;
  if (dose.units != 1) {
    text += fmt::format(", {} times, {} apart", format_count(static_cast<std::uint64_t>(dose.units)),
                        duration_text(dose.spacing));
  }
  if (dose.duration.ticks() > 0) text += ", over " + duration_text(dose.duration);
  if (dose.cap_mg) text += fmt::format(", at most {} mg", format_number(*dose.cap_mg));
  return text;
}

std::string weekday_name(int weekday) {
  static constexpr std::array<const char*, 7> kNames{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                     "Friday", "Saturday", "Sunday"};
  return weekday >= 0 && weekday < 7 ? kNames[static_cast<std::size_t>(weekday)] : "?";
}

std::string phase_text(const regimen::Phase& phase) {
  std::string text = weeks_text(phase) + ": ";
  if (phase.weekdays.empty()) {
    text += phase.every_days == 1 ? "every day" : fmt::format("every {} days", phase.every_days);
  } else {
    std::vector<std::string> names;
    names.reserve(phase.weekdays.size());
    for (const int weekday : phase.weekdays) names.push_back(weekday_name(weekday));
    text += join(names, ", ");
    if (phase.every_weeks > 1) text += fmt::format(", every {} weeks", phase.every_weeks);
  }
  if (phase.sessions_limit > 0) text += fmt::format(", at most {} sessions", phase.sessions_limit);
  return text;
}

std::vector<std::string> cited_keys(const model::CompiledModel& model) {
  std::vector<std::string> keys = model.sources;
  for (const model::Parameter& parameter : model.parameters) {
    add_keys(keys, parameter.provenance.sources);
    if (parameter.between_study) add_keys(keys, parameter.between_study->provenance.sources);
  }
  for (const model::RandomEffect& effect : model.effects) add_keys(keys, effect.provenance.sources);
  return keys;
}

std::vector<std::string> cited_keys(const regimen::Pattern& pattern) {
  std::vector<std::string> keys = pattern.sources;
  add_keys(keys, pattern.form_provenance.sources);
  add_keys(keys, pattern.purity);
  for (const regimen::SessionDose& dose : pattern.doses) add_keys(keys, dose.amount);
  return keys;
}

void add_sources(TextPage& page, const std::vector<std::string>& keys, const evidence::Library& library) {
  if (keys.empty()) return;
  page.heading("Sources");
  for (const std::string& key : keys) {
    const auto found = library.citations.find(key);
    if (found == library.citations.end()) {
      page.item("-", key);
      continue;
    }
    const evidence::Citation& citation = found->second;
    std::string text = citation.text;
    if (!citation.doi.empty()) text += " doi:" + citation.doi;
    if (citation.doi.empty() && !citation.url.empty()) text += " " + citation.url;
    if (!citation.read_as.empty()) text += fmt::format(" (read: {})", citation.read_as);
    page.item(fmt::format("- {}:", key), text);
  }
}

}  // namespace racemate::report
