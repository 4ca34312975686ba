// Problems with the line that they point at.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "racemate/core/diagnostic.h"

namespace racemate::report {

// The text of a file that a diagnostic names; nullopt when it cannot be had, and then no line is shown.
using FileText = std::function<std::optional<std::string>(const std::string& file)>;

// error RM-unknown-unit: ...
//   --> patterns/mine.toml:3:10
//    |
//  3 | amount = "5 mgg"
//    |          ^
//    = expected: ...
//    = hint: ...
// for each, and the number of problems when there are several. A column counts characters.
[[nodiscard]] std::string render_diagnostics(const Diagnostics& diagnostics, bool colour, const FileText& text_of = {});

}  // namespace racemate::report
