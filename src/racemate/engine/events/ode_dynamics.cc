#include "racemate/engine/events/ode_dynamics.h"

#include <algorithm>

#include <fmt/format.h>

namespace racemate::engine::events {

ModelSystem::ModelSystem(const model::CompiledModel& model, expr::Frame& frame, const ParameterSets* sets)
    : model_(model), frame_(frame), sets_(sets), compartments_(model.compartments.size()), program_(model, frame) {}

// Parameters on their way from one set to another.
void ModelSystem::load_lines(const double* time_h) {
  if (lines_.empty()) return;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const SetLine& line = lines_[i];
    if (line.to_h > line.from_h) {
      const double weight = std::clamp((time_h[i] - line.from_h) / (line.to_h - line.from_h), 0.0, 1.0);
      sets_->load(i, line.from, line.to, weight, frame_);
    } else {
      sets_->load(i, line.to, line.to, 0, frame_);
    }
  }
  expr::evaluate(model_.program, frame_, expr::Level::kSubject, expr::Level::kDose);
  program_.parameters_changed();
}

void ModelSystem::derivative(const double* time_h, const double* state, double* derivative) {
  load_lines(time_h);
  program_.derivative(time_h, state, input_, derivative);
}

void ModelSystem::jacobian(const double* time_h, const double* state, double* jacobian) {
  const std::size_t lanes = frame_.lanes();
  const std::size_t n = states();
  load_lines(time_h);
  if (model_.time_slot != model::kNoSlot) std::copy_n(time_h, lanes, frame_.slot(model_.time_slot));
  for (std::size_t c = 0; c < compartments_; ++c) {
    const std::size_t slot = model_.compartments[c].amount_slot;
    if (slot != model::kNoSlot) std::copy_n(state + c * lanes, lanes, frame_.slot(slot));
  }
  for (std::size_t s = 0; s < model_.states.size(); ++s) {
    std::copy_n(state + (compartments_ + s) * lanes, lanes, frame_.slot(model_.states[s].slot));
  }
  expr::evaluate(model_.program, frame_, expr::Level::kState, expr::Level::kJacobian);
  std::fill_n(jacobian, n * n * lanes, 0.0);
  const auto entry = [&](std::size_t row, std::size_t column) { return jacobian + (row * n + column) * lanes; };
  for (const model::Flow& flow : model_.flows) {
    const double* rate = frame_.slot(flow.rate_slot);
    const auto from = static_cast<std::size_t>(flow.from);
    for (std::size_t i = 0; i < lanes; ++i) entry(from, from)[i] -= rate[i];
    if (flow.to == model::kOutside) continue;
    double* in = entry(static_cast<std::size_t>(flow.to), from);
    for (std::size_t i = 0; i < lanes; ++i) in[i] += rate[i];
  }
  for (const model::JacobianEntry& derivative : model_.jacobian) {
    const double* value = frame_.slot(derivative.slot);
    switch (derivative.of) {
      case model::JacobianEntry::Of::kFlow: {
        const model::Flow& flow = model_.flows[derivative.index];
        const auto from = static_cast<std::size_t>(flow.from);
        const double* amount = state + from * lanes;
        double* out = entry(from, derivative.column);
        for (std::size_t i = 0; i < lanes; ++i) out[i] -= value[i] * amount[i];
        if (flow.to == model::kOutside) break;
        double* in = entry(static_cast<std::size_t>(flow.to), derivative.column);
        for (std::size_t i = 0; i < lanes; ++i) in[i] += value[i] * amount[i];
        break;
      }
      case model::JacobianEntry::Of::kSource: {
        double* in = entry(static_cast<std::size_t>(model_.sources_of_amount[derivative.index].to), derivative.column);
        for (std::size_t i = 0; i < lanes; ++i) in[i] += value[i];
        break;
      }
      case model::JacobianEntry::Of::kState: {
        double* own = entry(compartments_ + derivative.index, derivative.column);
        for (std::size_t i = 0; i < lanes; ++i) own[i] += value[i];
        break;
      }
    }
  }
}

// Takes each lane through its segments without waiting for others.
class OdeDynamics::Segments final : public ode::LaneEvents {
 public:
  Segments(const LaneInterval& interval, std::size_t lanes) : interval_(interval), lanes_(lanes), next_(lanes, 0) {}
  bool next_segment(std::size_t lane, double /*time_h*/, double* state, double& end_h) override {
    const std::vector<LaneSegment>& segments = interval_.segments[lane];
    if (next_[lane] == segments.size()) return false;
    const LaneSegment& segment = segments[next_[lane]++];
    state[segment.compartment * lanes_] += segment.added_mg;
    interval_.input[segment.compartment * lanes_ + lane] = segment.input_mg_per_h;
    end_h = segment.to_h;
    return true;
  }

 private:
  const LaneInterval& interval_;
  std::size_t lanes_;
  std::vector<std::size_t> next_;
};

OdeDynamics::OdeDynamics(const model::CompiledModel& model, expr::Frame& frame, const ode::Options& options,
                         const ParameterSets* sets)
    : model_(model),
      frame_(frame),
      options_(options),
      system_(model, frame, sets),
      solver_(system_.states(), frame.lanes(), options),
      reported_(frame.lanes(), false) {}

void OdeDynamics::advance(const LaneInterval& interval, std::vector<LaneFailure>& failures) {
  system_.set_input(interval.input);
  system_.set_lines(interval.lines);
  std::vector<std::span<const double>> times(interval.row_times_h.begin(), interval.row_times_h.end());
  ode::Outputs outputs;
  outputs.times_of_lanes_h = times;
  outputs.values = interval.rows;
  Segments segments(interval, frame_.lanes());
  solver_.advance(system_, interval.from_h.data(), interval.to_h.data(), interval.state, outputs,
                  interval.segments.empty() ? nullptr : &segments);
  for (std::size_t lane = 0; lane < frame_.lanes(); ++lane) {
    const auto& failure = solver_.failure(lane);
    if (!failure || reported_[lane]) continue;
    reported_[lane] = true;
    failures.push_back(
        {lane, failure->time_h, fmt::format("{} ({})", failure_text(failure->reason), method_name(failure->method))});
  }
}

}  // namespace racemate::engine::events
