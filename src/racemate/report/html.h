// A comparison as one self-contained HTML file: no script, no request to anywhere, all text escaped, a content security
// policy that forbids the rest. Reads on a phone, in print, in the dark and by screen reader.
#pragma once

#include <string>

#include "racemate/study/comparison.h"

namespace racemate::report {

[[nodiscard]] std::string render_html(const study::Comparison& comparison);

// "https://doi.org/..." with the characters of the DOI that could leave the attribute percent-encoded.
[[nodiscard]] std::string doi_link(const std::string& doi);
// Whether a URL may become a link: http and https only.
[[nodiscard]] bool linkable(const std::string& url);

}  // namespace racemate::report
