#include "racemate/study/simulate_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <utility>

#include "racemate/core/digest.h"
#include "racemate/core/document.h"
#include "racemate/engine/events/lane_runner.h"
#include "racemate/engine/events/linear_dynamics.h"
#include "racemate/engine/events/ode_dynamics.h"
#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/engine/reference/record_simulator.h"
#include "racemate/population/batch.h"
#include "racemate/study/observation_text.h"
#include "racemate/study/request.h"

namespace racemate::study {
namespace {

namespace events = engine::events;
using regimen::Record;
using regimen::RecordSet;
using regimen::RecordSubject;

// Subjects that go in step. Wide enough for the ODE engine to share the reading of expressions.
constexpr std::size_t kBlock = 16;
constexpr std::size_t kBlocksPerThread = 4;

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

// Everything that is the same for every block.
struct Prepared {
  const RecordsOptions* options = nullptr;
  model::CompiledModel model;
  RecordSet set;
  std::vector<std::size_t> outputs;  // indices
  Backend backend{};
  population::Cohort cohort;
  regimen::Pattern no_pattern;
  population::DrawContext context;
  // The model's covariates that the data have: index in the model and column in the set.
  struct Column {
    std::size_t covariate = 0;
    std::size_t column = 0;
  };
  std::vector<Column> columns;
  std::vector<int> dosed;    // per text of CMT: the compartment
  std::vector<int> infused;  // compartments that some record infuses into
  std::string data_sha256;
  std::vector<std::string> overrides;

  [[nodiscard]] double covariate(std::size_t record, const Column& column) const {
    return set.covariate_values[record * set.covariates.size() + column.column];
  }
};

// Covariates of the records, as parameter sets: the set of a record is its number within the subject.
class RecordSets final : public events::ParameterSets {
 public:
  RecordSets(const Prepared& prepared, std::span<const RecordSubject> subjects)
      : prepared_(prepared), subjects_(subjects) {}

  [[nodiscard]] bool same(std::size_t lane, std::size_t a, std::size_t b) const override {
    if (a == b || lane >= subjects_.size()) return true;
    const std::size_t first = subjects_[lane].first;
    return std::all_of(prepared_.columns.begin(), prepared_.columns.end(), [&](const Prepared::Column& column) {
      return prepared_.covariate(first + a, column) == prepared_.covariate(first + b, column);
    });
  }
  void load(std::size_t lane, std::size_t from, std::size_t to, double weight, expr::Frame& frame) const override {
    if (lane >= subjects_.size()) return;
    const std::size_t first = subjects_[lane].first;
    for (const Prepared::Column& column : prepared_.columns) {
      const model::Covariate& covariate = prepared_.model.covariates[column.covariate];
      const double begin = prepared_.covariate(first + from, column);
      const double end = prepared_.covariate(first + to, column);
      const double value = weight == 0 ? begin : begin + weight * (end - begin);
      frame.slot(covariate.slot)[lane] = value * covariate.to_internal;
    }
  }

 private:
  const Prepared& prepared_;
  std::span<const RecordSubject> subjects_;
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
  Block(const Prepared& prepared, std::size_t first_subject)
      : prepared_(prepared),
        first_subject_(first_subject),
        subjects_(std::span(prepared.set.subjects)
                      .subspan(first_subject, std::min(kBlock, prepared.set.subjects.size() - first_subject))),
        sets_(prepared, subjects_),
        rows_(subjects_, prepared.outputs.size()),
        batch_(prepared.context, identities(first_subject)) {}

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
    std::vector<events::LaneEvent> made;
    made.reserve(expanded->size());
    std::size_t passed = 0;  // rows
    for (const regimen::RecordEvent& event : *expanded) {
      if (prepared_.backend == Backend::kOde && regimen::has_backward_phase(event)) {
        return fail(regimen::backward_phase_problem(records[event.record], prepared_.set.file));
      }
      events::LaneEvent mine;
      static_cast<regimen::RecordEvent&>(mine) = event;
      mine.compartment = compartment_of(records[event.record]);
      mine.own = event.record;
      const bool forward = prepared_.options->covariates == CovariateRule::kLastCarriedForward && passed > 0;
      mine.before = forward ? passed - 1 : std::min(passed, records.size() - 1);
      made.push_back(mine);
      if (event.kind == regimen::RecordEventKind::kRow) ++passed;
    }
    return made;
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

