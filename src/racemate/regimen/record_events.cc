#include "racemate/regimen/record_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "racemate/core/check.h"

namespace racemate::regimen {
namespace {

// A dose this close to a record of its subject comes at the time of that record: 0 + 3 x 0.1 h is meant to be 0.3 h.
constexpr double kSameInstant_h = 1e-9;

// One dose of a record, with the model's parameters applied.
struct ResolvedDose {
  double amount_mg = 0;
  double duration_h = 0;
  double rate_mg_per_h = 0;
};

class Expander {
 public:
  Expander(std::span<const Record> records, std::span<const DoseParameters> parameters, const std::string& file)
      : records_(records), parameters_(parameters), file_(file), last_time_h_(records.back().time_h) {}

  Result<std::vector<RecordEvent>> expand() {
    find_ends();
    for (std::size_t i = 0; i < records_.size() && !full_; ++i) {
      const Record& record = records_[i];
      if (record.is_reset() || (record.is_dose() && record.steady_state == SteadyState::kReplace)) {
        add(i, record.time_h, RecordEventKind::kReset, {});
      }
      if (record.is_dose()) expand_dose(i);
      add(i, record.time_h, RecordEventKind::kRow, {});
    }
    if (!problems_.empty()) return fail(std::move(problems_));
    // A dose that is later than its record acts before the records of its time.
    const auto acts_earlier = [this](const RecordEvent& a, const RecordEvent& b) {
      if (a.time_h != b.time_h) return a.time_h < b.time_h;
      return is_late(a) && !is_late(b);
    };
    std::stable_sort(events_.begin(), events_.end(), acts_earlier);
    return std::move(events_);
  }

 private:
  [[nodiscard]] bool is_late(const RecordEvent& event) const { return event.time_h > records_[event.record].time_h; }

  // When the doses of each record stop: at the next record that clears the system, or at the last record.
  void find_ends() {
    ends_h_.assign(records_.size(), last_time_h_);
    for (std::size_t i = records_.size() - 1; i > 0; --i) {
      const Record& next = records_[i];
      const bool clears = next.is_reset() || (next.is_dose() && next.steady_state == SteadyState::kReplace);
      ends_h_[i - 1] = clears ? next.time_h : ends_h_[i];
    }
  }

  void problem(std::size_t record, ErrorCode code, std::string message, std::string expected) {
    problems_.push_back({.code = code,
                         .where = {.file = file_, .line = records_[record].line, .column = 1},
                         .message = std::move(message),
                         .expected = std::move(expected),
                         .hint = {}});
  }

  bool in_range(std::size_t record, std::string_view what, double value) {
    if (std::isfinite(value) && value >= 0) return true;
    problem(record, ErrorCode::kOutOfRange, fmt::format("{} of the dosed compartment is {}", what, value),
            "a finite number from 0");
    return false;
  }

  bool resolve(std::size_t i, ResolvedDose& dose) {
    const Record& record = records_[i];
    const DoseParameters& parameters = parameters_[i];
    const bool usable =
        in_range(i, "the bioavailability", parameters.bioavailability) && in_range(i, "the lag", parameters.lag_h);
    if (!usable) return false;
    dose.amount_mg = parameters.bioavailability * record.amount_mg;
    if (record.rate == RateKind::kModelledDuration) {
      if (!(parameters.duration_h > 0) || !std::isfinite(parameters.duration_h)) {
        problem(i, ErrorCode::kInconsistent, "RATE -2, but the dosed compartment has no modelled duration above 0",
                "a model with a duration of this compartment");
        return false;
      }
      dose.duration_h = parameters.duration_h;
      dose.rate_mg_per_h = dose.amount_mg / dose.duration_h;
    } else {
      dose.rate_mg_per_h = record.rate == RateKind::kModelledRate ? parameters.rate_mg_per_h : record.rate_mg_per_h;
      if (record.rate == RateKind::kModelledRate && (!(dose.rate_mg_per_h > 0) || !std::isfinite(dose.rate_mg_per_h))) {
        problem(i, ErrorCode::kInconsistent, "RATE -1, but the dosed compartment has no modelled rate above 0",
                "a model with a rate of this compartment");
        return false;
      }
      if (dose.rate_mg_per_h > 0) dose.duration_h = dose.amount_mg / dose.rate_mg_per_h;
    }
    if (dose.duration_h <= kLongestInfusion_h) return true;
    problem(i, ErrorCode::kOutOfRange, fmt::format("the infusion lasts {} h", dose.duration_h),
            fmt::format("at most {} h", kLongestInfusion_h));
    return false;
  }

