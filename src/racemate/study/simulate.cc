#include "racemate/study/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "racemate/core/digest.h"
#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/study/exposure_run.h"
#include "racemate/study/observation_text.h"
#include "racemate/study/simulate_estimates.h"
#include "racemate/study/simulate_run.h"
#include "racemate/study/simulate_shard.h"
#include "racemate/study/simulate_summary.h"

namespace racemate::study {

namespace {

// Blocks that wait, as text, for their turn to be written: enough to keep every thread busy.
constexpr std::size_t kBlocksPerThread = 4;

void problem(Diagnostics& problems, ErrorCode code, std::string message, std::string expected, std::string hint = {}) {
  problems.push_back({code, {}, std::move(message), std::move(expected), std::move(hint)});
}

void check_counts(const SimulateOptions& options, Diagnostics& problems) {
  if (options.times.empty() || !(options.times.back() > Duration())) {
    problem(problems, ErrorCode::kOutOfRange, "there is no time after 0 to simulate to", "times, as in 0:24:0.1h");
  }
  if (options.studies > kMostStudies) {
    problem(problems, ErrorCode::kOutOfRange, fmt::format("--uncertainty is {}", options.studies),
            fmt::format("at most {}", kMostStudies));
  }
  if (options.replicates > kMostReplicates) {
    problem(problems, ErrorCode::kOutOfRange, fmt::format("--replicates is {}", options.replicates),
            fmt::format("at most {}", kMostReplicates));
  }
  if (!problems.empty() || options.subjects > kMostSubjects) return;  // the rest is reported by resolve()
  if (options.trials() > kMostSimulatedPeople / std::max<std::uint64_t>(1, options.people_of_trial())) {
    problem(problems, ErrorCode::kOutOfRange,
            fmt::format("{} trials of {} people are asked for", options.trials(), options.people_of_trial()),
            fmt::format("at most {} people together", kMostSimulatedPeople));
  }
}

// What can only be judged with the model at hand.
void check_use(const Request& request, const SimulateOptions& options, Diagnostics& problems) {
  const PatternRequest& use = request.patterns.front();
  std::vector<std::string> known;
  for (const model::Output& output : use.model.outputs) known.push_back(output.name);
  const std::vector<std::string>& outputs = options.outputs.empty() ? known : options.outputs;
  for (const std::string& output : outputs) {
    if (use.model.find_output(output) == nullptr) {
      problem(problems, ErrorCode::kUnknownName,
              fmt::format("--outputs: model '{}' has no output '{}'", use.model.id, output), "an output of the model",
              suggest_name(output, known));
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (std::find(outputs.begin(), outputs.begin() + static_cast<std::ptrdiff_t>(i), outputs[i]) !=
        outputs.begin() + static_cast<std::ptrdiff_t>(i)) {
      problem(problems, ErrorCode::kInconsistent, fmt::format("--outputs: '{}' is named twice", outputs[i]), "once");
    }
  }
  for (const LevelAbove& above : options.above) {
    if (std::find(outputs.begin(), outputs.end(), above.output) == outputs.end()) {
      problem(problems, ErrorCode::kUnknownName,
              fmt::format("--above: '{}' is not an output of this run", above.output),
              "an output of the model that is asked for", suggest_name(above.output, outputs));
    }
  }
  if (options.observations) {
    const bool any = std::any_of(outputs.begin(), outputs.end(), [&](const std::string& name) {
      const model::Output* const output = use.model.find_output(name);
      return output != nullptr && has_observations(*output);
    });
    if (!any) problems.push_back(no_observations(use.model));
    if (options.quantiles || options.exposure) {
      problem(problems, ErrorCode::kInconsistent, "--observations belongs to a table, not to a summary",
              "one of the two");
    }
  }
  if (options.backend == Backend::kReference) {
    problem(problems, ErrorCode::kUnsupported, "--backend reference computes records only", "linear, ode or automatic");
  }
  if (options.backend == Backend::kLinear && !use.model.linear) {
    problem(problems, ErrorCode::kUnsupported,
            fmt::format("--backend linear: the rates of model '{}' depend on time or amounts", use.model.id),
            "ode or automatic");
  }
  const std::size_t items = outputs.size() * options.times.size() + options.above.size() * (options.times.size() + 1);
  if ((options.quantiles || options.exposure) && items > kMostSummaryItems) {
    problem(problems, ErrorCode::kOutOfRange, fmt::format("a summary of about {} items is asked for", items),
            fmt::format("at most {}: outputs x times", kMostSummaryItems), "fewer times or outputs");
  }
}

void check_uncertainty(const Simulation& simulation, Diagnostics& problems) {
  if (simulation.options().studies == 0) return;
  const PatternRequest& use = simulation.request().patterns.front();
  if (drawn_estimates(use.model, simulation.held()).empty() &&
      population::study_inputs(use.model, use.pattern).empty()) {
    problem(problems, ErrorCode::kInconsistent,
            fmt::format("--uncertainty: neither model '{}' nor pattern '{}' says how uncertain a value is",
                        use.model.id, use.pattern.id),
            "a model with [[estimates]] or between_studies, or a pattern with ranges",
            "--replicates alone repeats the trial with other people");
  }
}

Result<std::unique_ptr<Simulation>> prepare(const Library& library, const SimulateOptions& options, bool table,
                                            bool exposure) {
  Result<Request> request = resolve_simulation(library, options);
  if (!request) return fail(std::move(request.error()));
  auto simulation = std::make_unique<Simulation>(std::move(*request), options);
  Diagnostics problems;
  check_uncertainty(*simulation, problems);
  if (!problems.empty()) return fail(std::move(problems));
  if (auto unplanned = simulation->plan(table, exposure)) return fail(std::move(*unplanned));
  return simulation;
}

std::string repeat_command(const SimulateOptions& options, const std::string& cohort) {
  std::string command =
      fmt::format("racemate simulate {} --regimen {} --times {}", options.model, options.regimen, options.times_text);
  const auto add = [&](const std::string& text) { command += " " + text; };
  if (!options.outputs.empty()) add(fmt::format("--outputs {}", fmt::join(options.outputs, ",")));
  add(options.typical ? "--typical" : fmt::format("--subjects {}", options.subjects));
  if (options.studies > 0) add(fmt::format("--uncertainty {}", options.studies));
  if (options.replicates > 0) add(fmt::format("--replicates {}", options.replicates));
  add(fmt::format("--seed {} --cohort {}", options.seed, options.cohort.empty() ? cohort : options.cohort));
  if (options.weight_kg) add(fmt::format("--weight {}", *options.weight_kg));
  if (options.age_a) add(fmt::format("--age {}", *options.age_a));
  for (const ParameterOverride& change : options.overrides) {
    add(fmt::format("--set '{}.{}={}'", change.model, change.parameter, change.value));
  }
  if (options.observations) add("--observations");
  if (options.quantiles || options.exposure) {
    add(fmt::format("--summary {}{}{}", options.quantiles ? "quantiles" : "",
                    options.quantiles && options.exposure ? "," : "", options.exposure ? "exposure" : ""));
  }
  for (const LevelAbove& above : options.above) add(fmt::format("--above {}={}", above.output, above.text));
  if (options.backend != Backend::kAutomatic) add(fmt::format("--backend {}", to_string(options.backend)));
  const engine::ode::Options standard;
  if (options.ode.method != standard.method) add(fmt::format("--method {}", to_string(options.ode.method)));
  if (options.ode.tolerances.relative != standard.tolerances.relative) {
    add(fmt::format("--rtol {}", options.ode.tolerances.relative));
  }
  if (options.ode.tolerances.absolute != standard.tolerances.absolute) {
    add(fmt::format("--atol {}", options.ode.tolerances.absolute.front()));
  }
  if (options.shard) add(fmt::format("--shard {}/{}", options.shard->index, options.shard->of));
  return command;
}

// Everything that decides the bytes of the whole run, which threads, block and shard do not.
std::string run_digest(const Simulation& simulation) {
  const SimulateOptions& options = simulation.options();
  const PatternRequest& use = simulation.request().patterns.front();
  std::string text = fmt::format("racemate {} {}\n{}\n{}\n{}\n", RACEMATE_VERSION, engine::kernels::simd_tier(),
                                 use.model.sha256, use.pattern.sha256, simulation.request().cohort.sha256);
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "{} {} {} {} {} {} {}\n", options.subjects, options.studies, options.replicates, options.seed,
                 options.typical, options.quantiles, options.exposure);
  if (options.observations) text += "observations\n";
  fmt::format_to(out, "{}\n", to_string(simulation.backend()));
  if (simulation.backend() == Backend::kOde) {
    fmt::format_to(out, "{} {} {}\n", method_name(options.ode.method), options.ode.tolerances.relative,
                   options.ode.tolerances.absolute.front());
  }
  for (const std::string& change : simulation.request().overrides) fmt::format_to(out, "set {}\n", change);
  for (const std::string& output : simulation.outputs()) fmt::format_to(out, "output {}\n", output);
  for (const LevelAbove& above : options.above) {
    fmt::format_to(out, "above {} {} {}\n", above.output, above.text, above.level_mg_per_l);
  }
  for (const Duration time : options.times) fmt::format_to(out, "{}\n", time.ticks());
  return sha256_hex(text);
}

Diagnostic unwritable() {
  return {ErrorCode::kUnwritableOutput, {}, "the output could not be written to its end", {}, {}};
}

// The rows of a block as text.
class RowWriter {
 public:
  explicit RowWriter(const Simulation& simulation) : simulation_(simulation) {
    const model::CompiledModel& model = simulation.request().patterns.front().model;
    for (const Instant time : simulation.times()) time_texts_.push_back(fmt::format(",{}", time.hours()));
    for (const std::string& name : simulation.outputs()) outputs_.push_back(model.find_output(name));
  }