  const Prepared& prepared_;
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

Diagnostic usage(std::string message, std::string expected, std::string hint = {}) {
  return {ErrorCode::kUsage, {}, std::move(message), std::move(expected), std::move(hint)};
}

// Missing covariates take the value of the record before; before the first one, of the first one.
void fill_covariates(Prepared& prepared, Diagnostics& problems) {
  RecordSet& set = prepared.set;
  const std::size_t width = set.covariates.size();
  for (const Prepared::Column& column : prepared.columns) {
    for (const RecordSubject& subject : set.subjects) {
      double* const values = set.covariate_values.data() + subject.first * width + column.column;
      std::size_t first = 0;
      while (first < subject.count && std::isnan(values[first * width])) ++first;
      if (first == subject.count) {
        if (problems.size() < regimen::kMaxRecordProblems) {
          problems.push_back({ErrorCode::kMissingField,
                              {set.file, set.records[subject.first].line, 1},
                              fmt::format("{}: subject {} has no value", set.covariates[column.column], subject.id),
                              "a value in at least one record of each subject",
                              {}});
        }
        continue;
      }
      for (std::size_t r = 0; r < subject.count; ++r) {
        if (!std::isnan(values[r * width])) continue;
        values[r * width] = values[(r < first ? first : r - 1) * width];
      }
    }
  }
}

Result<Backend> choose_backend(const RecordsOptions& options, const Prepared& prepared) {
  const model::CompiledModel& model = prepared.model;
  const bool linear_covariates = options.covariates == CovariateRule::kLinear && !prepared.columns.empty();
  const bool values = std::any_of(prepared.outputs.begin(), prepared.outputs.end(), [&](std::size_t output) {
    return model.outputs[output].compartment == model::kNoCompartment;
  });
  const bool initial = std::any_of(model.compartments.begin(), model.compartments.end(),
                                   [](const model::Compartment& c) { return c.initial_slot != model::kNoSlot; });
  switch (options.backend) {
    case Backend::kAutomatic:
      return model.linear && !linear_covariates ? Backend::kLinear : Backend::kOde;
    case Backend::kOde:
      return Backend::kOde;
    case Backend::kLinear:
    case Backend::kReference:
      break;
  }
  if (!model.linear) {
    return fail(usage(fmt::format("--backend {}: the rates of model '{}' depend on time or amounts",
                                  to_string(options.backend), model.id),
                      "--backend ode, or automatic"));
  }
  if (linear_covariates) {
    return fail(usage(fmt::format("--backend {}: covariates on straight lines make rates that depend on time",
                                  to_string(options.backend)),
                      "--backend ode, or --covariates nocb or locf"));
  }
  if (options.backend == Backend::kReference && (values || initial)) {
    return fail(usage("--backend reference computes concentrations of compartments that begin empty, and no more",
                      "--backend linear or ode"));
  }
  return options.backend;
}

Diagnostics choose_outputs(Prepared& prepared) {
  Diagnostics problems;
  const std::vector<std::string>& wanted = prepared.options->outputs;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < prepared.model.outputs.size(); ++i) {
    names.push_back(prepared.model.outputs[i].name);
    if (wanted.empty()) prepared.outputs.push_back(i);
  }
  for (const std::string& name : wanted) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      problems.push_back({ErrorCode::kUnknownName,
                          {},
                          fmt::format("--outputs: model '{}' has no output '{}'", prepared.model.id, name),
                          "an output of the model",
                          suggest_name(name, names)});
    } else {
      prepared.outputs.push_back(static_cast<std::size_t>(found - names.begin()));
    }
  }
  return problems;
}

void match_columns(Prepared& prepared) {
  for (std::size_t i = 0; i < prepared.set.covariates.size(); ++i) {
    const std::string column = upper(prepared.set.covariates[i]);
    for (std::size_t c = 0; c < prepared.model.covariates.size(); ++c) {
      if (upper(prepared.model.covariates[c].column) == column) prepared.columns.push_back({c, i});
    }
  }
}

void match_compartments(Prepared& prepared) {
  for (const std::string& cmt : prepared.set.compartments) {
    prepared.dosed.push_back(prepared.model.find_dosed_compartment(cmt).value_or(0));
  }
  std::set<int> infused;
  for (const Record& record : prepared.set.records) {
    const bool infusion = record.rate != regimen::RateKind::kGiven || record.rate_mg_per_h > 0;
    if (record.is_dose() && infusion) infused.insert(prepared.dosed[record.compartment]);
  }
  prepared.infused.assign(infused.begin(), infused.end());
}

// Covariates that no column gives: those of the command line, which is asked for them where the model has no other.
Result<void> fix_covariates(const RecordsOptions& options, Prepared& prepared, std::vector<std::string>& columns) {
  Diagnostics problems;
  for (const model::Covariate& covariate : prepared.model.covariates) {
    const std::optional<double> given = covariate.name == "weight" ? options.weight_kg
                                        : covariate.name == "age"  ? options.age_a
                                                                   : std::nullopt;
    if (!given) {
      columns.push_back(covariate.column);
      continue;
    }
    const double to_internal = covariate.name == "age" ? parse_unit("a")->to_internal : 1.0;
    const Result<void> fixed =
        prepared.cohort.fix(covariate.name, *given * to_internal, {fmt::format("--{}", covariate.name)});
    if (!fixed) problems.insert(problems.end(), fixed.error().begin(), fixed.error().end());
  }
  if (!problems.empty()) return fail(std::move(problems));
  return {};
}

