#include "racemate/core/random.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

namespace racemate {
namespace {

using Block = std::array<std::uint64_t, 4>;

// Known answers published with Random123 for philox4x64-10.
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_EQ(philox4x64_10({0, 0, 0, 0}, {0, 0}),
            (Block{0x16554d9eca36314cU, 0xdb20fe9d672d0fdcU, 0xd7e772cee186176bU, 0x7e68b68aec7ba23bU}));
  constexpr std::uint64_t kOnes = ~std::uint64_t{0};
  EXPECT_EQ(philox4x64_10({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Block{0x87b092c3013fe90bU, 0x438c3c67be8d0224U, 0x9cc7d7c69cd777b6U, 0xa09caebf594f0ba0U}));
  EXPECT_EQ(philox4x64_10({0x243f6a8885a308d3U, 0x13198a2e03707344U, 0xa4093822299f31d0U, 0x082efa98ec4e6c89U},
                          {0x452821e638d01377U, 0xbe5466cf34e90c6cU}),
            (Block{0xa528f45403e61d95U, 0x38c72dbd566e9788U, 0xa5a1610e72fd18b5U, 0x57bd43b5e52b7fe6U}));
}

TEST(UniformDraw, ReadsTheTopBitsOfTheFirstWord) {
  // Subject, occasion, purpose and index are the counter; purpose 0 names no draw and gives the all-zero block here.
  const DrawIdentity zero{};
  EXPECT_EQ(uniform_draw(zero), (static_cast<double>(0x16554d9eca36314cU >> 12U) + 0.5) * 0x1p-52);
}

TEST(UniformDraw, EveryPartOfTheIdentityMatters) {
  const DrawIdentity base{
      .seed = 1, .study = 2, .subject = 3, .occasion = 4, .purpose = DrawPurpose::kCovariate, .index = 5};
  std::set<double> draws{uniform_draw(base)};
  for (int part = 0; part < 6; ++part) {
    DrawIdentity other = base;
    if (part == 0) other.seed ^= 1U << 31U;
    if (part == 1) ++other.study;
    if (part == 2) ++other.subject;
    if (part == 3) ++other.occasion;
    if (part == 4) other.purpose = DrawPurpose::kBetweenSubject;
    if (part == 5) ++other.index;
    draws.insert(uniform_draw(other));
  }
  EXPECT_EQ(draws.size(), 7U);
}

// Enough draws that both tails are met, far ones too (|z| > 6.7 is one draw in 4e10: reached by none; see below).
TEST(NormalDraws, AreTheSingleDrawsBitForBit) {
  DrawIdentity identity{
      .seed = 20261124, .study = 3, .occasion = 2, .purpose = DrawPurpose::kBetweenOccasion, .index = 4};
  for (const std::size_t count : {0U, 1U, 7U, 64U, 65U, 5000U}) {
    std::vector<std::uint64_t> subjects(count);
    for (std::size_t i = 0; i < count; ++i) subjects[i] = 1'000'000'007U * i;
    std::vector<double> normals(count);
    normal_draws(identity, subjects, normals);
    for (std::size_t i = 0; i < count; ++i) {
      identity.subject = subjects[i];
      ASSERT_EQ(normals[i], normal_draw(identity)) << i;
    }
  }
}

// The same of probabilities that draws all but never are.
TEST(NormalQuantiles, InPlaceAreTheSingleOnesBitForBit) {
  std::vector<double> p{0x1p-53, 1e-14, 1e-12, 1e-11, 2e-11, 1e-5, 0.0749, 0.075, 0.0751, 0.3, 0.5};
  for (std::size_t i = p.size(); i-- > 0;) p.push_back(1.0 - p[i]);
  while (p.size() < 200) p.push_back((static_cast<double>(p.size()) + 0.5) / 201.0);
  std::vector<double> z = p;
  inverse_normal_cdf(z);
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_EQ(z[i], inverse_normal_cdf(p[i])) << p[i];
}

RC_GTEST_PROP(UniformDraw, LiesInTheOpenIntervalAndRepeats,
              (std::uint64_t seed, std::uint64_t study, std::uint64_t subject, std::uint64_t index)) {
  const DrawIdentity identity{
      .seed = seed, .study = study, .subject = subject, .purpose = DrawPurpose::kStudyInput, .index = index};
  const double draw = uniform_draw(identity);
  RC_ASSERT(draw > 0.0 && draw < 1.0);
  RC_ASSERT(uniform_draw(identity) == draw);
  RC_ASSERT(normal_draw(identity) == inverse_normal_cdf(draw));
}

TEST(UniformDraw, TheOutermostValuesStayInsideAndMirror) {
  const double last = (static_cast<double>((std::uint64_t{1} << 52U) - 1) + 0.5) * 0x1p-52;
  EXPECT_LT(last, 1.0);
  EXPECT_EQ(1.0 - last, 0.5 * 0x1p-52);
  EXPECT_EQ(inverse_normal_cdf(last), -inverse_normal_cdf(1.0 - last));
}

// Mean and variance of a fixed sample of 100,000: five standard errors on either side.
TEST(NormalDraw, HasTheMomentsOfANormal) {
  constexpr int kDraws = 100'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double draw =
        normal_draw({.seed = 1, .subject = static_cast<std::uint64_t>(i), .purpose = DrawPurpose::kBetweenSubject});
    sum += draw;
    squares += draw * draw;
  }
  EXPECT_NEAR(sum / kDraws, 0.0, 5.0 / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 1.0, 5.0 * std::sqrt(2.0 / kDraws));
}

TEST(InverseNormalCdf, AgreesWithBoostOverTheWholeRange) {
  // long double inside, so that the judge's own rounding does not count.
  const boost::math::normal_distribution<long double> normal;
  const auto relative_error = [&](double p) {
    const long double exact = boost::math::quantile(normal, static_cast<long double>(p));
    return static_cast<double>(std::abs((static_cast<long double>(inverse_normal_cdf(p)) - exact) / exact));
  };
  double worst = 0;
  for (int i = 1; i < 20'000; ++i) {
    if (i != 10'000) worst = std::max(worst, relative_error(i / 20'000.0));
  }
  for (int exponent = -1020; exponent <= -2; ++exponent) {
    worst = std::max(worst, relative_error(std::ldexp(1.0, exponent)));
    if (exponent >= -52) worst = std::max(worst, relative_error(1.0 - std::ldexp(1.0, exponent)));
  }
  EXPECT_LT(worst, 1e-15);
}

