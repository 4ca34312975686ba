// Units of what an analysis computes, written as the field writes them.
#pragma once

#include <string>

#include "racemate/exposure/nca.h"

namespace racemate::exposure {

// A unit to show, and the factor that brings a value in the product of the units as written to it. The factor is 1 and
// the code the usual one ("ng.h/mL") unless that spelling would mean something else, as for odd codes of time like
// "m.h/m"; then the unit is the internal one.
struct ResultUnit {
  Unit unit;
  double factor = 1;
};

[[nodiscard]] ResultUnit concentration_time_unit(const NcaUnits& units, int power);  // concentration x time^power
[[nodiscard]] ResultUnit rate_unit(const NcaUnits& units);                           // 1 / time
[[nodiscard]] Unit internal_unit(const Dimension& dimension);                        // factor of one
[[nodiscard]] Unit own_unit(const char* code);                                       // precondition: a known code

}  // namespace racemate::exposure
