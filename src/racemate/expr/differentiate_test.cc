#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "racemate/expr/expr.h"
#include "racemate/expr/test_support.h"

namespace racemate::expr {
namespace {

using testing::line;

struct Compiled {
  SymbolTable symbols;
  Program program;
};

// `text` of the dimensionless symbols x, y (level state) and p (level subject), and its derivatives to all three.
Compiled compiled(const std::string& text) {
  Compiled made;
  made.symbols.declare("x", dimensions::kNone, Level::kState);
  made.symbols.declare("y", dimensions::kNone, Level::kState);
  made.symbols.declare("p", dimensions::kNone, Level::kSubject);
  const std::vector<Assignment> assignments{line("f", text)};
  const std::vector<Derivative> derivatives{{"dx", "f", "x"}, {"dy", "f", "y"}, {"dp", "f", "p"}};
  Result<Program> program = compile(assignments, made.symbols, derivatives);
  EXPECT_EQ(testing::problems_of(program), "");
  if (program) made.program = std::move(*program);
  return made;
}

double value_at(const Compiled& made, const std::string& name, double x, double y, double p) {
  const Symbol* symbol = made.symbols.find(name);
  if (symbol == nullptr) return 0;
  Frame frame(made.program.slots, kLaneMultiple);
  frame.fill(0, x);
  frame.fill(1, y);
  frame.fill(2, p);
  evaluate(made.program, frame, Level::kConstant, Level::kJacobian);
  return frame.slot(symbol->slot)[3];
}

TEST(Differentiate, AgreesWithDifferences) {
  for (const char* text : {"x + 2 * y - p",
                           "x * y * p",
                           "p * x / (y + x)",
                           "exp(-x * y)",
                           "log(x + y^2)",
                           "log10(x * p)",
                           "sqrt(x + y)",
                           "abs(x - y)",
                           "logit(x / 10)",
                           "logistic(x - p)",
                           "(x + y)^2",
                           "(x - y)^3",
                           "x^-1",
                           "x^p",
                           "p^x",
                           "(x * y)^0.75",
                           "min(x, y)",
                           "max(x, y * p)",
                           "if(x > y, x^2, y * x)",
                           "floor(x) * x",
                           "1 - exp(-p * x) * (1 + p * x)",
                           "p * (1 - 0.85 * x / (y + x)) - y",
                           "-x / -y",
                           "not (x > 2) + x",
                           "x^2 * y^3 / (p + x^2)"}) {
    const Compiled made = compiled(text);
    constexpr double kX = 1.3;
    constexpr double kY = 0.7;
    constexpr double kP = 2.1;
    constexpr double kStep = 1e-5;
    const auto difference = [&](double dx, double dy, double dp) {
      return (value_at(made, "f", kX + dx, kY + dy, kP + dp) - value_at(made, "f", kX - dx, kY - dy, kP - dp)) /
             (2 * kStep);
    };
    EXPECT_NEAR(value_at(made, "dx", kX, kY, kP), difference(kStep, 0, 0), 1e-7) << text;
    EXPECT_NEAR(value_at(made, "dy", kX, kY, kP), difference(0, kStep, 0), 1e-7) << text;
    EXPECT_NEAR(value_at(made, "dp", kX, kY, kP), difference(0, 0, kStep), 1e-7) << text;
  }
}

TEST(Differentiate, WhatIsAlwaysZeroIsNotDeclared) {
  const Compiled made = compiled("x * p + floor(y) + (y > 2)");
  EXPECT_NE(made.symbols.find("dx"), nullptr);
  EXPECT_EQ(made.symbols.find("dy"), nullptr);
}

TEST(Differentiate, OnlyWhatDerivativesAloneNeedIsOfTheirLevel) {
  const Compiled made = compiled("p * x / (y + x)");
  const auto instructions = [&](Level level) {
    return made.program.level_begin[static_cast<std::size_t>(level) + 1] -
           made.program.level_begin[static_cast<std::size_t>(level)];
  };
  EXPECT_EQ(instructions(Level::kState), 3U);  // y + x, p x, their quotient
  EXPECT_GT(instructions(Level::kJacobian), 0U);
  EXPECT_EQ(made.symbols.find("f")->level, Level::kState);
  EXPECT_EQ(made.symbols.find("dx")->level, Level::kJacobian);
  // A value evaluated without the derivatives is the same value.
  Frame frame(made.program.slots, kLaneMultiple);
  frame.fill(0, 1.3);
  frame.fill(1, 0.7);
  frame.fill(2, 2.1);
  evaluate(made.program, frame, Level::kConstant, Level::kState);
  EXPECT_EQ(frame.slot(made.symbols.find("f")->slot)[0], value_at(made, "f", 1.3, 0.7, 2.1));
}

TEST(Differentiate, AConstantDerivativeIsHoisted) {
  const Compiled made = compiled("p^2 * x + y");
  EXPECT_EQ(made.symbols.find("dx")->level, Level::kSubject);
  EXPECT_EQ(made.symbols.find("dy")->level, Level::kConstant);
}

}  // namespace
}  // namespace racemate::expr
