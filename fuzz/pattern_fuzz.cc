// Any bytes as a pattern file: a pattern whose calendar can be written out or refused, or a list of problems.
#include <cstddef>
#include <cstdint>

#include "fuzz_support.h"
#include "racemate/core/document.h"
#include "racemate/core/time.h"
#include "racemate/regimen/pattern.h"
#include "racemate/regimen/timeline.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace racemate;
  const auto document = parse_document(std::string(reinterpret_cast<const char*>(data), size), "pattern.toml");
  if (!document) {
    fuzz::check_refusal(document.error());
    return 0;
  }
  const auto pattern = regimen::parse_pattern(*document, "pattern.toml", fuzz::shipped_evidence());
  if (!pattern) {
    fuzz::check_refusal(pattern.error());
    return 0;
  }
  constexpr double kWeeks = 8;  // long enough for a change of phase, short enough for many runs a second
  const auto timeline = regimen::expand(*pattern, Duration::from_days(7 * kWeeks));
  if (!timeline) {
    fuzz::check_refusal(timeline.error());
    return 0;
  }
  RACEMATE_CHECK(timeline->administrations.size() <= static_cast<std::size_t>(regimen::kMaxAdministrations),
                 "expansion keeps its limit");
  for (std::size_t i = 1; i < timeline->administrations.size(); ++i) {
    RACEMATE_CHECK(timeline->administrations[i - 1].time <= timeline->administrations[i].time, "sorted by time");
  }
  return 0;
}
