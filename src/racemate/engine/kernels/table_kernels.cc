#include "racemate/engine/kernels/table_kernels.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "racemate/engine/kernels/table_kernels.cc"
#include "hwy/cache_control.h"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "racemate/engine/kernels/table_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace racemate::engine::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Lanes = hn::CappedTag<double, kGroup>;
using Vector = hn::Vec<Lanes>;

constexpr std::size_t kMostStates = linear::kMostStates;
// Systems up to this size have code of their own, with loops of known length.
constexpr std::size_t kMostUnrolled = 6;
// Groups take turns, so that the states at the starts of the leaps of a turn stay in the first-level cache.
constexpr std::size_t kMostLeapsPerTurn = 32;
constexpr std::size_t kMostStartsPerTurn = 256;  // vectors of eight; 16 KiB
std::size_t leaps_per_turn(std::size_t states) { return std::min(kMostLeapsPerTurn, kMostStartsPerTurn / states); }

// Calls use(n) with a compile-time n: `size` where it has code of its own, else 0.
template <class Use>
HWY_INLINE void with_size(std::size_t size, const Use& use) {
  static_assert(kMostUnrolled == 6);
  switch (size) {
    case 1:
      return use(std::integral_constant<std::size_t, 1>());
    case 2:
      return use(std::integral_constant<std::size_t, 2>());
    case 3:
      return use(std::integral_constant<std::size_t, 3>());
    case 4:
      return use(std::integral_constant<std::size_t, 4>());
    case 5:
      return use(std::integral_constant<std::size_t, 5>());
    case 6:
      return use(std::integral_constant<std::size_t, 6>());
    default:
      return use(std::integral_constant<std::size_t, 0>());
  }
}
constexpr std::size_t room_for(std::size_t size) { return size == 0 ? kMostStates : size; }

// Rows are stored as [row][state column][8], then [row][source][8].
struct Shape {
  std::size_t states;
  std::size_t sources;
  [[nodiscard]] std::size_t block(std::size_t rows, std::size_t width) const {
    return rows * (width + sources) * kGroup;
  }
  [[nodiscard]] std::size_t leap() const { return block(states, states); }
  [[nodiscard]] std::size_t outputs() const { return 2 * block(states, states); }
};

Shape shape_of(const linear::Structure& structure) {
  return {static_cast<std::size_t>(structure.states()), static_cast<std::size_t>(structure.sources())};
}

// Row j + 1 of an output is row j times P: [P Q; 0 I] over (states, sources). one: the rows of P.
template <std::size_t kWidth>
HWY_INLINE void output_rows(const Shape& shape, std::size_t runtime_width, std::size_t state, const double* one,
                            Vector scale, double* result, std::size_t lane) {
  const Lanes d;
  const std::size_t width = kWidth == 0 ? runtime_width : kWidth;
  const double* p = one + lane;
  const double* q = p + shape.states * shape.states * kGroup;
  double* row = result + lane;
  double* input = row + kLeap * width * kGroup;
  Vector left[room_for(kWidth)];
  for (std::size_t c = 0; c < width; ++c) {
    left[c] = hn::Mul(scale, hn::Load(d, p + (state * shape.states + c) * kGroup));
    hn::Store(left[c], d, row + c * kGroup);
  }
  for (std::size_t s = 0; s < shape.sources; ++s) {
    hn::Store(hn::Mul(scale, hn::Load(d, q + (state * shape.sources + s) * kGroup)), d, input + s * kGroup);
  }
  for (std::size_t j = 1; j < kLeap; ++j) {
    row += width * kGroup;
    for (std::size_t s = 0; s < shape.sources; ++s) {
      Vector sum = hn::Load(d, input + s * kGroup);
      for (std::size_t k = 0; k < width; ++k) {
        sum = hn::MulAdd(left[k], hn::Load(d, q + (k * shape.sources + s) * kGroup), sum);
      }
      hn::Store(sum, d, input + (shape.sources + s) * kGroup);
    }
    input += shape.sources * kGroup;
    for (std::size_t c = 0; c < width; ++c) {
      Vector sum = hn::Mul(left[0], hn::Load(d, p + c * kGroup));
      for (std::size_t k = 1; k < width; ++k) {
        sum = hn::MulAdd(left[k], hn::Load(d, p + (k * shape.states + c) * kGroup), sum);
      }
      hn::Store(sum, d, row + c * kGroup);
    }
    for (std::size_t c = 0; c < width; ++c) left[c] = hn::Load(d, row + c * kGroup);
  }
}

