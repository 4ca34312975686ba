#include "racemate/model/typical_check.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace racemate::model {
namespace {

constexpr double kRounding = 1e-9;

enum class End { kReference, kLow, kHigh };
struct Scenario {
  End covariates;
  double dose_mg;
  double number;
  double session_mg;
  std::string_view name;
};
constexpr std::array<Scenario, expr::kLaneMultiple> kScenarios{{
    {End::kReference, 28, 1, 28, "for a typical person"},
    {End::kReference, 28, 2, 56, "for a typical person's second dose"},
    {End::kReference, 1, 1, 1, "for a typical person and 1 mg"},
    {End::kReference, 10'000, 1, 10'000, "for a typical person and 10 g"},
    {End::kLow, 28, 1, 28, "at the low ends of the covariates"},
    {End::kHigh, 28, 1, 28, "at the high ends of the covariates"},
    {End::kLow, 28, 3, 84, "at the low ends of the covariates, third dose"},
    {End::kHigh, 28, 3, 84, "at the high ends of the covariates, third dose"},
}};

double covariate_value(const Covariate& covariate, End end) {
  switch (end) {
    case End::kReference:
      return covariate.reference;
    case End::kLow:
      return covariate.low;
    case End::kHigh:
      return covariate.high;
  }
  return covariate.reference;
}

expr::Frame evaluate_scenarios(const CompiledModel& model) {
  expr::Frame frame(model.program.slots, kScenarios.size());
  for (const Parameter& parameter : model.parameters) {
    frame.fill(parameter.theta_slot, parameter.value);
  }
  for (std::size_t lane = 0; lane < kScenarios.size(); ++lane) {
    const Scenario& scenario = kScenarios[lane];
    for (const Covariate& covariate : model.covariates) {
      frame.slot(covariate.slot)[lane] = covariate_value(covariate, scenario.covariates);
    }
    frame.slot(model.dose_amount_slot)[lane] = scenario.dose_mg;
    frame.slot(model.dose_number_slot)[lane] = scenario.number;
    frame.slot(model.session_amount_slot)[lane] = scenario.session_mg;
  }
  if (model.time_slot != kNoSlot) {
    frame.fill(model.time_slot, 1);
  }
  expr::evaluate(model.program, frame, expr::Level::kConstant, expr::Level::kDose);
  // States where they begin. Compartments as empty as they begin for the first person, and holding the dose for others.
  for (std::size_t lane = 0; lane < kScenarios.size(); ++lane) {
    for (const Compartment& compartment : model.compartments) {
      if (compartment.amount_slot == kNoSlot) {
        continue;
      }
      const double initial = compartment.initial_slot == kNoSlot ? 0 : frame.slot(compartment.initial_slot)[lane];
      frame.slot(compartment.amount_slot)[lane] = initial + (lane == 0 ? 0 : kScenarios[lane].dose_mg);
    }
    for (const StateVariable& state : model.states) {
      frame.slot(state.slot)[lane] = state.initial_slot == kNoSlot ? 0 : frame.slot(state.initial_slot)[lane];
    }
  }
  expr::evaluate(model.program, frame, expr::Level::kState, expr::Level::kState);
  return frame;
}

bool possible(double value, Possible kind) {
  switch (kind) {
    case Possible::kFinite:
      return std::isfinite(value);
    case Possible::kNonNegative:
      return std::isfinite(value) && value >= 0;
    case Possible::kPositive:
      return std::isfinite(value) && value > 0;
    case Possible::kShare:
      return value >= 0 && value <= 1 + kRounding;
  }
  return false;
}

std::string_view expected(Possible kind) {
  switch (kind) {
    case Possible::kFinite:
      return "a finite value";
    case Possible::kNonNegative:
      return "a finite value of at least 0";
    case Possible::kPositive:
      return "a finite value above 0";
    case Possible::kShare:
      return "a share from 0 to 1; `scale_factor = true` on the input where it is a scale rather than a share";
  }
  return "";
}

}  // namespace

void check_typical(const CompiledModel& model, std::span<const ValueCheck> values, std::span<const ShareCheck> shares,
                   Diagnostics& diagnostics) {
  const std::size_t problems_before = diagnostics.size();
  const expr::Frame frame = evaluate_scenarios(model);
  for (const ValueCheck& check : values) {
    for (std::size_t lane = 0; lane < kScenarios.size(); ++lane) {
      const double value = frame.slot(check.slot)[lane];
      if (!possible(value, check.possible)) {
        diagnostics.push_back({ErrorCode::kOutOfRange, check.where,
                               fmt::format("{} comes out as {:.6g} {}", check.what, value, kScenarios[lane].name),
                               std::string(expected(check.possible)), ""});
        break;
      }
    }
  }
  if (diagnostics.size() != problems_before) {
    return;  // a share that is wrong alone makes its sum wrong
  }
  for (const ShareCheck& check : shares) {
    for (std::size_t lane = 0; lane < kScenarios.size(); ++lane) {
      double sum = 0;
      for (const std::size_t slot : check.slots) {
        sum += frame.slot(slot)[lane];
      }
      if (sum > 1 + kRounding) {
        diagnostics.push_back({ErrorCode::kInconsistent, check.where,
                               fmt::format("{} add up to {:.6g} {}", check.what, sum, kScenarios[lane].name),
                               "at most 1: a dose is not more than itself", ""});
        break;
      }
    }
  }
}

}  // namespace racemate::model
