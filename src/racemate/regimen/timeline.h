// A pattern written out over a horizon: sessions and administrations in order of time. Expanded once, shared by all.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/time.h"
#include "racemate/regimen/pattern.h"

namespace racemate::regimen {

inline constexpr std::int64_t kMaxAdministrations = 2'000'000;  // a limit on expansion, not on people

struct Administration {
  Instant time;
  Duration duration;          // zero: not an infusion
  std::uint32_t session = 0;  // index into Timeline::sessions
  std::uint32_t number = 1;   // within the session, from 1
  std::uint32_t dose = 0;     // index into Pattern::doses
};

struct Session {
  Instant start;
  std::uint32_t first_administration = 0;
  std::uint32_t administrations = 0;
  std::uint32_t phase = 0;
};

struct Timeline {
  std::vector<Session> sessions;
  std::vector<Administration> administrations;  // sorted by time
  Duration horizon;                             // everything in [0, horizon)
};

// Sessions before the horizon that start before an earlier one is over (its last administration included): one problem
// for each pair of phases, at the phase of the later session.
[[nodiscard]] Diagnostics session_overlaps(const Pattern& pattern, Duration horizon);

// Sessions that start in [0, horizon). Overlapping sessions, no session at all, more than kMaxAdministrations or a
// horizon beyond kMaxWeek are errors.
[[nodiscard]] Result<Timeline> expand(const Pattern& pattern, Duration horizon);

}  // namespace racemate::regimen
