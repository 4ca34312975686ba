#include "racemate/exposure/sketch.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace racemate::exposure {
namespace {

double rank_value(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(std::floor(q * static_cast<double>(values.size() - 1)))];
}

std::vector<double> positive_values() {
  return *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(
      rc::gen::map(rc::gen::inRange(-9000, 9000), [](int k) { return std::pow(10.0, k / 1000.0); })));
}

RC_GTEST_PROP(Sketch, QuantilesAreWithinTheRelativeErrorOfTheRankedValue, ()) {
  const std::vector<double> values = positive_values();
  const double q = *rc::gen::inRange(0, 1001) / 1000.0;
  QuantileSketch sketch(0.001);
  for (const double value : values) sketch.add(value);
  const double exact = rank_value(values, q);
  RC_ASSERT(std::fabs(sketch.quantile(q) - exact) <= 0.001 * exact * (1 + 1e-9));
}

RC_GTEST_PROP(Sketch, MergingInAnyOrderIsTheSameAsAddingAll, ()) {
  const std::vector<double> a = positive_values();
  const std::vector<double> b = positive_values();
  QuantileSketch all(0.01);
  QuantileSketch first(0.01);
  QuantileSketch second(0.01);
  for (const double value : a) {
    all.add(value);
    first.add(value);
  }
  for (const double value : b) {
    all.add(value);
    second.add(value);
  }
  QuantileSketch ab = first;
  ab.merge(second);
  QuantileSketch ba = second;
  ba.merge(first);
  for (const double q : {0.0, 0.05, 0.5, 0.95, 1.0}) {
    RC_ASSERT(ab.quantile(q) == all.quantile(q));
    RC_ASSERT(ba.quantile(q) == all.quantile(q));
  }
  RC_ASSERT(ab.count() == all.count());
}

RC_GTEST_PROP(Sketch, ManyAtOnceAreAsOneByOne, ()) {
  const std::vector<double> values = positive_values();
  QuantileSketch together(0.001);
  together.add_all(values, 1000);
  QuantileSketch single(0.001);
  for (const double value : values) single.add(value * 1000);
  RC_ASSERT(together.count() == single.count());
  for (const double q : {0.0, 0.05, 0.5, 0.95, 1.0}) {
    // A value on the edge of a bin may go either way.
    RC_ASSERT(std::fabs(together.quantile(q) / single.quantile(q) - 1) < 0.0021);
  }
  // Where a value stands does not matter.
  QuantileSketch turned(0.001);
  turned.add_all(std::vector<double>(values.rbegin(), values.rend()), 1000);
  RC_ASSERT(turned.content() == together.content());
}

RC_GTEST_PROP(Sketch, ContentSurvivesATrip, ()) {
  const std::vector<double> values = positive_values();
  QuantileSketch sketch(0.01);
  sketch.add(0);
  sketch.add_all(values, 1);
  QuantileSketch copy(0.01);
  copy.add_content(sketch.content());
  RC_ASSERT(copy.content() == sketch.content());
  RC_ASSERT(copy.count() == sketch.count());
  std::vector<double> all(3);
  copy.quantiles(std::vector<double>{0.05, 0.5, 0.95}, all);
  RC_ASSERT(all[0] == sketch.quantile(0.05) && all[1] == sketch.quantile(0.5) && all[2] == sketch.quantile(0.95));
  copy.clear();
  RC_ASSERT(copy.count() == 0 && copy.content() == QuantileSketch(0.01).content());
}

TEST(Sketch, WhatIsSmallOrNegativeAmongManyIsZero) {
  QuantileSketch sketch(0.001);
  sketch.add_all(std::vector<double>{0, -1, 1e-13, QuantileSketch::kSmallest, 5, 5, 5}, 1);
  EXPECT_EQ(sketch.content().zeros, 4U);
  EXPECT_NEAR(sketch.quantile(1), 5, 0.005);
}

TEST(SketchDeathTest, WhatIsNotFiniteIsABrokenInvariant) {
  QuantileSketch sketch(0.001);
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    EXPECT_DEATH(sketch.add_all(std::vector<double>{1, bad}, 1), "finite");
  }
}

TEST(Sketch, ZerosAreCounted) {
  QuantileSketch sketch(0.001);
  for (int i = 0; i < 60; ++i) sketch.add(0.0);
  for (int i = 0; i < 40; ++i) sketch.add(7.0);
  EXPECT_EQ(sketch.quantile(0.5), 0.0);
  EXPECT_NEAR(sketch.quantile(0.9), 7.0, 0.007);
  EXPECT_TRUE(QuantileSketch(0.01).histogram(10).counts.empty());
}

// What is promised of memory: a hundred times the people, the same bins.
TEST(Sketch, MemoryDoesNotGrowWithPeople) {
  const auto bytes_after = [](int people) {
    QuantileSketch sketch(0.001);
    for (int i = 0; i < people; ++i) sketch.add(1.0 + 99.0 * (i % 1000) / 1000.0);
    return sketch.memory_bytes();
  };
  EXPECT_EQ(bytes_after(1'000), bytes_after(100'000));
}

TEST(Sketch, HistogramCountsEveryoneAndItsEdgesAscend) {
  QuantileSketch sketch(0.001);
  for (int i = 1; i <= 1000; ++i) sketch.add(static_cast<double>(i));
  const QuantileSketch::Histogram histogram = sketch.histogram(25);
  ASSERT_LE(histogram.counts.size(), 25);
  ASSERT_EQ(histogram.edges.size(), histogram.counts.size() + 1);
  EXPECT_TRUE(std::is_sorted(histogram.edges.begin(), histogram.edges.end()));
  EXPECT_LE(histogram.edges.front(), 1.0);
  EXPECT_GE(histogram.edges.back(), 1000.0);
  std::uint64_t total = 0;
  for (const std::uint64_t count : histogram.counts) total += count;
  EXPECT_EQ(total, 1000);
}

}  // namespace
}  // namespace racemate::exposure
