// Runs instructions of expressions over lanes: the right-hand sides of nonlinear models.
//
// The machine has one accumulator, a value per lane, which stays in registers from one instruction to the next; other
// operands are rows of `lanes` doubles in memory. Each function is that of expr::with_function, exp and log to within
// two units of the last place; what a lane computes depends on its own values alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/expr/operation.h"

namespace racemate::engine::kernels {

// Beyond expr::Operation. Products and sums are rounded once.
inline constexpr auto kFirstFused = static_cast<std::uint8_t>(expr::Operation::kIf);
inline constexpr std::uint8_t kReverseSubtract = kFirstFused + 1;   // b - a
inline constexpr std::uint8_t kReverseDivide = kFirstFused + 2;     // b / a
inline constexpr std::uint8_t kMultiplyAdd = kFirstFused + 3;       // a b + c
inline constexpr std::uint8_t kMultiplySubtract = kFirstFused + 4;  // a b - c
inline constexpr std::uint8_t kProductFrom = kFirstFused + 5;       // c - a b
inline constexpr std::uint8_t kAddProduct = kFirstFused + 6;        // a + b c
inline constexpr std::uint8_t kSubtractProduct = kFirstFused + 7;   // a - b c

inline constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();

// accumulator = operation(a, row b, row c), a the row of that number, or the accumulator for kNoRow; then stored into
// `result` unless that is kNoRow. Operands that the operation does not have are not read.
struct LaneInstruction {
  std::uint8_t operation = 0;  // expr::Operation from kCopy to kIf, or one of the above
  std::uint32_t result = kNoRow;
  std::uint32_t a = kNoRow;
  std::uint32_t b = kNoRow;
  std::uint32_t c = kNoRow;
};

// rows[i]: `lanes` doubles, 64-byte aligned; lanes a multiple of kGroup. Rows are written once it is known that no
// later instruction reads what was there: a result may be an operand of its own instruction.
void run_instructions(std::span<const LaneInstruction> instructions, double* const* rows, std::size_t lanes);

}  // namespace racemate::engine::kernels
