#include "racemate/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>

#include "racemate/core/document.h"
#include "racemate/report/diagnostics.h"

namespace racemate::cli {
namespace {

constexpr int kDefaultWidth = 100;  // columns when nothing says how wide: a file or a pipe

int terminal_columns() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// https://no-color.org: set and not empty.
bool colour_wanted() {
  const char* value = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): before any thread starts
  return value == nullptr || *value == '\0';
}

}  // namespace

Console process_console() {
  const bool out_is_terminal = isatty(STDOUT_FILENO) == 1;
  return {.out = std::cout,
          .error = std::cerr,
          .out_is_terminal = out_is_terminal,
          .error_is_terminal = isatty(STDERR_FILENO) == 1,
          .colour = colour_wanted(),
          .terminal_width = out_is_terminal ? terminal_columns() : 0};
}

bool colour_on_output(const Console& console) { return console.colour && console.out_is_terminal; }

int table_width(const Console& console, std::optional<int> requested) {
  return requested.value_or(console.terminal_width > 0 ? console.terminal_width : kDefaultWidth);
}

Result<void> print(const Console& console, std::string_view text) {
  console.out << text << std::flush;
  if (!console.out) {
    return fail({.code = ErrorCode::kUnwritableOutput,
                 .where = {},
                 .message = "standard output does not take the result",
                 .expected = "",
                 .hint = "is the disk full, or the pipe closed?"});
  }
  return {};
}

int report_problems(const Console& console, const Diagnostics& diagnostics) {
  const report::FileText text_of = [](const std::string& file) -> std::optional<std::string> {
    auto text = read_file(file);
    return text ? std::optional<std::string>(std::move(*text)) : std::nullopt;
  };
  console.error << report::render_diagnostics(diagnostics, console.colour && console.error_is_terminal, text_of)
                << std::flush;
  return exit_code(diagnostics);
}

}  // namespace racemate::cli
