#include "racemate/core/units.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "racemate/core/diagnostic.h"

namespace racemate {
namespace {

constexpr std::size_t kLongestUnitCode = 64;
constexpr int kDeepestParentheses = 8;

std::int8_t exponent_of(int value) {
  return static_cast<std::int8_t>(
      std::clamp<int>(value, std::numeric_limits<std::int8_t>::min(), std::numeric_limits<std::int8_t>::max()));
}

// Applies operation(left exponent, right exponent) to each base.
template <class Operation>
Dimension combine(const Dimension& a, const Dimension& b, Operation operation) {
  return {.drug_mass = exponent_of(operation(a.drug_mass, b.drug_mass)),
          .body_mass = exponent_of(operation(a.body_mass, b.body_mass)),
          .volume = exponent_of(operation(a.volume, b.volume)),
          .time = exponent_of(operation(a.time, b.time)),
          .substance = exponent_of(operation(a.substance, b.substance)),
          .length = exponent_of(operation(a.length, b.length))};
}

bool within_exponent_limit(const Dimension& dimension) {
  const std::array<std::int8_t, 6> exponents{dimension.drug_mass, dimension.body_mass, dimension.volume,
                                             dimension.time,      dimension.substance, dimension.length};
  return std::all_of(exponents.begin(), exponents.end(),
                     [](std::int8_t exponent) { return std::abs(exponent) <= kMaxUnitExponent; });
}

// A factor numerator / denominator * 10^decimal_exponent. Kept apart while units multiply, so that the double made of
// them is rounded once or twice and 1 ng/mL is exactly the double nearest to 0.001.
struct Factor {
  double numerator = 1;
  double denominator = 1;
  int decimal_exponent = 0;
};

struct Term {
  Dimension dimension;
  Factor factor;
};

Term multiply(const Term& a, const Term& b) {
  return {.dimension = a.dimension * b.dimension,
          .factor = {.numerator = a.factor.numerator * b.factor.numerator,
                     .denominator = a.factor.denominator * b.factor.denominator,
                     .decimal_exponent = a.factor.decimal_exponent + b.factor.decimal_exponent}};
}

Term inverse(const Term& term) {
  return {.dimension = power(term.dimension, -1),
          .factor = {.numerator = term.factor.denominator,
                     .denominator = term.factor.numerator,
                     .decimal_exponent = -term.factor.decimal_exponent}};
}

double value_of(const Factor& factor) {
  const double power_of_ten = std::pow(10.0, std::abs(factor.decimal_exponent));
  return factor.decimal_exponent >= 0 ? factor.numerator * power_of_ten / factor.denominator
                                      : factor.numerator / (factor.denominator * power_of_ten);
}

struct Atom {
  std::string_view code;
  bool takes_prefix;
  Term term;
};

// kg stands before g with a prefix: it is a body, not a thousand grams of drug.
const std::array<Atom, 13>& atoms() {
  static const std::array<Atom, 13> table{{
      {"kg", false, {dimensions::kBodyMass, {}}},
      {"g", true, {dimensions::kDrugMass, {.decimal_exponent = 3}}},
      {"L", true, {dimensions::kVolume, {}}},
      {"l", true, {dimensions::kVolume, {}}},
      {"h", false, {dimensions::kTime, {}}},
      {"min", false, {dimensions::kTime, {.denominator = 60}}},
      {"s", true, {dimensions::kTime, {.denominator = 3600}}},
      {"d", false, {dimensions::kTime, {.numerator = 24}}},
      {"wk", false, {dimensions::kTime, {.numerator = 168}}},
      {"a", false, {dimensions::kTime, {.numerator = 8766}}},  // 365.25 d
      {"mol", true, {Dimension{.substance = 1}, {.decimal_exponent = 9}}},
      {"m", true, {Dimension{.length = 1}, {}}},
      {"%", false, {dimensions::kNone, {.decimal_exponent = -2}}},
  }};
  return table;
}

struct Prefix {
  std::string_view code;
  int decimal_exponent;
};
constexpr std::array<Prefix, 9> kPrefixes{{{"k", 3},
                                           {"d", -1},
                                           {"c", -2},
                                           {"m", -3},
                                           {"u", -6},
                                           {"\xC2\xB5", -6},  // U+00B5, the micro sign
                                           {"\xCE\xBC", -6},  // U+03BC, the Greek letter
                                           {"n", -9},
                                           {"p", -12}}};

std::optional<Term> find_atom(std::string_view code) {
  for (const Atom& atom : atoms()) {
    if (atom.code == code) return atom.term;
  }
  for (const Prefix& prefix : kPrefixes) {
    if (!code.starts_with(prefix.code)) continue;
    for (const Atom& atom : atoms()) {
      if (!atom.takes_prefix || code.substr(prefix.code.size()) != atom.code) continue;
      Term term = atom.term;
      term.factor.decimal_exponent += prefix.decimal_exponent;
      return term;
    }
  }
  return std::nullopt;
}

bool is_digit(char character) { return character >= '0' && character <= '9'; }

// term      = component { ("." | "/") component }
// component = "(" term ")" | annotation | atom [exponent] [annotation] | "1" [annotation]
class UnitParser {
 public:
  explicit UnitParser(std::string_view code) : rest_(code) {}

