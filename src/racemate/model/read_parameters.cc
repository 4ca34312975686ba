#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "racemate/model/read_description.h"

namespace racemate::model {
namespace {

using evidence::Provenance;
using evidence::Tier;

constexpr double kLargest = std::numeric_limits<double>::max();
constexpr NumberRange kAnyNumber{.low = -kLargest, .high = kLargest};
// Variances of logarithms above this mean a typo: a CV of 1e21.
constexpr double kLargestVariance = 100;
constexpr double kLargestShape = 10;  // of a Box-Cox effect; published ones lie within -2 and 2

const std::vector<std::string>& scale_names() {
  static const std::vector<std::string> names = {"log-normal", "logit-normal", "normal", "box-cox"};
  return names;
}
EffectScale parse_scale(const std::string& text) {
  if (text == "logit-normal") return EffectScale::kLogitNormal;
  if (text == "box-cox") return EffectScale::kBoxCox;
  return text == "normal" ? EffectScale::kNormal : EffectScale::kLogNormal;
}

}  // namespace

Provenance read_checked_provenance(TableReader& table, Tier default_tier, const Reading& reading) {
  Provenance provenance = evidence::read_provenance(table, default_tier, *reading.diagnostics);
  const Node* source = table.node("source");
  evidence::report_unknown_citations(provenance.sources, *reading.evidence,
                                     source != nullptr ? source->where() : table.where(), *reading.diagnostics);
  if (provenance.assumption() && provenance.note.empty()) {
    table.problem("note", ErrorCode::kMissingField, table.what() + " is an assumption without a note",
                  "`note = \"why this is assumed\"`");
  }
  return provenance;
}

namespace {

// A parameter of a published model that names no source of its own has the model's, when that is a single one.
Provenance read_parameter_provenance(TableReader& table, const Reading& reading) {
  const Description& model = *reading.description;
  if (!table.has("source") && !table.has("tier") && model.kind == Kind::kPublished && model.sources.size() == 1) {
    return {model.sources, model.tier, table.optional_string("note").value_or("")};
  }
  return read_checked_provenance(table, model.tier, reading);
}

// A quantity whose dimension is its own: "95.2 L/h", or a plain number.
struct WrittenQuantity {
  double internal = 0;
  double written = 0;
  std::string unit_code = "1";
  Dimension dimension;
  bool impossible = false;  // its sign is wrong
};
std::optional<WrittenQuantity> read_value(TableReader& table, const Reading& reading) {
  const Node* node = table.node("value");
  if (node == nullptr) {
    table.problem("value", ErrorCode::kMissingField, table.what() + " has no value",
                  "a quantity such as \"95.2 L/h\", or a number without unit");
    return std::nullopt;
  }
  if (const std::optional<double> number = node->as_number()) {
    return WrittenQuantity{.internal = *number, .written = *number};
  }
  const std::string* text = node->as_string();
  if (text == nullptr) {
    table.problem("value", ErrorCode::kWrongType, table.what() + " has " + std::string(node->kind()) + " for a value",
                  "a quantity such as \"95.2 L/h\", or a number without unit");
    return std::nullopt;
  }
  Result<ParsedQuantity> quantity = parse_quantity(*text, node->where());
  if (!quantity) {
    reading.diagnostics->insert(reading.diagnostics->end(), quantity.error().begin(), quantity.error().end());
    return std::nullopt;
  }
  return WrittenQuantity{.internal = quantity->internal_value,
                         .written = quantity->written_value,
                         .unit_code = quantity->unit.code,
                         .dimension = quantity->unit.dimension};
}

// Physical quantities that cannot be negative; volumes and times must not be zero either.
void check_sign(TableReader& table, WrittenQuantity& value) {
  const bool may_be_zero = value.dimension == dimensions::kClearance || value.dimension == dimensions::kRate;
  const bool must_be_positive = value.dimension == dimensions::kVolume || value.dimension == dimensions::kTime;
  value.impossible = (may_be_zero && value.internal < 0) || (must_be_positive && value.internal <= 0);
  if (value.impossible) {
    table.problem("value", ErrorCode::kOutOfRange,
                  fmt::format("{} is {} {}", table.what(), value.written, value.unit_code),
                  may_be_zero ? "a clearance or rate constant of at least 0" : "a volume or time above 0");
  }
}

std::optional<evidence::InputRange> read_between_studies(TableReader& table, const WrittenQuantity& value,
                                                         const Reading& reading) {
  const Node* node = table.optional_table("between_studies");
  if (node == nullptr) {
    return std::nullopt;
  }
  TableReader range(*node, "between_studies of " + table.what(), *reading.diagnostics);
  const std::size_t problems_before = reading.diagnostics->size();
  const std::string shape = range.required_choice("shape", evidence::shape_names());
  evidence::InputRange result;
  result.shape = evidence::parse_shape(shape).value_or(evidence::InputRange::Shape::kUniform);
  result.low = range.required_quantity("low", value.dimension, kAnyNumber);
  result.high = range.required_quantity("high", value.dimension, kAnyNumber);
  result.provenance = read_checked_provenance(range, Tier::kAssembled, reading);
  range.finish();
  if (reading.diagnostics->size() != problems_before) {
    return std::nullopt;
  }
  if (result.low >= result.high) {
    range.problem("low", ErrorCode::kInconsistent, "`low` is not below `high`", "low < high");
  } else if (value.internal < result.low || value.internal > result.high) {
    range.problem("low", ErrorCode::kInconsistent, "the value lies outside its range between studies",
                  "low <= value <= high");
  } else if (result.shape == evidence::InputRange::Shape::kLogUniform && result.low <= 0) {
    range.problem("low", ErrorCode::kOutOfRange, "a log-uniform range must begin above 0");
  }
  return result;
}

// omega2, or cv (of a log-normal): omega2 = ln(1 + cv^2).
double read_variance(TableReader& effect, EffectScale scale) {
  constexpr NumberRange kVariance{.low = 0, .high = kLargestVariance};
  if (!effect.has("cv")) {
    return effect.required_number("omega2", kVariance);
  }
  const double cv = effect.optional_quantity("cv", dimensions::kNone, {.low = 0, .high = 10}).value_or(0);
  if (effect.has("omega2") || scale != EffectScale::kLogNormal) {
    effect.problem("cv", ErrorCode::kInconsistent, "`cv` stands beside `omega2`, or on a scale other than log-normal",
                   "one of omega2 and cv; cv for log-normal only");
  }
  static_cast<void>(effect.node("omega2"));
  return std::log1p(cv * cv);
}

EffectScale read_scale(TableReader& effect, const WrittenQuantity& value) {
  const EffectScale scale = parse_scale(effect.optional_choice("scale", scale_names(), "log-normal"));
  if (value.impossible) {
    return scale;  // reported already
  }
  if ((scale == EffectScale::kLogNormal || scale == EffectScale::kBoxCox) && value.internal <= 0) {
    effect.problem("scale", ErrorCode::kInconsistent,
                   scale == EffectScale::kBoxCox ? "Box-Cox variability of a value that is not above 0"
                                                 : "log-normal variability of a value that is not above 0",
                   "a value above 0, or scale = \"normal\"");
  }
  if (scale == EffectScale::kLogitNormal &&
      (!value.dimension.dimensionless() || value.internal <= 0 || value.internal >= 1)) {
    effect.problem("scale", ErrorCode::kInconsistent, "logit-normal variability of a value that is not a share",
                   "a value without unit, above 0 and below 1");
    return EffectScale::kNormal;  // which fits any unit, so that nothing else is complained about
  }
  return scale;
}

// between_people or between_occasions.
std::optional<RandomEffect> read_effect(TableReader& table, std::string_view key, const std::string& parameter,
                                        const WrittenQuantity& value, const Provenance& inherited,
                                        const Reading& reading) {
  const Node* node = table.optional_table(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  TableReader reader(*node, fmt::format("{} of {}", key, table.what()), *reading.diagnostics);
  RandomEffect effect;
  effect.parameter = parameter;
  effect.scale = read_scale(reader, value);
  effect.omega2 = read_variance(reader, effect.scale);
  if (effect.scale == EffectScale::kBoxCox) {
    effect.shape = reader.required_number("shape", {.low = -kLargestShape, .high = kLargestShape});
    if (effect.shape == 0 && reader.has("shape")) {
      reader.problem("shape", ErrorCode::kOutOfRange, "a Box-Cox shape of 0 is a log-normal effect",
                     "another shape, or scale = \"log-normal\"");
    }
  }
  effect.level = key == "between_people" ? expr::Level::kSubject : expr::Level::kOccasion;
  effect.borrowed_from = reader.optional_string("borrowed_from").value_or("");
  if (!effect.borrowed_from.empty()) {
    effect.provenance = read_checked_provenance(reader, Tier::kAssumption, reading);
    if (!effect.provenance.assumption()) {
      reader.problem("tier", ErrorCode::kInconsistent, "borrowed variability is an assumption, whatever its source",
                     "tier = \"assumption\", or no tier");
    }
  } else if (reader.has("source") || reader.has("tier")) {
    effect.provenance = read_checked_provenance(reader, reading.description->tier, reading);
  } else {
    effect.provenance = inherited;
    effect.provenance.note =
        reader.optional_string("note").value_or(inherited.assumption() ? inherited.note : std::string());
  }
  reader.finish();
  return effect;
}

void read_parameter(const std::string& name, const Node& node, const Reading& reading) {
  TableReader table(node, "parameter " + name, *reading.diagnostics);
  claim_name(name, node.key_where(), reading);
  DescribedParameter described;
  described.where = table.where();
  described.parameter.name = name;
  described.parameter.description = table.optional_string("description").value_or("");
  described.parameter.provenance = read_parameter_provenance(table, reading);
  described.typical = optional_expression(table, "typical");
  std::optional<WrittenQuantity> value = read_value(table, reading);
  if (!value) {
    reading.description->broken_names.insert(name);
  } else {
    check_sign(table, *value);
  }
  const WrittenQuantity written = value.value_or(WrittenQuantity{.internal = 0.5, .written = 0.5});
  described.parameter.value = written.internal;
  described.parameter.written_value = written.written;
  described.parameter.unit_code = written.unit_code;
  described.parameter.dimension = written.dimension;
  if (value) {
    described.parameter.between_study = read_between_studies(table, written, reading);
  } else {
    static_cast<void>(table.node("between_studies"));
  }
  const Provenance& inherited = described.parameter.provenance;
  described.between_people = read_effect(table, "between_people", name, written, inherited, reading);
  described.between_occasions = read_effect(table, "between_occasions", name, written, inherited, reading);
  if (described.between_people && described.between_occasions &&
      (described.between_people->scale != described.between_occasions->scale ||
       described.between_people->shape != described.between_occasions->shape)) {
    table.problem("between_occasions", ErrorCode::kInconsistent, "people and occasions vary on different scales",
                  "one scale for both");
  }
  table.finish();
  reading.description->parameters.push_back(std::move(described));
}

}  // namespace

void read_parameters(TableReader& file, const Reading& reading) {
  const Node* parameters = file.optional_table("parameters");
  if (parameters == nullptr) {
    return;
  }
  for (const auto& [name, node] : parameters->as_table()->fields) {
    read_parameter(name, node, reading);
  }
}

void read_covariances(TableReader& file, const Reading& reading) {
  for (const Node* node : file.optional_tables("covariances")) {
    TableReader table(*node, "a covariance", *reading.diagnostics);
    DescribedCovariance covariance;
    covariance.where = table.where();
    covariance.parameters = table.optional_strings("parameters");
    if (covariance.parameters.size() != 2 || covariance.parameters[0] == covariance.parameters[1]) {
      table.problem("parameters", ErrorCode::kInconsistent, "a covariance is between two parameters",
                    R"(parameters = ["V1", "CL"])");
      covariance.parameters.clear();
    }
    covariance.covariance = table.required_number("covariance", {.low = -kLargestVariance, .high = kLargestVariance});
    covariance.level = table.optional_choice("level", {"people", "occasions"}, "people") == "people"
                           ? expr::Level::kSubject
                           : expr::Level::kOccasion;
    table.finish();
    if (!covariance.parameters.empty()) {
      reading.description->covariances.push_back(std::move(covariance));
    }
  }
}

}  // namespace racemate::model
