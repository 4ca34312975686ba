// What the commands do, on rooms study and report: load, call, print. Each returns the exit code.
#pragma once

#include "racemate/cli/command_line.h"
#include "racemate/cli/console.h"
#include "racemate/core/parallel.h"

namespace racemate::cli {

// `racemate compare`. Outputs are checked before the run and written after it, each whole or not at all; a run that is
// cancelled writes nothing and returns 130.
[[nodiscard]] int run_compare(const CompareArguments& arguments, const Console& console, const CancelToken& cancel);

// `racemate simulate`. The table is streamed; its file appears whole at the end or not at all.
[[nodiscard]] int run_simulate(const SimulateArguments& arguments, const Console& console, const CancelToken& cancel);

// `racemate simulate --data`. As run_simulate(); subjects that failed are told after the file is whole, and then the
// exit code is that of a numerical failure.
[[nodiscard]] int run_records(const RecordsArguments& arguments, const Console& console, const CancelToken& cancel);

// `racemate nca`. Outputs are checked before the table is read.
[[nodiscard]] int run_nca(const NcaArguments& arguments, const Console& console);

// `racemate merge`. The merged file appears whole or not at all.
[[nodiscard]] int run_merge(const MergeArguments& arguments, const Console& console, const CancelToken& cancel);

// `racemate bench`. An engine whose answer is wrong gets no time, and the exit code says so.
[[nodiscard]] int run_bench(const BenchArguments& arguments, const Console& console, const CancelToken& cancel);

// `racemate model ...` and `racemate pattern ...`.
[[nodiscard]] int run_library(const LibraryArguments& arguments, const Console& console);

}  // namespace racemate::cli
