// Systems and helpers for the tests of this folder.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/ode/lane_system.h"
#include "racemate/engine/ode/solver.h"

namespace racemate::engine::ode::testing {

template <std::size_t kStates>
using Values = std::array<double, kStates>;
template <std::size_t kStates>
using Matrix = std::array<Values<kStates>, kStates>;

// A system given by functions of one lane.
template <std::size_t kStates>
class FunctionSystem : public LaneSystem {
 public:
  using Slope = std::function<Values<kStates>(std::size_t lane, double time_h, const Values<kStates>& y)>;
  using Jacobian = std::function<Matrix<kStates>(std::size_t lane, double time_h, const Values<kStates>& y)>;

  FunctionSystem(std::size_t lanes, Slope slope, Jacobian jacobian = nullptr, bool autonomous = true)
      : lanes_(lanes), slope_(std::move(slope)), jacobian_(std::move(jacobian)), autonomous_(autonomous) {}

  [[nodiscard]] std::size_t states() const override { return kStates; }
  [[nodiscard]] std::size_t lanes() const override { return lanes_; }
  [[nodiscard]] bool is_autonomous() const override { return autonomous_; }
  [[nodiscard]] bool has_jacobian() const override { return jacobian_ != nullptr; }
  void derivative(const double* time_h, const double* state, double* derivative) override {
    ++calls;
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const Values<kStates> f = slope_(lane, time_h[lane], column(state, lane));
      for (std::size_t s = 0; s < kStates; ++s) derivative[s * lanes_ + lane] = f[s];
    }
  }
  void jacobian(const double* time_h, const double* state, double* jacobian) override {
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const Matrix<kStates> j = jacobian_(lane, time_h[lane], column(state, lane));
      for (std::size_t row = 0; row < kStates; ++row) {
        for (std::size_t c = 0; c < kStates; ++c) jacobian[(row * kStates + c) * lanes_ + lane] = j[row][c];
      }
    }
  }

  std::size_t calls = 0;  // of derivative()

 private:
  [[nodiscard]] Values<kStates> column(const double* state, std::size_t lane) const {
    Values<kStates> y;
    for (std::size_t s = 0; s < kStates; ++s) y[s] = state[s * lanes_ + lane];
    return y;
  }
  std::size_t lanes_;
  Slope slope_;
  Jacobian jacobian_;
  bool autonomous_;
};

// All lanes from one state, over one segment, with outputs at `times_h`.
struct Solution {
  std::vector<double> values;  // [time][state][lanes]
  std::vector<double> state;   // [state][lanes]
  std::size_t failed = 0;
};
template <std::size_t kStates>
Solution run(Solver& solver, FunctionSystem<kStates>& system, const Values<kStates>& initial, double end_h,
             const std::vector<double>& times_h = {}) {
  const std::size_t lanes = system.lanes();
  Solution result;
  result.state.resize(kStates * lanes);
  for (std::size_t s = 0; s < kStates; ++s) std::fill_n(result.state.data() + s * lanes, lanes, initial[s]);
  result.values.resize(times_h.size() * kStates * lanes);
  const std::vector<double> start(lanes, 0.0);
  const std::vector<double> end(lanes, end_h);
  result.failed = solver.advance(system, start.data(), end.data(), result.state.data(),
                                 {.times_h = times_h, .values = times_h.empty() ? nullptr : result.values.data()});
  return result;
}

// Two compartments with saturable elimination, an effect site and an indirect response whose production is inhibited.
struct ResponseParameters {
  double VMAX = 30, KM = 0.4, V1 = 25, Q = 60, V2 = 150, KE0 = 3, KOUT = 0.15, IC50 = 0.08, R0 = 100, IMAX = 0.85;
  double input_mg_per_h = 0;
};

inline Values<4> response_slope(const ResponseParameters& p, const Values<4>& y) {
  const double c = y[0] / p.V1;
  const double exchange = p.Q * (c - y[1] / p.V2);
  return {p.input_mg_per_h - p.VMAX * c / (p.KM + c) - exchange, exchange, p.KE0 * (c - y[2]),
          p.KOUT * (p.R0 * (1 - p.IMAX * y[2] / (p.IC50 + y[2])) - y[3])};
}

inline Matrix<4> response_jacobian(const ResponseParameters& p, const Values<4>& y) {
  const double c = y[0] / p.V1;
  const double elimination = p.VMAX * p.KM / ((p.KM + c) * (p.KM + c) * p.V1);
  const double inhibition = p.IC50 / ((p.IC50 + y[2]) * (p.IC50 + y[2]));
  return {{{-elimination - p.Q / p.V1, p.Q / p.V2, 0, 0},
           {p.Q / p.V1, -p.Q / p.V2, 0, 0},
           {p.KE0 / p.V1, 0, -p.KE0, 0},
           {0, 0, -p.KOUT * p.R0 * p.IMAX * inhibition, -p.KOUT}}};
}

}  // namespace racemate::engine::ode::testing