  RecordEvent* add(std::size_t record, double time_h, RecordEventKind kind, const ResolvedDose& dose) {
    if (events_.size() == kMaxRecordEvents) {
      if (!full_) {
        problem(record, ErrorCode::kOutOfRange, "the records of the subject make too many events",
                fmt::format("at most {}", kMaxRecordEvents));
      }
      full_ = true;
      return nullptr;
    }
    events_.push_back({.time_h = time_h,
                       .record = record,
                       .kind = kind,
                       .amount_mg = dose.amount_mg,
                       .duration_h = dose.duration_h,
                       .rate_mg_per_h = dose.rate_mg_per_h,
                       .interval_h = 0,
                       .phase_h = 0});
    return &events_.back();
  }

  // The time of a record from `first` on that is the same instant; else the time itself.
  [[nodiscard]] double at_record(std::size_t first, double time_h) const {
    const std::span<const Record> following = records_.subspan(first);
    const auto near = std::lower_bound(following.begin(), following.end(), time_h - kSameInstant_h,
                                       [](const Record& record, double time) { return record.time_h < time; });
    return near != following.end() && near->time_h <= time_h + kSameInstant_h ? near->time_h : time_h;
  }

  void expand_dose(std::size_t i) {
    const Record& record = records_[i];
    ResolvedDose dose;
    if (!resolve(i, dose)) return;
    if (record.steady_state != SteadyState::kNone && record.interval_h == 0) {
      add(i, record.time_h, RecordEventKind::kConstantInfusionState, dose);
      return;
    }
    const double lag_h = parameters_[i].lag_h;
    // Doses arrive at record + LAG + k II, k from `first` to ADDL.
    double first = 0;
    if (record.steady_state != SteadyState::kNone) {
      const double interval_h = record.interval_h;
      if (dose.duration_h / interval_h > kMaxOverlappingInfusions) {
        problem(i, ErrorCode::kOutOfRange,
                fmt::format("{} infusions overlap at steady state", dose.duration_h / interval_h),
                fmt::format("at most {}", kMaxOverlappingInfusions));
        return;
      }
      const double since_h = std::fmod(lag_h, interval_h);
      first = since_h == 0 ? 1 - lag_h / interval_h : -std::floor(lag_h / interval_h);
      if (RecordEvent* event = add(i, record.time_h, RecordEventKind::kPeriodicState, dose)) {
        event->interval_h = interval_h;
        event->phase_h = since_h == 0 ? 0 : interval_h - since_h;
      }
    }
    const auto last = static_cast<double>(record.additional);
    for (double k = std::round(first); k <= last && !full_; ++k) {
      const double time_h = at_record(i, record.time_h + lag_h + k * record.interval_h);
      if (time_h > ends_h_[i]) break;
      add(i, time_h, RecordEventKind::kDose, dose);
    }
  }

  std::span<const Record> records_;
  std::span<const DoseParameters> parameters_;
  const std::string& file_;
  double last_time_h_;
  std::vector<double> ends_h_;  // by record
  std::vector<RecordEvent> events_;
  Diagnostics problems_;
  bool full_ = false;
};

}  // namespace

Result<std::vector<RecordEvent>> expand_records(std::span<const Record> records,
                                                std::span<const DoseParameters> parameters, const std::string& file) {
  RACEMATE_CHECK(records.size() == parameters.size(), "one set of dose parameters per record");
  if (records.empty()) return std::vector<RecordEvent>{};
  return Expander(records, parameters, file).expand();
}

}  // namespace racemate::regimen
