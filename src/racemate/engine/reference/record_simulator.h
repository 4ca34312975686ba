// The judge of dosing records: one subject, one linear system, plain loops.
//
// Between two breakpoints dx/dt = K x + u with constant K and u, solved by one matrix exponential. The periodic state
// is the solution of (I - P) x = b, where P carries the system over one interval and b is what one interval adds to an
// empty system: exact, no repeated dosing. A negative phase is the same exponential with a
// negative time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/engine/reference/reference.h"
#include "racemate/regimen/record_events.h"

namespace racemate::engine::reference {

// What the model says at one record.
struct RecordSystem {
  std::vector<Flow> flows;
  int dosed_state = 0;                   // of the record's CMT
  regimen::DoseParameters dosed_values;  // of that state
};

// Which record's flows hold between two records.
enum class CovariateRule : std::uint8_t {
  kNextCarriedBackward,  // those of the record at the end of the interval (NONMEM)
  kLastCarriedForward,   // those of the record at its start
};

// Amounts (mg) in each of `states` compartments after each record. Precondition: one system per record. Errors: those
// of expand_records(), and kNumericalFailure where a steady state does not exist (something is never eliminated) or an
// amount is not finite.
[[nodiscard]] Result<std::vector<std::vector<double>>> simulate_records(std::span<const regimen::Record> records,
                                                                        std::span<const RecordSystem> systems,
                                                                        int states, CovariateRule rule,
                                                                        const std::string& file,
                                                                        const regimen::ExpandOptions& options = {});

}  // namespace racemate::engine::reference
