#include <fmt/format.h>

#include <utility>
#include <vector>

#include "racemate/cli/commands.h"
#include "racemate/cli/run_support.h"
#include "racemate/core/file_output.h"
#include "racemate/report/csv.h"
#include "racemate/report/html.h"
#include "racemate/report/json.h"
#include "racemate/report/terminal.h"
#include "racemate/study/compare.h"
#include "racemate/study/library.h"

namespace racemate::cli {
namespace {

struct Output {
  const char* option;
  std::string path;
  std::string (*render)(const study::Comparison&);
};

std::vector<Output> wanted_outputs(const CompareArguments& arguments) {
  std::vector<Output> outputs;
  const auto want = [&outputs](const char* option, const std::string& path,
                               std::string (*render)(const study::Comparison&)) {
    if (!path.empty()) {
      outputs.push_back({option, path, render});
    }
  };
  want("--html", arguments.html, &report::render_html);
  want("--json", arguments.json, &report::render_json);
  want("--csv", arguments.csv, &report::render_csv);
  return outputs;
}

// Everything that can be known to go wrong with the outputs before an hour of computing: no way to write them, or a
// file that the run reads.
Diagnostics problems_of_outputs(const std::vector<Output>& outputs, const study::CompareOptions& options) {
  Diagnostics problems;
  std::vector<std::string> inputs = options.patterns;
  inputs.push_back(options.cohort);
  for (const auto& [pattern, model] : options.model_of_pattern) {
    inputs.push_back(model);
  }
  for (const Output& output : outputs) {
    if (output.path == kStandardOutput) {
      continue;
    }
    if (const Result<void> writable = check_writable(output.path); !writable) {
      problems.insert(problems.end(), writable.error().begin(), writable.error().end());
    }
    for (const std::string& input : inputs) {
      if (study::is_path(input) && same_file(input, output.path)) {
        problems.push_back({.code = ErrorCode::kUsage,
                            .where = {.file = output.path},
                            .message = fmt::format("{} would overwrite a file that this run reads", output.option),
                            .expected = "another file",
                            .hint = ""});
      }
    }
  }
  return problems;
}

Result<study::Comparison> compute(const study::CompareOptions& options, bool show_progress, const Console& console,
                                  const CancelToken& cancel) {
  const auto library = load_shipped_library();
  if (!library) {
    return fail(library.error());
  }
  RunProgress progress(console, show_progress);
  return study::compare(*library, options, progress.sink(), cancel);
}

// All texts are made before the first is written, so that a signal meets either nothing or everything.
Result<void> deliver(const CompareArguments& arguments, const std::vector<Output>& outputs,
                     const study::Comparison& comparison, const Console& console) {
  std::vector<std::string> texts;
  texts.reserve(outputs.size());
  bool output_is_data = false;
  for (const Output& output : outputs) {
    texts.push_back(output.render(comparison));
    output_is_data = output_is_data || output.path == kStandardOutput;
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto written = outputs[i].path == kStandardOutput ? print(console, texts[i])
                                                      : write_file_atomically(outputs[i].path, texts[i]);
    if (!written) {
      return written;
    }
  }
  if (arguments.quiet || output_is_data) {
    return {};
  }
  return print(console, report::render_terminal(comparison, {.width = table_width(console, arguments.width),
                                                             .colour = colour_on_output(console)}));
}

}  // namespace

int run_compare(const CompareArguments& arguments, const Console& console, const CancelToken& cancel) {
  const std::vector<Output> outputs = wanted_outputs(arguments);
  if (const Diagnostics problems = problems_of_outputs(outputs, arguments.options); !problems.empty()) {
    return report_problems(console, problems);
  }
  const bool show_progress = console.error_is_terminal && !arguments.quiet;
  const auto comparison = compute(arguments.options, show_progress, console, cancel);
  if (cancel.cancelled()) {
    return report_interruption(console);
  }
  if (!comparison) {
    return report_problems(console, comparison.error());
  }
  const Result<void> delivered = deliver(arguments, outputs, *comparison, console);
  return delivered ? 0 : report_problems(console, delivered.error());
}

}  // namespace racemate::cli
