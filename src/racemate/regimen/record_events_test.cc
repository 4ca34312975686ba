#include "racemate/regimen/record_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace racemate::regimen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// "time kind record" of every event, kinds as in kLetters, of rows without ID that all have these parameters.
std::vector<std::string> events(const std::string& rows, const DoseParameters& parameters = {},
                                const ExpandOptions& options = {}) {
  const auto set = read_records("TIME,EVID,AMT,RATE,II,ADDL,SS,CMT,ID\n" + rows, "d.csv");
  if (!set) return {to_string(set.error().front())};
  const auto expanded = expand_records(set->records, std::vector(set->records.size(), parameters), "d.csv", options);
  std::vector<std::string> texts;
  if (!expanded) {
    for (const Diagnostic& problem : expanded.error()) texts.push_back(to_string(problem));
    return texts;
  }
  constexpr std::string_view kLetters = "XDPCr";  // clear, dose, periodic, constant, row
  for (const RecordEvent& event : *expanded) {
    std::string text = std::to_string(event.time_h);
    text.erase(text.find('.') + 2);
    texts.push_back(text + " " + kLetters[static_cast<std::size_t>(event.kind)] + std::to_string(event.record));
  }
  return texts;
}

TEST(RecordEvents, LateDosesActBeforeTheRecordsOfTheirTime) {
  EXPECT_THAT(events("0,1,5,0,6,1,0,1,1\n6,0,.,0,0,0,0,1,1\n"), ElementsAre("0.0 D0", "0.0 r0", "6.0 D0", "6.0 r1"));
}

TEST(RecordEvents, SteadyStateClearsOnceBeforeTheDosesOfItsInstant) {
  // Observation, plain dose, steady state, steady state: the observation is a trough; nothing clears the plain dose.
  EXPECT_THAT(events("1,0,.,0,0,0,0,1,1\n1,1,5,0,0,0,0,1,1\n1,1,5,0,6,0,1,1,1\n1,1,5,0,6,0,1,2,1\n"),
              ElementsAre("1.0 r0", "1.0 X1", "1.0 D1", "1.0 r1", "1.0 P2", "1.0 r2", "1.0 P3", "1.0 r3"));
}

TEST(RecordEvents, SteadyStateCancelsWhatIsToComeFromEarlierInstantsAlone) {
  // The additional dose of record 0 at 6 h acts and is cleared, the later ones never come; those of record 1 do.
  EXPECT_THAT(events("0,1,5,0,6,9,0,1,1\n6,1,5,0,4,1,0,1,1\n6,1,5,0,24,0,1,1,1\n13,0,.,0,0,0,0,1,1\n"),
              ElementsAre("0.0 D0", "0.0 r0", "6.0 D0", "6.0 X1", "6.0 D1", "6.0 r1", "6.0 P2", "6.0 r2", "10.0 D1",
                          "13.0 r3"));
}

TEST(RecordEvents, AResetSeparatesRecordsOfOneTime) {
  EXPECT_THAT(events("1,1,5,0,6,9,0,1,1\n1,4,7,0,6,0,1,1,1\n1,1,3,0,0,0,0,1,1\n9,0,.,0,0,0,0,1,1\n"),
              ElementsAre("1.0 D0", "1.0 r0", "1.0 X1", "1.0 P1", "1.0 r1", "1.0 D2", "1.0 r2", "9.0 r3"));
}

TEST(RecordEvents, TimeStepsBackAtAReset) {
  EXPECT_THAT(
      events("0,1,5,0,6,9,0,1,1\n7,0,.,0,0,0,0,1,1\n0,3,.,0,0,0,0,1,1\n2,1,5,0,6,1,0,1,1\n9,0,.,0,0,0,0,1,1\n"),
      ElementsAre("0.0 D0", "0.0 r0", "6.0 D0", "7.0 r1", "0.0 X2", "0.0 r2", "2.0 D3", "2.0 r3", "8.0 D3", "9.0 r4"));
}

TEST(RecordEvents, LagBeyondTheInterval) {
  const std::string dose = "0,1,10,0,6,1,1,1,1\n30,0,.,0,0,0,0,1,1\n";
  const DoseParameters late{.lag_h = 15};
  EXPECT_THAT(events(dose, late),
              ElementsAre("0.0 X0", "0.0 P0", "0.0 r0", "3.0 D0", "9.0 D0", "15.0 D0", "21.0 D0", "30.0 r1"));
  const ExpandOptions nonmem{.lag_beyond_interval = LagBeyondInterval::kNonmemClosedForm};
  EXPECT_THAT(events(dose, late, nonmem), ElementsAre("0.0 X0", "0.0 P0", "0.0 r0", "15.0 D0", "21.0 D0", "30.0 r1"));
  // A lag up to the interval is the same under both rules.
  for (const double lag_h : {0.0, 2.0, 6.0}) {
    EXPECT_EQ(events(dose, {.lag_h = lag_h}), events(dose, {.lag_h = lag_h}, nonmem));
  }
}

TEST(RecordEvents, InfusionsThatRunOn) {
  RecordEvent event{.kind = RecordEventKind::kPeriodicState, .duration_h = 10, .interval_h = 4};
  EXPECT_THAT(running_infusions_h(event), ElementsAre(10, 6, 2));
  event.phase_h = 3;
  EXPECT_THAT(running_infusions_h(event), ElementsAre(7, 3));
  // Carried backward: the same three infusions as at the phase 0, each with more to run.
  event.phase_h = -5;
  EXPECT_THAT(running_infusions_h(event), ElementsAre(15, 11, 7));
  event.phase_h = 0;
  event.duration_h = 8;
  EXPECT_THAT(running_infusions_h(event), ElementsAre(8, 4));
  event.duration_h = 0;
  EXPECT_THAT(running_infusions_h(event), IsEmpty());
}

TEST(RecordEvents, ProblemsNameTheColumn) {
  EXPECT_THAT(events("0,1,5,-2,0,0,0,1,1\n0,1,5,-1,0,0,0,1,1\n"),
              ElementsAre(StartsWith("d.csv:2:7: error RM-inconsistent: RATE: -2, but"),
                          StartsWith("d.csv:3:7: error RM-inconsistent: RATE: -1, but")));
  EXPECT_THAT(events("0,1,5,-2,0,0,0,1,1\n", {.duration_h = 9000}), ElementsAre(HasSubstr("RATE: the infusion lasts")));
  EXPECT_THAT(events("0,1,5,0,0,0,0,1,1\n", {.lag_h = -1}), ElementsAre(StartsWith("d.csv:2:15: error")));
  EXPECT_THAT(events("0,1,8000,1,0.1,0,1,1,1\n"), ElementsAre(StartsWith("d.csv:2:18: error RM-out-of-range: SS: 8")));
  EXPECT_THAT(to_string(backward_phase_problem({.line = 3, .steady_state_column = 9}, "d.csv")),
              StartsWith("d.csv:3:9: error RM-unsupported: SS: "));
}

TEST(RecordEvents, TheNumberOfEventsIsBounded) {
  std::string rows;
  for (int i = 0; i < 30; ++i) rows += "0,1,5,0,0.001,100000,0,1,1\n";
  EXPECT_THAT(events(rows + "1000,0,.,0,0,0,0,1,1\n"), ElementsAre(HasSubstr("at most 2000000")));
  EXPECT_THAT(events("", {}), SizeIs(1));
}

}  // namespace
}  // namespace racemate::regimen
