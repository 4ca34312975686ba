#include "racemate/report/simulation_json.h"

#include <algorithm>

#include "racemate/report/comparison_view.h"
#include "racemate/report/json_value.h"

namespace racemate::report {
namespace {

Json people_json(const study::SimulateOptions& options) {
  return {{"typical", options.typical},
          {"subjects", options.people_of_trial()},
          {"studies", options.studies},
          {"replicates", std::max<std::uint64_t>(options.replicates, 1)},
          {"trials", options.trials()},
          {"weight", options.weight_kg ? json_quantity(*options.weight_kg, "kg") : Json(nullptr)},
          {"age", options.age_a ? json_quantity(*options.age_a, "a") : Json(nullptr)}};
}

Json output_json(const study::SimulationManifest& manifest) {
  const study::SimulateOptions& options = manifest.options;
  Json summaries = Json::array();
  if (options.quantiles) summaries.push_back("quantiles");
  if (options.exposure) summaries.push_back("exposure");
  return {{"kind", summaries.empty() ? "table" : "summary"},
          {"outputs", json_strings(manifest.outputs)},
          {"times",
           {{"count", options.times.size()},
            {"first", json_quantity(options.times.front().hours(), "h")},
            {"last", json_quantity(options.times.back().hours(), "h")}}},
          {"summaries", std::move(summaries)},
          {"levels", json_list(options.above,
                               [](const study::LevelAbove& above) {
                                 return Json{{"output", above.output},
                                             {"level", json_quantity(above.level_mg_per_l, "mg/L")},
                                             {"as_written", above.text}};
                               })},
          {"shard", options.shard ? Json{{"index", options.shard->index}, {"of", options.shard->of}} : Json(nullptr)}};
}

Json engine_json(const study::SimulationManifest& manifest) {
  Json engine{{"used", std::string(to_string(manifest.backend))}};
  if (manifest.backend == study::Backend::kOde) {
    const engine::ode::Options& ode = manifest.options.ode;
    engine["method"] = std::string(method_name(ode.method));
    engine["relative_tolerance"] = ode.tolerances.relative;
    engine["absolute_tolerance"] = ode.tolerances.absolute.front();
  }
  return engine;
}

}  // namespace

std::string render_simulation_json(const study::SimulationManifest& manifest) {
  const Json document{{"schema", "racemate-simulation/1"},
                      {"notice", kDisclaimer},
                      {"manifest",
                       {{"program_version", manifest.program_version},
                        {"command", manifest.command},
                        {"simd_tier", manifest.simd_tier},
                        {"engine", engine_json(manifest)},
                        {"run_sha256", manifest.run_sha256},
                        {"seed", manifest.options.seed},
                        {"people", people_json(manifest.options)},
                        {"cohort", manifest.cohort},
                        {"overrides", json_strings(manifest.overrides)},
                        {"drawn_per_study", json_strings(manifest.drawn_per_study)},
                        {"output", output_json(manifest)},
                        {"quantile_relative_error", json_quantity(manifest.quantile_relative_error, "1")},
                        {"inputs", json_list(manifest.inputs,
                                             [](const study::ManifestEntry& entry) {
                                               return Json{
                                                   {"kind", entry.kind}, {"id", entry.id}, {"sha256", entry.sha256}};
                                             })}}},
                      {"model",
                       {{"id", manifest.model_id},
                        {"tier", manifest.model_tier},
                        {"assumptions", json_strings(manifest.model_assumptions)},
                        {"known_defects", json_strings(manifest.model_defects)}}}};
  return json_text(document);
}

}  // namespace racemate::report
