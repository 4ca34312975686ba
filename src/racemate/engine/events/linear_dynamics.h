// Exact propagation of event streams: the back end of run_lanes() for linear models.
//
// Between two instants with constant inputs the state is x' = P x + Q u, with P and Q from the lane kernels. The
// periodic state solves (I - P) x = b, where P carries the system over one interval and b is what one interval adds to
// an empty one: exact, without repeated dosing.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/events/dynamics.h"
#include "racemate/engine/linear/structure.h"

namespace racemate::engine::events {

class LinearDynamics final : public Dynamics {
 public:
  // infused: the compartments that any event infuses into, without repetition. Precondition: the model is linear.
  LinearDynamics(const model::CompiledModel& model, const expr::Frame& frame, std::vector<int> infused);

  [[nodiscard]] bool passes_rows() const override { return false; }
  void parameters_changed() override { ++version_; }
  void state_changed(std::size_t /*lane*/) override {}
  void advance(const LaneInterval& interval, std::vector<LaneFailure>& failures) override;
  std::optional<std::string> periodic_state(std::size_t lane, const LaneEvent& event, std::span<const double> initial,
                                            std::span<double> state) override;
  std::optional<std::string> constant_infusion_state(std::size_t lane, const LaneEvent& event,
                                                     std::span<const double> initial, std::span<double> state) override;

 private:
  // Propagators of one group of lanes, kept while neither rates nor lengths change.
  struct Group {
    AlignedDoubles propagator;  // [entry][8]
    alignas(64) std::array<double, 8> length_h{};
    std::uint64_t version = 0;
  };
  void propagate(Group& group, std::size_t first_lane, std::span<const double> length_h);
  void step(const Group& group, std::size_t first_lane, const LaneInterval& interval);

  const model::CompiledModel& model_;
  const expr::Frame& frame_;
  linear::Structure structure_;
  std::vector<Group> groups_;
  AlignedDoubles rates_;  // [flow][8]
  AlignedDoubles scratch_;
  Group steady_;  // one lane eight times, over eight lengths
  std::uint64_t version_ = 1;
};

}  // namespace racemate::engine::events
