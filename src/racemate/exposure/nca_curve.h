// A sampled concentration curve: areas and moments by trapezoids, interpolation, and its terminal slope.
//
// Times and concentrations are in whatever units the caller has; areas are then in their product and slopes in one
// over the unit of time. Formulas: M. Rowland, T. N. Tozer, Clinical Pharmacokinetics and Pharmacodynamics: Concepts
// and Applications; J. Gabrielsson, D. Weiner, Pharmacokinetic and Pharmacodynamic Data Analysis: Concepts and
// Applications (chapters on non-compartmental analysis).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace racemate::exposure {

struct CurvePoint {
  double time;
  double concentration;
};

enum class NcaMethod : std::uint8_t {
  kLinearUpLogDown,  // logarithmic where the concentration falls, else linear
  kLinear,           // linear everywhere
  kLinearLog,        // linear up to the peak, logarithmic after it
};

// A segment from `a` to `b` is logarithmic when both ends are positive and differ and the method says so; otherwise it
// is linear. With c1, c2 at t1, t2 and h = t2 - t1:
//   linear       area = h (c1 + c2) / 2            moment = h (t1 c1 + t2 c2) / 2
//   logarithmic  area = h (c1 - c2) / ln(c1 / c2)  moment = integral of t c1 exp(-k (t - t1)) dt, k = ln(c1 / c2) / h
// The linear moment is the field's trapezoid over t c, not the exact integral of t times the straight line.
struct CurveAreas {
  double area = 0;    // AUC
  double moment = 0;  // AUMC, about time 0
};
[[nodiscard]] CurveAreas linear_areas(const CurvePoint& a, const CurvePoint& b);
// Precondition: both concentrations are positive. Exact for an exponential, stable where the ends nearly agree.
[[nodiscard]] CurveAreas logarithmic_areas(const CurvePoint& a, const CurvePoint& b);

class SampledCurve {
 public:
  // points: at least one, times strictly ascending, concentrations finite and not negative. kLinearLog is logarithmic
  // from `peak_time` on.
  SampledCurve(std::vector<CurvePoint> points, NcaMethod method, double peak_time);

  [[nodiscard]] double first_time() const { return points_.front().time; }
  [[nodiscard]] double last_time() const { return points_.back().time; }
  // Between points by the rule of the segment. Precondition: first_time() <= time <= last_time().
  [[nodiscard]] double at(double time) const;
  // Precondition: first_time() <= from <= to <= last_time().
  [[nodiscard]] CurveAreas between(double from, double to) const;

 private:
  [[nodiscard]] bool logarithmic(std::size_t segment) const;
  [[nodiscard]] double at(std::size_t segment, double time) const;

  std::vector<CurvePoint> points_;
  NcaMethod method_;
  double peak_time_;
};

inline constexpr std::size_t kFewestTerminalPoints = 3;
// Among fits whose adjusted r2 is within this of the best, the one with most points is taken.
inline constexpr double kAdjustedR2Tolerance = 1e-4;

// Regression of ln(concentration) on time.
struct TerminalFit {
  double slope = 0;      // lambda-z, positive
  double intercept = 0;  // ln(concentration) at time 0
  double r2 = 0;
  double adjusted_r2 = 0;  // 1 - (1 - r2)(n - 1) / (n - 2)
  std::size_t points = 0;
  double first_time = 0;
  double last_time = 0;
};

// Through all points (positive concentrations). nullopt: fewer than kFewestTerminalPoints, or no decline.
[[nodiscard]] std::optional<TerminalFit> fit_terminal(std::span<const CurvePoint> points);
// Through the last 3, 4, ... points, chosen by adjusted r2; only declines count. Linear in the number of points.
[[nodiscard]] std::optional<TerminalFit> best_terminal_fit(std::span<const CurvePoint> points);

}  // namespace racemate::exposure
