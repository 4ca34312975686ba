// Solvers that a C++ programmer could use instead, on equations written by hand (equations.h): Boost.odeint and CVODE.
//
// Each person is solved alone, from event to event, with values at the times wanted from the solver's own
// interpolation: the configuration in which each was fastest.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "racemate/bench/scenario.h"

namespace racemate::bench {

// An infusion into the first state at a constant rate.
struct Infusion {
  double start_h = 0;
  double end_h = 0;
  double rate_mg_per_h = 0;
};

// What is to be solved for everyone. parameters: [person][parameter], in the order of the equations.
struct PeerProblem {
  Equations equations = Equations::kNone;
  std::vector<double> parameters;
  std::vector<Infusion> infusions;  // ascending, none overlapping
  std::vector<double> times_h;      // ascending, from 0 on

  [[nodiscard]] std::size_t people() const;
};

// Names of the parameters, in the model file, and number of outputs.
[[nodiscard]] std::vector<std::string> parameter_names(Equations equations);
[[nodiscard]] std::size_t output_count(Equations equations);

struct PeerTolerances {
  double relative = 1e-6;
  double absolute = 1e-8;
};

// values: [person - first][time][output], for people [first, first + count). Returns why it failed, nullopt on success.
struct PeopleOfPeer {
  std::size_t first = 0;
  std::size_t count = 0;
};
// Dormand-Prince 5(4) with dense output.
[[nodiscard]] std::optional<std::string> solve_with_odeint(const PeerProblem& problem, const PeopleOfPeer& people,
                                                           const PeerTolerances& tolerances, std::span<double> values);
// BDF with a dense Jacobian by differences.
[[nodiscard]] std::optional<std::string> solve_with_cvode(const PeerProblem& problem, const PeopleOfPeer& people,
                                                          const PeerTolerances& tolerances, std::span<double> values);

// A stretch with constant input, in (from_h, to_h] of which the rows [first_row, first_row + rows) lie.
struct Stretch {
  double from_h = 0;
  double to_h = 0;
  double input_mg_per_h = 0;
  std::size_t first_row = 0;
  std::size_t rows = 0;
};
// From hour 0 to the last time. Rows at hour 0 belong to no stretch.
[[nodiscard]] std::vector<Stretch> stretches_of(const PeerProblem& problem);

}  // namespace racemate::bench
