#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "racemate/expr/expr.h"
#include "racemate/expr/test_support.h"

namespace racemate::expr {
namespace {

using ::testing::HasSubstr;
using testing::line;
using testing::problems_of;
using testing::usual_symbols;

struct Good {
  const char* text;
  const char* dimension;
};

class RightUnits : public ::testing::TestWithParam<Good> {};

TEST_P(RightUnits, GiveTheDimension) {
  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> lines = {line("result", GetParam().text)};
  const auto program = compile(lines, symbols);
  ASSERT_TRUE(program) << problems_of(program);
  EXPECT_EQ(to_string(symbols.find("result")->dimension), GetParam().dimension);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RightUnits,
    ::testing::Values(Good{"CL * (weight / 70[kg])^0.75", "L/h"}, Good{"CL / V1", "1/h"}, Good{"V1 / CL", "h"},
                      Good{"if(age > 60[a], CL, 2 * CL)", "L/h"}, Good{"dose.amount / weight", "mg/kg"},
                      Good{"0.5[mg/kg] * weight", "mg"}, Good{"V1^2 / V1", "L"}, Good{"V1^-1", "1/L"},
                      Good{"V1^(-1) * V1", "1"}, Good{"sqrt(V1 * V1)", "L"}, Good{"abs(-V1)", "L"},
                      Good{"max(V1, 3[L]) + min(V1, 200[mL])", "L"}, Good{"age >= 18[a] and weight < 90[kg]", "1"},
                      Good{"logistic(logit(x) + 0.2)", "1"}, Good{"exp(-CL / V1 * 2[h])", "1"}, Good{"V1^0", "1"},
                      Good{"pow(V1, 2) / V1", "L"}, Good{"floor(age / 1[a])", "1"}, Good{"x^(y + z)", "1"},
                      Good{"2 * pi", "1"}));

struct Bad {
  const char* text;
  ErrorCode code;
  std::uint32_t column;  // the text begins at column 5
  const char* message;
};

class WrongUnits : public ::testing::TestWithParam<Bad> {};

TEST_P(WrongUnits, AreReported) {
  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> lines = {line("result", GetParam().text)};
  const auto program = compile(lines, symbols);
  ASSERT_FALSE(program);
  ASSERT_EQ(program.error().size(), 1U) << problems_of(program);
  EXPECT_EQ(program.error()[0].code, GetParam().code) << problems_of(program);
  EXPECT_EQ(program.error()[0].where.column, GetParam().column) << problems_of(program);
  EXPECT_THAT(problems_of(program), HasSubstr(GetParam().message));
  EXPECT_EQ(symbols.find("result"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongUnits,
    ::testing::Values(Bad{"CL + V1", ErrorCode::kWrongDimension, 8, "'CL' is L/h but 'V1' is L"},
                      Bad{"weight + dose.amount", ErrorCode::kWrongDimension, 12, "'dose.amount' is mg"},
                      Bad{"age > 60", ErrorCode::kWrongDimension, 9, "'60' is a number without unit"},
                      Bad{"2 * ((x + 1) - V1)", ErrorCode::kWrongDimension, 18, "'(x + 1)'"},
                      Bad{"if(x > 0, CL, V1)", ErrorCode::kWrongDimension, 5, "'V1' is L"},
                      Bad{"if(V1, 1, 2)", ErrorCode::kWrongDimension, 8, "condition"},
                      Bad{"min(CL, 3)", ErrorCode::kWrongDimension, 5, "'CL' is L/h"},
                      Bad{"exp(weight)", ErrorCode::kWrongDimension, 9, "'weight' is kg"},
                      Bad{"log(1[mg])", ErrorCode::kWrongDimension, 9, "'1[mg]' is mg"},
                      Bad{"x and V1", ErrorCode::kWrongDimension, 11, "'V1' is L"},
                      Bad{"not V1", ErrorCode::kWrongDimension, 9, "'V1' is L"},
                      Bad{"V1^0.75", ErrorCode::kWrongDimension, 7, "whole exponent"},
                      Bad{"V1^x", ErrorCode::kWrongDimension, 7, "whole exponent"},
                      Bad{"V1^21", ErrorCode::kWrongDimension, 7, "whole exponent"},
                      Bad{"x^V1", ErrorCode::kWrongDimension, 7, "exponent 'V1' is L"},
                      Bad{"sqrt(V1)", ErrorCode::kWrongDimension, 10, "square"},
                      Bad{"V1^20 * V1", ErrorCode::kOutOfRange, 11, "too large"},
                      Bad{"wieght * 2", ErrorCode::kUnknownName, 5, "did you mean 'weight'"},
                      Bad{"x + unheard_of_thing", ErrorCode::kUnknownName, 9, "'unheard_of_thing'"}));

TEST(Check, ReportsEveryMistakeOfAnExpression) {
  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> lines = {line("result", "(CL + V1) * exp(weight) - nothing + 1[kgg]")};
  const auto program = compile(lines, symbols);
  ASSERT_FALSE(program);
  std::vector<std::uint32_t> columns;
  for (const Diagnostic& diagnostic : program.error()) columns.push_back(diagnostic.where.column);
  EXPECT_EQ(columns, (std::vector<std::uint32_t>{9, 21, 31, 43})) << problems_of(program);
}

TEST(Check, LongProductsCannotOverflowADimension) {
  SymbolTable symbols = usual_symbols();
  std::string text = "V1";
  for (int i = 0; i < 600; ++i) text += "*V1";
  const std::vector<Assignment> lines = {line("result", text)};
  const auto program = compile(lines, symbols);
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().size(), 1U);
  EXPECT_EQ(program.error()[0].code, ErrorCode::kOutOfRange);
}

TEST(Check, RequiredDimension) {
  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> good = {line("k10", "CL / V1", &dimensions::kRate)};
  EXPECT_TRUE(compile(good, symbols));
  const std::vector<Assignment> bad = {line("k20", "V1 / CL", &dimensions::kRate)};
  const auto program = compile(bad, symbols);
  ASSERT_FALSE(program);
  EXPECT_EQ(problems_of(program).substr(0, 17), "model.toml:10:5: ");
  EXPECT_THAT(problems_of(program), HasSubstr("'k20' has the unit h"));
  EXPECT_EQ(program.error()[0].expected, "1/h");
}

}  // namespace
}  // namespace racemate::expr
