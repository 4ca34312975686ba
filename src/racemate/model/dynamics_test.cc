// What changes with time and amounts, and what dosing records need of a model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "racemate/model/model_fixture_test.h"
#include "racemate/model/moving_fixture_test.h"

namespace racemate::model {
namespace {

using testing::compile_text;
using ::testing::ElementsAre;
using testing::moving_model_with;
using testing::small_model_with;
using testing::value_of;

CompiledModel compiled(const std::string& text) {
  Result<CompiledModel> model = compile_text(text);
  if (model) return std::move(*model);
  for (const Diagnostic& problem : model.error()) ADD_FAILURE() << to_string(problem);
  return {};
}
CompiledModel moving() { return compiled(std::string(testing::kMovingModel)); }

// The model at one instant: amounts and states in the order of the Jacobian's columns.
struct Point {
  double time_h = 1;
  std::vector<double> state;
};

// d(amounts, states)/dt from flows, sources and derivatives, as the header says they are to be read.
std::vector<double> rates_at(const CompiledModel& model, const Point& point, expr::Frame& frame) {
  for (const Parameter& parameter : model.parameters) frame.fill(parameter.theta_slot, parameter.value);
  for (const Covariate& covariate : model.covariates) frame.fill(covariate.slot, covariate.reference);
  if (model.time_slot != kNoSlot) frame.fill(model.time_slot, point.time_h);
  const std::size_t compartments = model.compartments.size();
  for (std::size_t c = 0; c < compartments; ++c) {
    if (model.compartments[c].amount_slot != kNoSlot) frame.fill(model.compartments[c].amount_slot, point.state[c]);
  }
  for (std::size_t s = 0; s < model.states.size(); ++s) frame.fill(model.states[s].slot, point.state[compartments + s]);
  expr::evaluate(model.program, frame, expr::Level::kConstant, expr::Level::kJacobian);
  std::vector<double> rates(compartments + model.states.size());
  for (const Flow& flow : model.flows) {
    const double moved = frame.slot(flow.rate_slot)[0] * point.state[static_cast<std::size_t>(flow.from)];
    rates[static_cast<std::size_t>(flow.from)] -= moved;
    if (flow.to != kOutside) rates[static_cast<std::size_t>(flow.to)] += moved;
  }
  for (const Source& source : model.sources_of_amount) {
    rates[static_cast<std::size_t>(source.to)] += frame.slot(source.rate_slot)[0];
  }
  for (std::size_t s = 0; s < model.states.size(); ++s) {
    rates[compartments + s] += frame.slot(model.states[s].derivative_slot)[0];
  }
  return rates;
}

std::vector<std::vector<double>> jacobian_at(const CompiledModel& model, const Point& point) {
  expr::Frame frame(model.program.slots, expr::kLaneMultiple);
  static_cast<void>(rates_at(model, point, frame));
  const std::size_t n = point.state.size();
  std::vector<std::vector<double>> jacobian(n, std::vector<double>(n));
  for (const Flow& flow : model.flows) {
    const auto from = static_cast<std::size_t>(flow.from);
    jacobian[from][from] -= frame.slot(flow.rate_slot)[0];
    if (flow.to != kOutside) jacobian[static_cast<std::size_t>(flow.to)][from] += frame.slot(flow.rate_slot)[0];
  }
  for (const JacobianEntry& entry : model.jacobian) {
    const double value = frame.slot(entry.slot)[0];
    if (entry.of == JacobianEntry::Of::kFlow) {
      const Flow& flow = model.flows[entry.index];
      const double moved = value * point.state[static_cast<std::size_t>(flow.from)];
      jacobian[static_cast<std::size_t>(flow.from)][entry.column] -= moved;
      if (flow.to != kOutside) jacobian[static_cast<std::size_t>(flow.to)][entry.column] += moved;
    } else if (entry.of == JacobianEntry::Of::kSource) {
      jacobian[static_cast<std::size_t>(model.sources_of_amount[entry.index].to)][entry.column] += value;
    } else {
      jacobian[model.compartments.size() + entry.index][entry.column] += value;
    }
  }
  return jacobian;
}

void expect_jacobian(const CompiledModel& model, const Point& point) {
  const auto jacobian = jacobian_at(model, point);
  expr::Frame frame(model.program.slots, expr::kLaneMultiple);
  for (std::size_t column = 0; column < point.state.size(); ++column) {
    const double step = 1e-5 * (1 + std::abs(point.state[column]));
    Point above = point;
    Point below = point;
    above.state[column] += step;
    below.state[column] -= step;
    const std::vector<double> up = rates_at(model, above, frame);
    const std::vector<double> down = rates_at(model, below, frame);
    for (std::size_t row = 0; row < point.state.size(); ++row) {
      const double difference = (up[row] - down[row]) / (2 * step);
      EXPECT_NEAR(jacobian[row][column], difference, 1e-6 * (1 + std::abs(difference))) << row << ", " << column;
    }
  }
}

TEST(Records, ACompartmentHasWhatDosingRecordsNeed) {
  const CompiledModel model = moving();
  const Compartment& depot = model.compartments[0];
  EXPECT_EQ(depot.number, 3);
  EXPECT_EQ(value_of(model, depot.bioavailability_slot), 0.8);
  EXPECT_EQ(value_of(model, depot.lag_slot), 0.25);
  EXPECT_EQ(value_of(model, depot.duration_slot, {.set = {{"weight", 35.0}}}), 4);
  EXPECT_EQ(value_of(model, depot.rate_slot), 40);
  EXPECT_EQ(depot.initial_slot, kNoSlot);
  EXPECT_EQ(depot.amount_slot, kNoSlot) << "nothing reads its amount";
  const Compartment& central = model.compartments[1];
  EXPECT_EQ(value_of(model, central.initial_slot), 2);
  EXPECT_NE(central.amount_slot, kNoSlot);
  EXPECT_EQ(central.bioavailability_slot, kNoSlot);
  EXPECT_EQ(model.compartments[2].number, 0) << "where some have numbers, the others have none";
}

TEST(Records, DosesFindCompartmentsByNumberNameAndDefault) {
  const CompiledModel model = moving();
  EXPECT_EQ(model.find_dosed_compartment("3"), 0);
  EXPECT_EQ(model.find_dosed_compartment("depot"), 0);
  EXPECT_EQ(model.find_dosed_compartment("deep"), 2) << "by name, without a number";
  EXPECT_EQ(model.find_dosed_compartment(""), 1) << "the lowest number";
  EXPECT_EQ(model.find_dosed_compartment("0"), 1);
  EXPECT_EQ(model.find_dosed_compartment("2"), std::nullopt);
  EXPECT_EQ(model.find_dosed_compartment("Depot"), std::nullopt);
  EXPECT_EQ(model.find_dosed_compartment("03"), std::nullopt);
  EXPECT_THAT(model.dosed_compartments(), ElementsAre("depot", "3", "central", "1", "deep"));
}

TEST(Records, WithoutNumbersTheOrderOfTheFileCounts) {
  const CompiledModel model = compiled(small_model_with("[[flows]]", "[compartments.other]\n\n[[flows]]"));
  EXPECT_EQ(model.compartments[0].number, 1);
  EXPECT_EQ(model.compartments[1].number, 2);
  EXPECT_EQ(model.compartments[2].number, 0) << "the depot of a route";
  EXPECT_TRUE(model.compartments[2].implicit);
  EXPECT_EQ(model.find_dosed_compartment("0"), 0);
  EXPECT_EQ(model.find_dosed_compartment("3"), std::nullopt);
  EXPECT_EQ(model.find_dosed_compartment("oral.1.depot"), std::nullopt);
}

TEST(Covariates, AreReadFromColumns) {
  const CompiledModel model = moving();
  EXPECT_EQ(model.covariates[0].column, "WT");
  EXPECT_EQ(model.covariates[0].to_internal, 1);
  EXPECT_EQ(model.covariates[1].name, "renal");
  EXPECT_EQ(model.covariates[1].column, "CRCL");
  EXPECT_DOUBLE_EQ(model.covariates[1].to_internal, 0.06);  // mL/min -> L/h
  EXPECT_DOUBLE_EQ(model.covariates[1].reference, 5.4);
  EXPECT_EQ(compiled(std::string(testing::kSmallModel)).covariates[0].column, "weight") << "its name";
}

TEST(Outputs, HaveTheirUnits) {
  const CompiledModel model = moving();
  EXPECT_EQ(model.outputs[0].unit_code, "mg/L");
  EXPECT_EQ(model.outputs[0].per_internal, 1);
  EXPECT_EQ(model.outputs[1].compartment, kNoCompartment);
  EXPECT_EQ(model.outputs[1].scale_slot, kNoSlot);
  EXPECT_DOUBLE_EQ(model.outputs[1].per_internal, 100);
  const CompiledModel small = compiled(std::string(testing::kSmallModel));
  EXPECT_EQ(small.outputs[0].unit_code, "ng/mL");
  EXPECT_EQ(small.outputs[0].per_internal, 1000);
}

TEST(States, HaveUnitsAndBeginnings) {
  const CompiledModel model = moving();
  ASSERT_EQ(model.states.size(), 2U);
  EXPECT_DOUBLE_EQ(model.states[0].to_internal, 1e-3);
  EXPECT_EQ(model.states[0].initial_slot, kNoSlot);
  EXPECT_EQ(value_of(model, model.states[1].initial_slot), 1.5);
}

TEST(Dynamics, RatesAreThoseOfTheEquations) {
  const CompiledModel model = moving();
  expr::Frame frame(model.program.slots, expr::kLaneMultiple);
  // depot 10 mg, central 20 mg (0.8 mg/L), deep 50 mg (0.5 mg/L), effect 0.3 mg/L, response 0.7; at 5 h.
  const std::vector<double> rates = rates_at(model, {.time_h = 5, .state = {10, 20, 50, 0.3, 0.7}}, frame);
  const double exchanged = 10 * std::exp(-1) * (0.8 - 0.5);
  const double eliminated = (30 / (0.4 + 0.8) + 0.1 * 5.4) * 0.8;
  EXPECT_NEAR(rates[0], -15, 1e-12);
  EXPECT_NEAR(rates[1], 15 - eliminated - exchanged, 1e-12);
  EXPECT_NEAR(rates[2], exchanged + 0.35, 1e-12);
  EXPECT_NEAR(rates[3], 3 * (0.8 - 0.3), 1e-12);
  EXPECT_NEAR(rates[4], 0.2 * (1 - 0.9 * 0.3 / 0.4 - 0.7), 1e-12);
}

TEST(Dynamics, TheJacobianIsThatOfTheRates) {
  expect_jacobian(moving(), {.time_h = 5, .state = {10, 20, 50, 0.3, 0.7}});
  expect_jacobian(moving(), {.time_h = 0, .state = {0, 2, 0, 0, 1.5}});
}

TEST(Dynamics, TheJacobianOfFractionsPowersAndBranches) {
  const CompiledModel model =
      compiled(moving_model_with("clearance = \"saturable + 0.1 * renal\"",
                                 "to = \"deep\"\nclearance = \"VMAX / KM / (1 + (concentration.central / KM)^1.7)\"\n"
                                 "fraction = \"if(concentration.deep > 0.2[mg/L], drive, 0.1 * min(response, 2))\""));
  EXPECT_EQ(model.flows.size(), 5U);
  expect_jacobian(model, {.time_h = 2, .state = {10, 20, 50, 0.3, 0.7}});
  expect_jacobian(model, {.time_h = 2, .state = {10, 20, 10, 0.3, 0.7}});
}

TEST(Dynamics, EntriesThatAreAlwaysZeroAreLeftOut) {
  const CompiledModel model = moving();
  for (const JacobianEntry& entry : model.jacobian) {
    EXPECT_NE(entry.slot, kNoSlot);
    EXPECT_NE(entry.column, 0U) << "no rate depends on the depot";
  }
  // Clearance to central; effect to central and itself; response to effect and itself; the source to response.
  EXPECT_EQ(model.jacobian.size(), 6U);
}

TEST(Linearity, IsFound) {
  const auto is_linear = [](std::string_view old_text, std::string_view new_text) {
    return compiled(small_model_with(old_text, new_text)).linear;
  };
  EXPECT_TRUE(is_linear("k = ", "k = "));
  EXPECT_TRUE(
      is_linear("volume = \"V\"", "volume = \"V\"\nlag = \"0.1[h]\"\nbioavailability = 0.5\ninitial = \"1[mg]\""));
  EXPECT_TRUE(is_linear("[domain]",
                        "[outputs.amount]\ntitle = \"a\"\nvalue = \"log(1 + amount.central / 1[mg])\"\n"
                        "unit = \"1\"\n[domain]"))
      << "an output may be anything";
  EXPECT_TRUE(is_linear("k = \"CL / V\"", "k = \"CL / V * (1 + time / 1[h])\"")) << "nothing uses it";
  EXPECT_FALSE(is_linear("clearance = \"CL\"", "clearance = \"CL * (1 + time / 1[h])\""));
  EXPECT_FALSE(is_linear("clearance = \"CL\"", "clearance = \"CL / (1 + amount.central / 1[mg])\""));
  EXPECT_FALSE(is_linear("value * (weight / 70[kg])^0.75", "value * exp(-time / 1[h])")) << "through a parameter";
  EXPECT_FALSE(is_linear("ka = \"ka\"", "ka = \"ka * exp(-concentration.central / 1[mg/L])\""));
  EXPECT_FALSE(is_linear("[[flows]]", "[[sources]]\nto = \"central\"\nrate = \"1[mg/h]\"\n\n[[flows]]"));
  EXPECT_FALSE(is_linear("[[flows]]", "[states.x]\nunit = \"1\"\nderivative = \"-k * x\"\n\n[[flows]]"));
}

TEST(Linearity, ALinearModelHasNoJacobianOfItsOwn) {
  const CompiledModel model = compiled(std::string(testing::kSmallModel));
  EXPECT_TRUE(model.jacobian.empty());
  EXPECT_EQ(model.time_slot, kNoSlot);
}

// Petersson et al. 2009, Pharm Res 26:2174: typical exp((exp(eta)^shape - 1) / shape).
TEST(BoxCox, MovesTheEffectAndNotTheTypicalPerson) {
  const CompiledModel model = moving();
  EXPECT_EQ(model.effects[0].scale, EffectScale::kBoxCox);
  EXPECT_EQ(model.effects[0].shape, 0.5);
  EXPECT_NEAR(value_of(model, "VMAX"), 30, 1e-13);
  EXPECT_NEAR(value_of(model, "VMAX", {.set = {{"eta.VMAX", 0.6}}}), 30 * std::exp((std::exp(0.3) - 1) / 0.5), 1e-12);
  EXPECT_NEAR(value_of(model, "VMAX", {.set = {{"eta.VMAX", -0.6}}}), 30 * std::exp((std::exp(-0.3) - 1) / 0.5), 1e-12);
  const CompiledModel negative = compiled(moving_model_with("shape = 0.5", "shape = -2"));
  EXPECT_NEAR(value_of(negative, "VMAX", {.set = {{"eta.VMAX", 0.6}}}), 30 * std::exp((std::exp(-1.2) - 1) / -2),
              1e-12);
  const CompiledModel small = compiled(moving_model_with("shape = 0.5", "shape = 1e-6"));
  EXPECT_NEAR(value_of(small, "VMAX", {.set = {{"eta.VMAX", 0.6}}}), 30 * std::exp(0.6), 1e-4) << "nearly log-normal";
}

TEST(BoxCox, PeopleAndOccasionsAddBeforeTheTransformation) {
  const CompiledModel model = compiled(moving_model_with(
      "omega2 = 0.09 }", "omega2 = 0.09 }\nbetween_occasions = { scale = \"box-cox\", shape = 0.5, omega2 = 0.04 }"));
  EXPECT_NEAR(value_of(model, "VMAX", {.set = {{"eta.VMAX", 0.5}, {"iov.VMAX", 0.1}}}),
              30 * std::exp((std::exp(0.3) - 1) / 0.5), 1e-12);
}

}  // namespace
}  // namespace racemate::model
