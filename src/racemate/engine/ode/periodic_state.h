// The state that a periodic dosing settles to: a fixed point of the map over one period, found without dosing until
// nothing changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace racemate::engine::ode {

// One period of every lane: doses and all. Lanes are independent.
class PeriodMap {
 public:
  PeriodMap() = default;
  PeriodMap(const PeriodMap&) = delete;
  PeriodMap& operator=(const PeriodMap&) = delete;
  PeriodMap(PeriodMap&&) = delete;
  PeriodMap& operator=(PeriodMap&&) = delete;
  virtual ~PeriodMap() = default;
  // From the states at the start of a period to those one period later, both [state][lanes]. Sets failed[lane] to 1
  // where that could not be computed. Lanes whose search has ended come along with their last state.
  virtual void apply(const double* start, double* end, std::uint8_t* failed) = 0;
};

struct PeriodicOptions {
  // Converged when the estimated distance to the fixed point is within absolute + relative |state| in every state.
  double relative = 1e-7;
  double absolute = 1e-10;
  // Relative error of the map: sets the increments of differences, its square root. Solve the period at least ten times
  // tighter than `relative`.
  double map_error = 1e-9;
  int most_periods = 200;  // applications of the map
};

enum class PeriodicOutcome : std::uint8_t {
  kConverged,
  kAccumulates,  // the state grows without bound: what comes in cannot leave
  kNotReached,   // most_periods applied without convergence
  kMapFailed,    // the map could not be computed, or gave a state that is not finite
};
[[nodiscard]] std::string_view periodic_outcome_text(PeriodicOutcome outcome);

struct PeriodicResult {
  PeriodicOutcome outcome{};
  int periods = 0;  // applications of the map until the lane was done
};

// state: [state][lanes], a first guess in (zero is fine), the state at the start of a period out; of lanes that did not
// converge the last iterate.
//
// Newton's method on x - P(x) = 0 with differences for the Jacobian of P, and Broyden's rank-one updates (Broyden 1965,
// in variables scaled by the state) as long as a step halves the residual; each lane by itself. A linear system takes
// states + 1 periods and one or two more. A step leaves at least a tenth of a state that the map keeps non-negative. A
// step that would make a state larger than 1e8 times what the first period gave is replaced by four plain periods;
// eight such in a row without coming closer mean accumulation. Each lane's result is independent of its neighbours.
[[nodiscard]] std::vector<PeriodicResult> periodic_state(std::size_t states, std::size_t lanes, PeriodMap& map,
                                                         double* state, const PeriodicOptions& options);

}  // namespace racemate::engine::ode
