// The style sheet of the report page. Colours meet WCAG AA against their background, in light and in dark.
#pragma once

namespace racemate::report {

extern const char* const kStyleSheet;

}  // namespace racemate::report
