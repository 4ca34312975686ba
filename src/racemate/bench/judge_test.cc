#include "racemate/bench/judge.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "racemate/bench/engines.h"
#include "racemate/bench/testing.h"

namespace racemate::bench {
namespace {

using ::testing::ElementsAre;

// Few people, few times of a shipped scenario.
Scenario small(const std::string& id, std::size_t times) {
  Scenario scenario = testing::shipped_scenario(id);
  const std::size_t stride = scenario.times.size() / times;
  std::vector<Duration> kept;
  for (std::size_t i = 0; i < scenario.times.size(); i += stride) kept.push_back(scenario.times[i]);
  scenario.times = kept;
  return scenario;
}

Answer filled(TableEngine& engine) {
  Answer answer = engine.room();
  const auto problem = engine.run(1, answer);
  EXPECT_FALSE(problem) << *problem;
  return answer;
}

struct PeerCase {
  const char* scenario;
  const char* peer;
};
class EveryPeer : public ::testing::TestWithParam<PeerCase> {};

// The equations were written apart from the model files: that both agree checks both.
TEST_P(EveryPeer, AgreesWithTheReference) {
  const Scenario scenario = small(GetParam().scenario, 20);
  const auto workload = testing::workload_of(scenario);
  auto problem = workload->peer_problem(scenario.equations, 3);
  ASSERT_TRUE(problem);
  const auto judge = Judge::make(*workload, scenario.equations, {0, 2});
  ASSERT_TRUE(judge);
  const auto peer = cpp_peer(GetParam().peer, std::move(*problem), {.relative = 1e-9, .absolute = 1e-11});
  const double error = judge->error_of_peak(filled(*peer));
  EXPECT_LT(error, 1e-6);
  EXPECT_GT(error, 0);
}
INSTANTIATE_TEST_SUITE_P(Peers, EveryPeer,
                         ::testing::Values(PeerCase{"w1", "odeint"}, PeerCase{"w1", "cvode"}, PeerCase{"w2", "odeint"},
                                           PeerCase{"w3", "odeint"}, PeerCase{"w3", "cvode"}, PeerCase{"w4", "odeint"},
                                           PeerCase{"w4", "cvode"}));

class EveryWorkload : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryWorkload, IsRightOnOneAndTwoThreads) {
  const Scenario scenario = small(GetParam(), 12);
  for (std::size_t of = 0; of < scenario.cases.size(); ++of) {
    const auto workload = testing::workload_of(scenario, of);
    const auto engine = racemate_engine(*workload, 70, {scenario.relative_tolerance, scenario.absolute_tolerance});
    const auto judge = Judge::make(*workload, scenario.equations, {0, 69});
    ASSERT_TRUE(judge);
    Answer one = filled(*engine);
    EXPECT_LT(judge->error_of_peak(one), workload->model().linear ? 1e-11 : 1e-6) << scenario.cases[of].title;
    Answer two = engine->room();
    ASSERT_FALSE(engine->run(2, two));
    for (std::size_t person = 0; person < 70; ++person) {
      ASSERT_EQ(one.at(0, one.times - 1, person), two.at(0, two.times - 1, person));
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Workloads, EveryWorkload, ::testing::Values("w1", "w2", "w3", "w4", "w5"));

TEST(Judge, SeesOneWrongValue) {
  const Scenario scenario = small("w1", 10);
  const auto workload = testing::workload_of(scenario);
  const auto engine = racemate_engine(*workload, 9, {});
  const auto judge = Judge::make(*workload, scenario.equations, {0, 8});
  ASSERT_TRUE(judge);
  Answer answer = filled(*engine);
  ASSERT_LT(judge->error_of_peak(answer), kAllowedError);
  double& value = answer.values[3 * answer.time_stride + 8];
  const double right = value;
  value = right * 1.001;
  EXPECT_GT(judge->error_of_peak(answer), kAllowedError);
  value = std::nan("");
  EXPECT_EQ(judge->error_of_peak(answer), std::numeric_limits<double>::infinity());
  value = right;
  EXPECT_LT(judge->error_of_peak(answer), kAllowedError);
}

TEST(Judge, ZeroesAreWrong) {
  const Scenario scenario = small("w4", 10);
  const auto workload = testing::workload_of(scenario);
  const auto judge = Judge::make(*workload, scenario.equations, {0});
  ASSERT_TRUE(judge);
  Answer answer = Answer::by_person(3, scenario.times.size(), 1);
  std::fill_n(answer.values.data(), answer.doubles(), 0.0);
  EXPECT_DOUBLE_EQ(judge->error_of_peak(answer), 1);
}

// A mass balance that needs none of the solvers: all of a dose leaves by clearance, so its area is dose / CL.
TEST(ExactAnswer, AreaIsDoseOverClearance) {
  Scenario scenario = small("w1", 10);
  scenario.times.back() = Duration::from_hours(2'000);
  const auto workload = testing::workload_of(scenario);
  const ReferenceAnswer answer = exact_answer(
      {&workload->model(), &workload->context(), &workload->timeline(), population::LaneIdentity{.subject = 5}}, {});
  const population::Batch batch(workload->context(), people_from(5, 1));
  const double clearance = batch.frame().slot(workload->model().symbols.find("CL")->slot)[0];
  EXPECT_NEAR(answer.area_mg_h_per_l.front() * clearance / 35, 1, 1e-9);
}

// Cutting a run into sessions must not show: the same two doses as one session and as two.
TEST(ExactAnswer, DoesNotDependOnWhereSessionsBegin) {
  Scenario scenario = small("w3", 25);
  scenario.cases.front() = small("w1", 10).cases.front();
  scenario.doses = 3;
  scenario.every = Duration::from_hours(0.5);  // infusions of 40 min: they overlap
  const auto workload = testing::workload_of(scenario);
  regimen::Timeline whole = workload->timeline();
  whole.sessions = {{Instant(), 0, 3, 0}};
  for (regimen::Administration& administration : whole.administrations) administration.session = 0;
  std::vector<double> times_h{0.25, 0.5, 0.6, 1.1, 1.4, 3};
  const LinearQuestion in_pieces{&workload->model(), &workload->context(), &workload->timeline(), {.subject = 1}};
  LinearQuestion at_once = in_pieces;
  at_once.timeline = &whole;
  const ReferenceAnswer pieces = exact_answer(in_pieces, times_h);
  const ReferenceAnswer once = exact_answer(at_once, times_h);
  ASSERT_EQ(pieces.values.size(), times_h.size());
  for (std::size_t i = 0; i < times_h.size(); ++i) EXPECT_NEAR(pieces.values[i] / once.values[i], 1, 1e-12);
  EXPECT_NEAR(pieces.area_mg_h_per_l[0] / once.area_mg_h_per_l[0], 1, 1e-12);
}

TEST(SpreadOver, FirstAndLastAreAmongThem) {
  EXPECT_THAT(spread_over(10, 4), ElementsAre(0, 3, 6, 9));
  EXPECT_THAT(spread_over(2, 4), ElementsAre(0, 1));
  EXPECT_THAT(spread_over(7, 1), ElementsAre(0));
}

TEST(Stretches, EndWhereTheInputChanges) {
  PeerProblem problem;
  problem.infusions = {{0, 1, 10}, {4, 5, 20}};
  problem.times_h = {0, 0.5, 1, 4, 4.5, 6};
  const auto stretches = stretches_of(problem);
  ASSERT_EQ(stretches.size(), 4U);
  const std::vector<double> ends{1, 4, 5, 6};
  const std::vector<double> inputs{10, 0, 20, 0};
  const std::vector<std::size_t> rows{2, 1, 1, 1};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(stretches[i].to_h, ends[i]);
    EXPECT_EQ(stretches[i].input_mg_per_h, inputs[i]);
    EXPECT_EQ(stretches[i].rows, rows[i]);
  }
}

TEST(Workload, EquationsOfAnotherModelAreRefused) {
  const Scenario scenario = small("w1", 10);
  const auto workload = testing::workload_of(scenario);
  EXPECT_FALSE(workload->peer_problem(Equations::kMetabolites, 1));
  EXPECT_FALSE(workload->peer_problem(Equations::kSaturable, 1));
}

}  // namespace
}  // namespace racemate::bench
