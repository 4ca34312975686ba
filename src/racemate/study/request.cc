#include "racemate/study/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "racemate/core/document.h"

namespace racemate::study {

namespace {

void append(Diagnostics& all, Diagnostics more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Diagnostic option_problem(ErrorCode code, std::string message, std::string expected, std::string hint = {}) {
  return {code, {}, std::move(message), std::move(expected), std::move(hint)};
}

void check_numbers(const CompareOptions& options, Diagnostics& problems) {
  if (options.subjects < 1 || options.subjects > kMostSubjects) {
    problems.push_back(option_problem(ErrorCode::kOutOfRange, fmt::format("--subjects is {}", options.subjects),
                                      fmt::format("1 to {}", kMostSubjects)));
  }
  if (options.studies > kMostStudies) {
    problems.push_back(option_problem(ErrorCode::kOutOfRange, fmt::format("--studies is {}", options.studies),
                                      fmt::format("0 to {}", kMostStudies)));
  }
  if (!(options.days > 0) || options.days > kMostDays) {
    problems.push_back(option_problem(ErrorCode::kOutOfRange, fmt::format("--days is {}", options.days),
                                      fmt::format("more than 0, at most {}", kMostDays)));
  }
  if (options.block < expr::kLaneMultiple || options.block > kChunk) {
    problems.push_back(option_problem(ErrorCode::kOutOfRange, fmt::format("--block is {}", options.block),
                                      fmt::format("{} to {}", expr::kLaneMultiple, kChunk)));
  }
}

void apply_override(model::CompiledModel& model, const ParameterOverride& change, std::vector<std::string>& applied,
                    Diagnostics& problems) {
  const auto parameter = std::find_if(model.parameters.begin(), model.parameters.end(),
                                      [&](const model::Parameter& p) { return p.name == change.parameter; });
  if (parameter == model.parameters.end()) {
    std::vector<std::string> names;
    for (const model::Parameter& known : model.parameters) names.push_back(known.name);
    problems.push_back(option_problem(
        ErrorCode::kUnknownName, fmt::format("--set: model '{}' has no parameter '{}'", model.id, change.parameter),
        "a parameter of the model", suggest_name(change.parameter, names)));
    return;
  }
  const Result<ParsedQuantity> value = parse_quantity(change.value, {"--set"});
  if (!value) {
    append(problems, value.error());
    return;
  }
  if (!(value->unit.dimension == parameter->dimension)) {
    problems.push_back(option_problem(
        ErrorCode::kWrongDimension,
        fmt::format("--set: {}.{} = {} is in '{}'", model.id, change.parameter, change.value, value->unit.code),
        "a unit of the same kind as " + parameter->unit_code, example_codes(parameter->dimension)));
    return;
  }
  if (value->internal_value < 0 || !std::isfinite(value->internal_value)) {
    problems.push_back(option_problem(ErrorCode::kOutOfRange,
                                      fmt::format("--set: {}.{} = {}", model.id, change.parameter, change.value),
                                      "a finite value that is not negative"));
    return;
  }
  parameter->value = value->internal_value;
  parameter->written_value = value->written_value;
  parameter->unit_code = value->unit.code;
  parameter->provenance.tier = evidence::Tier::kAssumption;
  parameter->provenance.note = "set on the command line";
  // What was said is held: the published range no longer applies.
  parameter->between_study.reset();
  const std::string text = fmt::format("{}.{} = {}", model.id, change.parameter, change.value);
  if (std::find(applied.begin(), applied.end(), text) == applied.end()) {
    applied.push_back(text);
  }
}

Result<model::CompiledModel> model_for(const Library& library, const CompareOptions& options,
                                       const regimen::Pattern& pattern) {
  const auto named = options.model_of_pattern.find(pattern.id);
  if (named != options.model_of_pattern.end()) return find_model(library, named->second);
  const Result<std::string> id = default_model(library, pattern);
  if (!id) return fail(id.error());
  return find_model(library, *id);
}

// A model that can take this pattern's doses.
void check_use(const model::CompiledModel& model, const regimen::Pattern& pattern, Diagnostics& problems) {
  if (!model.takes(pattern.substance)) {
    std::string taken;
    for (const std::string& substance : model.substances) taken += (taken.empty() ? "" : ", ") + substance;
    problems.push_back({ErrorCode::kInconsistent,
                        {pattern.file},
                        fmt::format("model '{}' does not take {}, the substance of pattern '{}'", model.id,
                                    pattern.substance, pattern.id),
                        "a model of " + pattern.substance,
                        "the model takes " + taken});
  }
  if (model.find_route(pattern.route) == nullptr) {
    std::vector<std::string> routes;
    for (const model::Route& route : model.routes) routes.push_back(route.name);
    problems.push_back(
        {ErrorCode::kInconsistent,
         {pattern.file},
         fmt::format("model '{}' has no route '{}', which pattern '{}' uses", model.id, pattern.route, pattern.id),
         "a model with that route",
         suggest_name(pattern.route, routes)});
  }
}

void resolve_pattern(const Library& library, const CompareOptions& options, const std::string& name, Request& request,
                     Diagnostics& problems) {
  Result<regimen::Pattern> pattern = find_pattern(library, name);
  if (!pattern) return append(problems, std::move(pattern.error()));
  Result<model::CompiledModel> model = model_for(library, options, *pattern);
  if (!model) return append(problems, std::move(model.error()));
  const std::size_t before = problems.size();
  check_use(*model, *pattern, problems);
  apply_overrides(options.overrides, *model, request.overrides, problems);
  Result<regimen::Timeline> timeline = regimen::expand(*pattern, Duration::from_days(options.days));
  if (!timeline) return append(problems, std::move(timeline.error()));
  if (problems.size() > before) return;
  std::vector<LevelInModel> levels = levels_in_model(library.evidence, model->outputs.front());
  request.patterns.push_back({std::move(*pattern), std::move(*model), std::move(*timeline), std::move(levels)});
}

void resolve_cohort(const Library& library, const CompareOptions& options, Request& request, Diagnostics& problems) {
  const std::string name = options.cohort.empty() ? library.default_cohort : options.cohort;
  Result<population::Cohort> cohort = find_cohort(library, name);
  if (!cohort) return append(problems, std::move(cohort.error()));
  request.cohort = std::move(*cohort);
  const auto fix = [&](const char* covariate, std::optional<double> value, const char* unit, double to_internal) {
    if (!value) return;
    const Result<void> fixed = request.cohort.fix(covariate, *value * to_internal, {fmt::format("--{}", covariate)});
    if (!fixed) return append(problems, fixed.error());
    request.overrides.push_back(fmt::format("{} = {} {}", covariate, *value, unit));
  };
  fix("weight", options.weight_kg, "kg", 1.0);
  const std::optional<Unit> year = parse_unit("a");
  fix("age", options.age_a, "a", year->to_internal);
}

}  // namespace

void apply_overrides(const std::vector<ParameterOverride>& overrides, model::CompiledModel& model,
                     std::vector<std::string>& applied, Diagnostics& problems) {
  for (const ParameterOverride& change : overrides) {
    if (change.model == model.id) apply_override(model, change, applied, problems);
  }
}

Result<std::string> default_model(const Library& library, const regimen::Pattern& pattern) {
  if (pattern.model) return *pattern.model;
  for (const DefaultModel& choice : library.default_models) {
    if (choice.substance == pattern.substance && choice.route == pattern.route) return choice.model;
  }
  return fail(Diagnostic{ErrorCode::kUnsupported,
                         {pattern.file},
                         fmt::format("no model for {} by the {} route", pattern.substance, pattern.route),
                         "a route that a model has, or `model = \"...\"` in the pattern",
                         "`racemate model list` shows models and routes"});
}

std::vector<LevelInModel> levels_in_model(const evidence::Library& evidence, const model::Output& output) {
  std::vector<LevelInModel> levels;
  for (const evidence::Level& level : evidence.levels) {
    LevelInModel in_model;
    in_model.level = &level;
    const auto path = evidence::find_bridge(evidence, output.analyte, output.matrix, output.site, level);
    if (path) {
      in_model.reachable = true;
      in_model.threshold_mg_per_l = level.concentration_mg_per_l / path->factor;
      for (const evidence::Bridge* step : path->steps) in_model.bridges.push_back(step->statement);
    } else {
      in_model.reason = path.error();
    }
    levels.push_back(std::move(in_model));
  }
  return levels;
}

Result<Request> resolve(const Library& library, const CompareOptions& options) {
  Request request;
  Diagnostics problems;
  check_numbers(options, problems);
  if (!problems.empty()) return fail(std::move(problems));
  resolve_cohort(library, options, request, problems);
  const std::vector<std::string>& names = options.patterns.empty() ? library.default_patterns : options.patterns;
  for (const std::string& name : names) resolve_pattern(library, options, name, request, problems);

  std::set<std::string> ids;
  for (const PatternRequest& pattern : request.patterns) {
    if (ids.insert(pattern.pattern.id).second) continue;
    problems.push_back(option_problem(
        ErrorCode::kInconsistent, fmt::format("pattern '{}' is named twice", pattern.pattern.id), "each pattern once"));
  }
  std::set<std::string> models;
  for (const PatternRequest& pattern : request.patterns) models.insert(pattern.model.id);
  for (const ParameterOverride& change : options.overrides) {
    if (models.contains(change.model) || !problems.empty()) continue;
    problems.push_back(option_problem(ErrorCode::kUnknownName,
                                      fmt::format("--set: model '{}' is not used by these patterns", change.model),
                                      "a model in use", suggest_name(change.model, {models.begin(), models.end()})));
  }
  for (const auto& [id, model] : options.model_of_pattern) {
    if (ids.contains(id) || !problems.empty()) continue;
    problems.push_back(option_problem(ErrorCode::kUnknownName, fmt::format("--model: pattern '{}' is not compared", id),
                                      "a pattern of this comparison", suggest_name(id, {ids.begin(), ids.end()})));
  }
  if (!problems.empty()) return fail(std::move(problems));
  return request;
}

}  // namespace racemate::study
