// The main job: patterns of use side by side. One screen:
//
//   resolve the request             names -> pattern, model, cohort; every problem at once
//   for each pattern
//     expand                        calendar -> timeline, once
//     plan                          model x route x timeline -> grid, states, events
//     typical person                central inputs; each uncertain input at its ends; other models
//     inputs                        the typical person under `studies` draws of the uncertain inputs
//     people                        `subjects` virtual people at central inputs, in chunks, in parallel
//   ratios, notes, citations, manifest
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/parallel.h"
#include "racemate/study/comparison.h"
#include "racemate/study/library.h"

namespace racemate::study {

inline constexpr std::uint64_t kMostSubjects = 1'000'000'000;
inline constexpr std::uint64_t kMostStudies = 100'000;
inline constexpr double kMostDays = 3'650;  // ten years
// People are drawn and summed in logical chunks of this size whatever the block size: sums do not depend on it.
inline constexpr std::size_t kChunk = 128;
// Relative error of medians and percentiles over people.
inline constexpr double kSketchError = 0.001;

struct ParameterOverride {
  std::string model;
  std::string parameter;
  std::string value;  // "95 L/h"
};

struct CompareOptions {
  std::vector<std::string> patterns;  // ids or paths; empty: the default ones
  std::uint64_t subjects = 1000;
  double days = 364;  // the horizon, [0, days)
  std::uint64_t seed = 1;
  std::uint64_t studies = 200;      // draws of the uncertain inputs
  std::string cohort;               // id or path; empty: the default one
  std::optional<double> weight_kg;  // everyone weighs this
  std::optional<double> age_a;      // everyone is this old (years)
  std::vector<ParameterOverride> overrides;
  std::map<std::string, std::string> model_of_pattern;  // pattern id -> model id or path
  // How the work is done; the result does not depend on these two.
  int threads = 0;         // 0: all processors
  std::size_t block = 64;  // people per block, 8 to kChunk
};

struct Progress {
  std::string pattern;
  double fraction = 0;  // of the whole run, in [0, 1]
};
using ProgressSink = std::function<void(const Progress&)>;  // called from any worker, one at a time

// Errors: every problem of the request; a numerical failure, which names the person; kInterrupted.
[[nodiscard]] Result<Comparison> compare(const Library& library, const CompareOptions& options,
                                         const ProgressSink& progress, const CancelToken& cancel);

}  // namespace racemate::study
