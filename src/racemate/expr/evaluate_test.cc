#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "racemate/expr/expr.h"
#include "racemate/expr/test_support.h"

namespace racemate::expr {
namespace {

using testing::line;
using testing::problems_of;
using testing::usual_symbols;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// `text` with x and y of these values in every lane.
double value_of(const std::string& text, double x, double y = 0) {
  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> lines = {line("result", text)};
  const auto program = compile(lines, symbols);
  EXPECT_TRUE(program) << problems_of(program);
  if (!program) return kNaN;
  Frame frame(program->slots, kLaneMultiple);
  frame.fill(symbols.find("x")->slot, x);
  frame.fill(symbols.find("y")->slot, y);
  evaluate(*program, frame, Level::kConstant, Level::kDose);
  return *frame.slot(symbols.find("result")->slot);
}

TEST(Evaluate, EveryOperation) {
  EXPECT_EQ(value_of("x + y", 2, 3), 5);
  EXPECT_EQ(value_of("x - y", 2, 3), -1);
  EXPECT_EQ(value_of("x * y", 2, 3), 6);
  EXPECT_EQ(value_of("x / y", 3, 2), 1.5);
  EXPECT_EQ(value_of("x ^ y", 2, 5), std::pow(2.0, 5.0));
  EXPECT_EQ(value_of("x ^ 0.75", 1.3), std::pow(1.3, 0.75));
  EXPECT_EQ(value_of("-x", 2), -2);
  EXPECT_EQ(value_of("min(x, y)", 2, 3), 2);
  EXPECT_EQ(value_of("max(x, y)", 2, 3), 3);
  EXPECT_EQ(value_of("exp(x)", 1.5), std::exp(1.5));
  EXPECT_EQ(value_of("log(x)", 1.5), std::log(1.5));
  EXPECT_EQ(value_of("log10(x)", 1.5), std::log10(1.5));
  EXPECT_EQ(value_of("sqrt(x)", 2), std::sqrt(2.0));
  EXPECT_EQ(value_of("abs(x)", -2), 2);
  EXPECT_EQ(value_of("floor(x)", -2.5), -3);
  EXPECT_EQ(value_of("logit(x)", 0.75), std::log(3.0));
  EXPECT_EQ(value_of("logistic(x)", 0), 0.5);
  EXPECT_EQ(value_of("if(x < y, 10, 20)", 1, 2), 10);
  EXPECT_EQ(value_of("if(x, 10, 20)", 0), 20);
  EXPECT_EQ(value_of("if(x, 10, 20)", -0.5), 10);
  for (const double y : {1.0, 2.0, 3.0}) {
    EXPECT_EQ(value_of("x < y", 2, y), 2 < y);
    EXPECT_EQ(value_of("x <= y", 2, y), 2 <= y);
    EXPECT_EQ(value_of("x > y", 2, y), 2 > y);
    EXPECT_EQ(value_of("x >= y", 2, y), 2 >= y);
    EXPECT_EQ(value_of("x == y", 2, y), 2 == y);
    EXPECT_EQ(value_of("x != y", 2, y), 2 != y);
  }
  for (const double x : {0.0, 2.0}) {
    EXPECT_EQ(value_of("not x", x), x == 0);
    for (const double y : {0.0, -1.0}) {
      EXPECT_EQ(value_of("x and y", x, y), x != 0 && y != 0);
      EXPECT_EQ(value_of("x or y", x, y), x != 0 || y != 0);
    }
  }
}

TEST(Evaluate, LogisticIsAccurateAndFiniteEverywhere) {
  EXPECT_EQ(value_of("logistic(x)", -800), 0);
  EXPECT_EQ(value_of("logistic(x)", 800), 1);
  for (const double x : {-700.0, -30.0, -1.0, -1e-9, 1e-9, 1.0, 30.0}) {
    const long double exact = 1.0L / (1.0L + std::exp(-static_cast<long double>(x)));
    EXPECT_NEAR(value_of("logistic(x)", x), static_cast<double>(exact), 4e-16 * static_cast<double>(exact)) << x;
  }
  for (const double p : {0.001, 0.3, 0.5, 0.99}) EXPECT_NEAR(value_of("logistic(logit(x))", p), p, 1e-15);
}

TEST(Evaluate, NotANumberDoesNotVanish) {
  for (const char* text : {"min(x, y)", "min(y, x)", "max(x, y)", "max(y, x)", "x + y", "x ^ y", "logistic(x)"}) {
    EXPECT_TRUE(std::isnan(value_of(text, kNaN, 1.5))) << text;
  }
  EXPECT_EQ(value_of("min(x, y)", -kInfinity, 1), -kInfinity);
}

TEST(Evaluate, AnExponentMeansTheSameKnownOrNot) {
  for (const double exponent : {0.0, 1.0, 2.0, 3.0, -1.0, 0.5, 0.75, -2.0}) {
    for (const double base : {0.1, 1.7, 123.456, 1e200}) {
      const std::string text = "x^(" + std::to_string(exponent) + ")";
      EXPECT_EQ(value_of(text, base), value_of("x^y", base, exponent)) << text;
    }
  }
}

TEST(Evaluate, TheUnchosenBranchDoesNotReachTheResult) {
  EXPECT_EQ(value_of("if(x > 0, log(x), 0)", 0), 0);
  EXPECT_EQ(value_of("if(x > 0, 1 / x, 7)", -0.0), 7);
}

TEST(Evaluate, ExpressionsFromModels) {
  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> lines = {
      line("scaled", "CL * (weight / 70[kg])^0.75", &dimensions::kClearance),
      line("old", "if(age > 60[a], scaled - 0.5[L/h/a] * (age - 60[a]), scaled)", &dimensions::kClearance),
      line("k10", "old / V1", &dimensions::kRate),
  };
  const auto program = compile(lines, symbols);
  ASSERT_TRUE(program) << problems_of(program);
  Frame frame(program->slots, kLaneMultiple);
  constexpr double kYear_h = 365.25 * 24;
  frame.fill(symbols.find("weight")->slot, 90);
  frame.fill(symbols.find("CL")->slot, 80);
  frame.fill(symbols.find("V1")->slot, 50);
  for (std::size_t lane = 0; lane < kLaneMultiple; ++lane) {
    frame.slot(symbols.find("age")->slot)[lane] = (40 + 10 * static_cast<double>(lane)) * kYear_h;
  }
  evaluate(*program, frame, Level::kConstant, Level::kDose);
  const double scaled = 80 * std::pow(90.0 / 70.0, 0.75);
  const double* k10 = frame.slot(symbols.find("k10")->slot);
  EXPECT_DOUBLE_EQ(k10[0], scaled / 50);
  EXPECT_DOUBLE_EQ(k10[2], scaled / 50) << "60 is not over 60";
  EXPECT_DOUBLE_EQ(k10[3], (scaled - 5) / 50);
  EXPECT_DOUBLE_EQ(k10[7], (scaled - 25) / 50);
}

TEST(Evaluate, OnlyTheLevelsAskedFor) {
  SymbolTable symbols;
  const std::size_t subject = symbols.declare("s", dimensions::kNone, Level::kSubject);
  const std::size_t dose = symbols.declare("d", dimensions::kNone, Level::kDose);
  const std::vector<Assignment> lines = {line("a", "s * 3"), line("b", "a + d")};
  const auto program = compile(lines, symbols);
  ASSERT_TRUE(program);
  Frame frame(program->slots, kLaneMultiple);
  frame.fill(subject, 2);
  frame.fill(dose, 1);
  evaluate(*program, frame, Level::kConstant, Level::kSubject);
  const double* a = frame.slot(symbols.find("a")->slot);
  const double* b = frame.slot(symbols.find("b")->slot);
  EXPECT_EQ(a[7], 6);
  EXPECT_EQ(b[7], 0) << "not evaluated yet";
  evaluate(*program, frame, Level::kDose, Level::kDose);
  EXPECT_EQ(b[7], 7);
  frame.fill(subject, 100);
  frame.fill(dose, 4);
  evaluate(*program, frame, Level::kDose, Level::kDose);
  EXPECT_EQ(b[7], 10) << "the subject's values stand";
}

TEST(FrameOfLanes, IsAlignedAndZero) {
  Frame frame(3, 24);
  EXPECT_EQ(frame.slots(), 3U);
  EXPECT_EQ(frame.lanes(), 24U);
  for (std::size_t slot = 0; slot < 3; ++slot) {
    EXPECT_EQ(std::bit_cast<std::uintptr_t>(frame.slot(slot)) % 64, 0U);
    for (std::size_t lane = 0; lane < 24; ++lane) EXPECT_EQ(frame.slot(slot)[lane], 0.0);
  }
  frame.fill(1, 2.5);
  EXPECT_EQ(frame.slot(0)[23], 0.0);
  EXPECT_EQ(frame.slot(1)[0], 2.5);
  EXPECT_EQ(frame.slot(1)[23], 2.5);
  EXPECT_EQ(frame.slot(2)[0], 0.0);
}

TEST(Symbols, AreFoundByNameAndSlot) {
  SymbolTable symbols = usual_symbols();
  ASSERT_NE(symbols.find("CL"), nullptr);
  EXPECT_EQ(symbols.at(symbols.find("CL")->slot).name, "CL");
  EXPECT_EQ(symbols.find("cl"), nullptr);
  EXPECT_EQ(symbols.find(""), nullptr);
  const std::size_t before = symbols.size();
  symbols.reserve_unnamed(2);
  EXPECT_EQ(symbols.find(""), nullptr);
  EXPECT_EQ(symbols.names().size(), before);
  EXPECT_EQ(symbols.declare("next", dimensions::kNone, Level::kDose), before + 2);
  const SymbolTable copy = symbols;
  EXPECT_EQ(copy.find("next")->slot, before + 2);
}

TEST(SymbolsDeathTest, ANameIsDeclaredOnce) {
  SymbolTable symbols = usual_symbols();
  EXPECT_DEATH(symbols.declare("CL", dimensions::kNone, Level::kDose), "once");
}

}  // namespace
}  // namespace racemate::expr
