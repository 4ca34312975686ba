#include "racemate/report/json.h"

#include "racemate/report/comparison_view.h"
#include "racemate/report/json_value.h"

namespace racemate::report {
namespace {

using study::Comparison;
using study::PatternResult;

constexpr const char* kConcentrationUnit = "ng/mL";
constexpr const char* kAucUnit = "ng.h/mL";

Json numbers(const std::vector<double>& values) { return json_list(values, json_number); }

Json manifest_json(const study::Manifest& manifest) {
  return {{"program_version", manifest.program_version},
          {"command", manifest.command},
          {"simd_tier", manifest.simd_tier},
          {"seed", manifest.seed},
          {"subjects", manifest.subjects},
          {"studies", manifest.studies},
          {"horizon", json_quantity(manifest.days, "d")},
          {"cohort", manifest.cohort},
          {"overrides", json_strings(manifest.overrides)},
          {"quantile_relative_error", json_quantity(manifest.quantile_relative_error, "1")},
          {"inputs", json_list(manifest.inputs, [](const study::ManifestEntry& entry) {
             return Json{{"kind", entry.kind}, {"id", entry.id}, {"sha256", entry.sha256}};
           })}};
}

Json level_json(const evidence::Level& level) {
  constexpr const char* kUnit = "mg/L";
  Json interval = nullptr;
  if (level.high_mg_per_l > 0) {
    interval =
        Json{{"low", json_number(level.low_mg_per_l)}, {"high", json_number(level.high_mg_per_l)}, {"unit", kUnit}};
  }
  return {{"id", level.id},
          {"title", level.title},
          {"concentration", json_quantity(level.concentration_mg_per_l, kUnit)},
          {"interval", std::move(interval)},
          {"analyte", level.analyte},
          {"matrix", std::string(to_string(level.matrix))},
          {"site", std::string(to_string(level.site))},
          {"tier", std::string(to_string(level.provenance.tier))},
          {"sources", json_strings(level.provenance.sources)},
          {"note", level.provenance.note}};
}

Json metric_json(const study::Metric& metric) {
  Json people = nullptr;
  if (metric.people) {
    people = Json{{"median", json_number(metric.people->median)},
                  {"p5", json_number(metric.people->p5)},
                  {"p95", json_number(metric.people->p95)},
                  {"mean", json_number(metric.people->mean)},
                  {"unit", metric.unit}};
  }
  Json inputs = nullptr;
  if (metric.inputs) {
    inputs = Json{{"median", json_number(metric.inputs->median)},
                  {"p5", json_number(metric.inputs->p5)},
                  {"p95", json_number(metric.inputs->p95)},
                  {"unit", metric.unit}};
  }
  const study::Ratio& ratio = metric.ratio_to_first;
  return {
      {"key", metric.key},
      {"title", metric.title},
      {"unit", metric.unit},
      {"basis", metric.basis},
      {"people", std::move(people)},
      {"typical", metric.typical ? json_quantity(*metric.typical, metric.unit) : Json(nullptr)},
      {"inputs", std::move(inputs)},
      {"not_computed_because", metric.reason},
      {"ratio_to_first",
       {{"value", ratio.value ? json_number(*ratio.value) : Json(nullptr)}, {"unit", "1"}, {"reason", ratio.reason}}},
      {"notes", json_strings(metric.notes)}};
}

Json sensitivity_json(const study::SensitivityRow& row) {
  return {{"input", row.input},
          {"range", row.range},
          {"source", row.source},
          {"auc_per_year",
           {{"at_low", json_number(row.auc_at_low)}, {"at_high", json_number(row.auc_at_high)}, {"unit", kAucUnit}}},
          {"peak",
           {{"at_low", json_number(row.peak_at_low)},
            {"at_high", json_number(row.peak_at_high)},
            {"unit", kConcentrationUnit}}}};
}

Json model_spread_json(const study::ModelSpreadRow& row) {
  return {{"model", row.model},
          {"analyte", row.analyte},
          {"site", row.site},
          {"used", row.used},
          {"peak", json_quantity(row.peak, kConcentrationUnit)},
          {"auc_per_session", json_quantity(row.auc_per_session, kAucUnit)},
          {"auc_per_year", json_quantity(row.auc_per_year, kAucUnit)},
          {"outside_domain", json_strings(row.outside_domain)}};
}

Json observation_json(const study::ObservationRow& row) {
  return {{"statement", row.statement},
          {"observed", json_quantity(row.observed, kConcentrationUnit)},
          {"computed", json_quantity(row.computed, kConcentrationUnit)},
          {"source", row.source},
          {"tier", row.tier}};
}

Json curve_json(const study::Curve& curve, const char* unit) {
  return {
      {"time", {{"values", numbers(curve.time_h)}, {"unit", "h"}}},
      {"people",
       {{"p5", numbers(curve.p5)}, {"median", numbers(curve.median)}, {"p95", numbers(curve.p95)}, {"unit", unit}}}};
}

Json histogram_json(const study::Histogram& histogram, const char* unit) {
  Json counts = Json::array();
  for (const std::uint64_t count : histogram.counts) counts.push_back(count);
  return {{"edges", {{"values", numbers(histogram.edges)}, {"unit", unit}}}, {"people", std::move(counts)}};
}

Json model_use_json(const study::ModelUse& model) {
  return {{"id", model.id},
          {"title", model.title},
          {"kind", model.kind},
          {"tier", model.tier},
          {"known_defects", json_strings(model.defects)},
          {"assumptions", json_strings(model.assumptions)},
          {"outside_domain", json_strings(model.outside_domain)},
          {"sources", json_strings(model.sources)}};
}

Json factor_json(const study::Factor& factor) {
  return {{"key", factor.key}, {"title", factor.title}, {"value", factor.value}, {"assumption", factor.assumption}};
}

Json pattern_json(const PatternResult& pattern) {
  return {{"id", pattern.id},
          {"title", pattern.title},
          {"summary", pattern.summary},
          {"clinical", pattern.clinical},
          {"substance", pattern.substance},
          {"sessions", pattern.sessions},
          {"administrations", pattern.administrations},
          {"model", model_use_json(pattern.model)},
          {"analyte", pattern.analyte},
          {"matrix", pattern.matrix},
          {"site", pattern.site},
          {"factors", json_list(pattern.factors, factor_json)},
          {"metrics", json_list(pattern.metrics, metric_json)},
          {"sensitivity", json_list(pattern.sensitivity, sensitivity_json)},
          {"model_spread", json_list(pattern.model_spread, model_spread_json)},
          {"observations", json_list(pattern.observations, observation_json)},
          {"session_curve", curve_json(pattern.session_curve, kConcentrationUnit)},
          {"first_days_curve", curve_json(pattern.first_days_curve, kConcentrationUnit)},
          {"cumulative_auc", curve_json(pattern.cumulative_auc, kAucUnit)},
          {"peak_histogram", histogram_json(pattern.peak_histogram, kConcentrationUnit)},
          {"auc_per_year_histogram", histogram_json(pattern.auc_histogram, kAucUnit)},
          {"assumptions", json_strings(pattern.assumptions)},
          {"sources", json_strings(pattern.sources)}};
}

}  // namespace

std::string render_json(const Comparison& comparison) {
  const Json document{
      {"schema", "racemate-comparison/1"},
      {"notice", kDisclaimer},
      {"manifest", manifest_json(comparison.manifest)},
      {"cohort", {{"title", comparison.cohort_title}, {"assumptions", json_strings(comparison.cohort_assumptions)}}},
      {"reference_pattern", comparison.patterns.empty() ? Json(nullptr) : Json(comparison.patterns.front().id)},
      {"levels", json_list(comparison.levels, level_json)},
      {"patterns", json_list(comparison.patterns, pattern_json)},
      {"notes", json_strings(comparison.notes)},
      {"citations", json_list(comparison.citations, json_citation)}};
  return json_text(document);
}

}  // namespace racemate::report
