#include "racemate/engine/ode/periodic_state.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace racemate::engine::ode {
namespace {

constexpr double kLargestGrowth = 1e8;  // over the largest state after the first period
constexpr int kMostRefused = 8;         // steps in a row, with plain periods between them
constexpr int kPlainPeriods = 4;        // in place of a refused step
constexpr double kSmallestPart = 0.1;   // that a step leaves of a state that is not negative
constexpr double kEnough = 0.5;         // of the residual before: otherwise a new Jacobian

// The search of one lane: asks for one application of the map at a time.
class Search {
 public:
  Search(std::vector<double> guess, const PeriodicOptions& options)
      : options_(&options), n_(guess.size()), x_(std::move(guess)), matrix_(n_ * n_) {}

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] PeriodicResult result() const { return result_; }
  [[nodiscard]] const std::vector<double>& state() const { return x_; }
  // Where the map is wanted.
  [[nodiscard]] std::vector<double> request() const {
    std::vector<double> point = x_;
    if (!done_ && column_ < n_) point[column_] += increment(column_);
    return point;
  }
  void answer(const std::vector<double>& end, bool failed) {
    ++result_.periods;
    const bool finite = std::all_of(end.begin(), end.end(), [](double value) { return std::isfinite(value); });
    if (failed || !finite) {
      finish(PeriodicOutcome::kMapFailed);
    } else if (column_ < n_) {
      take_column(end);
    } else {
      take_residual(end);
    }
  }

 private:
  void finish(PeriodicOutcome outcome) {
    done_ = true;
    result_.outcome = outcome;
  }
  [[nodiscard]] double size(std::size_t i) const {
    return std::max({std::abs(x_[i]), std::abs(end_[i]), options_->absolute / options_->relative});
  }
  [[nodiscard]] double increment(std::size_t j) const { return std::sqrt(options_->map_error) * size(j); }
  // Of the residual, in sizes of the state.
  [[nodiscard]] double norm() const {
    double largest = 0;
    for (std::size_t i = 0; i < n_; ++i) largest = std::max(largest, std::abs(end_[i] - x_[i]) / size(i));
    return largest;
  }

  // What each state gains in a period.
  [[nodiscard]] std::vector<double> gain() const {
    std::vector<double> gained(n_);
    for (std::size_t i = 0; i < n_; ++i) gained[i] = end_[i] - x_[i];
    return gained;
  }
  // True when a state gains about as much a period as at the first of these refused steps.
  [[nodiscard]] bool still_gains() const {
    const std::vector<double> gained = gain();
    for (std::size_t i = 0; i < n_; ++i) {
      const double noticed = options_->absolute + options_->relative * size(i);
      if (first_gain_[i] > noticed && gained[i] > kEnough * first_gain_[i]) return true;
    }
    return false;
  }

  // matrix = I - dP/dx, column by column.
  void take_column(const std::vector<double>& end) {
    const double step = increment(column_);
    for (std::size_t i = 0; i < n_; ++i) {
      matrix_[i * n_ + column_] = (i == column_ ? 1.0 : 0.0) - (end[i] - end_[i]) / step;
    }
    if (++column_ == n_) step_from_here();
  }

  void take_residual(const std::vector<double>& end) {
    const std::vector<double> before = std::exchange(end_, end);
    if (largest_ == 0) {
      for (std::size_t i = 0; i < n_; ++i) largest_ = std::max(largest_, kLargestGrowth * size(i));
    }
    const double now = norm();
    if (plain_left_ > 0) {
      --plain_left_;
      x_ = end_;
      return;
    }
    if (last_x_.empty() || plain_ || now > kEnough * last_norm_) {
      last_norm_ = now;
      column_ = 0;  // a new Jacobian
      return;
    }
    last_norm_ = now;
    update(before);
    step_from_here();
  }

  // Broyden's update: the matrix maps the last step to the change of x - P(x).
  void update(const std::vector<double>& end_before) {
    double length = 0;
    for (std::size_t j = 0; j < n_; ++j) {
      const double scaled = (x_[j] - last_x_[j]) / size(j);
      length += scaled * scaled;
    }
    if (length == 0) return;
    for (std::size_t i = 0; i < n_; ++i) {
      double change = (x_[i] - end_[i]) - (last_x_[i] - end_before[i]);
      for (std::size_t j = 0; j < n_; ++j) change -= matrix_[i * n_ + j] * (x_[j] - last_x_[j]);
      for (std::size_t j = 0; j < n_; ++j) {
        matrix_[i * n_ + j] += change * (x_[j] - last_x_[j]) / (size(j) * size(j) * length);
      }
    }
  }

