#include "racemate/engine/run.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "racemate/core/aligned_doubles.h"
#include "racemate/core/check.h"
#include "racemate/engine/block_propagators.h"
#include "racemate/engine/doses_under_way.h"
#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/engine/table_filler.h"

namespace racemate::engine {

namespace {

using kernels::kGroup;

// A chunk's buffers stay in the second-level cache: 64 steps x 64 lanes x 8 bytes x (value, slope) = 64 KiB.
constexpr std::size_t kMostStepsPerChunk = 64;
constexpr double kLargestDouble = std::numeric_limits<double>::max();

bool is_finite(double value) { return std::abs(value) <= kLargestDouble; }

// The first of `count` values that is not allowed, or `count`. Most often there is none: that is found without jumps.
template <class Allowed>
std::size_t first_unless(const Allowed& allowed, const double* values, std::size_t count) {
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < count; ++i) refused |= allowed(values[i]) ? std::uint64_t{0} : std::uint64_t{1};
  if (refused == 0) return count;
  return static_cast<std::size_t>(std::find_if_not(values, values + count, allowed) - values);
}

}  // namespace

struct Workspace::Buffers {
  AlignedDoubles flow_rates;    // [group][flow][8]
  AlignedDoubles states;        // [group][state][8]
  AlignedDoubles source_rates;  // [group][source][8]
  AlignedDoubles scales;        // [group][output][8]
  AlignedDoubles slope_rows;    // [group][output][state][8]
  BlockPropagators::Buffers propagators;
  AlignedDoubles lane_rows;  // [group][rows of a single step]
  AlignedDoubles value;      // [output][point][lane]
  AlignedDoubles slope;
  AlignedDoubles auc;         // [output][lane]
  AlignedDoubles nominal_mg;  // [lane]
  AlignedDoubles base_mg;
  AlignedDoubles systemic_mg;
  AlignedDoubles lane_start_h;
  AlignedDoubles lane_step_h;
};

Workspace::Workspace() : buffers_(std::make_unique<Buffers>()) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

namespace {

class BlockRun {
 public:
  // observer or table: one of them.
  BlockRun(const Plan& plan, population::Batch& batch, TrajectoryObserver* observer, const ValueTable* table,
           Workspace::Buffers& buffers)
      : plan_(plan),
        batch_(batch),
        observer_(observer),
        b_(buffers),
        structure_(plan.structure()),
        lanes_(batch.lanes()),
        groups_(lanes_ / kGroup),
        observed_(plan.outputs().size()),
        doses_(structure_, lanes_) {
    for (std::size_t o = 0; o < observed_.size(); ++o) {
      const Plan::PlannedOutput& output = plan.outputs()[o];
      observed_[o] = {static_cast<std::uint16_t>(output.state), static_cast<std::uint16_t>(output.accumulator), -1};
      for (int source = 0; source < structure_.sources(); ++source) {
        if (structure_.source_state(source) == output.state) observed_[o].source = source;
      }
    }
    allocate();
    propagators_.emplace(plan, BlockPropagators::Parameters{observed_, groups_, b_.flow_rates.data(), b_.scales.data()},
                         table == nullptr ? BlockPropagators::Use::kAdvance : BlockPropagators::Use::kTable,
                         b_.propagators);
    b_.lane_rows.resize(groups_ * propagators_->step_doubles());
    if (table != nullptr) {
      table_.emplace(plan, *table,
                     TableFiller::Block{observed_, batch.people(), groups_, b_.states.data(), b_.source_rates.data(),
                                        b_.scales.data()},
                     b_.value);
    }
  }

  std::optional<RunFailure> run() {
    if (auto failure = gather_parameters(Instant())) return failure;
    for (const Segment& segment : plan_.segments()) {
      for (std::uint32_t e = 0; e < segment.events; ++e) {
        if (auto failure = handle(plan_.events()[segment.first_event + e])) return failure;
      }
      if (!table_) {
        advance_segment(segment);
      } else {
        fill_segment(segment);
      }
    }
    if (table_) table_->finish();
    return check_states();
  }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }

