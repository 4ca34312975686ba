// The shipped conformance cases (conformance/README.md) on the back ends of run_lanes().
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "racemate/engine/conformance_testing.h"
#include "racemate/engine/events/lane_runner.h"
#include "racemate/engine/events/linear_dynamics.h"
#include "racemate/engine/events/ode_dynamics.h"
#include "racemate/engine/events/record_lane.h"
#include "racemate/engine/testing.h"

namespace racemate::engine::events {
namespace {

using testing::ConformanceCase;
using Amounts = std::vector<std::vector<double>>;

// The system of conformance/README.md; every compartment is an output with a volume of 1 L.
std::string model_text(int compartments, bool depot) {
  std::string text = R"(schema = "racemate-model/1"
id = "conformance"
title = "conformance"
kind = "published"
tier = "assumption"
substances = ["racemic ketamine"]
summary = "For a test."
[covariates]
S = { column = "S", unit = "1", reference = 1, low = 0, high = 10 }
)";
  const std::vector<std::string> all{"depot", "central", "shallow", "deep"};
  const std::span<const std::string> names =
      std::span(all).subspan(depot ? 0 : 1, static_cast<std::size_t>(compartments + (depot ? 1 : 0)));
  for (const std::string& name : names) {
    text += "[compartments." + name + "]\nanalyte = \"ketamine\"\nvolume = \"1[L]\"\nsystemic = true\n";
  }
  const auto flow = [&](const std::string& from, const std::string& to, const std::string& rate) {
    text += "[[flows]]\nfrom = \"" + from + "\"\n" + (to.empty() ? "" : "to = \"" + to + "\"\n") + "rate = \"" + rate +
            "\"\n";
  };
  if (depot) flow("depot", "central", "0.9[1/h]");
  flow("central", "", "0.1[1/h] * S");
  if (compartments >= 2) {
    flow("central", "shallow", "0.3[1/h]");
    flow("shallow", "central", "0.2[1/h]");
  }
  if (compartments >= 3) {
    flow("central", "deep", "0.05[1/h]");
    flow("deep", "central", "0.02[1/h]");
  }
  text += "[[routes.intravenous.inputs]]\nto = \"central\"\nfraction = 1\n";
  for (const std::string& name : names) {
    text += "[outputs." + name + "]\ntitle = \"amount\"\ncompartment = \"" + name +
            "\"\nanalyte = \"ketamine\"\nmatrix = \"plasma\"\nsite = \"unstated\"\n";
  }
  return text + "[domain]\npopulation = \"nobody\"\nroutes = [{ route = \"intravenous\" }]\n";
}

class Scales final : public ParameterSets {
 public:
  Scales(std::size_t slot, const std::vector<double>& values) : slot_(slot), values_(values) {}
  [[nodiscard]] bool same(std::size_t /*lane*/, std::size_t a, std::size_t b) const override {
    return values_[a] == values_[b];
  }
  void load(std::size_t lane, std::size_t from, std::size_t /*to*/, double /*weight*/,
            expr::Frame& frame) const override {
    frame.slot(slot_)[lane] = values_[from];
  }

 private:
  std::size_t slot_;
  const std::vector<double>& values_;
};

class KeptRows final : public RowSink {
 public:
  explicit KeptRows(std::size_t rows) : amounts(rows) {}
  void row(std::size_t /*lane*/, std::size_t row, std::span<const double> values) override {
    amounts[row].assign(values.begin(), values.end());
  }
  Amounts amounts;
};

// The events of a case in lane 3 of 8, so that a lane's place matters if it can.
constexpr std::size_t kLane = 3;

template <class MakeDynamics>
Result<Amounts> simulate(const ConformanceCase& a_case, bool integrates, const MakeDynamics& make_dynamics) {
  static std::map<std::pair<int, bool>, model::CompiledModel> models;
  const auto key = std::pair(a_case.compartments, a_case.depot);
  if (!models.contains(key)) models.emplace(key, testing::model_from_text(model_text(key.first, key.second)));
  const model::CompiledModel& model = models.at(key);

  std::vector<regimen::DoseParameters> parameters;
  for (const reference::RecordSystem& system : a_case.systems) parameters.push_back(system.dosed_values);
  const auto expanded = regimen::expand_records(a_case.records, parameters, a_case.file, a_case.options);
  if (!expanded) return fail(expanded.error());
  std::vector<std::vector<LaneEvent>> lanes(kLane + 1);
  std::set<int> infused;
  for (const regimen::RecordEvent& event : *expanded) {
    if (integrates && regimen::has_backward_phase(event)) {
      return fail(regimen::backward_phase_problem(a_case.records[event.record], a_case.file));
    }
    if (event.duration_h > 0 || event.rate_mg_per_h > 0) infused.insert(a_case.systems[event.record].dosed_state);
  }
  lanes[kLane] =
      lane_events(*expanded, a_case.records.size(), a_case.covariates == reference::CovariateRule::kLastCarriedForward,
                  [&](std::size_t record) { return a_case.systems[record].dosed_state; });
  expr::Frame frame(model.program.slots, expr::kLaneMultiple);
  frame.fill(model.covariates.front().slot, 1);
  expr::evaluate(model.program, frame, expr::Level::kConstant, expr::Level::kOccasion);
  std::vector<std::size_t> outputs;
  for (std::size_t i = 0; i < model.outputs.size(); ++i) outputs.push_back(i);
  const Scales sets(model.covariates.front().slot, a_case.elimination_scale);
  KeptRows sink(a_case.records.size());
  const auto dynamics = make_dynamics(model, frame, std::vector<int>(infused.begin(), infused.end()));
  const auto failures =
      run_lanes({.model = &model, .outputs = outputs, .events = lanes, .sets = &sets}, frame, *dynamics, sink);
  for (const LaneFailure& failure : failures) {
    return fail(Diagnostic{ErrorCode::kNumericalFailure, {}, failure.reason, {}, {}});
  }
  return std::move(sink.amounts);
}

TEST(Conformance, DosingOnTheLinearEngine) {
  testing::expect_conformance([](const ConformanceCase& a_case) {
    return simulate(a_case, false, [](const auto& model, auto& frame, std::vector<int> infused) {
      return std::make_unique<LinearDynamics>(model, frame, std::move(infused));
    });
  });
}

// At a relative tolerance of 1e-10.
TEST(Conformance, DosingOnTheOdeEngine) {
  ode::Options options;
  options.tolerances.relative = 1e-10;
  options.tolerances.absolute = {1e-10};
  testing::expect_conformance(
      [&](const ConformanceCase& a_case) {
        return simulate(a_case, true, [&](const auto& model, auto& frame, const std::vector<int>& /*infused*/) {
          return std::make_unique<OdeDynamics>(model, frame, options, nullptr);
        });
      },
      {.tolerance_mg = 1e-7, .relative_tolerance = 1e-9, .refuses = testing::goes_backward});
}

}  // namespace
}  // namespace racemate::engine::events
