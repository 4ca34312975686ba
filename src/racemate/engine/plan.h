// What a run does, decided once: which compartments take part, at which instants, with which inputs.
//
// A plan belongs to (model, route, timeline) and is shared by all blocks of people. It is const during a run; all
// mutation is in a Workspace (run.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/time.h"
#include "racemate/engine/linear/structure.h"
#include "racemate/model/model.h"
#include "racemate/regimen/timeline.h"

namespace racemate::engine {

// The observation grid after each change of input: steps of `first_step`, doubled with every octave of elapsed time
// after `steps_per_octave` of them. A step is then at most 1/steps_per_octave of the time since the last change, and
// cubic Hermite interpolation inside it is accurate to about (k h)^4 / 384 of a mode with rate k.
struct Grid {
  Duration first_step = Duration::from_minutes(1.25);
  int steps_per_octave = 16;
  Duration longest_step = Duration::from_hours(12);
};

struct PlanOptions {
  std::string route;                 // a route of the model
  std::vector<std::string> outputs;  // model outputs to observe, at least one
  std::vector<Instant> marks;        // instants at which chunks must end (ascending), e.g. ends of weeks
  Grid grid;
  // When not empty (ascending): the grid is these instants and the events, nothing finer. For tables at given times:
  // propagation is exact over any step.
  std::vector<Instant> times;
  bool values_only = false;  // chunks carry no slopes and areas; fill_table() needs it
};

// One way in, in terms of the plan's states.
struct PlannedInput {
  const model::RouteInput* input = nullptr;
  int state = 0;
  int source = -1;             // -1: only instantaneous amounts arrive
  bool own_duration = false;   // zero-order over the model's duration rather than the administration's
  bool lane_duration = false;  // ... which differs between people
  Duration common_duration;    // ... or does not
  bool lagged = false;
};

enum class EventKind : std::uint8_t { kInfusionEnd, kSession, kAdministration };

// What happens at an instant that is the same for everyone.
struct Event {
  Instant time;
  EventKind kind{};
  std::uint32_t index = 0;  // of the session or administration
  std::uint32_t input = 0;  // kInfusionEnd: which planned input
};

inline constexpr std::uint32_t kNoRow = 0xFFFFFFFF;

// Steps of one length that follow each other and whose ends are consecutive rows of the table of `times`, or no rows.
struct TableRun {
  std::uint32_t first_step = 0;
  std::uint32_t steps = 0;
  std::uint32_t first_row = kNoRow;  // of the end of the first step
};

// From one instant with events (or a mark) to the next: the events that open it, then the grid steps to its end.
struct Segment {
  Instant start;
  std::uint32_t first_event = 0;
  std::uint32_t events = 0;
  std::uint32_t first_step = 0;
  std::uint32_t steps = 0;
  std::uint32_t first_run = 0;  // the same steps as runs of a table; none without `times`
  std::uint32_t runs = 0;
  std::uint32_t start_row = kNoRow;  // the row of `times` at its start, after the events
};

// A length that is the sum of two others of the plan: its propagator is their product.
struct LengthSum {
  std::int32_t first = -1;  // index of a length; -1: the length is no such sum
  std::int32_t second = -1;
};

class Plan {
 public:
  // model and timeline must outlive the plan.
  [[nodiscard]] static Result<Plan> make(const model::CompiledModel& model, const regimen::Timeline& timeline,
                                         const PlanOptions& options);

  [[nodiscard]] const model::CompiledModel& model() const { return *model_; }
  [[nodiscard]] const regimen::Timeline& timeline() const { return *timeline_; }
  [[nodiscard]] const linear::Structure& structure() const { return *structure_; }
  // Slots of the structure's flow rates, in its order.
  [[nodiscard]] std::span<const std::size_t> flow_slots() const { return flow_slots_; }
  [[nodiscard]] std::span<const PlannedInput> inputs() const { return inputs_; }
  struct PlannedOutput {
    const model::Output* output = nullptr;
    int state = 0;
    int accumulator = 0;
  };
  [[nodiscard]] std::span<const PlannedOutput> outputs() const { return outputs_; }
  [[nodiscard]] std::span<const Event> events() const { return events_; }
  [[nodiscard]] std::span<const Segment> segments() const { return segments_; }
  // Distinct step lengths, and which of them each grid step has.
  [[nodiscard]] std::span<const Duration> step_lengths() const { return lengths_; }
  [[nodiscard]] std::span<const std::uint32_t> steps() const { return steps_; }
  [[nodiscard]] const LengthSum& sum_of(std::size_t length) const { return sums_[length]; }
  // The most steps of this length in one run of a table.
  [[nodiscard]] std::uint32_t longest_run(std::size_t length) const { return longest_run_[length]; }
  [[nodiscard]] bool values_only() const { return values_only_; }
  [[nodiscard]] std::size_t table_rows() const { return table_rows_; }  // of `times`
  // Whether people have events of their own inside grid steps.
  [[nodiscard]] bool has_lane_events() const;
  [[nodiscard]] std::span<const TableRun> table_runs() const { return table_runs_; }
  // Rows of the table of `times` that repeat the time of the row before them, ascending.
  [[nodiscard]] std::span<const std::uint32_t> repeated_rows() const { return repeated_rows_; }

 private:
  Plan() = default;
  void plan_states(const model::Route& route, const PlanOptions& options);
  void plan_events();
  void plan_grid(const PlanOptions& options);
  void plan_sums();
  void plan_table(std::span<const Instant> times);

  const model::CompiledModel* model_ = nullptr;
  const regimen::Timeline* timeline_ = nullptr;
  std::shared_ptr<const linear::Structure> structure_;
  std::vector<std::size_t> flow_slots_;
  std::vector<PlannedInput> inputs_;
  std::vector<PlannedOutput> outputs_;
  std::vector<Event> events_;
  std::vector<Segment> segments_;
  std::vector<Duration> lengths_;
  std::vector<std::uint32_t> steps_;
  std::vector<LengthSum> sums_;
  std::vector<std::uint32_t> longest_run_;
  std::vector<TableRun> table_runs_;
  std::vector<std::uint32_t> repeated_rows_;
  bool values_only_ = false;
  std::size_t table_rows_ = 0;
};

}  // namespace racemate::engine
