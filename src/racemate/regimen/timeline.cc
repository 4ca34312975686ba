#include "racemate/regimen/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "racemate/core/check.h"

namespace racemate::regimen {

namespace {

constexpr std::int64_t kDaysPerWeek = 7;
const Duration kDay = Duration::from_days(1);

struct PlannedSession {
  Instant start;
  std::uint32_t phase = 0;
};

Diagnostic problem_of(const Pattern& pattern, const Phase& phase, ErrorCode code, std::string message,
                      std::string expected, std::string hint) {
  SourcePosition where = phase.where;
  if (where.file.empty()) {
    where.file = pattern.file;
  }
  return {code, where, std::move(message), std::move(expected), std::move(hint)};
}

// First day after the phase, counted from day 0.
std::int64_t end_day(const Phase& phase) { return phase.last_week.value_or(kMaxWeek) * kDaysPerWeek; }

// Days of the sessions of one phase before `horizon_days`, in order. Bounded by kMaxWeek weeks.
std::vector<std::int64_t> session_days(const Phase& phase, std::int64_t horizon_days) {
  std::vector<std::int64_t> days;
  const std::int64_t first_day = (phase.first_week - 1) * kDaysPerWeek;
  const std::int64_t end = std::min(end_day(phase), horizon_days);
  const auto full = [&] {
    return phase.sessions_limit > 0 && static_cast<std::int64_t>(days.size()) >= phase.sessions_limit;
  };
  if (phase.weekdays.empty()) {
    for (std::int64_t day = first_day; day < end && !full(); day += phase.every_days) {
      days.push_back(day);
    }
    return days;
  }
  for (std::int64_t monday = first_day; monday < end; monday += kDaysPerWeek * phase.every_weeks) {
    for (const int weekday : phase.weekdays) {
      if (monday + weekday < end && !full()) {
        days.push_back(monday + weekday);
      }
    }
  }
  return days;
}

std::vector<PlannedSession> plan_sessions(const Pattern& pattern, Duration horizon) {
  const std::int64_t horizon_days = (horizon.ticks() + kDay.ticks() - 1) / kDay.ticks();
  std::vector<PlannedSession> sessions;
  for (std::size_t p = 0; p < pattern.phases.size(); ++p) {
    for (const std::int64_t day : session_days(pattern.phases[p], horizon_days)) {
      const Instant start = Instant() + kDay * day + pattern.session_start;
      if (start < Instant() + horizon) {
        sessions.push_back({start, static_cast<std::uint32_t>(p)});
      }
    }
  }
  std::stable_sort(sessions.begin(), sessions.end(),
                   [](const PlannedSession& a, const PlannedSession& b) { return a.start < b.start; });
  return sessions;
}

// "week 4, Mon 20:00"
std::string calendar_time(Instant time) {
  static constexpr std::array<std::string_view, 7> kWeekdays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  const std::int64_t day = time.ticks() / kDay.ticks();
  const auto minute = static_cast<std::int64_t>(Duration::from_ticks(time.ticks() % kDay.ticks()).hours() * 60);
  return fmt::format("week {}, {} {:02}:{:02}", day / kDaysPerWeek + 1,
                     kWeekdays[static_cast<std::size_t>(day % kDaysPerWeek)], minute / 60, minute % 60);
}

Diagnostics overlaps(const Pattern& pattern, const std::vector<PlannedSession>& sessions) {
  Diagnostics diagnostics;
  std::set<std::pair<std::uint32_t, std::uint32_t>> reported;
  for (std::size_t i = 1; i < sessions.size(); ++i) {
    const PlannedSession& before = sessions[i - 1];
    const PlannedSession& after = sessions[i];
    const SessionDose& dose = pattern.doses[pattern.phases[before.phase].dose];
    const Instant last_start = before.start + dose.spacing * (dose.units - 1);
    // An infusion may end when the next session starts; two administrations of two sessions may not coincide.
    const bool over = last_start + dose.duration <= after.start && last_start < after.start;
    if (over || !reported.insert({before.phase, after.phase}).second) {
      continue;
    }
    diagnostics.push_back(
        problem_of(pattern, pattern.phases[after.phase], ErrorCode::kInconsistent,
                   fmt::format("a session of '{}' starts at {} before the one of '{}' that started at {} is over",
                               pattern.phases[after.phase].name, calendar_time(after.start),
                               pattern.phases[before.phase].name, calendar_time(before.start)),
                   "phases and sessions that do not overlap",
                   fmt::format("a session of '{}' lasts {:.6g} h", pattern.phases[before.phase].name,
                               session_length(dose).hours())));
  }
  return diagnostics;
}

std::int64_t count_administrations(const Pattern& pattern, const std::vector<PlannedSession>& sessions) {
  std::int64_t count = 0;
  for (const PlannedSession& session : sessions) {
    count += pattern.doses[pattern.phases[session.phase].dose].units;
  }
  return count;
}

void append_session(const Pattern& pattern, const PlannedSession& planned, Timeline& timeline) {
  const std::size_t dose_index = pattern.phases[planned.phase].dose;
  const SessionDose& dose = pattern.doses[dose_index];
  Session session;
  session.start = planned.start;
  session.phase = planned.phase;
  session.first_administration = static_cast<std::uint32_t>(timeline.administrations.size());
  for (std::int64_t unit = 0; unit < dose.units; ++unit) {
    const Instant time = planned.start + dose.spacing * unit;
    if (time >= Instant() + timeline.horizon) {
      break;
    }
    timeline.administrations.push_back({time, dose.duration, static_cast<std::uint32_t>(timeline.sessions.size()),
                                        static_cast<std::uint32_t>(unit + 1), static_cast<std::uint32_t>(dose_index)});
    ++session.administrations;
  }
  timeline.sessions.push_back(session);
}

}  // namespace

Diagnostics session_overlaps(const Pattern& pattern, Duration horizon) {
  return overlaps(pattern, plan_sessions(pattern, horizon));
}

Result<Timeline> expand(const Pattern& pattern, Duration horizon) {
  const SourcePosition where{pattern.file, 0, 0};
  if (horizon > Duration::from_days(static_cast<double>(kMaxWeek * kDaysPerWeek))) {
    return fail({ErrorCode::kOutOfRange,
                 where,
                 "the horizon is too long",
                 fmt::format("at most {} days", kMaxWeek * kDaysPerWeek),
                 {}});
  }
  for (const Phase& phase : pattern.phases) {
    RACEMATE_CHECK(phase.dose < pattern.doses.size(), "a phase follows a dose rule of its pattern");
    RACEMATE_CHECK(!phase.weekdays.empty() || phase.every_days >= 1, "a phase has days");
    RACEMATE_CHECK(phase.every_weeks >= 1 && phase.first_week >= 1, "a phase counts weeks from 1");
  }
  const std::vector<PlannedSession> sessions = plan_sessions(pattern, horizon);
  if (sessions.empty()) {
    return fail({ErrorCode::kInconsistent, where,
                 fmt::format("no session of '{}' starts within {:.6g} days", pattern.id, horizon.hours() / 24),
                 "a schedule with a session in the horizon", "a longer horizon, or an earlier first week"});
  }
  const std::int64_t administrations = count_administrations(pattern, sessions);
  if (administrations > kMaxAdministrations) {
    return fail({ErrorCode::kOutOfRange, where,
                 fmt::format("'{}' has {} administrations within {:.6g} days", pattern.id, administrations,
                             horizon.hours() / 24),
                 fmt::format("at most {}", kMaxAdministrations), "a shorter horizon, or larger steps"});
  }
  Diagnostics diagnostics = overlaps(pattern, sessions);
  if (!diagnostics.empty()) {
    return fail(std::move(diagnostics));
  }
  Timeline timeline;
  timeline.horizon = horizon;
  timeline.sessions.reserve(sessions.size());
  timeline.administrations.reserve(static_cast<std::size_t>(administrations));
  for (const PlannedSession& session : sessions) {
    append_session(pattern, session, timeline);
  }
  return timeline;
}

}  // namespace racemate::regimen
