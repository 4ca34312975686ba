// Event streams by numerical integration: the back end of run_lanes() for models whose rates depend on time or amounts,
// and for any model that is to be held against its exact propagation.
#pragma once

#include <span>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/events/dynamics.h"
#include "racemate/engine/events/lane_program.h"
#include "racemate/engine/ode/lane_system.h"
#include "racemate/engine/ode/solver.h"

namespace racemate::engine::events {

// The equations of a model in lanes: dA/dt = flows + sources + input, d(state)/dt as the model says.
class ModelSystem final : public ode::LaneSystem {
 public:
  // The frame holds the parameters of each lane and the scratch of the state level. sets: for lines.
  ModelSystem(const model::CompiledModel& model, expr::Frame& frame, const ParameterSets* sets);

  void set_input(const double* input) { input_ = input; }  // [compartment][lanes], mg/h; nullptr: none
  void set_lines(std::span<const SetLine> lines) { lines_ = lines; }
  // The frame holds other parameters than before.
  void parameters_changed() { program_.parameters_changed(); }

  [[nodiscard]] std::size_t states() const override { return compartments_ + model_.states.size(); }
  [[nodiscard]] std::size_t lanes() const override { return frame_.lanes(); }
  [[nodiscard]] bool is_autonomous() const override { return model_.time_slot == model::kNoSlot && lines_.empty(); }
  void derivative(const double* time_h, const double* state, double* derivative) override;
  [[nodiscard]] bool has_jacobian() const override { return true; }
  void jacobian(const double* time_h, const double* state, double* jacobian) override;

 private:
  void load_lines(const double* time_h);

  const model::CompiledModel& model_;
  expr::Frame& frame_;
  const ParameterSets* sets_;
  std::size_t compartments_;
  const double* input_ = nullptr;
  std::span<const SetLine> lines_{};
  LaneProgram program_;
};

class OdeDynamics final : public Dynamics {
 public:
  OdeDynamics(const model::CompiledModel& model, expr::Frame& frame, const ode::Options& options,
              const ParameterSets* sets);

  [[nodiscard]] bool passes_rows() const override { return true; }
  void parameters_changed() override { system_.parameters_changed(); }
  void state_changed(std::size_t lane) override { solver_.restart(lane); }
  void advance(const LaneInterval& interval, std::vector<LaneFailure>& failures) override;
  std::optional<std::string> periodic_state(std::size_t lane, const LaneEvent& event, std::span<const double> initial,
                                            std::span<double> state) override;
  std::optional<std::string> constant_infusion_state(std::size_t lane, const LaneEvent& event,
                                                     std::span<const double> initial, std::span<double> state) override;
  // Lanes that the stiff method or CVODE carried at the end.
  [[nodiscard]] const ode::Solver& solver() const { return solver_; }

 private:
  struct Train;
  class OnePeriod;
  class Segments;
  std::optional<std::string> settle(std::size_t lane, const Train& train, std::span<const double> initial,
                                    std::span<double> state);

  const model::CompiledModel& model_;
  expr::Frame& frame_;
  ode::Options options_;
  ModelSystem system_;
  ode::Solver solver_;
  std::vector<bool> reported_;  // lanes whose failure has been handed on
};

}  // namespace racemate::engine::events
