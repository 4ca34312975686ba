#include "racemate/study/record_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "racemate/engine/events/lane_runner.h"
#include "racemate/engine/events/linear_dynamics.h"
#include "racemate/engine/events/ode_dynamics.h"
#include "racemate/engine/events/record_lane.h"
#include "racemate/engine/reference/record_simulator.h"
#include "racemate/population/occasion_effects.h"
#include "racemate/study/observation_text.h"

namespace racemate::study {
namespace {

namespace events = engine::events;
using regimen::Record;
using regimen::RecordSubject;

// Covariates and occasions of the records, as parameter sets: the set of a record is its number within the subject.
class RecordSets final : public events::ParameterSets {
 public:
  RecordSets(const PreparedRecords& prepared, std::span<const RecordSubject> subjects)
      : prepared_(prepared), subjects_(subjects) {}

  // Draws the effects of every occasion that the subjects' records name.
  void draw_occasions(population::Batch& batch) {
    if (!prepared_.occasion_column) return;
    effects_.emplace(prepared_.model, batch.lanes());
    for (const RecordSubject& subject : subjects_) {
      for (std::size_t r = subject.first; r < subject.first + subject.count; ++r) {
        if (!numbers_.try_emplace(prepared_.occasion(r), numbers_.size()).second) continue;
        batch.enter_occasion(prepared_.occasion(r));
        effects_->keep(batch.frame());
      }
    }
  }

  [[nodiscard]] bool same(std::size_t lane, std::size_t a, std::size_t b) const override {
    if (a == b || lane >= subjects_.size()) return true;
    const std::size_t first = subjects_[lane].first;
    if (effects_ && prepared_.occasion(first + a) != prepared_.occasion(first + b)) return false;
    return std::all_of(prepared_.columns.begin(), prepared_.columns.end(), [&](const PreparedRecords::Column& column) {
      return prepared_.covariate(first + a, column) == prepared_.covariate(first + b, column);
    });
  }
  void load(std::size_t lane, std::size_t from, std::size_t to, double weight, expr::Frame& frame) const override {
    if (lane >= subjects_.size()) return;
    const std::size_t first = subjects_[lane].first;
    // An occasion has no middle: along a line, that of the later record.
    if (effects_) effects_->load(numbers_.at(prepared_.occasion(first + to)), lane, frame);
    for (const PreparedRecords::Column& column : prepared_.columns) {
      const model::Covariate& covariate = prepared_.model.covariates[column.covariate];
      const double begin = prepared_.covariate(first + from, column);
      const double end = prepared_.covariate(first + to, column);
      const double value = weight == 0 ? begin : begin + weight * (end - begin);
      frame.slot(covariate.slot)[lane] = value * covariate.to_internal;
    }
  }

 private:
  const PreparedRecords& prepared_;
  std::span<const RecordSubject> subjects_;
  std::map<std::uint32_t, std::size_t> numbers_;  // of the occasions, in the effects
  std::optional<population::OccasionEffects> effects_;
};

// Rows of a block, [subject][record][output]; NaN where there is none.
class BlockRows final : public events::RowSink {
 public:
  BlockRows(std::span<const RecordSubject> subjects, std::size_t outputs) : outputs_(outputs) {
    for (const RecordSubject& subject : subjects) {
      rows_.emplace_back(subject.count * outputs, std::numeric_limits<double>::quiet_NaN());
    }
  }
  void row(std::size_t lane, std::size_t row, std::span<const double> values) override {
    std::copy(values.begin(), values.end(), rows_[lane].begin() + static_cast<std::ptrdiff_t>(row * outputs_));
  }
  [[nodiscard]] std::span<const double> values(std::size_t lane, std::size_t row) const {
    return std::span(rows_[lane]).subspan(row * outputs_, outputs_);
  }

 private:
  std::size_t outputs_;
  std::vector<std::vector<double>> rows_;
};
// One block of subjects: their draws, events and rows.
class Block {
 public:
  Block(const PreparedRecords& prepared, std::size_t first_subject)
      : prepared_(prepared),
        first_subject_(first_subject),
        subjects_(std::span(prepared.set.subjects)
                      .subspan(first_subject, std::min(kRecordBlock, prepared.set.subjects.size() - first_subject))),
        sets_(prepared, subjects_),
        rows_(subjects_, prepared.outputs.size()),
        batch_(prepared.context, identities(first_subject)) {
    sets_.draw_occasions(batch_);
  }

