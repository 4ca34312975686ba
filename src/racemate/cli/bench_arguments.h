// What was asked of `racemate bench`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "racemate/bench/run.h"
#include "racemate/core/diagnostic.h"

namespace racemate::cli {

struct BenchArguments {
  std::vector<std::string> scenarios;  // ids or paths; none: all
  bench::BenchOptions options;
  bool list = false;
  std::string json;  // a file; empty: not asked for
  std::optional<int> width;
  bool quiet = false;
};

// The words of the options as they were written; empty: not given.
struct WrittenBench {
  std::vector<std::string> scenarios;
  std::string repetitions;
  bool quick = false;
  bool list = false;
  bool without_r = false;
  std::string json;
  bool quiet = false;
};

// Without the width. Problems: kUsage.
[[nodiscard]] BenchArguments read_bench(const WrittenBench& written, Diagnostics& diagnostics);

}  // namespace racemate::cli
