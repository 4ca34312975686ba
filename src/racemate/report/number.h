// Numbers as people read them: significant digits, thousands separators, a dash where there is no value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace racemate::report {

inline constexpr std::string_view kNoValue = "–";
inline constexpr int kSignificantDigits = 3;  // the sketches behind percentiles do not support more

// "253", "31.0", "20,800", "0.0123", "1.23×10⁻⁵", "0", and kNoValue when not finite. Rounded to `significant` digits,
// trailing zeros kept; whole numbers below 10 million are printed in full, since a dose of 2,632 mg is exact.
[[nodiscard]] std::string format_number(double value, int significant = kSignificantDigits);

// "180–340"; one number when both ends print alike.
[[nodiscard]] std::string format_range(double low, double high);

// "median (p5–p95)"; one number when all three print alike.
[[nodiscard]] std::string format_interval(double median, double low, double high);

// "1,000".
[[nodiscard]] std::string format_count(std::uint64_t count);

// The shortest text that reads back to the same double; "" when not finite. For machines.
[[nodiscard]] std::string format_exact(double value);

// A UCUM code as people write it: "ng.h/mL" -> "ng·h/mL", "1" -> "", "{device}" -> "device".
[[nodiscard]] std::string display_unit(std::string_view ucum);

// "253 ng/mL", or the number alone when the unit is "1".
[[nodiscard]] std::string with_unit(std::string_view number, std::string_view ucum);

}  // namespace racemate::report
