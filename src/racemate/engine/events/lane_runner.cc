#include "racemate/engine/events/lane_runner.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "racemate/core/aligned_doubles.h"
#include "racemate/core/check.h"

namespace racemate::engine::events {
namespace {

using regimen::RecordEventKind;

// Rows that a lane passes before it waits for the others: what they leave should stay in the caches.
constexpr std::size_t kMostRowsInside = 128;
constexpr double kNever = std::numeric_limits<double>::infinity();

struct Infusion {
  int compartment = 0;
  double rate_mg_per_h = 0;
  double end_h = 0;
};

struct Lane {
  std::span<const LaneEvent> events{};
  std::size_t next = 0;
  double now_h = 0;
  bool failed = false;
  double failed_at_h = kNever;
  std::vector<Infusion> infusions{};
  const LaneEvent* last_row = nullptr;
  std::size_t set = 0;             // loaded into the frame
  const LaneEvent* row = nullptr;  // waits for the frame
  // Of the interval, where rows are passed:
  std::vector<double> row_times_h{};
  std::vector<const LaneEvent*> rows_inside{};
  std::vector<LaneSegment> segments{};
  double end_h = 0;        // of the last segment
  std::size_t passed = 0;  // of the events from `next` on

  [[nodiscard]] bool active() const { return !failed && next < events.size(); }
};

class Runner {
 public:
  Runner(const LaneRunRequest& request, expr::Frame& frame, Dynamics& dynamics, RowSink& sink)
      : request_(request),
        model_(*request.model),
        frame_(frame),
        dynamics_(dynamics),
        sink_(sink),
        lane_count_(frame.lanes()),
        compartments_(model_.compartments.size()),
        components_(compartments_ + model_.states.size()),
        lanes_(lane_count_),
        state_(components_ * lane_count_),
        input_(compartments_ * lane_count_),
        from_h_(lane_count_, 0.0),
        to_h_(lane_count_, 0.0),
        row_times_(lane_count_),
        segments_(lane_count_),
        values_(request.outputs.size()) {
    RACEMATE_CHECK(request.events.size() <= lane_count_, "every lane of events has a lane of the frame");
    for (std::size_t i = 0; i < request.events.size(); ++i) {
      lanes_[i].events = request.events[i];
      if (!lanes_[i].events.empty()) lanes_[i].now_h = lanes_[i].events.front().time_h;
    }
    for (const std::size_t output : request.outputs) {
      needs_state_level_ = needs_state_level_ || model_.outputs[output].compartment == model::kNoCompartment;
    }
  }

  std::vector<LaneFailure> run() {
    start();
    while (true) {
      do {
        act();
      } while (emit_rows());
      if (!plan_interval()) break;
      advance();
    }
    return std::move(failures_);
  }

 private:
  // Initial amounts, with the parameters of each lane's first event.
  void start() {
    for (std::size_t i = 0; i < lane_count_; ++i) {
      if (lanes_[i].active()) load(i, lanes_[i].events.front().own, /*force=*/true);
    }
    evaluate();
    for (std::size_t i = 0; i < lane_count_; ++i) set_initial(i);
  }

  void set_initial(std::size_t lane) {
    for (std::size_t c = 0; c < components_; ++c) state_[c * lane_count_ + lane] = initial(lane, c);
    dynamics_.state_changed(lane);
  }

  [[nodiscard]] double initial(std::size_t lane, std::size_t component) const {
    const std::size_t slot = component < compartments_ ? model_.compartments[component].initial_slot
                                                       : model_.states[component - compartments_].initial_slot;
    return slot == model::kNoSlot ? 0.0 : frame_.slot(slot)[lane];
  }

  void load(std::size_t lane, std::size_t set, bool force = false) {
    if (!force && (set == lanes_[lane].set || request_.sets->same(lane, set, lanes_[lane].set))) {
      lanes_[lane].set = set;
      return;
    }
    lanes_[lane].set = set;
    request_.sets->load(lane, set, set, 0, frame_);
    dynamics_.state_changed(lane);
    stale_ = true;
  }