void state_rows(const linear::Structure& structure, const double* propagator, double* result) {
  const Lanes d;
  const auto copy = [&](int row, int column) HWY_ATTR {
    const int entry = structure.entry(row, column);
    const double* from = propagator + (entry < 0 ? 0 : static_cast<std::size_t>(entry) * kGroup);
    for (std::size_t lane = 0; lane < kGroup; lane += hn::Lanes(d)) {
      hn::Store(entry < 0 ? hn::Zero(d) : hn::Load(d, from + lane), d, result + lane);
    }
    result += kGroup;
  };
  for (int row = 0; row < structure.states(); ++row) {
    for (int j = 0; j < structure.states(); ++j) copy(row, j);
  }
  for (int row = 0; row < structure.states(); ++row) {
    for (int s = 0; s < structure.sources(); ++s) copy(row, structure.column_of_source(s));
  }
}

void prepare_target(const linear::Structure& structure, std::span<const ObservedOutput> outputs,
                    const double* propagator, const double* leap, const double* scales, double* result) {
  const Lanes d;
  const Shape shape = shape_of(structure);
  state_rows(structure, propagator, result);
  if (leap == nullptr) return;
  state_rows(structure, leap, result + shape.leap());
  double* rows = result + shape.outputs();
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const std::size_t width = table_width(structure, outputs[o].state);
    for (std::size_t lane = 0; lane < kGroup; lane += hn::Lanes(d)) {
      const Vector scale = hn::Load(d, scales + o * kGroup + lane);
      with_size(width, [&](auto size) HWY_ATTR {
        output_rows<size()>(shape, width, outputs[o].state, result, scale, rows, lane);
      });
    }
    rows += shape.block(kLeap, width);
  }
}

template <bool kPastCache>
HWY_INLINE void put(Vector value, double* to) {
  const Lanes d;
  if constexpr (kPastCache) {
    hn::Stream(value, d, to);
  } else {
    hn::StoreU(value, d, to);
  }
}

// What constant rates add to a row over its steps. factors: [source][8].
HWY_INLINE Vector input_of(const double* factors, std::size_t sources, const double* source_rates, std::size_t lane) {
  const Lanes d;
  Vector sum = hn::Zero(d);
  for (std::size_t s = 0; s < sources; ++s) {
    sum = hn::MulAdd(hn::Load(d, factors + s * kGroup + lane), hn::Load(d, source_rates + s * kGroup + lane), sum);
  }
  return sum;
}

// Applies the state rows at `rows` `times` times. each(k, x) sees the states before (kBefore) or after application k.
template <std::size_t kStates, bool kBefore, class Each>
HWY_INLINE void apply_rows(const Shape& shape, const double* rows, const double* source_rates, std::size_t times,
                           double* states, std::size_t lane, const Each& each) {
  const Lanes d;
  const std::size_t count = kStates == 0 ? shape.states : kStates;
  const double* inputs = rows + count * count * kGroup;
  rows += lane;
  Vector input[room_for(kStates)];
  Vector x[room_for(kStates)];
  Vector next[room_for(kStates)];
  for (std::size_t j = 0; j < count; ++j) {
    input[j] = input_of(inputs + j * shape.sources * kGroup, shape.sources, source_rates, lane);
    x[j] = hn::Load(d, states + j * kGroup + lane);
  }
  for (std::size_t k = 0; k < times; ++k) {
    if constexpr (kBefore) each(k, x);
    for (std::size_t i = 0; i < count; ++i) {
      Vector sum = input[i];
      for (std::size_t j = 0; j < count; ++j) {
        sum = hn::MulAdd(hn::Load(d, rows + (i * count + j) * kGroup), x[j], sum);
      }
      next[i] = sum;
    }
    for (std::size_t j = 0; j < count; ++j) x[j] = next[j];
    if constexpr (!kBefore) each(k, x);
  }
  for (std::size_t j = 0; j < count; ++j) hn::Store(x[j], d, states + j * kGroup + lane);
}

