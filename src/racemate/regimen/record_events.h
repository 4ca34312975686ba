// The records of one subject written out as events in order: what happens when, with every rule of dosing applied that
// needs no knowledge of the model's rates. Pure data; an engine propagates between the events.
//
// Rules:
// - Doses that come later than their record (additional or lagged) act before a record at the same time. Records act
//   in the order of the file; a row reports the state after its record.
// - Bioavailability, lag, modelled duration and modelled rate are those at the record of the dose, for its additional
//   doses too.
// - RATE > 0: duration = F x AMT / RATE. RATE = -1: duration = F x AMT / R. RATE = -2: rate = F x AMT / D.
// - EVID 3 and 4 and SS = 1 act at the time of the record, whatever its lag, and cancel the doses that are still to
//   come from earlier records.
// - Steady state: doses arrive every II since ever, the last known one LAG after the record. So the state at the record
//   is the periodic one at the phase (-LAG) modulo II, and the doses that are on their way (LAG >= II: more than one)
//   arrive after it.
// - SS = 1, AMT = 0 and a rate: the state that a constant infusion at that rate would reach. Bioavailability does not
//   apply, and the infusion is off afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/regimen/records.h"

namespace racemate::regimen {

inline constexpr std::size_t kMaxRecordEvents = 2'000'000;  // of one subject
inline constexpr double kMaxOverlappingInfusions = 10'000;  // of one record at steady state

// What the model says of the dosed compartment at a record. Only doses look at it.
struct DoseParameters {
  double bioavailability = 1;                                       // F; 0 or more
  double lag_h = 0;                                                 // ALAG; 0 or more
  double duration_h = std::numeric_limits<double>::quiet_NaN();     // D; NaN: the model has none
  double rate_mg_per_h = std::numeric_limits<double>::quiet_NaN();  // R; NaN: the model has none
};

enum class RecordEventKind : std::uint8_t {
  kReset,                  // amounts and running infusions become 0
  kDose,                   // amount_mg, at once (duration_h 0) or evenly over duration_h
  kPeriodicState,          // adds the periodic state of such doses every interval_h, phase_h after one of them, and the
                           // infusions that still run then
  kConstantInfusionState,  // adds the state that an endless infusion of rate_mg_per_h reaches
  kRow,                    // the record reports
};

struct RecordEvent {
  double time_h = 0;
  std::size_t record = 0;  // index into the records handed in: the dosed compartment is that record's
  RecordEventKind kind = RecordEventKind::kRow;
  double amount_mg = 0;  // bioavailable
  double duration_h = 0;
  double rate_mg_per_h = 0;
  double interval_h = 0;
  double phase_h = 0;  // in [0, interval_h)
};

// Events of one subject's records, with one DoseParameters per record, in the order in which they act. No dose comes
// later than the last record. Errors, at the line of the record: RATE -1 or -2 without R or D, a parameter out of range
// or not finite, an infusion longer than kLongestInfusion_h, the limits above.
[[nodiscard]] Result<std::vector<RecordEvent>> expand_records(std::span<const Record> records,
                                                              std::span<const DoseParameters> parameters,
                                                              const std::string& file);

}  // namespace racemate::regimen
