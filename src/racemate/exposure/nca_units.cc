#include "racemate/exposure/nca_units.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "racemate/core/check.h"

namespace racemate::exposure {
namespace {

ResultUnit spelled(const std::string& code, const Dimension& dimension, double to_internal) {
  constexpr double kRounding = 1e-12;
  const std::optional<Unit> unit = parse_unit(code);
  if (unit && unit->dimension == dimension && std::fabs(unit->to_internal - to_internal) <= kRounding * to_internal) {
    return {.unit = *unit};
  }
  return {.unit = internal_unit(dimension), .factor = to_internal};
}

}  // namespace

ResultUnit concentration_time_unit(const NcaUnits& units, int power) {
  const std::string& concentration = units.concentration.code;
  const std::size_t slash = std::min(concentration.find('/'), concentration.size());
  return spelled(fmt::format("{}.{}{}{}", concentration.substr(0, slash), units.time.code,
                             power == 1 ? "" : std::to_string(power), concentration.substr(slash)),
                 units.concentration.dimension * racemate::power(units.time.dimension, power),
                 units.concentration.to_internal * std::pow(units.time.to_internal, power));
}

ResultUnit rate_unit(const NcaUnits& units) {
  return spelled("1/" + units.time.code, dimensions::kRate, 1 / units.time.to_internal);
}

Unit internal_unit(const Dimension& dimension) {
  return {.code = to_string(dimension), .dimension = dimension, .to_internal = 1};
}

Unit own_unit(const char* code) {
  const std::optional<Unit> unit = parse_unit(code);
  RACEMATE_CHECK(unit.has_value(), "a unit of our own is known");
  return *unit;
}

}  // namespace racemate::exposure
