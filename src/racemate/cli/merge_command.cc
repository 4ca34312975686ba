#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "racemate/cli/commands.h"
#include "racemate/cli/run_support.h"
#include "racemate/core/file_output.h"
#include "racemate/core/gzip.h"
#include "racemate/study/simulate_shard.h"

namespace racemate::cli {
namespace {

Diagnostics problems_of(const MergeArguments& arguments) {
  Diagnostics problems;
  for (const std::string& shard : arguments.shards) {
    std::error_code error;
    if (std::filesystem::equivalent(shard, arguments.out, error) && !error) {
      problems.push_back({ErrorCode::kUsage, {arguments.out}, "the output is one of the shards", "another file", {}});
    }
  }
  return problems;
}

}  // namespace

int run_merge(const MergeArguments& arguments, const Console& console, const CancelToken& cancel) {
  if (const Diagnostics problems = problems_of(arguments); !problems.empty()) {
    return report_problems(console, problems);
  }
  const auto file =
      OutputFile::open(arguments.out == kStandardOutput ? "/dev/stdout" : arguments.out,
                       is_gzip_name(arguments.out) ? OutputFile::Encoding::kGzip : OutputFile::Encoding::kPlain);
  if (!file) {
    return report_problems(console, file.error());
  }
  Result<void> written;
  Result<void> merged;
  {
    RunProgress progress(console, console.error_is_terminal && !arguments.quiet);
    merged = study::merge_shards(
        arguments.shards,
        [&](std::string_view text) {
          written = (*file)->write(text);
          return written.has_value();
        },
        progress.sink(), cancel);
  }
  if (cancel.cancelled()) {
    return report_interruption(console);
  }
  if (!written) {
    return report_problems(console, written.error());
  }
  if (merged) {
    merged = (*file)->finish();
  }
  return merged ? 0 : report_problems(console, merged.error());
}

}  // namespace racemate::cli
