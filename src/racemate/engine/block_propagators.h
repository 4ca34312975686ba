// The propagators of one block of people: computed when a step first needs them, kept until the parameters change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/engine/plan.h"

namespace racemate::engine {

// Arrays are group-major as the kernels have them.
class BlockPropagators {
 public:
  // What the rows are for: kernels::advance() or kernels::fill_table().
  enum class Use : std::uint8_t { kAdvance, kTable };

  // Reused between blocks; grown, never shrunk.
  struct Buffers {
    AlignedDoubles propagators;  // [length][group][entry][8]
    AlignedDoubles rows;         // [length][group][row_doubles(length)]
    AlignedDoubles leaps;        // two propagators: [entry][8]
    AlignedDoubles scratch;
    std::vector<std::uint64_t> stamps;  // per length: the parameter generation its propagators belong to
  };

  // Everything named here must outlive this. flow_rates: [group][flow][8]; scales: [group][output][8].
  struct Parameters {
    std::span<const kernels::ObservedOutput> outputs;
    std::size_t groups = 0;
    const double* flow_rates = nullptr;
    const double* scales = nullptr;
  };
  BlockPropagators(const Plan& plan, const Parameters& parameters, Use use, Buffers& buffers);

  // The parameters changed: nothing that was computed holds any longer.
  void renew() { ++generation_; }
  // Computes the rows of steps of this length unless they are there.
  void ensure(std::size_t length);
  [[nodiscard]] const double* rows(std::size_t length) const { return buffers_.rows.data() + rows_at_[length]; }
  [[nodiscard]] const double* rows(std::size_t length, std::size_t group) const {
    return rows(length) + group * row_doubles_[length];
  }
  // Whether runs of this length go by leaps. Where people have events of their own, a neighbour's event would decide
  // where a leap begins, so all go step by step.
  [[nodiscard]] bool leaps(std::size_t length) const { return leaps_[length]; }

  // Rows of a single step of one group; those of a length begin with them.
  [[nodiscard]] std::size_t step_doubles() const { return step_doubles_; }
  // The rows of one group for a step whose length differs between lanes: step_h is [8].
  void step_rows(std::size_t group, const double* step_h, double* rows);

 private:
  [[nodiscard]] double* propagator(std::size_t length, std::size_t group);
  [[nodiscard]] const double* flow_rates(std::size_t group) const;
  void pack_step(const double* propagator, double* rows) const;
  void pack_leaps(std::size_t length, std::size_t group, double* rows);

  const Plan& plan_;
  Parameters parameters_;
  Use use_;
  Buffers& buffers_;
  const linear::Structure& structure_;
  std::span<const kernels::ObservedOutput> integrals_;  // outputs whose areas are wanted
  std::size_t step_doubles_ = 0;
  std::vector<bool> leaps_;               // per length
  std::vector<std::size_t> row_doubles_;  // per length: of one group
  std::vector<std::size_t> rows_at_;      // per length
  std::uint64_t generation_ = 1;
};

}  // namespace racemate::engine
