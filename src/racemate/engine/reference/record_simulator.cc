#include "racemate/engine/reference/record_simulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "racemate/core/check.h"

namespace racemate::engine::reference {
namespace {

using Vector = std::vector<double>;
using Matrix = internal::Matrix<double>;
using regimen::RecordEvent;
using regimen::RecordEventKind;

// An infusion whose end is this close to a multiple of the interval (relative) ends there: division has rounded it.
constexpr double kCoincidence = 1e-12;
// A pivot this small beside the largest entry means that the system has no steady state.
constexpr double kSmallestPivot = 1e-14;

struct Infusion {
  std::size_t state = 0;
  double rate_mg_per_h = 0;
  double end_h = 0;
};

Matrix rate_matrix(const std::vector<Flow>& flows, std::size_t states) {
  Matrix k(states, Vector(states, 0));
  for (const Flow& flow : flows) {
    const auto from = static_cast<std::size_t>(flow.from);
    k[from][from] -= flow.rate_per_h;
    if (flow.to >= 0) k[static_cast<std::size_t>(flow.to)][from] += flow.rate_per_h;
  }
  return k;
}

// The state after duration_h of dx/dt = K x + u.
Vector carried(const Matrix& k, const Vector& x, const Vector& u, double duration_h) {
  const std::size_t n = x.size();
  Matrix g(n + 1, Vector(n + 1, 0));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) g[i][j] = k[i][j] * duration_h;
    g[i][n] = u[i] * duration_h;
  }
  const Matrix propagator = internal::exponential(std::move(g));
  Vector after(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    after[i] = propagator[i][n];
    for (std::size_t j = 0; j < n; ++j) after[i] += propagator[i][j] * x[j];
  }
  return after;
}

// x of a x = b by elimination with row pivoting; nullopt for a singular matrix.
std::optional<Vector> solve(Matrix a, Vector b) {
  const std::size_t n = b.size();
  double largest = 0;
  for (const Vector& row : a) {
    for (const double value : row) largest = std::max(largest, std::abs(value));
  }
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t pivot = i;
    for (std::size_t r = i + 1; r < n; ++r) {
      if (std::abs(a[r][i]) > std::abs(a[pivot][i])) pivot = r;
    }
    if (!(std::abs(a[pivot][i]) > kSmallestPivot * largest)) return std::nullopt;
    std::swap(a[i], a[pivot]);
    std::swap(b[i], b[pivot]);
    for (std::size_t r = i + 1; r < n; ++r) {
      const double factor = a[r][i] / a[i][i];
      for (std::size_t c = i; c < n; ++c) a[r][c] -= factor * a[i][c];
      b[r] -= factor * b[i];
    }
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t c = i + 1; c < n; ++c) b[i] -= a[i][c] * b[c];
    b[i] /= a[i][i];
  }
  return b;
}

// The state phase_h after a dose, when such doses come every interval_h since ever; before a dose, the state just after
// it carried backward.
//
// An infusion of n intervals and a remainder r runs n + 1 times at once for r after a dose, and n times until the next.
std::optional<Vector> periodic_state(const Matrix& k, const RecordEvent& event, std::size_t state) {
  const std::size_t n = k.size();
  const Vector empty(n, 0);
  double whole = std::floor(event.duration_h / event.interval_h);
  double remainder_h = event.duration_h - whole * event.interval_h;
  if (event.interval_h - remainder_h < kCoincidence * event.duration_h) {
    ++whole;
    remainder_h = 0;
  } else if (remainder_h < kCoincidence * event.duration_h) {
    remainder_h = 0;
  }
  Vector during(n, 0);
  Vector after(n, 0);
  if (event.duration_h > 0) {
    during[state] = (whole + 1) * event.rate_mg_per_h;
    after[state] = whole * event.rate_mg_per_h;
  }
  const auto until = [&](const Vector& x, double phase_h) {
    if (phase_h < 0) return carried(k, x, remainder_h > 0 ? during : after, phase_h);
    const Vector middle = carried(k, x, during, std::min(phase_h, remainder_h));
    return carried(k, middle, after, std::max(phase_h - remainder_h, 0.0));
  };
  Vector b = until(empty, event.interval_h);
  if (event.duration_h == 0) b[state] += event.amount_mg;
  Matrix a(n, Vector(n, 0));
  for (std::size_t j = 0; j < n; ++j) {
    Vector unit(n, 0);
    unit[j] = 1;
    const Vector column = carried(k, unit, empty, event.interval_h);
    for (std::size_t i = 0; i < n; ++i) a[i][j] = (i == j ? 1 : 0) - column[i];
  }
  const std::optional<Vector> start = solve(std::move(a), std::move(b));
  if (!start) return std::nullopt;
  return until(*start, event.phase_h);
}

