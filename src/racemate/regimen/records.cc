#include "racemate/regimen/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "racemate/core/csv_line.h"
#include "racemate/regimen/records_time.h"

namespace racemate::regimen {
namespace {

enum Known : std::size_t { kId, kTime, kEvid, kAmt, kRate, kIi, kAddl, kSs, kCmt, kMdv, kDv, kComment, kKnownColumns };
constexpr std::array<std::string_view, kKnownColumns> kKnownNames{"ID",   "TIME", "EVID", "AMT", "RATE", "II",
                                                                  "ADDL", "SS",   "CMT",  "MDV", "DV",   "C"};

class Reader {
 public:
  Reader(const std::string& file, const RecordOptions& options)
      : options_(options), clock_(options.time_unit, std::nullopt) {
    set_.file = file;
    set_.compartments.emplace_back();
    if (options.compartments) {
      for (const std::string& name : *options.compartments) compartments_allowed_.insert(upper_case(name));
    }
  }

  Result<RecordSet> read(std::string_view text) {
    bool header_read = false;
    while (!text.empty() && !stopped_) {
      const std::size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
      ++line_;
      const std::string_view content = trim_blanks(line);
      if (content.empty() || content.front() == '#' || content.front() == '@') continue;
      split_csv_line(line, cells_);
      if (header_read) {
        read_record();
      } else {
        header_read = true;
        if (!read_header()) return fail(std::move(problems_));
      }
    }
    if (problems_.empty() && set_.records.empty()) {
      line_ = 0;
      problem(ErrorCode::kMissingField, 0, header_read ? "the data set has no records" : "the data set is empty",
              "a header line and at least one record");
    }
    if (!problems_.empty()) return fail(std::move(problems_));
    if (clock_.is_clock_alone()) count_from_first_records();
    return std::move(set_);
  }

 private:
  void count_from_first_records() {
    for (const RecordSubject& subject : set_.subjects) {
      const double first_h = set_.records[subject.first].time_h;
      for (std::size_t i = subject.first; i < subject.first + subject.count; ++i) {
        set_.records[i].time_h = hours_between(first_h, set_.records[i].time_h);
      }
    }
  }

  void problem(ErrorCode code, std::uint32_t column, std::string message, std::string expected, std::string hint = {}) {
    if (stopped_) return;
    if (problems_.size() == kMaxRecordProblems) {
      stopped_ = true;
      message = fmt::format("more than {} problems; the rest of the file was not read", kMaxRecordProblems);
      expected.clear();
      hint.clear();
    }
    problems_.push_back({.code = code,
                         .where = {.file = set_.file, .line = line_, .column = column},
                         .message = std::move(message),
                         .expected = std::move(expected),
                         .hint = std::move(hint)});
  }

  // A problem of the value in a known column, or of the line where the file lacks the column.
  void problem_in(Known known, ErrorCode code, const std::string& message, std::string expected) {
    problem(code, column_of(known), fmt::format("{}: {}", kKnownNames[known], message), std::move(expected));
  }

