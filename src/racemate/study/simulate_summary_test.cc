#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "racemate/exposure/collector.h"
#include "racemate/study/exposure_run.h"
#include "racemate/study/simulate_run.h"
#include "racemate/study/simulate_testing.h"

namespace racemate::study {
namespace {

using testing::cells_of;
using testing::clinic;
using testing::shipped;
using testing::summary_of;
using testing::table_of;

double ranked(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::floor(q * static_cast<double>(values.size() - 1)))];
}

// VALUE (and LOW, HIGH) by "summary/output/time/statistic".
std::map<std::string, std::vector<double>> values_of(const std::string& csv) {
  std::map<std::string, std::vector<double>> values;
  const auto rows = cells_of(csv);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& row = rows[i];
    std::vector<double>& numbers = values[row[0] + "/" + row[1] + "/" + row[2] + "/" + row[3]];
    for (std::size_t c = 4; c + 1 < row.size(); ++c) numbers.push_back(std::stod(row[c]));
  }
  return values;
}

void expect_near_relative(double value, double expected, double error) {
  EXPECT_NEAR(value, expected, error * std::abs(expected) * 1.001);
}

TEST(Summary, QuantilesAndSharesAreThoseOfTheTable) {
  SimulateOptions options = clinic("11,30h");
  options.subjects = 501;
  std::map<std::string, std::vector<double>> at;  // by TIME
  for (const auto& row : cells_of(table_of(options))) {
    if (row[0] != "ID") at[row[1]].push_back(std::stod(row[2]));
  }
  options.quantiles = true;
  options.above = {parse_level("ketamine=100ng/mL").value()};
  const auto values = values_of(summary_of(options));
  EXPECT_EQ(values.size(), 2 * 3 + 2);
  for (const auto& [time, people] : at) {
    ASSERT_EQ(people.size(), 501);
    for (const auto& [name, q] : {std::pair{"p5", 0.05}, {"median", 0.5}, {"p95", 0.95}}) {
      expect_near_relative(values.at("concentration/ketamine/" + time + "/" + name)[0], ranked(people, q),
                           kSketchError);
    }
    const auto above = std::count_if(people.begin(), people.end(), [](double value) { return value > 100; });
    EXPECT_EQ(values.at("fraction_above_100ng/mL/ketamine/" + time + "/fraction")[0], static_cast<double>(above) / 501);
  }
}

// Every output of a model, absorbed and with people's own lags, against the collector of the comparison.
TEST(Summary, ExposureOfAPersonIsWhatTheCollectorSees) {
  SimulateOptions options = clinic("0,60h");
  options.model = "perez-ruixo-2021";
  options.regimen = "esketamine-label-trd";
  options.exposure = true;
  options.subjects = 24;
  Result<Request> request = resolve_simulation(shipped(), options);
  ASSERT_TRUE(request) << to_string(request.error().front());
  const std::string output = request->patterns[0].model.outputs[0].name;
  options.above = {parse_level(output + "=20ng/mL").value(), parse_level(output + "=1ng/mL").value()};
  Simulation simulation(std::move(*request), options);
  ASSERT_FALSE(simulation.plan(true, true));

  const PatternRequest& use = simulation.request().patterns[0];
  engine::PlanOptions plan_options;
  plan_options.route = use.pattern.route;
  plan_options.outputs = {output};
  const auto plan = engine::Plan::make(use.model, use.timeline, plan_options);
  ASSERT_TRUE(plan);
  const population::DrawContext context{&use.model, &use.pattern, &simulation.request().cohort, options.seed, {}};
  exposure::CollectorOptions collector;
  collector.levels_mg_per_l = {0.02, 0.001};
  std::vector<population::LaneIdentity> lanes(24);
  for (std::uint64_t i = 0; i < 24; ++i) lanes[i].subject = i;
  const CancelToken never;
  const auto judged = run_lanes({&*plan, &context, &collector, 24, 1}, lanes, never);
  ASSERT_TRUE(judged);

  SimulationWorker worker;
  std::vector<double> peak_times;
  const auto failure = simulation.run_exposure({0, 0, 24}, worker, [&](const ExposureObserver& seen) {
    for (std::size_t lane = 0; lane < 24; ++lane) {
      const PersonExposure& person = (*judged)[lane];
      expect_near_relative(seen.peak(0)[lane] * kNanogramsPerMl, person[kHighestPeak], 1e-12);
      expect_near_relative(seen.auc(0)[lane] * kNanogramsPerMl, person[kAuc], 1e-12);
      expect_near_relative(seen.hours_above(0, 0)[lane], person[kFirstLevel], 1e-9);
      expect_near_relative(seen.hours_above(0, 1)[lane], person[kFirstLevel + 1], 1e-9);
      peak_times.push_back(seen.peak_time(0)[lane]);
    }
  });
  ASSERT_FALSE(failure);

  // The table at the time of a person's peak shows the peak, and less a little before and after.
  for (std::size_t lane : {std::size_t{0}, std::size_t{7}, std::size_t{23}}) {
    SimulateOptions around = options;
    around.exposure = false;
    around.above.clear();
    around.outputs = {output};
    around.times = {Duration::from_hours(peak_times[lane] - 0.2), Duration::from_hours(peak_times[lane]),
                    Duration::from_hours(peak_times[lane] + 0.2)};
    const auto rows = cells_of(table_of(around));
    const auto value = [&](std::size_t time) { return std::stod(rows.at(1 + lane * 3 + time).at(2)); };
    expect_near_relative(value(1), (*judged)[lane][kHighestPeak], 1e-5);
    EXPECT_LT(value(0), value(1));
    EXPECT_LT(value(2), value(1));
  }
}