  Result<void> run() {
    read_dose_parameters();
    if (prepared_.backend == Backend::kReference) return run_reference();
    std::vector<std::vector<events::LaneEvent>> lanes;
    for (std::size_t lane = 0; lane < subjects_.size(); ++lane) {
      Result<std::vector<events::LaneEvent>> events = events_of(lane);
      if (!events) return fail(std::move(events.error()));
      lanes.push_back(std::move(*events));
    }
    expr::Frame& frame = batch_.frame();
    const events::LaneRunRequest request{.model = &prepared_.model,
                                         .outputs = prepared_.outputs,
                                         .events = lanes,
                                         .sets = &sets_,
                                         .interpolated = prepared_.options->covariates == CovariateRule::kLinear};
    if (prepared_.backend == Backend::kLinear) {
      events::LinearDynamics dynamics(prepared_.model, frame, prepared_.infused);
      note_failures(events::run_lanes(request, frame, dynamics, rows_));
    } else {
      events::OdeDynamics dynamics(prepared_.model, frame, prepared_.options->ode, &sets_);
      note_failures(events::run_lanes(request, frame, dynamics, rows_));
      for (std::size_t lane = 0; lane < subjects_.size(); ++lane) {
        const engine::ode::Method method = dynamics.solver().statistics(lane).method;
        if (method == engine::ode::Method::kStiff) ++stiff_;
        if (method == engine::ode::Method::kCvode) ++cvode_;
      }
    }
    return {};
  }

  [[nodiscard]] std::string text() const {
    std::string text;
    for (std::size_t lane = 0; lane < subjects_.size(); ++lane) {
      for (std::size_t r = 0; r < subjects_[lane].count; ++r) {
        const Record& record = prepared_.set.records[subjects_[lane].first + r];
        fmt::format_to(std::back_inserter(text), "{},{}", subjects_[lane].id, record.time_h);
        const std::span<const double> values = rows_.values(lane, r);
        for (std::size_t o = 0; o < values.size(); ++o) {
          const std::size_t number = prepared_.outputs[o];
          const model::Output& output = prepared_.model.outputs[number];
          const bool observed = prepared_.options->observations && has_observations(output);
          if (std::isnan(values[o])) {
            text += observed ? ",.,." : ",.";
            continue;
          }
          fmt::format_to(std::back_inserter(text), ",{}", values[o] * output.per_internal);
          if (!observed) continue;
          append_observation(output, values[o], {prepared_.options->seed, 0, first_subject_ + lane, r, number}, text);
        }
        text += '\n';
      }
    }
    return text;
  }
  [[nodiscard]] std::vector<FailedSubject>& failed() { return failed_; }
  [[nodiscard]] std::size_t stiff() const { return stiff_; }
  [[nodiscard]] std::size_t cvode() const { return cvode_; }

 private:
  [[nodiscard]] std::vector<population::LaneIdentity> identities(std::size_t first_subject) const {
    std::vector<population::LaneIdentity> lanes(subjects_.size());
    if (!prepared_.options->typical) {
      for (std::size_t lane = 0; lane < lanes.size(); ++lane) lanes[lane].subject = first_subject + lane;
    }
    return lanes;
  }

  [[nodiscard]] int compartment_of(const Record& record) const { return prepared_.dosed[record.compartment]; }

  // Loads record r of every subject that has one, and evaluates what changed.
  void load_records(std::size_t r) {
    bool changed = r == 0;
    for (std::size_t lane = 0; lane < subjects_.size(); ++lane) {
      if (r >= subjects_[lane].count || (r > 0 && sets_.same(lane, r - 1, r))) continue;
      sets_.load(lane, r, r, 0, batch_.frame());
      changed = true;
    }
    if (changed) {
      expr::evaluate(prepared_.model.program, batch_.frame(), expr::Level::kSubject, expr::Level::kOccasion);
    }
  }

  void read_dose_parameters() {
    std::size_t most = 0;
    for (const RecordSubject& subject : subjects_) {
      parameters_.emplace_back(subject.count);
      systems_.emplace_back();
      most = std::max(most, subject.count);
    }
    for (std::size_t r = 0; r < most; ++r) {
      load_records(r);
      for (std::size_t lane = 0; lane < subjects_.size(); ++lane) {
        if (r >= subjects_[lane].count) continue;
        const Record& record = prepared_.set.records[subjects_[lane].first + r];
        if (record.is_dose()) parameters_[lane][r] = dose_parameters(lane, compartment_of(record));
        if (prepared_.backend == Backend::kReference) add_system(lane, r, record);
      }
    }
  }

  [[nodiscard]] regimen::DoseParameters dose_parameters(std::size_t lane, int compartment) const {
    const model::Compartment& dosed = prepared_.model.compartments[static_cast<std::size_t>(compartment)];
    regimen::DoseParameters parameters;
    const auto read = [&](std::size_t slot, double& value) {
      if (slot != model::kNoSlot) value = batch_.frame().slot(slot)[lane];
    };
    read(dosed.bioavailability_slot, parameters.bioavailability);
    read(dosed.lag_slot, parameters.lag_h);
    read(dosed.duration_slot, parameters.duration_h);
    read(dosed.rate_slot, parameters.rate_mg_per_h);
    return parameters;
  }