  void allocate() {
    const std::size_t outputs = observed_.size();
    b_.flow_rates.zero(groups_ * structure_.flows().size() * kGroup);
    b_.states.zero(groups_ * at(structure_.states()) * kGroup);
    b_.source_rates.zero(std::max<std::size_t>(1, groups_ * at(structure_.sources()) * kGroup));
    b_.scales.zero(groups_ * outputs * kGroup);
    b_.slope_rows.zero(groups_ * outputs * at(structure_.states()) * kGroup);
    if (observer_ != nullptr) b_.value.resize(outputs * (kMostStepsPerChunk + 1) * lanes_);
    if (!plan_.values_only()) b_.slope.resize(outputs * (kMostStepsPerChunk + 1) * lanes_);
    b_.auc.zero(outputs * lanes_);
    b_.nominal_mg.zero(lanes_);
    b_.base_mg.zero(lanes_);
    b_.systemic_mg.zero(lanes_);
    b_.lane_start_h.zero(lanes_);
    b_.lane_step_h.zero(lanes_);
  }

  // Copies rates and scales from the frame into groups, and begins a new generation of propagators.
  std::optional<RunFailure> gather_parameters(Instant now) {
    propagators_->renew();
    const expr::Frame& frame = batch_.frame();
    const auto gather = [&](std::size_t slot, double* target, std::size_t component, std::size_t components,
                            const char* what) -> std::optional<RunFailure> {
      const double* values = frame.slot(slot);
      for (std::size_t g = 0; g < groups_; ++g) {
        std::copy_n(values + g * kGroup, kGroup, target + (g * components + component) * kGroup);
      }
      const auto allowed = [](double value) { return value >= 0.0 && value <= kLargestDouble; };
      const std::size_t lane = first_unless(allowed, values, lanes_);
      if (lane == lanes_) return std::nullopt;
      return RunFailure{lane, now,
                        std::string(what) + " '" + plan_.model().symbols.at(slot).name + "' is " +
                            std::to_string(values[lane]) + ", not a finite number >= 0"};
    };
    const auto slots = plan_.flow_slots();
    for (std::size_t f = 0; f < slots.size(); ++f) {
      if (auto failure = gather(slots[f], b_.flow_rates.data(), f, slots.size(), "rate")) return failure;
    }
    for (std::size_t o = 0; o < observed_.size(); ++o) {
      if (auto failure =
              gather(plan_.outputs()[o].output->scale_slot, b_.scales.data(), o, observed_.size(), "output scale")) {
        return failure;
      }
    }
    if (!plan_.values_only()) derive_slope_rows();
    return std::nullopt;
  }

  // scale x row of the rate matrix, for each output's state.
  void derive_slope_rows() {
    const auto& flows = structure_.flows();
    const std::size_t states = at(structure_.states());
    std::fill_n(b_.slope_rows.data(), groups_ * observed_.size() * states * kGroup, 0.0);
    for (std::size_t g = 0; g < groups_; ++g) {
      const double* rates = rates_of_group(g);
      for (std::size_t o = 0; o < observed_.size(); ++o) {
        const double* scale = b_.scales.data() + (g * observed_.size() + o) * kGroup;
        double* row = b_.slope_rows.data() + (g * observed_.size() + o) * states * kGroup;
        const int state = observed_[o].state;
        for (std::size_t f = 0; f < flows.size(); ++f) {
          if (flows[f].to != state && flows[f].from != state) continue;
          const double sign = flows[f].to == state ? 1.0 : -1.0;
          for (std::size_t lane = 0; lane < kGroup; ++lane) {
            row[at(flows[f].from) * kGroup + lane] += sign * scale[lane] * rates[f * kGroup + lane];
          }
        }
      }
    }
  }

  std::optional<RunFailure> handle(const Event& event) {
    switch (event.kind) {
      case EventKind::kInfusionEnd:
        doses_.end_infusion(event.index, event.input);
        doses_.sum_rates(b_.source_rates.data());
        return std::nullopt;
      case EventKind::kSession:
        if (observer_ != nullptr) observer_->session(event.index, event.time);
        if (!batch_.has_occasion_effects()) return std::nullopt;
        batch_.enter_occasion(event.index);
        return gather_parameters(event.time);
      case EventKind::kAdministration:
        return administer(event);
    }
    return std::nullopt;
  }

