#include "racemate/bench/render.h"
#include "racemate/report/json_value.h"

namespace racemate::bench {
namespace {

using report::Json;
using report::json_number;

Json optional_number(const std::optional<double>& value) { return value ? json_number(*value) : Json(nullptr); }

const char* measure_name(Measure measure) {
  switch (measure) {
    case Measure::kTable:
      return "table";
    case Measure::kUncertainty:
      return "uncertainty";
    case Measure::kExposure:
      break;
  }
  return "exposure";
}

Json engine_json(const CaseResult& of, const EngineResult& engine) {
  return {{"engine", engine.engine},
          {"threads", engine.threads},
          {"people", engine.people},
          {"ns_per_row", optional_number(ns_per_row(of, engine))},
          {"people_per_second", optional_number(people_per_second(engine))},
          {"times_the_first", optional_number(times_the_first(of, engine))},
          {"error", optional_number(engine.error)},
          {"memory_beyond_bytes", optional_number(engine.memory_beyond_bytes)},
          {"process_bytes", optional_number(engine.process_bytes)},
          {"ready_seconds", optional_number(engine.ready_seconds)},
          {"seconds", report::json_list(engine.seconds, &json_number)},
          {"why_not", engine.why_not.empty() ? Json(nullptr) : Json(engine.why_not)}};
}

Json case_json(const CaseResult& of, const Machine& machine) {
  Json json{{"title", of.title},
            {"rows_per_person", of.rows_per_person},
            {"outputs", of.outputs},
            {"allowed_error", json_number(of.allowed_error)},
            {"error_means", of.error_means},
            {"model_ready_seconds", optional_number(of.model_ready_seconds)},
            {"gain_of_two_threads", optional_number(gain_of_two_threads(of))}};
  json["times_the_write_limit"] =
      of.engines.empty() ? Json(nullptr) : optional_number(times_the_write_limit(of, of.engines.front(), machine));
  json["engines"] =
      report::json_list(of.engines, [&of](const EngineResult& engine) { return engine_json(of, engine); });
  return json;
}

Json machine_json(const Machine& machine) {
  Json json{{"processor", machine.processor}, {"processors", machine.processors}, {"simd_tier", machine.simd_tier}};
  json["limits_ns"] = nullptr;
  if (machine.limits) {
    json["limits_ns"] = {{"write", json_number(machine.limits->write_ns)},
                         {"write_past_caches", json_number(machine.limits->write_past_ns)},
                         {"strided_write", json_number(machine.limits->strided_write_ns)},
                         {"first_touch", json_number(machine.limits->first_touch_ns)},
                         {"exponential", json_number(machine.limits->exponential_ns)},
                         {"multiply_add", json_number(machine.limits->multiply_add_ns)}};
  }
  return json;
}

}  // namespace

std::string render_bench_json(const BenchResult& result) {
  const auto scenario_json = [&result](const ScenarioResult& scenario) {
    return Json{{"id", scenario.id},
                {"title", scenario.title},
                {"measure", measure_name(scenario.measure)},
                {"setting", scenario.setting},
                {"cases", report::json_list(scenario.cases, [&result](const CaseResult& of) {
                   return case_json(of, result.machine);
                 })}};
  };
  return report::json_text({{"schema", "racemate-bench/1"},
                            {"program_version", result.program_version},
                            {"machine", machine_json(result.machine)},
                            {"repetitions", result.repetitions},
                            {"quick", result.quick},
                            {"scenarios", report::json_list(result.scenarios, scenario_json)}});
}

}  // namespace racemate::bench
