#include "racemate/bench/engines.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "racemate/engine/events/lane_runner.h"
#include "racemate/engine/events/ode_dynamics.h"
#include "racemate/engine/plan.h"
#include "racemate/engine/run.h"

namespace racemate::bench {
namespace {

constexpr std::size_t kBlock = 64;  // people

// The first failure of any block.
class FirstProblem {
 public:
  void set(std::string text) {
    const std::lock_guard lock(mutex_);
    if (!text_) text_ = std::move(text);
  }
  [[nodiscard]] std::optional<std::string> take() { return std::move(text_); }

 private:
  std::mutex mutex_;
  std::optional<std::string> text_;
};

class RacemateEngine : public TableEngine {
 public:
  RacemateEngine(const Workload& workload, std::size_t people) : workload_(workload), people_(people) {}
  [[nodiscard]] std::size_t people() const override { return people_; }
  [[nodiscard]] bool is_peer() const override { return false; }
  [[nodiscard]] Answer room() const override {
    return Answer::by_columns(workload_.model().outputs.size(), workload_.times().size(), people_);
  }

 protected:
  [[nodiscard]] const Workload& workload() const { return workload_; }
  // Calls block(batch, first person, worker) for all people, in blocks, on threads.
  template <class Block>
  void for_blocks(int threads, const Block& block) const {
    const CancelToken never;
    parallel_blocks((people_ + kBlock - 1) / kBlock, threads, never, [&](std::size_t number, int worker) {
      const std::size_t first = number * kBlock;
      population::Batch batch(workload_.context(), people_from(first, std::min(kBlock, people_ - first)));
      block(batch, first, static_cast<std::size_t>(worker));
    });
  }

 private:
  const Workload& workload_;
  std::size_t people_;
};

class ExactEngine final : public RacemateEngine {
 public:
  using RacemateEngine::RacemateEngine;
  [[nodiscard]] std::string name() const override { return "racemate, exact"; }

  std::optional<std::string> run(int threads, Answer& answer) override {
    engine::PlanOptions options;
    options.route = workload().pattern().route;
    options.outputs = workload().output_names();
    options.times = workload().times();
    options.values_only = true;
    const Result<engine::Plan> plan = engine::Plan::make(workload().model(), workload().timeline(), options);
    if (!plan) return plan.error().front().message;
    while (workspaces_.size() < static_cast<std::size_t>(threads)) workspaces_.emplace_back();
    FirstProblem problem;
    for_blocks(threads, [&](population::Batch& batch, std::size_t first, std::size_t worker) {
      std::vector<double*> columns;
      for (std::size_t o = 0; o < answer.outputs; ++o) {
        columns.push_back(answer.values.data() + o * answer.output_stride + first);
      }
      if (const auto failure = engine::fill_table(*plan, batch, {columns, answer.time_stride}, workspaces_[worker])) {
        problem.set(failure->reason);
      }
    });
    return problem.take();
  }

 private:
  std::vector<engine::Workspace> workspaces_;  // kept from call to call, as a caller would
};

class NoSets final : public engine::events::ParameterSets {
 public:
  [[nodiscard]] bool same(std::size_t /*lane*/, std::size_t /*a*/, std::size_t /*b*/) const override { return true; }
  void load(std::size_t /*lane*/, std::size_t /*from*/, std::size_t /*to*/, double /*weight*/,
            expr::Frame& /*frame*/) const override {}
};

class ColumnSink final : public engine::events::RowSink {
 public:
  ColumnSink(Answer& answer, std::size_t first) : answer_(answer), first_(first) {}
  void row(std::size_t lane, std::size_t row, std::span<const double> values) override {
    double* out = answer_.values.data() + row * answer_.time_stride + first_ + lane;
    for (std::size_t o = 0; o < values.size(); ++o) out[o * answer_.output_stride] = values[o];
  }

 private:
  Answer& answer_;
  std::size_t first_;
};

class OdeEngine final : public RacemateEngine {
 public:
  OdeEngine(const Workload& workload, std::size_t people, const PeerTolerances& tolerances)
      : RacemateEngine(workload, people) {
    options_.tolerances = {.relative = tolerances.relative, .absolute = {tolerances.absolute}};
  }
  [[nodiscard]] std::string name() const override { return "racemate, solvers"; }

