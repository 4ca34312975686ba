// A made-up comparison, realistic in shape, for the tests of the report room: six patterns of two analytes, long
// texts, missing values with reasons, uncertain inputs, bridges. Its numbers are not results.
#pragma once

#include "racemate/study/comparison.h"

namespace racemate::report {

[[nodiscard]] study::Comparison example_comparison();

// Text that would do harm if it were not escaped: markup, quotes, a terminal escape, an override of direction, bytes
// that are not UTF-8, a formula.
inline constexpr const char* kHostileText =
    "=HYPERLINK(\"x\")<script>alert('1')</script>&amp;\x1b[2J\xE2\x80\xAE\xff\n]]>--><img src=x onerror=alert(1)>";
// The example with kHostileText in every free text.
[[nodiscard]] study::Comparison hostile_comparison();

}  // namespace racemate::report
