#include "racemate/engine/reference/record_simulator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace racemate::engine::reference {
namespace {

using regimen::RecordSet;

constexpr double kClearance_L_per_h = 1.1;
constexpr double kVolume_L = 20;
constexpr double kAbsorption_per_h = 1.5;
constexpr double kElimination_per_h = kClearance_L_per_h / kVolume_L;

constexpr regimen::ExpandOptions kNonmem{.lag_beyond_interval = regimen::LagBeyondInterval::kNonmemClosedForm};

// Depot (0) and central (1) with the values of the dosed compartment for every record.
Result<std::vector<std::vector<double>>> run(const std::string& rows, const regimen::DoseParameters& values = {},
                                             int state = 1, const regimen::ExpandOptions& options = {}) {
  const auto set = regimen::read_records("ID,TIME,EVID,AMT,RATE,II,ADDL,SS\n" + rows, "d.csv");
  if (!set) return fail(set.error());
  const RecordSystem system{
      .flows = {{0, 1, kAbsorption_per_h}, {1, -1, kElimination_per_h}}, .dosed_state = state, .dosed_values = values};
  return simulate_records(set->records, std::vector(set->records.size(), system), 2,
                          CovariateRule::kNextCarriedBackward, "d.csv", options);
}

double central(const std::string& rows, const regimen::DoseParameters& values = {}, int state = 1,
               const regimen::ExpandOptions& options = {}) {
  const auto amounts = run(rows, values, state, options);
  if (!amounts) throw std::runtime_error(to_string(amounts.error().front()));
  return amounts->back()[1];
}

double decay(double time_h) { return std::exp(-kElimination_per_h * time_h); }
// Amount after `time_h` of an infusion of rate 1 that lasts duration_h.
double infused(double time_h, double duration_h) {
  const double during_h = std::min(time_h, duration_h);
  return (1 - decay(during_h)) / kElimination_per_h * decay(time_h - during_h);
}

TEST(RecordSimulator, ModelledRateFixesTheDurationByBioavailability) {
  const regimen::DoseParameters values{.bioavailability = 0.5, .rate_mg_per_h = 10};
  EXPECT_NEAR(central("1,0,1,100,-1,0,0,0\n1,8,0,0,0,0,0,0\n", values), 10 * infused(8, 5), 1e-10);
}

TEST(RecordSimulator, ResetIsNotLaggedAndCancelsWhatIsToCome) {
  const regimen::DoseParameters values{.lag_h = 3};
  // The dose at 0 arrives at 3; those at 12 + 3 and later are cancelled at 14.
  const std::string dose = "1,0,1,100,0,12,5,0\n";
  EXPECT_NEAR(central(dose + "1,13,0,0,0,0,0,0\n", values), 100 * decay(10), 1e-10);
  EXPECT_EQ(central(dose + "1,14,3,0,0,0,0,0\n1,40,0,0,0,0,0,0\n", values), 0);
  EXPECT_NEAR(central(dose + "1,14,4,7,0,0,0,0\n1,20,0,0,0,0,0,0\n", values), 7 * decay(3), 1e-10);
}

TEST(RecordSimulator, AnAdditionalDoseComesBeforeTheRowOfItsTimeDespiteRounding) {
  ASSERT_GT(0.1 * 3, 0.3);
  const double expected = 5 * (1 + decay(0.1) + decay(0.2) + decay(0.3));
  EXPECT_NEAR(central("1,0,1,5,0,0.1,3,0\n1,0.3,0,0,0,0,0,0\n"), expected, 1e-10);
}

// A long train of single doses is the independent answer.
TEST(RecordSimulator, SteadyStateWithLagBeyondTheInterval) {
  for (const double lag_h : {0.0, 2.0, 6.0, 6.5, 12.0, 15.0}) {
    const regimen::DoseParameters values{.lag_h = lag_h};
    for (const double time_h : {0.0, 1.0, 5.9, 7.0, 14.0, 20.0}) {
      double expected = 0;
      for (int j = 0; j < 400; ++j) {
        const double since_h = time_h - lag_h + 6 * j;  // dose records at 0, -6, -12, ...
        if (since_h >= 0) expected += 10 * decay(since_h);
      }
      EXPECT_NEAR(central("1,0,1,10,0,6,0,1\n1," + std::to_string(time_h) + ",0,0,0,0,0,0\n", values), expected, 1e-9)
          << lag_h << " " << time_h;
    }
  }
}

TEST(RecordSimulator, SteadyStateOfOverlappingInfusionsWithLag) {
  const regimen::DoseParameters values{.lag_h = 4};
  for (const double duration_h : {3.0, 6.0, 12.0, 15.5, 24.0}) {
    for (const double time_h : {0.0, 3.0, 4.0, 9.0, 30.0}) {
      double expected = 0;
      for (int j = 0; j < 400; ++j) {
        const double since_h = time_h - 4 + 6 * j;
        if (since_h >= 0) expected += 2 * infused(since_h, duration_h);
      }
      const std::string dose = "1,0,1," + std::to_string(2 * duration_h) + ",2,6,0,1\n";
      EXPECT_NEAR(central(dose + "1," + std::to_string(time_h) + ",0,0,0,0,0,0\n", values), expected, 1e-8)
          << duration_h << " " << time_h;
    }
  }
}

// The formula of the cycle beyond its own start: 10 mg every 6 h, lag 15 h, so the phase -9 h at the record.
TEST(RecordSimulator, NonmemsLagBeyondTheIntervalExtrapolatesBackward) {
  const double peak_mg = 10 / (1 - decay(6));
  const auto at = [](double time_h, const std::string& amount_and_rate) {
    return central("1,0,1," + amount_and_rate + ",6,1,1\n1," + std::to_string(time_h) + ",0,0,0,0,0,0\n", {.lag_h = 15},
                   1, kNonmem);
  };
  for (const double time_h : {0.0, 4.0, 9.0, 14.9}) {
    EXPECT_NEAR(at(time_h, "10,0"), peak_mg * decay(time_h - 9), 1e-9) << time_h;
  }
  EXPECT_NEAR(at(15, "10,0"), peak_mg, 1e-9);
  EXPECT_NEAR(at(25, "10,0"), peak_mg * decay(4), 1e-9);  // the additional dose came at 21 h
  // An infusion is on all the way back, and what was never there is missing: the amount is negative.
  const double trough_mg = 5 * infused(6, 2) / (1 - decay(6));
  EXPECT_LT(at(0, "10,5"), 0);
  EXPECT_NEAR(at(0, "10,5"), trough_mg * decay(-9) + 5 * (1 - decay(-9)) / kElimination_per_h, 1e-9);
  EXPECT_NEAR(at(9, "10,5"), trough_mg, 1e-9);
  EXPECT_NEAR(at(12, "10,5"), trough_mg * decay(3) + 5 * infused(3, 2), 1e-9);
}

TEST(RecordSimulator, ANewTimeAxisBeginsAtAReset) {
  const std::string old_axis = "1,0,1,100,0,12,5,0\n1,30,0,0,0,0,0,0\n";
  EXPECT_NEAR(central(old_axis + "1,2,4,7,0,0,0,0\n1,5,0,0,0,0,0,0\n"), 7 * decay(3), 1e-10);
  EXPECT_NEAR(central(old_axis + "1,-8,3,0,0,0,0,0\n1,1,1,7,0,0,0,0\n1,5,0,0,0,0,0,0\n"), 7 * decay(4), 1e-10);
}

TEST(RecordSimulator, AnObservationAboveADoseOfItsTimeIsATrough) {
  const auto rows = run("1,0,1,100,0,0,0,0\n1,6,0,0,0,0,0,0\n1,6,1,50,0,0,0,0\n1,6,0,0,0,0,0,0\n");
  ASSERT_TRUE(rows.has_value());
  EXPECT_NEAR((*rows)[1][1], 100 * decay(6), 1e-10);
  EXPECT_NEAR((*rows)[2][1], 100 * decay(6) + 50, 1e-10);
  EXPECT_EQ((*rows)[2], (*rows)[3]);
}

TEST(RecordSimulator, WhatCannotBeComputedIsAnError) {
  const auto code = [](const auto& result) { return result ? ErrorCode::kUsage : result.error().front().code; };
  EXPECT_EQ(code(run("1,0,1,5,-2,0,0,0\n")), ErrorCode::kInconsistent);
  EXPECT_EQ(code(run("1,0,1,5,-1,0,0,0\n")), ErrorCode::kInconsistent);
  EXPECT_EQ(code(run("1,0,1,5,0,0,0,0\n", {.bioavailability = -1})), ErrorCode::kOutOfRange);
  EXPECT_EQ(code(run("1,0,1,5,0,0,0,0\n", {.lag_h = std::nan("")})), ErrorCode::kOutOfRange);
  const auto set = regimen::read_records("ID,TIME,AMT,SS,II\n1,0,5,1,12\n", "d.csv");
  ASSERT_TRUE(set.has_value());
  const std::vector<RecordSystem> closed(1);
  EXPECT_EQ(code(simulate_records(set->records, closed, 1, CovariateRule::kNextCarriedBackward, "d.csv")),
            ErrorCode::kNumericalFailure);
}

// Results of NONMEM 7.5.1, kept outside the project.
class Oracle : public ::testing::Test {
 protected:
  static std::string text(const std::filesystem::path& path) {
    std::ifstream stream(path);
    std::ostringstream content;
    content << stream.rdbuf();
    return content.str();
  }

