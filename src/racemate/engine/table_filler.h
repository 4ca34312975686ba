// Steps of one block whose values go into a caller's table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/block_propagators.h"
#include "racemate/engine/kernels/table_kernels.h"
#include "racemate/engine/plan.h"
#include "racemate/engine/run.h"

namespace racemate::engine {

// The values of whole groups go straight to the caller's rows; those of a last group that is not full by way of a
// buffer. A lane's bits do not depend on which way it is, nor on how a run of steps is cut where nothing leaps.
class TableFiller {
 public:
  // Everything named here must outlive this; arrays as in kernels::TableArguments.
  struct Block {
    std::span<const kernels::ObservedOutput> outputs;
    std::size_t people = 0;
    std::size_t groups = 0;
    double* states = nullptr;
    const double* source_rates = nullptr;
    const double* scales = nullptr;
  };
  TableFiller(const Plan& plan, const ValueTable& table, const Block& block, AlignedDoubles& buffer);

  // Takes steps of one length. Their ends are the rows from first_row on, or none (kNoRow).
  void steps(const BlockPropagators& propagators, std::size_t length, std::size_t count, std::uint32_t first_row);
  // Takes one step with rows of its own: [group][step_doubles()]. No row of the table shows its end.
  void step(const double* rows);
  // A row with the states as they are now.
  void row(std::uint32_t row);
  // Rows that repeat a time; then waits for what was written past the caches.
  void finish();

 private:
  [[nodiscard]] kernels::TableArguments arguments();
  void point_at_row(kernels::TableArguments& arguments, std::uint32_t row);
  void select_last_group(kernels::TableArguments& arguments);
  void copy_last_group(std::size_t first_row, std::size_t rows) const;

  const Plan& plan_;
  const ValueTable& table_;
  Block block_;
  AlignedDoubles& buffer_;           // [output][step][8] of the last group
  std::vector<std::size_t> widths_;  // per output
  std::vector<double*> value_;
};

}  // namespace racemate::engine
