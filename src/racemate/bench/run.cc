#include "racemate/bench/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "racemate/bench/run_parts.h"
#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/engine/kernels/machine_limits.h"
#include "racemate/model/model.h"
#include "racemate/report/number.h"
#include "racemate/report/text.h"

namespace racemate::bench {
namespace {

constexpr int kModelLoads = 7;

std::string setting_of(const BenchRun& run, const Scenario& scenario) {
  std::string people = report::format_count(run.people_of(scenario)) + " people";
  switch (scenario.measure) {
    case Measure::kTable:
      return fmt::format("{}, {}, {} each", people, report::count_of(static_cast<std::size_t>(scenario.doses), "dose"),
                         report::count_of(scenario.times.size(), "time"));
    case Measure::kUncertainty:
      return fmt::format("{} in each of {} draws of the population values, quantiles at {}", people,
                         report::format_count(run.options.quick ? scenario.quick_studies : scenario.studies),
                         report::count_of(scenario.times.size(), "time"));
    case Measure::kExposure:
      return fmt::format("{}, {} days, exposure of each", people, scenario.days);
  }
  return people;
}

Machine this_machine() {
  return {.processor = processor_name(),
          .processors = resolve_threads(0),
          .simd_tier = engine::kernels::simd_tier(),
          .limits = engine::kernels::measure_machine_limits()};
}

Result<ScenarioResult> run_scenario(const BenchRun& run, const Scenario& scenario) {
  ScenarioResult result{
      .id = scenario.id, .title = scenario.title, .measure = scenario.measure, .setting = setting_of(run, scenario)};
  const auto keep = [&result](Result<CaseResult> of) -> Result<void> {
    if (!of) return fail(std::move(of.error()));
    result.cases.push_back(std::move(*of));
    return {};
  };
  Result<void> kept;
  switch (scenario.measure) {
    case Measure::kTable:
      for (std::size_t i = 0; i < scenario.cases.size() && kept; ++i) {
        kept = keep(run_table_case(run, scenario, scenario.cases[i]));
      }
      break;
    case Measure::kUncertainty:
      kept = keep(run_uncertainty(run, scenario));
      break;
    case Measure::kExposure:
      kept = keep(run_exposure(run, scenario));
      break;
  }
  if (!kept) return fail(std::move(kept.error()));
  return result;
}

}  // namespace

Result<double> model_ready_seconds(const BenchRun& run, const std::string& path) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kModelLoads; ++i) {
    Result<model::CompiledModel> model;
    least = std::min(least, seconds_of([&] { model = model::load_model(path, run.library.evidence); }));
    if (!model) return fail(std::move(model.error()));
  }
  return least;
}

bool may_be_timed(const CaseResult& of, EngineResult& engine) {
  if (!engine.why_not.empty()) return false;
  if (engine.error && *engine.error <= of.allowed_error) return true;
  engine.why_not = engine.error ? fmt::format("wrong: off by {:.1e} {}, allowed {:.0e}", *engine.error, of.error_means,
                                              of.allowed_error)
                                : "its answer was not checked";
  return false;
}

Result<BenchResult> run_bench(const study::Library& library, const std::vector<Scenario>& scenarios,
                              const BenchOptions& options, const BenchProgress& progress, const CancelToken& cancel) {
  const BenchRun run{library, options, progress, cancel};
  progress("the machine");
  BenchResult result{.program_version = RACEMATE_VERSION,
                     .machine = this_machine(),
                     .repetitions = options.repetitions,
                     .quick = options.quick};
  for (const Scenario& scenario : scenarios) {
    Result<ScenarioResult> done = run_scenario(run, scenario);
    if (!done) return fail(std::move(done.error()));
    if (cancel.cancelled()) {
      return fail({.code = ErrorCode::kInterrupted, .where = {}, .message = "interrupted", .expected = {}, .hint = {}});
    }
    result.scenarios.push_back(std::move(*done));
  }
  return result;
}

}  // namespace racemate::bench