  std::optional<std::string> run(int threads, Answer& answer) override {
    const std::vector<engine::events::LaneEvent> events = everyones_events();
    std::vector<std::size_t> outputs(answer.outputs);
    std::iota(outputs.begin(), outputs.end(), std::size_t{0});
    const NoSets sets;
    FirstProblem problem;
    for_blocks(threads, [&](population::Batch& batch, std::size_t first, std::size_t /*worker*/) {
      const std::vector<std::vector<engine::events::LaneEvent>> lanes(batch.people(), events);
      engine::events::OdeDynamics dynamics(workload().model(), batch.frame(), options_, &sets);
      ColumnSink sink(answer, first);
      const auto failures =
          engine::events::run_lanes({.model = &workload().model(), .outputs = outputs, .events = lanes, .sets = &sets},
                                    batch.frame(), dynamics, sink);
      if (!failures.empty()) problem.set(failures.front().reason);
    });
    return problem.take();
  }

 private:
  // Doses into the compartment of the route's only input, and rows, in order of time.
  [[nodiscard]] std::vector<engine::events::LaneEvent> everyones_events() const {
    std::vector<engine::events::LaneEvent> events;
    const double amount_mg = workload().pattern().doses.front().amount.value;
    const model::Route* route = workload().model().find_route(workload().pattern().route);
    for (const regimen::Administration& administration : workload().timeline().administrations) {
      engine::events::LaneEvent dose;
      dose.kind = regimen::RecordEventKind::kDose;
      dose.time_h = administration.time.hours();
      dose.amount_mg = amount_mg;
      dose.duration_h = administration.duration.hours();
      dose.rate_mg_per_h = dose.duration_h > 0 ? amount_mg / dose.duration_h : 0;
      dose.compartment = route->inputs.front().compartment;
      events.push_back(dose);
    }
    for (std::size_t row = 0; row < workload().times().size(); ++row) {
      engine::events::LaneEvent event;
      event.kind = regimen::RecordEventKind::kRow;
      event.time_h = workload().times()[row].hours();
      event.record = row;
      events.push_back(event);
    }
    std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.time_h < b.time_h; });
    return events;
  }

  engine::ode::Options options_;
};

class CppPeer final : public TableEngine {
 public:
  using Solve = std::optional<std::string> (*)(const PeerProblem&, const PeopleOfPeer&, const PeerTolerances&,
                                               std::span<double>);
  CppPeer(std::string name, Solve solve, PeerProblem problem, const PeerTolerances& tolerances)
      : name_(std::move(name)), solve_(solve), problem_(std::move(problem)), tolerances_(tolerances) {}
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::size_t people() const override { return problem_.people(); }
  [[nodiscard]] Answer room() const override {
    return Answer::by_person(output_count(problem_.equations), problem_.times_h.size(), people());
  }
  std::optional<std::string> run(int /*threads*/, Answer& answer) override {
    return solve_(problem_, {0, people()}, tolerances_, answer.values.span());
  }

 private:
  std::string name_;
  Solve solve_;
  PeerProblem problem_;
  PeerTolerances tolerances_;
};

}  // namespace

std::unique_ptr<TableEngine> racemate_engine(const Workload& workload, std::size_t people,
                                             const PeerTolerances& tolerances) {
  if (workload.model().linear) return std::make_unique<ExactEngine>(workload, people);
  return std::make_unique<OdeEngine>(workload, people, tolerances);
}

std::unique_ptr<TableEngine> cpp_peer(const std::string& name, PeerProblem problem, const PeerTolerances& tolerances) {
  if (name == "odeint") {
    return std::make_unique<CppPeer>("Boost.odeint dopri5", &solve_with_odeint, std::move(problem), tolerances);
  }
  return std::make_unique<CppPeer>("SUNDIALS CVODE BDF", &solve_with_cvode, std::move(problem), tolerances);
}

}  // namespace racemate::bench
