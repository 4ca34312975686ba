#include <fmt/format.h>

#include "racemate/regimen/pattern_reading.h"

namespace racemate::regimen {

namespace {

std::string written_form(const Node* node) {
  if (node == nullptr) {
    return {};
  }
  if (const std::string* text = node->as_string()) {
    return *text;
  }
  const std::optional<double> number = node->as_number();
  return number ? fmt::format("{}", *number) : std::string();
}

// Reads low, high and shape. The value has already been read without a problem.
void read_range(TableReader& table, const QuantityRules& rules, const ReadingContext& context,
                UncertainQuantity& quantity) {
  const bool has_low = table.has("low");
  const bool has_high = table.has("high");
  const std::size_t problems_before = context.diagnostics->size();
  const std::optional<double> low = table.optional_quantity("low", rules.dimension, rules.range);
  const std::optional<double> high = table.optional_quantity("high", rules.dimension, rules.range);
  const std::string shape = table.optional_choice("shape", evidence::shape_names(), "triangular");
  if (!has_low && !has_high) {
    if (table.has("shape")) {
      table.problem("shape", ErrorCode::kInconsistent, "a shape without a range", "`low` and `high` beside it");
    }
    return;
  }
  if (has_low != has_high) {
    table.problem(has_low ? "low" : "high", ErrorCode::kMissingField, "only one end of the range is given",
                  "both `low` and `high`");
    return;
  }
  if (context.diagnostics->size() != problems_before || !low || !high) {
    return;
  }
  if (*low >= *high) {
    table.problem("low", ErrorCode::kInconsistent, "`low` is not below `high`", "low < high");
    return;
  }
  if (quantity.value < *low || quantity.value > *high) {
    table.problem("value", ErrorCode::kInconsistent, "the value lies outside its own range", "low <= value <= high");
    return;
  }
  quantity.range = evidence::InputRange{evidence::parse_shape(shape).value_or(evidence::InputRange::Shape::kTriangular),
                                        *low, *high, quantity.provenance};
}

}  // namespace

evidence::Provenance provenance_of(TableReader& table, const ReadingContext& context) {
  if (!table.has("source") && !table.has("tier") && !table.has("note")) {
    return context.inherited;
  }
  const evidence::Tier default_tier = table.has("source") ? evidence::Tier::kV2 : evidence::Tier::kAssumption;
  evidence::Provenance provenance = evidence::read_provenance(table, default_tier, *context.diagnostics);
  if (const Node* source = table.node("source")) {
    evidence::report_unknown_citations(provenance.sources, *context.evidence, source->where(), *context.diagnostics);
  }
  return provenance;
}

UncertainQuantity read_uncertain_quantity(TableReader& table, std::string_view key, const QuantityRules& rules,
                                          const ReadingContext& context) {
  UncertainQuantity quantity;
  quantity.name = rules.name;
  const Node* node = table.node(key);
  if (node->as_table() == nullptr) {
    quantity.value = table.required_quantity(key, rules.dimension, rules.range);
    quantity.written = written_form(node);
    quantity.provenance = context.inherited;
    return quantity;
  }
  TableReader inner(*node, std::string(key), *context.diagnostics);
  const std::size_t problems_before = context.diagnostics->size();
  quantity.value = inner.required_quantity("value", rules.dimension, rules.range);
  quantity.written = written_form(inner.node("value"));
  quantity.provenance = provenance_of(inner, context);
  if (context.diagnostics->size() == problems_before) {
    read_range(inner, rules, context, quantity);
  } else {
    // The range cannot be held against a value that is wrong itself; its fields are still known ones.
    for (const char* field : {"low", "high", "shape"}) {
      static_cast<void>(inner.node(field));
    }
  }
  inner.finish();
  return quantity;
}

}  // namespace racemate::regimen