  void evaluate() {
    expr::evaluate(model_.program, frame_, expr::Level::kSubject, expr::Level::kOccasion);
    dynamics_.parameters_changed();
    stale_ = false;
  }

  // Every lane acts on its events up to now, or to a row that waits for the frame.
  void act() {
    for (std::size_t i = 0; i < lane_count_; ++i) {
      Lane& lane = lanes_[i];
      while (lane.active() && lane.row == nullptr && lane.events[lane.next].time_h <= lane.now_h) {
        const LaneEvent& event = lane.events[lane.next++];
        if (event.kind == RecordEventKind::kRow) {
          lane.row = &event;
          lane.last_row = &event;
          load(i, event.own);
        } else {
          act_on(i, event);
        }
      }
    }
  }

  void act_on(std::size_t i, const LaneEvent& event) {
    Lane& lane = lanes_[i];
    switch (event.kind) {
      case RecordEventKind::kReset:
        lane.infusions.clear();
        lane.now_h = event.time_h;  // a new time axis may begin before now
        load(i, event.own);
        if (stale_) evaluate();
        set_initial(i);
        break;
      case RecordEventKind::kDose:
        if (event.duration_h > 0) {
          infuse(lane, event, event.time_h + event.duration_h);
        } else {
          state_[static_cast<std::size_t>(event.compartment) * lane_count_ + i] += event.amount_mg;
        }
        dynamics_.state_changed(i);
        break;
      case RecordEventKind::kPeriodicState:
      case RecordEventKind::kConstantInfusionState:
        load(i, event.own);
        if (stale_) evaluate();
        add_steady_state(i, event);
        break;
      case RecordEventKind::kRow:
        break;
    }
  }

  void add_steady_state(std::size_t i, const LaneEvent& event) {
    Lane& lane = lanes_[i];
    std::vector<double> begin(components_);
    for (std::size_t c = 0; c < components_; ++c) begin[c] = initial(i, c);
    std::vector<double> steady = begin;
    const bool periodic = event.kind == RecordEventKind::kPeriodicState;
    const auto problem = periodic ? dynamics_.periodic_state(i, event, begin, steady)
                                  : dynamics_.constant_infusion_state(i, event, begin, steady);
    if (problem) {
      fail_lane(i, event.time_h, *problem);
      return;
    }
    for (std::size_t c = 0; c < components_; ++c) state_[c * lane_count_ + i] += steady[c] - begin[c];
    if (periodic) {
      for (const double left_h : regimen::running_infusions_h(event)) infuse(lane, event, event.time_h + left_h);
    }
    dynamics_.state_changed(i);
  }

  // An end that is the present instant, after rounding, is no infusion: the lane would never get past it.
  static void infuse(Lane& lane, const LaneEvent& event, double end_h) {
    if (end_h > lane.now_h) lane.infusions.push_back({event.compartment, event.rate_mg_per_h, end_h});
  }

  // True when a lane may have more to do at the present instant.
  bool emit_rows() {
    if (std::none_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.row != nullptr; })) return false;
    if (stale_) evaluate();
    if (needs_state_level_) {
      for (std::size_t i = 0; i < lane_count_; ++i) times_[i] = lanes_[i].now_h;
      evaluate_state(state_.data(), times_);
    }
    for (std::size_t i = 0; i < lane_count_; ++i) {
      if (lanes_[i].row == nullptr) continue;
      emit(i, *lanes_[i].row, state_.data());
      lanes_[i].row = nullptr;
    }
    return true;
  }

