#include "racemate/bench/workload.h"

#include <fmt/format.h>

#include <utility>

namespace racemate::bench {
namespace {

constexpr std::size_t kLine = 8;      // doubles in 64 bytes
constexpr std::size_t kDrawn = 1024;  // people drawn at a time for the peers

Diagnostic inconsistent(std::string message, std::string expected) {
  return {.code = ErrorCode::kInconsistent,
          .where = {},
          .message = std::move(message),
          .expected = std::move(expected),
          .hint = {}};
}

void write_doses(const Scenario& scenario, const Case& from, regimen::Pattern& pattern, regimen::Timeline& timeline) {
  pattern.id = scenario.id;
  pattern.route = from.route;
  pattern.purity.value = 1;
  regimen::SessionDose dose;
  dose.amount.value = from.amount_mg;
  dose.duration = from.duration;
  pattern.doses.push_back(dose);
  // What is asked for at the horizon is still there.
  timeline.horizon = scenario.times.back();
  for (std::int64_t i = 0; i < scenario.doses; ++i) {
    const Instant start = Instant() + scenario.every * i;
    const auto number = static_cast<std::uint32_t>(i);
    timeline.sessions.push_back({start, number, 1, 0});
    timeline.administrations.push_back({start, from.duration, number, 1, 0});
  }
}

}  // namespace

Answer Answer::by_columns(std::size_t outputs, std::size_t times, std::size_t people) {
  Answer answer;
  answer.outputs = outputs;
  answer.times = times;
  answer.people = people;
  answer.person_stride = 1;
  answer.time_stride = (people + kLine - 1) / kLine * kLine;
  answer.output_stride = answer.time_stride * times;
  answer.values.resize(answer.doubles());
  return answer;
}

Answer Answer::by_person(std::size_t outputs, std::size_t times, std::size_t people) {
  Answer answer;
  answer.outputs = outputs;
  answer.times = times;
  answer.people = people;
  answer.output_stride = 1;
  answer.time_stride = outputs;
  answer.person_stride = outputs * times;
  answer.values.resize(answer.doubles());
  return answer;
}

std::vector<population::LaneIdentity> people_from(std::size_t first, std::size_t count) {
  std::vector<population::LaneIdentity> lanes(count);
  for (std::size_t lane = 0; lane < count; ++lane) lanes[lane].subject = first + lane;
  return lanes;
}

Result<std::unique_ptr<Workload>> Workload::make(const Scenario& scenario, const Case& from,
                                                 const study::Library& library) {
  Result<model::CompiledModel> model = study::find_model(library, from.model);
  if (!model) return fail(model.error());
  if (model->find_route(from.route) == nullptr) {
    return fail(inconsistent(fmt::format("{}: model '{}' has no route '{}'", scenario.id, model->id, from.route),
                             "a route of the model"));
  }
  std::unique_ptr<Workload> workload(new Workload);
  workload->model_path_ =
      study::is_path(from.model) ? from.model : library.data_folder + "/models/" + from.model + ".toml";
  workload->model_ = std::move(*model);
  write_doses(scenario, from, workload->pattern_, workload->timeline_);
  if (Result<population::Cohort> cohort = study::find_cohort(library, library.default_cohort)) {
    workload->cohort_ = std::move(*cohort);
  } else {
    return fail(cohort.error());
  }
  workload->context_ = {.model = &workload->model_,
                        .pattern = &workload->pattern_,
                        .cohort = &workload->cohort_,
                        .seed = kBenchmarkSeed,
                        .inputs = population::study_inputs(workload->model_, workload->pattern_)};
  for (const Duration& time : scenario.times) workload->times_.push_back(Instant() + time);
  return workload;
}

std::vector<std::string> Workload::output_names() const {
  std::vector<std::string> names;
  for (const model::Output& output : model_.outputs) names.push_back(output.name);
  return names;
}

Result<PeerProblem> Workload::peer_problem(Equations equations, std::size_t people) const {
  PeerProblem problem;
  problem.equations = equations;
  const std::vector<std::string> names = parameter_names(equations);
  std::vector<std::size_t> slots;
  for (const std::string& name : names) {
    const expr::Symbol* symbol = model_.symbols.find(name);
    if (symbol == nullptr) {
      return fail(inconsistent(fmt::format("model '{}' has no parameter '{}'", model_.id, name),
                               "the model that the equations were written for"));
    }
    slots.push_back(symbol->slot);
  }
  if (output_count(equations) != model_.outputs.size()) {
    return fail(inconsistent(fmt::format("model '{}' has {} outputs", model_.id, model_.outputs.size()),
                             fmt::format("the {} of the equations", output_count(equations))));
  }
  problem.parameters.reserve(people * names.size());
  for (std::size_t first = 0; first < people; first += kDrawn) {
    const population::Batch batch(context_, people_from(first, std::min(kDrawn, people - first)));
    for (std::size_t lane = 0; lane < batch.people(); ++lane) {
      for (const std::size_t slot : slots) problem.parameters.push_back(batch.frame().slot(slot)[lane]);
    }
  }
  const double amount_mg = pattern_.doses.front().amount.value;
  for (const regimen::Administration& administration : timeline_.administrations) {
    const double start_h = administration.time.hours();
    const double duration_h = administration.duration.hours();
    problem.infusions.push_back({start_h, start_h + duration_h, amount_mg / duration_h});
  }
  for (const Instant& time : times_) problem.times_h.push_back(time.hours());
  return problem;
}

}  // namespace racemate::bench
