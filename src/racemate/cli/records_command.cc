#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "racemate/cli/commands.h"
#include "racemate/cli/run_support.h"
#include "racemate/core/file_output.h"
#include "racemate/core/gzip.h"
#include "racemate/report/records_json.h"
#include "racemate/study/simulate_records.h"

namespace racemate::cli {
namespace {

std::vector<ToldFailure> failures_of(const study::RecordsResult& result) {
  std::vector<ToldFailure> failures;
  failures.reserve(result.failed.size());
  for (const study::FailedSubject& failed : result.failed) {
    failures.push_back({"subject " + failed.id, failed.time_h, failed.reason});
  }
  return failures;
}

std::string what_ran(const study::RecordsResult& result) {
  std::string text = fmt::format("{} records of {} subjects, {} engine", result.records, result.subjects,
                                 study::to_string(result.backend));
  if (result.stiff_subjects + result.cvode_subjects > 0) {
    text += fmt::format(" ({} subjects went over to the stiff method, {} to CVODE)", result.stiff_subjects,
                        result.cvode_subjects);
  }
  return text + "\n";
}

}  // namespace

int run_records(const RecordsArguments& arguments, const Console& console, const CancelToken& cancel) {
  const auto library = load_shipped_library();
  if (!library) {
    return report_problems(console, library.error());
  }
  const bool piped = arguments.options.data == "-";
  if (!piped && (arguments.options.data == arguments.out || same_file(arguments.options.data, arguments.out))) {
    return report_problems(
        console,
        {{ErrorCode::kUsage, {}, fmt::format("--out is the data set '{}' itself", arguments.out), "another file", {}}});
  }
  if (!arguments.json.empty() && arguments.json == arguments.out) {
    return report_problems(console, {{ErrorCode::kUsage,
                                      {},
                                      fmt::format("--out and --json both write to '{}'", arguments.out),
                                      "one output per file",
                                      {}}});
  }
  if (!arguments.json.empty() && arguments.json != kStandardOutput) {
    if (const Result<void> writable = check_writable(arguments.json); !writable) {
      return report_problems(console, writable.error());
    }
  }
  const auto file =
      OutputFile::open(arguments.out == kStandardOutput ? "/dev/stdout" : arguments.out,
                       is_gzip_name(arguments.out) ? OutputFile::Encoding::kGzip : OutputFile::Encoding::kPlain);
  if (!file) {
    return report_problems(console, file.error());
  }
  Result<void> written;
  Result<study::RecordsResult> result = [&] {
    RunProgress progress(console, console.error_is_terminal && !arguments.quiet);
    return study::simulate_records(
        *library, arguments.options,
        [&](std::string_view text) {
          written = (*file)->write(text);
          return written.has_value();
        },
        progress.sink(), cancel);
  }();
  if (cancel.cancelled()) {
    return report_interruption(console);
  }
  if (!written) {
    return report_problems(console, written.error());
  }
  if (!result) {
    return report_problems(console, result.error());
  }
  if (const Result<void> finished = (*file)->finish(); !finished) {
    return report_problems(console, finished.error());
  }
  if (!arguments.json.empty()) {
    const std::string manifest = report::render_records_json(arguments.options, *result);
    const Result<void> kept =
        arguments.json == kStandardOutput ? print(console, manifest) : write_file_atomically(arguments.json, manifest);
    if (!kept) {
      return report_problems(console, kept.error());
    }
  }
  if (!arguments.quiet) {
    console.error << what_ran(*result);
  }
  const Diagnostics failures = describe_failures(failures_of(*result));
  return failures.empty() ? 0 : report_problems(console, failures);
}

}  // namespace racemate::cli
