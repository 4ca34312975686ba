// What is gathered from the stream against the reference, sampled densely.
#include "racemate/exposure/collector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "racemate/engine/reference/reference.h"
#include "racemate/engine/testing.h"

namespace racemate::exposure {
namespace {

namespace reference = engine::reference;
using engine::testing::fixed_cohort;
using engine::testing::reference_system;
using engine::testing::shipped_model;
using engine::testing::Use;
using engine::testing::use_of;

constexpr double kHorizon_h = 40;
constexpr double kLevel_mg_per_l = 0.05;
constexpr double kDense_h = 0.002;

struct Gathered {
  ExposureCollector collector;
  std::vector<double> value;     // reference, mg/L, every kDense_h
  std::vector<double> integral;  // reference, mg.h/L
};

CollectorOptions options() {
  CollectorOptions made;
  made.levels_mg_per_l = {kLevel_mg_per_l, 1e9};
  for (int i = 0; i < 60; ++i) made.session_curve.push_back(Duration::from_hours(0.11 * i));
  for (int i = 0; i < 39; ++i) made.first_days.push_back(Duration::from_hours(i));
  made.marks = {Instant::from_hours(13), Instant::from_hours(kHorizon_h)};
  return made;
}

// Two sessions of one model, the typical person; doses at 2.3 h and 20 h.
Gathered gather(const model::CompiledModel& model, Use use, const CollectorOptions& collector_options) {
  use.timeline.sessions = {{use.timeline.administrations[0].time, 0, 1, 0},
                           {use.timeline.administrations[1].time, 1, 1, 0}};
  use.timeline.administrations[1].session = 1;
  use.timeline.administrations[1].number = 1;
  engine::PlanOptions plan_options;
  plan_options.route = use.pattern.route;
  plan_options.outputs = {model.outputs.front().name};
  plan_options.marks = collector_options.marks;
  const Result<engine::Plan> plan = engine::Plan::make(model, use.timeline, plan_options);
  EXPECT_TRUE(plan);
  const population::Cohort cohort = fixed_cohort({{"weight", 70}});
  const population::DrawContext context{&model, &use.pattern, &cohort, 1, {}};
  const std::vector<population::LaneIdentity> lanes(1);
  population::Batch batch(context, lanes);
  Gathered gathered{ExposureCollector(collector_options, batch.lanes()), {}, {}};
  engine::Workspace workspace;
  EXPECT_FALSE(engine::run(*plan, batch, gathered.collector, workspace));
  gathered.collector.finish();

  std::vector<double> times_h;
  for (int i = 0; i * kDense_h <= kHorizon_h + 1e-9; ++i) times_h.push_back(i * kDense_h);
  const model::Output& output = model.outputs.front();
  const double scale = batch.frame().slot(output.scale_slot)[0];
  for (const auto& state : reference::simulate<double>(reference_system(model, batch.frame(), 0, use), times_h)) {
    gathered.value.push_back(scale * state.amount[static_cast<std::size_t>(output.compartment)]);
    gathered.integral.push_back(scale * state.integral[static_cast<std::size_t>(output.compartment)]);
  }
  return gathered;
}

double at(const std::vector<double>& dense, double time_h) {
  return dense[static_cast<std::size_t>(std::lround(time_h / kDense_h))];
}

void expect_the_reference(const Gathered& gathered, const CollectorOptions& collector_options) {
  const ExposureCollector& c = gathered.collector;
  EXPECT_EQ(c.sessions(), 2);
  EXPECT_NEAR(c.auc(0), gathered.integral.back(), 1e-9 * gathered.integral.back());
  EXPECT_NEAR(c.auc_at_mark(0, 0), at(gathered.integral, 13), 1e-9 * gathered.integral.back());
  EXPECT_EQ(c.auc_at_mark(1, 0), c.auc(0));
  const auto second = gathered.value.begin() + std::lround(20 / kDense_h);
  const double first_peak = *std::max_element(gathered.value.begin(), second);
  const double second_peak = *std::max_element(second, gathered.value.end());
  EXPECT_NEAR(c.mean_session_peak(0), (first_peak + second_peak) / 2, 2e-5 * first_peak);
  EXPECT_NEAR(c.highest_peak(0), std::max(first_peak, second_peak), 2e-5 * first_peak);
  const auto above = std::count_if(gathered.value.begin(), gathered.value.end(),
                                   [](double value) { return value >= kLevel_mg_per_l; });
  ASSERT_GT(above, 100) << "the level must be crossed for this test to mean anything";
  EXPECT_NEAR(c.hours_above(0, 0), static_cast<double>(above) * kDense_h, 4 * kDense_h);
  EXPECT_EQ(c.hours_above(1, 0), 0);
  for (std::size_t i = 0; i < collector_options.first_days.size(); ++i) {
    EXPECT_NEAR(c.first_days(i, 0), at(gathered.value, static_cast<double>(i)), 2e-5 * first_peak) << i << " h";
  }
  for (std::size_t i = 0; i < collector_options.session_curve.size(); ++i) {
    const double time_h = 2.3 + 0.11 * static_cast<double>(i);
    EXPECT_NEAR(c.session_curve(i, 0), at(gathered.value, time_h), 2e-5 * first_peak) << i;
  }
}

TEST(Collector, AnInfusion) {
  const CollectorOptions collector_options = options();
  expect_the_reference(
      gather(shipped_model("kamp-2020"), use_of("intravenous", {35, {2.3, 20}, 0.5}, kHorizon_h), collector_options),
      collector_options);
}

TEST(Collector, AnAbsorbedDose) {
  const CollectorOptions collector_options = options();
  expect_the_reference(gather(shipped_model("racemic-intramuscular"),
                              use_of("intramuscular", {50, {2.3, 20}}, kHorizon_h), collector_options),
                       collector_options);
}

// Film: zero-order input whose duration differs between people splits grid steps.
TEST(Collector, PeoplesOwnDurations) {
  const CollectorOptions collector_options = options();
  expect_the_reference(
      gather(shipped_model("simons-2022"), use_of("sublingual", {50, {2.3, 20}}, kHorizon_h), collector_options),
      collector_options);
}

}  // namespace
}  // namespace racemate::exposure
