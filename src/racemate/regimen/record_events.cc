#include "racemate/regimen/record_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "racemate/core/check.h"

namespace racemate::regimen {
namespace {

// A dose this close to a record of its subject comes at the time of that record: 0 + 3 x 0.1 h is meant to be 0.3 h.
constexpr double kSameInstant_h = 1e-9;

// An infusion that has this part of its duration left, or less, is over: division has rounded it.
constexpr double kInfusionEnd = 1e-12;

// One dose of a record, with the model's parameters applied.
struct ResolvedDose {
  double amount_mg = 0;
  double duration_h = 0;
  double rate_mg_per_h = 0;
};

class Expander {
 public:
  Expander(std::span<const Record> records, std::span<const DoseParameters> parameters, const std::string& file,
           const ExpandOptions& options)
      : records_(records), parameters_(parameters), file_(file), options_(options) {}

  Result<std::vector<RecordEvent>> expand() {
    // An axis is a run of records without a reset but at its start. Nothing of it can reach the next one.
    for (std::size_t first = 0; first < records_.size() && !full_;) {
      std::size_t end = first + 1;
      while (end < records_.size() && !records_[end].is_reset()) ++end;
      expand_axis(first, end);
      first = end;
    }
    if (!problems_.empty()) return fail(std::move(problems_));
    return std::move(events_);
  }

 private:
  struct Instant {
    std::size_t first = 0;  // index into the records
    std::size_t end = 0;
    bool clears = false;  // one of its records has SS = 1
    double end_h = 0;     // when the doses of its records stop: the next instant that clears, or the end of the axis
  };

  [[nodiscard]] static bool has_steady_state(const Record& record, SteadyState kind) {
    return record.is_dose() && record.steady_state == kind;
  }

  void expand_axis(std::size_t first, std::size_t end) {
    const std::size_t first_event = events_.size();
    axis_end_ = end;
    if (records_[first].is_reset()) add(first, records_[first].time_h, RecordEventKind::kReset, {});
    for (const Instant& instant : instants(first, end)) {
      // At the start of a new axis there is nothing to clear.
      bool to_clear = instant.clears && (instant.first != first || !records_[first].is_reset());
      for (std::size_t i = instant.first; i < instant.end && !full_; ++i) {
        const Record& record = records_[i];
        if (to_clear && record.is_dose()) {
          add(i, record.time_h, RecordEventKind::kReset, {});
          to_clear = false;
        }
        if (record.is_dose()) expand_dose(i, instant.end_h);
        add(i, record.time_h, RecordEventKind::kRow, {});
      }
    }
    // Stable: a dose that is later than its record has been added before the records of its time, and acts before them.
    const auto acts_earlier = [](const RecordEvent& a, const RecordEvent& b) { return a.time_h < b.time_h; };
    std::stable_sort(events_.begin() + static_cast<std::ptrdiff_t>(first_event), events_.end(), acts_earlier);
  }

  [[nodiscard]] std::vector<Instant> instants(std::size_t first, std::size_t end) const {
    std::vector<Instant> result;
    for (std::size_t i = first; i < end; ++i) {
      if (i == first || records_[i].time_h != records_[i - 1].time_h) result.push_back({.first = i});
      result.back().end = i + 1;
      result.back().clears = result.back().clears || has_steady_state(records_[i], SteadyState::kReplace);
    }
    double end_h = records_[end - 1].time_h;
    for (std::size_t i = result.size(); i-- > 0;) {
      result[i].end_h = end_h;
      if (result[i].clears) end_h = records_[result[i].first].time_h;
    }
    return result;
  }

  void problem(std::size_t record, std::uint32_t column, ErrorCode code, std::string message, std::string expected) {
    problems_.push_back({.code = code,
                         .where = {.file = file_, .line = records_[record].line, .column = column},
                         .message = std::move(message),
                         .expected = std::move(expected),
                         .hint = {}});
  }

