#include "racemate/study/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "racemate/core/units.h"

namespace racemate::study {

namespace {

std::string number(double value) { return fmt::format("{:.4g}", value); }

// "40 min", "8 h", "7 h 40 min".
std::string duration_text(Duration duration) {
  const double minutes = duration.hours() * 60;
  const double hours = std::floor(minutes / 60 + 1e-9);
  const double rest = minutes - hours * 60;
  if (hours < 1) return number(minutes) + " min";
  if (rest < 1e-6) return number(hours) + " h";
  return number(hours) + " h " + number(rest) + " min";
}

std::string joined(const std::vector<std::string>& parts, const std::string& between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

// "0.5 mg/kg", "3 x 28 mg = 84 mg, 5 min apart".
std::string dose_text(const regimen::SessionDose& dose) {
  const std::string unit = dose.kind == regimen::DoseKind::kMilligrams ? " mg" : " mg/kg";
  std::string text = number(dose.amount.value) + unit;
  if (dose.units > 1) {
    const double total = static_cast<double>(dose.units) * dose.amount.value;
    text = fmt::format("{} × {} = {}{}", dose.units, text, number(total), unit);
    text += ", " + duration_text(dose.spacing) + " apart";
  }
  return text;
}

std::string dose_texts(const regimen::Pattern& pattern) {
  std::vector<std::string> parts;
  for (const regimen::SessionDose& dose : pattern.doses) {
    parts.push_back(pattern.doses.size() == 1 ? dose_text(dose) : dose.name + ": " + dose_text(dose));
  }
  return joined(parts, "; ");
}

std::string rate_text(const regimen::Pattern& pattern, double weight_kg) {
  std::vector<std::string> parts;
  for (const regimen::SessionDose& dose : pattern.doses) {
    std::string text;
    if (dose.duration > Duration()) {
      const double mg_per_h = regimen::nominal_mg(dose, weight_kg) / dose.duration.hours();
      text = fmt::format("over {} ({} mg/h{})", duration_text(dose.duration), number(mg_per_h),
                         dose.kind == regimen::DoseKind::kMilligramsPerKilogram
                             ? fmt::format(" at {} kg", number(weight_kg))
                             : std::string());
    } else if (dose.units > 1) {
      text = "each at once, within " + duration_text(regimen::session_length(dose));
    } else {
      text = "at once";
    }
    if (std::find(parts.begin(), parts.end(), text) == parts.end()) parts.push_back(text);
  }
  return joined(parts, "; ");
}

std::string form_text(const regimen::Pattern& pattern) {
  return pattern.form == regimen::Form::kHydrochloride ? "hydrochloride" : "base";
}

// Collects lines, each once, in order of first mention.
class Lines {
 public:
  void add(const std::string& line) {
    if (!line.empty() && seen_.insert(line).second) lines_.push_back(line);
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::set<std::string> seen_;
  std::vector<std::string> lines_;
};

// An assumed quantity: what was taken for it and why.
void add_assumed(Lines& lines, const std::string& what, const std::string& value,
                 const evidence::Provenance& provenance) {
  if (!provenance.assumption()) return;
  std::string line = what;
  if (!value.empty()) line += " " + value;
  if (!provenance.note.empty()) line += ": " + provenance.note;
  lines.add(line);
}

std::string effect_line(const model::RandomEffect& effect) {
  std::string line = fmt::format(
      "{} of {}",
      effect.level == expr::Level::kOccasion ? "variability between occasions" : "variability between people",
      effect.parameter);
  if (!effect.borrowed_from.empty()) line += " is borrowed from " + effect.borrowed_from;
  if (!effect.provenance.note.empty()) line += ": " + effect.provenance.note;
  return line;
}

}  // namespace

std::vector<Factor> factors_of(const PatternRequest& request, double typical_weight_kg) {
  const regimen::Pattern& pattern = request.pattern;
  const bool dose_assumed =
      std::any_of(pattern.doses.begin(), pattern.doses.end(), [](const regimen::SessionDose& dose) {
        return dose.amount.provenance.assumption() || dose.provenance.assumption();
      });
  const bool calendar_assumed = std::any_of(pattern.phases.begin(), pattern.phases.end(),
                                            [](const regimen::Phase& phase) { return phase.provenance.assumption(); });
  const std::string purity = pattern.purity.range
                                 ? fmt::format(", purity {} ({} to {})", number(pattern.purity.value),
                                               number(pattern.purity.range->low), number(pattern.purity.range->high))
                             : pattern.purity.value < 1 ? ", purity " + number(pattern.purity.value)
                                                        : std::string();
  return {
      {"use", "use", pattern.kind == regimen::Kind::kClinical ? "clinical" : "non-medical", false},
      {"substance", "substance", pattern.substance, false},
      {"form", "form", fmt::format("{}; amounts as {}{}", pattern.product, form_text(pattern), purity),
       pattern.form_provenance.assumption() || pattern.purity.provenance.assumption()},
      {"dose", "dose per session", dose_texts(pattern), dose_assumed},
      {"route", "route", pattern.route, false},
      {"rate", "rate or duration", rate_text(pattern, typical_weight_kg), dose_assumed},
      {"sessions", "sessions", fmt::format("{}", request.timeline.sessions.size()), calendar_assumed},
      {"setting", "setting", pattern.setting, false},
      {"supervision", "supervision", pattern.supervision, false},
      {"observation", "observation after dose", pattern.observation, false},
      {"combined_with", "combined with",
       pattern.combined_with.empty() ? "nothing stated" : joined(pattern.combined_with, ", "), false},
  };
}

std::vector<std::string> assumptions_of(const PatternRequest& request) {
  const regimen::Pattern& pattern = request.pattern;
  const model::CompiledModel& model = request.model;
  Lines lines;
  for (const std::string& assumption : pattern.assumptions) lines.add(assumption);
  add_assumed(lines, "form", form_text(pattern), pattern.form_provenance);
  if (pattern.purity.range || pattern.purity.value < 1) {
    add_assumed(lines, "purity", number(pattern.purity.value), pattern.purity.provenance);
  }
  for (const regimen::SessionDose& dose : pattern.doses) {
    add_assumed(lines, "dose", dose_text(dose), dose.amount.provenance);
    add_assumed(lines, "how a session is divided", "", dose.provenance);
    if (dose.units_range) add_assumed(lines, "number of administrations", "", dose.units_range->provenance);
  }
  for (const regimen::Phase& phase : pattern.phases) add_assumed(lines, "calendar", "", phase.provenance);
  for (const model::Parameter& parameter : model.parameters) {
    add_assumed(lines, "model " + model.id + ": " + parameter.name,
                number(parameter.written_value) + " " + parameter.unit_code, parameter.provenance);
  }
  return lines.take();
}

std::vector<std::string> sources_of(const PatternRequest& request) {
  std::set<std::string> keys;
  const auto add = [&](const std::vector<std::string>& more) { keys.insert(more.begin(), more.end()); };
  const regimen::Pattern& pattern = request.pattern;
  add(pattern.sources);
  add(pattern.purity.provenance.sources);
  for (const regimen::SessionDose& dose : pattern.doses) {
    add(dose.amount.provenance.sources);
    add(dose.provenance.sources);
    if (dose.amount.range) add(dose.amount.range->provenance.sources);
  }
  for (const regimen::Phase& phase : pattern.phases) add(phase.provenance.sources);
  add(request.model.sources);
  for (const model::Parameter& parameter : request.model.parameters) {
    add(parameter.provenance.sources);
    if (parameter.between_study) add(parameter.between_study->provenance.sources);
  }
  for (const model::RandomEffect& effect : request.model.effects) add(effect.provenance.sources);
  for (const LevelInModel& level : request.levels) add(level.level->provenance.sources);
  return {keys.begin(), keys.end()};
}

ModelUse model_use(const model::CompiledModel& model, std::vector<std::string> outside_domain) {
  ModelUse use;
  use.id = model.id;
  use.title = model.title;
  use.kind = model.kind == model::Kind::kAssembled ? "assembled" : "published";
  use.tier = std::string(evidence::to_string(model.tier));
  use.defects = model.defects;
  use.assumptions = model.assumptions;
  for (const model::RandomEffect& effect : model.effects) {
    if (effect.provenance.assumption() || !effect.borrowed_from.empty()) use.assumptions.push_back(effect_line(effect));
  }
  use.outside_domain = std::move(outside_domain);
  use.sources = model.sources;
  return use;
}

std::string range_text(const PatternRequest& request, const population::StudyInput& input) {
  double to_written = 1;
  std::string unit;
  if (input.owner == population::StudyInput::Owner::kModelParameter) {
    const model::Parameter& parameter = request.model.parameters[input.index];
    const std::optional<Unit> parsed = parse_unit(parameter.unit_code);
    if (parsed) to_written = 1 / parsed->to_internal;
    if (parameter.unit_code != "1") unit = " " + parameter.unit_code;
  } else if (input.owner == population::StudyInput::Owner::kPatternDose) {
    unit = request.pattern.doses[input.index].kind == regimen::DoseKind::kMilligrams ? " mg" : " mg/kg";
  }
  return fmt::format("{} to {}{}", number(input.range.low * to_written), number(input.range.high * to_written), unit);
}

std::string source_text(const evidence::Provenance& provenance) {
  std::string text = joined(provenance.sources, ", ");
  if (provenance.assumption()) text += text.empty() ? "assumption" : " (assumption)";
  return text;
}

std::string input_title(const PatternRequest& request, const population::StudyInput& input) {
  switch (input.owner) {
    case population::StudyInput::Owner::kModelParameter: {
      const model::Parameter& parameter = request.model.parameters[input.index];
      return parameter.description.empty() ? parameter.name : fmt::format("{} ({})", parameter.description, input.name);
    }
    case population::StudyInput::Owner::kPatternPurity:
      return "purity of the product";
    case population::StudyInput::Owner::kPatternDose: {
      const regimen::SessionDose& dose = request.pattern.doses[input.index];
      const std::string what = dose.units > 1 ? "amount of one administration" : "amount of one session";
      return request.pattern.doses.size() > 1 ? what + " (" + dose.name + ")" : what;
    }
  }
  return input.name;
}

}  // namespace racemate::study
