#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "racemate/core/document.h"

namespace racemate {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// "greater than 0 and at most 500", with the unit after each number when one is given.
std::string describe(const NumberRange& range, std::string_view unit) {
  const std::string suffix = unit.empty() || unit == "1" ? std::string{} : fmt::format(" {}", unit);
  std::string text;
  if (range.low > -kInfinity) {
    text = fmt::format("{} {}{}", range.low_open ? "greater than" : "at least", range.low, suffix);
  }
  if (range.high < kInfinity) {
    if (!text.empty()) text += " and ";
    text += fmt::format("at most {}{}", range.high, suffix);
  }
  return text.empty() ? "a finite number" : text;
}

// A value to go on with after a problem that is already reported.
double any_value_in(const NumberRange& range) {
  for (const double candidate : {1.0, 0.0, range.high, range.low, std::nextafter(range.low, kInfinity)}) {
    if (std::isfinite(candidate) && range.contains(candidate)) return candidate;
  }
  return range.low;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

}  // namespace

TableReader::TableReader(const Node& node, std::string what, Diagnostics& diagnostics)
    : table_(node.as_table()), what_(std::move(what)), where_(node.where()), diagnostics_(&diagnostics) {
  if (table_ == nullptr) {
    diagnostics_->push_back({.code = ErrorCode::kWrongType,
                             .where = where_,
                             .message = fmt::format("{} is {}", what_, node.kind()),
                             .expected = "a table",
                             .hint = {}});
  }
}

bool TableReader::has(std::string_view key) const {
  return table_ != nullptr && std::any_of(table_->fields.begin(), table_->fields.end(),
                                          [key](const auto& field) { return field.first == key; });
}

const Node* TableReader::node(std::string_view key) { return take(key); }

const Node* TableReader::take(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  if (table_ == nullptr) return nullptr;
  for (const auto& [name, value] : table_->fields) {
    if (name == key) return &value;
  }
  return nullptr;
}

const Node* TableReader::take_required(std::string_view key, std::string_view expected) {
  const Node* value = take(key);
  // A table that is no table at all was reported by the constructor.
  if (value == nullptr && table_ != nullptr) {
    problem(key, ErrorCode::kMissingField, fmt::format("{} lacks the field '{}'", what_, key), std::string(expected));
  }
  return value;
}

void TableReader::wrong_type(std::string_view key, const Node& value, std::string expected) {
  problem(key, ErrorCode::kWrongType, fmt::format("'{}' of {} is {}", key, what_, value.kind()), std::move(expected));
}

void TableReader::problem(std::string_view key, ErrorCode code, std::string message, std::string expected,
                          std::string hint) {
  const Node* value = table_ == nullptr ? nullptr : take(key);
  diagnostics_->push_back({.code = code,
                           .where = value == nullptr ? where_ : value->where(),
                           .message = std::move(message),
                           .expected = std::move(expected),
                           .hint = std::move(hint)});
}

std::optional<std::string> TableReader::string_of(std::string_view key, const Node* value) {
  if (value == nullptr) return std::nullopt;
  if (const std::string* text = value->as_string()) return *text;
  wrong_type(key, *value, "a string");
  return std::nullopt;
}

std::string TableReader::required_string(std::string_view key) {
  return string_of(key, take_required(key, "a string")).value_or("");
}

std::optional<std::string> TableReader::optional_string(std::string_view key) { return string_of(key, take(key)); }

bool TableReader::optional_boolean(std::string_view key, bool default_value) {
  const Node* value = take(key);
  if (value == nullptr) return default_value;
  if (const bool* boolean = value->as_boolean()) return *boolean;
  wrong_type(key, *value, "true or false");
  return default_value;
}

std::optional<std::int64_t> TableReader::optional_integer(std::string_view key, NumberRange range) {
  const Node* value = take(key);
  if (value == nullptr) return std::nullopt;
  const std::int64_t* number = value->as_integer();
  if (number == nullptr) {
    wrong_type(key, *value, "a whole number");
    return std::nullopt;
  }
  return in_range(key, static_cast<double>(*number), range, "") ? std::optional(*number) : std::nullopt;
}

bool TableReader::in_range(std::string_view key, double value, const NumberRange& range, std::string_view unit) {
  if (range.contains(value)) return true;
  problem(key, ErrorCode::kOutOfRange,
          fmt::format("'{}' of {} is {}{}{}", key, what_, value, unit.empty() || unit == "1" ? "" : " ",
                      unit == "1" ? "" : unit),
          describe(range, unit));
  return false;
}

std::optional<double> TableReader::number_of(std::string_view key, const Node* value, const NumberRange& range) {
  if (value == nullptr) return std::nullopt;
  const std::optional<double> number = value->as_number();
  if (!number) {
    wrong_type(key, *value, "a number");
    return std::nullopt;
  }
  return in_range(key, *number, range, "") ? number : std::nullopt;
}

double TableReader::required_number(std::string_view key, NumberRange range) {
  return number_of(key, take_required(key, "a number"), range).value_or(any_value_in(range));
}

std::optional<double> TableReader::optional_number(std::string_view key, NumberRange range) {
  return number_of(key, take(key), range);
}

std::vector<std::string> TableReader::optional_strings(std::string_view key) {
  const Node* value = take(key);
  if (value == nullptr) return {};
  if (const std::string* text = value->as_string()) return {*text};
  const NodeArray* array = value->as_array();
  if (array == nullptr) {
    wrong_type(key, *value, "a string or an array of strings");
    return {};
  }
  std::vector<std::string> strings;
  for (const Node& item : array->items) {
    if (const std::string* text = item.as_string()) {
      strings.push_back(*text);
    } else {
      diagnostics_->push_back({.code = ErrorCode::kWrongType,
                               .where = item.where(),
                               .message = fmt::format("an item of '{}' of {} is {}", key, what_, item.kind()),
                               .expected = "a string",
                               .hint = {}});
    }
  }
  return strings;
}

std::optional<std::string> TableReader::choice_of(std::string_view key, const Node* value,
                                                  const std::vector<std::string>& choices) {
  std::optional<std::string> chosen = string_of(key, value);
  if (!chosen || std::find(choices.begin(), choices.end(), *chosen) != choices.end()) return chosen;
  const std::string nearest = nearest_name(*chosen, choices);
  problem(key, ErrorCode::kUnknownName, fmt::format("'{}' of {} is '{}'", key, what_, *chosen),
          "one of: " + joined(choices), nearest.empty() ? "" : suggest_name(*chosen, choices));
  return std::nullopt;
}

std::string TableReader::required_choice(std::string_view key, const std::vector<std::string>& choices) {
  const Node* value = take_required(key, "one of: " + joined(choices));
  return choice_of(key, value, choices).value_or(choices.empty() ? std::string{} : choices.front());
}

std::string TableReader::optional_choice(std::string_view key, const std::vector<std::string>& choices,
                                         std::string default_value) {
  return choice_of(key, take(key), choices).value_or(std::move(default_value));
}

std::optional<double> TableReader::quantity_of(std::string_view key, const Node* value, const Dimension& dimension,
                                               const NumberRange& range) {
  if (value == nullptr) return std::nullopt;
  if (const std::optional<double> number = value->as_number()) {
    if (dimension.dimensionless()) return in_range(key, *number, range, "") ? number : std::nullopt;
    problem(key, ErrorCode::kUnknownUnit, fmt::format("'{}' of {} has no unit", key, what_),
            "a quantity in " + example_codes(dimension),
            fmt::format("write \"{} {}\" if that is the unit", *number, to_string(dimension)));
    return std::nullopt;
  }
  const std::string* text = value->as_string();
  if (text == nullptr) {
    wrong_type(key, *value, fmt::format("a quantity in {}", example_codes(dimension)));
    return std::nullopt;
  }
  Result<ParsedQuantity> quantity = parse_quantity(*text, value->where());
  if (!quantity) {
    for (Diagnostic& diagnostic : quantity.error()) {
      diagnostic.message = fmt::format("'{}' of {}: {}", key, what_, diagnostic.message);
      if (diagnostic.code == ErrorCode::kUnknownUnit) diagnostic.expected = "a quantity in " + example_codes(dimension);
      if (dimension.dimensionless() && diagnostic.code == ErrorCode::kUnknownUnit && diagnostic.hint.empty()) {
        diagnostic.hint = "write a plain number without quotes";
      }
      diagnostics_->push_back(std::move(diagnostic));
    }
    return std::nullopt;
  }
  if (quantity->unit.dimension != dimension) {
    problem(key, ErrorCode::kWrongDimension,
            fmt::format("'{}' of {} is in {}, which cannot become {}", key, what_, quantity->unit.code,
                        to_string(dimension)),
            "a quantity in " + example_codes(dimension));
    return std::nullopt;
  }
  if (!in_range(key, quantity->internal_value, range, to_string(dimension))) return std::nullopt;
  return quantity->internal_value;
}

double TableReader::required_quantity(std::string_view key, const Dimension& dimension, NumberRange range) {
  const Node* value = take_required(key, "a quantity in " + example_codes(dimension));
  return quantity_of(key, value, dimension, range).value_or(any_value_in(range));
}

std::optional<double> TableReader::optional_quantity(std::string_view key, const Dimension& dimension,
                                                     NumberRange range) {
  return quantity_of(key, take(key), dimension, range);
}

const Node* TableReader::optional_table(std::string_view key) {
  const Node* value = take(key);
  if (value == nullptr || value->as_table() != nullptr) return value;
  wrong_type(key, *value, "a table");
  return nullptr;
}

std::vector<const Node*> TableReader::optional_tables(std::string_view key) {
  const Node* value = take(key);
  if (value == nullptr) return {};
  const NodeArray* array = value->as_array();
  if (array == nullptr) {
    problem(key, ErrorCode::kWrongType, fmt::format("'{}' of {} is {}", key, what_, value->kind()),
            "an array of tables", value->as_table() == nullptr ? "" : fmt::format("write [[{}]]", key));
    return {};
  }
  std::vector<const Node*> tables;
  for (const Node& item : array->items) {
    if (item.as_table() != nullptr) {
      tables.push_back(&item);
    } else {
      diagnostics_->push_back({.code = ErrorCode::kWrongType,
                               .where = item.where(),
                               .message = fmt::format("an item of '{}' of {} is {}", key, what_, item.kind()),
                               .expected = "a table",
                               .hint = {}});
    }
  }
  return tables;
}

void TableReader::finish() {
  if (table_ == nullptr) return;
  for (const auto& [key, value] : table_->fields) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    diagnostics_->push_back({.code = ErrorCode::kUnknownField,
                             .where = value.key_where(),
                             .message = fmt::format("{} has no field '{}'", what_, key),
                             .expected = {},
                             .hint = suggest_name(key, known_)});
  }
}

}  // namespace racemate
