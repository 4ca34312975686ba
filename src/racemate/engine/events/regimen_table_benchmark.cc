// A nonlinear population under a regimen, whole: draw the people, lay out their events, integrate, and leave every
// output in memory.
//
// W3: saturable elimination, an effect site and a turnover response; 1,000 people, 20 infusions of 35 mg at 52.5 mg/h
// every 12 h, 500 times 0.5 h apart, relative tolerance 1e-6, absolute 1e-8. A subject-time is one row of a table,
// whatever it holds. Before timing, some people are held against CVODE at 1e-12; a wrong answer is an error, not a
// time.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/events/regimen_table.h"
#include "racemate/model/model.h"
#include "racemate/population/batch.h"

namespace racemate::engine::events {
namespace {

constexpr double kAllowedError = 1e-5;  // of a person's peak
constexpr std::size_t kSubjects = 1000;
constexpr std::size_t kChecked = 24;
constexpr int kDoses = 20;
constexpr double kSpacing_h = 12;
constexpr double kStep_h = 0.5;
constexpr std::size_t kTimes = 500;
constexpr double kDose_mg = 35;
constexpr double kRate_mg_per_h = 52.5;

struct Prepared {
  model::CompiledModel model;
  regimen::Pattern pattern;
  regimen::Timeline timeline;
  population::Cohort cohort;
  population::DrawContext context;
  std::vector<Instant> times;
  std::vector<std::size_t> outputs;
};

// Threads take blocks as they get free; each writes its own people's columns. result: [output][time][subject].
bool simulate(const Prepared& p, const ode::Options& options, std::size_t subjects, std::size_t block,
              std::size_t threads, double* result) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    for (std::size_t first; (first = next.fetch_add(block)) < subjects;) {
      std::vector<population::LaneIdentity> lanes(std::min(block, subjects - first));
      for (std::size_t lane = 0; lane < lanes.size(); ++lane) lanes[lane].subject = first + lane;
      population::Batch batch(p.context, lanes);
      std::vector<double*> columns;
      for (std::size_t o = 0; o < p.outputs.size(); ++o) columns.push_back(result + o * kTimes * subjects + first);
      if (fill_table({.model = &p.model,
                      .route = "intravenous",
                      .timeline = &p.timeline,
                      .times = p.times,
                      .outputs = p.outputs,
                      .ode = options},
                     batch, {columns, subjects})) {
        failed = true;
      }
    }
  };
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < threads; ++t) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  return !failed;
}

// Largest error over the peak of that person's output, among the first people.
double error_of(const Prepared& p, const std::vector<double>& got) {
  ode::Options options;
  options.method = ode::Method::kCvode;
  options.tolerances = {.relative = 1e-12, .absolute = {1e-14}};
  std::vector<double> expected(p.outputs.size() * kTimes * kChecked);
  if (!simulate(p, options, kChecked, 8, 1, expected.data())) return 1;
  double worst = 0;
  for (std::size_t o = 0; o < p.outputs.size(); ++o) {
    for (std::size_t person = 0; person < kChecked; ++person) {
      double peak = 0;
      double error = 0;
      for (std::size_t t = o * kTimes; t < (o + 1) * kTimes; ++t) {
        peak = std::max(peak, std::abs(expected[t * kChecked + person]));
        error = std::max(error, std::abs(got[t * kSubjects + person] - expected[t * kChecked + person]));
      }
      worst = std::max(worst, error / peak);
    }
  }
  return worst;
}

void run_workload(benchmark::State& state) {
  Result<model::CompiledModel> model = model::load_model(RACEMATE_SOURCE_DIR "/bench/models/w3.toml", {});
  if (!model) return state.SkipWithError(to_string(model.error().front()).c_str());
  Prepared p;
  p.model = std::move(*model);
  p.pattern.id = "workload";
  p.pattern.route = "intravenous";
  p.pattern.purity.value = 1;
  regimen::SessionDose dose;
  dose.amount.value = kDose_mg;
  dose.duration = Duration::from_hours(kDose_mg / kRate_mg_per_h);
  p.pattern.doses.push_back(dose);
  p.timeline.horizon = Duration::from_hours(kDoses * kSpacing_h + 10);
  for (int i = 0; i < kDoses; ++i) {
    const Instant start = Instant::from_hours(i * kSpacing_h);
    const auto number = static_cast<std::uint32_t>(i);
    p.timeline.sessions.push_back({start, number, 1, 0});
    p.timeline.administrations.push_back({start, dose.duration, number, 1, 0});
  }
  p.context = {&p.model, &p.pattern, &p.cohort, 1, {}};
  for (std::size_t o = 0; o < p.model.outputs.size(); ++o) p.outputs.push_back(o);
  for (std::size_t i = 0; i < kTimes; ++i) p.times.push_back(Instant::from_hours(static_cast<double>(i) * kStep_h));

  const auto block = static_cast<std::size_t>(state.range(0));
  const auto threads = static_cast<std::size_t>(state.range(1));
  ode::Options options;
  options.tolerances = {.relative = 1e-6, .absolute = {1e-8}};
  std::vector<double> result(p.outputs.size() * kTimes * kSubjects);
  if (!simulate(p, options, kSubjects, block, threads, result.data())) {
    return state.SkipWithError("the simulation failed");
  }
  const double error = error_of(p, result);
  if (!(error <= kAllowedError)) return state.SkipWithError("the answer is wrong");
  for (auto _ : state) {
    benchmark::DoNotOptimize(simulate(p, options, kSubjects, block, threads, result.data()));
    benchmark::ClobberMemory();
  }
  state.counters["per_subject_time"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(kTimes * kSubjects),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["error_of_peak"] = error;
}
BENCHMARK(run_workload)
    ->Name("W3")
    ->ArgNames({"block", "threads"})
    ->Args({16, 1})
    ->Args({32, 1})
    ->Args({64, 1})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(run_workload)
    ->Name("W3")
    ->ArgNames({"block", "threads"})
    ->Args({32, 2})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace racemate::engine::events
