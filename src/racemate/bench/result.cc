#include "racemate/bench/result.h"

#include <algorithm>

namespace racemate::bench {

std::optional<double> EngineResult::least_seconds() const {
  if (seconds.empty()) return std::nullopt;
  return *std::min_element(seconds.begin(), seconds.end());
}

std::optional<double> ns_per_row(const CaseResult& of, const EngineResult& engine) {
  const std::optional<double> seconds = engine.least_seconds();
  if (!seconds || of.rows_per_person == 0 || engine.people == 0) return std::nullopt;
  return *seconds * 1e9 / (static_cast<double>(of.rows_per_person) * static_cast<double>(engine.people));
}

std::optional<double> people_per_second(const EngineResult& engine) {
  const std::optional<double> seconds = engine.least_seconds();
  if (!seconds || !(*seconds > 0)) return std::nullopt;
  return static_cast<double>(engine.people) / *seconds;
}

std::optional<double> times_the_first(const CaseResult& of, const EngineResult& engine) {
  if (of.engines.empty()) return std::nullopt;
  const std::optional<double> first = people_per_second(of.engines.front());
  const std::optional<double> own = people_per_second(engine);
  if (!first || !own) return std::nullopt;
  return *first / *own;
}

std::optional<double> times_the_write_limit(const CaseResult& of, const EngineResult& engine, const Machine& machine) {
  const std::optional<double> row_ns = ns_per_row(of, engine);
  if (!row_ns || !machine.limits || of.outputs == 0) return std::nullopt;
  const double write_ns =
      static_cast<double>(of.outputs) * std::min(machine.limits->write_ns, machine.limits->write_past_ns);
  return *row_ns / write_ns;
}

std::optional<double> gain_of_two_threads(const CaseResult& of) {
  if (of.engines.size() < 2 || of.engines[1].threads != 2 || of.engines[1].people != of.engines[0].people) {
    return std::nullopt;
  }
  const std::optional<double> one = of.engines[0].least_seconds();
  const std::optional<double> two = of.engines[1].least_seconds();
  if (!one || !two) return std::nullopt;
  return *one / *two;
}

bool all_right(const BenchResult& result) {
  for (const ScenarioResult& scenario : result.scenarios) {
    for (const CaseResult& of : scenario.cases) {
      for (const EngineResult& engine : of.engines) {
        const bool right = engine.error && *engine.error <= of.allowed_error;
        if (engine.own && !right) return false;
      }
    }
  }
  return true;
}

}  // namespace racemate::bench
