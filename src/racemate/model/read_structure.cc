#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "racemate/model/read_description.h"

namespace racemate::model {
namespace {

constexpr std::string_view kExpressionExample = "an expression, as a string";

CompartmentName read_compartment_name(TableReader& table, std::string_view key) {
  const Node* node = table.node(key);
  CompartmentName result{{}, node != nullptr ? node->where() : table.where()};
  result.name = table.required_string(key);
  return result;
}

void read_compartment(const std::string& name, const Node& node, const Reading& reading) {
  TableReader table(node, "compartment " + name, *reading.diagnostics);
  if (!expr::is_valid_name(name) || name.find('.') != std::string::npos) {
    reading.diagnostics->push_back({ErrorCode::kUnknownName, node.key_where(),
                                    fmt::format("'{}' cannot name a compartment", name),
                                    "letters, digits and '_', beginning with a letter", ""});
  }
  DescribedCompartment compartment;
  compartment.name = name;
  compartment.where = table.where();
  compartment.analyte = table.optional_choice("analyte", evidence::analyte_names(), "");
  compartment.systemic = table.optional_boolean("systemic", false);
  compartment.volume = optional_expression(table, "volume");
  if (const auto number = table.optional_integer("number", {.low = 1, .high = kMaxCompartments})) {
    compartment.number = static_cast<int>(*number);
  }
  compartment.bioavailability = optional_expression(table, "bioavailability");
  compartment.lag = optional_expression(table, "lag");
  compartment.duration = optional_expression(table, "duration");
  compartment.rate = optional_expression(table, "rate");
  compartment.initial = optional_expression(table, "initial");
  table.finish();
  reading.description->compartments.push_back(std::move(compartment));
}

void read_flow(const Node& node, const Reading& reading) {
  TableReader table(node, "a flow", *reading.diagnostics);
  DescribedFlow flow;
  flow.where = table.where();
  flow.from = read_compartment_name(table, "from");
  if (table.has("to")) {
    flow.to = read_compartment_name(table, "to");
  }
  flow.rate = optional_expression(table, "rate");
  flow.clearance = optional_expression(table, "clearance");
  flow.fraction = optional_expression(table, "fraction");
  if (table.has("rate") == table.has("clearance")) {
    table.problem("rate", ErrorCode::kInconsistent, "a flow needs either a rate or a clearance",
                  "rate (1/h) or clearance (L/h), not both");
  }
  if (flow.fraction && !flow.to) {
    table.problem("fraction", ErrorCode::kInconsistent, "a fraction of a flow that goes nowhere",
                  "`to` beside it: the fraction goes there, the rest is eliminated");
  }
  if (flow.to && flow.to->name == flow.from.name) {
    table.problem("to", ErrorCode::kInconsistent, "a flow from a compartment to itself");
  }
  table.finish();
  reading.description->flows.push_back(std::move(flow));
}

// The unit that a field names; a problem and a unit of 1 where it cannot be read.
Unit read_unit(TableReader& table, std::string_view key, std::string_view code, const Dimension& example) {
  const std::optional<Unit> unit = parse_unit(code);
  if (!unit && table.has(key)) {
    table.problem(key, ErrorCode::kUnknownUnit, fmt::format("'{}' is not a unit", code), example_codes(example));
  }
  return unit.value_or(Unit{.code = "1", .dimension = {}, .to_internal = 1});
}

void read_state(const std::string& name, const Node& node, const Reading& reading) {
  TableReader table(node, "state " + name, *reading.diagnostics);
  claim_name(name, node.key_where(), reading);
  DescribedState described;
  described.where = table.where();
  described.state.name = name;
  described.state.unit_code = table.required_string("unit");
  const Unit unit = read_unit(table, "unit", described.state.unit_code, dimensions::kConcentration);
  if (!parse_unit(described.state.unit_code)) {
    reading.description->broken_names.insert(name);
  }
  described.state.dimension = unit.dimension;
  described.state.to_internal = unit.to_internal;
  described.initial = optional_expression(table, "initial");
  described.derivative = required_expression(table, "derivative", "its change per time, as an expression");
  table.finish();
  reading.description->states.push_back(std::move(described));
}

void read_source(const Node& node, const Reading& reading) {
  TableReader table(node, "a source", *reading.diagnostics);
  DescribedSource source;
  source.where = table.where();
  source.to = read_compartment_name(table, "to");
  source.rate = required_expression(table, "rate", "an amount per time");
  table.finish();
  reading.description->sources_of_amount.push_back(std::move(source));
}

void read_exchange(const Node& node, const Reading& reading) {
  TableReader table(node, "an exchange", *reading.diagnostics);
  DescribedExchange exchange;
  exchange.where = table.where();
  const Node* between = table.node("between");
  const std::vector<std::string> names = table.optional_strings("between");
  if (names.size() != 2 || names[0] == names[1]) {
    table.problem("between", ErrorCode::kInconsistent, "an exchange is between two compartments",
                  R"(between = ["central", "peripheral"])");
  } else {
    exchange.between = {{names[0], between->where()}, {names[1], between->where()}};
  }
  exchange.clearance = required_expression(table, "clearance", "a clearance in L/h");
  table.finish();
  if (!exchange.between.empty()) {
    reading.description->exchanges.push_back(std::move(exchange));
  }
}

std::optional<DescribedTransit> read_transit(TableReader& input, const Reading& reading) {
  const Node* node = input.optional_table("transit");
  if (node == nullptr) {
    return std::nullopt;
  }
  TableReader table(*node, "transit of " + input.what(), *reading.diagnostics);
  DescribedTransit transit;
  transit.count =
      static_cast<int>(table.optional_integer("count", {.low = 1, .high = kMaxTransitCompartments}).value_or(1));
  transit.mean_time = required_expression(table, "mean_time", "a time");
  table.finish();
  return transit;
}

DescribedInput read_input(const std::string& route, const Node& node, const Reading& reading) {
  TableReader table(node, "an input of route " + route, *reading.diagnostics);
  DescribedInput input;
  input.where = table.where();
  input.to = read_compartment_name(table, "to");
  input.fraction = required_expression(table, "fraction", "the share of the dose that enters here");
  input.absorption_rate = optional_expression(table, "ka");
  input.duration = optional_expression(table, "duration");
  input.lag = optional_expression(table, "lag");
  input.transit = read_transit(table, reading);
  input.systemic = optional_expression(table, "systemic");
  input.scale_factor = table.optional_boolean("scale_factor", false);
  table.finish();
  return input;
}

void read_route(const std::string& name, const Node& node, const Reading& reading) {
  TableReader table(node, "route " + name, *reading.diagnostics);
  if (std::find(route_names().begin(), route_names().end(), name) == route_names().end()) {
    reading.diagnostics->push_back({ErrorCode::kUnknownName, node.key_where(), fmt::format("'{}' is not a route", name),
                                    "a route of the format", suggest_name(name, route_names())});
  }
  DescribedRoute route;
  route.name = name;
  route.where = table.where();
  const std::vector<const Node*> inputs = table.optional_tables("inputs");
  if (inputs.empty()) {
    table.problem("inputs", ErrorCode::kMissingField, fmt::format("route {} has no inputs", name),
                  fmt::format("[[routes.{}.inputs]] with `to` and `fraction`", name));
  } else if (inputs.size() > kMaxInputs) {
    table.problem("inputs", ErrorCode::kOutOfRange, fmt::format("route {} has {} inputs", name, inputs.size()),
                  fmt::format("at most {}", kMaxInputs));
  } else {
    for (const Node* input : inputs) {
      route.inputs.push_back(read_input(name, *input, reading));
    }
  }
  table.finish();
  reading.description->routes.push_back(std::move(route));
}

// `residual` and `lower_limit` of an output whose values have this dimension.
void read_measurement(TableReader& output, const Dimension& dimension, Output& into, const Reading& reading) {
  constexpr NumberRange kPositive{.low = 0, .high = std::numeric_limits<double>::max(), .low_open = true};
  into.lower_limit = output.optional_quantity("lower_limit", dimension, kPositive);
  const Node* node = output.optional_table("residual");
  if (node == nullptr) {
    return;
  }
  TableReader table(*node, "residual of " + output.what(), *reading.diagnostics);
  ResidualError error;
  error.additive = table.optional_quantity("additive", dimension, kPositive).value_or(0);
  error.proportional = table.optional_quantity("proportional", dimensions::kNone, kPositive).value_or(0);
  error.logarithmic = table.optional_quantity("log", dimensions::kNone, kPositive).value_or(0);
  const bool linear = table.has("additive") || table.has("proportional");
  if (linear == table.has("log")) {
    table.problem("log", ErrorCode::kInconsistent, table.what() + " is not one kind of error",
                  "additive, proportional or both; or log alone (standard deviations)");
  }
  table.finish();
  into.residual = error;
}

void read_output(const std::string& name, const Node& node, const Reading& reading) {
  TableReader table(node, "output " + name, *reading.diagnostics);
  if (!expr::is_valid_name(name) || name.find('.') != std::string::npos) {
    reading.diagnostics->push_back({ErrorCode::kUnknownName, node.key_where(),
                                    fmt::format("'{}' cannot name an output", name),
                                    "letters, digits and '_', beginning with a letter", ""});
  }
  DescribedOutput output;
  output.where = table.where();
  output.output.name = name;
  output.output.title = table.required_string("title");
  if (table.has("value")) {
    output.value = optional_expression(table, "value");
    output.output.compartment = kNoCompartment;
    output.output.unit_code = table.required_string("unit");
    const Unit unit = read_unit(table, "unit", output.output.unit_code, dimensions::kConcentration);
    output.value_dimension = unit.dimension;
    read_measurement(table, unit.dimension, output.output, reading);
    output.output.per_internal = 1 / unit.to_internal;
    table.finish();
    reading.description->outputs.push_back(std::move(output));
    return;
  }
  output.output.unit_code = table.optional_string("unit").value_or(output.output.unit_code);
  const Unit unit = read_unit(table, "unit", output.output.unit_code, dimensions::kConcentration);
  if (unit.dimension != dimensions::kConcentration) {
    table.problem("unit", ErrorCode::kWrongDimension,
                  fmt::format("a concentration is not measured in {}", output.output.unit_code),
                  example_codes(dimensions::kConcentration));
  }
  output.output.per_internal = 1 / unit.to_internal;
  read_measurement(table, dimensions::kConcentration, output.output, reading);
  output.output.analyte = table.required_choice("analyte", evidence::analyte_names());
  output.output.matrix = evidence::parse_matrix(table.required_choice("matrix", evidence::matrix_names()))
                             .value_or(evidence::Matrix::kPlasma);
  output.output.site =
      evidence::parse_site(table.required_choice("site", evidence::site_names())).value_or(evidence::Site::kUnstated);
  output.compartment = read_compartment_name(table, "compartment");
  output.factor = optional_expression(table, "factor");
  table.finish();
  reading.description->outputs.push_back(std::move(output));
}

template <class ReadOne>
void read_named(TableReader& file, std::string_view group, ReadOne read_one) {
  if (const Node* node = file.optional_table(group)) {
    for (const auto& [name, entry] : node->as_table()->fields) {
      read_one(name, entry);
    }
  }
}

}  // namespace

std::optional<ExpressionText> optional_expression(TableReader& table, std::string_view key) {
  const Node* node = table.node(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (const std::optional<double> number = node->as_number()) {
    return ExpressionText{fmt::format("{}", *number), node->where()};
  }
  const std::string* text = node->as_string();
  if (text == nullptr) {
    table.problem(key, ErrorCode::kWrongType, fmt::format("'{}' of {} is {}", key, table.what(), node->kind()),
                  std::string(kExpressionExample));
    return std::nullopt;
  }
  SourcePosition first_character = node->where();
  first_character.column += 1;  // behind the opening quote
  return ExpressionText{*text, first_character};
}

std::optional<ExpressionText> required_expression(TableReader& table, std::string_view key, std::string_view expected) {
  if (!table.has(key)) {
    table.problem(key, ErrorCode::kMissingField, fmt::format("{} has no '{}'", table.what(), key),
                  std::string(expected));
  }
  return optional_expression(table, key);
}

void read_structure(TableReader& file, const Reading& reading) {
  read_named(file, "compartments",
             [&](const std::string& name, const Node& node) { read_compartment(name, node, reading); });
  for (const Node* node : file.optional_tables("flows")) {
    read_flow(*node, reading);
  }
  read_named(file, "states", [&](const std::string& name, const Node& node) { read_state(name, node, reading); });
  for (const Node* node : file.optional_tables("sources")) {
    read_source(*node, reading);
  }
  for (const Node* node : file.optional_tables("exchanges")) {
    read_exchange(*node, reading);
  }
  read_named(file, "routes", [&](const std::string& name, const Node& node) { read_route(name, node, reading); });
  read_named(file, "outputs", [&](const std::string& name, const Node& node) { read_output(name, node, reading); });
}

}  // namespace racemate::model