  static std::filesystem::path folder(const std::string& name) {
    const char* variable = std::getenv("RACEMATE_ORACLES");
    return std::filesystem::path(variable == nullptr ? RACEMATE_SOURCE_DIR "/../shared/oracles" : variable) / name;
  }

  // Rows that disagree, of all that were compared.
  void compare(const std::string& name, std::size_t expected_rows, bool weight_matters) {
    if (!std::filesystem::exists(folder(name))) GTEST_SKIP() << "oracle " << name << " is not here";
    const auto set = regimen::read_records(text(folder(name) / "records.csv"), "records.csv");
    ASSERT_TRUE(set.has_value()) << to_string(set.error().front());
    ASSERT_EQ(set->records.size(), expected_rows);
    std::istringstream answers(text(folder(name) / "nonmem.csv"));
    std::string line;
    std::getline(answers, line);
    std::size_t wrong = 0;
    for (const regimen::RecordSubject& subject : set->subjects) {
      std::vector<RecordSystem> systems;
      for (std::size_t i = subject.first; i < subject.first + subject.count; ++i) {
        systems.push_back(system_at(*set, i, weight_matters));
      }
      const auto rows = simulate_records(std::span(set->records).subspan(subject.first, subject.count), systems, 2,
                                         CovariateRule::kNextCarriedBackward, "records.csv");
      ASSERT_TRUE(rows.has_value()) << to_string(rows.error().front());
      for (std::size_t i = 0; i < subject.count; ++i) {
        ASSERT_TRUE(std::getline(answers, line));
        const double reference = std::stod(line.substr(line.rfind(',') + 1));
        const double concentration = (*rows)[i][1] / (kVolume_L / 1000);
        if (std::abs(concentration - reference) <= std::max(1e-3, 6e-5 * std::abs(reference))) continue;
        if (++wrong <= 20) {
          ADD_FAILURE() << "subject " << subject.id << " line " << set->records[subject.first + i].line << ": "
                        << concentration << " is not " << reference;
        }
      }
    }
    EXPECT_EQ(wrong, 0u);
  }

