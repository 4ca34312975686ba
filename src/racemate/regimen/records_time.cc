#include "racemate/regimen/records_time.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>

#include "racemate/core/csv_line.h"

namespace racemate::regimen {
namespace {

using Problem = RecordTimeProblem;
template <class T>
using Parsed = tl::expected<T, Problem>;

constexpr double kHoursPerDay = 24;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kSecondsPerMinute = 60;
constexpr std::int64_t kSecondsPerHour = 3600;
constexpr double kLargestHours = 2e6;  // of a time of day beside a date: what Duration can hold, and a margin
constexpr std::int64_t kLargestDayNumber = 99'999;  // more digits are a date without separators
constexpr int kLastOf2000s = 50;                    // a year of two digits up to this is 20xx, else 19xx, as in NM-TRAN
constexpr std::size_t kDateParts = 3;
constexpr std::array<std::string_view, 4> kDateNames{"DATE", "DAT1", "DAT2", "DAT3"};
constexpr std::array<std::string_view, 4> kDateForms{"month-day-year", "day-month-year", "year-month-day",
                                                     "year-day-month"};
constexpr std::string_view kTimeForms = "hours, a clock time such as 14:45, or a date-time such as 2024-03-01T14:45";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits from the front of the text, which is shortened by them; nullopt unless their number is in [low, high]; high at
// most 9.
std::optional<std::int64_t> take_digits(std::string_view& text, std::size_t low, std::size_t high) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  if (count < low || count > high) return std::nullopt;
  std::int64_t value = 0;
  for (const char digit : text.substr(0, count)) value = 10 * value + (digit - '0');
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ":mm" or ":mm:ss" or ":mm:ss.fff" from the front of the text.
std::optional<Duration> take_minutes(std::string_view& text) {
  if (!take(text, ":")) return std::nullopt;
  const auto minutes = take_digits(text, 2, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  std::int64_t ticks = *minutes * kSecondsPerMinute * kNanosecondsPerSecond;
  if (!take(text, ":")) return Duration::from_ticks(ticks);
  const auto seconds = take_digits(text, 2, 2);
  if (!seconds || *seconds > 59) return std::nullopt;
  ticks += *seconds * kNanosecondsPerSecond;
  if (!take(text, ".,")) return Duration::from_ticks(ticks);
  const std::size_t before = text.size();
  auto fraction = take_digits(text, 1, 9);
  if (!fraction) return std::nullopt;
  for (std::size_t digits = before - text.size(); digits < 9; ++digits) *fraction *= 10;
  return Duration::from_ticks(ticks + *fraction);
}

Duration whole_hours(std::int64_t hours) {
  return Duration::from_ticks(hours * kSecondsPerHour * kNanosecondsPerSecond);
}

std::optional<Duration> parse_clock(std::string_view text) {
  const bool negative = take(text, "-");
  const auto hours = take_digits(text, 1, 5);
  if (!hours) return std::nullopt;
  const auto minutes = take_minutes(text);
  if (!minutes || !text.empty()) return std::nullopt;
  const Duration since_midnight = whole_hours(*hours) + *minutes;
  return negative ? Duration() - since_midnight : since_midnight;
}

std::optional<std::int64_t> calendar_day(std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

struct DateTime {
  std::int64_t day = 0;
  Duration of_day;
  bool zoned = false;
};

std::optional<DateTime> parse_date_time(std::string_view text) {
  const auto year = take_digits(text, 4, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_digits(text, 2, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2, 2);
  if (!day || !take(text, "Tt ")) return std::nullopt;
  const auto hours = take_digits(text, 2, 2);
  if (!hours || *hours > 23) return std::nullopt;
  const auto minutes = take_minutes(text);
  if (!minutes) return std::nullopt;
  const auto date = calendar_day(*year, *month, *day);
  if (!date) return std::nullopt;
  DateTime result{.day = *date, .of_day = whole_hours(*hours) + *minutes, .zoned = false};
  if (text.empty()) return result;
  result.zoned = true;
  if (take(text, "Zz")) return text.empty() ? std::optional(result) : std::nullopt;
  const bool west = text.front() == '-';
  if (!take(text, "+-")) return std::nullopt;
  const auto offset = parse_clock(text);
  if (!offset || !is_digit(text.front()) || *offset > whole_hours(24)) return std::nullopt;
  result.of_day = west ? result.of_day + *offset : result.of_day - *offset;
  return result;
}

Problem wrong(std::string message, std::string_view expected, bool in_date = false) {
  return {.code = ErrorCode::kWrongType,
          .in_date = in_date,
          .message = std::move(message),
          .expected = std::string(expected),
          .hint = {}};
}

Problem inconsistent(std::string message, std::string expected, std::string hint = {}) {
  return {.code = ErrorCode::kInconsistent,
          .in_date = false,
          .message = std::move(message),
          .expected = std::move(expected),
          .hint = std::move(hint)};
}

struct DateDay {
  std::int64_t day = 0;
  bool calendar = false;
};

Parsed<DateDay> parse_date(std::string_view text, DateOrder order) {
  const std::string_view form = kDateForms[static_cast<std::size_t>(order)];
  const auto not_a_date = [&](std::string_view why) {
    return tl::unexpected(wrong(fmt::format("'{}' {}", text, why), fmt::format("{}, or a day number", form), true));
  };
  if (is_missing_cell(text)) {
    return tl::unexpected(Problem{.code = ErrorCode::kMissingField,
                                  .in_date = true,
                                  .message = "it is missing",
                                  .expected = "the date of the record",
                                  .hint = {}});
  }
  std::string_view rest = text;
  const bool negative = take(rest, "-");
  std::array<std::int64_t, kDateParts> parts{};
  std::array<std::size_t, kDateParts> digits{};
  std::size_t count = 0;
  while (true) {
    const std::size_t before = rest.size();
    const auto part = take_digits(rest, 1, 8);
    if (!part || count == kDateParts) return not_a_date("is not a date");
    parts[count] = *part;
    digits[count] = before - rest.size();
    ++count;
    if (rest.empty()) break;
    rest.remove_prefix(1);
  }
  if (count == 1) {
    if (parts[0] > kLargestDayNumber) return not_a_date("is a date without separators or too large a day number");
    return DateDay{.day = negative ? -parts[0] : parts[0], .calendar = false};
  }
  if (negative) return not_a_date("is not a date");
  if (count == 2) return not_a_date("has no year");
  const bool year_first = order == DateOrder::kYearMonthDay || order == DateOrder::kYearDayMonth;
  const std::size_t year_at = year_first ? 0 : 2;
  const std::size_t first = year_first ? 1 : 0;  // of month and day
  const bool month_first = order == DateOrder::kMonthDayYear || order == DateOrder::kYearMonthDay;
  std::int64_t year = parts[year_at];
  if (digits[year_at] <= 2) year += year <= kLastOf2000s ? 2000 : 1900;
  if (digits[year_at] == 3 || digits[year_at] > 4 || digits[first] > 2 || digits[first + 1] > 2) {
    return not_a_date("is not a date");
  }
  const auto day = calendar_day(year, parts[month_first ? first : first + 1], parts[month_first ? first + 1 : first]);
  if (!day) return not_a_date("is not in the calendar");
  return DateDay{.day = *day, .calendar = true};
}

}  // namespace

std::optional<DateOrder> date_order(std::string_view name) {
  for (std::size_t i = 0; i < kDateNames.size(); ++i) {
    if (name == kDateNames[i]) return static_cast<DateOrder>(i);
  }
  return std::nullopt;
}

double hours_between(double from_h, double to_h) {
  const double hours = to_h - from_h;
  return std::abs(hours) < kLargestHours ? Duration::from_hours(hours).hours() : hours;
}

Parsed<double> RecordClock::hours(std::string_view time, std::string_view date) {
  if (is_missing_cell(time)) {
    return tl::unexpected(Problem{.code = ErrorCode::kMissingField,
                                  .in_date = false,
                                  .message = "it is missing",
                                  .expected = "the time of the record",
                                  .hint = {}});
  }
  const std::size_t dash = time.find('-', 1);
  const bool as_date_time = dash != std::string_view::npos && !parse_cell_number(time);
  if (as_date_time) {
    const auto parsed = parse_date_time(time);
    if (!parsed) return tl::unexpected(wrong(fmt::format("'{}' is not a date-time", time), kTimeForms));
    if (const auto problem = set_form(time, Form::kDateTime)) return tl::unexpected(*problem);
    return since_origin({.day = parsed->day, .of_day = parsed->of_day, .calendar = true, .zoned = parsed->zoned});
  }
  Parsed<double> of_day = time_of_day(time);
  if (!of_day || !dates_) return of_day;
  if (std::abs(*of_day) > kLargestHours) {
    return tl::unexpected(wrong(fmt::format("'{}' is no time of a day", time), kTimeForms));
  }
  const Parsed<DateDay> day = parse_date(date, *dates_);
  if (!day) return tl::unexpected(day.error());
  return since_origin(
      {.day = day->day, .of_day = Duration::from_hours(*of_day), .calendar = day->calendar, .zoned = false});
}

// Hours as written, or of a clock time.
Parsed<double> RecordClock::time_of_day(std::string_view text) {
  if (const auto problem = set_form(text, Form::kHours)) return tl::unexpected(*problem);
  if (const std::optional<double> number = parse_cell_number(text)) {
    return unit_ == RecordTimeUnit::kDays ? *number * kHoursPerDay : *number;
  }
  const std::optional<Duration> clock = parse_clock(text);
  if (!clock) return tl::unexpected(wrong(fmt::format("'{}' is not a time", text), kTimeForms));
  if (unit_ == RecordTimeUnit::kDays) {
    return tl::unexpected(inconsistent(fmt::format("'{}' is a clock time, and TIME is in days", text), "days"));
  }
  clock_seen_ = true;
  return clock->hours();
}

std::optional<Problem> RecordClock::set_form(std::string_view text, Form form) {
  if (form_ == Form::kUnknown) form_ = form;
  if (form == Form::kDateTime && dates_) {
    return inconsistent(fmt::format("'{}' is a date-time, and there is a date column", text), "one of them");
  }
  if (form == Form::kDateTime && unit_ == RecordTimeUnit::kDays) {
    return inconsistent(fmt::format("'{}' is a date-time, and TIME is in days", text), "days");
  }
  if (form_ == form) return std::nullopt;
  return inconsistent(fmt::format("'{}' in a file that begins with {}", text,
                                  form_ == Form::kDateTime ? "date-times" : "hours or clock times"),
                      "one form of TIME in a file");
}

Parsed<double> RecordClock::since_origin(const Moment& moment) {
  if (!origin_) origin_ = moment;
  if (moment.calendar != origin_->calendar) {
    Problem problem = inconsistent("a day number and a calendar date in one subject", "one of them");
    problem.in_date = true;
    return tl::unexpected(std::move(problem));
  }
  if (moment.zoned != origin_->zoned) {
    return tl::unexpected(inconsistent("an offset from UTC in some date-times of a subject and not in others",
                                       "an offset in all of them, or in none"));
  }
  const double whole_days_h = static_cast<double>(moment.day - origin_->day) * kHoursPerDay;
  const Duration of_day = moment.of_day - origin_->of_day;
  // In whole nanoseconds where they fit, so that equal steps are equal bits.
  if (std::abs(whole_days_h) > kLargestHours / 4 || std::abs(of_day.hours()) > kLargestHours / 4) {
    return whole_days_h + of_day.hours();
  }
  return (Duration::from_hours(whole_days_h) + of_day).hours();
}

}  // namespace racemate::regimen
