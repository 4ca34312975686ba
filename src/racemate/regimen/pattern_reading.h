// Parts of the pattern reader, for pattern.cc only: each reads one table, records every problem and goes on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/document.h"
#include "racemate/evidence/evidence.h"
#include "racemate/regimen/pattern.h"

namespace racemate::regimen {

struct ReadingContext {
  const evidence::Library* evidence;
  Diagnostics* diagnostics;
  evidence::Provenance inherited;  // of values that do not say where they come from
};

// `source`, `tier` and `note` of the table; what the context inherits when it has none of the three. A table that
// only explains itself (a note without a source) is an assumption.
[[nodiscard]] evidence::Provenance provenance_of(TableReader& table, const ReadingContext& context);

struct QuantityRules {
  std::string name;     // UncertainQuantity::name
  Dimension dimension;  // of value, low and high
  NumberRange range;    // internal units
};
// A quantity ("400 mg", or a number when the dimension is none) or a table
// { value, low, high, shape, source, tier, note }. Precondition: the field is present.
[[nodiscard]] UncertainQuantity read_uncertain_quantity(TableReader& table, std::string_view key,
                                                        const QuantityRules& rules, const ReadingContext& context);

// [dose] or the tables of [doses].
[[nodiscard]] std::vector<SessionDose> read_doses(TableReader& root, const ReadingContext& context);

struct Schedule {
  Duration session_start;
  std::vector<Phase> phases;
};
// [schedule] and [[phase]].
[[nodiscard]] Schedule read_schedule(TableReader& root, const std::vector<SessionDose>& doses,
                                     const ReadingContext& context);

}  // namespace racemate::regimen
