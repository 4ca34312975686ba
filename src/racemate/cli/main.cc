#include <string>
#include <variant>
#include <vector>

#include "racemate/cli/command_line.h"
#include "racemate/cli/commands.h"
#include "racemate/cli/console.h"
#include "racemate/cli/interrupt.h"

int main(int argument_count, char** arguments) {
  using namespace racemate;
  using namespace racemate::cli;
  const Console console = process_console();
  const Result<CommandLine> line =
      parse_command_line(std::vector<std::string>(arguments + 1, arguments + argument_count));
  if (!line) {
    return report_problems(console, line.error());
  }
  if (const auto* text = std::get_if<TextToPrint>(&*line)) {
    const Result<void> printed = print(console, text->text);
    return printed ? 0 : report_problems(console, printed.error());
  }
  if (const auto* library = std::get_if<LibraryArguments>(&*line)) {
    return run_library(*library, console);
  }
  if (const auto* bench = std::get_if<BenchArguments>(&*line)) {
    return run_bench(*bench, console, cancel_on_signals());
  }
  if (const auto* nca = std::get_if<NcaArguments>(&*line)) {
    return run_nca(*nca, console);
  }
  if (const auto* records = std::get_if<RecordsArguments>(&*line)) {
    return run_records(*records, console, cancel_on_signals());
  }
  if (const auto* simulate = std::get_if<SimulateArguments>(&*line)) {
    return run_simulate(*simulate, console, cancel_on_signals());
  }
  if (const auto* merge = std::get_if<MergeArguments>(&*line)) {
    return run_merge(*merge, console, cancel_on_signals());
  }
  return run_compare(std::get<CompareArguments>(*line), console, cancel_on_signals());
}