TEST(Summary, AreasOfTheWholeTimeAreDoseOverClearance) {
  SimulateOptions options = clinic("0,160h");
  options.typical = true;
  options.exposure = true;
  options.weight_kg = 70;
  const auto request = resolve_simulation(shipped(), options);
  ASSERT_TRUE(request);
  const auto& parameters = request->patterns[0].model.parameters;
  const auto clearance =
      std::find_if(parameters.begin(), parameters.end(), [](const model::Parameter& p) { return p.name == "CL"; });
  ASSERT_NE(clearance, parameters.end());
  const double dose_mg = 0.5 * 70 * regimen::kBasePerHydrochloride;
  const double base_mg = request->patterns[0].pattern.form == regimen::Form::kHydrochloride ? dose_mg : 35;
  const auto values = values_of(summary_of(options));
  expect_near_relative(values.at("auc/ketamine//median")[0], base_mg / clearance->value * 1000, 0.002);
}

// Quantiles of each trial, then quantiles of those over trials, from the table of the same run.
TEST(Summary, SeveralTrialsAreSummedUpOneByOne) {
  SimulateOptions options = clinic("10.5,12h");
  options.subjects = 70;
  options.studies = 7;
  options.replicates = 3;
  std::map<std::string, std::map<std::string, std::vector<double>>> trials;  // by TIME, then STUDY/REP
  for (const auto& row : cells_of(table_of(options))) {
    if (row[0] != "STUDY") trials[row[3]][row[0] + "/" + row[1]].push_back(std::stod(row[4]));
  }
  options.quantiles = true;
  options.above = {parse_level("ketamine=50ng/mL").value()};
  const auto values = values_of(summary_of(options));
  for (const auto& [time, people] : trials) {
    ASSERT_EQ(people.size(), 21);
    for (const auto& [name, q] : {std::pair{"p5", 0.05}, {"median", 0.5}, {"p95", 0.95}}) {
      std::vector<double> over;
      for (const auto& [trial, concentrations] : people) over.push_back(ranked(concentrations, q));
      const auto& row = values.at("concentration/ketamine/" + time + "/" + name);
      ASSERT_EQ(row.size(), 3);
      expect_near_relative(row[0], ranked(over, 0.5), 2 * kSketchError);
      expect_near_relative(row[1], ranked(over, 0.05), 2 * kSketchError);
      expect_near_relative(row[2], ranked(over, 0.95), 2 * kSketchError);
    }
    std::vector<double> shares;
    for (const auto& [trial, concentrations] : people) {
      shares.push_back(static_cast<double>(std::count_if(concentrations.begin(), concentrations.end(),
                                                         [](double value) { return value > 50; })) /
                       70);
    }
    const auto& row = values.at("fraction_above_50ng/mL/ketamine/" + time + "/fraction");
    expect_near_relative(row[0], ranked(shares, 0.5), kSketchError);
    expect_near_relative(row[2], ranked(shares, 0.95), kSketchError);
  }
}

TEST(Summary, TheSameBytesForAnyThreadsAndBlocks) {
  for (const std::uint64_t replicates : {std::uint64_t{0}, std::uint64_t{40}}) {
    SimulateOptions options = clinic("0:16:0.5h");
    options.subjects = 150;
    options.replicates = replicates;
    options.quantiles = options.exposure = true;
    options.above = {parse_level("ketamine=50ng/mL").value()};
    options.threads = 1;
    const std::string one = summary_of(options);
    for (const auto& [threads, block] : {std::pair<int, std::size_t>{2, 64}, {7, 8}, {3, 128}}) {
      options.threads = threads;
      options.block = block;
      EXPECT_EQ(summary_of(options), one) << threads << " threads, blocks of " << block;
    }
  }
}

TEST(Summary, IsStoppedByCancelling) {
  SimulateOptions options = clinic("0:24:0.5h");
  options.quantiles = true;
  for (const std::uint64_t replicates : {std::uint64_t{0}, std::uint64_t{100}}) {
    options.subjects = 1'000'000;
    options.replicates = replicates;
    CancelToken cancel;
    const auto done = simulate_summary(shipped(), options, [&](const Progress&) { cancel.cancel(); }, cancel);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().front().code, ErrorCode::kInterrupted);
  }
}

TEST(Summary, LevelsOfOtherOutputsAreRefused) {
  SimulateOptions options = clinic("0:24:0.5h");
  options.quantiles = true;
  options.above = {parse_level("ketamin=50ng/mL").value()};
  const CancelToken never;
  const auto done = simulate_summary(shipped(), options, {}, never);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().front().hint, "did you mean 'ketamine'?");
}

}  // namespace
}  // namespace racemate::study
