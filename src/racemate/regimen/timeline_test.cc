#include "racemate/regimen/timeline.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "racemate/regimen/testing.h"

namespace racemate::regimen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Duration kYear = Duration::from_days(364);

Pattern pattern_of(SessionDose dose, std::vector<Phase> phases, double start_h = 0) {
  Pattern pattern;
  pattern.id = "test";
  pattern.file = "test.toml";
  pattern.doses = {std::move(dose)};
  pattern.phases = std::move(phases);
  pattern.session_start = Duration::from_hours(start_h);
  return pattern;
}

Phase on_weekdays(std::vector<int> weekdays) {
  Phase phase;
  phase.name = "weekly";
  phase.weekdays = std::move(weekdays);
  return phase;
}

Phase every_days(std::int64_t days) {
  Phase phase;
  phase.name = "daily";
  phase.every_days = days;
  return phase;
}

SessionDose dose_of(std::int64_t units, double spacing_h, double duration_h = 0) {
  SessionDose dose;
  dose.amount.value = 10;
  dose.units = units;
  dose.spacing = Duration::from_hours(spacing_h);
  dose.duration = Duration::from_hours(duration_h);
  return dose;
}

std::vector<double> start_days(const Timeline& timeline) {
  std::vector<double> days;
  for (const Session& session : timeline.sessions) {
    days.push_back(session.start.hours() / 24);
  }
  return days;
}

TEST(Expand, EveryTwoWeeksIs26SessionsAYear) {
  const Result<Timeline> timeline = expand(pattern_of(dose_of(1, 0, 2.0 / 3), {every_days(14)}, 10), kYear);
  ASSERT_TRUE(timeline);
  EXPECT_EQ(timeline->sessions.size(), 26U);
  EXPECT_EQ(timeline->administrations.size(), 26U);
  EXPECT_EQ(timeline->sessions[0].start, Instant::from_hours(10));
  EXPECT_EQ(timeline->sessions[25].start, Instant::from_hours(350 * 24 + 10));
}

TEST(Expand, WeekdaysCountFromMondayOfWeekOne) {
  Phase phase = on_weekdays({0, 5});
  phase.first_week = 2;
  phase.every_weeks = 2;
  phase.last_week = 5;
  const Result<Timeline> timeline = expand(pattern_of(dose_of(1, 0), {phase}), kYear);
  ASSERT_TRUE(timeline);
  EXPECT_THAT(start_days(*timeline), ElementsAre(7, 12, 21, 26));
}

TEST(Expand, ALimitOfSessionsEndsAPhase) {
  Phase limited = on_weekdays({0, 3});
  limited.sessions_limit = 3;
  EXPECT_THAT(start_days(*expand(pattern_of(dose_of(1, 0), {limited}), kYear)), ElementsAre(0, 3, 7));
  Phase daily = every_days(5);
  daily.sessions_limit = 2;
  EXPECT_THAT(start_days(*expand(pattern_of(dose_of(1, 0), {daily}), kYear)), ElementsAre(0, 5));
}

TEST(Expand, TheHorizonIsHalfOpen) {
  const Pattern pattern = pattern_of(dose_of(1, 0), {every_days(1)}, 12);
  EXPECT_EQ(expand(pattern, Duration::from_hours(36))->sessions.size(), 1U) << "noon of day 2 is not before noon";
  EXPECT_EQ(expand(pattern, Duration::from_ticks(Duration::from_hours(36).ticks() + 1))->sessions.size(), 2U);
}

TEST(Expand, AdministrationsBeyondTheHorizonAreCut) {
  const Result<Timeline> timeline = expand(pattern_of(dose_of(24, 1), {on_weekdays({6})}, 22), Duration::from_days(7));
  ASSERT_TRUE(timeline);
  EXPECT_EQ(timeline->administrations.size(), 2U) << "22:00 and 23:00";
  EXPECT_EQ(timeline->sessions[0].administrations, 2U);
}

TEST(Expand, BumpsAreNumberedWithinTheSession) {
  const Result<Timeline> timeline =
      expand(pattern_of(dose_of(3, 1.0 / 3), {on_weekdays({5})}, 22), Duration::from_days(14));
  ASSERT_TRUE(timeline);
  ASSERT_EQ(timeline->administrations.size(), 6U);
  EXPECT_EQ(timeline->administrations[2].number, 3U);
  EXPECT_EQ(timeline->administrations[3].number, 1U);
  EXPECT_EQ(timeline->administrations[3].session, 1U);
  EXPECT_EQ(timeline->sessions[1].first_administration, 3U);
  EXPECT_EQ(timeline->administrations[1].time - timeline->administrations[0].time, Duration::from_minutes(20));
}

