// One test for each thing that can be wrong with what changes, and nonsense that must end in words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "racemate/model/model_fixture_test.h"
#include "racemate/model/moving_fixture_test.h"

namespace racemate::model {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::moving_model_with;
using testing::problems_of;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct Case {
  const char* name;
  const char* old_text;
  const char* new_text;
  const char* begins;  // of the only problem
  const char* contains;
};

class OneProblemOfDynamics : public ::testing::TestWithParam<Case> {};

TEST_P(OneProblemOfDynamics, IsFoundWhereItIs) {
  const Case& c = GetParam();
  EXPECT_THAT(problems_of(moving_model_with(c.old_text, c.new_text)),
              ElementsAre(AllOf(StartsWith(c.begins), HasSubstr(c.contains))));
}

constexpr Case kOfCovariates[] = {
    {"OpenCovariateWithoutColumn", "high = \"200 mL/min\", column = \"CRCL\"", "high = \"200 mL/min\"",
     "11:1 RM-unknown-name", "`column`"},
    {"OpenCovariateOfAnUnknownUnit", "unit = \"mL/min\"", "unit = \"ml/mn\"", "11:18 RM-unknown-unit", "ml/mn"},
    {"CovariateNamedTime", "renal = {",
     "time = { unit = \"1\", reference = 1, low = 0, high = 2, column = \"T\" }\nrenal = {", "11:1 RM-unknown-name",
     "'time' cannot name"},
    {"ColumnOfAnotherType", "column = \"WT\"", "column = 3", "10:87 RM-wrong-type", "column"},
};

constexpr Case kOfCompartments[] = {
    {"NumberTwice", "number = 1", "number = 3", "40:1 RM-inconsistent", "3 is given twice"},
    {"NumberZero", "number = 1", "number = 0", "42:10 RM-out-of-range", "1"},
    {"NumberBeyondTheLimit", "number = 1", "number = 65", "42:10 RM-out-of-range", "64"},
    {"NumberAsText", "number = 1", "number = \"1\"", "42:10 RM-wrong-type", "number"},
    {"BioavailabilityOfAnotherDimension", "bioavailability = \"F\"", "bioavailability = \"V\"",
     "35:20 RM-wrong-dimension", "L"},
    {"BioavailabilityNegative", "bioavailability = \"F\"", "bioavailability = \"F - 1\"", "35:20 RM-out-of-range",
     "the bioavailability of depot comes out as -0.2"},
    {"LagOfAnotherDimension", "\"0.25[h]\"", "\"0.25\"", "36:8 RM-wrong-dimension", "h"},
    {"LagNegative", "\"0.25[h]\"", "\"-0.25[h]\"", "36:8 RM-out-of-range", "the lag of depot"},
    {"LagOfTime", "\"0.25[h]\"", "\"0.25[h] + time\"", "36:8 RM-inconsistent", "depends on time or amounts"},
    {"LagOfTheDose", "\"0.25[h]\"", "\"0.25[h] * dose.number\"", "36:8 RM-inconsistent", "depends on the dose"},
    {"DurationNegativeAtAnEnd", "70[kg] / weight", "(100[kg] - weight) / 1[kg]", "37:13 RM-out-of-range",
     "high ends of the covariates"},
    {"RateOfAnotherDimension", "\"40[mg/h]\"", "\"40[1/h]\"", "38:9 RM-wrong-dimension", "mg"},
    {"RateOfAmounts", "\"40[mg/h]\"", "\"amount.central / 1[h]\"", "38:9 RM-inconsistent",
     "depends on time or amounts"},
    {"VolumeOfTime", "volume = \"V\"", "volume = \"V * (1 + time / 1[h])\"", "43:11 RM-inconsistent",
     "the volume of central depends on time"},
    {"VolumeOfTheDose", "volume = \"V\"", "volume = \"V * dose.number\"", "43:11 RM-inconsistent",
     "the volume of central depends on the dose"},
    {"InitialOfAnotherDimension", "initial = \"2[mg]\"", "initial = \"2[L]\"", "45:12 RM-wrong-dimension", "mg"},
    {"InitialNegative", "initial = \"2[mg]\"", "initial = \"-2[mg]\"", "45:12 RM-out-of-range",
     "initial amount of central"},
    {"InitialOfAmounts", "initial = \"2[mg]\"", "initial = \"amount.deep\"", "45:12 RM-inconsistent",
     "depends on time or amounts"},
    {"InitialOfTheDose", "initial = \"2[mg]\"", "initial = \"dose.amount\"", "45:12 RM-inconsistent",
     "depends on the dose"},
    {"ConcentrationWithoutAVolume", "concentration.central - effect", "concentration.depot - effect",
     "33:1 RM-missing-field", "concentration.depot needs a volume of 'depot'"},
    {"AmountOfNothing", "concentration.central - effect", "amount.centrl / V - effect", "69:25 RM-unknown-name",
     "did you mean 'amount.central'"},
    {"AmountOfTheDepotOfARoute", "to = \"depot\"\nfraction = \"F\"",
     "to = \"depot\"\nka = \"1[1/h] * amount.oral.1.depot / 1[mg]\"\nfraction = \"F\"", "78:16 RM-unknown-name",
     "amount.oral.1.depot"},
};

constexpr Case kOfRates[] = {
    {"ClearanceOfTheDose", "saturable + 0.1 * renal", "saturable * dose.number", "55:1 RM-inconsistent",
     "depends on the dose"},
    {"ClearanceOfTheDoseThroughOthers", "VMAX / (KM", "VMAX / 1[mg] * session.amount / (KM", "55:1 RM-inconsistent",
     "depends on the dose"},
    {"ClearanceNegative", "saturable + 0.1 * renal", "saturable - 60[L/h]", "57:14 RM-out-of-range",
     "the clearance of a flow from central"},
    {"SourceToNowhere", "to = \"deep\"\nrate", "to = \"depp\"\nrate", "64:6 RM-unknown-name", "did you mean 'deep'"},
    {"SourceWithoutARate", "rate = \"0.5[mg/h] * response\"\n", "", "63:1 RM-missing-field", "rate"},
    {"SourceOfAnotherDimension", "0.5[mg/h] * response", "0.5[1/h] * response", "65:9 RM-wrong-dimension", "mg"},
    {"SourceNegative", "0.5[mg/h] * response", "0.5[mg/h] * (response - 2)", "65:9 RM-out-of-range",
     "the rate of a source of deep"},
    {"SourceOfTheDose", "0.5[mg/h] * response", "dose.amount * 1[1/h]", "65:9 RM-inconsistent", "depends on the dose"},
    {"FieldOfASource", "rate = \"0.5[mg/h] * response\"", "rate = \"0.5[mg/h] * response\"\nlag = \"1[h]\"",
     "66:1 RM-unknown-field", "lag"},
    {"FractionOfARouteOfTime", "fraction = \"F\"\nsystemic", "fraction = \"F * exp(-time / 1[h])\"\nsystemic",
     "78:13 RM-inconsistent", "the fraction of route oral depends on time"},
    {"AbsorptionOfTheDose", "fraction = \"F\"\nsystemic", "ka = \"1[1/h] * dose.number\"\nfraction = \"F\"\nsystemic",
     "76:1 RM-inconsistent", "depends on the dose"},
};

constexpr Case kOfStates[] = {
    {"StateWithoutAUnit", "unit = \"ng/mL\"\n", "", "67:1 RM-missing-field", "unit"},
    {"StateOfAnUnknownUnit", "unit = \"ng/mL\"", "unit = \"ng/ml/\"", "68:8 RM-unknown-unit", "ng/ml/"},
    {"StateWithoutADerivative", "derivative = \"3[1/h] * (concentration.central - effect)\"\n", "",
     "67:1 RM-missing-field", "derivative"},
    {"DerivativeOfAnotherDimension", "3[1/h] * (concentration.central - effect)", "concentration.central - effect",
     "69:15 RM-wrong-dimension", "derivative.effect"},
    {"DerivativeOfTheDose", "3[1/h] * (concentration.central - effect)", "dose.amount / V * 1[1/h]",
     "69:15 RM-inconsistent", "the derivative of effect depends on the dose"},
    {"DerivativeNotFinite", "3[1/h] * (concentration.central - effect)", "1[mg/L/h] / (effect / 1[mg/L])",
     "69:15 RM-out-of-range", "the derivative of effect comes out as inf"},
    {"InitialOfAStateOfAnotherDimension", "initial = \"1.5\"", "initial = \"1.5[mg]\"", "73:12 RM-wrong-dimension",
     "initial.response"},
    {"InitialOfAStateOfTime", "initial = \"1.5\"", "initial = \"1.5 + time / 1[h]\"", "73:12 RM-inconsistent",
     "the initial value of response depends on time or amounts"},
    {"InitialOfAStateOfAState", "initial = \"1.5\"", "initial = \"effect / 1[mg/L]\"", "73:12 RM-inconsistent",
     "depends on time or amounts"},
    {"InitialOfAStateOfTheDose", "initial = \"1.5\"", "initial = \"dose.number\"", "73:12 RM-inconsistent",
     "the initial value of response depends on the dose"},
    {"FieldOfAState", "initial = \"1.5\"", "inital = \"1.5\"", "73:1 RM-unknown-field", "did you mean 'initial'"},
    {"CycleThroughDerivedValues", "(0.1[mg/L] + effect)\"", "(0.1[mg/L] + effect) * turn\"\nturn = \"drive\"",
     "31:42 RM-inconsistent", "circular"},
};

constexpr Case kOfOutputs[] = {
    {"ValueWithoutAUnit", "unit = \"%\"\n", "", "89:1 RM-missing-field", "unit"},
    {"ValueOfAnotherDimension", "value = \"response\"", "value = \"effect\"", "91:10 RM-wrong-dimension",
     "output.response"},
    {"ValueOfTheDose", "value = \"response\"", "value = \"dose.number\"", "91:10 RM-inconsistent",
     "the value of output response depends on the dose"},
    {"ValueBesideACompartment", "value = \"response\"", "value = \"response\"\ncompartment = \"central\"",
     "92:1 RM-unknown-field", "compartment"},
    {"ConcentrationInAnotherUnit", "unit = \"mg/L\"\n", "unit = \"mg\"\n", "87:8 RM-wrong-dimension", "mg"},
};

constexpr Case kOfBoxCox[] = {
    {"ShapeZero", "shape = 0.5", "shape = 0", "15:47 RM-out-of-range", "log-normal"},
    {"ShapeMissing", "shape = 0.5, ", "", "15:18 RM-missing-field", "shape"},
    {"ShapeBeyondTheLimit", "shape = 0.5", "shape = 11", "15:47 RM-out-of-range", "10"},
    {"ShapeOfLogNormal", "\"box-cox\"", "\"log-normal\"", "15:42 RM-unknown-field", "shape"},
    {"CvOfBoxCox", "omega2 = 0.09", "cv = 0.3", "15:57 RM-inconsistent", "log-normal"},
    {"OfAValueOfZero", "\"30 mg/h\"", "\"0 mg/h\"", "15:28 RM-inconsistent", "Box-Cox variability of a value"},
    {"AnotherShapeForOccasions", "omega2 = 0.09 }",
     "omega2 = 0.09 }\nbetween_occasions = { scale = \"box-cox\", shape = 0.4, omega2 = 0.04 }",
     "16:21 RM-inconsistent", "one scale for both"},
};

std::string name_of(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Covariates, OneProblemOfDynamics, ::testing::ValuesIn(kOfCovariates), name_of);
INSTANTIATE_TEST_SUITE_P(Compartments, OneProblemOfDynamics, ::testing::ValuesIn(kOfCompartments), name_of);
INSTANTIATE_TEST_SUITE_P(Rates, OneProblemOfDynamics, ::testing::ValuesIn(kOfRates), name_of);
INSTANTIATE_TEST_SUITE_P(States, OneProblemOfDynamics, ::testing::ValuesIn(kOfStates), name_of);
INSTANTIATE_TEST_SUITE_P(Outputs, OneProblemOfDynamics, ::testing::ValuesIn(kOfOutputs), name_of);
INSTANTIATE_TEST_SUITE_P(BoxCox, OneProblemOfDynamics, ::testing::ValuesIn(kOfBoxCox), name_of);

TEST(ProblemsOfDynamics, TheMovingModelHasNone) {
  EXPECT_THAT(problems_of(std::string(testing::kMovingModel)), IsEmpty());
}

TEST(ProblemsOfDynamics, AStateBeginsWithAFiniteValue) {
  EXPECT_THAT(problems_of(moving_model_with("initial = \"1.5\"", "initial = \"log(weight / 40[kg] - 1)\"")),
              Contains(HasSubstr("the initial value of response comes out as -inf at the low ends")));
}

TEST(ProblemsOfDynamics, NamesOfStates) {
  for (const char* reserved : {"time", "value", "exp", "pi", "and"}) {
    const std::string name = reserved;
    EXPECT_THAT(problems_of(moving_model_with("[states.effect]", "[states." + name + "]")),
                Contains(AllOf(HasSubstr("RM-unknown-name"), HasSubstr("'" + name + "' cannot name a value"))));
  }
  EXPECT_THAT(problems_of(moving_model_with("[states.effect]", "[states.\"a b\"]")),
              Contains(HasSubstr("'a b' cannot name a value")));
  EXPECT_THAT(problems_of(moving_model_with("[states.effect]", "[states.\"a.b\"]")),
              Contains(HasSubstr("'a.b' cannot name a value")));
}

TEST(ProblemsOfDynamics, AStateHasANameOfItsOwn) {
  for (const char* taken : {"V", "weight", "drive"}) {
    const std::string name = taken;
    EXPECT_THAT(problems_of(moving_model_with("[states.response]", "[states." + name + "]")),
                Contains(AllOf(HasSubstr("RM-inconsistent"), HasSubstr("'" + name + "' is defined twice"))));
  }
  // Both would have a hidden value of the same name, and one would begin as the other.
  EXPECT_THAT(problems_of(moving_model_with("[states.response]", "[states.depot]")),
              Contains(AllOf(HasSubstr("RM-inconsistent"), HasSubstr("'depot' names a state and a compartment"))));
}

TEST(ProblemsOfDynamics, StatesMayReferToEachOtherInCircles) {
  EXPECT_THAT(problems_of(moving_model_with(
                  "[states.response]",
                  "[states.one]\nunit = \"1\"\nderivative = \"KOUT * (two - one)\"\n"
                  "[states.two]\nunit = \"1\"\nderivative = \"KOUT * (one - two)\"\n\n[states.response]")),
              IsEmpty());
}

TEST(ProblemsOfDynamics, TooManyStates) {
  std::string more;
  for (int i = 0; i < 1000; ++i) {
    more += "[states.s" + std::to_string(i) + "]\nunit = \"1\"\nderivative = \"KOUT * (s" +
            std::to_string((i + 1) % 1000) + " - s" + std::to_string(i) + ")\"\n";
  }
  EXPECT_THAT(problems_of(moving_model_with("[states.effect]", more + "[states.effect]")),
              ElementsAre(AllOf(HasSubstr("1002 states"), HasSubstr("at most 32"))));
}

TEST(ProblemsOfDynamics, TooManySources) {
  std::string more;
  for (int i = 0; i < 600; ++i) more += "[[sources]]\nto = \"deep\"\nrate = \"0[mg/h]\"\n";
  EXPECT_THAT(problems_of(moving_model_with("[[sources]]", more + "[[sources]]")),
              ElementsAre(AllOf(HasSubstr("601 sources"), HasSubstr("at most 512"))));
}

// The greatest model that the limits allow: all derivatives in a moment, or a refusal.
TEST(ProblemsOfDynamics, ManyStatesThatAllDependOnEachOther) {
  std::string sum = "s0";
  for (int i = 1; i < 30; ++i) sum += " + s" + std::to_string(i);
  std::string more;
  for (int i = 0; i < 30; ++i) {
    more += "[states.s" + std::to_string(i) + "]\nunit = \"1\"\nderivative = \"KOUT * exp(-(" + sum + ")) * (1 - s" +
            std::to_string(i) + "^2) / (1 + total)\"\n";
  }
  std::string text = moving_model_with("[states.effect]", more + "[states.effect]");
  std::string chain = "total = \"t0\"\nt400 = \"s0\"\n";
  for (int i = 0; i < 400; ++i) {
    chain += "t" + std::to_string(i) + " = \"t" + std::to_string(i + 1) + " * (1 + s1 / 100)\"\n";
  }
  text.insert(text.find("[derived]\n") + 10, chain);
  const Result<CompiledModel> model = testing::compile_text(text);
  if (model) {
    EXPECT_GE(model->jacobian.size(), 900U);
  } else {
    EXPECT_THAT(to_string(model.error().front()), HasSubstr("values for each subject"));
  }
}

TEST(ProblemsOfDynamics, DeepNestingIsRefused) {
  const std::string deep = std::string(1000, '(') + "effect" + std::string(1000, ')');
  EXPECT_THAT(problems_of(moving_model_with("3[1/h] * (concentration.central - effect)", "3[1/h] * " + deep)),
              ElementsAre(AllOf(StartsWith("69:"), HasSubstr("nested too deeply"))));
}

TEST(ProblemsOfDynamics, HiddenNamesOfDerivativesCannotBeUsed) {
  EXPECT_THAT(problems_of(moving_model_with("KOUT * (1 - 0.9", "jacobian.0 * (1 - 0.9")),
              ElementsAre(AllOf(HasSubstr("RM-unknown-name"), HasSubstr("jacobian.0"))));
}

RC_GTEST_PROP(DynamicsLaws, AnyTextEndsInAModelOrInProblems, ()) {
  // Two lines of the model are lost, doubled or replaced: never an abort, and a refusal says something.
  std::vector<std::string> lines;
  std::string line;
  for (const char c : testing::kMovingModel) {
    if (c == '\n') {
      lines.push_back(std::exchange(line, ""));
    } else {
      line += c;
    }
  }
  for (int change = 0; change < 2; ++change) {
    const auto victim = *rc::gen::inRange<std::size_t>(0, lines.size());
    const auto other = *rc::gen::inRange<std::size_t>(0, lines.size());
    const std::string replacements[] = {"", lines[victim] + "\n" + lines[victim], lines[other]};
    lines[victim] = replacements[*rc::gen::inRange<std::size_t>(0, std::size(replacements))];
  }
  std::string text;
  for (const std::string& each : lines) text += each + "\n";
  const Result<CompiledModel> model = testing::compile_text(text);
  if (!model) {
    RC_ASSERT(!model.error().empty());
    for (const Diagnostic& diagnostic : model.error()) RC_ASSERT(!diagnostic.message.empty());
  }
}

}  // namespace
}  // namespace racemate::model