 private:
  static RecordSystem system_at(const RecordSet& set, std::size_t record, bool weight_matters) {
    const auto covariate = [&](const std::string& name) {
      const auto found = std::find(set.covariates.begin(), set.covariates.end(), name);
      const auto column = static_cast<std::size_t>(found - set.covariates.begin());
      return set.covariate_values.at(record * set.covariates.size() + column);
    };
    const double scale = weight_matters ? std::pow(covariate("WT") / 70, 0.75) : 1;
    RecordSystem system{.flows = {{0, 1, kAbsorption_per_h}, {1, -1, kElimination_per_h * scale}},
                        .dosed_state = 0,
                        .dosed_values = {}};
    if (set.compartments[set.records[record].compartment] == "2") {
      system.dosed_state = 1;
      system.dosed_values = {.bioavailability = covariate("BIOAV"), .lag_h = covariate("LAGT")};
      if (covariate("MODE") == 1) system.dosed_values.rate_mg_per_h = covariate("RAT2");
      if (covariate("MODE") == 2) system.dosed_values.duration_h = covariate("DUR2");
    }
    return system;
  }
};

TEST_F(Oracle, NonmemDosing) { compare("nonmem-dosing", 3837, false); }
TEST_F(Oracle, NonmemTimeVarying) { compare("nonmem-time-varying", 34, true); }

}  // namespace
}  // namespace racemate::engine::reference
