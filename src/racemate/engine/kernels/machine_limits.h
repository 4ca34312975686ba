// What this machine can do at best, one thread: the yardsticks beside measured times. Linear runs are bound by writing
// their results or by multiply-adds, closed forms and random effects by exponentials.
#pragma once

#include <cstddef>

namespace racemate::engine::kernels {

// Nanoseconds for one double, each the best of several passes.
struct MachineLimits {
  double write_ns = 0;          // stores to memory that is larger than the caches, in order
  double write_past_ns = 0;     // the same past the caches (streaming stores), as large tables are written
  double strided_write_ns = 0;  // past the caches, one line of 64 bytes in each row of a table
  double first_touch_ns = 0;    // the first write to fresh memory from the system
  double exponential_ns = 0;    // vector exponential of arguments in the first-level cache
  double multiply_add_ns = 0;   // vector multiply-add with operands in registers
};

struct MachineLimitsOptions {
  std::size_t table_doubles = std::size_t{8} << 20;  // 64 MiB; two such buffers are needed
  int passes = 5;
};

// Takes about half a second with the defaults. Throws std::bad_alloc when there is no memory for it. Meaningful while
// the machine does nothing else; run it pinned to one core and beside what it is compared with.
[[nodiscard]] MachineLimits measure_machine_limits(const MachineLimitsOptions& options = {});

}  // namespace racemate::engine::kernels
