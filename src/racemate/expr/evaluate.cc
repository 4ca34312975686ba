#include <algorithm>
#include <memory>
#include <type_traits>

#include "racemate/core/check.h"
#include "racemate/expr/expr.h"
#include "racemate/expr/operation.h"

namespace racemate::expr {

namespace {

constexpr std::size_t kAlignment = 64;

// The loops that the compiler vectorises where the operation has a SIMD form (arithmetic, comparisons, if); exp, log
// and pow are calls per lane. The schedule never gives a result the slot of an operand, so restrict holds.
template <class F>
void for_each_lane(F function, std::size_t lanes, double* __restrict result, const double* a) {
  result = std::assume_aligned<kAlignment>(result);
  a = std::assume_aligned<kAlignment>(a);
  for (std::size_t i = 0; i < lanes; ++i) result[i] = function(a[i]);
}

template <class F>
void for_each_lane(F function, std::size_t lanes, double* __restrict result, const double* a, const double* b) {
  result = std::assume_aligned<kAlignment>(result);
  a = std::assume_aligned<kAlignment>(a);
  b = std::assume_aligned<kAlignment>(b);
  for (std::size_t i = 0; i < lanes; ++i) result[i] = function(a[i], b[i]);
}

template <class F>
void for_each_lane(F function, std::size_t lanes, double* __restrict result, const double* a, const double* b,
                   const double* c) {
  result = std::assume_aligned<kAlignment>(result);
  a = std::assume_aligned<kAlignment>(a);
  b = std::assume_aligned<kAlignment>(b);
  c = std::assume_aligned<kAlignment>(c);
  for (std::size_t i = 0; i < lanes; ++i) {
    // Both branches of an if are read before the choice, so that it is a blend and not a jump.
    const double first = b[i];
    const double second = c[i];
    result[i] = function(a[i], first, second);
  }
}

void run(const Instruction& instruction, Frame& frame) {
  double* const result = frame.slot(instruction.result);
  const double* const a = frame.slot(instruction.a);
  const double* const b = frame.slot(instruction.b);
  const double* const c = frame.slot(instruction.c);
  const std::size_t lanes = frame.lanes();
  if (instruction.operation == Operation::kLiteral) {
    std::fill_n(result, lanes, instruction.literal);
    return;
  }
  with_function(instruction.operation, [&](auto function) {
    using F = decltype(function);
    if constexpr (std::is_invocable_v<F, double>) {
      for_each_lane(function, lanes, result, a);
    } else if constexpr (std::is_invocable_v<F, double, double>) {
      for_each_lane(function, lanes, result, a, b);
    } else {
      for_each_lane(function, lanes, result, a, b, c);
    }
  });
}

}  // namespace

void evaluate(const Program& program, Frame& frame, Level from, Level to) {
  RACEMATE_CHECK(frame.slots() >= program.slots, "the frame has a slot for every value of the program");
  const std::size_t begin = program.level_begin[static_cast<std::size_t>(from)];
  const std::size_t end = program.level_begin[static_cast<std::size_t>(to) + 1];
  for (std::size_t i = begin; i < end; ++i) run(program.instructions[i], frame);
}

}  // namespace racemate::expr
