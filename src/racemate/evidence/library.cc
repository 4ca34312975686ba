#include <limits>
#include <utility>

#include "racemate/evidence/evidence.h"

namespace racemate::evidence {
namespace {

constexpr NumberRange kAnyNonNegative{.low = 0, .high = std::numeric_limits<double>::max()};
constexpr NumberRange kPositive{.low = 0, .high = std::numeric_limits<double>::max(), .low_open = true};
constexpr std::string_view kSchema = "racemate-evidence/1";

// The substances and routes that an observation may be about; a superset of what models take.
const std::vector<std::string>& substances() {
  static const std::vector<std::string> names = {"racemic ketamine", "esketamine", "arketamine"};
  return names;
}
const std::vector<std::string>& metrics() {
  static const std::vector<std::string> names = {"peak"};
  return names;
}

// One file: its schema, then the one table whose fields are the entries.
template <class ReadEntry>
void read_entries(const std::string& path, const std::string& group, Diagnostics& diagnostics, ReadEntry read_entry) {
  Result<Document> document = read_document(path);
  if (!document) {
    diagnostics.insert(diagnostics.end(), document.error().begin(), document.error().end());
    return;
  }
  TableReader file(document->root, "the file", diagnostics);
  file.required_choice("schema", {std::string(kSchema)});
  const Node* entries = file.optional_table(group);
  if (entries == nullptr) {
    file.problem(group, ErrorCode::kMissingField, "the file has no table '" + group + "'", "[" + group + ".some-id]");
  } else if (const NodeTable* table = entries->as_table()) {
    for (const auto& [id, node] : table->fields) {
      TableReader reader(node, group + "." + id, diagnostics);
      read_entry(id, reader);
      reader.finish();
    }
  }
  file.finish();
}

Citation read_citation(const std::string& key, TableReader& table) {
  Citation citation;
  citation.key = key;
  citation.text = table.required_string("text");
  citation.doi = table.optional_string("doi").value_or("");
  citation.url = table.optional_string("url").value_or("");
  citation.read_as = table.required_string("read_as");
  return citation;
}

Provenance read_cited(TableReader& table, Tier default_tier, const Library& library, Diagnostics& diagnostics) {
  Provenance provenance = read_provenance(table, default_tier, diagnostics);
  const Node* source = table.node("source");
  report_unknown_citations(provenance.sources, library, source != nullptr ? source->where() : table.where(),
                           diagnostics);
  return provenance;
}

// low and high around a value: both or none, in order.
void check_interval(TableReader& table, double low, double value, double high) {
  const bool none = !table.has("low") && !table.has("high");
  if (!none && (low > value || value > high)) {
    table.problem("low", ErrorCode::kInconsistent, "the value does not lie inside its interval",
                  "low <= value <= high, both given or none");
  }
}

Level read_level(const std::string& id, TableReader& table, const Library& library, Diagnostics& diagnostics) {
  Level level;
  level.id = id;
  level.title = table.required_string("title");
  level.concentration_mg_per_l = table.required_quantity("concentration", dimensions::kConcentration, kPositive);
  level.low_mg_per_l = table.optional_quantity("low", dimensions::kConcentration, kPositive).value_or(0);
  level.high_mg_per_l = table.optional_quantity("high", dimensions::kConcentration, kPositive).value_or(0);
  check_interval(table, level.low_mg_per_l, level.concentration_mg_per_l, level.high_mg_per_l);
  level.analyte = table.required_choice("analyte", analyte_names());
  level.matrix = parse_matrix(table.required_choice("matrix", matrix_names())).value_or(Matrix::kPlasma);
  level.site = parse_site(table.required_choice("site", site_names())).value_or(Site::kUnstated);
  level.provenance = read_cited(table, Tier::kV2, library, diagnostics);
  return level;
}

// One end of a bridge: { analyte = ..., matrix = ..., site = ... }, each optional.
struct BridgeEnd {
  std::string analyte;
  std::optional<Matrix> matrix;
  std::optional<Site> site;
};
BridgeEnd read_bridge_end(TableReader& table, std::string_view key, Diagnostics& diagnostics) {
  BridgeEnd end;
  const Node* node = table.optional_table(key);
  if (node == nullptr) {
    if (!table.has(key)) {
      table.problem(key, ErrorCode::kMissingField, "the bridge has no '" + std::string(key) + "'",
                    "{ analyte = ..., matrix = ..., site = ... }, at least one of them");
    }
    return end;
  }
  TableReader reader(*node, std::string(key), diagnostics);
  end.analyte = reader.optional_choice("analyte", analyte_names(), "");
  end.matrix = parse_matrix(reader.optional_choice("matrix", matrix_names(), ""));
  end.site = parse_site(reader.optional_choice("site", site_names(), ""));
  reader.finish();
  return end;
}

Bridge read_bridge(const std::string& id, TableReader& table, const Library& library, Diagnostics& diagnostics) {
  Bridge bridge;
  bridge.id = id;
  bridge.statement = table.required_string("statement");
  const BridgeEnd from = read_bridge_end(table, "from", diagnostics);
  const BridgeEnd to = read_bridge_end(table, "to", diagnostics);
  bridge.from_analyte = from.analyte;
  bridge.from_matrix = from.matrix;
  bridge.from_site = from.site;
  bridge.to_analyte = to.analyte;
  bridge.to_matrix = to.matrix;
  bridge.to_site = to.site;
  bridge.factor = table.optional_number("factor", kPositive).value_or(1);
  bridge.provenance = read_cited(table, Tier::kAssumption, library, diagnostics);
  return bridge;
}

// "0.5 mg/kg" or "30 mg".
void read_dose(TableReader& table, Observation& observation) {
  const Node* node = table.node("dose");
  const std::string* text = node == nullptr ? nullptr : node->as_string();
  if (text != nullptr) {
    const Result<ParsedQuantity> quantity = parse_quantity(*text, node->where());
    if (quantity && quantity->unit.dimension == dimensions::kDosePerBodyMass) {
      observation.dose_mg_per_kg = table.required_quantity("dose", dimensions::kDosePerBodyMass, kPositive);
      return;
    }
  }
  observation.dose_mg = table.required_quantity("dose", dimensions::kDrugMass, kPositive);
}

Observation read_observation(const std::string& id, TableReader& table, const Library& library,
                             Diagnostics& diagnostics) {
  Observation observation;
  observation.id = id;
  observation.statement = table.required_string("statement");
  observation.substance = table.required_choice("substance", substances());
  observation.route = table.required_choice("route", administration_routes());
  observation.analyte = table.required_choice("analyte", analyte_names());
  observation.metric = table.required_choice("metric", metrics());
  observation.value_mg_per_l = table.required_quantity("value", dimensions::kConcentration, kPositive);
  observation.low_mg_per_l = table.optional_quantity("low", dimensions::kConcentration, kPositive).value_or(0);
  observation.high_mg_per_l = table.optional_quantity("high", dimensions::kConcentration, kPositive).value_or(0);
  check_interval(table, observation.low_mg_per_l, observation.value_mg_per_l, observation.high_mg_per_l);
  read_dose(table, observation);
  observation.duration_h = table.optional_quantity("duration", dimensions::kTime, kAnyNonNegative).value_or(0);
  observation.provenance = read_cited(table, Tier::kV2, library, diagnostics);
  return observation;
}

}  // namespace

Result<Library> load_library(const std::string& folder) {
  Library library;
  Diagnostics diagnostics;
  read_entries(folder + "/citations.toml", "citations", diagnostics, [&](const std::string& key, TableReader& table) {
    library.citations.emplace(key, read_citation(key, table));
  });
  read_entries(folder + "/levels.toml", "levels", diagnostics, [&](const std::string& id, TableReader& table) {
    library.levels.push_back(read_level(id, table, library, diagnostics));
  });
  read_entries(folder + "/bridges.toml", "bridges", diagnostics, [&](const std::string& id, TableReader& table) {
    library.bridges.push_back(read_bridge(id, table, library, diagnostics));
  });
  read_entries(folder + "/observations.toml", "observations", diagnostics,
               [&](const std::string& id, TableReader& table) {
                 library.observations.push_back(read_observation(id, table, library, diagnostics));
               });
  if (!diagnostics.empty()) {
    return fail(std::move(diagnostics));
  }
  return library;
}

}  // namespace racemate::evidence
