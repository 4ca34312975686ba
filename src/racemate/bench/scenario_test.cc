#include "racemate/bench/scenario.h"

#include <gmock/gmock.h>

#include "racemate/bench/testing.h"

namespace racemate::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kSmall = R"(
schema = "racemate-benchmark/1"
id = "small"
title = "small"
measure = "table"
subjects = 10
[[cases]]
title = "one"
model = "models/w1.toml"
route = "intravenous"
amount = "35 mg"
duration = "40 min"
[doses]
count = 2
every = "12 h"
)";

TEST(Scenario, ShippedOnesAreTheSevenWorkloads) {
  const auto scenarios = load_scenarios(RACEMATE_SOURCE_DIR);
  ASSERT_TRUE(scenarios) << to_string(scenarios.error().front());
  std::vector<std::string> ids;
  for (const Scenario& scenario : *scenarios) ids.push_back(scenario.id);
  EXPECT_THAT(ids, ElementsAre("w1", "w2", "w3", "w4", "w5", "w6", "w7"));
}

TEST(Scenario, TimesOfTheWorkloads) {
  EXPECT_EQ(testing::shipped_scenario("w1").times.size(), 241U);
  EXPECT_EQ(testing::shipped_scenario("w2").times.size(), 8'737U);
  EXPECT_EQ(testing::shipped_scenario("w3").times.size(), 500U);
  EXPECT_EQ(testing::shipped_scenario("w3").times.back(), Duration::from_hours(249.5));
  EXPECT_EQ(testing::shipped_scenario("w5").times.size(), 8U * 81U);
}

TEST(Scenario, TimesAfterEachDose) {
  const auto scenario = testing::scenario_from(kSmall + "[times]\nstep = \"1 h\"\nafter_each_dose = \"2 h\"\n");
  ASSERT_TRUE(scenario) << to_string(scenario.error().front());
  std::vector<double> hours;
  for (const Duration& time : scenario->times) hours.push_back(time.hours());
  EXPECT_THAT(hours, ElementsAre(0, 1, 2, 12, 13, 14));
}

TEST(Scenario, PathsAreRelativeToTheFile) {
  const auto scenario = testing::scenario_from(kSmall + "[times]\nstep = \"1 h\"\nend = \"2 h\"\n");
  ASSERT_TRUE(scenario);
  EXPECT_EQ(scenario->cases.front().model, "folder/models/w1.toml");
}

TEST(Scenario, TimesThatReachTheNextDoseAreRefused) {
  const auto scenario = testing::scenario_from(kSmall + "[times]\nstep = \"1 h\"\nafter_each_dose = \"12 h\"\n");
  ASSERT_FALSE(scenario);
  EXPECT_THAT(to_string(scenario.error().front()), HasSubstr("reach the next dose"));
}

TEST(Scenario, PeersNeedEquations) {
  const auto scenario =
      testing::scenario_from(kSmall + "[times]\nstep = \"1 h\"\nend = \"2 h\"\n[peers]\nodeint = 3\n");
  ASSERT_FALSE(scenario);
  EXPECT_THAT(to_string(scenario.error().front()), HasSubstr("equations"));
}

TEST(Scenario, TooManyTimesAreRefused) {
  const auto scenario = testing::scenario_from(kSmall + "[times]\nstep = \"1 s\"\nend = \"1000 h\"\n");
  ASSERT_FALSE(scenario);
  EXPECT_THAT(to_string(scenario.error().front()), HasSubstr("too many times"));
}

TEST(Scenario, AllProblemsAtOnce) {
  const auto scenario = testing::scenario_from(R"(
schema = "racemate-benchmark/1"
id = "wrong"
measure = "table"
subjects = 0
colour = "red"
)");
  ASSERT_FALSE(scenario);
  EXPECT_GE(scenario.error().size(), 5U);  // title, subjects, cases, times, colour
}

TEST(Scenario, UnknownNameNamesTheNearest) {
  const auto scenarios = find_scenarios(RACEMATE_SOURCE_DIR, {"w1", "w11"});
  ASSERT_FALSE(scenarios);
  EXPECT_THAT(to_string(scenarios.error().front()), HasSubstr("did you mean 'w1'"));
}

TEST(Scenario, FoundInTheOrderAskedFor) {
  const auto scenarios = find_scenarios(RACEMATE_SOURCE_DIR, {"w3", RACEMATE_SOURCE_DIR "/bench/w1.toml"});
  ASSERT_TRUE(scenarios);
  ASSERT_EQ(scenarios->size(), 2U);
  EXPECT_EQ(scenarios->front().id, "w3");
  EXPECT_EQ(scenarios->back().id, "w1");
}

}  // namespace
}  // namespace racemate::bench
