// Simulation of a protocol: concentrations of a model's outputs at given times, as a table of every person or as
// quantiles over people.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/parallel.h"
#include "racemate/core/time.h"
#include "racemate/study/compare.h"
#include "racemate/study/library.h"

namespace racemate::study {

inline constexpr std::size_t kMostTimes = 1'000'000;

struct SimulateOptions {
  std::string model;                 // id or path
  std::string regimen;               // pattern id or path
  std::vector<std::string> outputs;  // names; empty: all of the model
  std::vector<Duration> times;       // ascending, from hour 0; the last is the end of the simulation
  std::uint64_t subjects = 1;
  std::uint64_t seed = 1;
  std::string cohort;  // id or path; empty: the default one
  std::optional<double> weight_kg;
  std::optional<double> age_a;
  std::vector<ParameterOverride> overrides;
  bool typical = false;  // one typical person instead of `subjects` drawn ones
  int threads = 0;
  std::size_t block = 64;
};

// Rows in order of subject and time, as CSV text "ID,TIME,<outputs>" with TIME in h and concentrations in ng/mL. The
// header comes first. `write` is called from one thread with whole lines; it returns false to stop (a full disk).
using TextSink = std::function<bool(std::string_view text)>;

// Streams the table: memory is bounded by threads and block, not by subjects x times. Errors as compare().
[[nodiscard]] Result<void> simulate_table(const Library& library, const SimulateOptions& options, const TextSink& write,
                                          const ProgressSink& progress, const CancelToken& cancel);

struct QuantileRow {
  double time_h = 0;
  std::string output;
  double p5 = 0;  // ng/mL
  double median = 0;
  double p95 = 0;
};

// Quantiles over people, of every output at every time, within kSketchError.
[[nodiscard]] Result<std::vector<QuantileRow>> simulate_quantiles(const Library& library,
                                                                  const SimulateOptions& options,
                                                                  const ProgressSink& progress,
                                                                  const CancelToken& cancel);

// "0:24:0.1h", "0,0.5,1,2,4h", "0:7:1d": start:end:step or a list, then one unit of time for all. Ascending, finite,
// not negative, at most kMostTimes.
[[nodiscard]] Result<std::vector<Duration>> parse_times(std::string_view text);

}  // namespace racemate::study
