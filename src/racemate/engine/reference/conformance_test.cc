// The shipped conformance cases (conformance/README.md) on the reference.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "racemate/engine/reference/record_simulator.h"

namespace racemate::engine::reference {
namespace {

constexpr const char* kFolder = RACEMATE_SOURCE_DIR "/conformance/dosing/";

// Double arithmetic of at most a few dozen exponentials against 50 digits, in mg of doses of 10 to 100 mg.
constexpr double kTolerance_mg = 1e-9;

std::string text(const std::string& name) {
  std::ifstream stream(kFolder + name);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

RecordSystem system_of(const regimen::RecordSet& set, std::size_t record) {
  const auto covariate = [&](const std::string& name) {
    const auto found = std::find(set.covariates.begin(), set.covariates.end(), name);
    return set.covariate_values.at(record * set.covariates.size() +
                                   static_cast<std::size_t>(found - set.covariates.begin()));
  };
  RecordSystem system;
  system.flows = {{0, -1, 0.1}};
  if (covariate("N") >= 2) system.flows.insert(system.flows.end(), {{0, 1, 0.3}, {1, 0, 0.2}});
  if (covariate("N") >= 3) system.flows.insert(system.flows.end(), {{0, 2, 0.05}, {2, 0, 0.02}});
  system.dosed_state = std::stoi(set.compartments[set.records[record].compartment]) - 1;
  system.dosed_values = {.bioavailability = covariate("F"),
                         .lag_h = covariate("LAG"),
                         .duration_h = covariate("D"),
                         .rate_mg_per_h = covariate("R")};
  return system;
}

TEST(Conformance, DosingOnTheReference) {
  const auto set = regimen::read_records(text("records.csv"), "records.csv");
  ASSERT_TRUE(set.has_value()) << to_string(set.error().front());
  ASSERT_EQ(set->subjects.size(), 42u);  // 7 cases for each of 1 + 2 + 3 compartments
  std::istringstream expected(text("expected.csv"));
  std::string line;
  std::getline(expected, line);
  for (const regimen::RecordSubject& subject : set->subjects) {
    const auto records = std::span(set->records).subspan(subject.first, subject.count);
    std::vector<RecordSystem> systems;
    for (std::size_t i = 0; i < subject.count; ++i) systems.push_back(system_of(*set, subject.first + i));
    const int states = systems.front().flows.size() == 1 ? 1 : systems.front().flows.size() == 3 ? 2 : 3;
    const auto rows = simulate_records(records, systems, states, CovariateRule::kNextCarriedBackward, "records.csv");
    ASSERT_TRUE(rows.has_value()) << to_string(rows.error().front());
    for (std::size_t i = 0; i < rows->size(); ++i) {
      ASSERT_TRUE(std::getline(expected, line));
      std::istringstream cells(line);
      std::string cell;
      std::getline(cells, cell, ',');
      ASSERT_EQ(cell, subject.id);
      std::getline(cells, cell, ',');
      for (const double amount_mg : (*rows)[i]) {
        ASSERT_TRUE(std::getline(cells, cell, ','));
        EXPECT_NEAR(amount_mg, std::stod(cell), kTolerance_mg) << "records.csv:" << records[i].line;
      }
    }
  }
  EXPECT_FALSE(std::getline(expected, line));
}

}  // namespace
}  // namespace racemate::engine::reference
