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
// - EVID 3 and 4 begin a new time axis: the time of such a record may be before that of the record above.
// - Steady state: doses arrive every II since ever, the last known one LAG after the record. So the state at the record
//   is the periodic one at the phase (-LAG) modulo II, and the doses that are on their way (LAG >= II: more than one)
//   arrive after it. LagBeyondInterval::kNonmemClosedForm is the other rule.
// - SS = 1, AMT = 0 and a rate: the state that a constant infusion at that rate would reach. Bioavailability does not
//   apply, and the infusion is off afterwards.
//
// Simultaneous records. An instant is a run of records of one subject with one time; EVID 3 and 4 begin another. SS = 1
// clears what was there before its instant, once, before the first dose record of the instant; the doses of an instant
// then all add up. So the state after an instant does not depend on the order of its dose records (up to the rounding
// of a sum), whether they are plain, SS = 1 or SS = 2: two records with SS = 1 are one regimen in two parts. Order
// means something in three places, as in NONMEM:
// - a row reports what has acted up to its own record: an observation above a dose record is a trough;
// - EVID 3 and 4 clear what stands above them, at the same time too;
// - where simultaneous records differ in their covariates, the first one ends the interval before it (next carried
//   backward) and the last one begins the interval after it (last carried forward).
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
  kReset,  // amounts and running infusions become 0. The only event whose time_h may be before that of
           // the event above: the clock is then set to it, and nothing is propagated
  kDose,   // amount_mg, at once (duration_h 0) or evenly over duration_h
  // Several of them at one instant add up, also where rates depend on the state, and superposition does not hold.
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
  double phase_h = 0;  // below interval_h; negative only under LagBeyondInterval::kNonmemClosedForm
};

// What steady state means where the lag is longer than the interval.
enum class LagBeyondInterval : std::uint8_t {
  // Doses of the past that have not arrived yet still arrive; the state at the record is that of the phase modulo II.
  kPhysical,
  // As the closed forms of NONMEM's linear models: the state at the record is the cycle's formula at II - LAG, a
  // negative
  // phase, and no dose is on its way but the record's own. RecordEvent::phase_h is then negative: the state just after
  // a
  // dose is carried backward in time by -phase_h, with the infusions that run just after it; amounts can be negative. A
  // linear system can be carried backward; a solver of differential equations refuses such an event with
  // backward_phase_problem().
  kNonmemClosedForm,
};

struct ExpandOptions {
  LagBeyondInterval lag_beyond_interval = LagBeyondInterval::kPhysical;
};

// Events of one subject's records, with one DoseParameters per record, in the order in which they act. No dose comes
// later than the last record. Errors, at the line of the record: RATE -1 or -2 without R or D, a parameter out of range
// or not finite, an infusion longer than kLongestInfusion_h, the limits above.
[[nodiscard]] Result<std::vector<RecordEvent>> expand_records(std::span<const Record> records,
                                                              std::span<const DoseParameters> parameters,
                                                              const std::string& file,
                                                              const ExpandOptions& options = {});

// How much longer the infusions run that a kPeriodicState event leaves behind, longest first. Empty for doses at once.
[[nodiscard]] std::vector<double> running_infusions_h(const RecordEvent& event);

// For back ends that cannot carry a state backward in time: an event with a negative phase is not for them.
[[nodiscard]] inline bool has_backward_phase(const RecordEvent& event) { return event.phase_h < 0; }
[[nodiscard]] Diagnostic backward_phase_problem(const Record& record, const std::string& file);

}  // namespace racemate::regimen
