#include "racemate/exposure/nca_curve.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <vector>

namespace racemate::exposure {
namespace {

double exponential(double start, double slope, double time) { return start * std::exp(-slope * time); }

void expect_near_relative(double actual, double expected, double tolerance) {
  EXPECT_NEAR(actual, expected, tolerance * std::fabs(expected)) << "expected " << expected;
}

TEST(LogarithmicAreas, AreExactForAnExponentialOfAnySteepness) {
  for (const double slope : {1e-9, 1e-4, 0.01, 0.049, 0.051, 0.3, 5.0, 40.0, -0.2}) {
    const double from = 3;
    const double to = 5;
    const CurveAreas areas = logarithmic_areas({from, exponential(7, slope, from)}, {to, exponential(7, slope, to)});
    // expm1 keeps the closed forms accurate for flat curves: area = C1 (1 - exp(-k h)) / k.
    const double step = to - from;
    const double start = exponential(7, slope, from);
    const double area = -start * std::expm1(-slope * step) / slope;
    expect_near_relative(areas.area, area, 1e-12);
    // Simpson's rule on a fine grid stands on nothing but the integrand.
    double moment = 0;
    const int cells = 2000;
    for (int i = 0; i < cells; ++i) {
      const double h = step / cells;
      const double a = from + i * h;
      const auto integrand = [&](double time) { return time * exponential(7, slope, time); };
      moment += h / 6 * (integrand(a) + 4 * integrand(a + h / 2) + integrand(a + h));
    }
    expect_near_relative(areas.moment, moment, 1e-9);
  }
}

TEST(LogarithmicAreas, OfAFlatSegmentAreThoseOfARectangle) {
  const CurveAreas areas = logarithmic_areas({1, 4}, {3, 4});
  EXPECT_EQ(areas.area, 8);
  EXPECT_DOUBLE_EQ(areas.moment, 16);
}

TEST(LinearAreas, AreTheTrapezoids) {
  const CurveAreas areas = linear_areas({1, 2}, {4, 6});
  EXPECT_EQ(areas.area, 12);
  EXPECT_EQ(areas.moment, 39);
}

const std::vector<CurvePoint> kRiseAndFall{{0, 0}, {1, 4}, {2, 10}, {4, 5}, {5, 6}, {8, 0}};

TEST(SampledCurve, TheMethodDecidesWhichSegmentsAreLogarithmic) {
  const double log_fall = 2 * (10 - 5) / std::log(2.0);
  const double log_rise = 1 * (5 - 6) / std::log(5.0 / 6.0);
  const double ends = 2 + 7 + 9;  // up to the peak, and the last one, which falls to zero
  const SampledCurve up_down(kRiseAndFall, NcaMethod::kLinearUpLogDown, 2);
  const SampledCurve linear(kRiseAndFall, NcaMethod::kLinear, 2);
  const SampledCurve linear_log(kRiseAndFall, NcaMethod::kLinearLog, 2);
  expect_near_relative(up_down.between(0, 8).area, ends + log_fall + 5.5, 1e-14);
  expect_near_relative(linear.between(0, 8).area, ends + 15 + 5.5, 1e-14);
  expect_near_relative(linear_log.between(0, 8).area, ends + log_fall + log_rise, 1e-14);
}

TEST(SampledCurve, InterpolatesByTheRuleOfTheSegment) {
  const SampledCurve curve(kRiseAndFall, NcaMethod::kLinearUpLogDown, 2);
  EXPECT_EQ(curve.at(0), 0);
  EXPECT_EQ(curve.at(8), 0);
  EXPECT_EQ(curve.at(1), 4);
  EXPECT_DOUBLE_EQ(curve.at(1.5), 7);
  EXPECT_DOUBLE_EQ(curve.at(3), std::sqrt(50.0));
  EXPECT_DOUBLE_EQ(curve.at(6.5), 3);
}

RC_GTEST_PROP(SampledCurve, AreasOfPartsAddUp, ()) {
  const auto method = *rc::gen::element(NcaMethod::kLinearUpLogDown, NcaMethod::kLinear, NcaMethod::kLinearLog);
  std::vector<CurvePoint> points;
  const auto concentrations = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000)));
  for (std::size_t i = 0; i < concentrations.size(); ++i) {
    points.push_back({static_cast<double>(i), concentrations[i] / 8.0});
  }
  const SampledCurve curve(points, method, 1);
  const double cut = curve.last_time() * *rc::gen::inRange(0, 1001) / 1000.0;
  const double whole = curve.between(0, curve.last_time()).area;
  const double parts = curve.between(0, cut).area + curve.between(cut, curve.last_time()).area;
  RC_ASSERT(std::fabs(whole - parts) <= 1e-11 * (1 + whole));
}