TEST(InverseNormalCdf, IsSymmetricAndZeroAtOneHalf) {
  EXPECT_EQ(inverse_normal_cdf(0.5), 0.0);
  for (int i = 1; i < 512; ++i) {
    EXPECT_EQ(inverse_normal_cdf(i / 1024.0), -inverse_normal_cdf(1.0 - i / 1024.0));
  }
}

TEST(InverseNormalCdf, RisesAcrossTheSeamsOfItsPieces) {
  // p = 0.075 and 0.925 (|q| = 0.425), and exp(-25), where the far tail begins.
  for (const double seam : {0.075, 0.925, std::exp(-25.0)}) {
    double p = seam * (1.0 - 1e-12);
    double before = inverse_normal_cdf(p);
    for (int i = 0; i < 20; ++i) {
      p += seam * 1e-13;
      const double here = inverse_normal_cdf(p);
      EXPECT_GE(here, before) << "at p = " << p;
      before = here;
    }
  }
}

TEST(InverseNormalCdfDeathTest, RefusesWhatIsNoProbability) {
  EXPECT_DEATH(static_cast<void>(inverse_normal_cdf(0.0)), "inside \\(0, 1\\)");
  EXPECT_DEATH(static_cast<void>(inverse_normal_cdf(1.0)), "inside \\(0, 1\\)");
  EXPECT_DEATH(static_cast<void>(inverse_normal_cdf(std::numeric_limits<double>::quiet_NaN())), "inside \\(0, 1\\)");
}

TEST(NameHash, IsFnv1a) {
  EXPECT_EQ(name_hash(""), 0xcbf29ce484222325U);
  EXPECT_EQ(name_hash("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(name_hash("foobar"), 0x85944171f73967e8U);
}

// The values are part of what makes an old run repeatable.
TEST(DrawPurposes, NeverChangeTheirNumbers) {
  EXPECT_EQ(static_cast<int>(DrawPurpose::kCovariate), 1);
  EXPECT_EQ(static_cast<int>(DrawPurpose::kBetweenSubject), 2);
  EXPECT_EQ(static_cast<int>(DrawPurpose::kBetweenOccasion), 3);
  EXPECT_EQ(static_cast<int>(DrawPurpose::kStudyInput), 4);
  EXPECT_EQ(static_cast<int>(DrawPurpose::kDoseOfPerson), 5);
  EXPECT_EQ(static_cast<int>(DrawPurpose::kDoseOfOccasion), 6);
  EXPECT_EQ(static_cast<int>(DrawPurpose::kDoseOfDose), 7);
}

}  // namespace
}  // namespace racemate