// The values of one output over `leaps` leaps, from the states at their starts: [leap][state][8].
template <std::size_t kWidth, bool kPastCache>
HWY_INLINE void leap_values(const Shape& shape, std::size_t runtime_width, const double* rows,
                            const double* source_rates, const double* starts, std::size_t leaps, double* value,
                            std::size_t stride, std::size_t lane) {
  const Lanes d;
  const std::size_t width = kWidth == 0 ? runtime_width : kWidth;
  const double* inputs = rows + kLeap * width * kGroup;
  rows += lane;
  Vector input[kLeap];
  for (std::size_t j = 0; j < kLeap; ++j) {
    input[j] = input_of(inputs + j * shape.sources * kGroup, shape.sources, source_rates, lane);
  }
  starts += lane;
  for (std::size_t leap = 0; leap < leaps; ++leap, starts += shape.states * kGroup) {
    Vector x[room_for(kWidth)];
    for (std::size_t k = 0; k < width; ++k) x[k] = hn::Load(d, starts + k * kGroup);
    for (std::size_t j = 0; j < kLeap; ++j, value += stride) {
      Vector sum = input[j];
      for (std::size_t k = 0; k < width; ++k) {
        sum = hn::MulAdd(hn::Load(d, rows + (j * width + k) * kGroup), x[k], sum);
      }
      put<kPastCache>(sum, value);
    }
  }
}

// One group's part of a turn.
struct Turn {
  const double* rows;
  double* states;
  const double* source_rates;
  const double* scales;
  std::size_t first_step;
  std::size_t first_lane;
};

template <std::size_t kStates, bool kPastCache>
HWY_INLINE void single_steps(const TableArguments& a, const Shape& shape, const Turn& turn, std::size_t first_step,
                             std::size_t steps, std::size_t lane) {
  const Lanes d;
  HWY_ALIGN double now[room_for(kStates) * kGroup];
  apply_rows<kStates, false>(
      shape, turn.rows, turn.source_rates, steps, turn.states, lane, [&](std::size_t k, const auto& x) HWY_ATTR {
        if (a.value.empty()) return;
        const std::size_t count = kStates == 0 ? shape.states : kStates;
        for (std::size_t j = 0; j < count; ++j) hn::Store(x[j], d, now + j * kGroup);
        for (std::size_t o = 0; o < a.outputs.size(); ++o) {
          const Vector scale = hn::Load(d, turn.scales + o * kGroup + lane);
          const Vector amount = hn::Load(d, now + a.outputs[o].state * kGroup);
          put<kPastCache>(hn::Mul(amount, scale), a.value[o] + (first_step + k) * a.stride + turn.first_lane + lane);
        }
      });
}

template <std::size_t kStates, bool kPastCache>
HWY_INLINE void take_leaps(const TableArguments& a, const Shape& shape, const Turn& turn, std::size_t leaps,
                           double* starts, std::size_t lane) {
  const Lanes d;
  apply_rows<kStates, true>(shape, turn.rows + shape.leap(), turn.source_rates, leaps, turn.states, lane,
                            [&](std::size_t k, const auto& x) HWY_ATTR {
                              const std::size_t count = kStates == 0 ? shape.states : kStates;
                              double* start = starts + k * shape.states * kGroup + lane;
                              for (std::size_t j = 0; j < count; ++j) hn::Store(x[j], d, start + j * kGroup);
                            });
  if (a.value.empty()) return;
  const double* rows = turn.rows + shape.outputs();
  for (std::size_t o = 0; o < a.outputs.size(); ++o) {
    double* value = a.value[o] + turn.first_step * a.stride + turn.first_lane + lane;
    with_size(a.widths[o], [&](auto width) HWY_ATTR {
      leap_values<width(), kPastCache>(shape, a.widths[o], rows, turn.source_rates, starts, leaps, value, a.stride,
                                       lane);
    });
    rows += shape.block(kLeap, a.widths[o]);
  }
}

// Streaming stores want whole, aligned vectors.
bool aligned(const TableArguments& a) {
  constexpr std::size_t kLine = kGroup * sizeof(double);
  return a.stride % kGroup == 0 && std::all_of(a.value.begin(), a.value.end(), [](const double* value) {
           return reinterpret_cast<std::uintptr_t>(value) % kLine == 0;
         });
}