  std::optional<RunFailure> administer(const Event& event) {
    const regimen::Administration& administration = plan_.timeline().administrations[event.index];
    batch_.administer(administration, b_.nominal_mg.span(), b_.base_mg.span());
    const expr::Frame& frame = batch_.frame();
    double* systemic = b_.systemic_mg.zero(lanes_);
    const double* base = b_.base_mg.data();
    for (std::uint32_t i = 0; i < plan_.inputs().size(); ++i) {
      const PlannedInput& input = plan_.inputs()[i];
      const double* fraction = frame.slot(input.input->fraction_slot);
      const double* systemic_fraction = frame.slot(input.input->systemic_slot);
      amounts_.resize(lanes_);
      for (std::size_t lane = 0; lane < lanes_; ++lane) amounts_[lane] = base[lane] * fraction[lane];
      for (std::size_t lane = 0; lane < lanes_; ++lane) systemic[lane] += base[lane] * systemic_fraction[lane];
      const std::size_t failed = first_unless(is_finite, amounts_.data(), lanes_);
      if (failed < lanes_) return RunFailure{failed, event.time, "the absorbed amount is not a finite number"};
      if (input.lagged || input.lane_duration) {
        start_lane_dose(event.time, administration, input);
      } else {
        start_common_dose(event.index, i, administration);
      }
    }
    doses_.sum_rates(b_.source_rates.data());
    if (observer_ != nullptr) {
      observer_->administration({b_.nominal_mg.data(), batch_.people()}, {base, batch_.people()},
                                {systemic, batch_.people()});
    }
    return std::nullopt;
  }

  // Both give amounts_.
  void start_common_dose(std::uint32_t index, std::uint32_t input_index,
                         const regimen::Administration& administration) {
    const PlannedInput& input = plan_.inputs()[input_index];
    const Duration duration = input.own_duration ? input.common_duration : administration.duration;
    if (duration > Duration()) {
      rates_.resize(lanes_);
      const double hours = duration.hours();
      for (std::size_t lane = 0; lane < lanes_; ++lane) rates_[lane] = amounts_[lane] / hours;
      doses_.start_infusion(index, input_index, input.source, rates_);
      return;
    }
    for (std::size_t lane = 0; lane < lanes_; ++lane) state(input.state, lane) += amounts_[lane];
  }

