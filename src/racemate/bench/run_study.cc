// Scenarios without rows, through room study.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "racemate/bench/judge.h"
#include "racemate/bench/run_parts.h"
#include "racemate/exposure/sketch.h"
#include "racemate/study/compare.h"
#include "racemate/study/request.h"
#include "racemate/study/simulate.h"

namespace racemate::bench {
namespace {

constexpr std::size_t kCheckedPeople = 41;  // whose exact values the quantiles are held against
constexpr std::size_t kCheckedTimes = 9;
const study::ProgressSink kNoProgress = [](const study::Progress& /*progress*/) {};

study::SimulateOptions summary_options(const Scenario& scenario, std::uint64_t subjects, std::uint64_t studies) {
  study::SimulateOptions options;
  options.model = scenario.model;
  options.regimen = scenario.pattern;
  options.times = scenario.times;
  options.subjects = subjects;
  options.studies = studies;
  options.seed = kBenchmarkSeed;
  options.quantiles = true;
  return options;
}

// Values of "SUMMARY,OUTPUT,TIME,STATISTIC,VALUE,UNIT" in order of rows: three quantiles per time.
std::vector<double> values_of(const std::string& csv) {
  std::vector<double> values;
  std::size_t at = csv.find('\n');
  while (at != std::string::npos && at + 1 < csv.size()) {
    std::size_t begin = at + 1;
    for (int cell = 0; cell < 4; ++cell) begin = csv.find(',', begin) + 1;
    values.push_back(std::strtod(csv.c_str() + begin, nullptr));
    at = csv.find('\n', begin);
  }
  return values;
}

// The largest relative error of the quantiles over a few people at a few times, against the exact reference of each
// person. Infinite where rows are missing.
Result<double> error_of_quantiles(const BenchRun& run, const Scenario& scenario) {
  Scenario few = scenario;
  few.times.clear();
  for (std::size_t i = 0; i < kCheckedTimes; ++i) {  // hour 0 is left out: everything is 0 there
    few.times.push_back(scenario.times[(i + 1) * (scenario.times.size() - 1) / kCheckedTimes]);
  }
  study::SimulateOptions options = summary_options(few, kCheckedPeople, 0);
  const Result<std::string> csv = study::simulate_summary(run.library, options, kNoProgress, run.cancel);
  if (!csv) return fail(csv.error());
  const std::vector<double> given = values_of(*csv);
  const Result<model::CompiledModel> model = study::find_model(run.library, scenario.model);
  if (!model) return fail(model.error());
  const Result<regimen::Pattern> pattern = study::find_pattern(run.library, scenario.pattern);
  if (!pattern) return fail(pattern.error());
  const Result<population::Cohort> cohort = study::find_cohort(run.library, run.library.default_cohort);
  if (!cohort) return fail(cohort.error());
  const Result<regimen::Timeline> timeline =
      regimen::expand(*pattern, Duration::from_hours(few.times.back().hours() + 1));
  if (!timeline) return fail(timeline.error());
  const population::DrawContext context{&*model, &*pattern, &*cohort, kBenchmarkSeed,
                                        population::study_inputs(*model, *pattern)};
  std::vector<double> times_h;
  for (const Duration& time : few.times) times_h.push_back(time.hours());
  std::vector<std::vector<double>> right(kCheckedTimes);
  for (std::uint64_t person = 0; person < kCheckedPeople; ++person) {
    const ReferenceAnswer answer = exact_answer({&*model, &context, &*timeline, {.subject = person}}, times_h);
    for (std::size_t t = 0; t < kCheckedTimes; ++t) {
      right[t].push_back(answer.values[t * model->outputs.size()] * 1000);  // ng/mL
    }
  }
  constexpr std::array<double, 3> kQuantiles{0.05, 0.5, 0.95};
  if (model->outputs.size() != 1 || given.size() != kCheckedTimes * kQuantiles.size()) {
    return std::numeric_limits<double>::infinity();
  }
  double worst = 0;
  for (std::size_t t = 0; t < kCheckedTimes; ++t) {
    std::sort(right[t].begin(), right[t].end());
    for (std::size_t q = 0; q < kQuantiles.size(); ++q) {
      const double exact = right[t][static_cast<std::size_t>(kQuantiles[q] * (kCheckedPeople - 1))];
      worst = std::max(worst, std::fabs(given[t * kQuantiles.size() + q] / exact - 1));
    }
  }
  return worst;
}

// A call of the library that is measured; leaves the first problem.
class StudyCall {
 public:
  virtual ~StudyCall() = default;
  StudyCall() = default;
  StudyCall(const StudyCall&) = delete;
  StudyCall& operator=(const StudyCall&) = delete;
  StudyCall(StudyCall&&) = delete;
  StudyCall& operator=(StudyCall&&) = delete;
  virtual Result<void> call(std::uint64_t people, int threads) = 0;
};

EngineResult measure_call(const BenchRun& run, const CaseResult& of, StudyCall& study, EngineResult result,
                          std::uint64_t people_of_call) {
  if (!may_be_timed(of, result)) return result;
  if (const auto memory = memory_of([] {}, [&] { static_cast<void>(study.call(people_of_call, result.threads)); })) {
    result.memory_beyond_bytes = memory->beyond_bytes;
    result.process_bytes = memory->process_bytes;
  }
  result.seconds = repeat(
      run.repetitions(),
      [&] {
        if (const Result<void> done = study.call(people_of_call, result.threads); !done) {
          result.why_not = done.error().front().message;
        }
      },
      run.cancel);
  if (!result.why_not.empty()) result.seconds.clear();
  return result;
}

class SummaryCall final : public StudyCall {
 public:
  SummaryCall(const BenchRun& run, const Scenario& scenario, std::uint64_t studies)
      : run_(run), scenario_(scenario), studies_(studies) {}
  Result<void> call(std::uint64_t people, int threads) override {
    study::SimulateOptions options = summary_options(scenario_, people, studies_);
    options.threads = threads;
    const Result<std::string> csv = study::simulate_summary(run_.library, options, kNoProgress, run_.cancel);
    if (!csv) return fail(csv.error());
    return {};
  }

