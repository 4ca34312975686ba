#include "racemate/core/units.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace rc {

template <>
struct Arbitrary<racemate::Dimension> {
  static Gen<racemate::Dimension> arbitrary() {
    const auto exponent = gen::inRange<std::int8_t>(-4, 5);
    return gen::build<racemate::Dimension>(
        gen::set(&racemate::Dimension::drug_mass, exponent), gen::set(&racemate::Dimension::body_mass, exponent),
        gen::set(&racemate::Dimension::volume, exponent), gen::set(&racemate::Dimension::time, exponent),
        gen::set(&racemate::Dimension::substance, exponent), gen::set(&racemate::Dimension::length, exponent));
  }
};

}  // namespace rc

namespace racemate {
namespace {

struct GoodUnit {
  std::string code;
  Dimension dimension;
  double to_internal;
};

class GoodUnits : public ::testing::TestWithParam<GoodUnit> {};

TEST_P(GoodUnits, HaveTheirDimensionAndTheNearestFactor) {
  const std::optional<Unit> unit = parse_unit(GetParam().code);
  ASSERT_TRUE(unit);
  EXPECT_EQ(unit->code, GetParam().code);
  EXPECT_EQ(unit->dimension, GetParam().dimension) << to_string(unit->dimension);
  EXPECT_EQ(unit->to_internal, GetParam().to_internal);  // every bit
}

constexpr Dimension kArea{.length = 2};
constexpr Dimension kExposure{.drug_mass = 1, .volume = -1, .time = 1};

INSTANTIATE_TEST_SUITE_P(
    Atoms, GoodUnits,
    ::testing::Values(GoodUnit{"g", dimensions::kDrugMass, 1000}, GoodUnit{"mg", dimensions::kDrugMass, 1},
                      GoodUnit{"ug", dimensions::kDrugMass, 0.001}, GoodUnit{"\xC2\xB5g", dimensions::kDrugMass, 0.001},
                      GoodUnit{"\xCE\xBCg", dimensions::kDrugMass, 0.001}, GoodUnit{"ng", dimensions::kDrugMass, 1e-6},
                      GoodUnit{"pg", dimensions::kDrugMass, 1e-9}, GoodUnit{"kg", dimensions::kBodyMass, 1},
                      GoodUnit{"L", dimensions::kVolume, 1}, GoodUnit{"l", dimensions::kVolume, 1},
                      GoodUnit{"mL", dimensions::kVolume, 0.001}, GoodUnit{"ml", dimensions::kVolume, 0.001},
                      GoodUnit{"dL", dimensions::kVolume, 0.1}, GoodUnit{"h", dimensions::kTime, 1},
                      GoodUnit{"min", dimensions::kTime, 1.0 / 60}, GoodUnit{"s", dimensions::kTime, 1.0 / 3600},
                      GoodUnit{"ms", dimensions::kTime, 1.0 / 3.6e6}, GoodUnit{"d", dimensions::kTime, 24},
                      GoodUnit{"wk", dimensions::kTime, 168}, GoodUnit{"a", dimensions::kTime, 8766},
                      GoodUnit{"nmol", Dimension{.substance = 1}, 1}, GoodUnit{"umol", Dimension{.substance = 1}, 1000},
                      GoodUnit{"mol", Dimension{.substance = 1}, 1e9}, GoodUnit{"m", Dimension{.length = 1}, 1},
                      GoodUnit{"cm", Dimension{.length = 1}, 0.01}, GoodUnit{"%", dimensions::kNone, 0.01},
                      GoodUnit{"1", dimensions::kNone, 1}, GoodUnit{"{device}", dimensions::kNone, 1}));

INSTANTIATE_TEST_SUITE_P(
    Compounds, GoodUnits,
    ::testing::Values(GoodUnit{"ng/mL", dimensions::kConcentration, 0.001},
                      GoodUnit{"mg/L", dimensions::kConcentration, 1},
                      GoodUnit{"ug/L", dimensions::kConcentration, 0.001}, GoodUnit{"L/h", dimensions::kClearance, 1},
                      GoodUnit{"mL/min", dimensions::kClearance, 0.06}, GoodUnit{"1/h", dimensions::kRate, 1},
                      GoodUnit{"/h", dimensions::kRate, 1}, GoodUnit{"h-1", dimensions::kRate, 1},
                      GoodUnit{"1/min", dimensions::kRate, 60}, GoodUnit{"min-1", dimensions::kRate, 60},
                      GoodUnit{"mg/kg", dimensions::kDosePerBodyMass, 1},
                      GoodUnit{"ug/kg/min", Dimension{.drug_mass = 1, .body_mass = -1, .time = -1}, 0.06},
                      GoodUnit{"ug/(kg.min)", Dimension{.drug_mass = 1, .body_mass = -1, .time = -1}, 0.06},
                      GoodUnit{"mg.h/L", kExposure, 1}, GoodUnit{"ng.h/mL", kExposure, 0.001},
                      GoodUnit{"h.ng/mL", kExposure, 0.001}, GoodUnit{"ng.min/mL", kExposure, 1.0 / 60000},
                      GoodUnit{"kg/m2", Dimension{.body_mass = 1, .length = -2}, 1}, GoodUnit{"m2", kArea, 1},
                      GoodUnit{"cm2", kArea, 1e-4}, GoodUnit{"m+2", kArea, 1},
                      GoodUnit{"mg{base}/kg", dimensions::kDosePerBodyMass, 1},
                      GoodUnit{"1/wk", dimensions::kRate, 1.0 / 168}, GoodUnit{"mg/mg", dimensions::kNone, 1},
                      GoodUnit{"((mg))", dimensions::kDrugMass, 1}, GoodUnit{"m12", Dimension{.length = 12}, 1}));

class BadUnits : public ::testing::TestWithParam<std::string> {};

TEST_P(BadUnits, AreNotUnderstood) { EXPECT_FALSE(parse_unit(GetParam())) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(Codes, BadUnits,
                         ::testing::Values("", " ", "mcg", "MG", "Mg", "H", "hr", "mo", "kh", "dmin", "mkg", "kkg",
                                           "mmg", "k", "u", "\xC2\xB5", "x", "mg/", "mg//L", "mg..L", ".mg", "mg.",
                                           "(mg", "mg)", "()", "mg L", " mg", "mg ", "mg*L", "mg^2", "m0", "m13",
                                           "m-13", "m999999999999", "m2-", "m--2", "m1.5", "2mg", "mg2L", "(m)2",
                                           "m7.m7", "m12/m-1", "{", "{}", "mg{", "mg{a b}", "mg{{a}}", "mg}", "{a}mg",
                                           "{a}{b}", "/(/h)", "10", "100", "1mg", "%mg", "NaN", "inf", "mg/\nL",
                                           "mg\t"));

TEST(UnitLimits, LengthAndDepthEndAtTheirBound) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '(') + "mg" + std::string(depth, ')'); };
  EXPECT_TRUE(parse_unit(nested(8)));
  EXPECT_FALSE(parse_unit(nested(9)));
  EXPECT_FALSE(parse_unit(std::string(100'000, '(')));
  EXPECT_TRUE(parse_unit("mg{" + std::string(60, 'a') + "}"));
  EXPECT_FALSE(parse_unit("mg{" + std::string(61, 'a') + "}"));
  EXPECT_FALSE(parse_unit(std::string("mg\0", 3)));
}

TEST(UnitLimits, AFactorThatADoubleCannotHoldIsRefused) {
  // Dimensions cancel, so only the factor grows: 1e-9 per pair of a and 1/(...) would pass 1e308 only with many terms;
  // what fits in 64 bytes stays finite.
  const std::optional<Unit> unit = parse_unit("pmol12/mol12.pmol12/mol12");
  ASSERT_TRUE(unit);
  EXPECT_FALSE(parse_unit("pmol12/mol12.pmol12/mol12.pmol12/mol12"));
}

RC_GTEST_PROP(DimensionProperty, FormAnAbelianGroup, (const Dimension& a, const Dimension& b, const Dimension& c)) {
  RC_ASSERT(a * b == b * a);
  RC_ASSERT((a * b) * c == a * (b * c));
  RC_ASSERT(a * Dimension{} == a);
  RC_ASSERT((a / a).dimensionless());
  RC_ASSERT((a * b) / b == a);
}

RC_GTEST_PROP(DimensionProperty, PowersAddUp, (const Dimension& a)) {
  RC_ASSERT(power(a, 0).dimensionless());
  RC_ASSERT(power(a, 1) == a);
  RC_ASSERT(power(a, 2) == a * a);
  RC_ASSERT(power(a, -1) == Dimension{} / a);
  RC_ASSERT(power(a, 3) * power(a, -2) == a);
}

RC_GTEST_PROP(DimensionProperty, TextParsesToTheSameDimensionInInternalUnits, (const Dimension& a)) {
  const std::optional<Unit> unit = parse_unit(to_string(a));
  RC_ASSERT(unit.has_value());
  RC_ASSERT(unit->dimension == a);
  RC_ASSERT(unit->to_internal == 1.0);
}

RC_GTEST_PROP(UnitProperty, AnyBytesAreParsedOrRefused, (const std::string& code)) {
  const std::optional<Unit> unit = parse_unit(code);
  if (unit) RC_ASSERT(std::isnormal(unit->to_internal) && unit->to_internal > 0);
}

RC_GTEST_PROP(UnitProperty, QuotientsDivideFactors, ()) {
  const std::vector<std::string> atoms{"mg", "g", "ng", "kg", "L", "mL", "h", "min", "d", "nmol", "m", "cm", "%"};
  const std::string above = *rc::gen::elementOf(atoms);
  const std::string below = *rc::gen::elementOf(atoms);
  const Unit numerator = *parse_unit(above);
  const Unit denominator = *parse_unit(below);
  const Unit quotient = *parse_unit(above + "/" + below);
  RC_ASSERT(quotient.dimension == numerator.dimension / denominator.dimension);
  const double expected = numerator.to_internal / denominator.to_internal;
  RC_ASSERT(std::abs(quotient.to_internal - expected) <= 4e-16 * expected);
}

TEST(DimensionLimits, PowersBeyondTheExponentRangeAreClamped) {
  EXPECT_EQ(power(dimensions::kTime, 1'000'000'000).time, 127);
  EXPECT_EQ(power(dimensions::kTime, -1'000'000'000).time, -128);
  EXPECT_EQ(power(power(dimensions::kTime, 127), 2).time, 127);
  EXPECT_TRUE(power(dimensions::kNone, 1'000'000'000).dimensionless());
}

TEST(DimensionText, IsReadable) {
  EXPECT_EQ(to_string(dimensions::kNone), "1");
  EXPECT_EQ(to_string(dimensions::kRate), "1/h");
  EXPECT_EQ(to_string(dimensions::kConcentration), "mg/L");
  EXPECT_EQ(to_string(kExposure), "mg.h/L");
  EXPECT_EQ(to_string(Dimension{.body_mass = 1, .length = -2}), "kg/m2");
  EXPECT_EQ(to_string(Dimension{.body_mass = -1, .volume = 1, .time = -1}), "L/kg/h");
}

TEST(UnitValues, AreRoundedOnce) {
  EXPECT_EQ(to_internal_value(*parse_unit("min"), 40), 40.0 / 60.0);
  EXPECT_EQ(to_internal_value(*parse_unit("ng/mL"), 121), 0.121);
  EXPECT_EQ(to_internal_value(*parse_unit("%"), 35), 0.35);
  EXPECT_EQ(to_internal_value(*parse_unit("d"), 14), 336);
  EXPECT_EQ(from_internal_value(*parse_unit("ng/mL"), 0.121), 121);
  EXPECT_EQ(from_internal_value(*parse_unit("d"), 336), 14);
}

RC_GTEST_PROP(UnitValues, GoThereAndBack, ()) {
  const Unit unit = *parse_unit(*rc::gen::elementOf(
      std::vector<std::string>{"mg", "g", "ng/mL", "min", "s", "d", "wk", "a", "%", "mL/min", "ug/kg/min", "pg"}));
  const double value = static_cast<double>(*rc::gen::inRange(-1'000'000, 1'000'000)) / 64.0;
  const double back = from_internal_value(unit, to_internal_value(unit, value));
  RC_ASSERT(std::abs(back - value) <= 4e-16 * std::abs(value));
}

TEST(UnitHints, RepairWhatPeopleWrite) {
  EXPECT_EQ(suggest_unit("mcg/mL"), "did you mean 'ug/mL'?");
  EXPECT_EQ(suggest_unit("hours"), "did you mean 'h'?");
  EXPECT_EQ(suggest_unit("mg/day"), "did you mean 'mg/d'?");
  EXPECT_EQ(suggest_unit("kg/m^2"), "did you mean 'kg/m2'?");
  EXPECT_EQ(suggest_unit("ng*h/mL"), "did you mean 'ng.h/mL'?");
  EXPECT_EQ(suggest_unit("MG"), "did you mean 'mg'?");
  EXPECT_EQ(suggest_unit("zebra"), "");
  EXPECT_EQ(suggest_unit(""), "");
  EXPECT_EQ(suggest_unit(std::string(1000, 'h')), "");
}

TEST(UnitExamples, HaveTheDimensionTheyAreOfferedFor) {
  for (const Dimension& dimension :
       {dimensions::kNone, dimensions::kDrugMass, dimensions::kBodyMass, dimensions::kVolume, dimensions::kTime,
        dimensions::kRate, dimensions::kClearance, dimensions::kConcentration, dimensions::kDosePerBodyMass, kExposure,
        Dimension{.drug_mass = 1, .time = -1}, Dimension{.drug_mass = 1, .body_mass = -1, .time = -1},
        Dimension{.body_mass = -1, .volume = 1}, Dimension{.body_mass = -1, .volume = 1, .time = -1},
        Dimension{.length = 1}, Dimension{.body_mass = 1, .length = -2}, Dimension{.time = -2, .substance = 3}}) {
    std::string codes = example_codes(dimension) + ", ";
    while (!codes.empty()) {
      const std::size_t end = codes.find(", ");
      const std::optional<Unit> unit = parse_unit(codes.substr(0, end));
      ASSERT_TRUE(unit) << codes;
      EXPECT_EQ(unit->dimension, dimension) << codes;
      codes.erase(0, end + 2);
    }
  }
}

}  // namespace
}  // namespace racemate