  Result<std::vector<events::LaneEvent>> events_of(std::size_t lane) const {
    const std::span<const Record> records =
        std::span(prepared_.set.records).subspan(subjects_[lane].first, subjects_[lane].count);
    const auto expanded = regimen::expand_records(records, parameters_[lane], prepared_.set.file,
                                                  {.lag_beyond_interval = prepared_.options->lag_beyond_interval});
    if (!expanded) return fail(expanded.error());
    if (prepared_.backend == Backend::kOde) {
      const auto backward = std::find_if(expanded->begin(), expanded->end(), regimen::has_backward_phase);
      if (backward != expanded->end()) {
        return fail(regimen::backward_phase_problem(records[backward->record], prepared_.set.file));
      }
    }
    const bool carried_forward = prepared_.options->covariates == CovariateRule::kLastCarriedForward;
    return events::lane_events(*expanded, records.size(), carried_forward,
                               [&](std::size_t record) { return compartment_of(records[record]); });
  }

  void note_failures(const std::vector<events::LaneFailure>& failures) {
    for (const events::LaneFailure& failure : failures) {
      if (failure.lane >= subjects_.size()) continue;
      failed_.push_back({subjects_[failure.lane].id, failure.time_h, failure.reason});
    }
  }

  // The reference: one subject after the other, by matrix exponentials.
  void add_system(std::size_t lane, std::size_t /*record*/, const Record& record) {
    engine::reference::RecordSystem system;
    for (const model::Flow& flow : prepared_.model.flows) {
      system.flows.push_back({flow.from, flow.to, batch_.frame().slot(flow.rate_slot)[lane]});
    }
    system.dosed_state = compartment_of(record);
    if (record.is_dose()) system.dosed_values = dose_parameters(lane, system.dosed_state);
    systems_[lane].push_back(std::move(system));
    for (const std::size_t output : prepared_.outputs) {
      scales_.resize(subjects_.size());
      scales_[lane].push_back(batch_.frame().slot(prepared_.model.outputs[output].scale_slot)[lane]);
    }
  }

  Result<void> run_reference() {
    for (std::size_t lane = 0; lane < subjects_.size(); ++lane) {
      const RecordSubject& subject = subjects_[lane];
      const auto amounts = engine::reference::simulate_records(
          std::span(prepared_.set.records).subspan(subject.first, subject.count), systems_[lane],
          static_cast<int>(prepared_.model.compartments.size()),
          prepared_.options->covariates == CovariateRule::kLastCarriedForward
              ? engine::reference::CovariateRule::kLastCarriedForward
              : engine::reference::CovariateRule::kNextCarriedBackward,
          prepared_.set.file, {.lag_beyond_interval = prepared_.options->lag_beyond_interval});
      if (!amounts) {
        const Diagnostic& problem = amounts.error().front();
        if (problem.code != ErrorCode::kNumericalFailure) return fail(amounts.error());
        failed_.push_back({subject.id, prepared_.set.records[subject.first].time_h, problem.message});
        continue;
      }
      std::vector<double> values(prepared_.outputs.size());
      for (std::size_t r = 0; r < amounts->size(); ++r) {
        for (std::size_t o = 0; o < values.size(); ++o) {
          const model::Output& output = prepared_.model.outputs[prepared_.outputs[o]];
          values[o] =
              (*amounts)[r][static_cast<std::size_t>(output.compartment)] * scales_[lane][r * values.size() + o];
        }
        rows_.row(lane, r, values);
      }
    }
    return {};
  }

  const PreparedRecords& prepared_;
  std::size_t first_subject_;
  std::span<const RecordSubject> subjects_;
  RecordSets sets_;
  BlockRows rows_;
  population::Batch batch_;
  std::vector<std::vector<regimen::DoseParameters>> parameters_;       // [subject][record]
  std::vector<std::vector<engine::reference::RecordSystem>> systems_;  // the same, for the reference
  std::vector<std::vector<double>> scales_;                            // [subject][record x output], likewise
  std::vector<FailedSubject> failed_;
  std::size_t stiff_ = 0;
  std::size_t cvode_ = 0;
};
}  // namespace

Result<RecordBlockResult> run_record_block(const PreparedRecords& prepared, std::size_t first_subject) {
  Block block(prepared, first_subject);
  Result<void> ran = block.run();
  if (!ran) return fail(std::move(ran.error()));
  return RecordBlockResult{block.text(), std::move(block.failed()), block.stiff(), block.cvode()};
}

}  // namespace racemate::study
