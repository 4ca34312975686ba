#include "racemate/report/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>

#include "racemate/report/table.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

constexpr std::size_t kLongestExcerpt = 100;  // characters of a source line
constexpr std::size_t kExcerptBefore = 60;    // of them before the column, at most

// Line number `line`, from 1; nullopt when the text is shorter.
std::optional<std::string_view> line_of(std::string_view text, std::uint32_t line) {
  for (std::uint32_t number = 1; number < line; ++number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// The first `count` characters of cleaned text and the rest.
std::pair<std::string, std::string> split_at(const std::string& text, std::size_t count) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < count && at < text.size(); ++i) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80) ++at;
  }
  return {text.substr(0, at), text.substr(at)};
}

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80; }));
}

std::string margin(std::size_t width, bool colour) {
  return styled(std::string(width + 1, ' ') + "|", TextStyle::kDim, colour);
}

std::string excerpt(std::string_view source, const SourcePosition& where, bool colour) {
  if (!source.empty() && source.back() == '\r') source.remove_suffix(1);
  auto [before, after] = split_at(clean_text(source), where.column == 0 ? 0 : where.column - 1);
  if (const std::size_t length = character_count(before); length > kExcerptBefore) {
    before = "…" + split_at(before, length - kExcerptBefore).second;
  }
  const std::size_t room = kLongestExcerpt - std::min(kExcerptBefore, character_count(before));
  if (character_count(after) > room) after = split_at(after, room).first + "…";
  const std::string number = fmt::format("{}", where.line);
  std::string out = margin(number.size() + 1, colour) + "\n";
  out += styled(fmt::format(" {} |", number), TextStyle::kDim, colour) + " " + before + after + "\n";
  if (where.column == 0) return out;
  const std::string caret = std::string(static_cast<std::size_t>(display_width(before)), ' ') + "^";
  return out + margin(number.size() + 1, colour) + " " + styled(caret, TextStyle::kWarning, colour) + "\n";
}

std::string render_one(const Diagnostic& diagnostic, bool colour, const FileText& text_of) {
  std::string out = styled(fmt::format("error {}:", error_info(diagnostic.code).name), TextStyle::kWarning, colour) +
                    " " + styled(clean_text(diagnostic.message), TextStyle::kStrong, colour) + "\n";
  const std::string place = to_string(diagnostic.where);
  if (!place.empty()) out += "  --> " + clean_text(place) + "\n";
  std::size_t width = 2;
  if (diagnostic.where.line > 0 && text_of) {
    const std::optional<std::string> text = text_of(diagnostic.where.file);
    const std::optional<std::string_view> line =
        text ? line_of(*text, diagnostic.where.line) : std::optional<std::string_view>{};
    if (line) {
      width = fmt::format("{}", diagnostic.where.line).size() + 1;
      out += excerpt(*line, diagnostic.where, colour);
    }
  }
  const std::string bullet = styled(std::string(width + 1, ' ') + "=", TextStyle::kDim, colour);
  if (!diagnostic.expected.empty()) out += bullet + " expected: " + clean_text(diagnostic.expected) + "\n";
  if (!diagnostic.hint.empty()) out += bullet + " hint: " + clean_text(diagnostic.hint) + "\n";
  return out;
}

}  // namespace

std::string render_diagnostics(const Diagnostics& diagnostics, bool colour, const FileText& text_of) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) out += render_one(diagnostic, colour, text_of);
  if (diagnostics.size() > 1) out += count_of(diagnostics.size(), "problem") + "\n";
  return out;
}

}  // namespace racemate::report
