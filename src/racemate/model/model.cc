#include "racemate/model/model.h"

#include <algorithm>

#include <fmt/format.h>

namespace racemate::model {

const Route* CompiledModel::find_route(std::string_view name) const {
  const auto found = std::find_if(routes.begin(), routes.end(), [&](const Route& route) { return route.name == name; });
  return found == routes.end() ? nullptr : &*found;
}

const Output* CompiledModel::find_output(std::string_view name) const {
  const auto found =
      std::find_if(outputs.begin(), outputs.end(), [&](const Output& output) { return output.name == name; });
  return found == outputs.end() ? nullptr : &*found;
}

bool CompiledModel::takes(std::string_view substance) const {
  return std::find(substances.begin(), substances.end(), substance) != substances.end();
}

std::optional<int> CompiledModel::find_dosed_compartment(std::string_view cmt) const {
  std::optional<int> found;
  for (std::size_t i = 0; i < compartments.size(); ++i) {
    const Compartment& candidate = compartments[i];
    if (candidate.implicit) {
      continue;
    }
    const bool by_default = cmt.empty() || cmt == "0";
    if (by_default ? candidate.number > 0 &&
                         (!found || candidate.number < compartments[static_cast<std::size_t>(*found)].number)
                   : candidate.name == cmt || (candidate.number > 0 && std::to_string(candidate.number) == cmt)) {
      found = static_cast<int>(i);
    }
  }
  return found;
}

std::vector<std::string> CompiledModel::dosed_compartments() const {
  std::vector<std::string> names;
  for (const Compartment& compartment : compartments) {
    if (compartment.implicit) {
      continue;
    }
    names.push_back(compartment.name);
    if (compartment.number > 0) {
      names.push_back(std::to_string(compartment.number));
    }
  }
  return names;
}

const std::vector<std::string>& route_names() { return evidence::administration_routes(); }

const std::vector<std::string>& substance_names() {
  static const std::vector<std::string> names = {"racemic ketamine", "esketamine"};
  return names;
}

const std::vector<std::string>& covariate_names() {
  static const std::vector<std::string> names = {"weight", "age", "female", "japanese", "asian"};
  return names;
}

bool is_model_id(std::string_view text) {
  constexpr std::size_t kLongestId = 64;
  return !text.empty() && text.size() <= kLongestId && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

namespace {

constexpr double kHoursPerYear = 24 * 365.25;
// 28 mg written as 32.3 mg of the hydrochloride must not fall outside "28 mg" by rounding.
constexpr double kTolerance = 1e-9;

bool inside(double value, double low, double high) {
  return value >= low * (1 - kTolerance) && value <= high * (1 + kTolerance);
}

bool covers(const Domain::RouteDose& range, const UseOfModel& use) {
  if (range.dose_high_mg > 0) {
    return inside(use.dose_mg, range.dose_low_mg, range.dose_high_mg);
  }
  if (range.dose_high_mg_per_kg > 0) {
    return use.weight_kg <= 0 ||
           inside(use.dose_mg / use.weight_kg, range.dose_low_mg_per_kg, range.dose_high_mg_per_kg);
  }
  return true;  // what was read does not say for which doses
}

std::string describe(const Domain::RouteDose& range) {
  return range.dose_high_mg > 0
             ? fmt::format("{:g} to {:g} mg", range.dose_low_mg, range.dose_high_mg)
             : fmt::format("{:g} to {:g} mg/kg", range.dose_low_mg_per_kg, range.dose_high_mg_per_kg);
}

void check_dose(const CompiledModel& model, const UseOfModel& use, std::vector<std::string>& reasons) {
  std::string studied;
  bool listed = false;
  for (const Domain::RouteDose& range : model.domain.routes) {
    if (range.route != use.route) {
      continue;
    }
    if (covers(range, use)) {
      return;
    }
    listed = true;
    studied += (studied.empty() ? "" : " or ") + describe(range);
  }
  reasons.push_back(listed ? fmt::format("{:.4g} mg {}; studied: {}", use.dose_mg, use.route, studied)
                           : fmt::format("{} is not a route of {}", use.route, model.id));
}

}  // namespace

std::vector<std::string> outside_domain(const CompiledModel& model, const UseOfModel& use) {
  std::vector<std::string> reasons;
  if (!model.takes(use.substance)) {
    reasons.push_back(fmt::format("{} is not a substance of {}", use.substance, model.id));
  }
  check_dose(model, use, reasons);
  const Domain& domain = model.domain;
  if (domain.weight_high_kg > 0 && use.weight_kg > 0 &&
      !inside(use.weight_kg, domain.weight_low_kg, domain.weight_high_kg)) {
    reasons.push_back(fmt::format("a weight of {:.4g} kg; studied: {:g} to {:g} kg", use.weight_kg,
                                  domain.weight_low_kg, domain.weight_high_kg));
  }
  if (domain.age_high_h > 0 && use.age_h > 0 && !inside(use.age_h, domain.age_low_h, domain.age_high_h)) {
    reasons.push_back(fmt::format("an age of {:.3g} years; studied: {:.3g} to {:.3g} years", use.age_h / kHoursPerYear,
                                  domain.age_low_h / kHoursPerYear, domain.age_high_h / kHoursPerYear));
  }
  return reasons;
}

}  // namespace racemate::model
