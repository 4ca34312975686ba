// Right-hand sides as instructions against expr::evaluate(), on random expressions and on models.
#include "racemate/engine/events/lane_program.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/expr/expr.h"
#include "racemate/model/model.h"

namespace racemate::engine::events {
namespace {

constexpr std::size_t kLanes = 16;
constexpr double kTolerance = 1e-13;

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}
  // Positive for positive names, so that nothing cancels.
  std::string expression(int depth) {
    if (depth == 0 || random_() % 8 == 0) return leaf();
    const std::string a = "(" + expression(depth - 1) + ")";
    const std::string b = "(" + expression(depth - 1) + ")";
    switch (random_() % 12) {
      case 0:
      case 1:
        return a + " + " + b;
      case 2:
      case 3:
        return a + " * " + b;
      case 4:
        return a + " / " + b;
      case 5:
        return a + " / (1 + " + b + ")";
      case 6:
        return "exp(-" + a + ") + " + b;
      case 7:
        return "log(2 + " + a + ") * " + leaf() + " + " + leaf() + " * " + b;
      case 8:
        return "min(" + a + ", " + b + ") + sqrt(" + a + ")";
      case 9:
        return "max(" + a + ", " + b + ")^0.7";
      case 10:
        return "if(" + leaf() + " < " + leaf() + ", " + a + ", " + b + ")";
      default:
        return a + "^2 + logistic(" + b + ") * " + leaf();
    }
  }
  double value() { return std::exp(std::uniform_real_distribution<double>(-2, 2)(random_)); }

 private:
  std::string leaf() {
    const char* const leaves[] = {"x", "y", "p", "q", "t", "0.3", "2"};
    return leaves[random_() % std::size(leaves)];
  }
  std::mt19937_64 random_;
};

TEST(LaneProgram, RandomExpressionsAgreeWithEvaluation) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Writer writer(seed);
    model::CompiledModel model;
    expr::SymbolTable& symbols = model.symbols;
    const std::size_t p = symbols.declare("p", dimensions::kNone, expr::Level::kSubject);
    const std::size_t q = symbols.declare("q", dimensions::kNone, expr::Level::kOccasion);
    const std::size_t x = symbols.declare("x", dimensions::kNone, expr::Level::kState);
    const std::size_t y = symbols.declare("y", dimensions::kNone, expr::Level::kState);
    model.time_slot = symbols.declare("t", dimensions::kNone, expr::Level::kState);
    const std::string shared = writer.expression(3);
    const std::vector<expr::Assignment> lines{
        {.target = "dx", .text = writer.expression(4) + " + (" + shared + ") * x", .where = {}},
        {.target = "dy", .text = "(" + shared + ") / p + " + writer.expression(4), .where = {}}};
    Result<expr::Program> program = expr::compile(lines, symbols);
    if (!program) continue;  // a constant part that is not finite
    model.program = std::move(*program);
    for (const auto& [slot, target] : {std::pair{x, "dx"}, std::pair{y, "dy"}}) {
      model::StateVariable state;
      state.slot = slot;
      state.derivative_slot = symbols.find(target)->slot;
      model.states.push_back(state);
    }
    expr::Frame frame(symbols.size(), kLanes);
    AlignedDoubles state(2 * kLanes);
    AlignedDoubles time(kLanes);
    AlignedDoubles derivative(2 * kLanes);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      for (const std::size_t slot : {p, q, x, y, model.time_slot}) frame.slot(slot)[lane] = writer.value();
      state[lane] = frame.slot(x)[lane];
      state[kLanes + lane] = frame.slot(y)[lane];
      time[lane] = frame.slot(model.time_slot)[lane];
    }
    expr::evaluate(model.program, frame, expr::Level::kConstant, expr::Level::kState);
    LaneProgram lanes(model, frame);
    lanes.derivative(time.data(), state.data(), nullptr, derivative.data());
    for (std::size_t s = 0; s < 2; ++s) {
      const double* expected = frame.slot(model.states[s].derivative_slot);
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const double got = derivative[s * kLanes + lane];
        if (!std::isfinite(expected[lane])) continue;
        ASSERT_NEAR(got, expected[lane], kTolerance * std::abs(expected[lane])) << seed << "\n" << lines[s].text;
      }
    }
  }
}

TEST(LaneProgram, ReadsNewParametersAndInputs) {
  const Result<model::CompiledModel> model = model::load_model(RACEMATE_SOURCE_DIR "/bench/models/w3.toml", {});
  ASSERT_TRUE(model.has_value());
  expr::Frame frame(model->symbols.size(), kLanes);
  expr::evaluate(model->program, frame, expr::Level::kConstant, expr::Level::kState);
  LaneProgram lanes(*model, frame);
  AlignedDoubles state(4 * kLanes);
  AlignedDoubles input(2 * kLanes);
  AlignedDoubles derivative(4 * kLanes);
  AlignedDoubles time(kLanes);
  for (const double scale : {1.0, 2.0}) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      state[lane] = 10;
      state[kLanes + lane] = 20;
      state[2 * kLanes + lane] = 0.3;
      state[3 * kLanes + lane] = 90;
      input[lane] = 52.5;
    }
    for (const auto& parameter : model->parameters) {
      const bool is_scaled = parameter.name == "VMAX" || parameter.name == "V1";
      frame.fill(parameter.theta_slot, parameter.value * (is_scaled ? scale : 1));
    }
    expr::evaluate(model->program, frame, expr::Level::kStudy, expr::Level::kState);
    lanes.parameters_changed();
    lanes.derivative(time.data(), state.data(), input.data(), derivative.data());
    const double c = 10 / (25 * scale);
    const double rate12 = frame.slot(model->flows[1].rate_slot)[0];
    const double rate21 = frame.slot(model->flows[2].rate_slot)[0];
    const double exchange = rate12 * 10 - rate21 * 20;
    EXPECT_NEAR(derivative[3], 52.5 - 30 * scale * c / (0.4 + c) - exchange, 1e-11);
    EXPECT_NEAR(derivative[kLanes + 3], exchange, 1e-12);
    EXPECT_NEAR(derivative[2 * kLanes + 3], 3 * (c - 0.3), 1e-12);
    EXPECT_NEAR(derivative[3 * kLanes + 3], 0.15 * (100 * (1 - 0.85 * 0.3 / (0.08 + 0.3)) - 90), 1e-11);
  }
}

}  // namespace
}  // namespace racemate::engine::events
