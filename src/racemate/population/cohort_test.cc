#include "racemate/population/cohort.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace racemate::population {
namespace {

using ::testing::HasSubstr;
using Shape = CovariateDistribution::Shape;

constexpr double kHoursPerYear = 24 * 365.25;

evidence::Library small_library() {
  evidence::Library library;
  library.citations["some-paper"] = {"some-paper", "Some Paper 2020", "", "", "abstract"};
  return library;
}

Result<Cohort> parse_covariates(const std::string& covariates) {
  const Result<Document> document =
      parse_document("schema = \"racemate-cohort/1\"\nid = \"mine\"\ntitle = \"Mine\"\n" + covariates, "mine.toml");
  if (!document) {
    return fail(document.error());
  }
  return parse_cohort(*document, "mine.toml", small_library());
}

std::string all_messages(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    text += to_string(diagnostic) + "\n";
  }
  return text;
}

const std::string kWeight =
    "[covariates.weight]\nshape = \"log-normal\"\nmedian = \"74 kg\"\nspread = 0.24\nlow = \"39 kg\"\nhigh = \"170 "
    "kg\"\n";

TEST(Cohort, ReadsEveryShape) {
  const Result<Cohort> cohort =
      parse_covariates(kWeight +
                       "source = \"some-paper\"\n[covariates.age]\nshape = \"normal\"\nmedian = \"45 a\"\nspread = "
                       "\"14 a\"\nlow = \"18 a\"\n"
                       "high = \"86 a\"\n[covariates.female]\nprobability = 0.584\n[covariates.asian]\nvalue = 0\n"
                       "[covariates.creatinine_clearance]\nvalue = \"100 mL/min\"\n");
  ASSERT_TRUE(cohort) << all_messages(cohort.error());
  EXPECT_EQ(cohort->covariates.size(), 5U);
  const CovariateDistribution* weight = cohort->find("weight");
  ASSERT_NE(weight, nullptr);
  EXPECT_EQ(weight->shape, Shape::kLogNormal);
  EXPECT_EQ(weight->median, 74);
  EXPECT_EQ(weight->unit_code, "kg");
  EXPECT_FALSE(weight->provenance.assumption());
  const CovariateDistribution* age = cohort->find("age");
  ASSERT_NE(age, nullptr);
  EXPECT_DOUBLE_EQ(age->median, 45 * kHoursPerYear);
  EXPECT_DOUBLE_EQ(age->spread, 14 * kHoursPerYear);
  EXPECT_EQ(cohort->find("female")->shape, Shape::kBernoulli);
  EXPECT_EQ(cohort->find("asian")->shape, Shape::kFixed);
  EXPECT_TRUE(cohort->find("asian")->provenance.assumption());
  EXPECT_DOUBLE_EQ(cohort->find("creatinine_clearance")->median, 6);
  EXPECT_EQ(cohort->find("height"), nullptr);
}

TEST(Cohort, APlainQuantityIsTheSameForEveryone) {
  const Result<Cohort> cohort = parse_covariates("[covariates]\nweight = \"70 kg\"\n");
  ASSERT_TRUE(cohort) << all_messages(cohort.error());
  EXPECT_EQ(cohort->find("weight")->shape, Shape::kFixed);
  EXPECT_EQ(quantile(*cohort->find("weight"), 0.01), 70);
}

struct Mistake {
  const char* name;
  const char* covariates;
  ErrorCode code;
  std::uint32_t line;
  const char* says;
};
void PrintTo(const Mistake& mistake, std::ostream* stream) { *stream << mistake.name; }

class CohortMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(CohortMistake, IsReportedOnceAtItsPlace) {
  const Mistake& mistake = GetParam();
  const Result<Cohort> cohort = parse_covariates(mistake.covariates);
  ASSERT_FALSE(cohort) << "accepted";
  ASSERT_EQ(cohort.error().size(), 1U) << all_messages(cohort.error());
  const Diagnostic& diagnostic = cohort.error()[0];
  EXPECT_EQ(diagnostic.code, mistake.code) << to_string(diagnostic);
  EXPECT_EQ(diagnostic.where.line, mistake.line) << to_string(diagnostic);
  EXPECT_THAT(to_string(diagnostic), HasSubstr(mistake.says));
}

