#include "racemate/bench/engines.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "racemate/engine/events/regimen_table.h"
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

std::vector<double*> columns_of(Answer& answer, std::size_t first_person) {
  std::vector<double*> columns;
  for (std::size_t o = 0; o < answer.outputs; ++o) {
    columns.push_back(answer.values.data() + o * answer.output_stride + first_person);
  }
  return columns;
}

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
      const std::vector<double*> columns = columns_of(answer, first);
      if (const auto failure = engine::fill_table(*plan, batch, {columns, answer.time_stride}, workspaces_[worker])) {
        problem.set(failure->reason);
      }
    });
    return problem.take();
  }

 private:
  std::vector<engine::Workspace> workspaces_;  // kept from call to call, as a caller would
};

class OdeEngine final : public RacemateEngine {
 public:
  OdeEngine(const Workload& workload, std::size_t people, const PeerTolerances& tolerances)
      : RacemateEngine(workload, people) {
    options_.tolerances = {.relative = tolerances.relative, .absolute = {tolerances.absolute}};
  }
  [[nodiscard]] std::string name() const override { return "racemate, solvers"; }

  std::optional<std::string> run(int threads, Answer& answer) override {
    std::vector<std::size_t> outputs(answer.outputs);
    std::iota(outputs.begin(), outputs.end(), std::size_t{0});
    FirstProblem problem;
    for_blocks(threads, [&](population::Batch& batch, std::size_t first, std::size_t /*worker*/) {
      const std::vector<double*> columns = columns_of(answer, first);
      if (const auto failure = engine::events::fill_table({.model = &workload().model(),
                                                           .route = workload().pattern().route,
                                                           .timeline = &workload().timeline(),
                                                           .times = workload().times(),
                                                           .outputs = outputs,
                                                           .ode = options_},
                                                          batch, {columns, answer.time_stride})) {
        problem.set(failure->reason);
      }
    });
    return problem.take();
  }

 private:
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
