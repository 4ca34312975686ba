// The command line as data: what was asked for, or what is wrong with the question. Nothing is opened or run here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "racemate/cli/bench_arguments.h"
#include "racemate/cli/nca_arguments.h"
#include "racemate/cli/records_arguments.h"
#include "racemate/cli/simulate_arguments.h"
#include "racemate/core/diagnostic.h"
#include "racemate/study/compare.h"
#include "racemate/study/simulate.h"

namespace racemate::cli {

// Limits of the options that are the command line's own; study/compare.h states those of the comparison.
inline constexpr std::uint64_t kMostThreads = 1'024;
inline constexpr std::uint64_t kNarrowestTable = 40;
inline constexpr std::uint64_t kWidestTable = 1'000;

inline constexpr const char* kStandardOutput = "-";  // as the file of --html, --json or --csv

struct CompareArguments {
  study::CompareOptions options;
  std::string html;  // files; empty: not asked for
  std::string json;
  std::string csv;
  std::optional<int> width;
  bool quiet = false;
};

struct SimulateArguments {
  study::SimulateOptions options;
  SimulateAs as = SimulateAs::kTable;
  std::string out = kStandardOutput;
  std::string json;  // file of the manifest; empty: not asked for
  bool quiet = false;
};

struct MergeArguments {
  std::string out;
  std::vector<std::string> shards;
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

using CommandLine = std::variant<CompareArguments, SimulateArguments, MergeArguments, RecordsArguments, NcaArguments,
                                 BenchArguments, LibraryArguments, TextToPrint>;

// arguments leaves out the name of the program. All problems at once, code kUsage.
[[nodiscard]] Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments);

}  // namespace racemate::cli
