// A benchmark as text and as JSON. Pure: the same result and style give the same bytes.
#pragma once

#include <string>
#include <vector>

#include "racemate/bench/result.h"
#include "racemate/bench/scenario.h"

namespace racemate::bench {

struct BenchStyle {
  int width = 100;
  bool colour = false;
};

// The machine, then a table for each scenario with engines in rows.
[[nodiscard]] std::string render_bench(const BenchResult& result, const BenchStyle& style);
// What there is to run, one line each.
[[nodiscard]] std::string render_scenarios(const std::vector<Scenario>& scenarios);
// Schema "racemate-bench/1" (docs/benchmarks.md).
[[nodiscard]] std::string render_bench_json(const BenchResult& result);

}  // namespace racemate::bench