 private:
  const BenchRun& run_;
  const Scenario& scenario_;
  std::uint64_t studies_;
};

study::CompareOptions year_options(const Scenario& scenario, std::uint64_t people) {
  study::CompareOptions options;
  options.patterns = {scenario.pattern};
  options.subjects = people;
  options.days = scenario.days;
  options.seed = kBenchmarkSeed;
  options.studies = 0;
  return options;
}

class CompareCall final : public StudyCall {
 public:
  CompareCall(const BenchRun& run, const Scenario& scenario) : run_(run), scenario_(scenario) {}
  Result<void> call(std::uint64_t people, int threads) override {
    study::CompareOptions options = year_options(scenario_, people);
    options.threads = threads;
    const Result<study::Comparison> comparison = study::compare(run_.library, options, kNoProgress, run_.cancel);
    if (!comparison) return fail(comparison.error());
    return {};
  }

 private:
  const BenchRun& run_;
  const Scenario& scenario_;
};

// The typical person's area over the horizon against the exact reference, relative.
Result<double> error_of_year(const BenchRun& run, const Scenario& scenario) {
  const study::CompareOptions options = year_options(scenario, 1);
  const Result<study::Comparison> comparison = study::compare(run.library, options, kNoProgress, run.cancel);
  if (!comparison) return fail(comparison.error());
  const Result<study::Request> request = study::resolve(run.library, options);
  if (!request) return fail(request.error());
  const study::PatternRequest& pattern = request->patterns.front();
  const population::DrawContext context{&pattern.model, &pattern.pattern, &request->cohort, kBenchmarkSeed,
                                        population::study_inputs(pattern.model, pattern.pattern)};
  const ReferenceAnswer right = exact_answer({&pattern.model, &context, &pattern.timeline, {}}, {});
  for (const study::Metric& metric : comparison->patterns.front().metrics) {
    if (metric.id == study::MetricId::kAucPerYear && metric.typical) {
      return std::fabs(*metric.typical / (right.area_mg_h_per_l.front() * 1000) - 1);
    }
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace

Result<CaseResult> run_uncertainty(const BenchRun& run, const Scenario& scenario) {
  run.progress(fmt::format("{}: the reference", scenario.id));
  CaseResult result{.title = "quantiles by time, no rows",
                    .rows_per_person = scenario.times.size(),
                    .allowed_error = study::kSketchError,
                    .error_means = "of the quantile"};
  const Result<double> ready = model_ready_seconds(run, scenario.model);
  if (!ready) return fail(ready.error());
  result.model_ready_seconds = *ready;
  const Result<double> error = error_of_quantiles(run, scenario);
  if (!error) return fail(error.error());
  const std::uint64_t studies = run.options.quick ? scenario.quick_studies : scenario.studies;
  SummaryCall call(run, scenario, studies);
  for (int threads = 1; threads <= std::min(2, resolve_threads(0)) && !run.cancel.cancelled(); ++threads) {
    run.progress(fmt::format("{}: racemate, {} thread{}", scenario.id, threads, threads == 1 ? "" : "s"));
    EngineResult engine{.engine = "racemate, quantiles", .own = true, .threads = threads};
    engine.error = *error;
    engine.people = run.people_of(scenario) * studies;
    result.engines.push_back(measure_call(run, result, call, std::move(engine), run.people_of(scenario)));
  }
  return result;
}

Result<CaseResult> run_exposure(const BenchRun& run, const Scenario& scenario) {
  run.progress(fmt::format("{}: the reference", scenario.id));
  CaseResult result{.title = "exposure of everyone, no rows",
                    .allowed_error = kAllowedError,
                    .error_means = "of the typical person's area"};
  const Result<double> error = error_of_year(run, scenario);
  if (!error) return fail(error.error());
  CompareCall call(run, scenario);
  // All of them on one and two threads, then a tenth: the memory of the two must agree.
  const std::uint64_t all = run.people_of(scenario);
  std::vector<std::pair<std::uint64_t, int>> runs{{all, 1}};
  if (resolve_threads(0) > 1) runs.emplace_back(all, 2);
  runs.emplace_back(std::max<std::uint64_t>(all / 10, 1), 1);
  for (const auto& [people, threads] : runs) {
    if (run.cancel.cancelled()) break;
    run.progress(
        fmt::format("{}: racemate, {} people, {} thread{}", scenario.id, people, threads, threads == 1 ? "" : "s"));
    EngineResult engine{.engine = "racemate, exposure", .own = true, .threads = threads, .people = people};
    engine.error = *error;
    result.engines.push_back(measure_call(run, result, call, std::move(engine), people));
  }
  return result;
}

}  // namespace racemate::bench