  bool read_header() {
    columns_ = cells_.size();
    if (columns_ > kMaxRecordColumns) {
      problem(ErrorCode::kOutOfRange, 1, fmt::format("the header has {} columns", columns_),
              fmt::format("at most {} columns", kMaxRecordColumns));
      return false;
    }
    std::vector<std::string> names;
    std::unordered_set<std::string> wanted;
    if (options_.covariates) {
      for (const std::string& name : *options_.covariates) wanted.insert(upper_case(name));
    }
    std::unordered_set<std::string> seen;
    for (std::size_t i = 0; i < columns_; ++i) {
      const std::string name = upper_case(cells_[i].text);
      if (name.empty()) {
        problem(ErrorCode::kMissingField, cells_[i].column, fmt::format("column {} has no name", i + 1), "a name");
        continue;
      }
      if (!seen.insert(name).second) {
        problem(ErrorCode::kInconsistent, cells_[i].column, fmt::format("column {} is there twice", name),
                "each column once, whatever the case of its name");
        continue;
      }
      names.push_back(name);
      if (date_order(name)) {
        enter_date_column(i, name);
        continue;
      }
      const auto known = std::find(kKnownNames.begin(), kKnownNames.end(), name);
      if (known != kKnownNames.end()) {
        where_[static_cast<std::size_t>(known - kKnownNames.begin())] = i;
      } else if (!options_.covariates || wanted.contains(name)) {
        covariate_columns_.push_back(i);
        set_.covariates.emplace_back(cells_[i].text);
      }
    }
    for (const Known required : {kId, kTime, kAmt}) {
      if (where_[required]) continue;
      const std::string name(kKnownNames[required]);
      problem(ErrorCode::kMissingField, 1, fmt::format("there is no column {}", name), "columns ID, TIME and AMT",
              nearest_name(name, names).empty() ? "" : suggest_name(name, names));
    }
    for (const std::string& name : wanted) {
      if (!seen.contains(name)) missing_covariates_.push_back(name);
    }
    std::sort(missing_covariates_.begin(), missing_covariates_.end());
    for (const std::string& name : missing_covariates_) {
      problem(ErrorCode::kMissingField, 1, fmt::format("there is no column {}, which is a covariate", name), "",
              nearest_name(name, names).empty() ? "" : suggest_name(name, names));
    }
    return problems_.empty();
  }

  void enter_date_column(std::size_t column, const std::string& name) {
    if (date_column_) {
      problem(ErrorCode::kInconsistent, cells_[column].column, fmt::format("column {} beside {}", name, date_name_),
              "one date column");
    } else if (options_.time_unit == RecordTimeUnit::kDays) {
      problem(ErrorCode::kInconsistent, cells_[column].column, fmt::format("column {}, and TIME is in days", name),
              "hours or clock times beside a date");
    }
    date_column_ = column;
    date_name_ = name;
    clock_ = RecordClock(options_.time_unit, date_order(name));
  }

  [[nodiscard]] const CsvCell* find(Known known) const { return where_[known] ? &cells_[*where_[known]] : nullptr; }

  [[nodiscard]] std::uint32_t column_of(Known known) const {
    const CsvCell* cell = find(known);
    return cell == nullptr ? 1 : cell->column;
  }

  // The number in a known column; the default where it is missing. A problem is reported and gives the default.
  double number(Known known, double default_value) {
    const CsvCell* cell = find(known);
    if (cell == nullptr || is_missing_cell(cell->text)) return default_value;
    if (const std::optional<double> value = parse_cell_number(cell->text)) return *value;
    problem_in(known, ErrorCode::kWrongType, fmt::format("'{}' is not a number", cell->text), "a finite number or '.'");
    return default_value;
  }

  // The same for a whole number in [0, high].
  std::int64_t whole_number(Known known, std::int64_t default_value, std::int64_t high) {
    const double value = number(known, static_cast<double>(default_value));
    if (value >= 0 && value <= static_cast<double>(high) && value == std::floor(value)) {
      return static_cast<std::int64_t>(value);
    }
    problem_in(known, ErrorCode::kOutOfRange, fmt::format("{} is not allowed", value),
               fmt::format("a whole number from 0 to {}", high));
    return default_value;
  }

  void read_record() {
    if (cells_.size() != columns_) {
      problem(ErrorCode::kSyntax, 1, fmt::format("the line has {} cells", cells_.size()),
              fmt::format("{}, as in the header", columns_));
      return;
    }
    if (const CsvCell* flag = find(kComment); flag != nullptr && !is_missing_cell(flag->text) && flag->text != "0") {
      if (upper_case(flag->text) == "C") return;
      problem_in(kComment, ErrorCode::kWrongType, fmt::format("'{}' is no comment flag", flag->text), "'C' or '.'");
    }
    Record record;
    record.line = line_;
    record.rate_column = column_of(kRate);
    record.steady_state_column = column_of(kSs);
    record.compartment_column = column_of(kCmt);
    if (!enter_subject()) return;
    // Without an event column a record with an amount is a dose.
    const double amount_mg = number(kAmt, 0);
    record.event = static_cast<EventKind>(whole_number(kEvid, amount_mg == 0 ? 0 : 1, 4));
    read_time(record);
    record.compartment = compartment();
    const bool unobserved = whole_number(kMdv, 0, 1) == 1;
    constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
    if (const double observed = number(kDv, kAbsent); !std::isnan(observed) && !unobserved) record.observed = observed;
    if (record.is_dose()) {
      record.amount_mg = amount_mg;
      read_dose(record);
    } else if (amount_mg != 0) {
      problem_in(kAmt, ErrorCode::kInconsistent,
                 fmt::format("{} in a record of EVID {}", amount_mg, static_cast<int>(record.event)),
                 "0 or '.', or EVID 1 or 4");
    }
    for (const std::size_t column : covariate_columns_) set_.covariate_values.push_back(covariate(column));
    set_.records.push_back(record);
    ++set_.subjects.back().count;
  }