  [[nodiscard]] std::string header() const {
    std::string text = simulation_.options().has_trials() ? "STUDY,REP,ID,TIME" : "ID,TIME";
    for (const model::Output* output : outputs_) {
      text += "," + output->name;
      if (observed(*output)) text += "," + (kObservationPrefix + output->name);
    }
    return text + "\n";
  }

  [[nodiscard]] std::string rows(const Piece& piece, const TableBlock& table) const {
    const SimulateOptions& options = simulation_.options();
    const std::uint64_t replicates = std::max<std::uint64_t>(options.replicates, 1);
    const std::string trial = options.has_trials()
                                  ? fmt::format("{},{},", piece.trial / replicates + 1, piece.trial % replicates + 1)
                                  : std::string();
    std::string text;
    text.reserve(piece.people * time_texts_.size() * (16 + trial.size() + 12 * outputs_.size()));
    for (std::size_t lane = 0; lane < piece.people; ++lane) {
      const std::string person = fmt::format("{}{}", trial, piece.first + lane + 1);
      for (std::size_t time = 0; time < time_texts_.size(); ++time) {
        text.append(person).append(time_texts_[time]);
        for (std::size_t o = 0; o < outputs_.size(); ++o) {
          const model::Output& output = *outputs_[o];
          const double value = table.values(o, time)[lane];
          if (std::isnan(value)) {
            text += observed(output) ? ",.,." : ",.";
            continue;
          }
          fmt::format_to(std::back_inserter(text), ",{}", value * output.per_internal);
          if (!observed(output)) continue;
          const std::uint64_t subject = piece.trial * options.people_of_trial() + piece.first + lane;
          append_observation(output, value, {options.seed, 0, subject, time, number_of(output)}, text);
        }
        text += '\n';
      }
    }
    return text;
  }

