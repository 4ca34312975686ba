#include "racemate/engine/run.h"

#include <algorithm>
#include <cmath>

#include "racemate/core/aligned_doubles.h"
#include "racemate/core/check.h"
#include "racemate/engine/doses_under_way.h"
#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/engine/kernels/table_kernels.h"

namespace racemate::engine {

namespace {

using kernels::kGroup;

// A chunk's buffers stay in the second-level cache: 64 steps x 64 lanes x 8 bytes x (value, slope) = 64 KiB.
constexpr std::size_t kMostStepsPerChunk = 64;
// A column of a table that is larger than this many doubles (1 MiB) is not worth keeping in caches.
constexpr std::size_t kLargestCachedTable = 131'072;

}  // namespace

struct Workspace::Buffers {
  AlignedDoubles flow_rates;        // [group][flow][8]
  AlignedDoubles states;            // [group][state][8]
  AlignedDoubles source_rates;      // [group][source][8]
  AlignedDoubles scales;            // [group][output][8]
  AlignedDoubles slope_rows;        // [group][output][state][8]
  AlignedDoubles propagators;       // [length][group][entry][8]
  AlignedDoubles packed;            // [length][group][packed_size(length)]
  AlignedDoubles lane_propagators;  // [entry][8]
  AlignedDoubles lane_packed;       // [group][step_size_]
  AlignedDoubles leaps;             // two propagators: [entry][8]
  AlignedDoubles scratch;
  AlignedDoubles value;  // [output][point][lane]
  AlignedDoubles slope;
  AlignedDoubles auc;         // [output][lane]
  AlignedDoubles nominal_mg;  // [lane]
  AlignedDoubles base_mg;
  AlignedDoubles systemic_mg;
  AlignedDoubles lane_start_h;
  AlignedDoubles lane_step_h;
  std::vector<std::uint64_t> stamps;  // per length: the parameter generation its propagators belong to
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
        table_(table),
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
      widths_.push_back(kernels::table_width(structure_, output.state));
    }
    step_size_ = table_ != nullptr ? kernels::table_doubles(structure_, observed_, false)
                                   : kernels::packed_doubles(structure_, integrals());
    std::size_t packed_end = 0;
    for (std::size_t length = 0; length < plan.step_lengths().size(); ++length) {
      packed_at_.push_back(packed_end);
      packed_end += groups_ * packed_size(length);
    }
    packed_at_.push_back(packed_end);
  }

  std::optional<RunFailure> run() {
    allocate();
    if (auto failure = gather_parameters(Instant())) return failure;
    for (const Segment& segment : plan_.segments()) {
      for (std::uint32_t e = 0; e < segment.events; ++e) {
        if (auto failure = handle(plan_.events()[segment.first_event + e])) return failure;
      }
      if (table_ == nullptr) {
        advance_segment(segment);
      } else {
        fill_segment(segment);
      }
    }
    if (table_ != nullptr) {
      repeat_rows();
      kernels::finish_table();
    }
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
    b_.propagators.resize(plan_.step_lengths().size() * groups_ * structure_.entries() * kGroup);
    b_.packed.resize(packed_at_.back());
    b_.lane_propagators.resize(structure_.entries() * kGroup);
    b_.lane_packed.resize(groups_ * step_size_);
    b_.leaps.resize(2 * structure_.entries() * kGroup);
    b_.scratch.resize(kernels::scratch_doubles(structure_));
    b_.value.resize(outputs * (kMostStepsPerChunk + 1) * lanes_);
    if (!plan_.values_only()) b_.slope.resize(outputs * (kMostStepsPerChunk + 1) * lanes_);
    b_.auc.zero(outputs * lanes_);
    b_.nominal_mg.zero(lanes_);
    b_.base_mg.zero(lanes_);
    b_.systemic_mg.zero(lanes_);
    b_.lane_start_h.zero(lanes_);
    b_.lane_step_h.zero(lanes_);
    b_.stamps.assign(plan_.step_lengths().size(), 0);
  }

  // Copies rates and scales from the frame into groups, and begins a new generation of propagators.
  std::optional<RunFailure> gather_parameters(Instant now) {
    ++generation_;
    const expr::Frame& frame = batch_.frame();
    const auto gather = [&](std::size_t slot, double* target, std::size_t component, std::size_t components,
                            const char* what) -> std::optional<RunFailure> {
      const double* values = frame.slot(slot);
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        if (!(values[lane] >= 0.0) || std::isinf(values[lane])) {
          return RunFailure{lane, now,
                            std::string(what) + " '" + plan_.model().symbols.at(slot).name + "' is " +
                                std::to_string(values[lane]) + ", not a finite number >= 0"};
        }
        target[(lane / kGroup * components + component) * kGroup + lane % kGroup] = values[lane];
      }
      return std::nullopt;
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
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const double amount = base[lane] * fraction[lane];
        if (!std::isfinite(amount)) {
          return RunFailure{lane, event.time, "the absorbed amount is not a finite number"};
        }
        systemic[lane] += base[lane] * systemic_fraction[lane];
      }
      if (input.lagged || input.lane_duration) {
        start_lane_dose(event.time, administration, input, base, fraction);
      } else {
        start_common_dose(event.index, i, administration, base, fraction);
      }
    }
    doses_.sum_rates(b_.source_rates.data());
    if (observer_ != nullptr) {
      observer_->administration({b_.nominal_mg.data(), batch_.people()}, {base, batch_.people()},
                                {systemic, batch_.people()});
    }
    return std::nullopt;
  }

  void start_common_dose(std::uint32_t index, std::uint32_t input_index, const regimen::Administration& administration,
                         const double* base, const double* fraction) {
    const PlannedInput& input = plan_.inputs()[input_index];
    const Duration duration = input.own_duration ? input.common_duration : administration.duration;
    if (duration > Duration()) {
      rates_.resize(lanes_);
      const double hours = duration.hours();
      for (std::size_t lane = 0; lane < lanes_; ++lane) rates_[lane] = base[lane] * fraction[lane] / hours;
      doses_.start_infusion(index, input_index, input.source, rates_);
      return;
    }
    for (std::size_t lane = 0; lane < lanes_; ++lane) state(input.state, lane) += base[lane] * fraction[lane];
  }

  void start_lane_dose(Instant now, const regimen::Administration& administration, const PlannedInput& input,
                       const double* base, const double* fraction) {
    const expr::Frame& frame = batch_.frame();
    DosesUnderWay::LaneDose dose;
    dose.origin = now;
    dose.state = input.state;
    dose.source = input.source;
    dose.start_h.assign(lanes_, 0.0);
    dose.duration_h.assign(lanes_, administration.duration.hours());
    dose.amount_mg.resize(lanes_);
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      dose.amount_mg[lane] = base[lane] * fraction[lane];
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
        ensure_propagators(index);
        chunk_lengths_.push_back(index);
        step_.push_back(next);
        step_h_.push_back(next.hours());
        now = now + next;
        ++step;
      }
      advance_chunk(start);
    }
  }

  double* propagator(std::size_t length, std::size_t group) {
    return b_.propagators.data() + (length * groups_ + group) * structure_.entries() * kGroup;
  }
  // Whether runs of this length go by leaps. Where people have events of their own, a neighbour's event would decide
  // where a leap begins, so all go step by step.
  [[nodiscard]] bool leaps(std::size_t length) const {
    return table_ != nullptr && !plan_.has_lane_events() && plan_.longest_run(length) >= kernels::kShortestLeapingRun;
  }
  [[nodiscard]] std::size_t integrals() const { return plan_.values_only() ? 0 : observed_.size(); }
  // Rows of one group for steps of this length. They begin with those of a single step.
  [[nodiscard]] std::size_t packed_size(std::size_t length) const {
    return leaps(length) ? kernels::table_doubles(structure_, observed_, true) : step_size_;
  }
  double* packed(std::size_t length) { return b_.packed.data() + packed_at_[length]; }
  double* packed(std::size_t length, std::size_t group) { return packed(length) + group * packed_size(length); }

  void ensure_propagators(std::size_t length) {
    if (b_.stamps[length] == generation_) return;
    b_.stamps[length] = generation_;
    alignas(64) double h[kGroup];
    std::fill_n(h, kGroup, plan_.step_lengths()[length].hours());
    const LengthSum sum = plan_.sum_of(length);
    if (sum.first >= 0) {
      ensure_propagators(at(sum.first));
      ensure_propagators(at(sum.second));
    }
    for (std::size_t g = 0; g < groups_; ++g) {
      double* result = propagator(length, g);
      if (sum.first >= 0) {
        kernels::product(structure_, propagator(at(sum.second), g), propagator(at(sum.first), g), h, result);
      } else {
        kernels::propagate(structure_, rates_of_group(g), h, result, b_.scratch.data());
      }
      if (leaps(length)) {
        prepare_leaps(length, g);
      } else {
        pack(result, packed(length, g));
      }
    }
  }

  // The rows of a single step.
  void pack(const double* propagator, double* result) {
    if (table_ != nullptr) {
      kernels::prepare_table(structure_, observed_, propagator, nullptr, nullptr, result);
    } else {
      kernels::pack(structure_, std::span(observed_).first(integrals()), propagator, result);
    }
  }

  void prepare_leaps(std::size_t length, std::size_t group) {
    const double* power = propagator(length, group);
    alignas(64) double h[kGroup];
    double hours = plan_.step_lengths()[length].hours();
    std::size_t buffer = 0;
    for (std::size_t steps = 1; steps < kernels::kLeap; steps *= 2) {
      hours *= 2;
      std::fill_n(h, kGroup, hours);
      double* twice = b_.leaps.data() + buffer * structure_.entries() * kGroup;
      kernels::product(structure_, power, power, h, twice);
      power = twice;
      buffer = 1 - buffer;
    }
    kernels::prepare_table(structure_, observed_, propagator(length, group), power,
                           b_.scales.data() + group * observed_.size() * kGroup, packed(length, group));
  }

  const double* rates_of_group(std::size_t group) {
    return b_.flow_rates.data() + group * structure_.flows().size() * kGroup;
  }

  void advance_chunk(Instant start) {
    const std::size_t steps = chunk_lengths_.size();
    step_propagators_.clear();
    for (const std::uint32_t length : chunk_lengths_) step_propagators_.push_back(packed(length));
    advance();
    emit({.start = start, .step = step_, .step_h = step_h_, .steps = steps, .lanes = lanes_});
  }

  // A grid step inside which people's own events fall: each lane goes from event to event by itself. A lane without
  // one takes the step that it would have taken in any company: the common propagator, then steps of no length.
  void split_step(Instant now, std::size_t length) {
    const double h = plan_.step_lengths()[length].hours();
    ensure_propagators(length);
    double* start = b_.lane_start_h.zero(lanes_);
    double* step = b_.lane_step_h.resize(lanes_);
    for (bool first = true; std::any_of(start, start + lanes_, [&](double position) { return position < h; });
         first = false) {
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        step[lane] = std::max(0.0, std::min(h, doses_.next_lane_event_h(now, lane)) - start[lane]);
      }
      for (std::size_t g = 0; g < groups_; ++g) {
        double* propagator = b_.lane_propagators.data();
        double* packed_group = b_.lane_packed.data() + g * step_size_;
        kernels::propagate(structure_, rates_of_group(g), step + g * kGroup, propagator, b_.scratch.data());
        pack(propagator, packed_group);
        if (first) copy_lanes_of_whole_steps(length, g, step + g * kGroup, h, packed_group);
      }
      if (table_ == nullptr) {
        step_propagators_.assign(1, b_.lane_packed.data());
        advance();
        emit({.start = now, .lane_start_h = start, .lane_step_h = step, .steps = 1, .lanes = lanes_});
      } else {
        kernels::TableArguments arguments = table_arguments();
        arguments.rows = b_.lane_packed.data();
        arguments.steps = 1;
        kernels::fill_table(arguments);
      }
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        const double next = doses_.next_lane_event_h(now, lane);
        start[lane] = next < h ? next : h;
      }
      apply_lane_events_before(now, start, h);
    }
  }

  void copy_lanes_of_whole_steps(std::size_t length, std::size_t group, const double* step_h, double h,
                                 double* packed_group) {
    const double* common = packed(length, group);
    for (std::size_t lane = 0; lane < kGroup; ++lane) {
      if (step_h[lane] != h) continue;
      for (std::size_t i = lane; i < step_size_; i += kGroup) packed_group[i] = common[i];
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

  // Everything but rows, steps and where the values go.
  kernels::TableArguments table_arguments() {
    kernels::TableArguments arguments;
    arguments.structure = &structure_;
    arguments.outputs = observed_;
    arguments.widths = widths_;
    arguments.groups = groups_;
    arguments.states = b_.states.data();
    arguments.source_rates = b_.source_rates.data();
    arguments.scales = b_.scales.data();
    arguments.stride = table_->stride;
    arguments.past_cache = plan_.table_rows() * table_->stride >= kLargestCachedTable;
    return arguments;
  }

  void fill_segment(const Segment& segment) {
    if (segment.start_row != kNoRow) fill_row(segment.start_row);
    Instant now = segment.start;
    for (const TableRun& run : plan_.table_runs().subspan(segment.first_run, segment.runs)) {
      const std::size_t length = plan_.steps()[run.first_step];
      const Duration step = plan_.step_lengths()[length];
      ensure_propagators(length);
      for (std::uint32_t done = 0; done < run.steps;) {
        const std::uint32_t row = run.first_row == kNoRow ? kNoRow : run.first_row + done;
        if (doses_.lane_event_within(now, step)) {
          split_step(now, length);
          if (row != kNoRow) fill_row(row);
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
        fill_steps(length, free, row);
        done += free;
      }
    }
  }

  // Values of whole groups go to the caller's rows; those of a last group that is not full by way of a buffer.
  void fill_steps(std::size_t length, std::size_t steps, std::uint32_t first_row) {
    kernels::TableArguments arguments = table_arguments();
    arguments.leaps = leaps(length);
    arguments.rows = packed(length);
    arguments.steps = steps;
    if (first_row == kNoRow) return kernels::fill_table(arguments);
    arguments.groups = batch_.people() / kGroup;
    value_.clear();
    for (double* column : table_->first) value_.push_back(column + first_row * table_->stride);
    arguments.value = value_;
    kernels::fill_table(arguments);
    if (arguments.groups == groups_) return;
    select_group(arguments, arguments.groups, length);
    // Pieces of many leaps: a lane's bits do not depend on them.
    static_assert(kMostStepsPerChunk % kernels::kLeap == 0);
    for (std::size_t done = 0; done < steps; done += kMostStepsPerChunk) {
      arguments.steps = std::min(kMostStepsPerChunk, steps - done);
      kernels::fill_table(arguments);
      copy_last_group(first_row + done, arguments.steps);
    }
  }

  void fill_row(std::uint32_t row) {
    kernels::TableArguments arguments = table_arguments();
    arguments.groups = batch_.people() / kGroup;
    value_.clear();
    for (double* column : table_->first) value_.push_back(column + row * table_->stride);
    arguments.value = value_;
    kernels::fill_row(arguments);
    if (arguments.groups == groups_) return;
    select_group(arguments, arguments.groups, 0);
    kernels::fill_row(arguments);
    copy_last_group(row, 1);
  }

  // Arguments for one group alone, with the values in the buffer: [output][kMostStepsPerChunk][8].
  void select_group(kernels::TableArguments& arguments, std::size_t group, std::size_t length) {
    arguments.rows = packed(length, group);
    arguments.states += group * at(structure_.states()) * kGroup;
    arguments.source_rates += group * at(structure_.sources()) * kGroup;
    arguments.scales += group * observed_.size() * kGroup;
    arguments.groups = 1;
    value_.clear();
    for (std::size_t o = 0; o < observed_.size(); ++o) {
      value_.push_back(b_.value.data() + o * kMostStepsPerChunk * kGroup);
    }
    arguments.value = value_;
    arguments.stride = kGroup;
    arguments.past_cache = false;
  }

  void copy_last_group(std::size_t first_row, std::size_t rows) {
    const std::size_t first_lane = batch_.people() / kGroup * kGroup;
    for (std::size_t o = 0; o < observed_.size(); ++o) {
      for (std::size_t row = 0; row < rows; ++row) {
        std::copy_n(b_.value.data() + (o * kMostStepsPerChunk + row) * kGroup, batch_.people() - first_lane,
                    table_->first[o] + (first_row + row) * table_->stride + first_lane);
      }
    }
  }

  void repeat_rows() {
    for (double* column : table_->first) {
      for (const std::size_t row : plan_.repeated_rows()) {
        std::copy_n(column + (row - 1) * table_->stride, batch_.people(), column + row * table_->stride);
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
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      for (int s = 0; s < structure_.states(); ++s) {
        if (!std::isfinite(state(s, lane))) {
          return RunFailure{lane, Instant() + plan_.timeline().horizon, "an amount is not a finite number"};
        }
      }
    }
    return std::nullopt;
  }

  const Plan& plan_;
  population::Batch& batch_;
  TrajectoryObserver* observer_;
  const ValueTable* table_;
  Workspace::Buffers& b_;
  const linear::Structure& structure_;
  std::size_t lanes_;
  std::size_t groups_;
  std::vector<kernels::ObservedOutput> observed_;
  std::vector<std::size_t> widths_;     // per output, of the kernels' tables
  std::size_t step_size_ = 0;           // rows of a single step of one group
  std::vector<std::size_t> packed_at_;  // per length, and the end
  std::uint64_t generation_ = 0;
  DosesUnderWay doses_;
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