  void start_lane_dose(Instant now, const regimen::Administration& administration, const PlannedInput& input) {
    const expr::Frame& frame = batch_.frame();
    DosesUnderWay::LaneDose dose;
    dose.origin = now;
    dose.state = input.state;
    dose.source = input.source;
    dose.start_h.assign(lanes_, 0.0);
    dose.duration_h.assign(lanes_, administration.duration.hours());
    dose.amount_mg = amounts_;
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      if (input.lagged) dose.start_h[lane] = std::max(0.0, frame.slot(input.input->lag_slot)[lane]);
      if (input.own_duration) dose.duration_h[lane] = std::max(0.0, frame.slot(input.input->duration_slot)[lane]);
    }
    doses_.start(std::move(dose));
    apply_lane_events(now, {});
  }

  void apply_lane_events(Instant now, std::span<const double> position_h) {
    doses_.apply_lane_events(now, position_h, b_.states.data());
    doses_.sum_rates(b_.source_rates.data());
  }

  double& state(int index, std::size_t lane) {
    return b_.states.data()[(lane / kGroup * at(structure_.states()) + at(index)) * kGroup + lane % kGroup];
  }

  void advance_segment(const Segment& segment) {
    Instant now = segment.start;
    std::uint32_t step = segment.first_step;
    const std::uint32_t end = segment.first_step + segment.steps;
    while (step < end) {
      const Duration length = plan_.step_lengths()[plan_.steps()[step]];
      if (doses_.lane_event_within(now, length)) {
        split_step(now, plan_.steps()[step]);
        now = now + length;
        ++step;
        continue;
      }
      chunk_lengths_.clear();
      step_.clear();
      step_h_.clear();
      const Instant start = now;
      while (step < end && chunk_lengths_.size() < kMostStepsPerChunk) {
        const std::uint32_t index = plan_.steps()[step];
        const Duration next = plan_.step_lengths()[index];
        if (doses_.lane_event_within(now, next)) break;
        propagators_->ensure(index);
        chunk_lengths_.push_back(index);
        step_.push_back(next);
        step_h_.push_back(next.hours());
        now = now + next;
        ++step;
      }
      advance_chunk(start);
    }
  }

  const double* rates_of_group(std::size_t group) {
    return b_.flow_rates.data() + group * structure_.flows().size() * kGroup;
  }

  void advance_chunk(Instant start) {
    const std::size_t steps = chunk_lengths_.size();
    step_propagators_.clear();
    for (const std::uint32_t length : chunk_lengths_) step_propagators_.push_back(propagators_->rows(length));
    advance();
    emit({.start = start, .step = step_, .step_h = step_h_, .steps = steps, .lanes = lanes_});
  }

  // A grid step inside which people's own events fall: each lane goes from event to event by itself. A lane without
  // one takes the step that it would have taken in any company: the common propagator, then steps of no length.
  void split_step(Instant now, std::size_t length) {
    const double h = plan_.step_lengths()[length].hours();
    propagators_->ensure(length);
    double* start = b_.lane_start_h.zero(lanes_);
    double* step = b_.lane_step_h.resize(lanes_);
    for (bool first = true; std::any_of(start, start + lanes_, [&](double position) { return position < h; });
         first = false) {
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        step[lane] = std::max(0.0, std::min(h, doses_.next_lane_event_h(now, lane)) - start[lane]);
      }
      for (std::size_t g = 0; g < groups_; ++g) {
        double* rows = b_.lane_rows.data() + g * propagators_->step_doubles();
        propagators_->step_rows(g, step + g * kGroup, rows);
        if (first) copy_lanes_of_whole_steps(length, g, step + g * kGroup, h, rows);
      }
      if (table_) {
        table_->step(b_.lane_rows.data());
      } else {
        step_propagators_.assign(1, b_.lane_rows.data());
        advance();
        emit({.start = now, .lane_start_h = start, .lane_step_h = step, .steps = 1, .lanes = lanes_});
      }
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const double next = doses_.next_lane_event_h(now, lane);
        start[lane] = next < h ? next : h;
      }
      apply_lane_events_before(now, start, h);
    }
  }

  void copy_lanes_of_whole_steps(std::size_t length, std::size_t group, const double* step_h, double h,
                                 double* rows) const {
    const double* common = propagators_->rows(length, group);
    for (std::size_t lane = 0; lane < kGroup; ++lane) {
      if (step_h[lane] != h) continue;
      for (std::size_t i = lane; i < propagators_->step_doubles(); i += kGroup) rows[i] = common[i];
    }
  }

  // As apply_lane_events, but an event exactly at the end of the step belongs to the next one.
  void apply_lane_events_before(Instant now, const double* position_h, double h) {
    position_.assign(position_h, position_h + lanes_);
    for (double& position : position_) {
      if (position >= h) position = std::nextafter(h, 0.0);
    }
    apply_lane_events(now, position_);
  }

  void fill_segment(const Segment& segment) {
    if (segment.start_row != kNoRow) table_->row(segment.start_row);
    Instant now = segment.start;
    for (const TableRun& run : plan_.table_runs().subspan(segment.first_run, segment.runs)) {
      const std::size_t length = plan_.steps()[run.first_step];
      const Duration step = plan_.step_lengths()[length];
      propagators_->ensure(length);
      for (std::uint32_t done = 0; done < run.steps;) {
        const std::uint32_t row = run.first_row == kNoRow ? kNoRow : run.first_row + done;
        if (doses_.lane_event_within(now, step)) {
          split_step(now, length);
          if (row != kNoRow) table_->row(row);
          now = now + step;
          ++done;
          continue;
        }
        // Steps that nobody's event splits.
        std::uint32_t free = doses_.any_of_lanes() ? 1 : run.steps - done;
        now = now + step * free;
        while (done + free < run.steps && !doses_.lane_event_within(now, step)) {
          now = now + step;
          ++free;
        }
        table_->steps(*propagators_, length, free, row);
        done += free;
      }
    }
  }

  void advance() {
    value_.clear();
    slope_.clear();
    auc_.clear();
    for (std::size_t o = 0; o < observed_.size(); ++o) {
      value_.push_back(b_.value.data() + o * (kMostStepsPerChunk + 1) * lanes_);
      if (plan_.values_only()) continue;
      slope_.push_back(b_.slope.data() + o * (kMostStepsPerChunk + 1) * lanes_);
      auc_.push_back(b_.auc.data() + o * lanes_);
    }
    kernels::AdvanceArguments arguments;
    arguments.structure = &structure_;
    arguments.outputs = observed_;
    arguments.groups = groups_;
    arguments.propagators = step_propagators_;
    arguments.states = b_.states.data();
    arguments.source_rates = b_.source_rates.data();
    arguments.scales = b_.scales.data();
    arguments.slope_rows = b_.slope_rows.data();
    arguments.value = value_;
    arguments.slope = slope_;
    arguments.auc = auc_;
    arguments.stride = lanes_;
    kernels::advance(arguments);
  }

  void emit(TrajectoryChunk chunk) {
    const_value_.assign(value_.begin(), value_.end());
    const_slope_.assign(slope_.begin(), slope_.end());
    const_auc_.assign(auc_.begin(), auc_.end());
    chunk.value = const_value_;
    chunk.slope = const_slope_;
    chunk.auc = const_auc_;
    observer_->chunk(chunk);
  }

  std::optional<RunFailure> check_states() {
    const std::size_t amounts = lanes_ * at(structure_.states());
    if (first_unless(is_finite, b_.states.data(), amounts) == amounts) return std::nullopt;
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      for (int s = 0; s < structure_.states(); ++s) {
        if (!is_finite(state(s, lane))) {
          return RunFailure{lane, Instant() + plan_.timeline().horizon, "an amount is not a finite number"};
        }
      }
    }
    return std::nullopt;
  }

  const Plan& plan_;
  population::Batch& batch_;
  TrajectoryObserver* observer_;
  Workspace::Buffers& b_;
  const linear::Structure& structure_;
  std::size_t lanes_;
  std::size_t groups_;
  std::vector<kernels::ObservedOutput> observed_;
  std::optional<BlockPropagators> propagators_;
  std::optional<TableFiller> table_;  // none: the observer sees the run
  DosesUnderWay doses_;
  std::vector<double> amounts_;  // of the input that is given now: [lane]
  std::vector<double> rates_;
  std::vector<std::uint32_t> chunk_lengths_;
  std::vector<Duration> step_;
  std::vector<double> step_h_;
  std::vector<double> position_;
  std::vector<const double*> step_propagators_;
  std::vector<double*> value_;
  std::vector<double*> slope_;
  std::vector<double*> auc_;
  std::vector<const double*> const_value_;
  std::vector<const double*> const_slope_;
  std::vector<const double*> const_auc_;
};

}  // namespace

std::optional<RunFailure> run(const Plan& plan, population::Batch& batch, TrajectoryObserver& observer,
                              Workspace& workspace) {
  return BlockRun(plan, batch, &observer, nullptr, workspace.buffers()).run();
}

std::optional<RunFailure> fill_table(const Plan& plan, population::Batch& batch, const ValueTable& table,
                                     Workspace& workspace) {
  RACEMATE_CHECK(plan.values_only() && plan.table_rows() > 0, "the plan is for the values of a table");
  RACEMATE_CHECK(table.first.size() == plan.outputs().size(), "a column for every output");
  RACEMATE_CHECK(table.stride >= batch.people(), "rows do not overlap");
  return BlockRun(plan, batch, nullptr, &table, workspace.buffers()).run();
}

}  // namespace racemate::engine
