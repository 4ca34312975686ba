// Units: UCUM codes in files, mg / L / h / kg inside.
//
// Two masses are kept apart because adding them is always a mistake here: the mass of a drug (internal unit mg;
// codes g, mg, ug, ng) and the mass of a body (internal unit kg; code kg). So mg/kg times kg is mg, and mg plus kg
// does not compile in an expression. Volume is a dimension of its own (L, not m3). The amount of substance is nmol
// inside, length is m.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace racemate {

// Exponents of a unit stay within this; those that arise in computing with dimensions are clamped at the int8 limits
// and a file cannot reach them.
inline constexpr int kMaxUnitExponent = 12;

// Exponents over {drug mass, body mass, volume, time, amount of substance, length}.
struct Dimension {
  std::int8_t drug_mass = 0;
  std::int8_t body_mass = 0;
  std::int8_t volume = 0;
  std::int8_t time = 0;
  std::int8_t substance = 0;
  std::int8_t length = 0;

  constexpr bool operator==(const Dimension&) const = default;
  [[nodiscard]] constexpr bool dimensionless() const { return *this == Dimension{}; }
};

[[nodiscard]] Dimension operator*(const Dimension& a, const Dimension& b);
[[nodiscard]] Dimension operator/(const Dimension& a, const Dimension& b);
[[nodiscard]] Dimension power(const Dimension& a, int exponent);

namespace dimensions {
inline constexpr Dimension kNone{};
inline constexpr Dimension kDrugMass{.drug_mass = 1};
inline constexpr Dimension kBodyMass{.body_mass = 1};
inline constexpr Dimension kVolume{.volume = 1};
inline constexpr Dimension kTime{.time = 1};
inline constexpr Dimension kRate{.time = -1};
inline constexpr Dimension kClearance{.volume = 1, .time = -1};
inline constexpr Dimension kConcentration{.drug_mass = 1, .volume = -1};
inline constexpr Dimension kDosePerBodyMass{.drug_mass = 1, .body_mass = -1};
}  // namespace dimensions

// "mg/L", "L/h", "1/h", "1": a dimension in internal units, for messages.
[[nodiscard]] std::string to_string(const Dimension& dimension);

struct Unit {
  std::string code;  // as written
  Dimension dimension;
  double to_internal;  // value in this unit x to_internal = value in internal units
};

// Value in `unit` <-> value in internal units. Where 1 / to_internal is a whole number this divides by it, so that
// "40 min" is 40/60 h and "30 ng/mL" is 30/1000 mg/L, each rounded once.
[[nodiscard]] double to_internal_value(const Unit& unit, double written_value);
[[nodiscard]] double from_internal_value(const Unit& unit, double internal_value);

// Parses a UCUM code (case-sensitive): products with '.', quotients with '/' from left to right, exponents as in
// "kg/m2", "m-2", "1/h", "/h", "ng.h/mL", parentheses, and the annotations in braces that UCUM ignores ("{device}").
// Atoms: g, L or l, h, min, s, d, wk, a (year of 365.25 d), mol, m, kg, %, 1; the prefixes k, d, c, m, u (also written
// with the Greek letter), n, p before g, L, mol, m and s. nullopt when the code is not understood, has an exponent
// beyond kMaxUnitExponent, is longer than 64 bytes or nests deeper than 8 parentheses.
[[nodiscard]] std::optional<Unit> parse_unit(std::string_view code);

// "did you mean 'ug/mL'?" for codes that are near to one we know ("mcg/mL", "hours"), else "".
[[nodiscard]] std::string suggest_unit(std::string_view code);

// The codes a message may offer as examples for a dimension: "L/h, mL/min".
[[nodiscard]] std::string example_codes(const Dimension& dimension);

}  // namespace racemate