  void evaluate_state(const double* state, const std::vector<double>& times_h) {
    if (model_.time_slot != model::kNoSlot) {
      std::copy(times_h.begin(), times_h.end(), frame_.slot(model_.time_slot));
    }
    for (std::size_t c = 0; c < compartments_; ++c) {
      const std::size_t slot = model_.compartments[c].amount_slot;
      if (slot != model::kNoSlot) std::copy_n(state + c * lane_count_, lane_count_, frame_.slot(slot));
    }
    for (std::size_t s = 0; s < model_.states.size(); ++s) {
      std::copy_n(state + (compartments_ + s) * lane_count_, lane_count_, frame_.slot(model_.states[s].slot));
    }
    expr::evaluate(model_.program, frame_, expr::Level::kState, expr::Level::kState);
  }

  void emit(std::size_t i, const LaneEvent& row, const double* state) {
    for (std::size_t o = 0; o < values_.size(); ++o) {
      const model::Output& output = model_.outputs[request_.outputs[o]];
      if (output.compartment == model::kNoCompartment) {
        values_[o] = frame_.slot(output.value_slot)[i];
      } else {
        values_[o] =
            state[static_cast<std::size_t>(output.compartment) * lane_count_ + i] * frame_.slot(output.scale_slot)[i];
      }
      if (!std::isfinite(values_[o])) {
        fail_lane(i, row.time_h, "output " + output.name + " is not finite");
        return;
      }
    }
    sink_.row(i, row.record, values_);
  }

  // From where each lane is to where something happens to it. False when no lane has anything left.
  bool plan_interval() {
    bool any = false;
    input_.zero(compartments_ * lane_count_);
    for (std::size_t i = 0; i < lane_count_; ++i) {
      Lane& lane = lanes_[i];
      from_h_[i] = to_h_[i] = lane.end_h = lane.now_h;
      lane.row_times_h.clear();
      lane.rows_inside.clear();
      lane.segments.clear();
      lane.passed = 0;
      if (!lane.active()) continue;
      any = true;
      if (request_.interpolated) {
        lines_[i] = line_of(lane);
      } else {
        load(i, lane.events[lane.next].before);
      }
      for (const Infusion& infusion : lane.infusions) {
        input_[static_cast<std::size_t>(infusion.compartment) * lane_count_ + i] += infusion.rate_mg_per_h;
      }
      to_h_[i] = lane.end_h = std::min(first_end(lane), lane.events[lane.next].time_h);
      if (dynamics_.passes_rows() && !request_.interpolated) pass(i);
    }
    if (stale_) evaluate();
    return any;
  }

  static double first_end(const Lane& lane) {
    double end_h = kNever;
    for (const Infusion& infusion : lane.infusions) end_h = std::min(end_h, infusion.end_h);
    return end_h;
  }

  [[nodiscard]] static double input_of(const Lane& lane, int compartment) {
    double rate_mg_per_h = 0;
    for (const Infusion& infusion : lane.infusions) {
      if (infusion.compartment == compartment) rate_mg_per_h += infusion.rate_mg_per_h;
    }
    return rate_mg_per_h;
  }

