// Whole simulations, by one thread and by two: draw the people, plan, propagate, and leave every concentration in
// memory.
//
// W1 one infusion, 10,000 people, 241 times; W2 104 weekly infusions, 1,000 people, 8,737 times; W4 as W1 with two
// metabolites, three outputs. A subject-time is one row of a table, whatever it holds. Before timing, one person of
// each workload is held against the reference; a wrong answer is an error, not a time.
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
#include "racemate/engine/kernels/machine_limits.h"
#include "racemate/engine/plan.h"
#include "racemate/engine/reference/reference.h"
#include "racemate/engine/run.h"
#include "racemate/model/model.h"
#include "racemate/population/batch.h"

namespace racemate::engine {
namespace {

constexpr double kAllowedError = 1e-9;  // of the person's peak
constexpr std::size_t kBlock = 64;

struct Workload {
  const char* model;
  std::uint64_t subjects;
  int doses;
  double spacing_h;
  double end_h;
  double step_h;
};

constexpr Workload kW1{"w1", 10'000, 1, 0, 24, 0.1};
constexpr Workload kW2{"w1", 1'000, 104, 168, 17'472, 2};
constexpr Workload kW4{"w4", 10'000, 1, 0, 24, 0.1};

// Everything that stays between runs, as a caller would keep it.
struct Prepared {
  model::CompiledModel model;
  regimen::Pattern pattern;
  regimen::Timeline timeline;
  population::Cohort cohort;
  population::DrawContext context;
  std::vector<Instant> times;
  PlanOptions options;
  AlignedDoubles result;              // [output][time][subject]
  std::vector<Workspace> workspaces;  // one for each thread
};

// Threads take blocks as they get free; each writes its own people's columns.
bool simulate(Prepared& p, std::uint64_t subjects, std::size_t threads) {
  const Result<Plan> plan = Plan::make(p.model, p.timeline, p.options);
  if (!plan) return false;
  std::atomic<std::uint64_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work = [&](Workspace& workspace) {
    for (std::uint64_t first; (first = next.fetch_add(kBlock)) < subjects;) {
      std::vector<population::LaneIdentity> lanes(
          static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, subjects - first)));
      for (std::size_t lane = 0; lane < lanes.size(); ++lane) lanes[lane].subject = first + lane;
      population::Batch batch(p.context, lanes);
      std::vector<double*> columns;
      for (std::size_t o = 0; o < plan->outputs().size(); ++o) {
        columns.push_back(p.result.data() + o * p.times.size() * subjects + first);
      }
      if (fill_table(*plan, batch, {columns, subjects}, workspace)) failed = true;
    }
  };
  p.workspaces.resize(threads);
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < threads; ++t) others.emplace_back(work, std::ref(p.workspaces[t]));
  work(p.workspaces[0]);
  for (std::thread& other : others) other.join();
  return !failed;
}

// Largest error of one person's first output over the peak, against the reference.
double error_of(const Prepared& p, const Workload& w, std::uint64_t subject) {
  std::vector<population::LaneIdentity> lanes(1);
  lanes[0].subject = subject;
  const population::Batch batch(p.context, lanes);
  reference::System system;
  system.states = static_cast<int>(p.model.compartments.size());
  for (const model::Flow& flow : p.model.flows) {
    system.flows.push_back({flow.from, flow.to, batch.frame().slot(flow.rate_slot)[0]});
  }
  for (int dose = 0; dose < w.doses; ++dose) system.inputs.push_back({dose * w.spacing_h, 0, 35, 35 / 52.5});
  std::vector<double> times_h;
  for (std::size_t i = 0; i < p.times.size(); i += p.times.size() / 20 + 1) times_h.push_back(p.times[i].hours());
  const auto states = reference::simulate<double>(system, times_h);
  const double scale = batch.frame().slot(p.model.outputs.front().scale_slot)[0];
  double peak = 0;
  double worst = 0;
  for (std::size_t t = 0; t < p.times.size(); ++t) peak = std::max(peak, p.result.data()[t * w.subjects + subject]);
  for (std::size_t i = 0; i < times_h.size(); ++i) {
    const std::size_t t = i * (p.times.size() / 20 + 1);
    worst = std::max(worst, std::fabs(p.result.data()[t * w.subjects + subject] - states[i].amount[0] * scale));
  }
  return worst / peak;
}

void run_workload(benchmark::State& state, const Workload& w) {
  Prepared p;
  Result<model::CompiledModel> model =
      model::load_model(std::string(RACEMATE_SOURCE_DIR "/bench/models/") + w.model + ".toml", {});
  if (!model) return state.SkipWithError(to_string(model.error().front()).c_str());
  p.model = std::move(*model);
  p.pattern.id = "workload";
  p.pattern.route = "intravenous";
  p.pattern.purity.value = 1;
  regimen::SessionDose dose;
  dose.amount.value = 35;
  dose.duration = Duration::from_hours(35 / 52.5);
  p.pattern.doses.push_back(dose);
  p.timeline.horizon = Duration::from_hours(w.end_h);
  for (int i = 0; i < w.doses; ++i) {
    const Instant start = Instant::from_hours(i * w.spacing_h);
    const auto number = static_cast<std::uint32_t>(i);
    p.timeline.sessions.push_back({start, number, 1, 0});
    p.timeline.administrations.push_back({start, dose.duration, number, 1, 0});
  }
  p.context = {&p.model, &p.pattern, &p.cohort, 1, {}};
  p.options.route = "intravenous";
  for (const model::Output& output : p.model.outputs) p.options.outputs.push_back(output.name);
  const auto times = static_cast<int>(std::lround(w.end_h / w.step_h));
  for (int i = 0; i <= times; ++i) p.times.push_back(Instant::from_hours(i * w.step_h));
  p.options.times = p.times;
  p.options.values_only = true;
  p.result.zero(p.model.outputs.size() * p.times.size() * w.subjects);

  const auto threads = static_cast<std::size_t>(state.range(0));
  if (!simulate(p, w.subjects, threads)) return state.SkipWithError("the simulation failed");
  const double error = std::max(error_of(p, w, 0), error_of(p, w, w.subjects - 1));
  if (!(error <= kAllowedError)) return state.SkipWithError("the answer is wrong");
  for (auto _ : state) {
    benchmark::DoNotOptimize(simulate(p, w.subjects, threads));
    benchmark::ClobberMemory();
  }
  const double rows = static_cast<double>(p.times.size()) * static_cast<double>(w.subjects);
  state.counters["per_subject_time"] = benchmark::Counter(static_cast<double>(state.iterations()) * rows,
                                                          benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["error_of_peak"] = error;
}
BENCHMARK_CAPTURE(run_workload, W1, kW1)->ArgName("threads")->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_workload, W2, kW2)->ArgName("threads")->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_workload, W4, kW4)->ArgName("threads")->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_workload, W1, kW1)
    ->ArgName("threads")
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(run_workload, W2, kW2)
    ->ArgName("threads")
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(run_workload, W4, kW4)
    ->ArgName("threads")
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

// The machine's own limits, ns per double, beside the times above.
void machine_limits(benchmark::State& state) {
  kernels::MachineLimits limits;
  for (auto _ : state) limits = kernels::measure_machine_limits();
  state.counters["write"] = limits.write_ns;
  state.counters["write_past"] = limits.write_past_ns;
  state.counters["strided_write"] = limits.strided_write_ns;
  state.counters["first_touch"] = limits.first_touch_ns;
  state.counters["exponential"] = limits.exponential_ns;
  state.counters["multiply_add"] = limits.multiply_add_ns;
}
BENCHMARK(machine_limits)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace racemate::engine