  std::optional<Term> parse() {
    const bool inverted = take('/');
    std::optional<Term> first = component(0);
    if (first && inverted) first = inverse(*first);
    std::optional<Term> whole = continue_term(first, 0);
    if (!whole || !rest_.empty()) return std::nullopt;
    return whole;
  }

 private:
  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<Term> continue_term(std::optional<Term> left, int depth) {
    while (left) {
      const bool divides = take('/');
      if (!divides && !take('.')) break;
      const std::optional<Term> right = component(depth);
      if (!right) return std::nullopt;
      left = multiply(*left, divides ? inverse(*right) : *right);
      if (!within_exponent_limit(left->dimension)) return std::nullopt;
    }
    return left;
  }

  std::optional<Term> component(int depth) {
    if (take('(')) {
      if (depth >= kDeepestParentheses) return std::nullopt;
      std::optional<Term> inner = continue_term(component(depth + 1), depth + 1);
      if (!inner || !take(')')) return std::nullopt;
      return inner;
    }
    if (!rest_.empty() && rest_.front() == '{') return annotation() ? std::optional(Term{}) : std::nullopt;
    std::optional<Term> term = simple_unit();
    if (term && !rest_.empty() && rest_.front() == '{' && !annotation()) return std::nullopt;
    return term;
  }

  std::optional<Term> simple_unit() {
    if (take('1')) return Term{};
    const std::size_t end = std::min(rest_.find_first_of("0123456789+-./(){}"), rest_.size());
    const std::optional<Term> atom = find_atom(rest_.substr(0, end));
    if (!atom) return std::nullopt;
    rest_.remove_prefix(end);
    if (rest_.empty() || (!is_digit(rest_.front()) && rest_.front() != '+' && rest_.front() != '-')) return atom;
    return raised(*atom);
  }

  // Reads the exponent that stands next and applies it.
  std::optional<Term> raised(const Term& atom) {
    const bool negative = take('-');
    if (!negative) take('+');
    int exponent = 0;
    const std::size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (digits == 0 || digits > 2) return std::nullopt;
    for (const char digit : rest_.substr(0, digits)) exponent = 10 * exponent + (digit - '0');
    rest_.remove_prefix(digits);
    if (exponent == 0 || exponent > kMaxUnitExponent) return std::nullopt;
    Term term = atom;
    for (int i = 1; i < exponent; ++i) term = multiply(term, atom);
    return negative ? inverse(term) : term;
  }

  // "{text}": printable ASCII without braces.
  bool annotation() {
    const std::size_t end = rest_.find('}');
    if (end == std::string_view::npos || end == 1) return false;
    const std::string_view text = rest_.substr(1, end - 1);
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F && c != '{'; })) return false;
    rest_.remove_prefix(end + 1);
    return true;
  }

  std::string_view rest_;
};

// What people write and UCUM does not.
constexpr std::array<std::pair<std::string_view, std::string_view>, 25> kCommonMistakes{{
    {"mcg", "ug"},  {"mcL", "uL"},  {"cc", "mL"},      {"hr", "h"},        {"hrs", "h"},
    {"hour", "h"},  {"hours", "h"}, {"minute", "min"}, {"minutes", "min"}, {"mins", "min"},
    {"sec", "s"},   {"secs", "s"},  {"second", "s"},   {"seconds", "s"},   {"day", "d"},
    {"days", "d"},  {"week", "wk"}, {"weeks", "wk"},   {"w", "wk"},        {"year", "a"},
    {"years", "a"}, {"yr", "a"},    {"y", "a"},        {"percent", "%"},   {"kgs", "kg"},
}};

std::string with_common_mistakes_repaired(std::string_view code) {
  std::string repaired;
  while (!code.empty()) {
    const std::size_t end = std::min(code.find_first_of("0123456789+-./(){}*^ "), code.size());
    const std::string_view word = code.substr(0, end);
    const auto* const mistake = std::find_if(kCommonMistakes.begin(), kCommonMistakes.end(),
                                             [&](const auto& entry) { return entry.first == word; });
    repaired += mistake == kCommonMistakes.end() ? word : mistake->second;
    if (end == code.size()) break;
    if (code[end] == '*') {
      repaired += '.';
    } else if (code[end] != '^' && code[end] != ' ') {
      repaired += code[end];
    }
    code.remove_prefix(end + 1);
  }
  return repaired;
}

