// The shipped dosing cases (conformance/README.md), for a test of any back end:
//
//   TEST(Conformance, DosingOnMine) {
//     expect_conformance([](const ConformanceCase& a_case) { return simulate_mine(a_case); });
//   }
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <functional>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "racemate/engine/reference/record_simulator.h"
#include "racemate/regimen/record_events.h"
#include "racemate/regimen/records.h"

namespace racemate::engine::testing {

// Double arithmetic of at most a few dozen exponentials against 50 digits, in mg of doses of 4 to 100 mg.
inline constexpr double kConformanceTolerance_mg = 1e-9;

inline constexpr std::size_t kConformanceCases = 729;

// One subject. Rates (1/h): depot to central 0.9; central out 0.1 x the record's scale; central to the first peripheral
// compartment 0.3 and back 0.2; central to the second one 0.05 and back 0.02. States are numbered as CMT less one: the
// depot if there is one, central, peripheral ones.
struct ConformanceCase {
  std::string id;
  std::string title;
  int compartments = 1;  // without the depot
  bool depot = false;
  reference::CovariateRule covariates = reference::CovariateRule::kNextCarriedBackward;
  regimen::ExpandOptions options;
  std::vector<regimen::Record> records;
  std::vector<reference::RecordSystem> systems;  // by record: flows, dosed state, dose parameters
  std::vector<double> elimination_scale;         // by record; the flows have it already
  std::vector<std::vector<double>> expected_mg;  // by record, by state
  std::string file;

  [[nodiscard]] int states() const { return compartments + (depot ? 1 : 0); }
};

namespace conformance_internal {

inline std::vector<std::vector<std::string>> read_table(const std::string& path) {
  std::ifstream stream(path);
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(stream, line);) {
    std::vector<std::string> cells;
    std::istringstream text(line);
    for (std::string cell; std::getline(text, cell, ',');) cells.push_back(cell);
    lines.push_back(std::move(cells));
  }
  if (!lines.empty()) lines.erase(lines.begin());  // header
  return lines;
}

inline reference::RecordSystem system_of(const ConformanceCase& a_case, const regimen::Record& record,
                                         const regimen::RecordSet& set, double scale,
                                         const regimen::DoseParameters& dosed_values) {
  const int central = a_case.depot ? 1 : 0;
  reference::RecordSystem system;
  if (a_case.depot) system.flows.push_back({0, central, 0.9});
  system.flows.push_back({central, -1, 0.1 * scale});
  if (a_case.compartments >= 2) {
    system.flows.push_back({central, central + 1, 0.3});
    system.flows.push_back({central + 1, central, 0.2});
  }
  if (a_case.compartments >= 3) {
    system.flows.push_back({central, central + 2, 0.05});
    system.flows.push_back({central + 2, central, 0.02});
  }
  system.dosed_state = std::stoi(set.compartments[record.compartment]) - 1;
  system.dosed_values = dosed_values;
  return system;
}

inline ConformanceCase case_of(const regimen::RecordSet& set, const regimen::RecordSubject& subject,
                               const std::vector<std::string>& heading) {
  const auto value = [&](std::size_t record, const std::string& name) {
    const auto found = std::find(set.covariates.begin(), set.covariates.end(), name);
    const auto column = static_cast<std::size_t>(found - set.covariates.begin());
    return set.covariate_values.at(record * set.covariates.size() + column);
  };
  ConformanceCase a_case{.id = subject.id, .title = heading.at(3)};
  a_case.compartments = static_cast<int>(value(subject.first, "N"));
  a_case.depot = value(subject.first, "DEPOT") == 1;
  if (heading.at(1) == "forward") a_case.covariates = reference::CovariateRule::kLastCarriedForward;
  if (heading.at(2) == "nonmem") a_case.options.lag_beyond_interval = regimen::LagBeyondInterval::kNonmemClosedForm;
  a_case.file = set.file;
  for (std::size_t i = subject.first; i < subject.first + subject.count; ++i) {
    const regimen::DoseParameters dosed_values{.bioavailability = value(i, "F"),
                                               .lag_h = value(i, "LAG"),
                                               .duration_h = value(i, "D"),
                                               .rate_mg_per_h = value(i, "R")};
    a_case.records.push_back(set.records[i]);
    a_case.elimination_scale.push_back(value(i, "S"));
    a_case.systems.push_back(system_of(a_case, set.records[i], set, value(i, "S"), dosed_values));
  }
  return a_case;
}

}  // namespace conformance_internal

