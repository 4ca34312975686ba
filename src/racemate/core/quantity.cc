// Quantities as they stand in files: "0.5 mg/kg".
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "racemate/core/document.h"

namespace racemate {
namespace {

constexpr std::string_view kQuantityForm = R"(a number, a blank and a unit, as in "40 min")";
constexpr std::string_view kBlanks = " \t";

bool is_digit(char character) { return character >= '0' && character <= '9'; }

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (at + count < text.size() && is_digit(text[at + count])) ++count;
  return count;
}

// Length of the number that begins the text: [+-] digits [. digits] [(e|E) [+-] digits]; 0 when there is none.
std::size_t number_length(std::string_view text) {
  std::size_t at = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  const std::size_t whole_digits = digits_at(text, at);
  if (whole_digits == 0) return 0;
  at += whole_digits;
  if (at < text.size() && text[at] == '.') {
    const std::size_t decimals = digits_at(text, at + 1);
    if (decimals == 0) return 0;
    at += 1 + decimals;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    const std::size_t sign = at + 1 < text.size() && (text[at + 1] == '+' || text[at + 1] == '-') ? 1 : 0;
    const std::size_t exponent_digits = digits_at(text, at + 1 + sign);
    if (exponent_digits > 0) at += 1 + sign + exponent_digits;
  }
  return at;
}

std::string_view without_outer_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string hint_for_number(std::string_view text) {
  if (text.empty()) return {};
  if (text.front() == '.') return fmt::format("write \"0{}\"", text);
  if (text.find(',') != std::string_view::npos) return "write a decimal point, and no separators of thousands";
  const bool begins_like_a_number = is_digit(text.front()) || text.front() == '-' || text.front() == '+';
  return begins_like_a_number ? "write digits on both sides of a decimal point" : "begin with the number";
}

struct NumberAndRest {
  double number;
  std::string_view rest;
};

Result<NumberAndRest> take_number(std::string_view text, const SourcePosition& where) {
  const std::size_t length = number_length(text);
  // What follows a number is a blank or the unit; a sign of punctuation means that the number went wrong.
  if (length == 0 || (length < text.size() && (text[length] == ',' || text[length] == '.' || text[length] == '_'))) {
    return fail(Diagnostic{.code = ErrorCode::kWrongType,
                           .where = where,
                           .message = fmt::format("'{}' is not a quantity", text),
                           .expected = std::string(kQuantityForm),
                           .hint = hint_for_number(text)});
  }
  const std::size_t skipped_sign = text.front() == '+' ? 1 : 0;  // from_chars knows only minus
  double number = 0;
  const auto [end, error] = std::from_chars(text.data() + skipped_sign, text.data() + length, number);
  if (error != std::errc{} || end != text.data() + length || !std::isfinite(number)) {
    return fail(Diagnostic{.code = ErrorCode::kOutOfRange,
                           .where = where,
                           .message = fmt::format("the number in '{}' is too large or too small", text),
                           .expected = "a number that fits a double",
                           .hint = {}});
  }
  return NumberAndRest{.number = number, .rest = text.substr(length)};
}

}  // namespace

Result<ParsedQuantity> parse_quantity(std::string_view text, const SourcePosition& where) {
  const std::string_view trimmed = without_outer_blanks(text);
  const Result<NumberAndRest> taken = take_number(trimmed, where);
  if (!taken) return fail(taken.error());
  const std::string_view code = without_outer_blanks(taken->rest);
  if (code.empty()) {
    return fail(Diagnostic{.code = ErrorCode::kUnknownUnit,
                           .where = where,
                           .message = fmt::format("'{}' has no unit", trimmed),
                           .expected = std::string(kQuantityForm),
                           .hint = {}});
  }
  const std::optional<Unit> unit = parse_unit(code);
  if (!unit) {
    return fail(Diagnostic{.code = ErrorCode::kUnknownUnit,
                           .where = where,
                           .message = fmt::format("unknown unit '{}'", code),
                           .expected = "a UCUM code, such as mg, mg/kg, L/h, min",
                           .hint = suggest_unit(code)});
  }
  if (code.data() == taken->rest.data()) {
    return fail(
        Diagnostic{.code = ErrorCode::kWrongType,
                   .where = where,
                   .message = fmt::format("'{}' has no blank between number and unit", trimmed),
                   .expected = std::string(kQuantityForm),
                   .hint = fmt::format("write \"{} {}\"", trimmed.substr(0, trimmed.size() - code.size()), code)});
  }
  const double internal_value = to_internal_value(*unit, taken->number);
  if (!std::isfinite(internal_value)) {
    return fail(Diagnostic{.code = ErrorCode::kOutOfRange,
                           .where = where,
                           .message = fmt::format("'{}' is too large", trimmed),
                           .expected = "a value that fits a double",
                           .hint = {}});
  }
  return ParsedQuantity{.internal_value = internal_value, .written_value = taken->number, .unit = *unit};
}

}  // namespace racemate