 private:
  [[nodiscard]] bool observed(const model::Output& output) const {
    return simulation_.options().observations && has_observations(output);
  }
  [[nodiscard]] std::uint64_t number_of(const model::Output& output) const {
    return static_cast<std::uint64_t>(&output - simulation_.request().patterns.front().model.outputs.data());
  }

  const Simulation& simulation_;
  std::vector<std::string> time_texts_;
  std::vector<const model::Output*> outputs_;
};

}  // namespace

Result<Request> resolve_simulation(const Library& library, const SimulateOptions& options) {
  Diagnostics problems;
  check_counts(options, problems);
  if (!problems.empty()) return fail(std::move(problems));
  const Result<regimen::Pattern> pattern = find_pattern(library, options.regimen);
  if (!pattern) return fail(pattern.error());
  CompareOptions compare_options;
  compare_options.patterns = {options.regimen};
  compare_options.subjects = options.typical ? 1 : options.subjects;
  compare_options.days = options.times.back().hours() / 24;
  compare_options.cohort = options.cohort;
  compare_options.weight_kg = options.weight_kg;
  compare_options.age_a = options.age_a;
  compare_options.overrides = options.overrides;
  compare_options.block = options.block;
  compare_options.model_of_pattern[pattern->id] = options.model;
  Result<Request> request = resolve(library, compare_options);
  if (!request) return request;
  check_use(*request, options, problems);
  if (!problems.empty()) return fail(std::move(problems));
  return request;
}

Result<std::vector<FailedPerson>> simulate_table(const Library& library, const SimulateOptions& options,
                                                 const TextSink& write, const ProgressSink& progress,
                                                 const CancelToken& cancel) {
  const Result<std::unique_ptr<Simulation>> prepared = prepare(library, options, true, false);
  if (!prepared) return fail(prepared.error());
  const Simulation& simulation = **prepared;
  const RowWriter writer(simulation);
  const PeopleRange people = people_of_shard(options);
  const WorkList blocks(people, options.people_of_trial(), options.block);

  std::string start;
  if (options.shard) {
    start = shard_line(
        {false, *options.shard, run_digest(simulation), (people.last - people.first) * options.times.size()});
  }
  if (!write(start + writer.header())) return fail(unwritable());

  // In waves, so that at most a few blocks per thread are pending.
  const int threads = resolve_threads(options.threads);
  const std::size_t wave = kBlocksPerThread * static_cast<std::size_t>(threads);
  std::vector<SimulationWorker> workers(static_cast<std::size_t>(threads));
  std::vector<std::string> texts(wave);
  std::vector<FailedPerson> failed_people;
  for (std::size_t first = 0; first < blocks.pieces(); first += wave) {
    const std::size_t places = std::min(wave, blocks.pieces() - first);
    std::vector<std::optional<Diagnostic>> failures(places);
    std::vector<std::vector<engine::RunFailure>> failed(places);
    const bool finished = parallel_blocks(places, threads, cancel, [&](std::size_t place, int worker) {
      const Piece piece = blocks.at(first + place);
      failures[place] = simulation.run_table(
          piece, workers[static_cast<std::size_t>(worker)],
          [&](const TableBlock& table) { texts[place] = writer.rows(piece, table); }, &failed[place]);
    });
    for (std::optional<Diagnostic>& failure : failures) {
      if (failure) return fail(std::move(*failure));
    }
    if (!finished) return fail(interruption());
    if (!std::all_of(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(places), write)) {
      return fail(unwritable());
    }
    for (std::size_t place = 0; place < places; ++place) {
      const Piece piece = blocks.at(first + place);
      for (const engine::RunFailure& failure : failed[place]) {
        failed_people.push_back({piece.trial, piece.first + failure.lane + 1, failure.time.hours(), failure.reason});
      }
    }
    if (progress) progress({"", static_cast<double>(first + places) / static_cast<double>(blocks.pieces())});
  }
  return failed_people;
}

Result<std::string> simulate_summary(const Library& library, const SimulateOptions& options,
                                     const ProgressSink& progress, const CancelToken& cancel) {
  const bool table = options.quantiles || !options.above.empty();
  const Result<std::unique_ptr<Simulation>> prepared = prepare(library, options, table, options.exposure);
  if (!prepared) return fail(prepared.error());
  const std::vector<SummaryItem> items = summary_items(**prepared);
  const Result<SummaryCounts> counts = count_people(**prepared, items, progress, cancel);
  if (!counts) return fail(counts.error());
  if (!options.shard) return counts->csv();
  const std::string lines = counts->lines();
  const auto rows = static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
  return shard_line({true, *options.shard, run_digest(**prepared), rows}) + lines;
}

Result<SimulationManifest> describe_simulation(const Library& library, const SimulateOptions& options) {
  const Result<std::unique_ptr<Simulation>> prepared = prepare(library, options, false, false);
  if (!prepared) return fail(prepared.error());
  const Simulation& simulation = **prepared;
  const PatternRequest& use = simulation.request().patterns.front();
  SimulationManifest manifest;
  manifest.program_version = RACEMATE_VERSION;
  manifest.command = repeat_command(options, simulation.request().cohort.id);
  manifest.simd_tier = engine::kernels::simd_tier();
  manifest.backend = simulation.backend();
  manifest.run_sha256 = run_digest(simulation);
  manifest.options = options;
  manifest.outputs = simulation.outputs();
  manifest.cohort = simulation.request().cohort.id;
  manifest.overrides = simulation.request().overrides;
  if (options.studies > 0) {
    manifest.drawn_per_study = drawn_estimates(use.model, simulation.held());
    for (const population::StudyInput& input : population::study_inputs(use.model, use.pattern)) {
      manifest.drawn_per_study.push_back(input.name);
    }
  }
  manifest.quantile_relative_error = kSketchError;
  manifest.model_id = use.model.id;
  manifest.model_tier = evidence::to_string(use.model.tier);
  manifest.model_assumptions = use.model.assumptions;
  manifest.model_defects = use.model.defects;
  manifest.inputs = {{"model", use.model.id, use.model.sha256},
                     {"pattern", use.pattern.id, use.pattern.sha256},
                     {"cohort", manifest.cohort, simulation.request().cohort.sha256}};
  return manifest;
}

}  // namespace racemate::study
