#include "racemate/engine/table_filler.h"

#include <algorithm>

namespace racemate::engine {

using kernels::kGroup;

namespace {

// Steps of a last group in its buffer.
constexpr std::size_t kBufferedSteps = 64;
static_assert(kBufferedSteps % kernels::kLeap == 0);
// A column of a table that is larger than this many doubles (1 MiB) is not worth keeping in caches.
constexpr std::size_t kLargestCachedColumn = 131'072;

}  // namespace

TableFiller::TableFiller(const Plan& plan, const ValueTable& table, const Block& block, AlignedDoubles& buffer)
    : plan_(plan), table_(table), block_(block), buffer_(buffer), value_(block.outputs.size()) {
  buffer.resize(block.outputs.size() * kBufferedSteps * kGroup);
  for (const kernels::ObservedOutput& output : block.outputs) {
    widths_.push_back(kernels::table_width(plan.structure(), output.state));
  }
}

// Everything but rows, steps and where the values go.
kernels::TableArguments TableFiller::arguments() {
  kernels::TableArguments arguments;
  arguments.structure = &plan_.structure();
  arguments.outputs = block_.outputs;
  arguments.widths = widths_;
  arguments.groups = block_.groups;
  arguments.states = block_.states;
  arguments.source_rates = block_.source_rates;
  arguments.scales = block_.scales;
  return arguments;
}

void TableFiller::point_at_row(kernels::TableArguments& arguments, std::uint32_t row) {
  arguments.groups = block_.people / kGroup;
  for (std::size_t o = 0; o < value_.size(); ++o) value_[o] = table_.first[o] + row * table_.stride;
  arguments.value = value_;
  arguments.stride = table_.stride;
  arguments.past_cache = plan_.table_rows() * table_.stride > kLargestCachedColumn;
}

void TableFiller::steps(const BlockPropagators& propagators, std::size_t length, std::size_t count,
                        std::uint32_t first_row) {
  kernels::TableArguments steps = arguments();
  steps.leaps = propagators.leaps(length);
  steps.rows = propagators.rows(length);
  steps.steps = count;
  if (first_row == kNoRow) return kernels::fill_table(steps);
  point_at_row(steps, first_row);
  kernels::fill_table(steps);
  if (steps.groups == block_.groups) return;
  steps.rows = propagators.rows(length, steps.groups);
  select_last_group(steps);
  for (std::size_t done = 0; done < count; done += kBufferedSteps) {
    steps.steps = std::min(kBufferedSteps, count - done);
    kernels::fill_table(steps);
    copy_last_group(first_row + done, steps.steps);
  }
}

void TableFiller::step(const double* rows) {
  kernels::TableArguments step = arguments();
  step.rows = rows;
  step.steps = 1;
  kernels::fill_table(step);
}

void TableFiller::row(std::uint32_t row) {
  kernels::TableArguments now = arguments();
  point_at_row(now, row);
  kernels::fill_row(now);
  if (now.groups == block_.groups) return;
  select_last_group(now);
  kernels::fill_row(now);
  copy_last_group(row, 1);
}

// Goes on to the group after the whole ones alone, with the values in the buffer.
void TableFiller::select_last_group(kernels::TableArguments& arguments) {
  const std::size_t group = arguments.groups;
  arguments.states += group * static_cast<std::size_t>(plan_.structure().states()) * kGroup;
  arguments.source_rates += group * static_cast<std::size_t>(plan_.structure().sources()) * kGroup;
  arguments.scales += group * block_.outputs.size() * kGroup;
  arguments.groups = 1;
  for (std::size_t o = 0; o < value_.size(); ++o) value_[o] = buffer_.data() + o * kBufferedSteps * kGroup;
  arguments.stride = kGroup;
  arguments.past_cache = false;
}

void TableFiller::copy_last_group(std::size_t first_row, std::size_t rows) const {
  const std::size_t first_lane = block_.people / kGroup * kGroup;
  for (std::size_t o = 0; o < block_.outputs.size(); ++o) {
    for (std::size_t row = 0; row < rows; ++row) {
      std::copy_n(buffer_.data() + (o * kBufferedSteps + row) * kGroup, block_.people - first_lane,
                  table_.first[o] + (first_row + row) * table_.stride + first_lane);
    }
  }
}

void TableFiller::finish() {
  for (double* column : table_.first) {
    for (const std::size_t row : plan_.repeated_rows()) {
      std::copy_n(column + (row - 1) * table_.stride, block_.people, column + row * table_.stride);
    }
  }
  kernels::finish_table();
}

}  // namespace racemate::engine
