#include "racemate/model/description.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "racemate/model/estimates.h"
#include "racemate/model/read_description.h"

namespace racemate::model {
namespace {

constexpr std::string_view kSchema = "racemate-model/1";

void read_header(TableReader& file, const Reading& reading) {
  Description& model = *reading.description;
  file.required_choice("schema", {std::string(kSchema)});
  model.id = file.required_string("id");
  if (!is_model_id(model.id) && file.has("id")) {
    file.problem("id", ErrorCode::kOutOfRange, fmt::format("'{}' is not a model id", model.id),
                 "lower-case letters, digits and '-'");
  }
  model.title = file.required_string("title");
  model.kind = file.optional_choice("kind", {"published", "assembled"}, "published") == "assembled" ? Kind::kAssembled
                                                                                                    : Kind::kPublished;
  const std::string tier = file.required_choice("tier", evidence::tier_names());
  model.tier = evidence::parse_tier(tier).value_or(evidence::Tier::kAssumption);
  if (model.kind == Kind::kAssembled && model.tier != evidence::Tier::kAssembled) {
    file.problem("tier", ErrorCode::kInconsistent, "an assembled model has another tier", "tier = \"assembled\"");
  }
  model.sources = file.optional_strings("source");
  const Node* source = file.node("source");
  evidence::report_unknown_citations(model.sources, *reading.evidence,
                                     source != nullptr ? source->where() : file.where(), *reading.diagnostics);
  model.summary = file.required_string("summary");
  model.defects = file.optional_strings("defects");
  model.assumptions = file.optional_strings("assumptions");
  model.extends = file.optional_string("extends").value_or("");
  if (const Node* extends = file.node("extends")) {
    model.extends_where = extends->where();
  }
  if (!model.extends.empty() && model.kind != Kind::kAssembled) {
    file.problem("extends", ErrorCode::kInconsistent, "a published model builds on another one",
                 "kind = \"assembled\"");
    model.extends.clear();
  }
  model.substances = file.optional_strings("substances");
  if (model.substances.empty()) {
    file.problem("substances", ErrorCode::kMissingField, "the model does not say which substances it takes",
                 "substances = [\"racemic ketamine\"]");
  }
  for (const std::string& substance : model.substances) {
    if (std::find(substance_names().begin(), substance_names().end(), substance) == substance_names().end()) {
      file.problem("substances", ErrorCode::kUnknownName, fmt::format("'{}' is not a substance", substance),
                   "a substance of the format", suggest_name(substance, substance_names()));
    }
  }
}

struct KnownCovariate {
  std::string_view name;
  Dimension dimension;
};
constexpr KnownCovariate kCovariates[] = {{"weight", dimensions::kBodyMass},
                                          {"age", dimensions::kTime},
                                          {"female", dimensions::kNone},
                                          {"japanese", dimensions::kNone},
                                          {"asian", dimensions::kNone}};

void read_covariate(const std::string& name, const Node& node, const Reading& reading) {
  TableReader table(node, "covariate " + name, *reading.diagnostics);
  const auto* known = std::find_if(std::begin(kCovariates), std::end(kCovariates),
                                   [&](const KnownCovariate& candidate) { return candidate.name == name; });
  if (known == std::end(kCovariates) && !table.has("column")) {
    reading.diagnostics->push_back({ErrorCode::kUnknownName, node.key_where(),
                                    fmt::format("'{}' is not a covariate that cohorts can have", name),
                                    "a covariate of the format, or a `column` of data sets that it is read from",
                                    suggest_name(name, covariate_names())});
    reading.description->broken_names.insert(name);
    // Expressions that use what was probably meant are not wrong as well.
    reading.description->broken_names.insert(nearest_name(name, covariate_names()));
    return;
  }
  claim_name(name, node.key_where(), reading);
  Covariate covariate;
  covariate.name = name;
  covariate.unit_code = table.required_string("unit");
  covariate.column = table.optional_string("column").value_or(name);
  const std::optional<Unit> unit = parse_unit(covariate.unit_code);
  covariate.dimension = known != std::end(kCovariates) ? known->dimension : (unit ? unit->dimension : Dimension{});
  if (table.has("unit") && !unit) {
    table.problem("unit", ErrorCode::kUnknownUnit, fmt::format("'{}' is not a unit", covariate.unit_code),
                  example_codes(covariate.dimension));
  } else if (unit && unit->dimension != covariate.dimension) {
    table.problem("unit", ErrorCode::kWrongDimension,
                  fmt::format("{} is not measured in {}", name, covariate.unit_code),
                  example_codes(covariate.dimension));
  }
  covariate.to_internal = unit ? unit->to_internal : 1;
  if (!unit && known == std::end(kCovariates)) {
    // Nothing says what its values should be.
    for (const char* key : {"reference", "low", "high"}) {
      static_cast<void>(table.node(key));
    }
    table.finish();
    reading.description->broken_names.insert(name);
    reading.description->covariates.push_back(std::move(covariate));
    return;
  }
  constexpr NumberRange kNonNegative{.low = 0, .high = std::numeric_limits<double>::max()};
  const std::size_t problems_before = reading.diagnostics->size();
  covariate.reference = table.required_quantity("reference", covariate.dimension, kNonNegative);
  covariate.low = table.required_quantity("low", covariate.dimension, kNonNegative);
  covariate.high = table.required_quantity("high", covariate.dimension, kNonNegative);
  if (reading.diagnostics->size() == problems_before &&
      (covariate.low >= covariate.high || covariate.reference < covariate.low ||
       covariate.reference > covariate.high)) {
    table.problem("low", ErrorCode::kInconsistent, "the reference does not lie inside the range",
                  "low <= reference <= high, low < high");
  }
  table.finish();
  reading.description->covariates.push_back(std::move(covariate));
}

void read_covariates(TableReader& file, const Reading& reading) {
  if (const Node* node = file.optional_table("covariates")) {
    for (const auto& [name, entry] : node->as_table()->fields) {
      read_covariate(name, entry, reading);
    }
  }
}

void read_derived(TableReader& file, const Reading& reading) {
  const Node* node = file.optional_table("derived");
  if (node == nullptr) {
    return;
  }
  TableReader table(*node, "derived", *reading.diagnostics);
  for (const auto& [name, entry] : node->as_table()->fields) {
    claim_name(name, entry.key_where(), reading);
    if (std::optional<ExpressionText> expression = optional_expression(table, name)) {
      reading.description->derived.push_back({name, std::move(*expression)});
    } else {
      reading.description->broken_names.insert(name);
    }
  }
}

bool defines(const Description& model, const std::string& name) {
  const auto named = [&](const auto& entry) { return entry.name == name; };
  return std::any_of(model.covariates.begin(), model.covariates.end(), named) ||
         std::any_of(model.derived.begin(), model.derived.end(), named) ||
         std::any_of(model.states.begin(), model.states.end(),
                     [&](const DescribedState& entry) { return entry.state.name == name; }) ||
         std::any_of(model.parameters.begin(), model.parameters.end(),
                     [&](const DescribedParameter& entry) { return entry.parameter.name == name; });
}

// Reports names of `mine` that `base` has as well, and puts base's entries before mine.
template <class Entry, class NameOf>
void prepend(std::vector<Entry>& base, std::vector<Entry>& mine, NameOf name_of, Description& description,
             Diagnostics& diagnostics) {
  for (const Entry& entry : mine) {
    const auto same = [&](const Entry& other) { return name_of(other) == name_of(entry); };
    if (std::any_of(base.begin(), base.end(), same)) {
      diagnostics.push_back({ErrorCode::kInconsistent, description.extends_where,
                             fmt::format("'{}' is defined here and in {}", name_of(entry), description.extends),
                             "a name of its own", ""});
      description.broken_names.insert(name_of(entry));
    }
  }
  base.insert(base.end(), std::make_move_iterator(mine.begin()), std::make_move_iterator(mine.end()));
  mine = std::move(base);
}

template <class Entry>
void prepend_all(std::vector<Entry>& base, std::vector<Entry>& mine) {
  base.insert(base.end(), std::make_move_iterator(mine.begin()), std::make_move_iterator(mine.end()));
  mine = std::move(base);
}

}  // namespace

void claim_name(const std::string& name, const SourcePosition& where, const Reading& reading) {
  if (!expr::is_valid_name(name) || name.find('.') != std::string::npos || name == "value" || name == "time") {
    reading.diagnostics->push_back(
        {ErrorCode::kUnknownName, where, fmt::format("'{}' cannot name a value", name),
         "letters, digits and '_', beginning with a letter; no function name, not 'value' or 'time'", ""});
    reading.description->broken_names.insert(name);
  } else if (defines(*reading.description, name)) {
    reading.diagnostics->push_back(
        {ErrorCode::kInconsistent, where, fmt::format("'{}' is defined twice", name), "a name of its own", ""});
    reading.description->broken_names.insert(name);
  }
}

Description read_description(const Document& document, const evidence::Library& evidence, Diagnostics& diagnostics) {
  Description description;
  const Reading reading{&evidence, &diagnostics, &description};
  TableReader file(document.root, "the model", diagnostics);
  read_header(file, reading);
  read_covariates(file, reading);
  read_parameters(file, reading);
  read_covariances(file, reading);
  read_estimates(file, reading);
  read_derived(file, reading);
  read_structure(file, reading);
  read_domain(file, reading);
  file.finish();
  return description;
}

void merge_base(Description base, Description& description, Diagnostics& diagnostics) {
  const auto name = [](const auto& entry) { return entry.name; };
  prepend(base.covariates, description.covariates, name, description, diagnostics);
  prepend(
      base.parameters, description.parameters, [](const DescribedParameter& entry) { return entry.parameter.name; },
      description, diagnostics);
  prepend(base.derived, description.derived, name, description, diagnostics);
  prepend(base.compartments, description.compartments, name, description, diagnostics);
  prepend(
      base.outputs, description.outputs, [](const DescribedOutput& entry) { return entry.output.name; }, description,
      diagnostics);
  prepend(
      base.states, description.states, [](const DescribedState& entry) { return entry.state.name; }, description,
      diagnostics);
  prepend_all(base.sources_of_amount, description.sources_of_amount);
  prepend_all(base.covariances, description.covariances);
  prepend_all(base.estimates, description.estimates);
  prepend_all(base.flows, description.flows);
  prepend_all(base.exchanges, description.exchanges);
  for (std::string& defect : base.defects) {
    description.defects.push_back(fmt::format("{}: {}", base.id, defect));
  }
  for (std::string& assumption : base.assumptions) {
    description.assumptions.push_back(fmt::format("{}: {}", base.id, assumption));
  }
  for (std::string& source : base.sources) {
    if (std::find(description.sources.begin(), description.sources.end(), source) == description.sources.end()) {
      description.sources.push_back(std::move(source));
    }
  }
  description.broken_names.merge(base.broken_names);
}

}  // namespace racemate::model
