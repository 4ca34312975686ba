// The kinds of scenario, for run.cc. Internal to the room.
#pragma once

#include <cstdint>

#include "racemate/bench/measure.h"
#include "racemate/bench/run.h"

namespace racemate::bench {

struct BenchRun {
  const study::Library& library;
  const BenchOptions& options;
  const BenchProgress& progress;
  const CancelToken& cancel;

  [[nodiscard]] Repetitions repetitions() const {
    constexpr double kSettled_s = 0.3;  // what takes milliseconds needs more than a few of them to be at its best
    return {.most = options.repetitions, .least_s = options.quick ? 0 : kSettled_s};
  }
  [[nodiscard]] std::uint64_t people_of(const Scenario& scenario) const {
    return options.quick ? scenario.quick_subjects : scenario.subjects;
  }
};

// Seconds from the file to a compiled model: the least of several. Error: it cannot be loaded.
[[nodiscard]] Result<double> model_ready_seconds(const BenchRun& run, const std::string& path);

[[nodiscard]] Result<CaseResult> run_table_case(const BenchRun& run, const Scenario& scenario, const Case& from);
[[nodiscard]] Result<CaseResult> run_uncertainty(const BenchRun& run, const Scenario& scenario);
[[nodiscard]] Result<CaseResult> run_exposure(const BenchRun& run, const Scenario& scenario);

// Where an engine's error is too large: no times, and the reason. Returns whether it may be timed.
[[nodiscard]] bool may_be_timed(const CaseResult& of, EngineResult& engine);

}  // namespace racemate::bench
