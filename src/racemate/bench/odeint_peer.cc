#include <algorithm>
#include <array>
#include <boost/numeric/odeint.hpp>
#include <exception>

#include "racemate/bench/equations.h"
#include "racemate/bench/peers.h"

namespace racemate::bench {
namespace {

namespace odeint = boost::numeric::odeint;

constexpr double kFirstStep_h = 1e-3;
constexpr int kMostSteps = 1'000'000;  // of one stretch

template <class Model>
std::optional<std::string> solve(const PeerProblem& problem, const PeopleOfPeer& people,
                                 const PeerTolerances& tolerances, std::span<double> values) {
  using State = std::array<double, Model::kStates>;
  const std::vector<Stretch> stretches = stretches_of(problem);
  const std::size_t row_size = Model::kOutputs;
  const std::size_t rows = problem.times_h.size();
  for (std::size_t person = 0; person < people.count; ++person) {
    const Model model(std::span(problem.parameters)
                          .subspan((people.first + person) * Model::kParameters.size(), Model::kParameters.size()));
    double* out = values.data() + person * rows * row_size;
    State x;
    Model::initial(x.data());
    for (std::size_t row = 0; row < rows && problem.times_h[row] <= 0; ++row) {
      model.outputs(x.data(), out + row * row_size);
    }
    auto stepper =
        odeint::make_dense_output(tolerances.absolute, tolerances.relative, odeint::runge_kutta_dopri5<State>());
    for (const Stretch& stretch : stretches) {
      const auto derivative = [&model, input = stretch.input_mg_per_h](const State& state, State& slope, double) {
        model.derivative(state.data(), input, slope.data());
      };
      stepper.initialize(x, stretch.from_h, std::min(kFirstStep_h, stretch.to_h - stretch.from_h));
      std::size_t row = stretch.first_row;
      const std::size_t end_row = stretch.first_row + stretch.rows;
      for (int step = 0; stepper.current_time() < stretch.to_h; ++step) {
        if (step == kMostSteps) return "too many steps";
        stepper.do_step(derivative);
        for (; row < end_row && problem.times_h[row] <= stepper.current_time(); ++row) {
          stepper.calc_state(problem.times_h[row], x);
          model.outputs(x.data(), out + row * row_size);
        }
      }
      stepper.calc_state(stretch.to_h, x);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> solve_with_odeint(const PeerProblem& problem, const PeopleOfPeer& people,
                                             const PeerTolerances& tolerances, std::span<double> values) {
  try {
    switch (problem.equations) {
      case Equations::kThreeCompartments:
        return solve<ThreeCompartments>(problem, people, tolerances, values);
      case Equations::kSaturable:
        return solve<Saturable>(problem, people, tolerances, values);
      case Equations::kMetabolites:
        return solve<Metabolites>(problem, people, tolerances, values);
      case Equations::kNone:
        break;
    }
  } catch (const std::exception& error) {  // odeint throws where a step cannot be adjusted
    return error.what();
  }
  return "there are no equations";
}

}  // namespace racemate::bench
