#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "racemate/model/covariance.h"
#include "racemate/model/model_fixture_test.h"

namespace racemate::model {
namespace {

using testing::compile_text;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::small_model_with;
using testing::value_of;

CompiledModel compiled(const std::string& text) {
  Result<CompiledModel> model = compile_text(text);
  EXPECT_TRUE(model) << (model ? "" : to_string(model.error().front()));
  return model ? std::move(*model) : CompiledModel{};
}
CompiledModel small() { return compiled(std::string(testing::kSmallModel)); }

TEST(Compile, HeaderAndParameters) {
  const CompiledModel model = small();
  EXPECT_EQ(model.id, "small");
  EXPECT_EQ(model.sha256.size(), 64U);
  ASSERT_EQ(model.parameters.size(), 4U);
  EXPECT_EQ(model.parameters[0].name, "CL");
  EXPECT_EQ(model.parameters[0].written_value, 80);
  EXPECT_EQ(model.parameters[0].unit_code, "L/h");
  EXPECT_THAT(model.parameters[0].provenance.sources, ElementsAre("a-2020"));
  EXPECT_EQ(model.parameters[0].provenance.tier, evidence::Tier::kV2);
  ASSERT_TRUE(model.parameters[2].between_study);
  EXPECT_EQ(model.parameters[2].between_study->high, 0.5);
}

TEST(Compile, LevelsFollowWhatAValueDependsOn) {
  const CompiledModel model = small();
  EXPECT_EQ(model.symbols.find("theta.CL")->level, expr::Level::kConstant);
  EXPECT_EQ(model.symbols.find("theta.F")->level, expr::Level::kStudy);
  EXPECT_EQ(model.symbols.find("CL")->level, expr::Level::kSubject);
  EXPECT_EQ(model.symbols.find("ka")->level, expr::Level::kOccasion);
  EXPECT_EQ(model.symbols.find("dose.amount")->level, expr::Level::kDose);
}

TEST(Compile, RandomEffectsActOnTheirScales) {
  const CompiledModel model = small();
  EXPECT_NEAR(value_of(model, "CL", {.set = {{"eta.CL", 0.3}}}), 80 * std::exp(0.3), 1e-10);
  const double logit = std::log(0.4 / 0.6) + 0.7;
  EXPECT_NEAR(value_of(model, "F", {.set = {{"eta.F", 0.7}}}), 1 / (1 + std::exp(-logit)), 1e-14);
  EXPECT_NEAR(value_of(model, "ka", {.set = {{"iov.ka", -0.2}}}), 2 * std::exp(-0.2), 1e-14);
  const CompiledModel normal =
      compiled(small_model_with("{ scale = \"log-normal\", omega2 = 0.09 }", "{ scale = \"normal\", omega2 = 25 }"));
  EXPECT_NEAR(value_of(normal, "V", {.set = {{"eta.V", -12.0}}}), 88, 1e-12);
}

TEST(Compile, PeopleAndOccasionsAdd) {
  const CompiledModel model =
      compiled(small_model_with("between_occasions", "between_people = { omega2 = 0.2 }\nbetween_occasions"));
  EXPECT_NEAR(value_of(model, "ka", {.set = {{"iov.ka", -0.2}, {"eta.ka", 0.5}}}), 2 * std::exp(0.3), 1e-13);
}

TEST(Compile, TypicalUsesItsOwnValueAndCovariates) {
  const CompiledModel model = small();
  EXPECT_NEAR(value_of(model, "CL", {.set = {{"weight", 35.0}}}), 80 * std::pow(0.5, 0.75), 1e-12);
  EXPECT_NEAR(value_of(model, "CL", {.set = {{"theta.CL", 10.0}}}), 10, 1e-13);
}

TEST(Compile, ClearanceFlowIsClearanceOverVolume) {
  const CompiledModel model = small();
  ASSERT_EQ(model.flows.size(), 2U);  // elimination, absorption
  EXPECT_EQ(model.flows[0].to, kOutside);
  EXPECT_NEAR(value_of(model, model.flows[0].rate_slot), 0.8, 1e-14);
  EXPECT_NEAR(value_of(model, model.outputs[0].scale_slot), 0.01, 1e-16);
}

TEST(Compile, AFractionOfAFlowMakesTwo) {
  const CompiledModel model = compiled(small_model_with(
      "[[flows]]\nfrom = \"central\"\nclearance = \"CL\"",
      "[compartments.other]\n\n[[flows]]\nfrom = \"central\"\nto = \"other\"\nrate = \"k\"\nfraction = 0.75"));
  ASSERT_EQ(model.flows.size(), 3U);
  EXPECT_EQ(model.flows[0].to, 1);
  EXPECT_NEAR(value_of(model, model.flows[0].rate_slot), 0.6, 1e-14);
  EXPECT_EQ(model.flows[1].to, kOutside);
  EXPECT_NEAR(value_of(model, model.flows[1].rate_slot), 0.2, 1e-14);
}

TEST(Compile, AnExchangeGoesBothWaysOverEachVolume) {
  const CompiledModel model = compiled(
      small_model_with("[[flows]]",
                       "[compartments.deep]\nvolume = \"4 * V\"\n[[exchanges]]\nbetween = [\"central\", \"deep\"]\n"
                       "clearance = \"2 * CL\"\n\n[[flows]]"));
  ASSERT_EQ(model.flows.size(), 4U);
  EXPECT_EQ(model.flows[1].from, 0);
  EXPECT_EQ(model.flows[1].to, 1);
  EXPECT_NEAR(value_of(model, model.flows[1].rate_slot), 1.6, 1e-14);
  EXPECT_EQ(model.flows[2].from, 1);
  EXPECT_NEAR(value_of(model, model.flows[2].rate_slot), 0.4, 1e-14);
}

TEST(Compile, KaMakesADepotAndTransitAChainBeforeIt) {
  const CompiledModel model =
      compiled(small_model_with("ka = \"ka\"",
                                "ka = \"ka\"\ntransit = { count = 3, mean_time = \"1.5[h]\" }\nlag = \"0.25[h]\"\n"
                                "duration = \"0.5[h]\""));
  ASSERT_EQ(model.compartments.size(), 5U);
  EXPECT_TRUE(model.compartments[1].implicit);
  // From the first transit compartment the dose walks to the depot and into central.
  const RouteInput& input = model.routes[0].inputs[0];
  int here = input.compartment;
  std::vector<double> rates;
  while (here != 0) {
    for (const Flow& flow : model.flows) {
      if (flow.from == here) {
        rates.push_back(value_of(model, flow.rate_slot));
        here = flow.to;
        break;
      }
    }
  }
  EXPECT_THAT(rates, ElementsAre(2.0, 2.0, 2.0, 2.0));  // three of 3 / 1.5 h, then ka
  EXPECT_EQ(value_of(model, input.lag_slot), 0.25);
  EXPECT_EQ(value_of(model, input.duration_slot), 0.5);
}

TEST(Compile, SystemicShareDefaultsToTheFractionIntoASystemicCompartment) {
  const CompiledModel model = small();
  const RouteInput& input = model.routes[0].inputs[0];
  EXPECT_EQ(input.fraction_slot, input.systemic_slot);
  EXPECT_EQ(input.duration_slot, kNoSlot);
  EXPECT_EQ(input.lag_slot, kNoSlot);
  const CompiledModel first_pass = compiled(small_model_with("ka = \"ka\"", "ka = \"ka\"\nsystemic = \"F / 2\""));
  EXPECT_NEAR(value_of(first_pass, first_pass.routes[0].inputs[0].systemic_slot), 0.2, 1e-15);
}

TEST(Compile, FractionsMayDependOnTheDose) {
  const CompiledModel model = compiled(small_model_with(
      "fraction = \"F\"", "fraction = \"F * if(dose.number > 1.5, 0.5, 1) * 10[mg] / max(dose.amount, 10[mg])\""));
  const std::size_t fraction = model.routes[0].inputs[0].fraction_slot;
  EXPECT_NEAR(value_of(model, fraction, {.dose_mg = 10}), 0.4, 1e-15);
  EXPECT_NEAR(value_of(model, fraction, {.dose_mg = 40}), 0.1, 1e-15);
  EXPECT_NEAR(value_of(model, fraction, {.dose_mg = 10, .dose_number = 2}), 0.2, 1e-15);
}

TEST(Compile, CovariancesMakeOneBlockOfWhatTheyConnect) {
  const CompiledModel model = small();
  ASSERT_EQ(model.effects.size(), 4U);
  ASSERT_EQ(model.blocks.size(), 1U);
  EXPECT_THAT(model.blocks[0].effects, ElementsAre(0U, 1U));
  EXPECT_THAT(model.blocks[0].cholesky,
              ElementsAre(::testing::DoubleNear(0.2, 1e-15), 0, ::testing::DoubleNear(0.15, 1e-15),
                          ::testing::DoubleNear(std::sqrt(0.09 - 0.0225), 1e-15)));
}

TEST(Compile, CvIsTheVarianceOfTheLogarithm) {
  const CompiledModel model = compiled(small_model_with("omega2 = 0.04", "cv = \"64 %\""));
  EXPECT_NEAR(model.effects[0].omega2, std::log(1 + 0.64 * 0.64), 1e-15);
}

TEST(Compile, BorrowedVariabilityIsAnAssumption) {
  const CompiledModel model = compiled(small_model_with(
      "omega2 = 0.04", R"(omega2 = 0.04, borrowed_from = "other", source = "b-2020", note = "none of its own")"));
  EXPECT_TRUE(model.effects[0].provenance.assumption());
  EXPECT_EQ(model.effects[0].borrowed_from, "other");
}

TEST(Compile, VariabilityOfAnAssumedParameterIsAssumedForTheSameReason) {
  const CompiledModel model =
      compiled(small_model_with("value = \"2 1/h\"", "value = \"2 1/h\"\ntier = \"assumption\"\nnote = \"why\""));
  EXPECT_TRUE(model.effects[3].provenance.assumption());
  EXPECT_EQ(model.effects[3].provenance.note, "why");
}

TEST(Compile, ProgramNeedsNoMoreThanItsFrame) {
  const CompiledModel model = small();
  EXPECT_EQ(model.program.slots, model.symbols.size());
}

TEST(Domain, ReasonsNameWhatWasStudied) {
  const CompiledModel model = small();
  const double year_h = 24 * 365.25;
  const UseOfModel inside{"racemic ketamine", "oral", 100, 120, 18 * year_h};
  EXPECT_THAT(outside_domain(model, inside), IsEmpty());
  EXPECT_THAT(outside_domain(model, {"esketamine", "rectal", 200, 121, 81 * year_h}),
              ElementsAre("esketamine is not a substance of small", "rectal is not a route of small",
                          "a weight of 121 kg; studied: 50 to 120 kg", "an age of 81 years; studied: 18 to 80 years"));
  EXPECT_THAT(outside_domain(model, {"racemic ketamine", "oral", 200, 70, 40 * year_h}),
              ElementsAre("200 mg oral; studied: 10 to 100 mg"));
}

TEST(Domain, DosesPerBodyWeightAndUnstatedOnes) {
  const CompiledModel per_kg =
      compiled(small_model_with(R"(low = "10 mg", high = "100 mg")", R"(low = "1 mg/kg", high = "2 mg/kg")"));
  EXPECT_THAT(outside_domain(per_kg, {"racemic ketamine", "oral", 105, 70, 0}), IsEmpty());
  EXPECT_THAT(outside_domain(per_kg, {"racemic ketamine", "oral", 35, 70, 0}),
              ElementsAre("35 mg oral; studied: 1 to 2 mg/kg"));
  const CompiledModel unstated = compiled(small_model_with(R"(, low = "10 mg", high = "100 mg")", ""));
  EXPECT_THAT(outside_domain(unstated, {"racemic ketamine", "oral", 1e6, 70, 0}), IsEmpty());
}

TEST(Cholesky, ReproducesItsMatrix) {
  const std::vector<double> matrix = {4, 2, 1, 2, 3, 0.5, 1, 0.5, 2};
  const auto lower = cholesky(matrix, 3);
  ASSERT_TRUE(lower);
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += (*lower)[row * 3 + k] * (*lower)[column * 3 + k];
      EXPECT_NEAR(sum, matrix[row * 3 + column], 1e-14);
    }
  }
  EXPECT_FALSE(cholesky(std::vector<double>{1, 2, 2, 1}, 2));
  EXPECT_FALSE(cholesky(std::vector<double>{0}, 1));
}

RC_GTEST_PROP(CompileLaws, AnyTextEndsInAModelOrInProblems, ()) {
  // A line of the small model is lost, doubled or replaced: never an abort, and a refusal says something.
  std::vector<std::string> lines;
  std::string line;
  for (const char c : testing::kSmallModel) {
    if (c == '\n') {
      lines.push_back(std::exchange(line, ""));
    } else {
      line += c;
    }
  }
  const auto victim = *rc::gen::inRange<std::size_t>(0, lines.size());
  const auto other = *rc::gen::inRange<std::size_t>(0, lines.size());
  const std::string replacements[] = {"", lines[victim] + "\n" + lines[victim], lines[other]};
  lines[victim] = replacements[*rc::gen::inRange<std::size_t>(0, std::size(replacements))];
  std::string text;
  for (const std::string& each : lines) text += each + "\n";
  const Result<CompiledModel> model = compile_text(text);
  if (!model) {
    RC_ASSERT(!model.error().empty());
    for (const Diagnostic& diagnostic : model.error()) RC_ASSERT(!diagnostic.message.empty());
  }
}

}  // namespace
}  // namespace racemate::model
