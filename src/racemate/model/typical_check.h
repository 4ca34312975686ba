// The last check of a model: are its rates, volumes, times and shares of a dose possible? Internal to the room.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "racemate/model/model.h"

namespace racemate::model {

enum class Possible { kFinite, kNonNegative, kPositive, kShare };

// A compiled value that must be possible, and the text it came from.
struct ValueCheck {
  std::size_t slot = kNoSlot;
  Possible possible = Possible::kNonNegative;
  std::string what;  // "the rate of a flow"
  SourcePosition where;
};

// Values of one route whose sum must not exceed 1.
struct ShareCheck {
  std::vector<std::size_t> slots;
  std::string what;
  SourcePosition where;
};

// Evaluates the model without random effects for people at the reference, low and high ends of its covariates, and for
// small and large, first and later doses.
void check_typical(const CompiledModel& model, std::span<const ValueCheck> values, std::span<const ShareCheck> shares,
                   Diagnostics& diagnostics);

}  // namespace racemate::model
