#include <fmt/format.h>

#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "racemate/cli/commands.h"
#include "racemate/cli/run_support.h"
#include "racemate/core/file_output.h"
#include "racemate/core/gzip.h"
#include "racemate/study/simulate.h"

namespace racemate::cli {
namespace {

std::string quantile_text(const std::vector<study::QuantileRow>& rows) {
  std::string text = "TIME,OUTPUT,P5,MEDIAN,P95\n";
  for (const study::QuantileRow& row : rows) {
    fmt::format_to(std::back_inserter(text), "{},{},{},{},{}\n", row.time_h, row.output, row.p5, row.median, row.p95);
  }
  return text;
}

// The rows into `file`; the first problem of writing it is kept, since the sink can only say that it failed.
Result<void> simulate_into(OutputFile& file, const SimulateArguments& arguments, const study::Library& library,
                           const study::ProgressSink& progress, const CancelToken& cancel) {
  if (arguments.as == SimulateAs::kQuantiles) {
    const auto rows = study::simulate_quantiles(library, arguments.options, progress, cancel);
    if (!rows) {
      return fail(rows.error());
    }
    return file.write(quantile_text(*rows));
  }
  Result<void> written;
  Result<void> simulated = study::simulate_table(
      library, arguments.options,
      [&](std::string_view text) {
        written = file.write(text);
        return written.has_value();
      },
      progress, cancel);
  return written ? simulated : written;
}

}  // namespace

int run_simulate(const SimulateArguments& arguments, const Console& console, const CancelToken& cancel) {
  const auto library = load_shipped_library();
  if (!library) {
    return report_problems(console, library.error());
  }
  const auto file = OutputFile::open(
      arguments.out == kStandardOutput ? "/dev/stdout" : arguments.out,
      is_gzip_name(arguments.out) ? OutputFile::Encoding::kGzip : OutputFile::Encoding::kPlain);
  if (!file) {
    return report_problems(console, file.error());
  }
  Result<void> result;
  {
    RunProgress progress(console, console.error_is_terminal && !arguments.quiet);
    result = simulate_into(**file, arguments, *library, progress.sink(), cancel);
  }
  if (cancel.cancelled()) {
    return report_interruption(console);
  }
  if (result) {
    result = (*file)->finish();
  }
  return result ? 0 : report_problems(console, result.error());
}

}  // namespace racemate::cli
