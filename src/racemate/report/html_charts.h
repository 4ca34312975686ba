// The charts of a comparison as HTML figures: one panel per analyte, matrix and site, since a concentration of racemate
// and one of S-ketamine are different things and are never drawn on one axis.
#pragma once

#include <string>

#include "racemate/study/comparison.h"

namespace racemate::report {

// Four sections: one session, the first days, the year as it adds up, and how people differ. "" without patterns.
[[nodiscard]] std::string render_charts(const study::Comparison& comparison);

// A bar from low to high (multiples of the central value, logarithmic, 1/8 to 8) with a mark at 1.
[[nodiscard]] std::string render_relative_bar(double low, double high);

}  // namespace racemate::report