Result<void> prepare(const Library& library, const RecordsOptions& options, Prepared& prepared) {
  prepared.options = &options;
  Result<model::CompiledModel> model = find_model(library, options.model);
  if (!model) return fail(std::move(model.error()));
  prepared.model = std::move(*model);
  Diagnostics problems = choose_outputs(prepared);
  const bool observed = std::any_of(prepared.outputs.begin(), prepared.outputs.end(), [&](std::size_t output) {
    return has_observations(prepared.model.outputs[output]);
  });
  if (options.observations && !observed) problems.push_back(no_observations(prepared.model));
  apply_overrides(options.overrides, prepared.model, prepared.overrides, problems);
  if (!problems.empty()) return fail(std::move(problems));

  regimen::RecordOptions reading;
  reading.time_unit = options.time_unit;
  reading.compartments = prepared.model.dosed_compartments();
  reading.covariates.emplace();
  Result<void> fixed = fix_covariates(options, prepared, *reading.covariates);
  if (!fixed) return fixed;
  const bool piped = options.data == "-";
  Result<std::string> text = read_file(piped ? "/dev/stdin" : options.data, kMaxRecordBytes);
  if (!text) return fail(std::move(text.error()));
  prepared.data_sha256 = sha256_hex(*text);
  Result<RecordSet> set = regimen::read_records(*text, piped ? "standard input" : options.data, reading);
  if (!set) return fail(std::move(set.error()));
  prepared.set = std::move(*set);
  match_columns(prepared);
  match_compartments(prepared);
  fill_covariates(prepared, problems);
  if (!problems.empty()) return fail(std::move(problems));
  const Result<Backend> backend = choose_backend(options, prepared);
  if (!backend) return fail(backend.error());
  prepared.backend = *backend;

  prepared.no_pattern.id = "records";
  prepared.context = {&prepared.model, &prepared.no_pattern, &prepared.cohort, options.seed, {}};
  return {};
}

}  // namespace

const std::vector<std::string>& covariate_rule_names() {
  static const std::vector<std::string> names = {"nocb", "locf", "linear"};
  return names;
}

Result<RecordsResult> simulate_records(const Library& library, const RecordsOptions& options, const TextSink& write,
                                       const ProgressSink& progress, const CancelToken& cancel) {
  Prepared prepared;
  const Result<void> ready = prepare(library, options, prepared);
  if (!ready) return fail(ready.error());
  const Diagnostic unwritable{ErrorCode::kUnwritableOutput, {}, "the output could not be written to its end", {}, {}};

  std::string header = "ID,TIME";
  for (const std::size_t number : prepared.outputs) {
    const model::Output& output = prepared.model.outputs[number];
    header += "," + output.name;
    if (options.observations && has_observations(output)) header += "," + (kObservationPrefix + output.name);
  }
  if (!write(header + "\n")) return fail(unwritable);

  const int threads = resolve_threads(options.threads);
  const std::size_t blocks = (prepared.set.subjects.size() + kBlock - 1) / kBlock;
  RecordsResult result{.subjects = prepared.set.subjects.size(),
                       .records = prepared.set.records.size(),
                       .simd_tier = engine::kernels::simd_tier(),
                       .data_sha256 = prepared.data_sha256,
                       .model_id = prepared.model.id,
                       .model_sha256 = prepared.model.sha256,
                       .model_tier = std::string(to_string(prepared.model.tier)),
                       .model_assumptions = prepared.model.assumptions,
                       .model_defects = prepared.model.defects,
                       .outputs = {},
                       .overrides = prepared.overrides,
                       .backend = prepared.backend,
                       .failed = {}};
  for (const std::size_t output : prepared.outputs) result.outputs.push_back(prepared.model.outputs[output].name);
  // Blocks in waves: a few per thread wait, as text, for their turn to be written.
  const std::size_t wave = kBlocksPerThread * static_cast<std::size_t>(threads);
  for (std::size_t first = 0; first < blocks; first += wave) {
    struct Done {
      std::optional<Diagnostics> problems;
      std::string text;
      std::vector<FailedSubject> failed;
      std::size_t stiff = 0;
      std::size_t cvode = 0;
    };
    std::vector<Done> done(std::min(wave, blocks - first));
    const bool finished = parallel_blocks(done.size(), threads, cancel, [&](std::size_t place, int /*worker*/) {
      Block block(prepared, (first + place) * kBlock);
      Result<void> ran = block.run();
      if (!ran) {
        done[place].problems = std::move(ran.error());
        return;
      }
      done[place] = {std::nullopt, block.text(), std::move(block.failed()), block.stiff(), block.cvode()};
    });
    if (!finished) return fail(Diagnostic{ErrorCode::kInterrupted, {}, "interrupted", {}, {}});
    for (Done& block : done) {
      if (block.problems) return fail(std::move(*block.problems));
      if (!write(block.text)) return fail(unwritable);
      std::move(block.failed.begin(), block.failed.end(), std::back_inserter(result.failed));
      result.stiff_subjects += block.stiff;
      result.cvode_subjects += block.cvode;
    }
    if (progress) progress({"", static_cast<double>(first + done.size()) / static_cast<double>(blocks)});
  }
  return result;
}

}  // namespace racemate::study
