// Cost of the solvers, one core: nanoseconds per subject and output time of a nonlinear model with 20 infusions, 500
// output times over 250 h, at relative tolerance 1e-6. The right-hand side is a plain loop over lanes, compiled for the
// baseline instruction set, and is part of the time.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/ode/testing.h"

namespace racemate::engine::ode::testing {
namespace {

constexpr int kSubjects = 256;
constexpr int kDoses = 20;
constexpr int kTimes = 500;
constexpr double kInterval_h = 12;
constexpr double kInfusion_h = 35 / 52.5;

// ResponseParameters by lane.
class ResponseBlock : public LaneSystem {
 public:
  explicit ResponseBlock(std::size_t lanes) : lanes_(lanes), parameters_(8 * lanes), input_(lanes) {}
  [[nodiscard]] std::size_t states() const override { return 4; }
  [[nodiscard]] std::size_t lanes() const override { return lanes_; }
  void derivative(const double* /*time_h*/, const double* state, double* derivative) override {
    const std::size_t n = lanes_;
    const double* p = parameters_.data();
    for (std::size_t l = 0; l < n; ++l) {
      const double c = state[l] * p[2 * n + l];
      const double exchange = p[3 * n + l] * (c - state[n + l] * p[4 * n + l]);
      const double effect = state[2 * n + l];
      derivative[l] = input_[l] - p[l] * c / (p[n + l] + c) - exchange;
      derivative[n + l] = exchange;
      derivative[2 * n + l] = p[5 * n + l] * (c - effect);
      derivative[3 * n + l] = p[6 * n + l] * (100 * (1 - 0.85 * effect / (p[7 * n + l] + effect)) - state[3 * n + l]);
    }
  }
  // Subject i: each parameter by up to 30% more or less.
  void set_subject(std::size_t lane, std::size_t i) {
    const ResponseParameters t;
    const double typical[8] = {t.VMAX, t.KM, 1 / t.V1, t.Q, 1 / t.V2, t.KE0, t.KOUT, t.IC50};
    for (std::size_t k = 0; k < 8; ++k) {
      parameters_[k * lanes_ + lane] = typical[k] * std::exp(0.3 * std::sin(static_cast<double>(i * 8 + k)));
    }
  }
  void set_input(double rate_mg_per_h) { std::fill_n(input_.data(), lanes_, rate_mg_per_h); }

 private:
  std::size_t lanes_;
  AlignedDoubles parameters_;
  AlignedDoubles input_;
};

void saturable_response(benchmark::State& benchmark_state, Method method) {
  const auto lanes = static_cast<std::size_t>(benchmark_state.range(0));
  ResponseBlock system(lanes);
  Solver solver(4, lanes, {.method = method});
  std::vector<double> times;
  for (int i = 0; i < kTimes; ++i) times.push_back(0.5 * i);
  AlignedDoubles values(kTimes * 4 * lanes);
  AlignedDoubles state(4 * lanes);
  for (auto _ : benchmark_state) {
    for (std::size_t first = 0; first < kSubjects; first += lanes) {
      solver.clear();
      std::fill_n(state.data(), 3 * lanes, 0.0);
      std::fill_n(state.data() + 3 * lanes, lanes, 100.0);
      for (std::size_t l = 0; l < lanes; ++l) system.set_subject(l, first + l);
      std::vector<double> start(lanes, 0.0);
      for (int dose = 0; dose < kDoses; ++dose) {
        for (const bool infusing : {true, false}) {
          const std::vector<double> end(lanes, dose * kInterval_h + (infusing ? kInfusion_h : kInterval_h));
          system.set_input(infusing ? 52.5 : 0);
          for (std::size_t l = 0; l < lanes; ++l) solver.restart(l);
          solver.advance(system, start.data(), end.data(), state.data(), {.times_h = times, .values = values.data()});
          start = end;
        }
      }
      benchmark::DoNotOptimize(values.data());
    }
  }
  benchmark_state.counters["per_subject_time"] =
      benchmark::Counter(static_cast<double>(benchmark_state.iterations()) * kSubjects * kTimes,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

BENCHMARK_CAPTURE(saturable_response, explicit_tsitouras, Method::kExplicit)->Arg(8)->Arg(16)->Arg(32)->Arg(64);
BENCHMARK_CAPTURE(saturable_response, stiff_rodas5p, Method::kStiff)->Arg(16)->Arg(32);
BENCHMARK_CAPTURE(saturable_response, automatic, Method::kAutomatic)->Arg(16)->Arg(32);

}  // namespace
}  // namespace racemate::engine::ode::testing
