// A workload to be measured, as data: which model, which doses, how many people, which times, what else runs it.
//
// Read from a TOML file of schema "racemate-benchmark/1" (docs/benchmarks.md lists its fields).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/document.h"
#include "racemate/core/time.h"

namespace racemate::bench {

inline constexpr std::uint64_t kMostBenchmarkPeople = 10'000'000;
inline constexpr std::int64_t kMostBenchmarkDoses = 10'000;
inline constexpr std::size_t kMostBenchmarkTimes = 100'000;

enum class Measure {
  kTable,        // concentrations of everyone at every time, in memory
  kUncertainty,  // quantiles by time over people and over draws of the population values; no rows
  kExposure,     // peaks, areas and hours above levels of everyone over a year; no rows
};

// Right-hand sides that are written by hand for the peers.
enum class Equations { kNone, kThreeCompartments, kSaturable, kMetabolites };

// One model of a scenario; tables are shown case by case.
struct Case {
  std::string title;
  std::string model;  // id of a bundled model, or the path of a file
  std::string route;
  double amount_mg = 0;
  Duration duration;  // of each dose; zero where the route's own absorption decides
};

struct Scenario {
  std::string id;
  std::string title;
  Measure measure = Measure::kTable;
  std::uint64_t subjects = 1;        // people; of each trial for kUncertainty
  std::uint64_t quick_subjects = 1;  // with --quick
  // kTable
  std::vector<Case> cases;
  Equations equations = Equations::kNone;
  std::int64_t doses = 1;
  Duration every;
  std::vector<Duration> times;  // ascending
  double relative_tolerance = 1e-6;
  double absolute_tolerance = 1e-8;            // mg and mg/L
  std::map<std::string, std::uint64_t> peers;  // name -> people that it is timed with
  std::uint64_t checked_people = 4;            // that each engine's answer is judged by
  // kUncertainty, kExposure
  std::string model;    // path
  std::string pattern;  // id or path
  std::uint64_t studies = 0;
  std::uint64_t quick_studies = 0;
  double days = 0;
};

// Engines that a scenario may name under [peers].
[[nodiscard]] const std::vector<std::string>& peer_names();

// folder: what relative paths of models and patterns are relative to. All problems at once.
[[nodiscard]] Result<Scenario> parse_scenario(const Document& document, const std::string& folder);
[[nodiscard]] Result<Scenario> load_scenario(const std::string& path);

// The scenarios of a data folder, by name of the file.
[[nodiscard]] Result<std::vector<Scenario>> load_scenarios(const std::string& data_folder);
// Those asked for, in that order: ids of the data folder's, or paths (with a '/' or ending in ".toml"). All of the data
// folder when none is named.
[[nodiscard]] Result<std::vector<Scenario>> find_scenarios(const std::string& data_folder,
                                                           const std::vector<std::string>& names);

}  // namespace racemate::bench
