#include "racemate/cli/bench_arguments.h"

#include "racemate/cli/number_option.h"

namespace racemate::cli {

constexpr int kQuickRepetitions = 2;

BenchArguments read_bench(const WrittenBench& written, Diagnostics& diagnostics) {
  BenchArguments arguments;
  arguments.scenarios = written.scenarios;
  arguments.options.quick = written.quick;
  arguments.options.r_engines = !written.without_r;
  if (written.quick) {
    arguments.options.repetitions = kQuickRepetitions;
  }
  if (!written.repetitions.empty()) {
    const auto count =
        parse_count("--repetitions", written.repetitions, {1, std::uint64_t{bench::kMostRepetitions}}, diagnostics);
    if (count) {
      arguments.options.repetitions = static_cast<int>(*count);
    }
  }
  arguments.list = written.list;
  arguments.json = written.json;
  arguments.quiet = written.quiet;
  return arguments;
}

}  // namespace racemate::cli