  // False where the record cannot be counted to any subject or the subject has too many.
  bool enter_subject() {
    const std::string_view id = find(kId)->text;
    if (is_missing_cell(id)) {
      problem_in(kId, ErrorCode::kMissingField, "it is missing", "the subject of the record");
      return false;
    }
    if (set_.subjects.empty() || set_.subjects.back().id != id) {
      if (!ids_.emplace(id).second) {
        problem_in(kId, ErrorCode::kInconsistent, fmt::format("'{}' returns after another subject", id),
                   "the records of a subject together");
      }
      set_.subjects.push_back({.id = std::string(id), .first = set_.records.size(), .count = 0});
      previous_time_h_ = -std::numeric_limits<double>::infinity();
      clock_.begin_subject();
    }
    const std::size_t count = set_.subjects.back().count;
    if (count < kMaxRecordsOfSubject) return true;
    if (too_many_ != id) {
      problem_in(kId, ErrorCode::kOutOfRange, fmt::format("'{}' has too many records", id),
                 fmt::format("at most {} records of one subject", kMaxRecordsOfSubject));
      too_many_ = id;
    }
    return false;
  }

  void read_time(Record& record) {
    const CsvCell* cell = find(kTime);
    const CsvCell* date = date_column_ ? &cells_[*date_column_] : nullptr;
    const auto hours = clock_.hours(cell->text, date == nullptr ? std::string_view{} : date->text);
    if (!hours) {
      const RecordTimeProblem& wrong = hours.error();
      problem(wrong.code, wrong.in_date ? date->column : cell->column,
              fmt::format("{}: {}", wrong.in_date ? date_name_ : kKnownNames[kTime], wrong.message), wrong.expected,
              wrong.hint);
      return;
    }
    record.time_h = *hours;
    if (record.time_h < previous_time_h_ && !record.is_reset()) {
      const bool clock = cell->text.find(':') != std::string_view::npos && date == nullptr;
      problem(ErrorCode::kInconsistent, cell->column,
              fmt::format("{}: {} is before the record above", kKnownNames[kTime], cell->text),
              "times of a subject in ascending order, but at EVID 3 and 4",
              clock ? "past midnight hours count on (26:30), or a DATE column says the day" : "");
    }
    previous_time_h_ = record.time_h;
  }

  void read_dose(Record& record) {
    const double rate = number(kRate, 0);
    record.interval_h = number(kIi, 0);
    record.additional = whole_number(kAddl, 0, kMaxAdditionalDoses);
    record.steady_state = static_cast<SteadyState>(whole_number(kSs, 0, 2));
    if (rate == -1) {
      record.rate = RateKind::kModelledRate;
    } else if (rate == -2) {
      record.rate = RateKind::kModelledDuration;
    } else if (rate < 0) {
      problem_in(kRate, ErrorCode::kOutOfRange, fmt::format("{} is not allowed", rate), "a rate, 0, -1 or -2");
    } else {
      record.rate_mg_per_h = rate;
      if (rate > 0 && record.amount_mg / rate > kLongestInfusion_h) {
        problem_in(kRate, ErrorCode::kOutOfRange, fmt::format("the infusion lasts {} h", record.amount_mg / rate),
                   fmt::format("at most {} h", kLongestInfusion_h));
      }
    }
    if (record.interval_h < 0) {
      problem_in(kIi, ErrorCode::kOutOfRange, fmt::format("{} is negative", record.interval_h), "0 or more hours");
    }
    if (record.additional > 0 && record.interval_h == 0) {
      problem_in(kAddl, ErrorCode::kInconsistent, "additional doses without an interval", "II above 0");
    }
    const bool rate_alone = record.rate == RateKind::kModelledRate || record.rate_mg_per_h > 0;
    const bool constant = record.steady_state == SteadyState::kReplace && record.amount_mg == 0 && rate_alone;
    if (constant) {
      if (record.interval_h > 0 || record.additional > 0) {
        problem_in(kIi, ErrorCode::kInconsistent, "a constant infusion (AMT 0) has an interval", "II 0 and ADDL 0");
      }
    } else if (!(record.amount_mg > 0)) {
      problem_in(kAmt, ErrorCode::kOutOfRange, fmt::format("a dose of {}", record.amount_mg),
                 "an amount above 0, or SS 1 with AMT 0 and a rate");
    } else if (record.steady_state != SteadyState::kNone && record.interval_h == 0) {
      problem_in(kSs, ErrorCode::kInconsistent, "steady state without an interval",
                 "II above 0, or SS 1 with AMT 0 and a rate");
    }
  }

