#include <utility>

#include <fmt/format.h>

#include "racemate/model/compiler.h"

namespace racemate::model {

void Compiler::add_routes() {
  for (const DescribedRoute& described : description_.routes) {
    model_.routes.push_back({described.name, {}});
    input_names_.emplace_back();
    for (std::size_t i = 0; i < described.inputs.size(); ++i) {
      add_input(described, described.inputs[i], i);
    }
  }
  if (description_.routes.empty()) {
    problem(ErrorCode::kMissingField, {}, "the model has no routes", "[[routes.intravenous.inputs]]");
  }
  if (model_.compartments.size() > kMaxCompartments) {
    problem(ErrorCode::kOutOfRange, {},
            fmt::format("the model has {} compartments, those of its routes included", model_.compartments.size()),
            fmt::format("at most {}", kMaxCompartments));
  }
  if (model_.flows.size() > kMaxFlows) {
    problem(ErrorCode::kOutOfRange, {}, fmt::format("the model has {} flows", model_.flows.size()),
            fmt::format("at most {}", kMaxFlows));
  }
}

int Compiler::add_implicit_compartment(const std::string& name) {
  Compartment compartment;
  compartment.name = name;
  compartment.implicit = true;
  model_.compartments.push_back(std::move(compartment));
  return static_cast<int>(model_.compartments.size()) - 1;
}

// The way in is built from its end: `to`, before it the depot of `ka`, before that the transit chain.
void Compiler::add_input(const DescribedRoute& route, const DescribedInput& described, std::size_t number) {
  const std::optional<int> to = find_compartment(described.to);
  if (!to || !described.fraction) {
    return;
  }
  const std::string name = fmt::format("input.{}.{}", route.name, number);
  RouteInput input;
  input.compartment = *to;
  if (described.absorption_rate) {
    const std::string rate = name + ".ka";
    assign(rate, *described.absorption_rate, dimensions::kRate);
    check_value(rate, Possible::kPositive, "ka of route " + route.name, described.absorption_rate->where);
    const int depot = add_implicit_compartment(fmt::format("{}.{}.depot", route.name, number + 1));
    push_flow(depot, input.compartment, rate, described.where);
    input.compartment = depot;
  }
  if (described.transit && described.transit->mean_time) {
    const ExpressionText& mean_time = *described.transit->mean_time;
    assign(name + ".mean_time", mean_time, dimensions::kTime);
    check_value(name + ".mean_time", Possible::kPositive, "the mean transit time of route " + route.name,
                mean_time.where);
    assign_generated(name + ".ktr", fmt::format("{} / {}.mean_time", described.transit->count, name), mean_time.where);
    for (int i = described.transit->count; i >= 1; --i) {
      const int transit = add_implicit_compartment(fmt::format("{}.{}.transit.{}", route.name, number + 1, i));
      push_flow(transit, input.compartment, name + ".ktr", described.where);
      input.compartment = transit;
    }
  }
  InputNames names;
  names.fraction = name + ".fraction";
  assign(names.fraction, *described.fraction, dimensions::kNone);
  check_value(names.fraction, described.scale_factor ? Possible::kNonNegative : Possible::kShare,
              "the fraction of route " + route.name, described.fraction->where);
  names.systemic = names.fraction;
  if (described.systemic) {
    names.systemic = name + ".systemic";
    assign(names.systemic, *described.systemic, dimensions::kNone);
    check_value(names.systemic, Possible::kShare, "the systemic share of route " + route.name,
                described.systemic->where);
  } else if (!described_compartments_.at(described.to.name)->systemic) {
    problem(ErrorCode::kMissingField, described.where,
            fmt::format("which share of the dose reaches the circulation through '{}' is not said", described.to.name),
            fmt::format("`systemic` on this input, or `systemic = true` in [compartments.{}]", described.to.name));
  }
  if (described.duration) {
    names.duration = name + ".duration";
    assign(names.duration, *described.duration, dimensions::kTime);
    check_value(names.duration, Possible::kPositive, "the duration of route " + route.name, described.duration->where);
  }
  if (described.lag) {
    names.lag = name + ".lag";
    assign(names.lag, *described.lag, dimensions::kTime);
    check_value(names.lag, Possible::kNonNegative, "the lag of route " + route.name, described.lag->where);
  }
  model_.routes.back().inputs.push_back(input);
  input_names_.back().push_back(std::move(names));
}

}  // namespace racemate::model
