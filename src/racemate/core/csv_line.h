// One line of a comma-separated table: its cells with their places, and the numbers in them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace racemate {

struct CsvCell {
  std::string_view text;     // without surrounding blanks and quotes; a view into the line
  std::uint32_t column = 1;  // of its first character in the line; counts characters, not bytes
};

// Replaces the content of `cells`. A comma inside double quotes belongs to the cell; doubled quotes stay doubled. A
// line without a comma has one cell.
void split_csv_line(std::string_view line, std::vector<CsvCell>& cells);

// Without blanks, tabs and carriage returns at both ends.
[[nodiscard]] std::string_view trim_blanks(std::string_view text);

// Empty, or the `.` of the field.
[[nodiscard]] bool is_missing_cell(std::string_view text);

// The whole text as a finite decimal number, with an optional sign; nullopt otherwise.
[[nodiscard]] std::optional<double> parse_cell_number(std::string_view text);

// a-z to A-Z: names of columns are compared so.
[[nodiscard]] std::string upper_case(std::string_view text);

}  // namespace racemate
