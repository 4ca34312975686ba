#include "racemate/model/estimates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "racemate/model/model_fixture_test.h"

namespace racemate::model {
namespace {

using testing::compile_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::problems_of;
using testing::small_model_with;

constexpr const char* kBefore = "[derived]";

std::string with_estimates(const std::string& body) {
  return small_model_with(kBefore, "[[estimates]]\n" + body + "source = \"a-2020\"\n\n[derived]");
}

TEST(Estimates, ACovarianceIsFactored) {
  const auto model = compile_text(
      with_estimates("parameters = [\"V\", \"CL\"]\nscale = \"log\"\ncovariance = [[0.04, 0.006], [0.006, 0.01]]\n"));
  ASSERT_TRUE(model) << to_string(model.error().front());
  ASSERT_EQ(model->estimates.size(), 1U);
  const EstimateBlock& block = model->estimates.front();
  ASSERT_EQ(block.estimates.size(), 2U);
  EXPECT_EQ(model->parameters[block.estimates[0].parameter].name, "V");
  EXPECT_EQ(model->parameters[block.estimates[1].parameter].name, "CL");
  EXPECT_NEAR(block.cholesky[0], 0.2, 1e-15);
  EXPECT_NEAR(block.cholesky[2], 0.03, 1e-15);
  EXPECT_NEAR(block.cholesky[3], std::sqrt(0.01 - 0.0009), 1e-15);
  EXPECT_EQ(block.provenance.sources, std::vector<std::string>{"a-2020"});
}

// Both forms say the same; a linear scale is in the file's units, inside it is in ours.
TEST(Estimates, StandardErrorsWithCorrelationsAreACovariance) {
  const auto from_covariance =
      compile_text(small_model_with(kBefore,
                                    "[[estimates]]\nparameters = [\"CL\", \"ka\"]\nscale = [\"linear\", \"log\"]\n"
                                    "covariance = [[64, 0.4], [0.4, 0.01]]\nsource = \"a-2020\"\n\n[derived]"));
  const auto from_errors = compile_text(
      with_estimates("parameters = [\"CL\", \"ka\"]\nscale = [\"linear\", \"log\"]\nstandard_errors = [8, 0.1]\n"
                     "correlations = [[1, 0.5], [0.5, 1]]\n"));
  ASSERT_TRUE(from_covariance && from_errors);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(from_covariance->estimates[0].cholesky[i], from_errors->estimates[0].cholesky[i], 1e-14);
  }
  EXPECT_NEAR(from_errors->estimates[0].cholesky[0], 8, 1e-12);
  std::string in_minutes = with_estimates("parameters = [\"CL\"]\nscale = \"linear\"\nstandard_errors = [100]\n");
  in_minutes.replace(in_minutes.find("80 L/h"), 6, "1333 mL/min");
  const auto converted = compile_text(in_minutes);
  ASSERT_TRUE(converted) << to_string(converted.error().front());
  EXPECT_NEAR(converted->estimates[0].cholesky[0], 6, 1e-12) << "100 mL/min is 6 L/h";
}

TEST(Estimates, WhatADrawMustStayInside) {
  const auto model =
      compile_text(with_estimates("parameters = [\"CL\", \"ka\"]\nscale = \"linear\"\nstandard_errors = [8, 0.1]\n"));
  ASSERT_TRUE(model);
  EXPECT_EQ(model->estimates[0].estimates[0].low, 0);
  EXPECT_TRUE(std::isinf(model->estimates[0].estimates[0].high));
}

TEST(Estimates, AnUncertainValueIsOneOfTheStudy) {
  const auto model = compile_text(with_estimates("parameters = [\"CL\"]\nscale = \"log\"\nstandard_errors = [0.1]\n"));
  ASSERT_TRUE(model);
  EXPECT_EQ(model->symbols.at(model->parameters[0].theta_slot).level, expr::Level::kStudy);
  EXPECT_EQ(model->symbols.at(model->parameters[1].theta_slot).level, expr::Level::kConstant);
}

struct Case {
  const char* name;
  const char* body;
  const char* contains;
};

class EstimateProblem : public ::testing::TestWithParam<Case> {};

TEST_P(EstimateProblem, IsReportedOnce) {
  EXPECT_THAT(problems_of(with_estimates(GetParam().body)), ElementsAre(HasSubstr(GetParam().contains)));
}

constexpr Case kCases[] = {
    {"UnknownName", "parameters = [\"CLX\"]\nscale = \"log\"\nstandard_errors = [0.1]\n", "no parameter 'CLX'"},
    {"Twice", "parameters = [\"CL\", \"CL\"]\nscale = \"log\"\nstandard_errors = [0.1, 0.1]\n", "given twice"},
    {"BetweenStudies", "parameters = [\"F\"]\nscale = \"logit\"\nstandard_errors = [0.1]\n", "range between studies"},
    {"NoScale", "parameters = [\"CL\"]\nstandard_errors = [0.1]\n", "does not say on which scale"},
    {"UnknownScale", "parameters = [\"CL\"]\nscale = \"logg\"\nstandard_errors = [0.1]\n", "did you mean 'log'"},
    {"NoMatrix", "parameters = [\"CL\"]\nscale = \"log\"\n", "no covariance"},
    {"Both", "parameters = [\"CL\"]\nscale = \"log\"\ncovariance = [[1]]\nstandard_errors = [1]\n", "stands beside"},
    {"Rows", "parameters = [\"CL\", \"V\"]\nscale = \"log\"\ncovariance = [[1, 0]]\n", "a row for each"},
    {"Columns", "parameters = [\"CL\", \"V\"]\nscale = \"log\"\ncovariance = [[1, 0], [0]]\n", "a number for each"},
    {"Text", "parameters = [\"CL\"]\nscale = \"log\"\nstandard_errors = [\"1\"]\n", "a number for each"},
    {"Asymmetric", "parameters = [\"CL\", \"V\"]\nscale = \"log\"\ncovariance = [[1, 0.1], [0.2, 1]]\n",
     "not symmetric"},
    {"Indefinite", "parameters = [\"CL\", \"V\"]\nscale = \"log\"\ncovariance = [[1, 2], [2, 1]]\n",
     "not positive definite"},
    {"ZeroError", "parameters = [\"CL\", \"V\"]\nscale = \"log\"\nstandard_errors = [0.1, -1]\n", "above 0"},
    {"Diagonal", "parameters = [\"CL\"]\nscale = \"log\"\nstandard_errors = [0.1]\ncorrelations = [[0.5]]\n",
     "with itself"},
    {"NotAShare", "parameters = [\"CL\"]\nscale = \"logit\"\nstandard_errors = [0.1]\n", "not a share"},
};

INSTANTIATE_TEST_SUITE_P(All, EstimateProblem, ::testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Estimates, WithoutASourceTheyAreAnAssumptionThatSaysWhy) {
  const std::string text = small_model_with(
      kBefore,
      "[[estimates]]\nparameters = [\"CL\"]\nscale = \"log\"\nstandard_errors = [0.1]\ntier = \"assumption\"\n\n"
      "[derived]");
  EXPECT_THAT(problems_of(text), ElementsAre(HasSubstr("assumption without a note")));
}

}  // namespace
}  // namespace racemate::model
