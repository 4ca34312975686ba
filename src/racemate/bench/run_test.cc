#include "racemate/bench/run.h"

#include <gtest/gtest.h>

#include "racemate/bench/measure.h"
#include "racemate/bench/r_peer.h"
#include "racemate/bench/testing.h"

namespace racemate::bench {
namespace {

BenchResult run_quick(Scenario scenario) {
  scenario.quick_subjects = 9;
  scenario.quick_studies = 2;
  const auto result = run_bench(testing::shipped_library(), {scenario},
                                {.repetitions = 1, .quick = true, .r_engines = false}, [](std::string_view) {}, {});
  if (!result) {
    ADD_FAILURE() << to_string(result.error().front());
    return {};
  }
  return *result;
}

TEST(Run, EveryEngineOfATableIsCheckedAndTimed) {
  const BenchResult result = run_quick(testing::shipped_scenario("w1"));
  ASSERT_EQ(result.scenarios.size(), 1U);
  EXPECT_TRUE(all_right(result));
  std::size_t peers = 0;
  for (const EngineResult& engine : result.scenarios[0].cases[0].engines) {
    EXPECT_EQ(engine.why_not, "");
    EXPECT_TRUE(engine.error);
    EXPECT_EQ(engine.seconds.size(), 1U);
    peers += engine.own ? 0U : 1U;
  }
  EXPECT_EQ(peers, 2U);
}

TEST(Run, AnAnswerThatIsWrongGetsNoTime) {
  Scenario scenario = testing::shipped_scenario("w3");
  scenario.relative_tolerance = 1e-2;  // so loose that all solvers miss the allowed error
  scenario.absolute_tolerance = 1;
  const BenchResult result = run_quick(scenario);
  ASSERT_EQ(result.scenarios.size(), 1U);
  EXPECT_FALSE(all_right(result));
  for (const EngineResult& engine : result.scenarios[0].cases[0].engines) {
    EXPECT_TRUE(engine.seconds.empty()) << engine.engine;
    EXPECT_FALSE(engine.why_not.empty()) << engine.engine;
    EXPECT_FALSE(engine.memory_beyond_bytes) << engine.engine;
  }
}

TEST(Run, QuantilesAreHeldAgainstTheReference) {
  const BenchResult result = run_quick(testing::shipped_scenario("w6"));
  ASSERT_EQ(result.scenarios.size(), 1U);
  const EngineResult& engine = result.scenarios[0].cases[0].engines[0];
  EXPECT_EQ(engine.people, 18U);
  ASSERT_TRUE(engine.error);
  EXPECT_LT(*engine.error, 1e-3);
  EXPECT_GT(*engine.error, 0);
}

TEST(Run, AYearOfExposureIsHeldAgainstTheReference) {
  Scenario scenario = testing::shipped_scenario("w7");
  const BenchResult result = run_quick(scenario);
  ASSERT_EQ(result.scenarios.size(), 1U);
  EXPECT_TRUE(all_right(result));
  EXPECT_LT(*result.scenarios[0].cases[0].engines[0].error, 1e-9);
}

TEST(Run, AnUnknownModelIsAnError) {
  Scenario scenario = testing::shipped_scenario("w1");
  scenario.cases[0].model = "nothing-2000";
  const auto result = run_bench(testing::shipped_library(), {scenario}, {.quick = true}, [](std::string_view) {}, {});
  EXPECT_FALSE(result);
}

TEST(Measure, RepeatsAtLeastOnceAndAtMostAsOftenAsAsked) {
  int calls = 0;
  const CancelToken never;
  EXPECT_EQ(repeat({.most = 3, .enough_s = 1e9}, [&] { ++calls; }, never).size(), 3U);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(repeat({.most = 3, .enough_s = 0}, [&] { ++calls; }, never).size(), 1U);
  EXPECT_EQ(repeat({.most = 3, .least_s = 1e9}, [] {}, never).size(), kMostShortRepetitions);
  CancelToken cancelled;
  cancelled.cancel();
  EXPECT_TRUE(repeat({.most = 3}, [&] { ++calls; }, cancelled).empty());
  EXPECT_EQ(calls, 4);
}

TEST(Measure, MemoryOfTheWorkButNotOfItsPreparation) {
  constexpr std::size_t kBytes = 64U << 20U;
  std::vector<char> prepared;
  std::vector<char> working;
  const auto memory = memory_of([&] { prepared.assign(kBytes, 1); }, [&] { working.assign(kBytes / 2, 1); });
  ASSERT_TRUE(memory);
  EXPECT_GT(memory->beyond_bytes, 0.9 * kBytes / 2);
  EXPECT_LT(memory->beyond_bytes, 0.9 * kBytes);
  EXPECT_GT(memory->process_bytes, 1.4 * kBytes);
  EXPECT_TRUE(prepared.empty());  // it happened in a child
}

class RAnswer : public ::testing::Test {
 protected:
  RAnswer() : scenario_(testing::shipped_scenario("w1")) {
    scenario_.times = {Duration(), Duration::from_hours(1)};
    workload_ = testing::workload_of(scenario_);
    problem_ = *workload_->peer_problem(scenario_.equations, 3);
    judge_ = *Judge::make(*workload_, scenario_.equations, {0, 2});
    request_.problem = &problem_;
    request_.judge = &judge_;
  }
  Scenario scenario_;
  std::unique_ptr<Workload> workload_;
  PeerProblem problem_;
  Judge judge_;
  RPeerRequest request_;
};

TEST_F(RAnswer, IsReadAndJudged) {
  const auto line = [this](std::size_t index, int id, int time) {
    return std::to_string(id) + "," + std::to_string(time) + "," +
           std::to_string(judge_.values(index)[static_cast<std::size_t>(time)]) + "\n";
  };
  const auto answer =
      read_r_answer("ID,TIME,Y1\n" + line(0, 1, 0) + line(0, 1, 1) + line(1, 3, 0) + line(1, 3, 1), request_);
  ASSERT_TRUE(answer) << to_string(answer.error().front());
  EXPECT_LT(judge_.error_of_peak(*answer), 1e-4);  // six decimals
}

TEST_F(RAnswer, OfOtherPeopleTimesOrLengthIsRefused) {
  EXPECT_FALSE(read_r_answer("", request_));
  EXPECT_FALSE(read_r_answer("ID,TIME,Y1\n1,0,0\n1,1,0\n3,0,0\n", request_));
  EXPECT_FALSE(read_r_answer("ID,TIME,Y1\n1,0,0\n1,1,0\n2,0,0\n2,1,0\n", request_));
  EXPECT_FALSE(read_r_answer("ID,TIME,Y1\n1,0,0\n1,2,0\n3,0,0\n3,1,0\n", request_));
  EXPECT_FALSE(read_r_answer("ID,TIME,Y1\n1,0,0,0\n1,1,0\n3,0,0\n3,1,0\n", request_));
}

TEST_F(RAnswer, WithWordsInsteadOfNumbersIsWrong) {
  const auto answer = read_r_answer("ID,TIME,Y1\n1,0,0\n1,1,NA\n3,0,0\n3,1,0\n", request_);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(judge_.error_of_peak(*answer) <= kAllowedError);
}

}  // namespace
}  // namespace racemate::bench
