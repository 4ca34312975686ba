// A data set in NONMEM's dialect: one line per record, grouped by subject, sorted by time; from CSV text.
//
// Columns are found by name, in any case and order. ID, TIME and AMT are required; EVID, RATE, II, ADDL, SS, CMT, MDV,
// DV and the comment flag C are known; every other column is a covariate. `.` and an empty cell are missing values.
// Lines that are empty or begin with '#' or '@', and lines with C in the column C, are comments.
//
// TIME is in hours or days, or holds clock times or date-times; DATE, DAT1, DAT2 and DAT3 are dates (records_time.h). A
// new time axis begins at EVID 3 and 4: there, and nowhere else, time may step back.
//
// Not read: SS = 3, negative CMT and negative ADDL. Each is an error that says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/diagnostic.h"

namespace racemate::regimen {

inline constexpr std::size_t kMaxRecordsOfSubject = 100'000;  // a subject is held in memory as a whole
inline constexpr std::int64_t kMaxAdditionalDoses = 100'000;  // of one record: bounds its expansion
inline constexpr double kLongestInfusion_h = 24.0 * 366;      // AMT/RATE of one dose; longer is a slip of unit
inline constexpr std::size_t kMaxRecordProblems = 100;        // reported of one file; one more says that there are more
inline constexpr std::size_t kMaxRecordColumns = 1'000;

enum class EventKind : std::uint8_t { kObservation = 0, kDose = 1, kOther = 2, kReset = 3, kResetAndDose = 4 };
enum class SteadyState : std::uint8_t { kNone = 0, kReplace = 1, kAdd = 2 };
enum class RateKind : std::uint8_t {
  kGiven,             // RATE >= 0: rate_mg_per_h; 0 is a dose at once
  kModelledRate,      // RATE = -1
  kModelledDuration,  // RATE = -2
};
enum class RecordTimeUnit : std::uint8_t { kHours, kDays };

// A record of a dose with amount 0, SteadyState::kReplace and a rate is a constant infusion at steady state that
// stops at the record. Fields of a dose are 0 in other records.
struct Record {
  std::uint32_t line = 0;         // in the file, from 1
  std::uint32_t compartment = 0;  // index into RecordSet::compartments
  double time_h = 0;              // as written; since the subject's first record where TIME is on the clock or dated
  double amount_mg = 0;
  double rate_mg_per_h = 0;
  double interval_h = 0;           // II
  std::int64_t additional = 0;     // ADDL
  std::optional<double> observed;  // DV; absent where it is missing or MDV = 1
  EventKind event = EventKind::kObservation;
  SteadyState steady_state = SteadyState::kNone;
  RateKind rate = RateKind::kGiven;
  // Where these cells stand in the line, for problems that only a model brings to light; 1 without the column.
  std::uint32_t rate_column = 1;
  std::uint32_t steady_state_column = 1;
  std::uint32_t compartment_column = 1;

  [[nodiscard]] bool is_dose() const { return event == EventKind::kDose || event == EventKind::kResetAndDose; }
  [[nodiscard]] bool is_reset() const { return event == EventKind::kReset || event == EventKind::kResetAndDose; }
};

struct RecordSubject {
  std::string id;
  std::size_t first = 0;  // index into RecordSet::records
  std::size_t count = 0;
};

struct RecordSet {
  std::vector<RecordSubject> subjects;
  std::vector<Record> records;
  std::vector<std::string>
      compartments;                      // CMT as written; "" (always the first): CMT missing or 0, the model's default
  std::vector<std::string> covariates;   // names of columns, as in the header
  std::vector<double> covariate_values;  // records x covariates, record by record; NaN where missing
  std::string file;
};

struct RecordOptions {
  RecordTimeUnit time_unit = RecordTimeUnit::kHours;  // of TIME alone; RATE and II are per hour and in hours
  // Columns to keep as covariates, compared without case; absent: all. Columns that are not kept may hold text.
  std::optional<std::vector<std::string>> covariates;
  // Numbers and names that CMT may have; absent: not checked here.
  std::optional<std::vector<std::string>> compartments;
};

// Errors: every problem of the text (up to kMaxRecordProblems), at file:line:column, with the name of the column.
// Takes time linear in the text.
[[nodiscard]] Result<RecordSet> read_records(std::string_view text, const std::string& file,
                                             const RecordOptions& options = {});

}  // namespace racemate::regimen
