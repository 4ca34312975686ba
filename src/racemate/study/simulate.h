// Simulation of a protocol: concentrations of a model's outputs at given times, as a table of every person or as
// summaries over people.
//
//   resolve -> model, pattern, cohort        every problem at once
//   for each trial: study x replicate        a study draws what we do not know, a trial draws new people
//     people in blocks, in parallel          rows in order, or counts of values per item
//   table: rows as they come;  summary: quantiles over people, and over trials when there are several
//
// A whole run is people 0 .. trials x subjects - 1; a shard is a contiguous share of them (simulate_shard.h).
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
#include "racemate/engine/ode/solver.h"
#include "racemate/study/backend.h"
#include "racemate/study/compare.h"
#include "racemate/study/library.h"

namespace racemate::study {

inline constexpr std::size_t kMostTimes = 1'000'000;
inline constexpr std::uint64_t kMostReplicates = 100'000;
inline constexpr std::uint64_t kMostSimulatedPeople = 1'000'000'000'000;  // of all trials together
inline constexpr std::uint64_t kMostShards = 100'000;
inline constexpr std::size_t kMostLevels = 20;

// A concentration of one output that people may be above.
struct LevelAbove {
  std::string output;
  std::string text;  // "100ng/mL"
  double level_mg_per_l = 0;
};

// One of `of` contiguous shares of the people of the whole run; index counts from 1.
struct Shard {
  std::uint64_t index = 1;
  std::uint64_t of = 1;
};

struct SimulateOptions {
  std::string model;                 // id or path
  std::string regimen;               // pattern id or path
  std::vector<std::string> outputs;  // names; empty: all of the model
  std::vector<Duration> times;       // ascending, from hour 0; the last is the end of the simulation
  std::string times_text;            // as written, for the manifest
  std::uint64_t subjects = 1;        // of one trial
  // Draws of population values (the model's [[estimates]]) and of ranges between studies; 0: none, central values.
  std::uint64_t studies = 0;
  std::uint64_t replicates = 0;  // trials of each study, with new people; 0: one, and no column for it
  std::uint64_t seed = 1;
  std::string cohort;  // id or path; empty: the default one
  std::optional<double> weight_kg;
  std::optional<double> age_a;
  std::vector<ParameterOverride> overrides;
  bool typical = false;  // one typical person instead of `subjects` drawn ones
  // What a summary holds: quantiles by time; Cmax, Tmax, AUC and times above levels per person; with levels, the share
  // of people above them by time.
  bool quantiles = false;
  bool exposure = false;
  std::vector<LevelAbove> above;
  std::optional<Shard> shard;
  // Linear, for a linear model, or by integration, with these tolerances and method.
  Backend backend = Backend::kAutomatic;
  engine::ode::Options ode;
  // A column DV_<output> beside each output with a residual error or a limit of quantification. Tables only.
  bool observations = false;
  // How the work is done; the result does not depend on these two.
  int threads = 0;
  std::size_t block = 64;

  [[nodiscard]] bool has_trials() const { return studies > 0 || replicates > 0; }
  [[nodiscard]] std::uint64_t people_of_trial() const { return typical ? 1 : subjects; }
  [[nodiscard]] std::uint64_t trials() const {
    return std::max<std::uint64_t>(studies, 1) * std::max<std::uint64_t>(replicates, 1);
  }
};

// Text in whole lines, from one thread at a time; returns false to stop (a full disk).
using TextSink = std::function<bool(std::string_view text)>;

// A person who could not be computed: rows from then on are '.', never zeros.
struct FailedPerson {
  std::uint64_t trial = 0;   // of the run, from 0
  std::uint64_t person = 0;  // of the trial, from 1, as in the column ID
  double time_h = 0;
  std::string reason;
};

// Streams the table as CSV: "ID,TIME,<outputs>", with "STUDY,REP," before ID when there are studies or replicates, all
// counted from 1; TIME in h, concentrations in ng/mL; rows in order of study, replicate, person and time. A row at a
// dose is after it. Memory is bounded by threads and block, not by people x times. A shard begins with the line of
// simulate_shard.h. Returns the people who failed. Errors: every problem of the request; kInterrupted;
// kUnwritableOutput.
[[nodiscard]] Result<std::vector<FailedPerson>> simulate_table(const Library& library, const SimulateOptions& options,
                                                               const TextSink& write, const ProgressSink& progress,
                                                               const CancelToken& cancel);

// The summary as CSV (simulate_summary.h), or the text of a shard of it, which merge_shards() understands. Memory is
// bounded by threads, times and levels, not by people. Errors as simulate_table().
[[nodiscard]] Result<std::string> simulate_summary(const Library& library, const SimulateOptions& options,
                                                   const ProgressSink& progress, const CancelToken& cancel);

// What a run was made from.
struct SimulationManifest {
  std::string program_version;
  std::string command;  // the command that repeats the run, data files as they were named
  std::string simd_tier;
  Backend backend{};       // that was used
  std::string run_sha256;  // of everything that decides the bytes of the whole run: equal runs, equal digests
  SimulateOptions options;
  std::vector<std::string> outputs;
  std::string cohort;
  std::vector<std::string> overrides;
  std::vector<std::string> drawn_per_study;  // names of what --uncertainty draws
  double quantile_relative_error = 0;
  std::string model_id;
  std::string model_tier;
  std::vector<std::string> model_assumptions;
  std::vector<std::string> model_defects;
  std::vector<ManifestEntry> inputs;
};
[[nodiscard]] Result<SimulationManifest> describe_simulation(const Library& library, const SimulateOptions& options);

// "0:24:0.1h", "0,0.5,1,2,4h", "0:7:1d": start:end:step or a list, then one unit of time for all. Ascending, finite,
// not negative, at most kMostTimes.
[[nodiscard]] Result<std::vector<Duration>> parse_times(std::string_view text);
// "ketamine=100ng/mL", "ketamine=0.1 mg/L".
[[nodiscard]] Result<LevelAbove> parse_level(std::string_view text);
// "2/4". From 1, at most kMostShards.
[[nodiscard]] Result<Shard> parse_shard(std::string_view text);

}  // namespace racemate::study