const Mistake kMistakes[] = {
    {"NoCovariates", "", ErrorCode::kMissingField, 1, "covariates"},
    {"WeightZero", "[covariates]\nweight = \"0 kg\"\n", ErrorCode::kOutOfRange, 5, "weight"},
    {"Weight900", "[covariates]\nweight = \"900 kg\"\n", ErrorCode::kOutOfRange, 5, "weight"},
    {"WeightWithoutUnit", "[covariates]\nweight = 70\n", ErrorCode::kUnknownUnit, 5, "kg"},
    {"WeightInLitres", "[covariates]\nweight = \"70 L\"\n", ErrorCode::kWrongDimension, 5, "kg"},
    {"Age130", "[covariates]\nage = \"130 a\"\n", ErrorCode::kOutOfRange, 5, "age"},
    {"NoShape", "[covariates]\nweight = { median = \"70 kg\", spread = 0.2, low = \"40 kg\", high = \"90 kg\" }\n",
     ErrorCode::kMissingField, 5, "shape"},
    {"RangeReversed",
     "[covariates]\nweight = { shape = \"normal\", median = \"70 kg\", spread = \"9 kg\", low = \"90 kg\", high = \"40 "
     "kg\" }\n",
     ErrorCode::kInconsistent, 5, "low < high"},
    {"MedianOutsideRange",
     "[covariates]\nweight = { shape = \"normal\", median = \"30 kg\", spread = \"9 kg\", low = \"40 kg\", high = \"90 "
     "kg\" }\n",
     ErrorCode::kInconsistent, 5, "median"},
    {"SpreadZero",
     "[covariates]\nweight = { shape = \"log-normal\", median = \"70 kg\", spread = 0, low = \"40 kg\", high = \"90 "
     "kg\" }\n",
     ErrorCode::kOutOfRange, 5, "spread"},
    {"Probability", "[covariates]\nfemale = { probability = 1.5 }\n", ErrorCode::kOutOfRange, 5, "probability"},
    {"UnknownField", "[covariates]\nfemale = { probability = 0.5, mean = 3 }\n", ErrorCode::kUnknownField, 5, "mean"},
    {"UnknownCitation", "[covariates]\nfemale = { probability = 0.5, source = \"no-paper\" }\n",
     ErrorCode::kUnknownName, 5, "no-paper"},
};
INSTANTIATE_TEST_SUITE_P(All, CohortMistake, ::testing::ValuesIn(kMistakes),
                         [](const ::testing::TestParamInfo<Mistake>& tested) { return tested.param.name; });

TEST(Cohort, FixHoldsEveryoneAtOneValue) {
  Cohort cohort = *parse_covariates(kWeight);
  ASSERT_TRUE(cohort.fix("weight", 70, {}));
  EXPECT_EQ(quantile(*cohort.find("weight"), 0.001), 70);
  EXPECT_EQ(quantile(*cohort.find("weight"), 0.999), 70);
  EXPECT_EQ(typical(*cohort.find("weight")), 70);
  ASSERT_TRUE(cohort.fix("age", 30 * kHoursPerYear, {})) << "added when the cohort lacks it";
  EXPECT_EQ(typical(*cohort.find("age")), 30 * kHoursPerYear);
}

TEST(Cohort, FixRefusesWhatNobodyWeighs) {
  Cohort cohort = *parse_covariates(kWeight);
  for (const double weight_kg : {0.0, 1.999, -70.0, 400.001, 900.0, std::numeric_limits<double>::quiet_NaN(),
                                 std::numeric_limits<double>::infinity()}) {
    const Result<void> fixed = cohort.fix("weight", weight_kg, {"--weight", 0, 0});
    ASSERT_FALSE(fixed) << weight_kg;
    EXPECT_EQ(fixed.error()[0].code, ErrorCode::kOutOfRange);
    EXPECT_EQ(fixed.error()[0].where.file, "--weight");
    EXPECT_THAT(to_string(fixed.error()[0]), HasSubstr("2 to 400 kg"));
  }
  EXPECT_EQ(cohort.find("weight")->shape, Shape::kLogNormal) << "a refusal changes nothing";
  EXPECT_TRUE(cohort.fix("weight", kLightestAdult_kg, {}));
  EXPECT_TRUE(cohort.fix("weight", kHeaviestAdult_kg, {}));
  EXPECT_FALSE(cohort.fix("age", 121 * kHoursPerYear, {}));
}

TEST(Cohort, FixSuggestsTheNearestName) {
  Cohort cohort = *parse_covariates(kWeight);
  const Result<void> fixed = cohort.fix("wieght", 70, {});
  ASSERT_FALSE(fixed);
  EXPECT_EQ(fixed.error()[0].code, ErrorCode::kUnknownName);
  EXPECT_THAT(fixed.error()[0].hint, HasSubstr("weight"));
}

CovariateDistribution distribution(Shape shape, double median, double spread, double low, double high) {
  CovariateDistribution result;
  result.shape = shape;
  result.median = median;
  result.spread = spread;
  result.low = low;
  result.high = high;
  return result;
}

