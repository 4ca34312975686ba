#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "racemate/cli/commands.h"
#include "racemate/cli/run_support.h"
#include "racemate/core/document.h"
#include "racemate/core/file_output.h"
#include "racemate/exposure/nca_summary.h"
#include "racemate/report/nca_report.h"

namespace racemate::cli {
namespace {

struct Output {
  const char* option;
  const std::string& path;
  std::string (*render)(const report::NcaReport&);
};

std::vector<Output> wanted_outputs(const NcaArguments& arguments) {
  std::vector<Output> outputs;
  if (!arguments.json.empty()) {
    outputs.push_back({"--json", arguments.json, &report::render_nca_json});
  }
  if (!arguments.csv.empty()) {
    outputs.push_back({"--csv", arguments.csv, &report::render_nca_csv});
  }
  return outputs;
}

Diagnostics problems_of_outputs(const std::vector<Output>& outputs, const std::string& input) {
  Diagnostics problems;
  for (const Output& output : outputs) {
    if (output.path == kStandardOutput) {
      continue;
    }
    if (const Result<void> writable = check_writable(output.path); !writable) {
      problems.insert(problems.end(), writable.error().begin(), writable.error().end());
    }
    if (input != kStandardInput && same_file(input, output.path)) {
      problems.push_back({.code = ErrorCode::kUsage,
                          .where = {.file = output.path},
                          .message = fmt::format("{} would overwrite the table", output.option),
                          .expected = "another file",
                          .hint = {}});
    }
  }
  return problems;
}

Result<report::NcaReport> analyse(const NcaArguments& arguments) {
  const auto units = exposure::parse_nca_units(arguments.time_unit, arguments.concentration_unit, arguments.dose_unit);
  if (!units) {
    return fail(units.error());
  }
  const bool piped = arguments.file == kStandardInput;
  const auto text = read_file(piped ? "/dev/stdin" : arguments.file, exposure::kMaxNcaTableBytes);
  if (!text) {
    return fail(text.error());
  }
  const std::string name = piped ? "standard input" : arguments.file;
  const auto profiles = exposure::read_nca_table(*text, name, arguments.table);
  if (!profiles) {
    return fail(profiles.error());
  }
  auto results = exposure::analyse_profiles(*profiles, *units, arguments.options);
  if (!results) {
    return fail(std::move(results.error()));
  }
  std::vector<exposure::NcaSummary> summaries = exposure::summarise(*results);
  return report::NcaReport{.file = name,
                           .units = *units,
                           .options = arguments.options,
                           .results = *std::move(results),
                           .summaries = std::move(summaries)};
}

Result<void> deliver(const NcaArguments& arguments, const std::vector<Output>& outputs,
                     const report::NcaReport& analysis, const Console& console) {
  bool output_is_data = false;
  for (const Output& output : outputs) {
    const bool to_console = output.path == kStandardOutput;
    output_is_data = output_is_data || to_console;
    const std::string text = output.render(analysis);
    if (Result<void> written = to_console ? print(console, text) : write_file_atomically(output.path, text); !written) {
      return written;
    }
  }
  if (arguments.quiet || output_is_data) {
    return {};
  }
  return print(console, report::render_nca(analysis, {.width = table_width(console, arguments.width),
                                                      .colour = colour_on_output(console)}));
}

}  // namespace

int run_nca(const NcaArguments& arguments, const Console& console) {
  const std::vector<Output> outputs = wanted_outputs(arguments);
  if (const Diagnostics problems = problems_of_outputs(outputs, arguments.file); !problems.empty()) {
    return report_problems(console, problems);
  }
  const auto analysis = analyse(arguments);
  if (!analysis) {
    return report_problems(console, analysis.error());
  }
  const Result<void> delivered = deliver(arguments, outputs, *analysis, console);
  return delivered ? 0 : report_problems(console, delivered.error());
}

}  // namespace racemate::cli
