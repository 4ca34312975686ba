// Nonlinear models from their files, integrated in lanes, against CVODE at a relative tolerance of 1e-12 on the same
// equations, and against closed forms.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "racemate/engine/events/regimen_table.h"
#include "racemate/engine/testing.h"

namespace racemate::engine::events {
namespace {

std::string with_head(const std::string& body) {
  return R"(schema = "racemate-model/1"
id = "test"
title = "test"
kind = "published"
tier = "assumption"
substances = ["racemic ketamine"]
summary = "For a test."
)" + body +
         R"(
[[routes.intravenous.inputs]]
to = "central"
fraction = 1
[outputs.central]
title = "central"
compartment = "central"
analyte = "ketamine"
matrix = "plasma"
site = "unstated"
[domain]
population = "nobody"
routes = [{ route = "intravenous" }]
)";
}

// Target-mediated disposition, full: binding and unbinding far faster than elimination (stiff). 1 mg/L of drug binds
// 1 unit of receptor.
std::string target_mediated() {
  return with_head(R"(
[compartments.central]
analyte = "ketamine"
volume = "3[L]"
systemic = true
[[flows]]
from = "central"
rate = "0.1[1/h] + 400[1/h] * receptor"
[[sources]]
to = "central"
rate = "2[1/h] * complex * 1[mg/L] * 3[L]"
[states.receptor]
unit = "1"
initial = 1
derivative = "0.05[1/h] * (1 - receptor) - 400[1/h] * receptor * concentration.central / 1[mg/L] + 2[1/h] * complex"
[states.complex]
unit = "1"
derivative = "400[1/h] * receptor * concentration.central / 1[mg/L] - (2[1/h] + 0.3[1/h]) * complex"
[outputs.receptor]
title = "receptor"
value = "receptor"
unit = "1"
)");
}

// Clearance is made by an enzyme that the drug induces.
std::string autoinduction() {
  return with_head(R"toml(
[compartments.central]
analyte = "ketamine"
volume = "20[L]"
systemic = true
[[flows]]
from = "central"
clearance = "5[L/h] * enzyme"
[states.enzyme]
unit = "1"
initial = 1
derivative = "0.04[1/h] * (1 + 3 * concentration.central / (0.5[mg/L] + concentration.central) - enzyme)"
[outputs.enzyme]
title = "enzyme"
value = "enzyme"
unit = "1"
)toml");
}

// A turnover response of one of the four kinds (Dayneka et al. 1993, J Pharmacokinet Biopharm 21:457): production or
// loss, inhibited or stimulated.
std::string indirect_response(bool production, bool inhibited) {
  const std::string effect = inhibited ? "(1 - 0.9 * concentration.central / (0.2[mg/L] + concentration.central))"
                                       : "(1 + 2 * concentration.central / (0.2[mg/L] + concentration.central))";
  const std::string in = production ? effect : "1";
  const std::string out = production ? "1" : effect;
  return with_head(R"(
[compartments.central]
analyte = "ketamine"
volume = "20[L]"
systemic = true
[[flows]]
from = "central"
clearance = "6[L/h]"
[states.response]
unit = "1"
initial = 10
derivative = "2[1/h] * )" +
                   in + " - 0.2[1/h] * response * " + out + R"("
[outputs.response]
title = "response"
value = "response"
unit = "1"
)");
}

testing::Use twenty_doses() {
  testing::Doses doses;
  doses.amount_mg = 35;
  doses.duration_h = 35 / 52.5;
  doses.times_h.clear();
  for (int i = 0; i < 20; ++i) doses.times_h.push_back(12.0 * i);
  return testing::use_of("intravenous", doses, 250);
}

// [output][time][person]
using Table = std::vector<std::vector<double>>;

Table integrate(const model::CompiledModel& model, const testing::Use& use, const ode::Options& options,
                std::size_t people, std::size_t* failed = nullptr) {
  std::vector<Instant> times;
  for (int i = 0; i <= 249; ++i) times.push_back(Instant::from_hours(i));
  std::vector<std::size_t> outputs;
  for (std::size_t i = 0; i < model.outputs.size(); ++i) outputs.push_back(i);
  const population::Cohort cohort;
  const population::DrawContext context{&model, &use.pattern, &cohort, 1, {}};
  std::vector<population::LaneIdentity> lanes(people);
  for (std::size_t i = 0; i < people; ++i) lanes[i].subject = i;
  population::Batch batch(context, lanes);
  Table values(outputs.size(), std::vector<double>(times.size() * people));
  std::vector<double*> first;
  for (std::vector<double>& output : values) first.push_back(output.data());
  const auto failure = fill_table({.model = &model,
                                   .route = "intravenous",
                                   .timeline = &use.timeline,
                                   .times = times,
                                   .outputs = outputs,
                                   .ode = options},
                                  batch, {.first = first, .stride = people});
  if (failed != nullptr) {
    *failed = failure ? 1 : 0;
  } else {
    EXPECT_FALSE(failure) << failure->reason;
  }
  return values;
}

