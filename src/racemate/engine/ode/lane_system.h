// A system of ordinary differential equations, once per lane, as the solvers see it.
#pragma once

#include <cstddef>

namespace racemate::engine::ode {

// Independent copies of one system, one per lane; a copy may have its own parameters. Arrays are
// [component][lanes], 64-byte aligned; lanes() is a multiple of 8. Between two restarts of a lane (solver.h) its
// right-hand side must be smooth: doses, ends of infusions and changes of covariates lie on the ends of segments.
class LaneSystem {
 public:
  LaneSystem() = default;
  LaneSystem(const LaneSystem&) = delete;
  LaneSystem& operator=(const LaneSystem&) = delete;
  LaneSystem(LaneSystem&&) = delete;
  LaneSystem& operator=(LaneSystem&&) = delete;
  virtual ~LaneSystem() = default;

  [[nodiscard]] virtual std::size_t states() const = 0;
  [[nodiscard]] virtual std::size_t lanes() const = 0;
  // False when the right-hand side reads time; the stiff method then needs one more evaluation per step.
  [[nodiscard]] virtual bool is_autonomous() const { return true; }
  // derivative = d state / dt, per hour, in every lane. time_h is [lanes]. A lane may read only its own column. Lanes
  // that are idle or failed have their last state here, and what comes back for them is not used.
  virtual void derivative(const double* time_h, const double* state, double* derivative) = 0;
  // The Jacobian, [row][column][lanes], when there is one; otherwise the solver takes differences.
  [[nodiscard]] virtual bool has_jacobian() const { return false; }
  virtual void jacobian(const double* /*time_h*/, const double* /*state*/, double* /*jacobian*/) {}
};

}  // namespace racemate::engine::ode
