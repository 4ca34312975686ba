#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "racemate/cli/commands.h"
#include "racemate/cli/run_support.h"
#include "racemate/core/file_output.h"
#include "racemate/core/gzip.h"
#include "racemate/report/simulation_json.h"
#include "racemate/study/simulate.h"

namespace racemate::cli {
namespace {

// The rows into `file`; the first problem of writing it is kept, since the sink can only say that it failed.
Result<std::vector<study::FailedPerson>> simulate_into(OutputFile& file, const SimulateArguments& arguments,
                                                       const study::Library& library,
                                                       const study::ProgressSink& progress, const CancelToken& cancel) {
  if (arguments.as == SimulateAs::kSummary) {
    const Result<std::string> summary = study::simulate_summary(library, arguments.options, progress, cancel);
    if (!summary) {
      return fail(summary.error());
    }
    if (Result<void> written = file.write(*summary); !written) {
      return fail(std::move(written.error()));
    }
    return {};
  }
  Result<void> written;
  Result<std::vector<study::FailedPerson>> simulated = study::simulate_table(
      library, arguments.options,
      [&](std::string_view text) {
        written = file.write(text);
        return written.has_value();
      },
      progress, cancel);
  if (!written) {
    return fail(std::move(written.error()));
  }
  return simulated;
}

std::vector<ToldFailure> told(const std::vector<study::FailedPerson>& failed, const study::SimulateOptions& options) {
  std::vector<ToldFailure> failures;
  failures.reserve(failed.size());
  const std::uint64_t replicates = std::max<std::uint64_t>(options.replicates, 1);
  for (const study::FailedPerson& person : failed) {
    std::string who = fmt::format("person {}", person.person);
    if (options.has_trials()) {
      who += fmt::format(" of study {}, replicate {}", person.trial / replicates + 1, person.trial % replicates + 1);
    }
    failures.push_back({std::move(who), person.time_h, person.reason});
  }
  return failures;
}

// What can be known to go wrong with the outputs before the run.
Diagnostics problems_of_outputs(const SimulateArguments& arguments) {
  Diagnostics problems;
  if (arguments.json.empty()) {
    return problems;
  }
  if (arguments.json == arguments.out) {
    problems.push_back({ErrorCode::kUsage,
                        {},
                        fmt::format("--out and --json both write to '{}'", arguments.out),
                        "one output per file",
                        {}});
  } else if (arguments.json != kStandardOutput) {
    if (const Result<void> writable = check_writable(arguments.json); !writable) {
      problems = writable.error();
    }
  }
  return problems;
}

Result<void> write_manifest(const std::string& path, const std::string& text, const Console& console) {
  return path == kStandardOutput ? print(console, text) : write_file_atomically(path, text);
}

}  // namespace

int run_simulate(const SimulateArguments& arguments, const Console& console, const CancelToken& cancel) {
  if (const Diagnostics problems = problems_of_outputs(arguments); !problems.empty()) {
    return report_problems(console, problems);
  }
  const auto library = load_shipped_library();
  if (!library) {
    return report_problems(console, library.error());
  }
  std::string manifest;
  if (!arguments.json.empty()) {
    const auto described = study::describe_simulation(*library, arguments.options);
    if (!described) {
      return report_problems(console, described.error());
    }
    manifest = report::render_simulation_json(*described);
  }
  const auto file =
      OutputFile::open(arguments.out == kStandardOutput ? "/dev/stdout" : arguments.out,
                       is_gzip_name(arguments.out) ? OutputFile::Encoding::kGzip : OutputFile::Encoding::kPlain);
  if (!file) {
    return report_problems(console, file.error());
  }
  const Result<std::vector<study::FailedPerson>> simulated = [&] {
    RunProgress progress(console, console.error_is_terminal && !arguments.quiet);
    return simulate_into(**file, arguments, *library, progress.sink(), cancel);
  }();
  if (cancel.cancelled()) {
    return report_interruption(console);
  }
  if (!simulated) {
    return report_problems(console, simulated.error());
  }
  Result<void> result = (*file)->finish();
  if (result && !arguments.json.empty()) {
    result = write_manifest(arguments.json, manifest, console);
  }
  if (!result) {
    return report_problems(console, result.error());
  }
  const Diagnostics failures = describe_failures(told(*simulated, arguments.options));
  return failures.empty() ? 0 : report_problems(console, failures);
}

}  // namespace racemate::cli
