#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "racemate/core/document.h"

namespace racemate {
namespace {

const SourcePosition kHere{"t.toml", 2, 7};

struct GoodQuantity {
  std::string text;
  double internal_value;
};

class GoodQuantities : public ::testing::TestWithParam<GoodQuantity> {};

TEST_P(GoodQuantities, AreReadInInternalUnits) {
  const Result<ParsedQuantity> quantity = parse_quantity(GetParam().text, kHere);
  ASSERT_TRUE(quantity) << to_string(quantity.error().front());
  EXPECT_EQ(quantity->internal_value, GetParam().internal_value);
}

INSTANTIATE_TEST_SUITE_P(Texts, GoodQuantities,
                         ::testing::Values(GoodQuantity{"0.5 mg/kg", 0.5}, GoodQuantity{"40 min", 40.0 / 60},
                                           GoodQuantity{"14 d", 336}, GoodQuantity{"  121   ng/mL  ", 0.121},
                                           GoodQuantity{"1\tg", 1000}, GoodQuantity{"-2 h", -2},
                                           GoodQuantity{"+2 h", 2}, GoodQuantity{"1e3 mg", 1000},
                                           GoodQuantity{"1.5E-3 g", 1.5}, GoodQuantity{"1e+2 mg", 100},
                                           GoodQuantity{"35 %", 0.35}, GoodQuantity{"0 mg", 0},
                                           GoodQuantity{"007 mg", 7}, GoodQuantity{"28 mg{device}", 28}));

struct BadQuantity {
  std::string text;
  ErrorCode code;
  std::string hint;
};

class BadQuantities : public ::testing::TestWithParam<BadQuantity> {};

TEST_P(BadQuantities, SayHowToWriteThem) {
  const Result<ParsedQuantity> quantity = parse_quantity(GetParam().text, kHere);
  ASSERT_FALSE(quantity) << GetParam().text;
  ASSERT_EQ(quantity.error().size(), 1U);
  const Diagnostic& diagnostic = quantity.error().front();
  EXPECT_EQ(diagnostic.code, GetParam().code) << to_string(diagnostic);
  EXPECT_EQ(diagnostic.hint, GetParam().hint);
  EXPECT_FALSE(diagnostic.expected.empty());
  EXPECT_EQ(to_string(diagnostic.where), "t.toml:2:7");
}

constexpr const char* kBothSides = "write digits on both sides of a decimal point";
constexpr const char* kNoComma = "write a decimal point, and no separators of thousands";

INSTANTIATE_TEST_SUITE_P(
    Texts, BadQuantities,
    ::testing::Values(
        BadQuantity{"", ErrorCode::kWrongType, ""}, BadQuantity{"   ", ErrorCode::kWrongType, ""},
        BadQuantity{"mg", ErrorCode::kWrongType, "begin with the number"},
        BadQuantity{".5 mg", ErrorCode::kWrongType, "write \"0.5 mg\""},
        BadQuantity{"-.5 mg", ErrorCode::kWrongType, kBothSides},
        BadQuantity{"5. mg", ErrorCode::kWrongType, kBothSides}, BadQuantity{"1,0 mg", ErrorCode::kWrongType, kNoComma},
        BadQuantity{"1,000.5 mg", ErrorCode::kWrongType, kNoComma},
        BadQuantity{"1.2.3 mg", ErrorCode::kWrongType, kBothSides},
        BadQuantity{"nan mg", ErrorCode::kWrongType, "begin with the number"},
        BadQuantity{"inf mg", ErrorCode::kWrongType, "begin with the number"},
        BadQuantity{"--5 mg", ErrorCode::kWrongType, kBothSides}, BadQuantity{"0x10 mg", ErrorCode::kUnknownUnit, ""},
        BadQuantity{"5", ErrorCode::kUnknownUnit, ""}, BadQuantity{"5 ", ErrorCode::kUnknownUnit, ""},
        BadQuantity{"5 mcg", ErrorCode::kUnknownUnit, "did you mean 'ug'?"},
        BadQuantity{"5 parsec", ErrorCode::kUnknownUnit, ""}, BadQuantity{"5 6 mg", ErrorCode::kUnknownUnit, ""},
        BadQuantity{"40min", ErrorCode::kWrongType, "write \"40 min\""},
        BadQuantity{"0.5mg/kg", ErrorCode::kWrongType, "write \"0.5 mg/kg\""},
        BadQuantity{"1e999 mg", ErrorCode::kOutOfRange, ""}, BadQuantity{"1e-999 mg", ErrorCode::kOutOfRange, ""},
        BadQuantity{"1e308 g", ErrorCode::kOutOfRange, ""}));

RC_GTEST_PROP(QuantityProperty, WhatIsWrittenIsReadBack, ()) {
  const double number = static_cast<double>(*rc::gen::arbitrary<int>()) / 1024.0;
  const std::string code = *rc::gen::elementOf(
      std::vector<std::string>{"mg", "g", "kg", "mL", "h", "min", "wk", "ng/mL", "mg/kg/h", "1/d", "%", "ng.h/mL"});
  const std::string blanks(*rc::gen::inRange<std::size_t>(1, 4), ' ');
  const Result<ParsedQuantity> quantity = parse_quantity(fmt::format("{}{}{}", number, blanks, code), kHere);
  RC_ASSERT(quantity.has_value());
  RC_ASSERT(quantity->written_value == number);
  RC_ASSERT(quantity->unit.code == code);
  RC_ASSERT(quantity->internal_value == to_internal_value(*parse_unit(code), number));
}

RC_GTEST_PROP(QuantityProperty, AnyTextIsReadOrRefused, (const std::string& text)) {
  const Result<ParsedQuantity> quantity = parse_quantity(text, kHere);
  if (quantity) {
    RC_ASSERT(std::isfinite(quantity->internal_value));
  } else {
    RC_ASSERT(quantity.error().size() == 1U);
  }
}

}  // namespace
}  // namespace racemate