template <bool kPastCache>
void fill_table_in_turns(const TableArguments& a) {
  const Lanes d;
  const Shape shape = shape_of(*a.structure);
  const std::size_t outputs = a.outputs.size();
  const std::size_t group_rows = table_doubles(*a.structure, a.outputs, a.leaps);
  const std::size_t turn_steps = leaps_per_turn(shape.states) * kLeap;
  HWY_ALIGN double starts[kMostStartsPerTurn * kGroup];
  for (std::size_t first = 0; first < a.steps; first += turn_steps) {
    const std::size_t steps = std::min(turn_steps, a.steps - first);
    const std::size_t leaps = a.leaps ? steps / kLeap : 0;
    for (std::size_t g = 0; g < a.groups; ++g) {
      const Turn turn{a.rows + g * group_rows,
                      a.states + g * shape.states * kGroup,
                      a.source_rates + g * shape.sources * kGroup,
                      a.scales + g * outputs * kGroup,
                      first,
                      g * kGroup};
      for (std::size_t lane = 0; lane < kGroup; lane += hn::Lanes(d)) {
        with_size(shape.states, [&](auto size) HWY_ATTR {
          if (leaps > 0) take_leaps<size(), kPastCache>(a, shape, turn, leaps, starts, lane);
          if (leaps * kLeap < steps) {
            single_steps<size(), kPastCache>(a, shape, turn, first + leaps * kLeap, steps - leaps * kLeap, lane);
          }
        });
      }
    }
  }
}

void fill_table_target(const TableArguments& a) {
  if (a.past_cache && aligned(a)) {
    fill_table_in_turns<true>(a);
  } else {
    fill_table_in_turns<false>(a);
  }
}

template <bool kPastCache>
void fill_row_of_groups(const TableArguments& a) {
  const Lanes d;
  const auto states = static_cast<std::size_t>(a.structure->states());
  for (std::size_t g = 0; g < a.groups; ++g) {
    for (std::size_t o = 0; o < a.outputs.size(); ++o) {
      const double* state = a.states + (g * states + a.outputs[o].state) * kGroup;
      const double* scale = a.scales + (g * a.outputs.size() + o) * kGroup;
      for (std::size_t lane = 0; lane < kGroup; lane += hn::Lanes(d)) {
        put<kPastCache>(hn::Mul(hn::Load(d, state + lane), hn::Load(d, scale + lane)), a.value[o] + g * kGroup + lane);
      }
    }
  }
}

void fill_row_target(const TableArguments& a) {
  if (a.past_cache && aligned(a)) {
    fill_row_of_groups<true>(a);
  } else {
    fill_row_of_groups<false>(a);
  }
}

}  // namespace racemate::engine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace racemate::engine::kernels {

HWY_EXPORT(prepare_target);
HWY_EXPORT(fill_table_target);
HWY_EXPORT(fill_row_target);

std::size_t table_doubles(const linear::Structure& structure, std::span<const ObservedOutput> outputs, bool leaps) {
  const auto states = static_cast<std::size_t>(structure.states());
  const auto sources = static_cast<std::size_t>(structure.sources());
  std::size_t entries = states * (states + sources);
  if (leaps) {
    entries *= 2;
    for (const ObservedOutput& output : outputs) {
      entries += kLeap * (table_width(structure, output.state) + sources);
    }
  }
  return entries * kGroup;
}

std::size_t table_width(const linear::Structure& structure, int state) {
  int width = state + 1;
  for (int j = 0; j < structure.states(); ++j) {
    if (structure.entry(state, j) >= 0) width = std::max(width, j + 1);
  }
  return static_cast<std::size_t>(width);
}

void prepare_table(const linear::Structure& structure, std::span<const ObservedOutput> outputs,
                   const double* propagator, const double* leap, const double* scales, double* result) {
  HWY_DYNAMIC_DISPATCH(prepare_target)(structure, outputs, propagator, leap, scales, result);
}

void fill_table(const TableArguments& arguments) { HWY_DYNAMIC_DISPATCH(fill_table_target)(arguments); }

void finish_table() { hwy::FlushStream(); }

void fill_row(const TableArguments& arguments) { HWY_DYNAMIC_DISPATCH(fill_row_target)(arguments); }

}  // namespace racemate::engine::kernels
#endif  // HWY_ONCE
