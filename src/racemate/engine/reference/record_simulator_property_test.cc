// Simultaneous dose records commute.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "racemate/engine/reference/record_simulator.h"

namespace racemate::engine::reference {
namespace {

using regimen::EventKind;
using regimen::Record;

struct DoseRecord {
  Record record;
  RecordSystem system;
};

const std::vector<Flow> kFlows{{0, 1, 0.9}, {1, -1, 0.1}, {1, 2, 0.3}, {2, 1, 0.2}};

// A dose at 0 h of any kind, into any of the three compartments, with any lag and bioavailability.
rc::Gen<DoseRecord> any_dose() {
  return rc::gen::exec([] {
    DoseRecord dose;
    dose.record.event = EventKind::kDose;
    dose.record.amount_mg = *rc::gen::inRange(1, 50);
    dose.record.rate_mg_per_h = *rc::gen::element(0.0, 2.0, 5.0);
    dose.record.interval_h = *rc::gen::element(6.0, 8.0, 12.0);
    dose.record.additional = *rc::gen::inRange(0, 3);
    dose.record.steady_state = static_cast<regimen::SteadyState>(*rc::gen::inRange(0, 3));
    dose.system.flows = kFlows;
    dose.system.dosed_state = *rc::gen::inRange(0, 3);
    dose.system.dosed_values = {.bioavailability = *rc::gen::element(0.4, 1.0, 1.5),
                                .lag_h = *rc::gen::element(0.0, 3.0, 8.0, 12.0, 15.0)};
    return dose;
  });
}

std::vector<std::vector<double>> run(const std::vector<DoseRecord>& doses, const std::vector<std::size_t>& order,
                                     const regimen::ExpandOptions& options) {
  std::vector<Record> records;
  std::vector<RecordSystem> systems;
  const auto add = [&](const Record& record, const RecordSystem& system) {
    records.push_back(record);
    systems.push_back(system);
  };
  // What was there before: a train of infusions that is still running and has more doses to come.
  add({.time_h = -20, .amount_mg = 30, .rate_mg_per_h = 4, .interval_h = 5, .additional = 9, .event = EventKind::kDose},
      {.flows = kFlows, .dosed_state = 1, .dosed_values = {}});
  for (const std::size_t i : order) add(doses[i].record, doses[i].system);
  for (const double time_h : {0.0, 0.5, 4.0, 9.0, 13.0, 31.0}) {
    add({.time_h = time_h}, {.flows = kFlows, .dosed_state = 0, .dosed_values = {}});
  }
  auto rows = simulate_records(records, systems, 3, CovariateRule::kNextCarriedBackward, "d.csv", options);
  RC_ASSERT(rows.has_value());
  rows->erase(rows->begin(), rows->begin() + 1 + static_cast<std::ptrdiff_t>(order.size()));
  return std::move(*rows);
}

RC_GTEST_PROP(RecordSimulatorProperty, TheOrderOfSimultaneousDosesDoesNotMatter, ()) {
  const auto doses = *rc::gen::resize(4, rc::gen::nonEmpty(rc::gen::container<std::vector<DoseRecord>>(any_dose())));
  const regimen::ExpandOptions options{
      .lag_beyond_interval =
          *rc::gen::element(regimen::LagBeyondInterval::kPhysical, regimen::LagBeyondInterval::kNonmemClosedForm)};
  std::vector<std::size_t> order(doses.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto expected = run(doses, order, options);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[*rc::gen::inRange<std::size_t>(0, i)]);
  const auto permuted = run(doses, order, options);
  for (std::size_t row = 0; row < expected.size(); ++row) {
    for (std::size_t state = 0; state < 3; ++state) {
      const double scale = std::max(1.0, std::abs(expected[row][state]));
      RC_ASSERT(std::abs(permuted[row][state] - expected[row][state]) <= 1e-11 * scale);
    }
  }
}

// Two parts of one regimen, as one SS = 1 record each, are the sum of the two alone.
RC_GTEST_PROP(RecordSimulatorProperty, SimultaneousSteadyStatesAddUp, ()) {
  std::vector<DoseRecord> doses{*any_dose(), *any_dose()};
  for (DoseRecord& dose : doses) dose.record.steady_state = regimen::SteadyState::kReplace;
  const auto together = run(doses, {0, 1}, {});
  const auto first = run(doses, {0}, {});
  const auto second = run(doses, {1}, {});
  for (std::size_t row = 0; row < together.size(); ++row) {
    for (std::size_t state = 0; state < 3; ++state) {
      const double sum = first[row][state] + second[row][state];
      RC_ASSERT(std::abs(together[row][state] - sum) <= 1e-11 * std::max(1.0, sum));
    }
  }
}

}  // namespace
}  // namespace racemate::engine::reference
