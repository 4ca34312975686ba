#include "racemate/exposure/nca_summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace racemate::exposure {
namespace {

NcaResult result_of(const std::string& output, std::optional<double> value, NcaRoute route = NcaRoute::kBolus) {
  NcaResult result{.output = output, .route = route};
  result.quantities.push_back({.metric = NcaMetric::kCmax, .key = "cmax", .name = "Cmax", .value = value});
  return result;
}

TEST(Summarise, GivesGeometricMeanAndCvMedianAndRange) {
  // ln of 1, 2, 4, 8 is k ln 2: mean 1.5 ln 2, sample variance 5/3 (ln 2)^2.
  const std::vector<NcaSummary> summaries = summarise(
      {result_of("k", 8), result_of("k", 1), result_of("k", std::nullopt), result_of("k", 4), result_of("k", 2)});
  ASSERT_EQ(summaries.size(), 1U);
  EXPECT_EQ(summaries[0].profiles, 5U);
  const NcaStatistics& cmax = summaries[0].quantities.at(0);
  EXPECT_EQ(cmax.key, "cmax");
  EXPECT_EQ(cmax.count, 4U);
  EXPECT_EQ(cmax.absent, 1U);
  EXPECT_DOUBLE_EQ(*cmax.geometric_mean, std::sqrt(8.0));
  EXPECT_DOUBLE_EQ(*cmax.geometric_cv_percent, 100 * std::sqrt(std::exp(5.0 / 3 * std::log(2) * std::log(2)) - 1));
  EXPECT_EQ(*cmax.median, 3);
  EXPECT_EQ(*cmax.low, 1);
  EXPECT_EQ(*cmax.high, 8);
}

TEST(Summarise, LeavesOutWhatValuesDoNotSupport) {
  const NcaStatistics with_zero = summarise({result_of("k", 0), result_of("k", 4), result_of("k", 5)})[0].quantities[0];
  EXPECT_FALSE(with_zero.geometric_mean || with_zero.geometric_cv_percent);
  EXPECT_EQ(with_zero.median, 4);
  const NcaStatistics one = summarise({result_of("k", 4), result_of("k", std::nullopt)})[0].quantities[0];
  EXPECT_DOUBLE_EQ(*one.geometric_mean, 4);
  EXPECT_FALSE(one.geometric_cv_percent);
  const NcaStatistics equal = summarise({result_of("k", 71), result_of("k", 71), result_of("k", 71)})[0].quantities[0];
  EXPECT_EQ(equal.geometric_mean, 71);
  EXPECT_EQ(equal.geometric_cv_percent, 0);
  const NcaStatistics none = summarise({result_of("k", std::nullopt), result_of("k", std::nullopt)})[0].quantities[0];
  EXPECT_EQ(none.count, 0U);
  EXPECT_FALSE(none.median || none.low || none.high || none.geometric_mean);
}

TEST(Summarise, KeepsOutputsAndRoutesApart) {
  const std::vector<NcaSummary> summaries =
      summarise({result_of("k", 1), result_of("n", 2), result_of("k", 3), result_of("n", 4),
                 result_of("k", 5, NcaRoute::kInfusion), result_of("n", 6)});
  ASSERT_EQ(summaries.size(), 2U);  // one infusion alone has no statistics
  EXPECT_EQ(summaries[0].output, "k");
  EXPECT_EQ(summaries[0].profiles, 2U);
  EXPECT_EQ(summaries[1].profiles, 3U);
}

}  // namespace
}  // namespace racemate::exposure
