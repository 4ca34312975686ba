// Cost of the lane kernels, one core: nanoseconds per subject-step of a three-compartment infusion.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <span>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/engine/linear/structure.h"

namespace racemate::engine::kernels {
namespace {

constexpr std::size_t kGroups = 8;  // 64 subjects, as the engine's blocks have by default
constexpr std::size_t kSteps = 64;

// Three compartments, infusion into the first, clearances 70, 110, 45 L/h over 25, 55, 180 L.
struct ThreeCompartments {
  linear::Structure structure{
      3, {{0, linear::kOutsideSystem}, {0, 1}, {1, 0}, {0, 2}, {2, 0}}, std::vector<int>{0}, std::vector<int>{0}};
  AlignedDoubles rates{5 * kGroup};
  AlignedDoubles step{kGroup};
  AlignedDoubles propagator{structure.entries() * kGroup};
  AlignedDoubles scratch{scratch_doubles(structure)};
  AlignedDoubles states{kGroups * 3 * kGroup};
  AlignedDoubles sources{kGroups * kGroup};
  AlignedDoubles scales{kGroups * kGroup};
  AlignedDoubles slope_rows{kGroups * 3 * kGroup};
  AlignedDoubles packed{kGroups * packed_doubles(structure, 1)};
  AlignedDoubles value{(kSteps + 1) * kGroups * kGroup};
  AlignedDoubles slope{(kSteps + 1) * kGroups * kGroup};
  AlignedDoubles auc{kGroups * kGroup};
  ObservedOutput output{0, 1, 0};

  bool recorded;
  [[nodiscard]] std::span<const ObservedOutput> outputs() const { return {&output, recorded ? 1U : 0U}; }

  ThreeCompartments(double step_h, bool record) : recorded(record) {
    const double values[] = {70.0 / 25, 110.0 / 25, 110.0 / 55, 45.0 / 25, 45.0 / 180};
    for (std::size_t f = 0; f < 5; ++f) {
      for (std::size_t lane = 0; lane < kGroup; ++lane) {
        rates[f * kGroup + lane] = values[f] * (1.0 + 0.01 * static_cast<double>(lane));
      }
    }
    for (std::size_t lane = 0; lane < kGroup; ++lane) step[lane] = step_h;
    for (std::size_t lane = 0; lane < kGroups * kGroup; ++lane) {
      sources[lane] = 52.5;
      scales[lane] = 1.0 / 25;
    }
    for (std::size_t i = 0; i < kGroups * 3 * kGroup; ++i) slope_rows[i] = 0.01;
    renew();
  }
  void renew() {
    for (std::size_t g = 0; g < kGroups; ++g) {
      propagate(structure, rates.data(), step.data(), propagator.data(), scratch.data());
      pack(structure, outputs(), propagator.data(), packed.data() + g * packed_doubles(structure, outputs().size()));
    }
  }
};

void run_steps(benchmark::State& state, double step_h, std::size_t steps, bool recorded, bool renewed) {
  ThreeCompartments system(step_h, recorded);
  const std::vector<const double*> propagators(steps, system.packed.data());
  double* value_list[] = {system.value.data()};
  double* slope_list[] = {system.slope.data()};
  double* auc_list[] = {system.auc.data()};
  AdvanceArguments arguments;
  arguments.structure = &system.structure;
  arguments.groups = kGroups;
  arguments.propagators = propagators;
  arguments.states = system.states.data();
  arguments.source_rates = system.sources.data();
  arguments.scales = system.scales.data();
  arguments.slope_rows = system.slope_rows.data();
  arguments.stride = kGroups * kGroup;
  if (recorded) {
    arguments.outputs = system.outputs();
    arguments.value = value_list;
    arguments.slope = slope_list;
    arguments.auc = auc_list;
  }
  for (auto _ : state) {
    if (renewed) system.renew();
    advance(arguments);
    benchmark::DoNotOptimize(system.states.data());
    benchmark::ClobberMemory();
  }
  state.counters["per_subject_step"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(steps * kGroups * kGroup),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Steps with a propagator that is already there; range(0): whether concentration, slope and AUC are recorded.
void StepsWithReusedPropagator(benchmark::State& state) { run_steps(state, 0.1, kSteps, state.range(0) != 0, false); }
BENCHMARK(StepsWithReusedPropagator)->ArgName("recorded")->Arg(0)->Arg(1);

// A new propagator for every step, from scratch; range(0): step in hundredths of an hour.
void StepsWithNewPropagator(benchmark::State& state) {
  run_steps(state, static_cast<double>(state.range(0)) / 100.0, 1, false, true);
}
BENCHMARK(StepsWithNewPropagator)->ArgName("centihours")->Arg(10)->Arg(100)->Arg(2400);

// The next length of the grid, from the one before.
void PropagatorBySquaring(benchmark::State& state) {
  ThreeCompartments system(0.1, false);
  AlignedDoubles twice(system.structure.entries() * kGroup);
  AlignedDoubles h(kGroup);
  for (std::size_t lane = 0; lane < kGroup; ++lane) h[lane] = 0.2;
  for (auto _ : state) {
    product(system.structure, system.propagator.data(), system.propagator.data(), h.data(), twice.data());
    benchmark::DoNotOptimize(twice.data());
    benchmark::ClobberMemory();
  }
  state.counters["per_subject"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(kGroup),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(PropagatorBySquaring);

}  // namespace
}  // namespace racemate::engine::kernels
