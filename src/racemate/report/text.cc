#include "racemate/report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "racemate/report/number.h"

namespace racemate::report {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

struct CodePoint {
  std::uint32_t value = kReplacement;
  std::size_t bytes = 1;
};

// Decodes the code point at `at`; a byte that starts no valid sequence (overlong, surrogate, too large, cut off) is one
// replacement character.
CodePoint decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t offset) { return static_cast<std::uint8_t>(text[at + offset]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  std::size_t length = 0;
  std::uint32_t value = 0;
  std::uint32_t smallest = 0;
  if ((first & 0xE0U) == 0xC0) {
    length = 2, value = first & 0x1FU, smallest = 0x80;
  } else if ((first & 0xF0U) == 0xE0) {
    length = 3, value = first & 0x0FU, smallest = 0x800;
  } else if ((first & 0xF8U) == 0xF0) {
    length = 4, value = first & 0x07U, smallest = 0x10000;
  } else {
    return {};
  }
  if (at + length > text.size()) return {};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {};
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, length};
}

struct Interval {
  std::uint32_t first;
  std::uint32_t last;
};

template <std::size_t n>
bool contains(const std::array<Interval, n>& intervals, std::uint32_t value) {
  for (const Interval& interval : intervals) {
    if (value >= interval.first && value <= interval.last) return true;
  }
  return false;
}

// The blocks that matter for names and titles; from the East_Asian_Width and General_Category tables of Unicode 15.
constexpr std::array<Interval, 9> kZeroWidth{{{0x0300, 0x036F},
                                              {0x0483, 0x0489},
                                              {0x0591, 0x05BD},
                                              {0x064B, 0x065F},
                                              {0x1AB0, 0x1AFF},
                                              {0x1DC0, 0x1DFF},
                                              {0x200B, 0x200D},
                                              {0x20D0, 0x20FF},
                                              {0xFE00, 0xFE0F}}};
constexpr std::array<Interval, 10> kWide{{{0x1100, 0x115F},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0xA4CF},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0xFFE0, 0xFFE6},
                                          {0x1F300, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};
// C0, DEL and C1 controls; directional marks, embeddings, overrides and isolates; line and paragraph separators.
constexpr std::array<Interval, 7> kForbidden{{{0x0000, 0x001F},
                                              {0x007F, 0x009F},
                                              {0x061C, 0x061C},
                                              {0x200E, 0x200F},
                                              {0x2028, 0x202E},
                                              {0x2066, 0x2069},
                                              {0xFEFF, 0xFEFF}}};

int width_of(std::uint32_t value) {
  if (contains(kZeroWidth, value)) return 0;
  return contains(kWide, value) ? 2 : 1;
}

bool breaks_after(std::uint32_t value) {
  return value == '-' || value == '/' || value == '_' || value == ',' || value == ';' || value == '.';
}

// Cuts a word that is wider than a line into pieces that fit, after punctuation where there is some.
void break_word(std::string_view word, int width, std::vector<std::string>& pieces) {
  std::size_t begin = 0;        // of the piece
  std::size_t opportunity = 0;  // where the piece may end well; begin when nowhere
  int used = 0;
  for (std::size_t at = 0; at < word.size();) {
    const CodePoint point = decode(word, at);
    const int columns = width_of(point.value);
    if (used + columns > width) {
      const std::size_t end = opportunity > begin ? opportunity : at;
      pieces.emplace_back(word.substr(begin, end - begin));
      begin = opportunity = at = end;
      used = 0;
      continue;
    }
    used += columns;
    at += point.bytes;
    if (breaks_after(point.value)) opportunity = at;
  }
  pieces.emplace_back(word.substr(begin));
}

}  // namespace

int display_width(std::string_view text) {
  int width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode(text, at);
    width += width_of(point.value);
    at += point.bytes;
  }
  return width;
}

std::string clean_text(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode(text, at);
    if (point.value == '\n' || point.value == '\t' || point.value == '\r') {
      result += ' ';
    } else if (point.value == kReplacement || contains(kForbidden, point.value)) {
      result += "\uFFFD";
    } else {
      result.append(text.substr(at, point.bytes));
    }
    at += point.bytes;
  }
  return result;
}

std::vector<std::string> wrap_text(std::string_view text, int width) {
  const std::string clean = clean_text(text);
  std::vector<std::string> lines;
  std::string line;
  int used = 0;
  std::size_t at = 0;
  while (at < clean.size()) {
    const std::size_t begin = clean.find_first_not_of(' ', at);
    if (begin == std::string::npos) break;
    const std::size_t end = std::min(clean.find(' ', begin), clean.size());
    const std::string_view word = std::string_view(clean).substr(begin, end - begin);
    at = end;
    std::vector<std::string> pieces;
    break_word(word, width, pieces);
    for (const std::string& piece : pieces) {
      const int columns = display_width(piece);
      const bool first_on_line = line.empty();
      if (!first_on_line && used + 1 + columns > width) {
        lines.push_back(std::move(line));
        line.clear();
        used = 0;
      } else if (!first_on_line) {
        line += ' ';
        ++used;
      }
      line += piece;
      used += columns;
    }
  }
  if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string escape_markup(std::string_view text) {
  std::string result;
  for (const char character : clean_text(text)) {
    switch (character) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += character;
    }
  }
  return result;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string count_of(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", format_count(count), noun, count == 1 ? "" : "s");
}

}  // namespace racemate::report
