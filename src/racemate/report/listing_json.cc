#include "racemate/report/listing_json.h"

#include "racemate/report/json_value.h"
#include "racemate/report/listing_text.h"

namespace racemate::report {
namespace {

using model::CompiledModel;
using regimen::Pattern;

Json provenance_json(const evidence::Provenance& provenance) {
  return {{"tier", std::string(to_string(provenance.tier))},
          {"sources", json_strings(provenance.sources)},
          {"note", provenance.note}};
}

Json range_json(const evidence::InputRange& range, const std::string& unit) {
  return {{"low", json_number(in_unit(range.low, unit))},
          {"high", json_number(in_unit(range.high, unit))},
          {"unit", unit},
          {"shape", std::string(to_string(range.shape))},
          {"provenance", provenance_json(range.provenance)}};
}

Json citations_json(const std::vector<std::string>& keys, const evidence::Library& library) {
  Json array = Json::array();
  for (const std::string& key : keys) {
    const auto found = library.citations.find(key);
    if (found != library.citations.end()) array.push_back(json_citation(found->second));
  }
  return array;
}

Json parameter_json(const model::Parameter& parameter) {
  const std::string& unit = parameter.unit_code;
  return {{"name", parameter.name},
          {"description", parameter.description},
          {"value", json_number(parameter.written_value)},
          {"unit", unit},
          {"between_studies", parameter.between_study ? range_json(*parameter.between_study, unit) : Json(nullptr)},
          {"provenance", provenance_json(parameter.provenance)}};
}

Json effect_json(const model::RandomEffect& effect) {
  return {{"parameter", effect.parameter},
          {"scale", scale_name(effect.scale)},
          {"omega2", json_quantity(effect.omega2, "1")},
          {"between", effect.level == expr::Level::kOccasion ? "occasions" : "people"},
          {"borrowed_from", effect.borrowed_from},
          {"provenance", provenance_json(effect.provenance)}};
}

Json covariate_json(const model::Covariate& covariate) {
  const std::string& unit = covariate.unit_code;
  return {{"name", covariate.name},
          {"reference", json_number(in_unit(covariate.reference, unit))},
          {"low", json_number(in_unit(covariate.low, unit))},
          {"high", json_number(in_unit(covariate.high, unit))},
          {"unit", unit}};
}

Json output_json(const model::Output& output) {
  if (output.compartment == model::kNoCompartment) {
    return {{"name", output.name}, {"title", output.title}, {"unit", output.unit_code}};
  }
  return {{"name", output.name},
          {"title", output.title},
          {"analyte", output.analyte},
          {"matrix", std::string(to_string(output.matrix))},
          {"site", std::string(to_string(output.site))}};
}

Json route_dose_json(const model::Domain::RouteDose& dose) {
  const bool in_mg = dose.dose_high_mg > 0;
  return {{"route", dose.route},
          {"low", json_number(in_mg ? dose.dose_low_mg : dose.dose_low_mg_per_kg)},
          {"high", json_number(in_mg ? dose.dose_high_mg : dose.dose_high_mg_per_kg)},
          {"unit", in_mg ? "mg" : "mg/kg"}};
}

// null for a pair of zeros: what was read does not say.
Json limits_json(double low, double high, const char* unit) {
  if (high == 0) return nullptr;
  return {{"low", json_number(low)}, {"high", json_number(high)}, {"unit", unit}};
}

Json domain_json(const model::Domain& domain) {
  return {{"population", domain.population},
          {"age", limits_json(domain.age_low_h / kHoursPerYear, domain.age_high_h / kHoursPerYear, "a")},
          {"body_weight", limits_json(domain.weight_low_kg, domain.weight_high_kg, "kg")},
          {"doses", json_list(domain.routes, route_dose_json)}};
}

Json route_name_json(const model::Route& route) { return route.name; }

Json model_head_json(const CompiledModel& model) {
  return {{"id", model.id},
          {"title", model.title},
          {"kind", kind_name(model.kind)},
          {"tier", std::string(to_string(model.tier))},
          {"substances", json_strings(model.substances)},
          {"routes", json_list(model.routes, route_name_json)},
          {"linear", model.linear},
          {"outputs", json_list(model.outputs, output_json)},
          {"known_defects", json_strings(model.defects)},
          {"sha256", model.sha256}};
}

Json quantity_json(const regimen::UncertainQuantity& quantity, const std::string& unit) {
  return {{"value", json_number(quantity.value)},
          {"unit", unit},
          {"written", quantity.written},
          {"range", quantity.range ? range_json(*quantity.range, unit) : Json(nullptr)},
          {"coefficient_of_variation",
           {{"between_people", json_number(quantity.cv_between_people)},
            {"between_occasions", json_number(quantity.cv_between_occasions)},
            {"between_doses", json_number(quantity.cv_between_doses)},
            {"unit", "1"}}},
          {"provenance", provenance_json(quantity.provenance)}};
}

Json dose_json(const regimen::SessionDose& dose) {
  return {{"text", dose_text(dose)},
          {"amount", quantity_json(dose.amount, dose.kind == regimen::DoseKind::kMilligrams ? "mg" : "mg/kg")},
          {"administrations", dose.units},
          {"spacing", json_quantity(dose.spacing.hours(), "h")},
          {"duration", json_quantity(dose.duration.hours(), "h")},
          {"cap", dose.cap_mg ? json_quantity(*dose.cap_mg, "mg") : Json(nullptr)}};
}

Json weekday_json(int weekday) { return weekday_name(weekday); }

Json phase_json(const regimen::Phase& phase) {
  return {{"name", phase.name},
          {"text", phase_text(phase)},
          {"first_week", phase.first_week},
          {"last_week", phase.last_week ? Json(*phase.last_week) : Json(nullptr)},
          {"weekdays", json_list(phase.weekdays, weekday_json)},
          {"every_days", phase.every_days},
          {"every_weeks", phase.every_weeks},
          {"sessions_limit", phase.sessions_limit},
          {"dose", phase.dose}};
}

Json pattern_head_json(const Pattern& pattern) {
  return {{"id", pattern.id},
          {"title", pattern.title},
          {"kind", kind_name(pattern.kind)},
          {"summary", pattern.summary},
          {"substance", pattern.substance},
          {"route", pattern.route},
          {"doses", json_list(pattern.doses, dose_json)},
          {"sha256", pattern.sha256}};
}

}  // namespace

std::string render_model_list_json(std::span<const CompiledModel> models) {
  return json_text({{"schema", "racemate-model-list/1"}, {"models", json_list(models, model_head_json)}});
}

std::string render_model_json(const CompiledModel& model, const evidence::Library& library) {
  Json document{{"schema", "racemate-model-listing/1"}};
  document.update(model_head_json(model));
  document["extends"] = model.extends;
  document["summary"] = model.summary;
  document["assumptions"] = json_strings(model.assumptions);
  document["parameters"] = json_list(model.parameters, parameter_json);
  document["variability"] = json_list(model.effects, effect_json);
  document["covariates"] = json_list(model.covariates, covariate_json);
  document["domain"] = domain_json(model.domain);
  document["sources"] = json_strings(model.sources);
  document["citations"] = citations_json(cited_keys(model), library);
  return json_text(document);
}

std::string render_pattern_list_json(std::span<const Pattern> patterns) {
  return json_text({{"schema", "racemate-pattern-list/1"}, {"patterns", json_list(patterns, pattern_head_json)}});
}

std::string render_pattern_json(const Pattern& pattern, const evidence::Library& library) {
  Json document{{"schema", "racemate-pattern-listing/1"}};
  document.update(pattern_head_json(pattern));
  document["form"] = {{"value", form_name(pattern.form)}, {"provenance", provenance_json(pattern.form_provenance)}};
  document["product"] = pattern.product;
  document["purity"] = quantity_json(pattern.purity, "1");
  document["phases"] = json_list(pattern.phases, phase_json);
  document["session_start"] = time_of_day(pattern.session_start);
  document["setting"] = pattern.setting;
  document["supervision"] = pattern.supervision;
  document["observation"] = pattern.observation;
  document["combined_with"] = json_strings(pattern.combined_with);
  document["assumptions"] = json_strings(pattern.assumptions);
  document["model"] = pattern.model ? Json(*pattern.model) : Json(nullptr);
  document["sources"] = json_strings(pattern.sources);
  document["citations"] = citations_json(cited_keys(pattern), library);
  return json_text(document);
}

}  // namespace racemate::report
