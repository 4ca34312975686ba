#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "racemate/core/document.h"

namespace racemate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr NumberRange kAny{-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
constexpr NumberRange kPositive{0, 1000, true};

// One table of a document, and what a reader of it reports.
class Reading : public ::testing::Test {
 protected:
  TableReader& read(const std::string& text) {
    document_ = parse_document(text, "t.toml");
    if (!document_) throw std::runtime_error(to_string(document_->root.where()));
    reader_.emplace(document_->root, "the file", diagnostics_);
    return *reader_;
  }
  [[nodiscard]] std::vector<std::string> reports() const {
    std::vector<std::string> texts;
    for (const Diagnostic& diagnostic : diagnostics_) texts.push_back(to_string(diagnostic));
    return texts;
  }

  Result<Document> document_ = fail(Diagnostics{});
  std::optional<TableReader> reader_;
  Diagnostics diagnostics_;
};

TEST_F(Reading, GoodFieldsGiveNoReport) {
  TableReader& reader = read(
      "s = 'text'\nb = true\ni = 3\nn = 2.5\nw = 2\none = 'x'\nmany = ['x', 'y']\nc = 'oral'\nq = '40 min'\np = '35 "
      "%'\n"
      "f = 0.5\n[t]\n[[l]]\n[[l]]\n");
  EXPECT_EQ(reader.required_string("s"), "text");
  EXPECT_EQ(reader.optional_string("s"), "text");
  EXPECT_EQ(reader.optional_string("absent"), std::nullopt);
  EXPECT_EQ(reader.optional_boolean("b", false), true);
  EXPECT_EQ(reader.optional_boolean("absent", true), true);
  EXPECT_EQ(reader.optional_integer("i", kPositive), 3);
  EXPECT_EQ(reader.optional_integer("absent", kPositive), std::nullopt);
  EXPECT_EQ(reader.required_number("n", kPositive), 2.5);
  EXPECT_EQ(reader.optional_number("w", kPositive), 2.0);  // a whole number is a number
  EXPECT_EQ(reader.optional_number("absent", kPositive), std::nullopt);
  EXPECT_THAT(reader.optional_strings("one"), ElementsAre("x"));
  EXPECT_THAT(reader.optional_strings("many"), ElementsAre("x", "y"));
  EXPECT_THAT(reader.optional_strings("absent"), IsEmpty());
  EXPECT_EQ(reader.required_choice("c", {"iv", "oral"}), "oral");
  EXPECT_EQ(reader.optional_choice("absent", {"iv", "oral"}, "iv"), "iv");
  EXPECT_EQ(reader.required_quantity("q", dimensions::kTime, kPositive), 40.0 / 60.0);
  EXPECT_EQ(reader.optional_quantity("p", dimensions::kNone, kPositive), 0.35);
  EXPECT_EQ(reader.optional_quantity("f", dimensions::kNone, kPositive), 0.5);
  EXPECT_EQ(reader.optional_quantity("absent", dimensions::kNone, kPositive), std::nullopt);
  EXPECT_NE(reader.optional_table("t"), nullptr);
  EXPECT_EQ(reader.optional_table("absent"), nullptr);
  EXPECT_EQ(reader.optional_tables("l").size(), 2U);
  EXPECT_THAT(reader.optional_tables("absent"), IsEmpty());
  EXPECT_TRUE(reader.has("s"));
  EXPECT_FALSE(reader.has("absent"));
  reader.finish();
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(Reading, MissingFieldsAreAllReportedAndGiveHarmlessValues) {
  TableReader& reader = read("");
  EXPECT_EQ(reader.required_string("a"), "");
  EXPECT_TRUE(kPositive.contains(reader.required_number("b", kPositive)));
  EXPECT_EQ(reader.required_choice("c", {"iv", "oral"}), "iv");
  EXPECT_TRUE(kPositive.contains(reader.required_quantity("d", dimensions::kTime, kPositive)));
  EXPECT_THAT(
      reports(),
      ElementsAre("t.toml:1:1: error RM-missing-field: the file lacks the field 'a' (expected a string)",
                  "t.toml:1:1: error RM-missing-field: the file lacks the field 'b' (expected a number)",
                  "t.toml:1:1: error RM-missing-field: the file lacks the field 'c' (expected one of: iv, oral)",
                  "t.toml:1:1: error RM-missing-field: the file lacks the field 'd' (expected a quantity in h, "
                  "min, d, wk)"));
}

TEST_F(Reading, HarmlessValuesLieInAnyRange) {
  TableReader& reader = read("");
  const double infinity = std::numeric_limits<double>::infinity();
  for (const NumberRange range :
       {NumberRange{2, 3}, NumberRange{2, 3, true}, NumberRange{-5, -4}, NumberRange{7, infinity},
        NumberRange{7, infinity, true}, NumberRange{-infinity, -7}, NumberRange{0, 0}, kAny}) {
    const double value = reader.required_number("absent", range);
    EXPECT_TRUE(range.contains(value) && std::isfinite(value)) << range.low << " to " << range.high << ": " << value;
  }
}

TEST_F(Reading, WrongTypesSayWhatTheyAre) {
  TableReader& reader =
      read("a = 1\nb = 'yes'\nc = 2.5\nd = '2'\ne = [1, 'x', true]\nf = 3\ng = [1]\nh = {}\ni = {}\n");
  reader.required_string("a");
  EXPECT_FALSE(reader.optional_boolean("b", false));
  EXPECT_EQ(reader.optional_integer("c", kAny), std::nullopt);
  EXPECT_EQ(reader.optional_number("d", kAny), std::nullopt);
  EXPECT_THAT(reader.optional_strings("e"), ElementsAre("x"));
  EXPECT_EQ(reader.optional_table("f"), nullptr);
  EXPECT_THAT(reader.optional_tables("g"), IsEmpty());
  EXPECT_THAT(reader.optional_tables("h"), IsEmpty());
  EXPECT_EQ(reader.optional_quantity("i", dimensions::kTime, kAny), std::nullopt);
  EXPECT_THAT(
      reports(),
      ElementsAre(
          "t.toml:1:5: error RM-wrong-type: 'a' of the file is a whole number (expected a string)",
          "t.toml:2:5: error RM-wrong-type: 'b' of the file is a string (expected true or false)",
          "t.toml:3:5: error RM-wrong-type: 'c' of the file is a number (expected a whole number)",
          "t.toml:4:5: error RM-wrong-type: 'd' of the file is a string (expected a number)",
          "t.toml:5:6: error RM-wrong-type: an item of 'e' of the file is a whole number (expected a string)",
          "t.toml:5:14: error RM-wrong-type: an item of 'e' of the file is a boolean (expected a string)",
          "t.toml:6:5: error RM-wrong-type: 'f' of the file is a whole number (expected a table)",
          "t.toml:7:6: error RM-wrong-type: an item of 'g' of the file is a whole number (expected a table)",
          "t.toml:8:5: error RM-wrong-type: 'h' of the file is a table (expected an array of tables; write [[h]])",
          "t.toml:9:5: error RM-wrong-type: 'i' of the file is a table (expected a quantity in h, min, d, wk)"));
}

TEST_F(Reading, RangesHaveAnAllowedAndAForbiddenSide) {
  TableReader& reader =
      read("zero = 0\nlow = 0.001\nhigh = 1000\nabove = 1000.5\nnegative = -1\nq = '0 kg'\nr = '900 kg'\n");
  EXPECT_EQ(reader.optional_number("zero", kPositive), std::nullopt);
  EXPECT_EQ(reader.optional_number("zero", {0, 1}), 0.0);
  EXPECT_EQ(reader.optional_number("low", kPositive), 0.001);
  EXPECT_EQ(reader.optional_number("high", kPositive), 1000.0);
  EXPECT_EQ(reader.optional_number("above", kPositive), std::nullopt);
  EXPECT_EQ(reader.optional_integer("negative", {0, std::numeric_limits<double>::infinity()}), std::nullopt);
  EXPECT_EQ(reader.optional_quantity("q", dimensions::kBodyMass, {0, 500, true}), std::nullopt);
  EXPECT_EQ(reader.optional_quantity("r", dimensions::kBodyMass, {0, 500, true}), std::nullopt);
  EXPECT_THAT(
      reports(),
      ElementsAre("t.toml:1:8: error RM-out-of-range: 'zero' of the file is 0 (expected greater than 0 and at most "
                  "1000)",
                  "t.toml:4:9: error RM-out-of-range: 'above' of the file is 1000.5 (expected greater than 0 and "
                  "at most 1000)",
                  "t.toml:5:12: error RM-out-of-range: 'negative' of the file is -1 (expected at least 0)",
                  "t.toml:6:5: error RM-out-of-range: 'q' of the file is 0 kg (expected greater than 0 kg and at "
                  "most 500 kg)",
                  "t.toml:7:5: error RM-out-of-range: 'r' of the file is 900 kg (expected greater than 0 kg and "
                  "at most 500 kg)"));
}

TEST_F(Reading, QuantitiesNeedAUnitOfTheirDimension) {
  TableReader& reader = read("a = 5\nb = '5'\nc = '5 mcg'\nd = '5 h'\ne = '1,5 mg'\nf = '0.5'\n");
  for (const char* key : {"a", "b", "c", "d", "e"}) {
    EXPECT_EQ(reader.optional_quantity(key, dimensions::kDrugMass, kAny), std::nullopt);
  }
  EXPECT_EQ(reader.optional_quantity("f", dimensions::kNone, kAny), std::nullopt);
  EXPECT_THAT(
      reports(),
      ElementsAre("t.toml:1:5: error RM-unknown-unit: 'a' of the file has no unit (expected a quantity in mg, g, "
                  "ug; write \"5 mg\" if that is the unit)",
                  "t.toml:2:5: error RM-unknown-unit: 'b' of the file: '5' has no unit (expected a quantity in "
                  "mg, g, ug)",
                  "t.toml:3:5: error RM-unknown-unit: 'c' of the file: unknown unit 'mcg' (expected a quantity "
                  "in mg, g, ug; did you mean 'ug'?)",
                  "t.toml:4:5: error RM-wrong-dimension: 'd' of the file is in h, which cannot become mg "
                  "(expected a quantity in mg, g, ug)",
                  "t.toml:5:5: error RM-wrong-type: 'e' of the file: '1,5 mg' is not a quantity (expected a "
                  "number, a blank and a unit, as in \"40 min\"; write a decimal point, and no separators of "
                  "thousands)",
                  "t.toml:6:5: error RM-unknown-unit: 'f' of the file: '0.5' has no unit (expected a quantity in "
                  "1, %; write a plain number without quotes)"));
}

TEST_F(Reading, BodiesAndDrugsAreWeighedApart) {
  TableReader& reader = read("dose = '1 kg'\nweight = '70000 g'\n");
  EXPECT_EQ(reader.optional_quantity("dose", dimensions::kDrugMass, kAny), std::nullopt);
  EXPECT_EQ(reader.optional_quantity("weight", dimensions::kBodyMass, kAny), std::nullopt);
  ASSERT_EQ(diagnostics_.size(), 2U);
  EXPECT_EQ(diagnostics_[0].code, ErrorCode::kWrongDimension);
  EXPECT_EQ(diagnostics_[1].code, ErrorCode::kWrongDimension);
}

TEST_F(Reading, ChoicesOfferTheNearest) {
  TableReader& reader = read("a = 'orall'\nb = 'teleport'\n");
  EXPECT_EQ(reader.required_choice("a", {"iv", "oral"}), "iv");
  EXPECT_EQ(reader.optional_choice("b", {"iv", "oral"}, "oral"), "oral");
  EXPECT_THAT(
      reports(),
      ElementsAre("t.toml:1:5: error RM-unknown-name: 'a' of the file is 'orall' (expected one of: iv, oral; did "
                  "you mean 'oral'?)",
                  "t.toml:2:5: error RM-unknown-name: 'b' of the file is 'teleport' (expected one of: iv, oral)"));
}

TEST_F(Reading, UnknownFieldsStandAtTheirKeyWithTheNearestKnownOne) {
  TableReader& reader = read("route = 'iv'\n  durration = '1 h'\n[zebra]\n");
  reader.required_string("route");
  reader.optional_quantity("duration", dimensions::kTime, kAny);
  reader.finish();
  EXPECT_THAT(reports(),
              ElementsAre("t.toml:2:3: error RM-unknown-field: the file has no field 'durration' (did you mean "
                          "'duration'?)",
                          HasSubstr("the file has no field 'zebra' (known: route, duration)")));
}

TEST_F(Reading, ATableThatIsNoneIsReportedOnce) {
  const Document document = *parse_document("t = 3\n", "t.toml");
  TableReader reader(*document.root.find("t"), "parameter CL", diagnostics_);
  EXPECT_EQ(reader.required_string("a"), "");
  EXPECT_TRUE(kPositive.contains(reader.required_quantity("b", dimensions::kTime, kPositive)));
  EXPECT_FALSE(reader.has("a"));
  EXPECT_EQ(reader.node("a"), nullptr);
  reader.finish();
  EXPECT_THAT(reports(),
              ElementsAre("t.toml:1:5: error RM-wrong-type: parameter CL is a whole number (expected a table)"));
}

TEST_F(Reading, ProblemsOfTheCallerStandAtTheFieldOrTheTable) {
  TableReader& reader = read("a = 1\n\n[t]\nb = 2\n");
  TableReader inner(*reader.optional_table("t"), "t", diagnostics_);
  inner.problem("b", ErrorCode::kInconsistent, "b is odd", "even", "try 4");
  inner.problem("c", ErrorCode::kInconsistent, "c is needed with b");
  EXPECT_THAT(reports(), ElementsAre("t.toml:4:5: error RM-inconsistent: b is odd (expected even; try 4)",
                                     "t.toml:3:1: error RM-inconsistent: c is needed with b"));
  EXPECT_EQ(inner.what(), "t");
  EXPECT_EQ(to_string(inner.where()), "t.toml:3:1");
}

}  // namespace
}  // namespace racemate
