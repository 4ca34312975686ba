// From values to a register program: which values are needed, in which order, in which slots.
#pragma once

#include <span>

#include "racemate/expr/expr.h"
#include "racemate/expr/value_graph.h"

namespace racemate::expr {

// targets[i] is computed into slot first_target + i; temporaries take the slots after the targets. Instructions are
// sorted by level, and by dependency within a level. Values that no target needs are left out. A temporary that is
// used only at its own level gives its slot back to that level; slots are never shared between levels, so that a
// level can be evaluated again without the ones before it.
[[nodiscard]] Program schedule(const ValueGraph& graph, std::span<const ValueId> targets, std::size_t first_target);

}  // namespace racemate::expr
