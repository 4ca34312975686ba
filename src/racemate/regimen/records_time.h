// When a record is: the cells of TIME and of a date column, as hours.
//
// TIME holds hours (or days), clock times or date-times:
// - 14.75: hours, as they are; days under RecordTimeUnit::kDays;
// - 14:45 or 14:45:30: a clock time. Hours may pass 24 (26:30 is half past two the next day), minutes and seconds may
//   not pass 59. One clock time in a file makes every TIME of it one: 14.75 is then 14:45;
// - 2024-03-01T14:45, with optional :ss and decimals, a blank in place of T, and Z or an offset such as +02:00
//   (ISO 8601, extended format). In one file either every TIME is a date-time or none is.
// A date column goes with hours or clock times, and its name says in which order its parts are, as in NM-TRAN: DATE
// month day year, DAT1 day month year, DAT2 year month day, DAT3 year day month; parted by anything that is no digit. A
// year of one or two digits is in 1951 to 2050. A single whole number is a day number, which may be 0 or negative.
//
// Clock times, dates and date-times become hours since the subject's first record. Days have 24 hours: local times are
// not corrected for daylight saving.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "racemate/core/diagnostic.h"
#include "racemate/core/time.h"
#include "racemate/regimen/records.h"

namespace racemate::regimen {

enum class DateOrder : std::uint8_t { kMonthDayYear, kDayMonthYear, kYearMonthDay, kYearDayMonth };

// The order of the parts of a date column; nullopt for any other column. `name` in upper case.
[[nodiscard]] std::optional<DateOrder> date_order(std::string_view name);

struct RecordTimeProblem {
  ErrorCode code;
  bool in_date = false;  // of the date column, not of TIME
  std::string message;
  std::string expected;
  std::string hint;
};

// Turns cells into hours, one subject after the other.
class RecordClock {
 public:
  RecordClock(RecordTimeUnit unit, std::optional<DateOrder> dates) : unit_(unit), dates_(dates) {}

  void begin_subject() { origin_.reset(); }

  // Hours of the next record. With dates or date-times: since the first record of the subject. `date` is looked at
  // where there is a date column.
  [[nodiscard]] tl::expected<double, RecordTimeProblem> hours(std::string_view time, std::string_view date);

  // True when all is read and clock times were among it, without dates: hours() gave the time of day, and
  // hours_between() makes it the time since the subject's first record.
  [[nodiscard]] bool is_clock_alone() const { return clock_seen_ && !dates_; }

 private:
  struct Moment {
    std::int64_t day = 0;
    Duration of_day;
    bool calendar = false;  // day counts from 1970-01-01; else it is a day number
    bool zoned = false;     // of_day is UTC
  };
  enum class Form : std::uint8_t { kUnknown, kHours, kDateTime };

  [[nodiscard]] tl::expected<double, RecordTimeProblem> time_of_day(std::string_view text);
  [[nodiscard]] tl::expected<double, RecordTimeProblem> since_origin(const Moment& moment);
  [[nodiscard]] std::optional<RecordTimeProblem> set_form(std::string_view text, Form form);

  RecordTimeUnit unit_;
  std::optional<DateOrder> dates_;
  std::optional<Moment> origin_;  // the subject's first record
  Form form_ = Form::kUnknown;
  bool clock_seen_ = false;
};

// The difference on the clock of whole nanoseconds, where it fits.
[[nodiscard]] double hours_between(double from_h, double to_h);

}  // namespace racemate::regimen