ode::Options options_of(ode::Method method, double relative) {
  ode::Options options;
  options.method = method;
  options.tolerances.relative = relative;
  options.tolerances.absolute = {relative * 1e-2};
  return options;
}

// Largest error over the largest value of each output and person.
double largest_error(const Table& got, const Table& expected, std::size_t people) {
  double worst = 0;
  for (std::size_t o = 0; o < got.size(); ++o) {
    for (std::size_t person = 0; person < people; ++person) {
      double peak = 0;
      double error = 0;
      for (std::size_t i = person; i < got[o].size(); i += people) {
        peak = std::max(peak, std::abs(expected[o][i]));
        error = std::max(error, std::abs(got[o][i] - expected[o][i]));
      }
      worst = std::max(worst, error / peak);
    }
  }
  return worst;
}

struct Named {
  const char* name;
  std::string text;
};

class NonlinearModel : public ::testing::TestWithParam<Named> {};

TEST_P(NonlinearModel, ErrorIsWithinTenTolerances) {
  const model::CompiledModel model = testing::model_from_text(GetParam().text);
  ASSERT_FALSE(model.linear);
  const testing::Use use = twenty_doses();
  constexpr std::size_t kPeople = 1;
  const Table expected = integrate(model, use, options_of(ode::Method::kCvode, 1e-12), kPeople);
  for (const ode::Method method : {ode::Method::kAutomatic, ode::Method::kExplicit, ode::Method::kStiff}) {
    for (double tolerance = 1e-3; tolerance > 0.5e-10; tolerance /= 10) {
      const double error =
          largest_error(integrate(model, use, options_of(method, tolerance), kPeople), expected, kPeople);
      EXPECT_LE(error, 10 * tolerance) << ode::method_name(method) << " at " << tolerance;
      RecordProperty("error", std::to_string(error));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, NonlinearModel,
                         ::testing::Values(Named{"TargetMediated", target_mediated()},
                                           Named{"Autoinduction", autoinduction()},
                                           Named{"InhibitedProduction", indirect_response(true, true)},
                                           Named{"StimulatedProduction", indirect_response(true, false)},
                                           Named{"InhibitedLoss", indirect_response(false, true)},
                                           Named{"StimulatedLoss", indirect_response(false, false)}),
                         [](const auto& given) { return std::string(given.param.name); });

model::CompiledModel workload_three() {
  Result<model::CompiledModel> model = model::load_model(RACEMATE_SOURCE_DIR "/bench/models/w3.toml", {});
  if (!model) {
    ADD_FAILURE() << to_string(model.error().front());
    return {};
  }
  return std::move(*model);
}

TEST(NonlinearPopulation, ErrorIsWithinTenTolerances) {
  const model::CompiledModel model = workload_three();
  const testing::Use use = twenty_doses();
  constexpr std::size_t kPeople = 11;
  const Table expected = integrate(model, use, options_of(ode::Method::kCvode, 1e-12), kPeople);
  for (const ode::Method method : {ode::Method::kAutomatic, ode::Method::kStiff}) {
    for (double tolerance = 1e-3; tolerance > 0.5e-10; tolerance /= 10) {
      const Table got = integrate(model, use, options_of(method, tolerance), kPeople);
      EXPECT_LE(largest_error(got, expected, kPeople), 10 * tolerance) << ode::method_name(method) << tolerance;
    }
  }
}

TEST(NonlinearPopulation, APersonsBitsDoNotDependOnTheBlock) {
  const model::CompiledModel model = workload_three();
  const testing::Use use = twenty_doses();
  const ode::Options options = options_of(ode::Method::kAutomatic, 1e-6);
  const Table all = integrate(model, use, options, 19);
  for (const std::size_t people : {1UL, 8UL, 9UL}) {
    const Table some = integrate(model, use, options, people);
    for (std::size_t o = 0; o < all.size(); ++o) {
      for (std::size_t row = 0; row < 250; ++row) {
        for (std::size_t person = 0; person < people; ++person) {
          ASSERT_EQ(some[o][row * people + person], all[o][row * 19 + person]) << o << " " << row << " " << person;
        }
      }
    }
  }
}

TEST(NonlinearPopulation, ALinearModelIntegratedIsWithinToleranceOfItsExactPropagation) {
  Result<model::CompiledModel> model = model::load_model(RACEMATE_SOURCE_DIR "/bench/models/w4.toml", {});
  ASSERT_TRUE(model.has_value());
  const testing::Use use = twenty_doses();
  PlanOptions plan_options;
  plan_options.route = "intravenous";
  for (const model::Output& output : model->outputs) plan_options.outputs.push_back(output.name);
  for (int i = 0; i <= 249; ++i) plan_options.times.push_back(Instant::from_hours(i));
  plan_options.values_only = true;
  const Result<Plan> plan = Plan::make(*model, use.timeline, plan_options);
  ASSERT_TRUE(plan.has_value());
  constexpr std::size_t kPeople = 9;
  const population::Cohort cohort;
  const population::DrawContext context{&*model, &use.pattern, &cohort, 1, {}};
  std::vector<population::LaneIdentity> lanes(kPeople);
  for (std::size_t i = 0; i < kPeople; ++i) lanes[i].subject = i;
  population::Batch batch(context, lanes);
  Table exact(model->outputs.size(), std::vector<double>(250 * kPeople));
  std::vector<double*> first;
  for (std::vector<double>& output : exact) first.push_back(output.data());
  Workspace workspace;
  ASSERT_FALSE(fill_table(*plan, batch, {.first = first, .stride = kPeople}, workspace));
  for (const ode::Method method : {ode::Method::kExplicit, ode::Method::kStiff, ode::Method::kCvode}) {
    for (const double tolerance : {1e-4, 1e-7, 1e-10}) {
      const Table got = integrate(*model, use, options_of(method, tolerance), kPeople);
      // CVODE controls the error of steps; at the end its error is some tens of the tolerance.
      const double allowed = (method == ode::Method::kCvode ? 100 : 10) * tolerance;
      EXPECT_LE(largest_error(got, exact, kPeople), allowed) << ode::method_name(method) << " " << tolerance;
    }
  }
}

TEST(NonlinearPopulation, APersonWhoFailsLeavesTheOthersAlone) {
  // dx/dt = x^2 / T has no value at T, which is 3 h for the typical person and differs between people.
  const std::string text = with_head(R"toml(
[parameters.T]
value = "3 h"
tier = "assumption"
note = "test"
between_people = { scale = "log-normal", omega2 = 9 }
[compartments.central]
analyte = "ketamine"
volume = "20[L]"
systemic = true
[[flows]]
from = "central"
clearance = "6[L/h]"
[states.x]
unit = "1"
initial = 1
derivative = "x^2 / T"
[outputs.x]
title = "x"
value = "x"
unit = "1"
)toml");
  const model::CompiledModel model = testing::model_from_text(text);
  const testing::Use use = twenty_doses();
  const std::vector<Instant> times{Instant::from_hours(0), Instant::from_hours(2), Instant::from_hours(20)};
  const std::vector<std::size_t> outputs{0};  // x
  const population::Cohort cohort;
  const population::DrawContext context{&model, &use.pattern, &cohort, 1, {}};
  constexpr std::size_t kPeople = 12;
  std::vector<population::LaneIdentity> lanes(kPeople);
  for (std::size_t i = 0; i < kPeople; ++i) lanes[i].subject = i;
  population::Batch batch(context, lanes);
  std::vector<double> values(times.size() * kPeople, NAN);
  double* const first = values.data();
  std::vector<RunFailure> failures;
  const auto failure = fill_table({.model = &model,
                                   .route = "intravenous",
                                   .timeline = &use.timeline,
                                   .times = times,
                                   .outputs = outputs,
                                   .ode = {}},
                                  batch, {.first = std::span(&first, 1), .stride = kPeople}, &failures);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->lane, failures.front().lane);
  const std::size_t slot = model.symbols.find("T")->slot;
  std::size_t failed = 0;
  for (std::size_t person = 0; person < kPeople; ++person) {
    const double limit_h = batch.frame().slot(slot)[person];
    for (std::size_t row = 0; row < times.size(); ++row) {
      const double value = values[row * kPeople + person];
      const double t_h = times[row].hours();
      if (t_h < 0.99 * limit_h) {
        EXPECT_NEAR(value * (1 - t_h / limit_h), 1, 1e-3) << person << " " << t_h;
      } else if (t_h > limit_h) {
        EXPECT_TRUE(std::isnan(value)) << person << " " << t_h;
      }
    }
    if (limit_h > 20) continue;
    ASSERT_LT(failed, failures.size());
    EXPECT_EQ(failures[failed].lane, person);
    EXPECT_NEAR(failures[failed].time.hours() / limit_h, 1, 1e-2);
    ++failed;
  }
  EXPECT_EQ(failed, failures.size());
  EXPECT_GT(failed, 2U);
  EXPECT_LT(failed, 12U);
}

}  // namespace
}  // namespace racemate::engine::events
