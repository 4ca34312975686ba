#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "racemate/bench/render.h"
#include "racemate/bench/run.h"
#include "racemate/cli/commands.h"
#include "racemate/cli/run_support.h"
#include "racemate/core/file_output.h"

namespace racemate::cli {
namespace {

Diagnostics problems_of_output(const BenchArguments& arguments) {
  if (arguments.json.empty() || arguments.json == kStandardOutput) {
    return {};
  }
  const Result<void> writable = check_writable(arguments.json);
  return writable ? Diagnostics{} : writable.error();
}

// A line per step: on a terminal, and in the log of a job, it shows what is being measured.
bench::BenchProgress progress_on(const Console& console, bool shown) {
  return [&console, shown](std::string_view what) {
    if (shown) {
      console.error << "bench: " << what << '\n' << std::flush;
    }
  };
}

Result<void> deliver(const BenchArguments& arguments, const bench::BenchResult& result, const Console& console) {
  if (arguments.json == kStandardOutput) {
    return print(console, bench::render_bench_json(result));
  }
  if (!arguments.json.empty()) {
    if (Result<void> written = write_file_atomically(arguments.json, bench::render_bench_json(result)); !written) {
      return written;
    }
  }
  return print(console, bench::render_bench(result, {.width = table_width(console, arguments.width),
                                                     .colour = colour_on_output(console)}));
}

}  // namespace

int run_bench(const BenchArguments& arguments, const Console& console, const CancelToken& cancel) {
  if (const Diagnostics problems = problems_of_output(arguments); !problems.empty()) {
    return report_problems(console, problems);
  }
  const Result<study::Library> library = load_shipped_library();
  if (!library) {
    return report_problems(console, library.error());
  }
  const auto scenarios = bench::find_scenarios(library->data_folder, arguments.scenarios);
  if (!scenarios) {
    return report_problems(console, scenarios.error());
  }
  if (arguments.list) {
    const Result<void> printed = print(console, bench::render_scenarios(*scenarios));
    return printed ? 0 : report_problems(console, printed.error());
  }
  const auto result =
      bench::run_bench(*library, *scenarios, arguments.options, progress_on(console, !arguments.quiet), cancel);
  if (!result) {
    return cancel.cancelled() ? report_interruption(console) : report_problems(console, result.error());
  }
  if (const Result<void> delivered = deliver(arguments, *result, console); !delivered) {
    return report_problems(console, delivered.error());
  }
  if (bench::all_right(*result)) {
    return 0;
  }
  return report_problems(console, {{.code = ErrorCode::kNumericalFailure,
                                    .where = {},
                                    .message = "an engine's answer was wrong: the table says which",
                                    .expected = {},
                                    .hint = {}}});
}

}  // namespace racemate::cli
