#include "racemate/study/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "racemate/engine/kernels/linear_kernels.h"
#include "racemate/engine/plan.h"
#include "racemate/study/describe.h"
#include "racemate/study/exposure_run.h"
#include "racemate/study/request.h"

namespace racemate::study {

namespace {

using population::LaneIdentity;

// How much of the first session and of the calendar is drawn, and how finely.
constexpr Duration kSessionStart = Duration::from_hours(2);
constexpr Duration kSessionStartStep = Duration::from_minutes(2);
constexpr Duration kSessionCurve = Duration::from_hours(12);
constexpr Duration kSessionCurveStep = Duration::from_minutes(10);
constexpr Duration kFirstDays = Duration::from_days(7);
constexpr Duration kFirstDaysStep = Duration::from_minutes(30);
constexpr std::size_t kHistogramBins = 40;
// A published observation is held against a computed peak when dose and duration are this close.
constexpr double kSameDose = 0.02;

// start, start + step, ... before end.
void append_grid(std::vector<Duration>& times, Duration start, Duration end, Duration step) {
  for (Duration time = start; time < end; time = time + step) times.push_back(time);
}

std::vector<Instant> week_ends(Duration horizon) {
  std::vector<Instant> marks;
  for (std::int64_t week = 1; Duration::from_days(7) * week < horizon; ++week) {
    marks.push_back(Instant() + Duration::from_days(7) * week);
  }
  marks.push_back(Instant() + horizon);
  return marks;
}

double quantile_of_sorted(const std::vector<double>& sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(std::floor(position));
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (position - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

// Peaks, areas and hours above levels come from exact propagation of the first output. Empty where a model allows that.
std::string why_not_propagated(const model::CompiledModel& model) {
  const auto begins_full = [](const model::Compartment& compartment) {
    return compartment.initial_slot != model::kNoSlot;
  };
  if (!model.linear) return fmt::format("the rates of model '{}' depend on time or amounts", model.id);
  if (std::any_of(model.compartments.begin(), model.compartments.end(), begins_full)) {
    return fmt::format("compartments of model '{}' have initial amounts", model.id);
  }
  if (model.outputs.front().compartment == model::kNoCompartment) {
    return fmt::format("the first output of model '{}' is not the concentration in a compartment", model.id);
  }
  return {};
}

// One pattern of the comparison, from plan to result.
class PatternComparison {
 public:
  PatternComparison(const Library& library, const CompareOptions& options, const Request& request, std::size_t index)
      : library_(library),
        options_(options),
        request_(request),
        mine_(request.patterns[index]),
        horizon_(Duration::from_days(options.days)) {
    context_ = context_for(mine_.model);
    collector_.marks = week_ends(horizon_);
    for (const LevelInModel& level : mine_.levels) {
      if (level.reachable) collector_.levels_mg_per_l.push_back(level.threshold_mg_per_l);
    }
  }

  Result<PatternResult> run(const std::function<void()>& chunk_done, const CancelToken& cancel) {
    const Result<engine::Plan> plan = plan_for(mine_.model);
    if (!plan) return fail(plan.error());
    ExposureJob job{&*plan, &context_, &collector_, options_.block, resolve_threads(options_.threads)};

    // Lane 0 is the typical person at central inputs; then each uncertain input at its low and its high end.
    std::vector<LaneIdentity> lanes(1);
    for (std::size_t i = 0; i < context_.inputs.size(); ++i) {
      for (const double end : {context_.inputs[i].range.low, context_.inputs[i].range.high}) {
        lanes.push_back({.subject = {}, .study = {}, .overridden_input = i, .override_value = end});
      }
    }
    const auto typical = run_lanes(job, lanes, cancel);
    if (!typical) return fail(typical.error());
    std::vector<PersonExposure> studies;
    if (!context_.inputs.empty() && options_.studies > 0) {
      std::vector<LaneIdentity> draws;
      for (std::uint64_t study = 0; study < options_.studies; ++study) {
        draws.push_back({.subject = {}, .study = study, .overridden_input = {}});
      }
      auto drawn = run_lanes(job, draws, cancel);
      if (!drawn) return fail(std::move(drawn.error()));
      studies = std::move(*drawn);
    }

    append_grid(collector_.session_curve, Duration(), std::min(kSessionStart, horizon_), kSessionStartStep);
    append_grid(collector_.session_curve, kSessionStart, std::min(kSessionCurve, horizon_), kSessionCurveStep);
    append_grid(collector_.first_days, Duration(), std::min(kFirstDays, horizon_), kFirstDaysStep);
    const auto people = run_people(job, options_.subjects, chunk_done, cancel);
    if (!people) return fail(people.error());

    PatternResult result = describe(typical->front());
    fill_metrics(result, *people, typical->front(), studies);
    fill_sensitivity(result, *typical);
    fill_curves(result, *people);
    fill_observations(result, typical->front());
    if (auto problem = fill_divisions(result, typical->front(), cancel)) return fail(std::move(*problem));
    if (auto problem = fill_model_spread(result, typical->front(), cancel)) return fail(std::move(*problem));
    return result;
  }

 private:
  population::DrawContext context_for(const model::CompiledModel& model) const {
    return {&model, &mine_.pattern, &request_.cohort, options_.seed, population::study_inputs(model, mine_.pattern)};
  }

  Result<engine::Plan> plan_for(const model::CompiledModel& model) const {
    engine::PlanOptions options;
    options.route = mine_.pattern.route;
    options.outputs = {model.outputs.front().name};
    options.marks = collector_.marks;
    return engine::Plan::make(model, mine_.timeline, options);
  }

  double typical_of(const char* covariate, double otherwise) const {
    const population::CovariateDistribution* distribution = request_.cohort.find(covariate);
    return distribution == nullptr ? otherwise : population::typical(*distribution);
  }

  std::vector<std::string> outside(const model::CompiledModel& model, const PersonExposure& typical) const {
    const auto sessions = static_cast<double>(mine_.timeline.sessions.size());
    const double weight_kg = typical_of("weight", 70);
    return model::outside_domain(model, {mine_.pattern.substance, mine_.pattern.route, typical[kBase] / sessions,
                                         weight_kg, typical_of("age", 0)});
  }

  PatternResult describe(const PersonExposure& typical) const {
    const regimen::Pattern& pattern = mine_.pattern;
    PatternResult result;
    result.id = pattern.id;
    result.title = pattern.title;
    result.summary = pattern.summary;
    result.clinical = pattern.kind == regimen::Kind::kClinical;
    result.substance = pattern.substance;
    result.sessions = mine_.timeline.sessions.size();
    result.administrations = mine_.timeline.administrations.size();
    result.model = model_use(mine_.model, outside(mine_.model, typical));
    result.analyte = mine_.output().analyte;
    result.matrix = std::string(evidence::to_string(mine_.output().matrix));
    result.site = std::string(evidence::to_string(mine_.output().site));
    result.factors = factors_of(mine_, typical_of("weight", 70));
    result.assumptions = assumptions_of(mine_);
    result.sources = sources_of(mine_);
    return result;
  }

  // The whole horizon in words: "a year" when it is one.
  std::string period() const {
    return options_.days == 364 ? std::string("a year") : fmt::format("in {:g} days", options_.days);
  }

  std::string concentration_basis() const {
    return fmt::format("{} in {} ({})", mine_.output().analyte, evidence::to_string(mine_.output().matrix),
                       evidence::to_string(mine_.output().site));
  }

  static Metric metric(MetricId id, std::string key, std::string title, std::string unit, std::string basis) {
    Metric made;
    made.id = id;
    made.key = std::move(key);
    made.title = std::move(title);
    made.unit = std::move(unit);
    made.basis = std::move(basis);
    return made;
  }

  static void set_numbers(Metric& metric, std::size_t number, const PopulationSummary& people,
                          const PersonExposure& typical, const std::vector<PersonExposure>& studies) {
    const exposure::QuantileSketch& sketch = people.numbers[number];
    metric.people =
        BetweenPeople{sketch.quantile(0.5), sketch.quantile(0.05), sketch.quantile(0.95), people.means[number]};
    metric.typical = typical[number];
    if (studies.empty()) return;
    std::vector<double> values;
    values.reserve(studies.size());
    for (const PersonExposure& study : studies) values.push_back(study[number]);
    std::sort(values.begin(), values.end());
    metric.inputs =
        OverInputs{quantile_of_sorted(values, 0.5), quantile_of_sorted(values, 0.05), quantile_of_sorted(values, 0.95)};
  }

  void fill_metrics(PatternResult& result, const PopulationSummary& people, const PersonExposure& typical,
                    const std::vector<PersonExposure>& studies) const {
    const std::string substance = mine_.pattern.substance;
    const std::string concentration = concentration_basis();
    const std::string a_year = period();
    const auto add = [&](MetricId id, std::size_t number, std::string key, std::string title, std::string unit,
                         std::string basis) {
      Metric made = metric(id, std::move(key), std::move(title), std::move(unit), std::move(basis));
      set_numbers(made, number, people, typical, studies);
      result.metrics.push_back(std::move(made));
    };
    add(MetricId::kNominalPerSession, kNominalPerSession, "nominal_mg_per_session", "nominal dose a session", "mg",
        substance + ", product as given");
    add(MetricId::kNominalPerYear, kNominal, "nominal_mg_per_year", "nominal dose " + a_year, "mg",
        substance + ", product as given");
    add(MetricId::kBasePerYear, kBase, "base_mg_per_year", "base dose " + a_year, "mg", substance + ", base");
    add(MetricId::kSystemicPerYear, kSystemic, "systemic_mg_per_year", "systemic dose " + a_year, "mg",
        substance + ", base that reaches the circulation");
    add(MetricId::kPeakPerSession, kMeanPeak, "peak_per_session", "peak of a session", "ng/mL", concentration);
    add(MetricId::kHighestPeak, kHighestPeak, "highest_peak", "highest peak " + a_year, "ng/mL", concentration);
    add(MetricId::kAucPerSession, kAucPerSession, "auc_per_session", "AUC of a session", "ng.h/mL", concentration);
    add(MetricId::kAucPerYear, kAuc, "auc_per_year", "AUC " + a_year, "ng.h/mL", concentration);
    std::size_t number = kFirstLevel;
    for (const LevelInModel& level : mine_.levels) {
      const double stated = level.level->concentration_mg_per_l * kNanogramsPerMl;
      Metric made =
          metric(MetricId::kHoursAboveLevel, "hours_above." + level.level->id,
                 fmt::format("hours {} above {:g} ng/mL: {}", a_year, stated, level.level->title), "h",
                 fmt::format("{} against {} in {} ({})", concentration, level.level->analyte,
                             evidence::to_string(level.level->matrix), evidence::to_string(level.level->site)));
      if (level.reachable) {
        set_numbers(made, number++, people, typical, studies);
        if (!level.bridges.empty()) {
          std::string note =
              fmt::format("threshold {:.4g} ng/mL on {}", level.threshold_mg_per_l * kNanogramsPerMl, concentration);
          for (const std::string& bridge : level.bridges) note += "; " + bridge;
          made.notes.push_back(std::move(note));
        }
      } else {
        made.reason = level.reason;
      }
      result.metrics.push_back(std::move(made));
    }
  }

  void fill_sensitivity(PatternResult& result, const std::vector<PersonExposure>& lanes) const {
    for (std::size_t i = 0; i < context_.inputs.size(); ++i) {
      const population::StudyInput& input = context_.inputs[i];
      const PersonExposure& low = lanes[1 + 2 * i];
      const PersonExposure& high = lanes[2 + 2 * i];
      result.sensitivity.push_back({input_title(mine_, input), range_text(mine_, input),
                                    source_text(input.range.provenance), low[kAuc], high[kAuc], low[kMeanPeak],
                                    high[kMeanPeak]});
    }
  }

  // A session's total taken in fewer or more parts than assumed: another row of the sensitivity table.
  std::optional<Diagnostics> fill_divisions(PatternResult& result, const PersonExposure& typical,
                                            const CancelToken& cancel) const {
    for (std::size_t dose = 0; dose < mine_.pattern.doses.size(); ++dose) {
      const auto& range = mine_.pattern.doses[dose].units_range;
      if (!range) continue;
      std::array<PersonExposure, 2> ends{typical, typical};
      for (std::size_t end = 0; end < 2; ++end) {
        PatternRequest other = mine_;
        other.pattern = regimen::divided_otherwise(mine_.pattern, dose, end == 0 ? range->low : range->high);
        Result<regimen::Timeline> timeline = regimen::expand(other.pattern, horizon_);
        if (!timeline) return std::move(timeline.error());
        other.timeline = std::move(*timeline);
        auto exposure = typical_person(other, other.model, cancel);
        if (!exposure) return std::move(exposure.error());
        ends[end] = std::move(*exposure);
      }
      result.sensitivity.push_back({"number of administrations a session",
                                    fmt::format("{} to {}", range->low, range->high), source_text(range->provenance),
                                    ends[0][kAuc], ends[1][kAuc], ends[0][kMeanPeak], ends[1][kMeanPeak]});
    }
    return std::nullopt;
  }

  // The typical person at central inputs under any model and timeline.
  Result<PersonExposure> typical_person(const PatternRequest& use, const model::CompiledModel& model,
                                        const CancelToken& cancel) const {
    engine::PlanOptions plan_options;
    plan_options.route = use.pattern.route;
    plan_options.outputs = {model.outputs.front().name};
    const Result<engine::Plan> plan = engine::Plan::make(model, use.timeline, plan_options);
    if (!plan) return fail(plan.error());
    const population::DrawContext context{&model, &use.pattern, &request_.cohort, options_.seed,
                                          population::study_inputs(model, use.pattern)};
    const exposure::CollectorOptions collector;
    const ExposureJob job{&*plan, &context, &collector, options_.block, 1};
    const std::array<LaneIdentity, 1> lane{};
    auto exposure = run_lanes(job, lane, cancel);
    if (!exposure) return fail(std::move(exposure.error()));
    return std::move(exposure->front());
  }

  ModelSpreadRow spread_row(const model::CompiledModel& model, const PersonExposure& exposure) const {
    return {model.id,
            model.outputs.front().analyte,
            std::string(evidence::to_string(model.outputs.front().site)),
            model.id == mine_.model.id,
            exposure[kMeanPeak],
            exposure[kAucPerSession],
            exposure[kAuc],
            outside(model, exposure)};
  }

  // Every model whose domain covers the pattern and that is propagated exactly, the one in use first.
  std::optional<Diagnostics> fill_model_spread(PatternResult& result, const PersonExposure& typical,
                                               const CancelToken& cancel) const {
    result.model_spread.push_back(spread_row(mine_.model, typical));
    for (const auto& [id, model] : library_.models) {
      if (id == mine_.model.id || !model.takes(mine_.pattern.substance)) continue;
      if (model.find_route(mine_.pattern.route) == nullptr || !outside(model, typical).empty()) continue;
      if (!why_not_propagated(model).empty()) continue;
      auto exposure = typical_person(mine_, model, cancel);
      if (!exposure) return std::move(exposure.error());
      result.model_spread.push_back(spread_row(model, *exposure));
    }
    return std::nullopt;
  }

  static Curve curve(const std::vector<Duration>& times, const std::vector<exposure::QuantileSketch>& sketches) {
    Curve made;
    for (const Duration time : times) made.time_h.push_back(time.hours());
    for (const exposure::QuantileSketch& sketch : sketches) {
      made.p5.push_back(sketch.quantile(0.05));
      made.median.push_back(sketch.quantile(0.5));
      made.p95.push_back(sketch.quantile(0.95));
    }
    return made;
  }

  static Histogram histogram(const exposure::QuantileSketch& sketch) {
    exposure::QuantileSketch::Histogram bins = sketch.histogram(kHistogramBins);
    return {std::move(bins.edges), std::move(bins.counts)};
  }

  void fill_curves(PatternResult& result, const PopulationSummary& people) const {
    result.session_curve = curve(collector_.session_curve, people.session_curve);
    result.first_days_curve = curve(collector_.first_days, people.first_days);
    std::vector<Duration> marks;
    for (const Instant mark : collector_.marks) marks.push_back(mark - Instant());
    result.cumulative_auc = curve(marks, people.auc_at_mark);
    result.peak_histogram = histogram(people.numbers[kMeanPeak]);
    result.auc_histogram = histogram(people.numbers[kAuc]);
  }

  // Published peaks for the same substance, route, dose and duration, beside ours.
  void fill_observations(PatternResult& result, const PersonExposure& typical) const {
    if (mine_.pattern.doses.size() != 1 || mine_.pattern.doses.front().units != 1) return;
    const regimen::SessionDose& dose = mine_.pattern.doses.front();
    const bool by_weight = dose.kind == regimen::DoseKind::kMilligramsPerKilogram;
    const auto same = [](double a, double b) { return std::fabs(a - b) <= kSameDose * std::fabs(b); };
    for (const evidence::Observation& observation : library_.evidence.observations) {
      if (observation.substance != mine_.pattern.substance || observation.route != mine_.pattern.route) continue;
      if (observation.metric != "peak" || observation.analyte != mine_.output().analyte) continue;
      const double stated = by_weight ? observation.dose_mg_per_kg : observation.dose_mg;
      if (!same(dose.amount.value, stated) || !same(dose.duration.hours(), observation.duration_h)) continue;
      result.observations.push_back({observation.statement, observation.value_mg_per_l * kNanogramsPerMl,
                                     typical[kMeanPeak], source_text(observation.provenance),
                                     std::string(evidence::to_string(observation.provenance.tier))});
      result.sources.insert(result.sources.end(), observation.provenance.sources.begin(),
                            observation.provenance.sources.end());
    }
  }

  const Library& library_;
  const CompareOptions& options_;
  const Request& request_;
  const PatternRequest& mine_;
  Duration horizon_;
  population::DrawContext context_;
  exposure::CollectorOptions collector_;
};

// Ratios are formed within one basis only: racemate with racemate, one analyte with itself.
void fill_ratios(std::vector<PatternResult>& patterns) {
  if (patterns.empty()) return;
  const std::vector<Metric> first = patterns.front().metrics;
  for (PatternResult& pattern : patterns) {
    for (std::size_t i = 0; i < pattern.metrics.size(); ++i) {
      Metric& metric = pattern.metrics[i];
      const Metric& reference = first[i];
      if (!metric.typical || !reference.typical) {
        metric.ratio_to_first.reason = "not computed";
      } else if (metric.basis != reference.basis) {
        metric.ratio_to_first.reason = fmt::format("{} is not {}", metric.basis, reference.basis);
      } else if (!(*reference.typical > 0)) {
        metric.ratio_to_first.reason = fmt::format("{} has zero", patterns.front().id);
      } else {
        metric.ratio_to_first.value = *metric.typical / *reference.typical;
      }
    }
  }
}

std::string repeat_command(const CompareOptions& options, const Request& request) {
  std::string command = "racemate compare";
  if (!options.patterns.empty()) {
    for (const std::string& name : options.patterns) command += " " + name;
  } else {
    for (const PatternRequest& pattern : request.patterns) command += " " + pattern.pattern.id;
  }
  command += fmt::format(" --subjects {} --days {:g} --seed {} --studies {}", options.subjects, options.days,
                         options.seed, options.studies);
  command += " --cohort " + (options.cohort.empty() ? request.cohort.id : options.cohort);
  if (options.weight_kg) command += fmt::format(" --weight {:g}", *options.weight_kg);
  if (options.age_a) command += fmt::format(" --age {:g}", *options.age_a);
  for (const auto& [pattern, model] : options.model_of_pattern) command += " --model " + pattern + "=" + model;
  for (const ParameterOverride& change : options.overrides) {
    command += fmt::format(" --set '{}.{}={}'", change.model, change.parameter, change.value);
  }
  return command;
}

Manifest manifest_of(const Library& library, const CompareOptions& options, const Request& request) {
  Manifest manifest;
  manifest.program_version = RACEMATE_VERSION;
  manifest.command = repeat_command(options, request);
  manifest.simd_tier = engine::kernels::simd_tier();
  manifest.seed = options.seed;
  manifest.subjects = options.subjects;
  manifest.studies = options.studies;
  manifest.days = options.days;
  manifest.cohort = request.cohort.id;
  manifest.overrides = request.overrides;
  manifest.quantile_relative_error = kSketchError;
  std::set<std::pair<std::string, std::string>> seen;
  const auto add = [&](const char* kind, const std::string& id, const std::string& sha256) {
    if (seen.emplace(kind, id).second) manifest.inputs.push_back({kind, id, sha256});
  };
  for (const PatternRequest& pattern : request.patterns) {
    add("pattern", pattern.pattern.id, pattern.pattern.sha256);
    add("model", pattern.model.id, pattern.model.sha256);
  }
  add("cohort", request.cohort.id, request.cohort.sha256);
  for (const auto& [file, sha256] : library.evidence_sha256) add("evidence", file, sha256);
  return manifest;
}

void fill_citations(const Library& library, const Request& request, Comparison& comparison) {
  std::set<std::string> keys;
  for (const PatternResult& pattern : comparison.patterns) {
    keys.insert(pattern.sources.begin(), pattern.sources.end());
    keys.insert(pattern.model.sources.begin(), pattern.model.sources.end());
  }
  keys.insert(request.cohort.sources.begin(), request.cohort.sources.end());
  for (const std::string& key : keys) {
    const auto citation = library.evidence.citations.find(key);
    if (citation != library.evidence.citations.end()) comparison.citations.push_back(citation->second);
  }
}

std::vector<std::string> notes_of(const CompareOptions& options) {
  return {
      fmt::format("Medians and 5th to 95th percentiles are over {} virtual people at the central value of every "
                  "uncertain input; \"inputs\" is the 5th to 95th percentile of the typical person over {} draws of "
                  "the uncertain inputs, each drawn once per study.",
                  options.subjects, options.studies),
      "Ratios are of the typical person (median covariates, central inputs) to the first pattern, within one "
      "substance, "
      "analyte and basis only.",
      "A session lasts until the next one begins; the last one is cut at the end of the horizon.",
      "Concentrations describe exposure to ketamine alone: combinations, tolerance and organ damage are not in them.",
  };
}

Diagnostics not_comparable(const Request& request) {
  Diagnostics problems;
  for (const PatternRequest& use : request.patterns) {
    const std::string reason = why_not_propagated(use.model);
    if (reason.empty()) continue;
    problems.push_back({ErrorCode::kUnsupported,
                        {use.model.file},
                        reason,
                        "a linear model of empty compartments, its first output a concentration, for comparisons",
                        "`racemate simulate` integrates it"});
  }
  return problems;
}

}  // namespace

Result<Comparison> compare(const Library& library, const CompareOptions& options, const ProgressSink& progress,
                           const CancelToken& cancel) {
  const Result<Request> request = resolve(library, options);
  if (!request) return fail(request.error());
  if (Diagnostics problems = not_comparable(*request); !problems.empty()) return fail(std::move(problems));

  Comparison comparison;
  comparison.manifest = manifest_of(library, options, *request);
  comparison.cohort_title = request->cohort.title;
  comparison.cohort_assumptions = request->cohort.assumptions;
  comparison.notes = notes_of(options);
  comparison.levels = library.evidence.levels;

  const double all_chunks =
      static_cast<double>(chunks_of(options.subjects)) * static_cast<double>(request->patterns.size());
  double done = 0;
  for (std::size_t i = 0; i < request->patterns.size(); ++i) {
    const std::string& id = request->patterns[i].pattern.id;
    if (progress) progress({id, done / all_chunks});
    PatternComparison pattern(library, options, *request, i);
    auto result = pattern.run(
        [&] {
          done += 1;
          if (progress) progress({id, done / all_chunks});
        },
        cancel);
    if (!result) return fail(std::move(result.error()));
    comparison.patterns.push_back(std::move(*result));
  }
  fill_ratios(comparison.patterns);
  fill_citations(library, *request, comparison);
  return comparison;
}

}  // namespace racemate::study
