#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "racemate/bench/engines.h"
#include "racemate/bench/judge.h"
#include "racemate/bench/r_peer.h"
#include "racemate/bench/run_parts.h"

namespace racemate::bench {
namespace {

// Judges by how many people an engine runs: making one is slow.
class Judges {
 public:
  Judges(const Workload& workload, const Scenario& scenario) : workload_(workload), scenario_(scenario) {}
  Result<const Judge*> of(std::size_t people) {
    const auto found = made_.find(people);
    if (found != made_.end()) return &found->second;
    Result<Judge> judge = Judge::make(workload_, scenario_.equations, spread_over(people, scenario_.checked_people));
    if (!judge) return fail(std::move(judge.error()));
    return &made_.emplace(people, std::move(*judge)).first->second;
  }

 private:
  const Workload& workload_;
  const Scenario& scenario_;
  std::map<std::size_t, Judge> made_;
};

void touch(Answer& answer) { std::fill_n(answer.values.data(), answer.doubles(), 0.0); }

// One engine on one or two threads: the answer, the memory, the time.
Result<EngineResult> run_engine(const BenchRun& run, const CaseResult& of, Judges& judges, TableEngine& engine,
                                int threads) {
  EngineResult result{.engine = engine.name(), .own = !engine.is_peer(), .threads = threads, .people = engine.people()};
  Answer answer = engine.room();
  touch(answer);
  std::optional<std::string> problem = engine.run(threads, answer);
  if (problem) {
    result.why_not = *problem;
    return result;
  }
  const Result<const Judge*> judge = judges.of(engine.people());
  if (!judge) return fail(judge.error());
  result.error = (*judge)->error_of_peak(answer);
  if (!may_be_timed(of, result)) return result;
  result.seconds = repeat(run.repetitions(), [&] { problem = engine.run(threads, answer); }, run.cancel);
  return result;
}

std::optional<MemoryUse> memory_of_engine(TableEngine& engine, int threads) {
  std::unique_ptr<Answer> answer;
  return memory_of(
      [&] {
        answer = std::make_unique<Answer>(engine.room());
        touch(*answer);
      },
      [&] { static_cast<void>(engine.run(threads, *answer)); });
}

Result<void> add_engine(const BenchRun& run, const Scenario& scenario, Judges& judges, TableEngine& engine,
                        CaseResult& result) {
  const int most_threads = engine.is_peer() ? 1 : std::min(2, resolve_threads(0));
  std::vector<std::optional<MemoryUse>> memory;  // before anything of this engine is in this process
  for (int threads = 1; threads <= most_threads; ++threads) {
    run.progress(fmt::format("{}: {}, memory", scenario.id, engine.name()));
    memory.push_back(memory_of_engine(engine, threads));
  }
  for (int threads = 1; threads <= most_threads && !run.cancel.cancelled(); ++threads) {
    run.progress(fmt::format("{}: {}, {} thread{}", scenario.id, engine.name(), threads, threads == 1 ? "" : "s"));
    Result<EngineResult> done = run_engine(run, result, judges, engine, threads);
    if (!done) return fail(std::move(done.error()));
    if (const auto& used = memory[static_cast<std::size_t>(threads - 1)]; used && done->why_not.empty()) {
      done->memory_beyond_bytes = used->beyond_bytes;
      done->process_bytes = used->process_bytes;
    }
    result.engines.push_back(std::move(*done));
  }
  return {};
}

Result<void> add_peer(const BenchRun& run, const Scenario& scenario, const std::string& name, const Workload& workload,
                      Judges& judges, CaseResult& result) {
  const std::uint64_t wanted = scenario.peers.at(name);
  const std::size_t people = run.options.quick ? std::min(wanted, scenario.quick_subjects) : wanted;
  Result<PeerProblem> problem = workload.peer_problem(scenario.equations, people);
  if (!problem) return fail(std::move(problem.error()));
  const PeerTolerances tolerances{scenario.relative_tolerance, scenario.absolute_tolerance};
  if (!is_r_peer(name)) {
    const std::unique_ptr<TableEngine> engine = cpp_peer(name, std::move(*problem), tolerances);
    return add_engine(run, scenario, judges, *engine, result);
  }
  if (!run.options.r_engines) return {};
  run.progress(fmt::format("{}: {}", scenario.id, name));
  const Result<const Judge*> judge = judges.of(people);
  if (!judge) return fail(judge.error());
  EngineResult done = run_r_peer({.name = name,
                                  .scripts = run.library.data_folder + "/bench/peers",
                                  .problem = &*problem,
                                  .tolerances = tolerances,
                                  .repetitions = run.options.repetitions,
                                  .judge = *judge},
                                 run.cancel);
  if (!may_be_timed(result, done)) done.seconds.clear();
  result.engines.push_back(std::move(done));
  return {};
}

}  // namespace

Result<CaseResult> run_table_case(const BenchRun& run, const Scenario& scenario, const Case& from) {
  run.progress(fmt::format("{}: {}", scenario.id, from.title));
  const auto workload = Workload::make(scenario, from, run.library);
  if (!workload) return fail(workload.error());
  CaseResult result{.title = from.title,
                    .rows_per_person = scenario.times.size(),
                    .outputs = (*workload)->model().outputs.size(),
                    .allowed_error = kAllowedError,
                    .error_means = "of the person's peak"};
  const Result<double> ready = model_ready_seconds(run, (*workload)->model_path());
  if (!ready) return fail(ready.error());
  result.model_ready_seconds = *ready;
  Judges judges(**workload, scenario);
  const auto engine =
      racemate_engine(**workload, run.people_of(scenario), {scenario.relative_tolerance, scenario.absolute_tolerance});
  if (Result<void> added = add_engine(run, scenario, judges, *engine, result); !added) {
    return fail(std::move(added.error()));
  }
  for (const std::string& name : peer_names()) {  // in one order for all scenarios
    if (!scenario.peers.contains(name) || run.cancel.cancelled()) continue;
    if (Result<void> added = add_peer(run, scenario, name, **workload, judges, result); !added) {
      return fail(std::move(added.error()));
    }
  }
  return result;
}

}  // namespace racemate::bench
