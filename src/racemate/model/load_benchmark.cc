// How long a model file takes from disk to ready to run.
#include <benchmark/benchmark.h>

#include <string>

#include "racemate/evidence/evidence.h"
#include "racemate/model/model.h"

namespace racemate::model {
namespace {

void LoadModel(benchmark::State& state, const char* id) {
  const Result<evidence::Library> evidence = evidence::load_library(RACEMATE_SOURCE_DIR "/evidence");
  if (!evidence) {
    state.SkipWithError(to_string(evidence.error().front()).c_str());
    return;
  }
  const std::string path = std::string(RACEMATE_SOURCE_DIR "/models/") + id + ".toml";
  for (auto _ : state) {
    const Result<CompiledModel> model = load_model(path, *evidence);
    if (!model) {
      state.SkipWithError(to_string(model.error().front()).c_str());
      return;
    }
    benchmark::DoNotOptimize(&*model);
  }
}
BENCHMARK_CAPTURE(LoadModel, perez_ruixo_2021, "perez-ruixo-2021")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(LoadModel, simons_2022, "simons-2022")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(LoadModel, racemic_intranasal, "racemic-intranasal")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace racemate::model