  std::uint32_t compartment() {
    const CsvCell* cell = find(kCmt);
    if (cell == nullptr || is_missing_cell(cell->text)) return 0;
    if (cell->text == last_compartment_text_) return last_compartment_;
    std::string name(cell->text);
    if (const std::optional<double> value = parse_cell_number(name)) {
      if (*value == 0) return 0;
      if (*value < 0 || *value != std::floor(*value) || *value > std::numeric_limits<std::int32_t>::max()) {
        problem_in(kCmt, ErrorCode::kUnsupported, fmt::format("{} is not allowed", name),
                   "a whole number from 1, or a name");
        return 0;
      }
      name = fmt::format("{}", static_cast<std::int64_t>(*value));
    }
    const auto [entry, added] =
        compartment_indices_.try_emplace(name, static_cast<std::uint32_t>(set_.compartments.size()));
    if (added) set_.compartments.push_back(name);
    if (options_.compartments && !compartments_allowed_.contains(upper_case(name))) {
      problem(ErrorCode::kUnknownName, cell->column, fmt::format("CMT: there is no compartment '{}'", name), "",
              suggest_name(name, *options_.compartments));
      return 0;
    }
    last_compartment_text_ = cell->text;
    last_compartment_ = entry->second;
    return entry->second;
  }

  double covariate(std::size_t column) {
    constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
    const CsvCell& cell = cells_[column];
    if (is_missing_cell(cell.text)) return kAbsent;
    if (const std::optional<double> value = parse_cell_number(cell.text)) return *value;
    const auto index = std::find(covariate_columns_.begin(), covariate_columns_.end(), column);
    const std::string& name = set_.covariates[static_cast<std::size_t>(index - covariate_columns_.begin())];
    problem(ErrorCode::kWrongType, cell.column, fmt::format("{}: '{}' is not a number", name, cell.text),
            "a finite number or '.'");
    return kAbsent;
  }

  const RecordOptions& options_;
  RecordSet set_;
  Diagnostics problems_;
  bool stopped_ = false;
  std::uint32_t line_ = 0;
  std::vector<CsvCell> cells_;  // of the line being read
  std::size_t columns_ = 0;
  std::array<std::optional<std::size_t>, kKnownColumns> where_;
  std::vector<std::size_t> covariate_columns_;
  std::vector<std::string> missing_covariates_;
  std::unordered_set<std::string> ids_;
  std::unordered_set<std::string> compartments_allowed_;
  std::unordered_map<std::string, std::uint32_t> compartment_indices_;
  std::string last_compartment_text_;  // most records repeat the one above
  std::uint32_t last_compartment_ = 0;
  std::string too_many_;  // id that was reported for its number of records
  RecordClock clock_;
  std::optional<std::size_t> date_column_;
  std::string date_name_;
  double previous_time_h_ = 0;
};

}  // namespace

Result<RecordSet> read_records(std::string_view text, const std::string& file, const RecordOptions& options) {
  return Reader(file, options).read(text);
}

}  // namespace racemate::regimen