// All cases, in the order of the files. Problems of the files fail the test.
inline std::vector<ConformanceCase> load_conformance() {
  const std::string folder = RACEMATE_SOURCE_DIR "/conformance/dosing/";
  std::ifstream stream(folder + "records.csv");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const Result<regimen::RecordSet> set = regimen::read_records(text, "conformance/dosing/records.csv");
  if (!set) {
    ADD_FAILURE() << to_string(set.error().front());
    return {};
  }
  const auto headings = conformance_internal::read_table(folder + "cases.csv");
  const auto expected = conformance_internal::read_table(folder + "expected.csv");
  EXPECT_EQ(headings.size(), kConformanceCases);
  if (headings.size() != set->subjects.size() || expected.size() != set->records.size()) {
    ADD_FAILURE() << "cases.csv, records.csv and expected.csv do not belong together";
    return {};
  }
  std::vector<ConformanceCase> cases;
  for (std::size_t i = 0; i < set->subjects.size(); ++i) {
    const regimen::RecordSubject& subject = set->subjects[i];
    EXPECT_EQ(subject.id, headings[i].at(0));
    ConformanceCase a_case = conformance_internal::case_of(*set, subject, headings[i]);
    for (std::size_t row = subject.first; row < subject.first + subject.count; ++row) {
      EXPECT_EQ(subject.id, expected[row].at(0));
      std::vector<double> amounts_mg;
      for (int state = 0; state < a_case.states(); ++state) {
        amounts_mg.push_back(std::stod(expected[row].at(2 + static_cast<std::size_t>(state))));
      }
      a_case.expected_mg.push_back(std::move(amounts_mg));
    }
    cases.push_back(std::move(a_case));
  }
  return cases;
}

// Amounts (mg) by record and state.
using SimulateCase = std::function<Result<std::vector<std::vector<double>>>(const ConformanceCase&)>;

struct ConformanceOptions {
  double tolerance_mg = kConformanceTolerance_mg;
  double relative_tolerance = 0;  // of the expected amount; the larger of the two counts
  // Cases that the back end must refuse with an error, e.g. a phase that goes backward; absent: none.
  std::function<bool(const ConformanceCase&)> refuses = {};
};

// True for cases whose events have a negative phase (LagBeyondInterval::kNonmemClosedForm and a lag beyond II).
inline bool goes_backward(const ConformanceCase& a_case) {
  std::vector<regimen::DoseParameters> parameters;
  for (const reference::RecordSystem& system : a_case.systems) parameters.push_back(system.dosed_values);
  const auto events = regimen::expand_records(a_case.records, parameters, a_case.file, a_case.options);
  return events && std::any_of(events->begin(), events->end(), regimen::has_backward_phase);
}

// Runs every case and holds its amounts against the expected ones; the first rows that differ are reported.
inline void expect_conformance(const SimulateCase& simulate, const ConformanceOptions& options = {}) {
  constexpr int kMostReports = 20;
  int wrong = 0;
  const auto report = [&](const ConformanceCase& a_case, const std::string& text) {
    if (++wrong <= kMostReports) ADD_FAILURE() << "case " << a_case.id << " (" << a_case.title << "): " << text;
  };
  for (const ConformanceCase& a_case : load_conformance()) {
    const auto amounts = simulate(a_case);
    if (options.refuses && options.refuses(a_case)) {
      if (amounts) report(a_case, "was not refused");
      continue;
    }
    if (!amounts) {
      report(a_case, to_string(amounts.error().front()));
      continue;
    }
    if (amounts->size() != a_case.records.size()) {
      report(a_case, std::to_string(amounts->size()) + " rows");
      continue;
    }
    for (std::size_t row = 0; row < amounts->size(); ++row) {
      for (std::size_t state = 0; state < a_case.expected_mg[row].size(); ++state) {
        const double expected_mg = a_case.expected_mg[row][state];
        const double allowed_mg = std::max(options.tolerance_mg, options.relative_tolerance * std::abs(expected_mg));
        const double amount_mg = (*amounts)[row].at(state);
        if (std::abs(amount_mg - expected_mg) <= allowed_mg) continue;
        std::ostringstream text;
        text.precision(15);
        text << a_case.file << ":" << a_case.records[row].line << ": state " << state << " is " << amount_mg
             << " mg, not " << expected_mg;
        report(a_case, text.str());
      }
    }
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace racemate::engine::testing
