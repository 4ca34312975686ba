#include "racemate/report/number.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace racemate::report {
namespace {

constexpr double kWholeNumberLimit = 1e7;
constexpr double kWholeNumberTolerance = 1e-9;  // relative; sums of exact doses stay well inside
constexpr double kPlainLow = 1e-3;              // below and above: powers of ten
constexpr double kPlainHigh = 1e9;

std::string with_separators(std::string digits) {
  const std::size_t begin = digits.starts_with('-') ? 1 : 0;
  std::size_t position = digits.find('.');
  if (position == std::string::npos) position = digits.size();
  while (position > begin + 3) {
    position -= 3;
    digits.insert(position, 1, ',');
  }
  return digits;
}

std::string superscript(int exponent) {
  static constexpr std::array<std::string_view, 10> kDigits{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string result;
  for (const char digit : fmt::format("{}", exponent)) {
    if (digit == '-') {
      result += "⁻";
    } else {
      result += kDigits[static_cast<std::size_t>(digit - '0')];
    }
  }
  return result;
}

}  // namespace

std::string format_number(double value, int significant) {
  if (!std::isfinite(value)) return std::string(kNoValue);
  if (value == 0) return "0";
  const double magnitude = std::abs(value);
  if (magnitude >= 0.5 && magnitude < kWholeNumberLimit &&
      std::abs(value - std::round(value)) <= kWholeNumberTolerance * magnitude) {
    return with_separators(fmt::format("{:.0f}", value));
  }
  // Rounding comes first: 999.7 has three digits before the point and prints as 1,000.
  const std::string rounded = fmt::format("{:.{}e}", value, significant - 1);
  const std::size_t exponent_at = rounded.find('e');
  const int exponent = std::atoi(rounded.c_str() + exponent_at + 1);
  if (magnitude < kPlainLow || magnitude >= kPlainHigh) {
    return fmt::format("{}×10{}", rounded.substr(0, exponent_at), superscript(exponent));
  }
  const int decimals = std::max(0, significant - 1 - exponent);
  return with_separators(fmt::format("{:.{}f}", std::strtod(rounded.c_str(), nullptr), decimals));
}

std::string format_range(double low, double high) {
  const std::string from = format_number(low);
  const std::string to = format_number(high);
  return from == to ? from : fmt::format("{}–{}", from, to);
}

std::string format_interval(double median, double low, double high) {
  const std::string middle = format_number(median);
  const std::string range = format_range(low, high);
  return middle == range ? middle : fmt::format("{} ({})", middle, range);
}

std::string format_count(std::uint64_t count) { return with_separators(fmt::format("{}", count)); }

std::string format_exact(double value) {
  if (!std::isfinite(value)) return {};
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return error == std::errc{} ? std::string(buffer.data(), end) : std::string{};
}

std::string display_unit(std::string_view ucum) {
  if (ucum == "1") return {};
  std::string result;
  for (const char character : ucum) {
    if (character == '.') {
      result += "·";
    } else if (character != '{' && character != '}') {
      result += character;
    }
  }
  return result;
}

std::string with_unit(std::string_view number, std::string_view ucum) {
  const std::string unit = display_unit(ucum);
  if (unit.empty()) return std::string(number);
  return fmt::format("{} {}", number, unit);
}

}  // namespace racemate::report