TEST(Expand, SessionsMayTouchButNotOverlap) {
  // An infusion may end at the instant at which the next one starts.
  EXPECT_TRUE(expand(pattern_of(dose_of(1, 0, 24), {every_days(1)}), kYear));
  const Result<Timeline> longer = expand(pattern_of(dose_of(1, 0, 24.001), {every_days(1)}), kYear);
  ASSERT_FALSE(longer);
  ASSERT_EQ(longer.error().size(), 1U) << "once, not for each day of the year";
  EXPECT_EQ(longer.error()[0].code, ErrorCode::kInconsistent);
  EXPECT_EQ(longer.error()[0].where.file, "test.toml");
  EXPECT_THAT(longer.error()[0].message, HasSubstr("'daily'"));
  // A bump at the very instant of the next session's first belongs to neither.
  EXPECT_TRUE(expand(pattern_of(dose_of(24, 1), {every_days(1)}), kYear));
  EXPECT_FALSE(expand(pattern_of(dose_of(25, 1), {every_days(1)}), kYear));
}

TEST(Expand, PhasesThatRunIntoEachOtherAreReported) {
  Phase first = on_weekdays({6});
  first.last_week = 1;
  Phase second = on_weekdays({0});
  second.first_week = 2;
  second.name = "second";
  second.where = {"test.toml", 17, 1};
  const Result<Timeline> timeline = expand(pattern_of(dose_of(10, 1), {first, second}, 18), kYear);
  EXPECT_TRUE(timeline) << "18:00 to 03:00, next start 18:00";
  const Result<Timeline> longer = expand(pattern_of(dose_of(30, 1), {first, second}, 18), kYear);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error()[0].where.line, 17U);
}

TEST(Expand, ACalendarThatStartsTooLateIsAnError) {
  Phase late = on_weekdays({0});
  late.first_week = 53;
  const Result<Timeline> timeline = expand(pattern_of(dose_of(1, 0), {late}), kYear);
  ASSERT_FALSE(timeline);
  EXPECT_THAT(timeline.error()[0].message, HasSubstr("no session"));
  EXPECT_TRUE(expand(pattern_of(dose_of(1, 0), {late}), Duration::from_days(365)));
  EXPECT_FALSE(expand(pattern_of(dose_of(1, 0), {every_days(1)}), Duration()));
  EXPECT_FALSE(expand(pattern_of(dose_of(1, 0), {every_days(1)}), Duration::from_days(-3)));
}

TEST(Expand, TheNumberOfAdministrationsIsLimited) {
  // 20 days of 100,000 administrations are the limit; one more day is refused, before anything is written out.
  const Pattern pattern = pattern_of(dose_of(100'000, 1e-4), {every_days(1)});
  static_assert(kMaxAdministrations == 20 * 100'000);
  EXPECT_TRUE(expand(pattern, Duration::from_days(20)));
  const Result<Timeline> timeline = expand(pattern, Duration::from_days(21));
  ASSERT_FALSE(timeline);
  EXPECT_EQ(timeline.error()[0].code, ErrorCode::kOutOfRange);
  EXPECT_THAT(timeline.error()[0].message, HasSubstr("2100000"));
}

TEST(Expand, AHorizonOfMoreThanACenturyIsRefused) {
  EXPECT_FALSE(expand(pattern_of(dose_of(1, 0), {every_days(1)}), Duration::from_days(36'401)));
}

RC_GTEST_PROP(ExpandProperty, TimelineIsConsistent, ()) {
  const auto units = *rc::gen::inRange<std::int64_t>(1, 30);
  const auto spacing_min = *rc::gen::inRange<int>(0, 30);
  const auto start_h = *rc::gen::inRange<int>(0, 24);
  const auto days = *rc::gen::inRange<int>(1, 400);
  const auto gap = *rc::gen::inRange<std::int64_t>(1, 20);
  const bool weekly = *rc::gen::arbitrary<bool>();
  const int weekday = *rc::gen::inRange(0, 7);
  Pattern pattern = pattern_of(dose_of(units, spacing_min / 60.0, spacing_min == 0 ? 0.25 : 0),
                               {weekly ? on_weekdays({weekday}) : every_days(gap)}, start_h);
  const Duration horizon = Duration::from_days(days);
  const Result<Timeline> timeline = expand(pattern, horizon);
  if (!timeline) {
    RC_ASSERT(weekly && days <= weekday);
    return;
  }
  std::size_t counted = 0;
  for (std::size_t s = 0; s < timeline->sessions.size(); ++s) {
    const Session& session = timeline->sessions[s];
    RC_ASSERT(session.first_administration == counted);
    RC_ASSERT(session.administrations >= 1U);
    for (std::uint32_t i = 0; i < session.administrations; ++i) {
      const Administration& administration = timeline->administrations[counted + i];
      RC_ASSERT(administration.session == s);
      RC_ASSERT(administration.number == i + 1);
      RC_ASSERT(administration.time == session.start + pattern.doses[0].spacing * i);
      RC_ASSERT(administration.time < Instant() + horizon);
    }
    counted += session.administrations;
  }
  RC_ASSERT(counted == timeline->administrations.size());
  // Doubling a horizon of whole periods doubles the sessions (time shift).
  const std::int64_t period = weekly ? 7 : gap;
  const Duration whole = Duration::from_days(static_cast<double>(period * 3));
  RC_ASSERT(expand(pattern, whole + whole)->sessions.size() == 2 * expand(pattern, whole)->sessions.size());
}

}  // namespace
}  // namespace racemate::regimen