TEST(CovariateQuantile, UncutNormalIsTheTextbookQuantile) {
  const CovariateDistribution normal = distribution(Shape::kNormal, 10, 2, -1e6, 1e6);
  EXPECT_NEAR(quantile(normal, 0.975), 10 + 2 * 1.959963984540054, 1e-12);
  EXPECT_NEAR(quantile(normal, 0.025), 10 - 2 * 1.959963984540054, 1e-12);
  const CovariateDistribution log_normal = distribution(Shape::kLogNormal, 70, 0.2, 1e-3, 1e6);
  EXPECT_NEAR(quantile(log_normal, 0.975), 70 * std::exp(0.2 * 1.959963984540054), 1e-9);
}

TEST(CovariateQuantile, BernoulliHasItsShare) {
  const CovariateDistribution female = distribution(Shape::kBernoulli, 0.584, 0, 0, 1);
  EXPECT_EQ(quantile(female, 0.583), 1);
  EXPECT_EQ(quantile(female, 0.585), 0);
  EXPECT_EQ(typical(female), 1);
  EXPECT_EQ(typical(distribution(Shape::kBernoulli, 0.49, 0, 0, 1)), 0);
}

RC_GTEST_PROP(CovariateQuantileProperty, RisesWithinTheRangeAndKeepsTheMedian, ()) {
  const bool logarithmic = *rc::gen::arbitrary<bool>();
  const double median = *rc::gen::inRange(10, 100);
  const double low = median * (*rc::gen::inRange(5, 95) / 100.0);
  const double high = median * (1 + *rc::gen::inRange(5, 300) / 100.0);
  const double spread = (*rc::gen::inRange(1, 100) / 100.0) * (logarithmic ? 1 : median);
  const CovariateDistribution covariate =
      distribution(logarithmic ? Shape::kLogNormal : Shape::kNormal, median, spread, low, high);
  double before = low;
  for (const double u : {1e-16, 1e-9, 0.01, 0.2, 0.4999, 0.5, 0.5001, 0.8, 0.99, 1 - 1e-9, 1 - 1.2e-16}) {
    const double value = quantile(covariate, u);
    RC_ASSERT(std::isfinite(value));
    RC_ASSERT(value >= before);
    RC_ASSERT(value <= high);
    before = value;
  }
  RC_ASSERT(std::abs(quantile(covariate, 0.5) - median) <= 1e-12 * median);
}

const std::string kSource = RACEMATE_SOURCE_DIR;
const std::string kShippedCohort = kSource + "/cohorts/adults-perez-ruixo-2021.toml";

evidence::Library cites_perez_ruixo() {
  evidence::Library library;
  library.citations["perez-ruixo-2021"] = {"perez-ruixo-2021", "Perez-Ruixo 2021", "", "", ""};
  return library;
}

TEST(ShippedCohort, CitesTheShippedEvidence) {
  const Result<evidence::Library> library = evidence::load_library(kSource + "/evidence");
  ASSERT_TRUE(library) << all_messages(library.error());
  const Result<Cohort> cohort = load_cohort(kShippedCohort, *library);
  EXPECT_TRUE(cohort) << (cohort ? "" : all_messages(cohort.error()));
}

TEST(ShippedCohort, HasThePublishedMediansAndRanges) {
  const Result<Cohort> cohort = load_cohort(kShippedCohort, cites_perez_ruixo());
  ASSERT_TRUE(cohort) << all_messages(cohort.error());
  EXPECT_EQ(cohort->id, "adults-perez-ruixo-2021");
  const CovariateDistribution& weight = *cohort->find("weight");
  EXPECT_NEAR(quantile(weight, 0.5), 74, 1e-9);
  const CovariateDistribution& age = *cohort->find("age");
  EXPECT_NEAR(quantile(age, 0.5) / kHoursPerYear, 45, 1e-9);
  EXPECT_EQ(cohort->find("female")->median, 0.584);
  EXPECT_EQ(cohort->find("japanese")->median, 0);
  EXPECT_EQ(cohort->find("asian")->median, 0);
  // The expected smallest and largest of 820 people lie near the published 39 and 170 kg, 18 and 86 years.
  EXPECT_NEAR(quantile(weight, 0.5 / 820), 39, 4);
  EXPECT_NEAR(quantile(weight, 1 - 0.5 / 820), 170, 15);
  EXPECT_NEAR(quantile(age, 0.5 / 820) / kHoursPerYear, 18, 1);
  EXPECT_NEAR(quantile(age, 1 - 0.5 / 820) / kHoursPerYear, 86, 5);
}

}  // namespace
}  // namespace racemate::population
