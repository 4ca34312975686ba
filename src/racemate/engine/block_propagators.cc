#include "racemate/engine/block_propagators.h"

#include <algorithm>

#include "racemate/engine/kernels/table_kernels.h"

namespace racemate::engine {

using kernels::kGroup;

BlockPropagators::BlockPropagators(const Plan& plan, const Parameters& parameters, Use use, Buffers& buffers)
    : plan_(plan), parameters_(parameters), use_(use), buffers_(buffers), structure_(plan.structure()) {
  if (!plan.values_only()) integrals_ = parameters.outputs;
  step_doubles_ = use == Use::kTable ? kernels::table_doubles(structure_, parameters.outputs, false)
                                     : kernels::packed_doubles(structure_, integrals_.size());
  const std::size_t lengths = plan.step_lengths().size();
  const bool may_leap = use == Use::kTable && !plan.has_lane_events();
  std::size_t end = 0;
  for (std::size_t length = 0; length < lengths; ++length) {
    leaps_.push_back(may_leap && plan.longest_run(length) >= kernels::kShortestLeapingRun);
    row_doubles_.push_back(leaps_.back() ? kernels::table_doubles(structure_, parameters.outputs, true)
                                         : step_doubles_);
    rows_at_.push_back(end);
    end += parameters.groups * row_doubles_.back();
  }
  buffers.propagators.resize(lengths * parameters.groups * structure_.entries() * kGroup);
  buffers.rows.resize(end);
  buffers.leaps.resize(2 * structure_.entries() * kGroup);
  buffers.scratch.resize(kernels::scratch_doubles(structure_));
  buffers.stamps.assign(lengths, 0);
}

double* BlockPropagators::propagator(std::size_t length, std::size_t group) {
  return buffers_.propagators.data() + (length * parameters_.groups + group) * structure_.entries() * kGroup;
}

const double* BlockPropagators::flow_rates(std::size_t group) const {
  return parameters_.flow_rates + group * structure_.flows().size() * kGroup;
}

void BlockPropagators::ensure(std::size_t length) {
  if (buffers_.stamps[length] == generation_) return;
  buffers_.stamps[length] = generation_;
  alignas(64) double h[kGroup];
  std::fill_n(h, kGroup, plan_.step_lengths()[length].hours());
  const LengthSum& sum = plan_.sum_of(length);
  const bool is_sum = sum.first >= 0;
  const auto first = static_cast<std::size_t>(sum.first);
  const auto second = static_cast<std::size_t>(sum.second);
  if (is_sum) {
    ensure(first);
    ensure(second);
  }
  for (std::size_t g = 0; g < parameters_.groups; ++g) {
    double* result = propagator(length, g);
    if (is_sum) {
      kernels::product(structure_, propagator(second, g), propagator(first, g), h, result);
    } else {
      kernels::propagate(structure_, flow_rates(g), h, result, buffers_.scratch.data());
    }
    double* rows_of_group = buffers_.rows.data() + rows_at_[length] + g * row_doubles_[length];
    if (leaps_[length]) {
      pack_leaps(length, g, rows_of_group);
    } else {
      pack_step(result, rows_of_group);
    }
  }
}

void BlockPropagators::step_rows(std::size_t group, const double* step_h, double* rows) {
  kernels::propagate(structure_, flow_rates(group), step_h, buffers_.leaps.data(), buffers_.scratch.data());
  pack_step(buffers_.leaps.data(), rows);
}

void BlockPropagators::pack_step(const double* propagator, double* rows) const {
  if (use_ == Use::kTable) {
    kernels::prepare_table(structure_, parameters_.outputs, propagator, nullptr, nullptr, rows);
  } else {
    kernels::pack(structure_, integrals_, propagator, rows);
  }
}

void BlockPropagators::pack_leaps(std::size_t length, std::size_t group, double* rows) {
  const double* power = propagator(length, group);
  alignas(64) double h[kGroup];
  double hours = plan_.step_lengths()[length].hours();
  std::size_t buffer = 0;
  for (std::size_t steps = 1; steps < kernels::kLeap; steps *= 2) {
    hours *= 2;
    std::fill_n(h, kGroup, hours);
    double* twice = buffers_.leaps.data() + buffer * structure_.entries() * kGroup;
    kernels::product(structure_, power, power, h, twice);
    power = twice;
    buffer = 1 - buffer;
  }
  kernels::prepare_table(structure_, parameters_.outputs, propagator(length, group), power,
                         parameters_.scales + group * parameters_.outputs.size() * kGroup, rows);
}

}  // namespace racemate::engine
