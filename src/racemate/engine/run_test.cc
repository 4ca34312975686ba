// Whole runs of the lane engine against the reference: shipped models, people's own times, occasions, and laws.
#include "racemate/engine/run.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <set>

#include "racemate/engine/testing.h"

namespace racemate::engine {
namespace {

using HighPrecision = boost::multiprecision::cpp_bin_float_50;
using testing::Doses;
using testing::fixed_cohort;
using testing::model_from_text;
using testing::ModelRun;
using testing::reference_system;
using testing::run_model;
using testing::shipped_model;
using testing::Use;
using testing::use_of;

population::Cohort adults() {
  population::Cohort cohort = fixed_cohort({{"age", 45 * parse_unit("a")->to_internal}});
  population::CovariateDistribution weight;
  weight.name = "weight";
  weight.shape = population::CovariateDistribution::Shape::kLogNormal;
  weight.median = 74;
  weight.spread = 0.2;
  weight.low = 39;
  weight.high = 170;
  cohort.covariates.push_back(weight);
  return cohort;
}

std::vector<population::LaneIdentity> people(std::uint64_t first, std::uint64_t count) {
  std::vector<population::LaneIdentity> lanes;
  for (std::uint64_t s = first; s < first + count; ++s)
    lanes.push_back({.subject = s, .study = {}, .overridden_input = {}});
  return lanes;
}

// Fifty digits are slow: this many instants of a run are compared.
constexpr std::size_t kComparedPoints = 16;

// Largest error of concentrations at grid points, relative, ignoring what is below 1e-14 of the dose.
double worst_error(const model::CompiledModel& model, const Use& use, const ModelRun& run, std::size_t lane) {
  const reference::System system = reference_system(model, run.frame, lane, use);
  std::vector<double> times_h;
  const std::size_t stride = run.recorder.points.size() / kComparedPoints + 1;
  for (std::size_t i = 1; i < run.recorder.points.size(); i += stride) {
    const double time_h = run.recorder.points[i].time_h;
    if (times_h.empty() || time_h > times_h.back()) times_h.push_back(time_h);
  }
  const auto states = reference::simulate<HighPrecision>(system, times_h);
  const model::Output& output = model.outputs.front();
  const double scale = run.frame.slot(output.scale_slot)[lane];
  const double dose_mg = use.pattern.doses.front().amount.value;
  double worst = 0;
  for (const auto& point : run.recorder.points) {
    const auto at = std::lower_bound(times_h.begin(), times_h.end(), point.time_h) - times_h.begin();
    if (at == std::ssize(times_h) || times_h[static_cast<std::size_t>(at)] != point.time_h) continue;
    const HighPrecision amount =
        states[static_cast<std::size_t>(at)].amount[static_cast<std::size_t>(output.compartment)];
    const HighPrecision got = HighPrecision(point.value[0][lane]) / HighPrecision(scale);
    const double error = abs(got - amount).convert_to<double>();
    if (error <= 1e-14 * dose_mg) continue;
    worst = std::max(worst, error / abs(amount).convert_to<double>());
  }
  return worst;
}

struct ShippedUse {
  const char* model;
  const char* route;
  double dose_mg;
  double duration_h;
};

// One dose, so that no grid point shows the state on both sides of an input.
TEST(Run, EveryShippedModelAgreesWithFiftyDigits) {
  for (const ShippedUse& c : {ShippedUse{"kamp-2020", "intravenous", 35, 0.75},
                              {"domino-1984", "intravenous", 35, 0.75},
                              {"herd-anderson-2007", "intravenous", 35, 0.75},
                              {"sherwin-2015", "intravenous", 35, 0.75},
                              {"elkomy-2015", "intravenous", 35, 0.75},
                              {"otto-2021", "intravenous", 35, 0.75},
                              {"simons-2022", "intravenous", 20, 0.5},
                              {"perez-ruixo-2021", "intravenous", 28, 0.75},
                              {"perez-ruixo-2021", "oral", 84, 0},
                              {"perez-ruixo-2021", "intranasal", 28, 0},
                              {"racemic-intranasal", "intranasal", 30, 0},
                              {"simons-2022", "sublingual", 50, 0},
                              {"racemic-intramuscular", "intramuscular", 50, 0},
                              {"racemic-oral", "oral", 50, 0}}) {
    const model::CompiledModel model = shipped_model(c.model);
    Use use = use_of(c.route, {c.dose_mg, {0.0}, c.duration_h}, 60);
    const ModelRun run = run_model(model, use, {model.outputs.front().name}, adults(), people(0, 8));
    for (std::size_t lane = 0; lane < 3; ++lane) {
      EXPECT_LT(worst_error(model, use, run, lane), 1e-10) << c.model << ", " << c.route << ", lane " << lane;
    }
  }
}

// A toy in which everything that can differ between people does: lag, zero-order duration, rates, and the absorption
// rate from occasion to occasion.
const char* const kOwnTimes = R"(
schema = "racemate-model/1"
id = "own-times"
title = "Lag, duration and rates of each person's own"
kind = "published"
tier = "assumption"
substances = ["racemic ketamine"]
summary = "A test."

[parameters.CL]
value = "70 L/h"
tier = "assumption"
note = "test"
between_people = { scale = "log-normal", omega2 = 0.09 }
[parameters.V]
value = "100 L"
tier = "assumption"
note = "test"
[parameters.KA]
value = "2 1/h"
tier = "assumption"
note = "test"
between_occasions = { scale = "log-normal", omega2 = 0.2 }
[parameters.LAG]
value = "0.3 h"
tier = "assumption"
note = "test"
between_people = { scale = "log-normal", omega2 = 0.25 }
[parameters.D]
value = "0.9 h"
tier = "assumption"
note = "test"
between_people = { scale = "log-normal", omega2 = 0.25 }

[compartments.central]
analyte = "ketamine"
volume = "V"
systemic = true

[[flows]]
from = "central"
clearance = "CL"

[[routes.oral.inputs]]
to = "central"
fraction = "0.6"
ka = "KA"
lag = "LAG"
duration = "D"

[[routes.oral.inputs]]
to = "central"
fraction = "0.4"
lag = "2 * LAG"

[outputs.ketamine]
title = "ketamine"
compartment = "central"
analyte = "ketamine"
matrix = "plasma"
site = "venous"

[domain]
population = "nobody"
age = ["18 a", "90 a"]
weight = ["40 kg", "160 kg"]
routes = [{ route = "oral", low = "1 mg", high = "1000 mg" }]
)";

TEST(Run, PeoplesOwnLagsAndDurationsAgreeWithFiftyDigits) {
  const model::CompiledModel model = model_from_text(kOwnTimes);
  ASSERT_FALSE(model.routes.empty());
  const Use use = use_of("oral", {100, {0.25}}, 30);
  const ModelRun run = run_model(model, use, {"ketamine"}, adults(), people(0, 11));
  std::set<double> lags;
  for (std::size_t lane = 0; lane < 11; ++lane) {
    EXPECT_LT(worst_error(model, use, run, lane), 1e-10) << "lane " << lane;
    lags.insert(run.frame.slot(model.find_route("oral")->inputs[0].lag_slot)[lane]);
  }
  EXPECT_EQ(lags.size(), 11) << "people must differ for this test to mean anything";
}

// The same person has the same bits in any company: alone, at another place of a block, in a larger block.
TEST(Run, CompanyDoesNotMatter) {
  const model::CompiledModel model = model_from_text(kOwnTimes);
  ASSERT_FALSE(model.routes.empty());
  const Use use = use_of("oral", {100, {0.25, 7.0, 7.5}}, 30);
  const ModelRun together = run_model(model, use, {"ketamine"}, adults(), people(0, 40));
  for (const std::uint64_t subject : {0U, 7U, 8U, 39U}) {
    const ModelRun alone = run_model(model, use, {"ketamine"}, adults(), people(subject, 1));
    EXPECT_EQ(alone.recorder.auc[0][0], together.recorder.auc[0][subject]);
    EXPECT_EQ(alone.recorder.peak[0][0], together.recorder.peak[0][subject]);
    EXPECT_EQ(alone.recorder.points.back().value[0][0], together.recorder.points.back().value[0][subject]);
  }
}

// Areas are exact, so the area of one dose over a long time is F x dose / CL whatever the grid.
TEST(Run, AreaIsDoseOverClearance) {
  const model::CompiledModel model = model_from_text(kOwnTimes);
  ASSERT_FALSE(model.routes.empty());
  const ModelRun run = run_model(model, use_of("oral", {100, {0.25}}, 2000), {"ketamine"}, adults(), people(0, 8));
  for (std::size_t lane = 0; lane < 8; ++lane) {
    const double clearance = run.frame.slot(model.symbols.find("CL")->slot)[lane];
    EXPECT_NEAR(run.recorder.auc[0][lane], 100 / clearance, 1e-11 * 100 / clearance);
  }
}

// The laws below are asked of every engine: ketamine (mg/L) at end_h after 35 mg over 40 minutes at each time.
using Engine = double (*)(const std::vector<double>& times_h, double end_h);

const model::CompiledModel& kamp() {
  static const model::CompiledModel model = shipped_model("kamp-2020");
  return model;
}

double linear_engine(const std::vector<double>& times_h, double end_h) {
  const Use use = use_of("intravenous", {35, times_h, 40.0 / 60}, end_h);
  return run_model(kamp(), use, {"ketamine"}, adults()).recorder.points.back().value[0][0];
}

double reference_engine(const std::vector<double>& times_h, double end_h) {
  const Use use = use_of("intravenous", {35, times_h, 40.0 / 60}, end_h);
  const ModelRun rates = run_model(kamp(), use_of("intravenous", {35, {0}, 1}, 1), {"ketamine"}, adults());
  const reference::System system = reference_system(kamp(), rates.frame, 0, use);
  const model::Output& output = kamp().outputs.front();
  return reference::simulate<double>(system, {end_h}).front().amount[static_cast<std::size_t>(output.compartment)] *
         rates.frame.slot(output.scale_slot)[0];
}

constexpr Engine kEngines[] = {linear_engine, reference_engine};

// Two doses together are the sum of each alone.
RC_GTEST_PROP(RunLaws, Superposition, ()) {
  const double first_h = 0.25 * *rc::gen::inRange(0, 40);
  const double second_h = first_h + 0.25 * *rc::gen::inRange(1, 200);
  for (const Engine engine : kEngines) {
    const double sum = engine({first_h}, 96) + engine({second_h}, 96);
    RC_ASSERT(std::fabs(engine({first_h, second_h}, 96) - sum) <= 1e-10 * sum);
  }
}

// Moving every dose moves the curve.
RC_GTEST_PROP(RunLaws, TimeShift, ()) {
  const double shift_h = 0.1 * *rc::gen::inRange(0, 5000);
  const double after_h = 0.5 * *rc::gen::inRange(2, 60);
  for (const Engine engine : kEngines) {
    const double here = engine({0}, after_h);
    RC_ASSERT(std::fabs(engine({shift_h}, shift_h + after_h) - here) <= 1e-10 * here);
  }
}

// And each engine says what the other says.
RC_GTEST_PROP(RunLaws, EnginesAgree, ()) {
  const double first_h = 0.25 * *rc::gen::inRange(0, 40);
  const double second_h = first_h + 0.25 * *rc::gen::inRange(1, 200);
  const double linear = linear_engine({first_h, second_h}, 96);
  RC_ASSERT(std::fabs(linear - reference_engine({first_h, second_h}, 96)) <= 1e-10 * linear);
}

// What went in is in the system or has left it (reference arithmetic in double, as an independent account).
RC_GTEST_PROP(RunLaws, MassBalanceOfTheReference, ()) {
  static const model::CompiledModel model = shipped_model("perez-ruixo-2021");
  const Use use = use_of("intranasal", {28, {0.0}}, 24);
  static const ModelRun run = run_model(model, use, {model.outputs.front().name}, adults());
  const double time_h = 0.1 * *rc::gen::inRange(0, 240);
  const reference::System system = reference_system(model, run.frame, 0, use);
  const auto state = reference::simulate<double>(system, {time_h}).front();
  double in = 0;
  for (const reference::Input& input : system.inputs) {
    const double elapsed = std::max(0.0, time_h - input.time_h);
    in += input.duration_h > 0 ? input.amount_mg * std::min(1.0, elapsed / input.duration_h) : input.amount_mg;
  }
  double held = state.eliminated;
  for (const double amount : state.amount) held += amount;
  RC_ASSERT(std::fabs(held - in) <= 1e-10 * in);
}

TEST(Plan, UnknownRouteAndOutputAreNamed) {
  const model::CompiledModel model = model_from_text(kOwnTimes);
  ASSERT_FALSE(model.routes.empty());
  const Use use = use_of("oral", {100, {0}}, 24);
  PlanOptions options;
  options.route = "orall";
  options.outputs = {"ketamin"};
  const Result<Plan> plan = Plan::make(model, use.timeline, options);
  ASSERT_FALSE(plan);
  ASSERT_EQ(plan.error().size(), 2);
  EXPECT_NE(to_string(plan.error()[0]).find("'oral'"), std::string::npos);
  EXPECT_NE(to_string(plan.error()[1]).find("'ketamine'"), std::string::npos);
}

TEST(Plan, StepsFillTheHorizonExactly) {
  const model::CompiledModel model = model_from_text(kOwnTimes);
  ASSERT_FALSE(model.routes.empty());
  const Use use = use_of("oral", {100, {0.1, 5.123456, 77}}, 300.7);
  PlanOptions options;
  options.route = "oral";
  options.outputs = {"ketamine"};
  options.marks = {Instant::from_hours(168)};
  const Result<Plan> plan = Plan::make(model, use.timeline, options);
  ASSERT_TRUE(plan);
  Instant now;
  bool mark_seen = false;
  for (const Segment& segment : plan->segments()) {
    EXPECT_EQ(segment.start, now);
    mark_seen = mark_seen || now == Instant::from_hours(168);
    for (std::uint32_t s = 0; s < segment.steps; ++s) {
      const Duration step = plan->step_lengths()[plan->steps()[segment.first_step + s]];
      EXPECT_GT(step, Duration());
      now = now + step;
    }
  }
  EXPECT_EQ(now, Instant() + use.timeline.horizon);
  EXPECT_TRUE(mark_seen);
}

// A rate that is not a number stops the block and names the lane.
TEST(Run, ANumericalFailureNamesTheLane) {
  const model::CompiledModel model = model_from_text(kOwnTimes);
  ASSERT_FALSE(model.routes.empty());
  const Use use = use_of("oral", {100, {0}}, 24);
  PlanOptions options;
  options.route = "oral";
  options.outputs = {"ketamine"};
  const Result<Plan> plan = Plan::make(model, use.timeline, options);
  ASSERT_TRUE(plan);
  const population::Cohort cohort = adults();
  const population::DrawContext context{&model, &use.pattern, &cohort, 7, {}};
  population::Batch batch(context, people(0, 8));
  batch.frame().slot(plan->flow_slots()[0])[5] = NAN;
  testing::Recorder recorder;
  Workspace workspace;
  const auto failure = run(*plan, batch, recorder, workspace);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->lane, 5);
  EXPECT_TRUE(recorder.points.empty());
}

}  // namespace
}  // namespace racemate::engine