const std::vector<std::string>& common_codes() {
  static const std::vector<std::string> codes{
      "mg",        "g",      "ug",     "ng",      "kg",        "L",      "mL",     "h",         "min",    "s",
      "d",         "wk",     "a",      "1/h",     "L/h",       "mL/min", "mg/L",   "ng/mL",     "ug/mL",  "mg/kg",
      "mg/h",      "mg/min", "ug/min", "mg/kg/h", "ug/kg/min", "L/kg",   "L/h/kg", "mL/min/kg", "mg.h/L", "ng.h/mL",
      "ng.min/mL", "nmol/L", "umol/L", "m",       "cm",        "kg/m2",  "%",      "1"};
  return codes;
}

}  // namespace

Dimension operator*(const Dimension& a, const Dimension& b) {
  return combine(a, b, [](int left, int right) { return left + right; });
}

Dimension operator/(const Dimension& a, const Dimension& b) {
  return combine(a, b, [](int left, int right) { return left - right; });
}

Dimension power(const Dimension& a, int exponent) {
  // Beyond +-255 every exponent but 0 is clamped anyway; the clamp here keeps the product inside an int.
  const int factor = std::clamp(exponent, -255, 255);
  return combine(a, a, [factor](int base, int) { return base * factor; });
}

std::string to_string(const Dimension& dimension) {
  const std::array<std::pair<std::string_view, int>, 6> bases{{{"mg", dimension.drug_mass},
                                                               {"nmol", dimension.substance},
                                                               {"kg", dimension.body_mass},
                                                               {"m", dimension.length},
                                                               {"L", dimension.volume},
                                                               {"h", dimension.time}}};
  std::string above;
  std::string below;
  for (const auto& [code, exponent] : bases) {
    if (exponent == 0) continue;
    std::string& side = exponent > 0 ? above : below;
    if (exponent < 0) side += '/';
    if (exponent > 0 && !side.empty()) side += '.';
    side += code;
    if (std::abs(exponent) > 1) side += std::to_string(std::abs(exponent));
  }
  return (above.empty() ? "1" : above) + below;
}

double to_internal_value(const Unit& unit, double written_value) {
  const double units_per_internal = 1.0 / unit.to_internal;
  const bool whole = units_per_internal == std::round(units_per_internal) && units_per_internal < 0x1p53;
  return whole ? written_value / units_per_internal : written_value * unit.to_internal;
}

double from_internal_value(const Unit& unit, double internal_value) {
  const double units_per_internal = 1.0 / unit.to_internal;
  const bool whole = units_per_internal == std::round(units_per_internal) && units_per_internal < 0x1p53;
  return whole ? internal_value * units_per_internal : internal_value / unit.to_internal;
}

std::optional<Unit> parse_unit(std::string_view code) {
  if (code.empty() || code.size() > kLongestUnitCode) return std::nullopt;
  const std::optional<Term> term = UnitParser(code).parse();
  if (!term) return std::nullopt;
  const double to_internal = value_of(term->factor);
  if (!std::isnormal(to_internal)) return std::nullopt;
  return Unit{.code = std::string(code), .dimension = term->dimension, .to_internal = to_internal};
}

std::string suggest_unit(std::string_view code) {
  if (code.empty() || code.size() > kLongestUnitCode) return {};
  const std::string repaired = with_common_mistakes_repaired(code);
  if (repaired != code && parse_unit(repaired)) return "did you mean '" + repaired + "'?";
  const std::string nearest = nearest_name(code, common_codes());
  return nearest.empty() ? std::string{} : "did you mean '" + nearest + "'?";
}

std::string example_codes(const Dimension& dimension) {
  struct Example {
    Dimension dimension;
    std::string_view codes;
  };
  static constexpr std::array<Example, 16> kExamples{{
      {dimensions::kNone, "1, %"},
      {dimensions::kDrugMass, "mg, g, ug"},
      {dimensions::kBodyMass, "kg"},
      {dimensions::kVolume, "L, mL"},
      {dimensions::kTime, "h, min, d, wk"},
      {dimensions::kRate, "1/h, 1/min, 1/wk"},
      {dimensions::kClearance, "L/h, mL/min"},
      {dimensions::kConcentration, "mg/L, ng/mL"},
      {dimensions::kDosePerBodyMass, "mg/kg, ug/kg"},
      {{.drug_mass = 1, .time = -1}, "mg/h, ug/min"},
      {{.drug_mass = 1, .body_mass = -1, .time = -1}, "mg/kg/h, ug/kg/min"},
      {{.drug_mass = 1, .volume = -1, .time = 1}, "mg.h/L, ng.h/mL"},
      {{.body_mass = -1, .volume = 1}, "L/kg, mL/kg"},
      {{.body_mass = -1, .volume = 1, .time = -1}, "L/h/kg, mL/min/kg"},
      {{.length = 1}, "m, cm"},
      {{.body_mass = 1, .length = -2}, "kg/m2"},
  }};
  for (const Example& example : kExamples) {
    if (example.dimension == dimension) return std::string(example.codes);
  }
  return to_string(dimension);
}

}  // namespace racemate
