#include "racemate/engine/ode/solver.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "racemate/core/check.h"
#include "racemate/engine/ode/methods.h"

namespace racemate::engine::ode {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Method first_method(Method chosen) { return chosen == Method::kAutomatic ? Method::kExplicit : chosen; }

void set_outputs(Block& block, const Outputs& outputs, const double* start_h) {
  block.has_outputs = outputs.values != nullptr;
  block.output_values = outputs.values;
  if (!block.has_outputs) return;
  const bool per_lane = !outputs.times_of_lanes_h.empty();
  RACEMATE_CHECK(!per_lane || outputs.times_of_lanes_h.size() == block.lanes, "one list of times per lane");
  for (std::size_t lane = 0; lane < block.lanes; ++lane) {
    const std::span<const double> times = per_lane ? outputs.times_of_lanes_h[lane] : outputs.times_h;
    const auto first = std::upper_bound(times.begin(), times.end(), start_h[lane]);
    const auto cursor = static_cast<std::size_t>(first - times.begin());
    block.times_h[lane] = times.data();
    block.time_count[lane] = times.size();
    block.time_cursor[lane] = cursor;
    block.pending_h[lane] = cursor < times.size() ? times[cursor] : kInfinity;
  }
}

}  // namespace

std::string_view to_string(Method method) {
  switch (method) {
    case Method::kAutomatic:
      return "automatic";
    case Method::kExplicit:
      return "explicit";
    case Method::kStiff:
      return "stiff";
    case Method::kCvode:
      return "cvode";
  }
  return "";
}

std::string_view method_name(Method method) {
  switch (method) {
    case Method::kAutomatic:
      return "automatic";
    case Method::kExplicit:
      return "explicit Tsitouras 5(4)";
    case Method::kStiff:
      return "stiff Rodas5P";
    case Method::kCvode:
      return "CVODE BDF";
  }
  return "";
}

std::string_view failure_text(FailureReason reason) {
  switch (reason) {
    case FailureReason::kNotFinite:
      return "the rates of change are not finite numbers";
    case FailureReason::kStepUnderflow:
      return "no step is small enough: the solution blows up or its rates jump";
    case FailureReason::kStepBound:
      return "the bound on the number of steps was reached";
    case FailureReason::kTooStiff:
      return "the system is too stiff for the explicit method";
    case FailureReason::kCvode:
      return "CVODE gave up";
    case FailureReason::kEmptySegments:
      return "too many events at one time";
  }
  return "";
}

struct Solver::State {
  State(std::size_t states, std::size_t lanes, Options options)
      : block(states, lanes, std::move(options)), explicit_method(block), stiff_method(block), cvode_method(block) {}

  Block block;
  ExplicitMethod explicit_method;
  StiffMethod stiff_method;
  CvodeMethod cvode_method;
  double stiff_evaluations = 0;

  // The lanes that have a way to go by `method` become active; false when there are none.
  bool activate(Method method) {
    block.active.clear_all();
    for (std::size_t lane = 0; lane < block.lanes; ++lane) {
      const bool unfinished = !block.failures[lane] && block.steps.time_h[lane] < block.steps.end_h[lane];
      if (unfinished && block.method[lane] == method) block.active.set(lane);
    }
    return block.active.any();
  }
};

Solver::Solver(std::size_t states, std::size_t lanes, Options options)
    : state_(std::make_unique<State>(states, lanes, std::move(options))) {
  clear();
}
Solver::Solver(Solver&&) noexcept = default;
Solver& Solver::operator=(Solver&&) noexcept = default;
Solver::~Solver() = default;

void Solver::clear() {
  Block& block = state_->block;
  block.step_values.zero(block.step_values.span().size());
  std::fill(block.failures.begin(), block.failures.end(), std::nullopt);
  std::fill(block.statistics.begin(), block.statistics.end(), LaneStatistics{});
  std::fill(block.method.begin(), block.method.end(), first_method(block.options.method));
  std::fill(block.attempts_before_stiff.begin(), block.attempts_before_stiff.end(), 0);
  for (std::size_t lane = 0; lane < block.lanes; ++lane) block.restart(lane);
}

void Solver::restart(std::size_t lane) { state_->block.restart(lane); }

std::size_t Solver::advance(LaneSystem& system, const double* start_h, const double* end_h, double* state,
                            const Outputs& outputs, LaneEvents* events) {
  Block& block = state_->block;
  RACEMATE_CHECK(system.states() == block.states && system.lanes() == block.lanes,
                 "the solver was made for the system");
  const std::size_t size = block.states * block.lanes;
  block.system = &system;
  block.events = events;
  state_->stiff_evaluations = StiffMethod::evaluations(system);
  std::copy_n(state, size, block.state.data());
  set_outputs(block, outputs, start_h);
  for (std::size_t lane = 0; lane < block.lanes; ++lane) {
    if (block.failures[lane]) continue;
    RACEMATE_CHECK(end_h[lane] >= start_h[lane], "time runs forward");
    if (block.steps.time_h[lane] != start_h[lane]) block.restart(lane);
    block.steps.time_h[lane] = start_h[lane];
    block.steps.end_h[lane] = end_h[lane];
    block.steps.attempts[lane] = 0;
    if (start_h[lane] == end_h[lane] && events != nullptr) block.arrive(lane);
  }
  // A lane only ever goes from an earlier method of this list to a later one.
  if (state_->activate(Method::kExplicit)) state_->explicit_method.run(block);
  if (state_->activate(Method::kStiff)) state_->stiff_method.run(block);
  if (state_->activate(Method::kCvode)) state_->cvode_method.run(block);
  std::copy_n(block.state.data(), size, state);
  return static_cast<std::size_t>(std::count_if(block.failures.begin(), block.failures.end(),
                                                [](const auto& failure) { return failure.has_value(); }));
}

const std::optional<LaneFailure>& Solver::failure(std::size_t lane) const { return state_->block.failures[lane]; }

LaneStatistics Solver::statistics(std::size_t lane) const {
  const Block& block = state_->block;
  LaneStatistics result = block.statistics[lane];
  const double attempts = block.steps.accepted[lane] + block.steps.rejected[lane];
  const bool is_explicit = block.method[lane] == Method::kExplicit;
  const double by_explicit = is_explicit ? attempts : block.attempts_before_stiff[lane];
  const double by_stiff = attempts - by_explicit;
  result.accepted += static_cast<std::uint64_t>(block.steps.accepted[lane]);
  result.rejected += static_cast<std::uint64_t>(block.steps.rejected[lane]);
  result.evaluations +=
      static_cast<std::uint64_t>(by_explicit * ExplicitMethod::kEvaluations + by_stiff * state_->stiff_evaluations);
  result.jacobians += static_cast<std::uint64_t>(by_stiff);
  result.method = block.method[lane];
  return result;
}

}  // namespace racemate::engine::ode
