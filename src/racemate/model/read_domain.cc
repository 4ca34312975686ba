#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "racemate/model/read_description.h"

namespace racemate::model {
namespace {

constexpr NumberRange kNonNegative{.low = 0, .high = std::numeric_limits<double>::max()};

// [low, high] of quantities; {0, 0} when absent: the source does not say.
std::pair<double, double> read_interval(TableReader& table, std::string_view key, const Dimension& dimension,
                                        const Reading& reading) {
  const Node* node = table.node(key);
  if (node == nullptr) {
    return {0, 0};
  }
  const NodeArray* ends = node->as_array();
  const std::string expected = fmt::format(R"(["low {0}", "high {0}"])", to_string(dimension));
  if (ends == nullptr || ends->items.size() != 2) {
    table.problem(key, ErrorCode::kWrongType, fmt::format("'{}' of {} is not a pair", key, table.what()), expected);
    return {0, 0};
  }
  double values[2] = {0, 0};
  for (std::size_t i = 0; i < 2; ++i) {
    const Node& end = ends->items[i];
    const std::string* text = end.as_string();
    if (text == nullptr) {
      reading.diagnostics->push_back(
          {ErrorCode::kWrongType, end.where(), "an end of the range is " + std::string(end.kind()), expected, ""});
      return {0, 0};
    }
    Result<ParsedQuantity> quantity = parse_quantity(*text, end.where());
    if (!quantity) {
      reading.diagnostics->insert(reading.diagnostics->end(), quantity.error().begin(), quantity.error().end());
      return {0, 0};
    }
    if (quantity->unit.dimension != dimension) {
      reading.diagnostics->push_back({ErrorCode::kWrongDimension, end.where(),
                                      fmt::format("'{}' is not in {}", *text, to_string(dimension)),
                                      "a quantity in " + example_codes(dimension), ""});
      return {0, 0};
    }
    values[i] = quantity->internal_value;
  }
  if (values[0] < 0 || values[0] >= values[1]) {
    table.problem(key, ErrorCode::kInconsistent, "the low end is negative, or not below the high end", expected);
    return {0, 0};
  }
  return {values[0], values[1]};
}

bool is_per_body_mass(const Node* node) {
  const std::string* text = node == nullptr ? nullptr : node->as_string();
  if (text == nullptr) {
    return false;
  }
  const Result<ParsedQuantity> quantity = parse_quantity(*text, node->where());
  return quantity && quantity->unit.dimension == dimensions::kDosePerBodyMass;
}

Domain::RouteDose read_route_dose(const Node& node, const Reading& reading) {
  TableReader table(node, "a route of the domain", *reading.diagnostics);
  Domain::RouteDose dose;
  dose.route = table.required_choice("route", route_names());
  if (table.has("low") || table.has("high")) {
    const bool per_kg = is_per_body_mass(table.node("high"));
    const Dimension dimension = per_kg ? dimensions::kDosePerBodyMass : dimensions::kDrugMass;
    const double low = table.required_quantity("low", dimension, kNonNegative);
    const double high = table.required_quantity("high", dimension, kNonNegative);
    if (low > high) {
      table.problem("low", ErrorCode::kInconsistent, "`low` is above `high`", "low <= high");
    }
    (per_kg ? dose.dose_low_mg_per_kg : dose.dose_low_mg) = low;
    (per_kg ? dose.dose_high_mg_per_kg : dose.dose_high_mg) = high;
  }
  table.finish();
  return dose;
}

void check_routes(TableReader& table, const Reading& reading) {
  const Description& model = *reading.description;
  std::vector<std::string> own;
  bool all_known = true;
  for (const DescribedRoute& route : model.routes) {
    own.push_back(route.name);
    if (std::find(route_names().begin(), route_names().end(), route.name) == route_names().end()) {
      all_known = false;  // reported with the route; the domain may name what was meant
      continue;
    }
    const bool listed = std::any_of(model.domain.routes.begin(), model.domain.routes.end(),
                                    [&](const Domain::RouteDose& dose) { return dose.route == route.name; });
    if (!listed) {
      table.problem("routes", ErrorCode::kInconsistent,
                    fmt::format("the domain does not say for what doses {}", route.name),
                    fmt::format("{{ route = \"{}\", low = ..., high = ... }}", route.name));
    }
  }
  for (const Domain::RouteDose& dose : model.domain.routes) {
    if (all_known && std::find(own.begin(), own.end(), dose.route) == own.end()) {
      table.problem("routes", ErrorCode::kUnknownName,
                    fmt::format("the domain names {}, which is not a route of this model", dose.route),
                    "a route of the model", suggest_name(dose.route, own));
    }
  }
}

}  // namespace

void read_domain(TableReader& file, const Reading& reading) {
  const Node* node = file.optional_table("domain");
  if (node == nullptr) {
    if (!file.has("domain")) {
      file.problem("domain", ErrorCode::kMissingField, "the model does not say what it is valid for",
                   "[domain] with population and routes");
    }
    return;
  }
  TableReader table(*node, "the domain", *reading.diagnostics);
  Domain& domain = reading.description->domain;
  domain.population = table.required_string("population");
  std::tie(domain.age_low_h, domain.age_high_h) = read_interval(table, "age", dimensions::kTime, reading);
  std::tie(domain.weight_low_kg, domain.weight_high_kg) =
      read_interval(table, "weight", dimensions::kBodyMass, reading);
  const std::size_t problems_before = reading.diagnostics->size();
  for (const Node* route : table.optional_tables("routes")) {
    domain.routes.push_back(read_route_dose(*route, reading));
  }
  if (reading.diagnostics->size() == problems_before) {
    check_routes(table, reading);
  }
  table.finish();
}

}  // namespace racemate::model
