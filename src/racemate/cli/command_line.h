// The command line as data: what was asked for, or what is wrong with the question. Nothing is opened or run here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "racemate/core/diagnostic.h"

namespace racemate::cli {

// Limits of options. They keep a slip of the finger from becoming a run without end; the program has no other need.
inline constexpr std::uint64_t kMostSubjects = 100'000'000;
inline constexpr std::uint64_t kMostStudies = 100'000;
inline constexpr double kShortestHorizon_days = 1;
inline constexpr double kLongestHorizon_days = 36'525;  // a century
inline constexpr std::uint64_t kMostThreads = 1'024;
inline constexpr std::uint64_t kLargestBlock = 65'536;  // subjects in one block of work
inline constexpr std::uint64_t kNarrowestTable = 40;
inline constexpr std::uint64_t kWidestTable = 1'000;

inline constexpr const char* kStandardOutput = "-";  // as the file of --html, --json or --csv

// "kamp-2020.CL=50 L/h"
struct ParameterSetting {
  std::string model;
  std::string parameter;
  std::string value;  // number and unit, as written
};

// "saturday-400mg=herd-anderson-2007"
struct ModelChoice {
  std::string pattern;  // as on the command line: an id or a path
  std::string model;
};

struct CompareArguments {
  std::vector<std::string> patterns;  // ids or paths; empty: the bundled ones
  std::uint64_t subjects = 1'000;
  std::uint64_t studies = 200;  // draws of the uncertain inputs
  double days = 364;            // a year of 52 weeks
  std::uint64_t seed = 1;
  std::string cohort;  // id or path; empty: the default cohort
  std::optional<double> weight_kg;
  std::optional<double> age_years;
  std::vector<ParameterSetting> settings;
  std::vector<ModelChoice> models;
  std::string html;  // files; empty: not asked for
  std::string json;
  std::string csv;
  int threads = 0;        // 0: all processors of this process
  std::size_t block = 0;  // 0: the engine's own choice
  std::optional<int> width;
  bool quiet = false;
};

enum class Noun { kModel, kPattern };
enum class Verb { kList, kShow, kCheck };

struct LibraryArguments {
  Noun noun = Noun::kModel;
  Verb verb = Verb::kList;
  std::vector<std::string> names;  // ids or paths for show, paths for check
  bool json = false;
  std::optional<int> width;
};

struct TextToPrint {  // --help and --version
  std::string text;
};

using CommandLine = std::variant<CompareArguments, LibraryArguments, TextToPrint>;

// arguments leaves out the name of the program. All problems at once, code kUsage.
[[nodiscard]] Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments);

// A name that is a path to a file rather than the id of something shipped: it has a '/' or ends in ".toml".
[[nodiscard]] bool is_path(const std::string& name);

}  // namespace racemate::cli
