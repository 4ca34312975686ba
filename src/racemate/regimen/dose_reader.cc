#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "racemate/regimen/pattern_reading.h"

namespace racemate::regimen {

namespace {

constexpr NumberRange kAmountRange_mg{0, kLargestAdministration_mg, true};
constexpr NumberRange kAmountRange_mg_per_kg{0, kLargestAdministration_mg_per_kg, true};
constexpr NumberRange kAnyTimeInSession_h{0, kLongestSession_h};
constexpr NumberRange kPositiveTimeInSession_h{0, kLongestSession_h, true};

// "0.5 mg/kg" says by its unit that the dose goes by weight. Anything unreadable is left to the quantity reader.
DoseKind dose_kind(const Node* amount) {
  const Node* value = amount->as_table() != nullptr ? amount->find("value") : amount;
  const std::string* text = value != nullptr ? value->as_string() : nullptr;
  if (text == nullptr) {
    return DoseKind::kMilligrams;
  }
  const Result<ParsedQuantity> parsed = parse_quantity(*text, value->where());
  return parsed && parsed->unit.dimension == dimensions::kDosePerBodyMass ? DoseKind::kMilligramsPerKilogram
                                                                          : DoseKind::kMilligrams;
}

std::int64_t administrations_within(Duration period, Duration spacing) {
  return (period.ticks() + spacing.ticks() - 1) / spacing.ticks();
}

void read_units_range(TableReader& table, SessionDose& dose, const ReadingContext& context) {
  const Node* node = table.optional_table("units");
  if (node == nullptr) {
    return;
  }
  TableReader units(*node, "units", *context.diagnostics);
  const NumberRange allowed{1, static_cast<double>(kMaxUnits)};
  const std::size_t problems_before = context.diagnostics->size();
  if (!units.has("value")) {
    units.problem("value", ErrorCode::kMissingField, "units has no `value`", "a number of administrations");
  }
  dose.units = units.optional_integer("value", allowed).value_or(1);
  UnitsRange range;
  range.provenance = provenance_of(units, context);
  range.low = units.optional_integer("low", allowed).value_or(dose.units);
  range.high = units.optional_integer("high", allowed).value_or(dose.units);
  if (context.diagnostics->size() == problems_before && (range.low > dose.units || dose.units > range.high)) {
    units.problem("value", ErrorCode::kInconsistent, "the number of administrations lies outside its own range",
                  "low <= value <= high");
  }
  units.finish();
  dose.units_range = range;
}

// units, every, for: how many administrations, and how far apart.
void read_division(TableReader& table, SessionDose& dose, const ReadingContext& context) {
  const Node* units = table.node("units");
  if (units != nullptr && units->as_table() != nullptr) {
    read_units_range(table, dose, context);
  } else {
    dose.units = table.optional_integer("units", {1, static_cast<double>(kMaxUnits)}).value_or(1);
  }
  const std::optional<double> every_h = table.optional_quantity("every", dimensions::kTime, kAnyTimeInSession_h);
  const std::optional<double> for_h = table.optional_quantity("for", dimensions::kTime, kPositiveTimeInSession_h);
  if (every_h) {
    dose.spacing = Duration::from_hours(*every_h);
  }
  if (units != nullptr && table.has("for")) {
    table.problem("for", ErrorCode::kInconsistent, "`units` and `for` both say how many administrations there are",
                  "`units` with `every`, or `every` with `for`");
    return;
  }
  if (table.has("for") && !table.has("every")) {
    table.problem("for", ErrorCode::kMissingField, "`for` without `every`", "`every`, as in every = \"20 min\"");
    return;
  }
  if (dose.units > 1 && !table.has("every")) {
    table.problem("units", ErrorCode::kMissingField, "how far apart the administrations are is not said",
                  R"(`every`, as in every = "20 min"; "0 min" when they are given together)");
    return;
  }
  if (!for_h || !every_h) {
    return;
  }
  if (*every_h < kShortestBump_h) {
    table.problem("every", ErrorCode::kOutOfRange, "administrations this close together never fill the time of `for`",
                  "at least 1 s");
    return;
  }
  dose.units = administrations_within(Duration::from_hours(*for_h), dose.spacing);
  if (dose.units > kMaxUnits) {
    table.problem("every", ErrorCode::kOutOfRange, fmt::format("{} administrations in one session", dose.units),
                  fmt::format("at most {}", kMaxUnits));
    dose.units = 1;
  }
}

// amount, or session_total divided by the number of administrations.
void read_amount(TableReader& table, SessionDose& dose, const ReadingContext& context) {
  const bool of_session = table.has("session_total");
  if (of_session && table.node("amount") != nullptr) {
    table.problem("session_total", ErrorCode::kInconsistent, "both `amount` and `session_total` are given",
                  "`amount` of one administration, or `session_total` of all");
  }
  const std::string key = of_session ? "session_total" : "amount";
  const Node* node = table.node(key);
  if (node == nullptr) {
    table.problem("amount", ErrorCode::kMissingField, "the dose has no amount",
                  R"(`amount` of one administration or `session_total`, as in amount = "400 mg" or "0.5 mg/kg")");
    return;
  }
  dose.kind = dose_kind(node);
  const bool by_weight = dose.kind == DoseKind::kMilligramsPerKilogram;
  NumberRange range = by_weight ? kAmountRange_mg_per_kg : kAmountRange_mg;
  const double share = of_session ? 1.0 / static_cast<double>(dose.units) : 1.0;
  range.high /= share;
  dose.amount = read_uncertain_quantity(
      table, key, {dose.name, by_weight ? dimensions::kDosePerBodyMass : dimensions::kDrugMass, range}, context);
  if (!of_session) {
    return;
  }
  dose.amount.value *= share;
  if (dose.amount.range) {
    dose.amount.range->low *= share;
    dose.amount.range->high *= share;
  }
  if (dose.units > 1) {
    dose.amount.written += fmt::format(" in {}", dose.units);
  }
}

SessionDose read_dose(const Node& node, std::string name, const ReadingContext& pattern_context) {
  SessionDose dose;
  dose.name = std::move(name);
  dose.where = node.where();
  TableReader table(node, dose.name == "dose" ? "dose" : fmt::format("dose '{}'", dose.name),
                    *pattern_context.diagnostics);
  if (node.as_table() == nullptr) {
    return dose;
  }
  ReadingContext context = pattern_context;
  context.inherited = provenance_of(table, pattern_context);
  dose.provenance = context.inherited;
  read_division(table, dose, context);
  read_amount(table, dose, context);
  if (const auto duration_h = table.optional_quantity("duration", dimensions::kTime, kPositiveTimeInSession_h)) {
    dose.duration = Duration::from_hours(*duration_h);
  }
  if (dose.units > 1 && table.has("duration") && table.has("every") && dose.duration > dose.spacing) {
    table.problem("duration", ErrorCode::kInconsistent, "one administration is not over when the next one starts",
                  "a `duration` not longer than `every`");
  }
  const double span_h = static_cast<double>(dose.units - 1) * dose.spacing.hours() + dose.duration.hours();
  if (span_h > kLongestSession_h) {
    table.problem("every", ErrorCode::kOutOfRange, fmt::format("the session lasts {:.6g} h", span_h),
                  fmt::format("at most {:.6g} h; a longer use is a schedule of sessions", kLongestSession_h));
    dose.units = 1;
  }
  const NumberRange cv_range{0, kLargestCv};
  dose.amount.cv_between_people = table.optional_number("between_people", cv_range).value_or(0);
  dose.amount.cv_between_occasions = table.optional_number("between_occasions", cv_range).value_or(0);
  dose.amount.cv_between_doses = table.optional_number("between_doses", cv_range).value_or(0);
  dose.cap_mg = table.optional_quantity("cap", dimensions::kDrugMass, kAmountRange_mg);
  table.finish();
  return dose;
}

}  // namespace

std::vector<SessionDose> read_doses(TableReader& root, const ReadingContext& context) {
  std::vector<SessionDose> doses;
  const Node* single = root.node("dose");
  const Node* several = root.node("doses");
  if (single != nullptr && several != nullptr) {
    root.problem("doses", ErrorCode::kInconsistent, "both [dose] and [doses] are given",
                 "[dose], or one table [doses.NAME] for each dose rule");
    return doses;
  }
  if (single == nullptr && several == nullptr) {
    root.problem("dose", ErrorCode::kMissingField, "the pattern has no dose", "a table [dose] with an `amount`");
  }
  if (single != nullptr) {
    doses.push_back(read_dose(*single, "dose", context));
  }
  if (several == nullptr) {
    return doses;
  }
  const NodeTable* tables = several->as_table();
  if (tables == nullptr || tables->fields.empty()) {
    root.problem("doses", ErrorCode::kWrongType, "`doses` does not hold dose rules",
                 "one table [doses.NAME] for each dose rule");
    return doses;
  }
  if (tables->fields.size() > kMaxDoses) {
    root.problem("doses", ErrorCode::kOutOfRange, fmt::format("{} dose rules", tables->fields.size()),
                 fmt::format("at most {}", kMaxDoses));
    return doses;
  }
  for (const auto& [name, node] : tables->fields) {
    doses.push_back(read_dose(node, name, context));
  }
  return doses;
}

}  // namespace racemate::regimen