  // As far as the lane can go by itself: through rows, doses and ends of infusions that need no other parameters.
  void pass(std::size_t i) {
    Lane& lane = lanes_[i];
    std::size_t event = lane.next;
    bool first = true;  // segment
    const auto go_to = [&](double to_h) {
      (first ? to_h_[i] : lane.segments.back().to_h) = to_h;
      lane.end_h = to_h;
    };
    const auto begin_segment = [&](int compartment, double added_mg) {
      lane.segments.push_back(
          {static_cast<std::size_t>(compartment), added_mg, input_of(lane, compartment), lane.end_h});
      first = false;
    };
    while (true) {
      const LaneEvent& current = lane.events[event];
      const double end_h = first_end(lane);
      if (end_h < current.time_h) {
        go_to(end_h);
        std::vector<int> ended;
        for (const Infusion& infusion : lane.infusions) {
          if (infusion.end_h <= end_h) ended.push_back(infusion.compartment);
        }
        std::erase_if(lane.infusions, [&](const Infusion& infusion) { return infusion.end_h <= end_h; });
        for (const int compartment : ended) begin_segment(compartment, 0);
        continue;
      }
      go_to(current.time_h);
      if (event + 1 == lane.events.size()) break;
      const LaneEvent& following = lane.events[event + 1];
      const bool new_axis = following.time_h < current.time_h;  // a reset begins one
      if (new_axis || !request_.sets->same(i, current.own, current.before) ||
          !request_.sets->same(i, following.before, current.before)) {
        break;
      }
      if (current.kind == RecordEventKind::kRow) {
        if (lane.rows_inside.size() == kMostRowsInside) break;
        lane.rows_inside.push_back(&current);
        lane.row_times_h.push_back(current.time_h);
      } else if (current.kind == RecordEventKind::kDose && current.duration_h > 0) {
        const double infusion_end_h = current.time_h + current.duration_h;
        if (infusion_end_h > current.time_h) {
          lane.infusions.push_back({current.compartment, current.rate_mg_per_h, infusion_end_h});
          begin_segment(current.compartment, 0);
        }
      } else if (current.kind == RecordEventKind::kDose && following.time_h > current.time_h) {
        begin_segment(current.compartment, current.amount_mg);
      } else {
        break;
      }
      ++event;
    }
    lane.passed = event - lane.next;
  }

  static SetLine line_of(const Lane& lane) {
    const auto next_row = std::find_if(lane.events.begin() + static_cast<std::ptrdiff_t>(lane.next), lane.events.end(),
                                       [](const LaneEvent& event) { return event.kind == RecordEventKind::kRow; });
    const LaneEvent& next = next_row == lane.events.end() ? lane.events.back() : *next_row;
    const LaneEvent& last = lane.last_row == nullptr ? next : *lane.last_row;
    return {.from = last.own, .to = next.own, .from_h = last.time_h, .to_h = next.time_h};
  }

  void advance() {
    std::size_t most_rows = 0;
    for (std::size_t i = 0; i < lane_count_; ++i) {
      std::swap(row_times_[i], lanes_[i].row_times_h);
      std::swap(segments_[i], lanes_[i].segments);
      most_rows = std::max(most_rows, lanes_[i].rows_inside.size());
    }
    rows_.resize(most_rows * components_ * lane_count_);
    const std::size_t failures_before = failures_.size();
    dynamics_.advance({.from_h = from_h_,
                       .to_h = to_h_,
                       .input = input_.data(),
                       .state = state_.data(),
                       .segments = dynamics_.passes_rows() ? std::span<const std::vector<LaneSegment>>(segments_)
                                                           : std::span<const std::vector<LaneSegment>>(),
                       .row_times_h = row_times_,
                       .rows = rows_.data(),
                       .lines = request_.interpolated ? std::span<const SetLine>(lines_) : std::span<const SetLine>()},
                      failures_);
    for (std::size_t f = failures_before; f < failures_.size(); ++f) {
      lanes_[failures_[f].lane].failed = true;
      lanes_[failures_[f].lane].failed_at_h = failures_[f].time_h;
    }
    emit_inside(most_rows);
    for (std::size_t i = 0; i < lane_count_; ++i) {
      Lane& lane = lanes_[i];
      std::swap(row_times_[i], lane.row_times_h);
      std::swap(segments_[i], lane.segments);
      if (lane.failed) continue;
      lane.now_h = lane.end_h;
      lane.next += lane.passed;
      if (std::erase_if(lane.infusions, [&](const Infusion& infusion) { return infusion.end_h <= lane.now_h; }) > 0) {
        dynamics_.state_changed(i);
      }
      check_finite(i);
    }
  }

