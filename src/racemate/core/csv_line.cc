#include "racemate/core/csv_line.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace racemate {
namespace {

// Bytes of UTF-8 that begin a character.
std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    constexpr unsigned kTopBits = 0xC0;
    constexpr unsigned kContinuation = 0x80;
    return (static_cast<unsigned char>(byte) & kTopBits) != kContinuation;
  }));
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

void split_csv_line(std::string_view line, std::vector<CsvCell>& cells) {
  cells.clear();
  std::size_t begin = 0;
  std::uint32_t column = 1;  // of `begin`
  bool quoted = false;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    if (i < line.size() && line[i] == '"') {
      quoted = !quoted;
    }
    if (i < line.size() && (line[i] != ',' || quoted)) {
      continue;
    }
    const std::string_view whole = line.substr(begin, i - begin);
    std::string_view text = trim_blanks(whole);
    const std::size_t blanks = text.empty() ? 0 : static_cast<std::size_t>(text.data() - whole.data());
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
      text = trim_blanks(text.substr(1, text.size() - 2));
    }
    cells.push_back({.text = text, .column = column + static_cast<std::uint32_t>(blanks)});
    column += characters(whole) + 1;
    begin = i + 1;
  }
}

bool is_missing_cell(std::string_view text) { return text.empty() || text == "."; }

std::optional<double> parse_cell_number(std::string_view text) {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') {
    text.remove_prefix(1);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::string upper_case(std::string_view text) {
  std::string result(text);
  for (char& character : result) {
    if (character >= 'a' && character <= 'z') {
      character = static_cast<char>(character - 'a' + 'A');
    }
  }
  return result;
}

}  // namespace racemate