  bool in_range(std::size_t record, std::string_view what, double value) {
    if (std::isfinite(value) && value >= 0) return true;
    problem(record, records_[record].compartment_column, ErrorCode::kOutOfRange,
            fmt::format("CMT: {} of the dosed compartment is {}", what, value), "a finite number from 0");
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
        problem(i, record.rate_column, ErrorCode::kInconsistent,
                "RATE: -2, but the dosed compartment has no modelled duration above 0",
                "a model with a duration of this compartment");
        return false;
      }
      dose.duration_h = parameters.duration_h;
      dose.rate_mg_per_h = dose.amount_mg / dose.duration_h;
    } else {
      dose.rate_mg_per_h = record.rate == RateKind::kModelledRate ? parameters.rate_mg_per_h : record.rate_mg_per_h;
      if (record.rate == RateKind::kModelledRate && (!(dose.rate_mg_per_h > 0) || !std::isfinite(dose.rate_mg_per_h))) {
        problem(i, record.rate_column, ErrorCode::kInconsistent,
                "RATE: -1, but the dosed compartment has no modelled rate above 0",
                "a model with a rate of this compartment");
        return false;
      }
      if (dose.rate_mg_per_h > 0) dose.duration_h = dose.amount_mg / dose.rate_mg_per_h;
    }
    if (dose.duration_h <= kLongestInfusion_h) return true;
    problem(i, record.rate_column, ErrorCode::kOutOfRange,
            fmt::format("RATE: the infusion lasts {} h", dose.duration_h),
            fmt::format("at most {} h", kLongestInfusion_h));
    return false;
  }

  RecordEvent* add(std::size_t record, double time_h, RecordEventKind kind, const ResolvedDose& dose) {
    if (events_.size() == kMaxRecordEvents) {
      if (!full_) {
        problem(record, 1, ErrorCode::kOutOfRange, "the records of the subject make too many events",
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

  // The time of a record of this axis, from `first` on, that is the same instant; else the time itself.
  [[nodiscard]] double at_record(std::size_t first, double time_h) const {
    const std::span<const Record> following = records_.subspan(first, axis_end_ - first);
    const auto near = std::lower_bound(following.begin(), following.end(), time_h - kSameInstant_h,
                                       [](const Record& record, double time) { return record.time_h < time; });
    return near != following.end() && near->time_h <= time_h + kSameInstant_h ? near->time_h : time_h;
  }

  void expand_dose(std::size_t i, double end_h) {
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
        problem(i, record.steady_state_column, ErrorCode::kOutOfRange,
                fmt::format("SS: {} infusions overlap at steady state", dose.duration_h / interval_h),
                fmt::format("at most {}", kMaxOverlappingInfusions));
        return;
      }
      const double since_h = std::fmod(lag_h, interval_h);
      double phase_h = since_h == 0 ? 0 : interval_h - since_h;
      first = since_h == 0 ? 1 - lag_h / interval_h : -std::floor(lag_h / interval_h);
      if (lag_h > interval_h && options_.lag_beyond_interval == LagBeyondInterval::kNonmemClosedForm) {
        phase_h = interval_h - lag_h;
        first = 0;
      }
      if (RecordEvent* event = add(i, record.time_h, RecordEventKind::kPeriodicState, dose)) {
        event->interval_h = interval_h;
        event->phase_h = phase_h;
      }
    }
    const auto last = static_cast<double>(record.additional);
    for (double k = std::round(first); k <= last && !full_; ++k) {
      const double time_h = at_record(i, record.time_h + lag_h + k * record.interval_h);
      if (time_h > end_h) break;
      add(i, time_h, RecordEventKind::kDose, dose);
    }
  }

  std::span<const Record> records_;
  std::span<const DoseParameters> parameters_;
  const std::string& file_;
  const ExpandOptions& options_;
  std::size_t axis_end_ = 0;  // of the axis being expanded
  std::vector<RecordEvent> events_;
  Diagnostics problems_;
  bool full_ = false;
};

}  // namespace

Result<std::vector<RecordEvent>> expand_records(std::span<const Record> records,
                                                std::span<const DoseParameters> parameters, const std::string& file,
                                                const ExpandOptions& options) {
  RACEMATE_CHECK(records.size() == parameters.size(), "one set of dose parameters per record");
  if (records.empty()) return std::vector<RecordEvent>{};
  return Expander(records, parameters, file, options).expand();
}

std::vector<double> running_infusions_h(const RecordEvent& event) {
  std::vector<double> left_h;
  if (!(event.duration_h > 0)) return left_h;
  const double rounding_h = kInfusionEnd * event.duration_h;
  // Under a negative phase those that have ended by the phase 0 have ended for good.
  const double shortest_h = std::max(0.0, -event.phase_h) + rounding_h;
  for (double age = 0;; ++age) {
    const double remaining_h = event.duration_h - event.phase_h - age * event.interval_h;
    if (!(remaining_h > shortest_h)) return left_h;
    left_h.push_back(remaining_h);
  }
}

Diagnostic backward_phase_problem(const Record& record, const std::string& file) {
  return {.code = ErrorCode::kUnsupported,
          .where = {.file = file, .line = record.line, .column = record.steady_state_column},
          .message = "SS: the lag is longer than II, and NONMEM's closed form of that needs a linear model",
          .expected = "the physical rule, or a model whose rates do not depend on its state",
          .hint = {}};
}

}  // namespace racemate::regimen
