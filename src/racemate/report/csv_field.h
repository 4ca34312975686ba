// One cell of a CSV file.
#pragma once

#include <string>
#include <string_view>

namespace racemate::report {

// Cleaned (clean_text) and quoted by RFC 4180 where it must be. A text that a spreadsheet would run as a formula (first
// character = + - @) gets an apostrophe in front. Not for numbers.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace racemate::report
