#include "racemate/study/simulate_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <utility>

#include "racemate/core/csv_line.h"
#include "racemate/core/digest.h"
#include "racemate/core/document.h"
#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/study/observation_text.h"
#include "racemate/study/record_block.h"
#include "racemate/study/request.h"

namespace racemate::study {
namespace {

using regimen::Record;
using regimen::RecordSet;
using regimen::RecordSubject;

constexpr std::size_t kBlocksPerThread = 4;

Diagnostic usage(std::string message, std::string expected, std::string hint = {}) {
  return {ErrorCode::kUsage, {}, std::move(message), std::move(expected), std::move(hint)};
}

// Missing covariates take the value of the record before; before the first one, of the first one.
void fill_covariates(PreparedRecords& prepared, Diagnostics& problems) {
  RecordSet& set = prepared.set;
  const std::size_t width = set.covariates.size();
  for (const PreparedRecords::Column& column : prepared.columns) {
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

Result<Backend> choose_backend(const RecordsOptions& options, const PreparedRecords& prepared) {
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

Diagnostics choose_outputs(PreparedRecords& prepared) {
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

void match_columns(PreparedRecords& prepared) {
  for (std::size_t i = 0; i < prepared.set.covariates.size(); ++i) {
    const std::string column = upper_case(prepared.set.covariates[i]);
    for (std::size_t c = 0; c < prepared.model.covariates.size(); ++c) {
      if (upper_case(prepared.model.covariates[c].column) == column) prepared.columns.push_back({c, i});
    }
  }
}

// The column of occasions, whole numbers in every record.
void match_occasions(PreparedRecords& prepared, Diagnostics& problems) {
  const std::string& wanted = prepared.options->occasion;
  if (wanted.empty()) return;
  RecordSet& set = prepared.set;
  for (std::size_t i = 0; i < set.covariates.size(); ++i) {
    if (upper_case(set.covariates[i]) == upper_case(wanted)) prepared.occasion_column = i;
  }
  if (!prepared.occasion_column) return;  // reported when the records were read
  for (std::size_t r = 0; r < set.records.size() && problems.size() < regimen::kMaxRecordProblems; ++r) {
    const double value = set.covariate_values[r * set.covariates.size() + *prepared.occasion_column];
    if (value >= 0 && value <= kLargestOccasion && value == std::floor(value)) continue;
    problems.push_back({ErrorCode::kOutOfRange,
                        {set.file, set.records[r].line, 1},
                        std::isnan(value) ? fmt::format("{}: it is missing", wanted)
                                          : fmt::format("{}: {} is not an occasion", wanted, value),
                        fmt::format("a whole number from 0 to {}", kLargestOccasion),
                        {}});
  }
}

void match_compartments(PreparedRecords& prepared) {
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
Result<void> fix_covariates(const RecordsOptions& options, PreparedRecords& prepared,
                            std::vector<std::string>& columns) {
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

Result<void> prepare(const Library& library, const RecordsOptions& options, PreparedRecords& prepared) {
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
  if (!options.occasion.empty()) {
    const auto between_occasions = [](const model::RandomEffect& effect) {
      return effect.level == expr::Level::kOccasion;
    };
    if (std::none_of(prepared.model.effects.begin(), prepared.model.effects.end(), between_occasions)) {
      return fail(usage(fmt::format("--occasion: model '{}' has no effects between occasions", prepared.model.id),
                        "a model with between_occasions, or no --occasion"));
    }
    reading.covariates->push_back(options.occasion);
  }
  const bool piped = options.data == "-";
  Result<std::string> text = read_file(piped ? "/dev/stdin" : options.data, kMaxRecordBytes);
  if (!text) return fail(std::move(text.error()));
  prepared.data_sha256 = sha256_hex(*text);
  Result<RecordSet> set = regimen::read_records(*text, piped ? "standard input" : options.data, reading);
  if (!set) return fail(std::move(set.error()));
  prepared.set = std::move(*set);
  match_columns(prepared);
  match_occasions(prepared, problems);
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
  PreparedRecords prepared;
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
  const std::size_t blocks = (prepared.set.subjects.size() + kRecordBlock - 1) / kRecordBlock;
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
    std::vector<std::optional<Result<RecordBlockResult>>> done(std::min(wave, blocks - first));
    const bool finished = parallel_blocks(done.size(), threads, cancel, [&](std::size_t place, int /*worker*/) {
      done[place] = run_record_block(prepared, (first + place) * kRecordBlock);
    });
    if (!finished) return fail(Diagnostic{ErrorCode::kInterrupted, {}, "interrupted", {}, {}});
    for (std::optional<Result<RecordBlockResult>>& ran : done) {
      if (!*ran) return fail(std::move(ran->error()));
      RecordBlockResult& block = **ran;
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
