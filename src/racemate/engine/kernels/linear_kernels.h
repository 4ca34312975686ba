// The lane kernels of the linear engine: propagators of eight subjects at a time, and steps with them.
//
// This folder holds the only SIMD code of Racemate. A lane is a subject. Eight lanes make a group; every array of a
// group is "component-major": component c of the eight subjects lies at [8 c, 8 c + 8), aligned to 64 bytes. No lane
// ever reads another lane, and every loop count is the same for all lanes (or blended per lane), so a subject's bits do
// not depend on its neighbours, on block size or on threads. Tails do not exist: callers pad groups with copies.
//
// The best instruction set of the machine is chosen at run time (Highway). Results agree across instruction sets to
// 1e-12 relative; within one they are bit-identical.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "racemate/engine/linear/structure.h"

namespace racemate::engine::kernels {

inline constexpr std::size_t kGroup = 8;

// "AVX3", "AVX2", "SSE4", ...: the instruction set in use, for manifests.
[[nodiscard]] const char* simd_tier();

// Scratch for propagate(): at least scratch_doubles(structure) doubles, 64-byte aligned.
[[nodiscard]] std::size_t scratch_doubles(const linear::Structure& structure);

// Matrix exponential of the augmented generator over h_h[lane] hours (>= 0), for one group.
//
// flow_rates: [flow][8], 1/h, >= 0. result: [entry][8].
//
// Method: G is a Metzler matrix, so N = (G + q I) h / 2^s with q the largest outflow rate is non-negative, and its
// Taylor series has no cancellation. s is chosen per lane so that q h / 2^s <= 1/2; the series stops at degree 16
// (remainder below 2e-20), evaluated by Paterson and Stockmeyer (1973) in six products; then s squarings. After the
// series and after every squaring each column is scaled to conserve mass exactly (states plus what left sum to one;
// for a source column, to h). That is the idea of Grassmann, Taksar and Heyman (1985): large entries follow from small
// ones that carry full relative accuracy, so rounding does not double with every squaring. Every entry ends within
// about 1e-14 relative over any h, with equal or zero rate constants like any others.
void propagate(const linear::Structure& structure, const double* flow_rates, const double* h_h, double* result,
               double* scratch);

// result = second x first: the propagator over h_h[lane] hours from those over two parts of it (same normalisation).
// Not in place.
void product(const linear::Structure& structure, const double* second, const double* first, const double* h_h,
             double* result);

// One output that a step records.
struct ObservedOutput {
  std::uint16_t state = 0;        // the state that it reads
  std::uint16_t accumulator = 0;  // the accumulator that integrates that state
  std::int32_t source = -1;       // the source that feeds `state`, if any
};

// Steps read propagators in a packed form: for each state and then each output's integral one row, with a column for
// each state and then each source, zeros included: [row][column][8]. Small systems run with their states in registers.
[[nodiscard]] std::size_t packed_doubles(const linear::Structure& structure, std::size_t outputs);
void pack(const linear::Structure& structure, std::span<const ObservedOutput> outputs, const double* propagator,
          double* packed);

// Runs the same steps for `groups` groups; all of a group's data is contiguous, groups follow each other. Recorded
// arrays are [point][stride] with group g at lane 8 g; point 0 is the state before the first step.
struct AdvanceArguments {
  const linear::Structure* structure = nullptr;
  std::span<const ObservedOutput> outputs;
  std::size_t groups = 1;
  std::span<const double* const> propagators;  // per step: [group][entry][8]
  double* states = nullptr;                    // [group][state][8], in and out
  const double* source_rates = nullptr;        // [group][source][8], mg/h, constant over the steps
  const double* scales = nullptr;              // [group][output][8], 1/L
  const double* slope_rows = nullptr;          // [group][output][state][8], 1/L/h: scale x row of K
  double* scratch = nullptr;                   // [state][8]
  // Per output o: value[o] + point * stride: concentration (mg/L); slope: its time derivative (mg/L/h), both taken
  // inside the interval (after the inputs that act at its start); auc[o]: [lane], running integral
  // (mg.h/L), in and out.
  std::span<double* const> value;
  std::span<double* const> slope;  // empty, like auc: values only, for tables
  std::span<double* const> auc;
  std::size_t stride = kGroup;
};
void advance(const AdvanceArguments& arguments);

}  // namespace racemate::engine::kernels
