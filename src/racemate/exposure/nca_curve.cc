#include "racemate/exposure/nca_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "racemate/core/check.h"

namespace racemate::exposure {
namespace {

// (1 - (1 + x) exp(-x)) / x^2: the first moment of a unit exponential over a step of length x. Where x is small the
// closed form cancels; its series is sum (-x)^k / (k! (k + 2)).
double exponential_moment(double x) {
  constexpr double kSeriesBelow = 0.1;  // ten terms reach the last bit
  if (std::fabs(x) >= kSeriesBelow) {
    return (1 - (1 + x) * std::exp(-x)) / (x * x);
  }
  double sum = 0;
  double term = 1;
  for (int k = 0; k < 10; ++k) {
    sum += term / (k + 2);
    term *= -x / (k + 1);
  }
  return sum;
}

// ln(a / b), accurate where a and b nearly agree.
double log_ratio(double a, double b) {
  const double relative = (a - b) / b;
  return std::fabs(relative) < 0.5 ? std::log1p(relative) : std::log(a) - std::log(b);
}

// Sums of a regression, one point at a time (Welford's updates: no cancellation for late, close times).
struct RegressionSums {
  std::size_t count = 0;
  double mean_x = 0;
  double mean_y = 0;
  double xx = 0;
  double xy = 0;
  double yy = 0;

  void add(double x, double y) {
    ++count;
    const double dx = x - mean_x;
    const double dy = y - mean_y;
    mean_x += dx / static_cast<double>(count);
    mean_y += dy / static_cast<double>(count);
    xx += dx * (x - mean_x);
    xy += dx * (y - mean_y);
    yy += dy * (y - mean_y);
  }

  // nullopt where there is no decline or too few points.
  [[nodiscard]] std::optional<TerminalFit> fit() const {
    if (count < kFewestTerminalPoints || !(xx > 0) || !(yy > 0) || !(xy < 0)) {
      return std::nullopt;
    }
    TerminalFit fit;
    fit.slope = -xy / xx;
    fit.intercept = mean_y + fit.slope * mean_x;
    fit.r2 = std::min(1.0, xy * xy / (xx * yy));
    const auto n = static_cast<double>(count);
    fit.adjusted_r2 = 1 - (1 - fit.r2) * (n - 1) / (n - 2);
    fit.points = count;
    return fit;
  }
};

}  // namespace

CurveAreas linear_areas(const CurvePoint& a, const CurvePoint& b) {
  const double half_step = (b.time - a.time) / 2;
  return {.area = half_step * (a.concentration + b.concentration),
          .moment = half_step * (a.time * a.concentration + b.time * b.concentration)};
}

CurveAreas logarithmic_areas(const CurvePoint& a, const CurvePoint& b) {
  const double step = b.time - a.time;
  const double x = log_ratio(a.concentration, b.concentration);
  // (1 - exp(-x)) / x, with its limit 1 at 0.
  const double share = x == 0 ? 1 : -std::expm1(-x) / x;
  const double area = step * a.concentration * share;
  return {.area = area, .moment = a.time * area + step * step * a.concentration * exponential_moment(x)};
}

SampledCurve::SampledCurve(std::vector<CurvePoint> points, NcaMethod method, double peak_time)
    : points_(std::move(points)), method_(method), peak_time_(peak_time) {
  RACEMATE_CHECK(!points_.empty(), "a curve has a point");
}

bool SampledCurve::logarithmic(std::size_t segment) const {
  const CurvePoint& a = points_[segment];
  const CurvePoint& b = points_[segment + 1];
  if (!(a.concentration > 0) || !(b.concentration > 0) || a.concentration == b.concentration) {
    return false;
  }
  switch (method_) {
    case NcaMethod::kLinearUpLogDown:
      return b.concentration < a.concentration;
    case NcaMethod::kLinearLog:
      return a.time >= peak_time_;
    case NcaMethod::kLinear:
      break;
  }
  return false;
}

double SampledCurve::at(std::size_t segment, double time) const {
  const CurvePoint& a = points_[segment];
  const CurvePoint& b = points_[segment + 1];
  const double share = (time - a.time) / (b.time - a.time);
  if (share <= 0) {
    return a.concentration;
  }
  if (share >= 1) {
    return b.concentration;
  }
  return logarithmic(segment) ? a.concentration * std::exp(-share * log_ratio(a.concentration, b.concentration))
                              : a.concentration + share * (b.concentration - a.concentration);
}

double SampledCurve::at(double time) const {
  RACEMATE_CHECK(time >= first_time() && time <= last_time(), "the time lies on the curve");
  const auto after = std::upper_bound(points_.begin(), points_.end(), time,
                                      [](double value, const CurvePoint& point) { return value < point.time; });
  if (after == points_.end()) {
    return points_.back().concentration;
  }
  return at(static_cast<std::size_t>(after - points_.begin()) - 1, time);
}

CurveAreas SampledCurve::between(double from, double to) const {
  RACEMATE_CHECK(from >= first_time() && from <= to && to <= last_time(), "the interval lies on the curve");
  CurveAreas sum;
  for (std::size_t i = 0; i + 1 < points_.size() && points_[i].time < to; ++i) {
    const double begin = std::max(from, points_[i].time);
    const double end = std::min(to, points_[i + 1].time);
    if (begin >= end) {
      continue;
    }
    const CurvePoint a{begin, at(i, begin)};
    const CurvePoint b{end, at(i, end)};
    const CurveAreas part = logarithmic(i) ? logarithmic_areas(a, b) : linear_areas(a, b);
    sum.area += part.area;
    sum.moment += part.moment;
  }
  return sum;
}

std::optional<TerminalFit> fit_terminal(std::span<const CurvePoint> points) {
  RegressionSums sums;
  for (const CurvePoint& point : points) {
    sums.add(point.time, std::log(point.concentration));
  }
  std::optional<TerminalFit> fit = sums.fit();
  if (fit) {
    fit->first_time = points.front().time;
    fit->last_time = points.back().time;
  }
  return fit;
}

std::optional<TerminalFit> best_terminal_fit(std::span<const CurvePoint> points) {
  std::vector<TerminalFit> fits;
  RegressionSums sums;
  for (std::size_t i = points.size(); i > 0; --i) {
    sums.add(points[i - 1].time, std::log(points[i - 1].concentration));
    if (std::optional<TerminalFit> fit = sums.fit()) {
      fit->first_time = points[i - 1].time;
      fit->last_time = points.back().time;
      fits.push_back(*fit);
    }
  }
  double best = -std::numeric_limits<double>::infinity();
  for (const TerminalFit& fit : fits) {
    best = std::max(best, fit.adjusted_r2);
  }
  // Fits are in order of their number of points.
  const auto chosen = std::find_if(fits.rbegin(), fits.rend(), [best](const TerminalFit& fit) {
    return fit.adjusted_r2 >= best - kAdjustedR2Tolerance;
  });
  return chosen == fits.rend() ? std::nullopt : std::optional<TerminalFit>(*chosen);
}

}  // namespace racemate::exposure