TEST(FitTerminal, FindsAnExponential) {
  std::vector<CurvePoint> points;
  for (const double time : {1e6, 1e6 + 1, 1e6 + 3}) {  // late times must not cost digits
    points.push_back({time, exponential(9, 0.25, time - 1e6)});
  }
  const auto fit = fit_terminal(points);
  ASSERT_TRUE(fit.has_value());
  expect_near_relative(fit->slope, 0.25, 1e-9);
  EXPECT_EQ(fit->points, 3U);
  EXPECT_EQ(fit->first_time, 1e6);
  EXPECT_EQ(fit->last_time, 1e6 + 3);
}

TEST(FitTerminal, RefusesTooFewPointsAndWhatDoesNotDecline) {
  EXPECT_FALSE(fit_terminal(std::vector<CurvePoint>{{1, 2}, {2, 1}}).has_value());
  EXPECT_FALSE(fit_terminal(std::vector<CurvePoint>{{1, 2}, {2, 3}, {3, 4}}).has_value());
  EXPECT_FALSE(fit_terminal(std::vector<CurvePoint>{{1, 2}, {2, 2}, {3, 2}}).has_value());
  EXPECT_FALSE(fit_terminal({}).has_value());
}

TEST(BestTerminalFit, TakesMorePointsWhereAdjustedR2IsWithinTheTolerance) {
  // Six points on one line: every choice fits perfectly, so all of them are taken.
  std::vector<CurvePoint> line;
  for (int i = 0; i < 6; ++i) {
    line.push_back({static_cast<double>(i), exponential(3, 0.5, i)});
  }
  EXPECT_EQ(best_terminal_fit(line)->points, 6U);
  // A deviation of the first point that costs adjusted r2 about 3e-5 is within 1e-4 of the best, one that costs about
  // 3e-3 is not.
  std::vector<CurvePoint> nearly = line;
  nearly[0].concentration *= std::exp(0.02);
  const double cost = 1 - fit_terminal(nearly)->adjusted_r2;
  EXPECT_GT(cost, 1e-6);
  EXPECT_LT(cost, kAdjustedR2Tolerance);
  EXPECT_EQ(best_terminal_fit(nearly)->points, 6U);
  std::vector<CurvePoint> apart = line;
  apart[0].concentration *= std::exp(0.3);
  EXPECT_GT(1 - fit_terminal(apart)->adjusted_r2, kAdjustedR2Tolerance);
  EXPECT_EQ(best_terminal_fit(apart)->points, 5U);
}

TEST(BestTerminalFit, LeavesOutChoicesThatRise) {
  // The last three rise; with the fourth the line falls.
  const std::vector<CurvePoint> points{{0, 100}, {1, 1}, {2, 1.1}, {3, 1.2}};
  const auto fit = best_terminal_fit(points);
  ASSERT_TRUE(fit.has_value());
  EXPECT_EQ(fit->points, 4U);
  EXPECT_FALSE(best_terminal_fit(std::vector<CurvePoint>{{1, 1}, {2, 2}, {3, 3}}).has_value());
}

}  // namespace
}  // namespace racemate::exposure
