// The judge: one person, one compartment system, plain loops, any scalar type.
//
// Every fast path is held against this. With Scalar = boost::multiprecision::cpp_bin_float_50 it is the independent
// high-precision solution of the tests; with double it shows what straightforward arithmetic gives.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace racemate::engine::reference {

// Flow of rate (1/h) x amount(from) into `to`; to < 0 leaves the system.
struct Flow {
  int from = 0;
  int to = -1;
  double rate_per_h = 0;
};

// amount_mg into `state`, at once at time_h (duration 0) or evenly over duration_h. A negative amount is allowed
// (superposition tests).
struct Input {
  double time_h = 0;
  int state = 0;
  double amount_mg = 0;
  double duration_h = 0;
};

struct System {
  int states = 1;
  std::vector<Flow> flows;
  std::vector<Input> inputs;
};

// Amounts and their integrals since time 0 at one instant.
template <class Scalar>
struct State {
  std::vector<Scalar> amount;    // mg
  std::vector<Scalar> integral;  // mg.h
  Scalar eliminated = 0;         // mg that has left
};

namespace internal {

template <class Scalar>
using Matrix = std::vector<std::vector<Scalar>>;

template <class Scalar>
Matrix<Scalar> product(const Matrix<Scalar>& a, const Matrix<Scalar>& b) {
  const std::size_t n = a.size();
  Matrix<Scalar> c(n, std::vector<Scalar>(n, Scalar(0)));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < n; ++k) {
      if (a[i][k] == Scalar(0)) continue;
      for (std::size_t j = 0; j < n; ++j) c[i][j] += a[i][k] * b[k][j];
    }
  }
  return c;
}

// exp(G) by halving until the norm is below 1/4, the Taylor series until it stops changing, and squaring.
template <class Scalar>
Matrix<Scalar> exponential(Matrix<Scalar> g) {
  const std::size_t n = g.size();
  Scalar norm = 0;
  for (const auto& row : g) {
    Scalar sum = 0;
    for (const Scalar& value : row) sum += value < 0 ? Scalar(-value) : value;
    norm = std::max(norm, sum);
  }
  int squarings = 0;
  for (; norm > Scalar(0.25); norm /= 2) ++squarings;
  Scalar scale = 1;
  for (int k = 0; k < squarings; ++k) scale /= 2;
  for (auto& row : g) {
    for (Scalar& value : row) value *= scale;
  }
  Matrix<Scalar> result(n, std::vector<Scalar>(n, Scalar(0)));
  for (std::size_t i = 0; i < n; ++i) result[i][i] = 1;
  Matrix<Scalar> term = result;
  for (int k = 1; k < 200; ++k) {
    term = product(term, g);
    bool changed = false;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        term[i][j] /= k;
        const Scalar before = result[i][j];
        result[i][j] += term[i][j];
        changed = changed || result[i][j] != before;
      }
    }
    if (!changed) break;
  }
  for (int k = 0; k < squarings; ++k) result = product(result, result);
  return result;
}

}  // namespace internal

// The states at each of `times_h` (ascending, from 0 on). A dose at an instant counts at that instant.
//
// Between two breakpoints (inputs starting or ending, observation times) the system is dx/dt = K x + u with constant
// u: one exponential of the matrix of (amounts, integrals, eliminated, 1) per interval.
template <class Scalar>
std::vector<State<Scalar>> simulate(const System& system, const std::vector<double>& times_h) {
  const auto n = static_cast<std::size_t>(system.states);
  std::vector<Scalar> breaks{Scalar(0)};
  for (const double t : times_h) breaks.emplace_back(t);
  for (const Input& input : system.inputs) {
    breaks.emplace_back(input.time_h);
    if (input.duration_h > 0) breaks.push_back(Scalar(input.time_h) + Scalar(input.duration_h));
  }
  std::sort(breaks.begin(), breaks.end());
  breaks.erase(std::unique(breaks.begin(), breaks.end()), breaks.end());

  // Layout: [0, n) amounts, [n, 2n) integrals, 2n eliminated, 2n + 1 the constant one.
  const std::size_t size = 2 * n + 2;
  std::vector<Scalar> x(size, Scalar(0));
  x[size - 1] = 1;
  std::vector<State<Scalar>> states;
  std::size_t next_time = 0;
  for (std::size_t b = 0; b < breaks.size(); ++b) {
    const Scalar now = breaks[b];
    for (const Input& input : system.inputs) {
      if (input.duration_h == 0 && Scalar(input.time_h) == now) {
        x[static_cast<std::size_t>(input.state)] += Scalar(input.amount_mg);
      }
    }
    for (; next_time < times_h.size() && Scalar(times_h[next_time]) == now; ++next_time) {
      State<Scalar> state;
      state.amount.assign(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(n));
      state.integral.assign(x.begin() + static_cast<std::ptrdiff_t>(n), x.begin() + static_cast<std::ptrdiff_t>(2 * n));
      state.eliminated = x[2 * n];
      states.push_back(std::move(state));
    }
    if (b + 1 == breaks.size()) break;
    const Scalar h = breaks[b + 1] - now;
    internal::Matrix<Scalar> g(size, std::vector<Scalar>(size, Scalar(0)));
    for (const Flow& flow : system.flows) {
      const auto from = static_cast<std::size_t>(flow.from);
      const std::size_t to = flow.to < 0 ? 2 * n : static_cast<std::size_t>(flow.to);
      g[to][from] += Scalar(flow.rate_per_h) * h;
      g[from][from] -= Scalar(flow.rate_per_h) * h;
    }
    for (std::size_t i = 0; i < n; ++i) g[n + i][i] = h;
    for (const Input& input : system.inputs) {
      const Scalar start(input.time_h);
      if (input.duration_h > 0 && start <= now && now < start + Scalar(input.duration_h)) {
        g[static_cast<std::size_t>(input.state)][size - 1] += Scalar(input.amount_mg) / Scalar(input.duration_h) * h;
      }
    }
    const auto propagator = internal::exponential(std::move(g));
    std::vector<Scalar> after(size, Scalar(0));
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) after[i] += propagator[i][j] * x[j];
    }
    x = std::move(after);
  }
  return states;
}

}  // namespace racemate::engine::reference
