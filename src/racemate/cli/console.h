// Where text goes: standard output and error, whether they are terminals, and whether colour is wanted.
#pragma once

#include <optional>
#include <ostream>
#include <string_view>

#include "racemate/core/diagnostic.h"

namespace racemate::cli {

struct Console {
  std::ostream& out;
  std::ostream& error;
  bool out_is_terminal = false;
  bool error_is_terminal = false;
  bool colour = true;      // NO_COLOR is not set
  int terminal_width = 0;  // columns; 0: not known
};

// The console of this process, over std::cout and std::cerr.
[[nodiscard]] Console process_console();

[[nodiscard]] bool colour_on_output(const Console& console);
// Columns for tables: the request, else the terminal's, else 100.
[[nodiscard]] int table_width(const Console& console, std::optional<int> requested);

// Writes and flushes. Error: kUnwritableOutput when the text did not arrive (a full disk, a closed pipe).
[[nodiscard]] Result<void> print(const Console& console, std::string_view text);
// Prints every problem on standard error and returns the exit code that they stand for.
[[nodiscard]] int report_problems(const Console& console, const Diagnostics& diagnostics);

}  // namespace racemate::cli
