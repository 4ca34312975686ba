// Units: UCUM codes in files, mg / L / h / kg inside.
//
// Two masses are kept apart because adding them is always a mistake here: the mass of a drug (internal unit mg;
// codes g, mg, ug, ng) and the mass of a body (internal unit kg; code kg). So mg/kg times kg is mg, and mg plus kg
// does not compile in an expression.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace racemate {

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

// Parses a UCUM code: products with '.', quotients with '/', exponents as in "kg/m2", "1/h", "/h", "ng.h/mL",
// parentheses, and the annotations in braces that UCUM ignores ("{device}"). Atoms: g, L, h, min, s, d, wk, a (year
// of 365.25 d), mol, m, kg, %, 1, and the prefixes k, d, c, m, u, n, p. nullopt when the code is not understood.
[[nodiscard]] std::optional<Unit> parse_unit(std::string_view code);

// The codes a message may offer as examples for a dimension: "L/h, mL/min".
[[nodiscard]] std::string example_codes(const Dimension& dimension);

}  // namespace racemate