class Simulator {
 public:
  Simulator(std::span<const RecordSystem> systems, std::size_t states) : systems_(systems), x_(states, 0) {}

  // Carries the amounts to time_h; infusions that are over are forgotten.
  void advance(double time_h, const Matrix& k) {
    while (now_h_ < time_h) {
      double next_h = time_h;
      Vector u(x_.size(), 0);
      for (const Infusion& infusion : infusions_) {
        next_h = std::min(next_h, infusion.end_h);
        u[infusion.state] += infusion.rate_mg_per_h;
      }
      x_ = carried(k, x_, u, next_h - now_h_);
      now_h_ = next_h;
      std::erase_if(infusions_, [this](const Infusion& infusion) { return infusion.end_h <= now_h_; });
    }
  }

  void start_at(double time_h) { now_h_ = time_h; }

  // False where a steady state does not exist.
  bool act(const RecordEvent& event) {
    const auto state = static_cast<std::size_t>(systems_[event.record].dosed_state);
    switch (event.kind) {
      case RecordEventKind::kReset:
        x_.assign(x_.size(), 0);
        infusions_.clear();
        now_h_ = event.time_h;  // which may step back
        break;
      case RecordEventKind::kDose:
        if (event.duration_h > 0) {
          infuse(state, event.rate_mg_per_h, event.time_h + event.duration_h);
        } else {
          x_[state] += event.amount_mg;
        }
        break;
      case RecordEventKind::kPeriodicState: {
        const Matrix k = rate_matrix(systems_[event.record].flows, x_.size());
        if (!add(periodic_state(k, event, state))) return false;
        for (const double left_h : regimen::running_infusions_h(event)) {
          infuse(state, event.rate_mg_per_h, event.time_h + left_h);
        }
        break;
      }
      case RecordEventKind::kConstantInfusionState: {
        Vector input(x_.size(), 0);
        input[state] = -event.rate_mg_per_h;
        return add(solve(rate_matrix(systems_[event.record].flows, x_.size()), std::move(input)));
      }
      case RecordEventKind::kRow:
        break;
    }
    return true;
  }

  [[nodiscard]] const Vector& amounts() const { return x_; }

 private:
  // An end that is the present instant, after rounding, is no infusion: advance() would never get past it.
  void infuse(std::size_t state, double rate_mg_per_h, double end_h) {
    if (end_h > now_h_) infusions_.push_back({.state = state, .rate_mg_per_h = rate_mg_per_h, .end_h = end_h});
  }

  bool add(const std::optional<Vector>& amounts) {
    if (!amounts) return false;
    for (std::size_t i = 0; i < x_.size(); ++i) x_[i] += (*amounts)[i];
    return true;
  }

  std::span<const RecordSystem> systems_;
  Vector x_;
  std::vector<Infusion> infusions_;
  double now_h_ = 0;
};

}  // namespace

Result<std::vector<std::vector<double>>> simulate_records(std::span<const regimen::Record> records,
                                                          std::span<const RecordSystem> systems, int states,
                                                          CovariateRule rule, const std::string& file,
                                                          const regimen::ExpandOptions& options) {
  RACEMATE_CHECK(records.size() == systems.size(), "one system per record");
  std::vector<regimen::DoseParameters> parameters;
  parameters.reserve(systems.size());
  for (const RecordSystem& system : systems) parameters.push_back(system.dosed_values);
  const auto events = regimen::expand_records(records, parameters, file, options);
  if (!events) return fail(events.error());
  std::vector<std::vector<double>> rows;
  if (records.empty()) return rows;
  rows.reserve(records.size());

  Simulator simulator(systems, static_cast<std::size_t>(states));
  simulator.start_at(records.front().time_h);
  // Records that have been passed; the interval before the next event ends at record rows.size().
  for (const RecordEvent& event : *events) {
    const std::size_t next = rows.size();
    const bool backward = rule == CovariateRule::kNextCarriedBackward || next == 0;
    const std::size_t current = backward ? next : next - 1;
    simulator.advance(event.time_h, rate_matrix(systems[current].flows, static_cast<std::size_t>(states)));
    const auto failed = [&](std::string message) {
      return fail(Diagnostic{.code = ErrorCode::kNumericalFailure,
                             .where = {.file = file, .line = records[event.record].line, .column = 1},
                             .message = std::move(message),
                             .expected = {},
                             .hint = {}});
    };
    if (!simulator.act(event)) return failed("there is no steady state: something is never eliminated");
    if (event.kind != RecordEventKind::kRow) continue;
    const Vector& amounts = simulator.amounts();
    if (!std::all_of(amounts.begin(), amounts.end(), [](double amount) { return std::isfinite(amount); })) {
      return failed(fmt::format("an amount is not finite at {} h", event.time_h));
    }
    rows.push_back(amounts);
  }
  return rows;
}

}  // namespace racemate::engine::reference
