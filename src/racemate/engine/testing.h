// For tests of the engine: one way to run a model, and the same question put to the reference.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "racemate/engine/plan.h"
#include "racemate/engine/reference/reference.h"
#include "racemate/engine/run.h"
#include "racemate/evidence/evidence.h"
#include "racemate/model/model.h"
#include "racemate/population/batch.h"
#include "racemate/population/cohort.h"
#include "racemate/regimen/pattern.h"
#include "racemate/regimen/timeline.h"

namespace racemate::engine::testing {

// The shipped evidence, or a failed test.
inline evidence::Library shipped_evidence() {
  Result<evidence::Library> library = evidence::load_library(RACEMATE_SOURCE_DIR "/evidence");
  if (!library) {
    ADD_FAILURE() << to_string(library.error().front());
    return {};
  }
  return std::move(*library);
}

inline model::CompiledModel shipped_model(const std::string& id) {
  Result<model::CompiledModel> model =
      model::load_model(RACEMATE_SOURCE_DIR "/models/" + id + ".toml", shipped_evidence());
  if (!model) {
    ADD_FAILURE() << to_string(model.error().front());
    return {};
  }
  return std::move(*model);
}

inline model::CompiledModel model_from_text(const std::string& text) {
  const Result<Document> document = parse_document(text, "test.toml");
  if (!document) {
    ADD_FAILURE() << to_string(document.error().front());
    return {};
  }
  Result<model::CompiledModel> model = model::compile_model(*document, "test.toml", {});
  if (!model) {
    for (const Diagnostic& problem : model.error()) ADD_FAILURE() << to_string(problem);
    return {};
  }
  return std::move(*model);
}

// People who all have these covariates.
inline population::Cohort fixed_cohort(std::vector<std::pair<std::string, double>> covariates) {
  population::Cohort cohort;
  cohort.id = "fixed";
  for (auto& [name, value] : covariates) {
    population::CovariateDistribution distribution;
    distribution.name = name;
    distribution.median = value;
    distribution.low = value;
    distribution.high = value;
    cohort.covariates.push_back(std::move(distribution));
  }
  return cohort;
}

// One dose rule of `amount_mg`, taken at the given times; all in one session.
struct Doses {
  double amount_mg = 0;
  std::vector<double> times_h{0.0};
  double duration_h = 0;
};

struct Use {
  regimen::Pattern pattern;
  regimen::Timeline timeline;
};

inline Use use_of(const std::string& route, const Doses& doses, double horizon_h) {
  Use use;
  use.pattern.id = "test";
  use.pattern.route = route;
  use.pattern.purity.value = 1;
  regimen::SessionDose dose;
  dose.amount.value = doses.amount_mg;
  dose.duration = Duration::from_hours(doses.duration_h);
  use.pattern.doses.push_back(dose);
  use.timeline.horizon = Duration::from_hours(horizon_h);
  use.timeline.sessions.push_back(
      {Instant::from_hours(doses.times_h.front()), 0, static_cast<std::uint32_t>(doses.times_h.size()), 0});
  std::uint32_t number = 0;
  for (const double time_h : doses.times_h) {
    use.timeline.administrations.push_back({Instant::from_hours(time_h), dose.duration, 0, ++number, 0});
  }
  return use;
}

// Everything a run emits, kept.
class Recorder final : public TrajectoryObserver {
 public:
  struct Point {
    double time_h;
    std::vector<std::vector<double>> value;  // [output][lane], mg/L
  };
  std::vector<Point> points;              // starts and ends of steps, in order
  std::vector<std::vector<double>> auc;   // [output][lane], mg.h/L
  std::vector<std::vector<double>> peak;  // [output][lane], over points
  std::vector<double> systemic_mg;

  void session(std::uint32_t /*session*/, Instant /*start*/) override {}
  void administration(std::span<const double> /*nominal_mg*/, std::span<const double> /*base_mg*/,
                      std::span<const double> systemic) override {
    systemic_mg.resize(systemic.size());
    for (std::size_t lane = 0; lane < systemic.size(); ++lane) systemic_mg[lane] += systemic[lane];
  }
  void chunk(const TrajectoryChunk& chunk) override {
    const std::size_t outputs = chunk.value.size();
    auc.resize(outputs, std::vector<double>(chunk.lanes, 0.0));
    peak.resize(outputs, std::vector<double>(chunk.lanes, 0.0));
    double time_h = chunk.start.hours();
    for (std::size_t point = 0; point <= chunk.steps; ++point) {
      Point kept{time_h, {}};
      for (std::size_t o = 0; o < outputs; ++o) {
        const double* values = chunk.value[o] + point * chunk.lanes;
        kept.value.emplace_back(values, values + chunk.lanes);
        for (std::size_t lane = 0; lane < chunk.lanes; ++lane) peak[o][lane] = std::max(peak[o][lane], values[lane]);
      }
      if (chunk.lane_step_h == nullptr) points.push_back(std::move(kept));
      if (point < chunk.steps && chunk.lane_step_h == nullptr) time_h += chunk.step_h[point];
    }
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t lane = 0; lane < chunk.lanes; ++lane) auc[o][lane] = chunk.auc[o][lane];
    }
  }
};

// A model run for some people; the typical person when `lanes` is one identity without subject.
struct ModelRun {
  Recorder recorder;
  expr::Frame frame{1, expr::kLaneMultiple};  // the batch's, after the run
};

inline ModelRun run_model(const model::CompiledModel& model, const Use& use, const std::vector<std::string>& outputs,
                          const population::Cohort& cohort, const std::vector<population::LaneIdentity>& lanes = {{}},
                          const Grid& grid = {}) {
  PlanOptions options;
  options.route = use.pattern.route;
  options.outputs = outputs;
  options.grid = grid;
  const Result<Plan> plan = Plan::make(model, use.timeline, options);
  ModelRun made;
  if (!plan) {
    ADD_FAILURE() << to_string(plan.error().front());
    return made;
  }
  const population::DrawContext context{&model, &use.pattern, &cohort, 7, {}};
  population::Batch batch(context, lanes);
  Workspace workspace;
  const auto failure = run(*plan, batch, made.recorder, workspace);
  EXPECT_FALSE(failure) << failure->reason;
  made.frame = std::move(batch.frame());
  return made;
}

// The system of one lane, straight from the model: every compartment, nothing pruned. Dose fractions are those of each
// administration, so the caller names them (constant over the doses of these tests).
inline reference::System reference_system(const model::CompiledModel& model, const expr::Frame& frame, std::size_t lane,
                                          const Use& use) {
  reference::System system;
  system.states = static_cast<int>(model.compartments.size());
  for (const model::Flow& flow : model.flows)
    system.flows.push_back({flow.from, flow.to, frame.slot(flow.rate_slot)[lane]});
  const model::Route* route = model.find_route(use.pattern.route);
  for (const regimen::Administration& administration : use.timeline.administrations) {
    for (const model::RouteInput& input : route->inputs) {
      const double amount = use.pattern.doses.front().amount.value * frame.slot(input.fraction_slot)[lane];
      const double lag = input.lag_slot == model::kNoSlot ? 0.0 : frame.slot(input.lag_slot)[lane];
      const double duration = input.duration_slot == model::kNoSlot ? administration.duration.hours()
                                                                    : frame.slot(input.duration_slot)[lane];
      system.inputs.push_back({administration.time.hours() + lag, input.compartment, amount, duration});
    }
  }
  return system;
}

}  // namespace racemate::engine::testing
