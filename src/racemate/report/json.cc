#include "racemate/report/json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "racemate/report/comparison_view.h"

namespace racemate::report {
namespace {

using Json = nlohmann::ordered_json;
using study::Comparison;
using study::PatternResult;

constexpr const char* kConcentrationUnit = "ng/mL";
constexpr const char* kAucUnit = "ng.h/mL";

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json quantity(double value, const std::string& unit) { return {{"value", number(value)}, {"unit", unit}}; }

Json numbers(const std::vector<double>& values) {
  Json array = Json::array();
  for (const double value : values) array.push_back(number(value));
  return array;
}

Json strings(const std::vector<std::string>& values) {
  Json array = Json::array();
  for (const std::string& value : values) array.push_back(value);
  return array;
}

template <class Item, class Function>
Json list(const std::vector<Item>& items, const Function& to_json) {
  Json array = Json::array();
  for (const Item& item : items) array.push_back(to_json(item));
  return array;
}

Json manifest_json(const study::Manifest& manifest) {
  return {{"program_version", manifest.program_version},
          {"command", manifest.command},
          {"simd_tier", manifest.simd_tier},
          {"seed", manifest.seed},
          {"subjects", manifest.subjects},
          {"studies", manifest.studies},
          {"horizon", quantity(manifest.days, "d")},
          {"cohort", manifest.cohort},
          {"overrides", strings(manifest.overrides)},
          {"quantile_relative_error", quantity(manifest.quantile_relative_error, "1")},
          {"inputs", list(manifest.inputs, [](const study::ManifestEntry& entry) {
             return Json{{"kind", entry.kind}, {"id", entry.id}, {"sha256", entry.sha256}};
           })}};
}

Json level_json(const evidence::Level& level) {
  constexpr const char* kUnit = "mg/L";
  Json interval = nullptr;
  if (level.high_mg_per_l > 0) {
    interval = Json{{"low", number(level.low_mg_per_l)}, {"high", number(level.high_mg_per_l)}, {"unit", kUnit}};
  }
  return {{"id", level.id},
          {"title", level.title},
          {"concentration", quantity(level.concentration_mg_per_l, kUnit)},
          {"interval", std::move(interval)},
          {"analyte", level.analyte},
          {"matrix", std::string(to_string(level.matrix))},
          {"site", std::string(to_string(level.site))},
          {"tier", std::string(to_string(level.provenance.tier))},
          {"sources", strings(level.provenance.sources)},
          {"note", level.provenance.note}};
}

Json citation_json(const evidence::Citation& citation) {
  return {{"key", citation.key},
          {"text", citation.text},
          {"doi", citation.doi},
          {"url", citation.url},
          {"read_as", citation.read_as}};
}

Json metric_json(const study::Metric& metric) {
  Json people = nullptr;
  if (metric.people) {
    people = Json{{"median", number(metric.people->median)},
                  {"p5", number(metric.people->p5)},
                  {"p95", number(metric.people->p95)},
                  {"mean", number(metric.people->mean)},
                  {"unit", metric.unit}};
  }
  Json inputs = nullptr;
  if (metric.inputs) {
    inputs = Json{{"median", number(metric.inputs->median)},
                  {"p5", number(metric.inputs->p5)},
                  {"p95", number(metric.inputs->p95)},
                  {"unit", metric.unit}};
  }
  const study::Ratio& ratio = metric.ratio_to_first;
  return {{"key", metric.key},
          {"title", metric.title},
          {"unit", metric.unit},
          {"basis", metric.basis},
          {"people", std::move(people)},
          {"typical", metric.typical ? quantity(*metric.typical, metric.unit) : Json(nullptr)},
          {"inputs", std::move(inputs)},
          {"not_computed_because", metric.reason},
          {"ratio_to_first",
           {{"value", ratio.value ? number(*ratio.value) : Json(nullptr)}, {"unit", "1"}, {"reason", ratio.reason}}},
          {"notes", strings(metric.notes)}};
}

Json sensitivity_json(const study::SensitivityRow& row) {
  return {
      {"input", row.input},
      {"range", row.range},
      {"source", row.source},
      {"auc_per_year", {{"at_low", number(row.auc_at_low)}, {"at_high", number(row.auc_at_high)}, {"unit", kAucUnit}}},
      {"peak",
       {{"at_low", number(row.peak_at_low)}, {"at_high", number(row.peak_at_high)}, {"unit", kConcentrationUnit}}}};
}

Json model_spread_json(const study::ModelSpreadRow& row) {
  return {{"model", row.model},
          {"analyte", row.analyte},
          {"site", row.site},
          {"used", row.used},
          {"peak", quantity(row.peak, kConcentrationUnit)},
          {"auc_per_session", quantity(row.auc_per_session, kAucUnit)},
          {"auc_per_year", quantity(row.auc_per_year, kAucUnit)},
          {"outside_domain", strings(row.outside_domain)}};
}

Json observation_json(const study::ObservationRow& row) {
  return {{"statement", row.statement},
          {"observed", quantity(row.observed, kConcentrationUnit)},
          {"computed", quantity(row.computed, kConcentrationUnit)},
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
          {"known_defects", strings(model.defects)},
          {"assumptions", strings(model.assumptions)},
          {"outside_domain", strings(model.outside_domain)},
          {"sources", strings(model.sources)}};
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
          {"factors", list(pattern.factors, factor_json)},
          {"metrics", list(pattern.metrics, metric_json)},
          {"sensitivity", list(pattern.sensitivity, sensitivity_json)},
          {"model_spread", list(pattern.model_spread, model_spread_json)},
          {"observations", list(pattern.observations, observation_json)},
          {"session_curve", curve_json(pattern.session_curve, kConcentrationUnit)},
          {"first_days_curve", curve_json(pattern.first_days_curve, kConcentrationUnit)},
          {"cumulative_auc", curve_json(pattern.cumulative_auc, kAucUnit)},
          {"peak_histogram", histogram_json(pattern.peak_histogram, kConcentrationUnit)},
          {"auc_per_year_histogram", histogram_json(pattern.auc_histogram, kAucUnit)},
          {"assumptions", strings(pattern.assumptions)},
          {"sources", strings(pattern.sources)}};
}

}  // namespace

std::string render_json(const Comparison& comparison) {
  const Json document{
      {"schema", "racemate-comparison/1"},
      {"notice", kDisclaimer},
      {"manifest", manifest_json(comparison.manifest)},
      {"cohort", {{"title", comparison.cohort_title}, {"assumptions", strings(comparison.cohort_assumptions)}}},
      {"reference_pattern", comparison.patterns.empty() ? Json(nullptr) : Json(comparison.patterns.front().id)},
      {"levels", list(comparison.levels, level_json)},
      {"patterns", list(comparison.patterns, pattern_json)},
      {"notes", strings(comparison.notes)},
      {"citations", list(comparison.citations, citation_json)}};
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace racemate::report
