// What a benchmark found. Plain data; run.h fills it, render.h shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "racemate/bench/scenario.h"
#include "racemate/engine/kernels/machine_limits.h"

namespace racemate::bench {

struct Machine {
  std::string processor;
  int processors = 1;  // that this process may use
  std::string simd_tier;
  std::optional<engine::kernels::MachineLimits> limits;  // measured in the same run
};

// One engine, with one number of threads. Without `seconds` there is no time, and why_not says why.
struct EngineResult {
  std::string engine;
  bool own = false;  // Racemate, not a peer
  int threads = 1;
  std::uint64_t people = 0;
  std::vector<double> seconds;                // of every repetition, in order
  std::optional<double> error;                // largest, over the person's peak (or as the case says)
  std::optional<double> memory_beyond_bytes;  // peak, beyond the process before and the result
  std::optional<double> process_bytes;        // peak of the whole process
  std::optional<double> ready_seconds;        // to make the model ready, where the engine does so by itself
  std::string why_not;

  [[nodiscard]] std::optional<double> least_seconds() const;
};

struct CaseResult {
  std::string title;
  std::uint64_t rows_per_person = 0;  // 0: no rows
  std::uint64_t outputs = 0;
  double allowed_error = 0;
  std::string error_means;  // "of the person's peak"
  std::optional<double> model_ready_seconds;
  std::vector<EngineResult> engines;
};

struct ScenarioResult {
  std::string id;
  std::string title;
  Measure measure = Measure::kTable;
  std::string setting;  // "10,000 people, 1 dose, 241 times"
  std::vector<CaseResult> cases;
};

struct BenchResult {
  std::string program_version;
  Machine machine;
  int repetitions = 0;
  bool quick = false;
  std::vector<ScenarioResult> scenarios;
};

// A row is one time of one person, whatever it holds. nullopt without time or rows.
[[nodiscard]] std::optional<double> ns_per_row(const CaseResult& of, const EngineResult& engine);
[[nodiscard]] std::optional<double> people_per_second(const EngineResult& engine);
// How much longer than the first engine on one thread, person by person; 1 for that.
[[nodiscard]] std::optional<double> times_the_first(const CaseResult& of, const EngineResult& engine);
// The time of a row over that of writing its values to memory past the caches, the fastest way there is.
[[nodiscard]] std::optional<double> times_the_write_limit(const CaseResult& of, const EngineResult& engine,
                                                          const Machine& machine);
// Time on one thread over time on two, of the first engine.
[[nodiscard]] std::optional<double> gain_of_two_threads(const CaseResult& of);
// Whether Racemate gave the right answer wherever it ran. A peer that did not only gets no time.
[[nodiscard]] bool all_right(const BenchResult& result);

}  // namespace racemate::bench
