#include "racemate/study/simulate_estimates.h"

#include <fmt/format.h>

#include <cmath>

#include "racemate/core/random.h"

namespace racemate::study {

namespace {

// A block that is rejected this often in a row has almost no probability inside its bounds.
constexpr std::uint64_t kMostAttempts = 1000;

double moved(model::EstimateScale scale, double central, double shift) {
  switch (scale) {
    case model::EstimateScale::kLog:
      return central * std::exp(shift);
    case model::EstimateScale::kLogit:
      return 1 / (1 + (1 - central) / central * std::exp(-shift));
    case model::EstimateScale::kLinear:
      return central + shift;
  }
  return central;
}

bool held_or_inside(const model::Estimate& estimate, double value, bool is_held) {
  return is_held || (value > estimate.low && value < estimate.high);
}

// The values of one attempt; empty when one of them lies outside its bounds.
std::vector<double> attempt_block(const StudyDraw& draw, std::uint64_t attempt, const model::EstimateBlock& block,
                                  const std::set<std::string>& held, const model::CompiledModel& model) {
  const std::size_t size = block.estimates.size();
  std::vector<double> normals;
  for (const model::Estimate& estimate : block.estimates) {
    const std::string name = fmt::format("model/{}/{}", model.id, model.parameters[estimate.parameter].name);
    normals.push_back(normal_draw({.seed = draw.seed,
                                   .study = draw.study,
                                   .occasion = attempt,
                                   .purpose = DrawPurpose::kEstimate,
                                   .index = name_hash(name.c_str())}));
  }
  std::vector<double> values;
  for (std::size_t row = 0; row < size; ++row) {
    double shift = 0;
    for (std::size_t column = 0; column <= row; ++column) {
      shift += block.cholesky[row * size + column] * normals[column];
    }
    const model::Estimate& estimate = block.estimates[row];
    const model::Parameter& parameter = model.parameters[estimate.parameter];
    values.push_back(moved(estimate.scale, parameter.value, shift));
    if (!held_or_inside(estimate, values.back(), held.contains(parameter.name))) return {};
  }
  return values;
}

}  // namespace

Result<void> draw_estimates(const StudyDraw& draw, const std::set<std::string>& held, model::CompiledModel& model) {
  for (const model::EstimateBlock& block : model.estimates) {
    std::vector<double> values;
    for (std::uint64_t attempt = 0; values.empty() && attempt < kMostAttempts; ++attempt) {
      values = attempt_block(draw, attempt, block, held, model);
    }
    if (values.empty()) {
      return fail(Diagnostic{ErrorCode::kNumericalFailure,
                             {model.file},
                             fmt::format("study {} (seed {}): {} draws of the estimates of model '{}' in a row lie "
                                         "outside what the parameters can be",
                                         draw.study + 1, draw.seed, kMostAttempts, model.id),
                             "a covariance on the log or logit scale",
                             {}});
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      model::Parameter& parameter = model.parameters[block.estimates[i].parameter];
      if (!held.contains(parameter.name)) parameter.value = values[i];
    }
  }
  return {};
}

std::vector<std::string> drawn_estimates(const model::CompiledModel& model, const std::set<std::string>& held) {
  std::vector<std::string> names;
  for (const model::EstimateBlock& block : model.estimates) {
    for (const model::Estimate& estimate : block.estimates) {
      const std::string& name = model.parameters[estimate.parameter].name;
      if (!held.contains(name)) names.push_back(name);
    }
  }
  return names;
}

}  // namespace racemate::study