  void emit_inside(std::size_t most_rows) {
    for (std::size_t k = 0; k < most_rows; ++k) {
      const double* state = rows_.data() + k * components_ * lane_count_;
      if (needs_state_level_) {
        for (std::size_t i = 0; i < lane_count_; ++i) {
          times_[i] = k < row_times_[i].size() ? row_times_[i][k] : lanes_[i].now_h;
        }
        evaluate_state(state, times_);
      }
      if (emit_together(k, state)) continue;
      for (std::size_t i = 0; i < lane_count_; ++i) {
        if (k >= lanes_[i].rows_inside.size() || row_times_[i][k] >= lanes_[i].failed_at_h) continue;
        emit(i, *lanes_[i].rows_inside[k], state);
      }
    }
  }

  // Where every lane of the request is at the same row and every value is a number.
  bool emit_together(std::size_t k, const double* state) {
    const std::size_t count = request_.events.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (k >= lanes_[i].rows_inside.size() || lanes_[i].failed ||
          lanes_[i].rows_inside[k]->record != lanes_[0].rows_inside[k]->record) {
        return false;
      }
    }
    together_.resize(request_.outputs.size() * lane_count_);
    double not_finite = 0;  // NaN as soon as one is not
    for (std::size_t o = 0; o < request_.outputs.size(); ++o) {
      const model::Output& output = model_.outputs[request_.outputs[o]];
      double* values = together_.data() + o * lane_count_;
      if (output.compartment == model::kNoCompartment) {
        std::copy_n(frame_.slot(output.value_slot), count, values);
      } else {
        const double* amount = state + static_cast<std::size_t>(output.compartment) * lane_count_;
        const double* scale = frame_.slot(output.scale_slot);
        for (std::size_t i = 0; i < count; ++i) values[i] = amount[i] * scale[i];
      }
      for (std::size_t i = 0; i < count; ++i) not_finite += 0.0 * values[i];
    }
    if (count == 0 || not_finite != 0) return false;
    for (std::size_t o = 0; o < request_.outputs.size(); ++o) {
      const std::span<const double> values(together_.data() + o * lane_count_, count);
      if (!sink_.rows(0, lanes_[0].rows_inside[k]->record, o, values)) return false;
    }
    return true;
  }

  void check_finite(std::size_t i) {
    for (std::size_t c = 0; c < components_; ++c) {
      if (std::isfinite(state_[c * lane_count_ + i])) continue;
      fail_lane(i, lanes_[i].now_h, "an amount or a state is not finite");
      return;
    }
  }

  void fail_lane(std::size_t i, double time_h, std::string reason) {
    if (lanes_[i].failed) return;
    lanes_[i].failed = true;
    lanes_[i].failed_at_h = time_h;
    failures_.push_back({i, time_h, std::move(reason)});
  }

  const LaneRunRequest& request_;
  const model::CompiledModel& model_;
  expr::Frame& frame_;
  Dynamics& dynamics_;
  RowSink& sink_;
  std::size_t lane_count_;
  std::size_t compartments_;
  std::size_t components_;
  std::vector<Lane> lanes_;
  AlignedDoubles state_;  // [component][lane]
  AlignedDoubles input_;  // [compartment][lane]
  std::vector<double> from_h_;
  std::vector<double> to_h_;
  std::vector<std::vector<double>> row_times_;  // of the lanes, while an interval runs
  std::vector<std::vector<LaneSegment>> segments_;
  AlignedDoubles rows_;
  std::vector<SetLine> lines_ = std::vector<SetLine>(lane_count_);
  std::vector<double> values_;
  AlignedDoubles together_;  // [output][lane]
  std::vector<double> times_ = std::vector<double>(lane_count_);
  std::vector<LaneFailure> failures_;
  bool needs_state_level_ = false;
  bool stale_ = false;  // the frame holds inputs that have not been evaluated
};

}  // namespace

std::vector<LaneFailure> run_lanes(const LaneRunRequest& request, expr::Frame& frame, Dynamics& dynamics,
                                   RowSink& sink) {
  return Runner(request, frame, dynamics, sink).run();
}

}  // namespace racemate::engine::events
