// Fills tables: the values of outputs after each of many equal steps, straight into the caller's rows.
//
// A table wants values, not states. After kLeap equal steps with propagator P the states are P^kLeap x, and the values
// on the way are rows (scale e_o P^j) x, j = 1..kLeap. So the states leap, each value costs one short row, and values
// do not wait for each other. Layout of groups and lanes as in linear_kernels.h; the same promise: no lane reads
// another, and a lane's bits depend on its own numbers and on the plan alone.
#pragma once

#include <cstddef>
#include <span>

#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/engine/linear/structure.h"

namespace racemate::engine::kernels {

inline constexpr std::size_t kLeap = 8;  // a power of two
// Leaps pay for their rows on runs at least this long.
inline constexpr std::size_t kShortestLeapingRun = 4 * kLeap;

// Room for the rows of one step length for one group: those of P; with leaps also those of P^kLeap, and kLeap for each
// output.
[[nodiscard]] std::size_t table_doubles(const linear::Structure& structure, std::span<const ObservedOutput> outputs,
                                        bool leaps);

// Columns that a row of this state's values can use: states of higher number never reach it.
[[nodiscard]] std::size_t table_width(const linear::Structure& structure, int state);

// Writes those rows. propagator: one step; leap: kLeap steps, or nullptr for no leaps ([entry][8] both); scales:
// [output][8]. result: table_doubles().
void prepare_table(const linear::Structure& structure, std::span<const ObservedOutput> outputs,
                   const double* propagator, const double* leap, const double* scales, double* result);

// A run of equal steps for `groups` groups.
struct TableArguments {
  const linear::Structure* structure = nullptr;
  std::span<const ObservedOutput> outputs;
  std::span<const std::size_t> widths;  // table_width() of each output's state
  std::size_t groups = 1;
  std::size_t steps = 0;
  bool leaps = false;                    // rows were prepared with leaps
  const double* rows = nullptr;          // [group][table_doubles()]
  double* states = nullptr;              // [group][state][8], in and out
  const double* source_rates = nullptr;  // [group][source][8], mg/h
  const double* scales = nullptr;        // [group][output][8]
  // value[o] + k * stride + 8 g: the eight values of group g after step k + 1. Any alignment. Empty: not recorded.
  std::span<double* const> value;
  std::size_t stride = 0;
  // The table is more than caches hold: aligned rows are written past them, which saves reading each line first. They
  // are there for other threads after finish_table().
  bool past_cache = false;
};
void fill_table(const TableArguments& arguments);

// value[o] + 8 g: the values of group g now. Uses structure, outputs, groups, states, scales, value, stride and
// past_cache.
void fill_row(const TableArguments& arguments);

// Waits for rows that were written past the caches.
void finish_table();

}  // namespace racemate::engine::kernels