  void step_from_here() {
    std::vector<double> next = solve();
    bool close = true;
    bool allowed = true;
    for (std::size_t i = 0; i < n_; ++i) {
      const double step = next[i];
      const double tolerance = options_->absolute + options_->relative * std::max(std::abs(x_[i]), std::abs(end_[i]));
      next[i] += x_[i];
      // A state that the map keeps non-negative comes near 0 in several steps, not past it in one.
      if (x_[i] >= 0 && end_[i] >= 0) next[i] = std::max(next[i], kSmallestPart * std::min(x_[i], end_[i]));
      close = close && std::abs(step) <= tolerance;
      allowed = allowed && std::isfinite(next[i]) && std::abs(next[i]) <= largest_;
    }
    if (allowed && close) {
      x_ = std::move(next);
      finish(PeriodicOutcome::kConverged);
      return;
    }
    if (allowed) {
      refused_ = 0;
    } else if (++refused_ == 1) {
      first_gain_ = gain();
    } else if (refused_ == kMostRefused) {
      if (still_gains()) {
        finish(PeriodicOutcome::kAccumulates);
        return;
      }
      refused_ = 0;
    }
    last_x_ = std::exchange(x_, allowed ? next : end_);
    plain_ = !allowed;
    if (plain_) plain_left_ = kPlainPeriods - 1;
  }

  // The solution of matrix * step = P(x) - x by elimination with partial pivoting; not finite when it is singular.
  [[nodiscard]] std::vector<double> solve() const {
    std::vector<double> a = matrix_;
    std::vector<double> b(n_);
    for (std::size_t i = 0; i < n_; ++i) b[i] = end_[i] - x_[i];
    for (std::size_t k = 0; k < n_; ++k) {
      std::size_t pivot = k;
      for (std::size_t i = k + 1; i < n_; ++i) {
        if (std::abs(a[i * n_ + k]) > std::abs(a[pivot * n_ + k])) pivot = i;
      }
      for (std::size_t j = 0; j < n_; ++j) std::swap(a[k * n_ + j], a[pivot * n_ + j]);
      std::swap(b[k], b[pivot]);
      for (std::size_t i = k + 1; i < n_; ++i) {
        const double factor = a[i * n_ + k] / a[k * n_ + k];
        for (std::size_t j = k; j < n_; ++j) a[i * n_ + j] -= factor * a[k * n_ + j];
        b[i] -= factor * b[k];
      }
    }
    for (std::size_t i = n_; i-- > 0;) {
      for (std::size_t j = i + 1; j < n_; ++j) b[i] -= a[i * n_ + j] * b[j];
      b[i] /= a[i * n_ + i];
    }
    return b;
  }

  const PeriodicOptions* options_;
  std::size_t n_;
  std::vector<double> x_;
  std::vector<double> matrix_;                         // I - dP/dx, row by row
  std::vector<double> end_ = std::vector<double>(n_);  // P(x)
  std::vector<double> last_x_;
  double largest_ = 0;  // that a state may become; 0 before the first period
  double last_norm_ = 0;
  std::size_t column_ = n_;  // of the Jacobian that is asked for; n: the map at x itself
  int refused_ = 0;
  std::vector<double> first_gain_;  // at the first of the present row of refused steps
  int plain_left_ = 0;              // plain periods to come
  bool plain_ = false;              // the last step was a plain period
  bool done_ = false;
  PeriodicResult result_{.outcome = PeriodicOutcome::kNotReached};
};

}  // namespace

std::string_view periodic_outcome_text(PeriodicOutcome outcome) {
  switch (outcome) {
    case PeriodicOutcome::kConverged:
      return "a steady state was found";
    case PeriodicOutcome::kAccumulates:
      return "there is no steady state: more comes in than can leave";
    case PeriodicOutcome::kNotReached:
      return "no steady state was found within the bound on periods";
    case PeriodicOutcome::kMapFailed:
      return "a period could not be solved";
  }
  return "";
}

std::vector<PeriodicResult> periodic_state(std::size_t states, std::size_t lanes, PeriodMap& map, double* state,
                                           const PeriodicOptions& options) {
  std::vector<Search> searches;
  std::vector<double> column(states);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    for (std::size_t s = 0; s < states; ++s) column[s] = state[s * lanes + lane];
    searches.emplace_back(column, options);
  }
  std::vector<double> start(states * lanes);
  std::vector<double> end(states * lanes);
  const auto place = [&](double* to) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const std::vector<double> point = searches[lane].request();
      for (std::size_t s = 0; s < states; ++s) to[s * lanes + lane] = point[s];
    }
  };
  for (int period = 0; period < options.most_periods; ++period) {
    if (std::all_of(searches.begin(), searches.end(), [](const Search& search) { return search.done(); })) break;
    place(start.data());
    std::vector<std::uint8_t> failed(lanes, 0);
    map.apply(start.data(), end.data(), failed.data());
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      if (searches[lane].done()) continue;
      for (std::size_t s = 0; s < states; ++s) column[s] = end[s * lanes + lane];
      searches[lane].answer(column, failed[lane] != 0);
    }
  }
  std::vector<PeriodicResult> results;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const std::vector<double>& point = searches[lane].state();
    for (std::size_t s = 0; s < states; ++s) state[s * lanes + lane] = point[s];
    results.push_back(searches[lane].result());
  }
  return results;
}

}  // namespace racemate::engine::ode
