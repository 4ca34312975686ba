#include "racemate/regimen/pattern.h"

#include <fmt/format.h>

#include <algorithm>

#include "racemate/model/model.h"
#include "racemate/regimen/pattern_reading.h"
#include "racemate/regimen/timeline.h"

namespace racemate::regimen {

namespace {

constexpr std::string_view kSchema = "racemate-pattern/1";
constexpr std::size_t kLongestId = 64;

bool is_identifier(const std::string& text) {
  return !text.empty() && text.size() <= kLongestId && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

void check_identifier(TableReader& root, std::string_view key, const std::string& text) {
  if (root.has(key) && !is_identifier(text)) {
    root.problem(key, ErrorCode::kOutOfRange, fmt::format("'{}' cannot be an identifier", text),
                 fmt::format("1 to {} lower-case letters, digits, '-' and '.'", kLongestId));
  }
}

// form = "base", or { value = "hydrochloride", source, tier, note }.
void read_form(TableReader& root, Pattern& pattern, const ReadingContext& context) {
  const std::vector<std::string> forms{"base", "hydrochloride"};
  const Node* node = root.node("form");
  std::string form;
  if (node != nullptr && node->as_table() != nullptr) {
    TableReader table(*node, "form", *context.diagnostics);
    form = table.required_choice("value", forms);
    pattern.form_provenance = provenance_of(table, context);
    table.finish();
  } else {
    form = root.required_choice("form", forms);
    pattern.form_provenance = context.inherited;
  }
  pattern.form = form == "hydrochloride" ? Form::kHydrochloride : Form::kBase;
}

void read_purity(TableReader& root, Pattern& pattern, const ReadingContext& context) {
  if (root.node("purity") != nullptr) {
    pattern.purity = read_uncertain_quantity(root, "purity", {"purity", dimensions::kNone, {0, 1, true}}, context);
    return;
  }
  const bool medicine = pattern.kind == Kind::kClinical;
  pattern.purity.name = "purity";
  pattern.purity.value = 1;
  pattern.purity.written = "1";
  pattern.purity.provenance.tier = evidence::Tier::kAssumption;
  pattern.purity.provenance.note = medicine ? "a medicine contains what its label says" : "not stated: taken as pure";
}

void read_circumstances(TableReader& root, Pattern& pattern) {
  pattern.product = root.optional_string("product").value_or("");
  pattern.setting = root.optional_string("setting").value_or("");
  pattern.supervision = root.optional_string("supervision").value_or("");
  pattern.observation = root.optional_string("observation").value_or("");
  pattern.combined_with = root.optional_strings("combined_with");
  pattern.assumptions = root.optional_strings("assumptions");
  pattern.model = root.optional_string("model");
}

void check_every_dose_is_used(const Pattern& pattern, Diagnostics& diagnostics) {
  for (std::size_t dose = 0; dose < pattern.doses.size(); ++dose) {
    if (std::none_of(pattern.phases.begin(), pattern.phases.end(),
                     [&](const Phase& phase) { return phase.dose == dose; })) {
      diagnostics.push_back({ErrorCode::kInconsistent,
                             pattern.doses[dose].where,
                             fmt::format("no phase follows the dose rule '{}'", pattern.doses[dose].name),
                             fmt::format("a phase with dose = \"{}\"", pattern.doses[dose].name),
                             {}});
    }
  }
}

// Long enough for every phase to have begun and to meet the others; expand() looks at the whole horizon.
Duration horizon_of_overlap_check(const Pattern& pattern) {
  constexpr std::int64_t kWeeksOfTwoYears = 104;
  std::int64_t weeks = 1;
  for (const Phase& phase : pattern.phases) {
    weeks = std::max(weeks, phase.first_week);
  }
  return Duration::from_days(7.0 * static_cast<double>(std::min(weeks + kWeeksOfTwoYears, kMaxWeek)));
}

}  // namespace

double nominal_mg(const SessionDose& dose, double weight_kg) {
  const double amount_mg =
      dose.kind == DoseKind::kMilligramsPerKilogram ? dose.amount.value * weight_kg : dose.amount.value;
  return dose.cap_mg ? std::min(amount_mg, *dose.cap_mg) : amount_mg;
}

Duration session_length(const SessionDose& dose) { return dose.spacing * (dose.units - 1) + dose.duration; }

Pattern divided_otherwise(const Pattern& pattern, std::size_t dose, std::int64_t units) {
  Pattern result = pattern;
  SessionDose& changed = result.doses[dose];
  const double share = static_cast<double>(changed.units) / static_cast<double>(units);
  changed.amount.value *= share;
  if (changed.amount.range) {
    changed.amount.range->low *= share;
    changed.amount.range->high *= share;
  }
  changed.spacing = Duration::from_ticks(changed.spacing.ticks() * changed.units / units);
  changed.units = units;
  return result;
}

namespace {

// "ketamine" alone must not be completed by spelling: its nearest name is that of the other product.
std::string read_substance(TableReader& root) {
  const Node* node = root.has("substance") ? root.node("substance") : nullptr;
  if (node != nullptr && node->as_string() != nullptr && *node->as_string() == "ketamine") {
    root.problem("substance", ErrorCode::kUnknownName, "'ketamine' does not say which",
                 "racemic ketamine or esketamine",
                 "racemic ketamine is the mixture of S and R; esketamine is S-ketamine alone");
    return model::substance_names().front();
  }
  return root.required_choice("substance", model::substance_names());
}

}  // namespace

Result<Pattern> parse_pattern(const Document& document, const std::string& file, const evidence::Library& evidence) {
  Diagnostics diagnostics;
  TableReader root(document.root, "pattern", diagnostics);
  Pattern pattern;
  pattern.file = file;
  pattern.sha256 = document.sha256;
  root.required_choice("schema", {std::string(kSchema)});
  pattern.id = root.required_string("id");
  check_identifier(root, "id", pattern.id);
  pattern.title = root.required_string("title");
  pattern.summary = root.optional_string("summary").value_or("");
  pattern.kind =
      root.required_choice("kind", {"clinical", "non-medical"}) == "non-medical" ? Kind::kNonMedical : Kind::kClinical;
  pattern.substance = read_substance(root);
  pattern.route = root.required_choice("route", model::route_names());

  pattern.sources = root.optional_strings("source");
  ReadingContext context{&evidence, &diagnostics, {}};
  if (const Node* source = root.node("source")) {
    evidence::report_unknown_citations(pattern.sources, evidence, source->where(), diagnostics);
  }
  context.inherited.sources = pattern.sources;
  context.inherited.tier = pattern.sources.empty() ? evidence::Tier::kAssumption : evidence::Tier::kV2;
  read_form(root, pattern, context);
  read_purity(root, pattern, context);
  read_circumstances(root, pattern);
  pattern.doses = read_doses(root, context);
  Schedule schedule = read_schedule(root, pattern.doses, context);
  pattern.session_start = schedule.session_start;
  pattern.phases = std::move(schedule.phases);
  root.finish();
  if (diagnostics.empty()) {
    check_every_dose_is_used(pattern, diagnostics);
    const Diagnostics overlapping = session_overlaps(pattern, horizon_of_overlap_check(pattern));
    diagnostics.insert(diagnostics.end(), overlapping.begin(), overlapping.end());
  }
  if (!diagnostics.empty()) {
    return fail(std::move(diagnostics));
  }
  return pattern;
}

Result<Pattern> load_pattern(const std::string& path, const evidence::Library& evidence) {
  const Result<Document> document = read_document(path);
  if (!document) {
    return fail(document.error());
  }
  return parse_pattern(*document, path, evidence);
}

}  // namespace racemate::regimen
