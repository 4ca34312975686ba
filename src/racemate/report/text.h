// Text from outside, made safe to show: cleaned of what could disturb a terminal or a page, measured, wrapped, escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace racemate::report {

// Columns that the text takes on a terminal: 0 for combining marks, 2 for East Asian wide characters, else 1.
[[nodiscard]] int display_width(std::string_view text);

// Valid UTF-8 on one line: line breaks and tabs become blanks; control characters, directional overrides and invalid
// bytes become U+FFFD, so that a title in a file can neither move the cursor nor reorder a line.
[[nodiscard]] std::string clean_text(std::string_view text);

// Cleaned text in lines of at most width columns, broken at blanks, inside a word only when the word is too long.
// At least one line. Precondition: width >= 2.
[[nodiscard]] std::vector<std::string> wrap_text(std::string_view text, int width);

// Cleaned, with & < > " ' escaped: safe as the content and as a quoted attribute of HTML and SVG.
[[nodiscard]] std::string escape_markup(std::string_view text);

// "a, b, c".
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);

// "1 session", "26 sessions".
[[nodiscard]] std::string count_of(std::size_t count, std::string_view noun);

}  // namespace racemate::report
