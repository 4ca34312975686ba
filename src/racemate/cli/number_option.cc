#include "racemate/cli/number_option.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <system_error>

namespace racemate::cli {
namespace {

// The number that the whole text spells, if it does.
template <class Number>
std::optional<Number> whole_text(const std::string& text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) {
    return std::nullopt;
  }
  return value;
}

void report(std::string_view option, const std::string& text, std::string expected, Diagnostics& diagnostics) {
  diagnostics.push_back({.code = ErrorCode::kUsage,
                         .where = {},
                         .message = fmt::format("{}: '{}' cannot be used", option, text),
                         .expected = std::move(expected),
                         .hint = ""});
}

}  // namespace

std::optional<std::uint64_t> parse_count(std::string_view option, const std::string& text, const CountRange& range,
                                         Diagnostics& diagnostics) {
  const auto value = whole_text<std::uint64_t>(text);
  if (!value || *value < range.low || *value > range.high) {
    report(option, text,
           range.high == kAnyCount.high ? "a whole number"
                                        : fmt::format("a whole number from {} to {}", range.low, range.high),
           diagnostics);
    return std::nullopt;
  }
  return value;
}

std::optional<double> parse_real(std::string_view option, const std::string& text, Diagnostics& diagnostics) {
  const auto value = whole_text<double>(text);
  if (!value || !std::isfinite(*value)) {
    report(option, text, "a number such as 70 or 72.5", diagnostics);
    return std::nullopt;
  }
  return value;
}

}  // namespace racemate::cli
