// Runs scenarios: for each engine first the question whether its answer is right, then its memory, then its time.
//
//   table        draw, plan, propagate, every value in memory; peers on the same people
//   uncertainty  quantiles by time over people and draws of population values, through study::simulate_summary
//   exposure     everyone's exposure over a year, through study::compare
//
// Times are the least of several repetitions, each one whole call of the library. Engines run one after the other in
// this process; R runs in its own.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "racemate/bench/result.h"
#include "racemate/bench/scenario.h"
#include "racemate/core/diagnostic.h"
#include "racemate/core/parallel.h"
#include "racemate/study/library.h"

namespace racemate::bench {

inline constexpr int kMostRepetitions = 1000;

struct BenchOptions {
  int repetitions = 5;
  bool quick = false;     // few people, to see that all works
  bool r_engines = true;  // look for R and its engines
};

using BenchProgress = std::function<void(std::string_view what)>;  // "w1: racemate, exact, 2 threads"

// Errors: scenarios that cannot be set up; kNumericalFailure of a reference; kInterrupted. An engine that fails or is
// wrong is no error: its row says so.
[[nodiscard]] Result<BenchResult> run_bench(const study::Library& library, const std::vector<Scenario>& scenarios,
                                            const BenchOptions& options, const BenchProgress& progress,
                                            const CancelToken& cancel);

}  // namespace racemate::bench
