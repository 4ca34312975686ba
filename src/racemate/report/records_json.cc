#include "racemate/report/records_json.h"

#include "racemate/report/comparison_view.h"
#include "racemate/report/json_value.h"

namespace racemate::report {
namespace {

Json engine_json(const study::RecordsOptions& options, const study::RecordsResult& result) {
  Json engine{{"asked_for", std::string(to_string(options.backend))},
              {"used", std::string(to_string(result.backend))},
              {"simd_tier", result.simd_tier}};
  if (result.backend == study::Backend::kOde) {
    engine["method"] = std::string(method_name(options.ode.method));
    engine["relative_tolerance"] = options.ode.tolerances.relative;
    engine["absolute_tolerance"] = options.ode.tolerances.absolute.front();
    engine["subjects_on_the_stiff_method"] = result.stiff_subjects;
    engine["subjects_on_cvode"] = result.cvode_subjects;
  }
  return engine;
}

}  // namespace

std::string render_records_json(const study::RecordsOptions& options, const study::RecordsResult& result) {
  const std::string& covariates = study::covariate_rule_names()[static_cast<std::size_t>(options.covariates)];
  const bool physical = options.lag_beyond_interval == regimen::LagBeyondInterval::kPhysical;
  const Json document{{"schema", "racemate-records/1"},
                      {"notice", kDisclaimer},
                      {"manifest",
                       {{"program_version", RACEMATE_VERSION},
                        {"engine", engine_json(options, result)},
                        {"seed", options.seed},
                        {"typical", options.typical},
                        {"covariates", covariates},
                        {"occasion", options.occasion.empty() ? Json(nullptr) : Json(options.occasion)},
                        {"time_unit", options.time_unit == regimen::RecordTimeUnit::kHours ? "h" : "d"},
                        {"lag_beyond_interval", physical ? "physical" : "nonmem"},
                        {"weight", options.weight_kg ? json_quantity(*options.weight_kg, "kg") : Json(nullptr)},
                        {"age", options.age_a ? json_quantity(*options.age_a, "a") : Json(nullptr)},
                        {"overrides", json_strings(result.overrides)},
                        {"outputs", json_strings(result.outputs)},
                        {"data", {{"file", options.data}, {"sha256", result.data_sha256}}}}},
                      {"model",
                       {{"id", result.model_id},
                        {"sha256", result.model_sha256},
                        {"tier", result.model_tier},
                        {"assumptions", json_strings(result.model_assumptions)},
                        {"known_defects", json_strings(result.model_defects)}}},
                      {"subjects", result.subjects},
                      {"records", result.records},
                      {"failed", json_list(result.failed, [](const study::FailedSubject& failed) {
                         return Json{
                             {"id", failed.id}, {"time", json_quantity(failed.time_h, "h")}, {"reason", failed.reason}};
                       })}};
  return json_text(document);
}

}  // namespace racemate::report
