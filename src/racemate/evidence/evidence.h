// Who says so: citations, verification tiers, provenance, levels with their matrix and site, bridges, observations.
//
// Shipped as TOML under evidence/: citations.toml, levels.toml, bridges.toml, observations.toml. Every shipped value
// refers to a citation by key, or says that it is an assumption.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/document.h"

namespace racemate::evidence {

// How well a shipped value is verified; printed beside it.
enum class Tier {
  kV1,          // complete, traced to the paper's table by a curated library, re-simulated here
  kV2,          // printed in the paper's own abstract
  kV3,          // two secondary implementations agree; primary table not seen
  kAssembled,   // put together here from published parts
  kAssumption,  // nobody's measurement: our assumption, shown as one
};
[[nodiscard]] std::string_view to_string(Tier tier);
[[nodiscard]] std::optional<Tier> parse_tier(std::string_view text);  // "V1" "V2" "V3" "assembled" "assumption"
[[nodiscard]] const std::vector<std::string>& tier_names();

struct Citation {
  std::string key;      // "perez-ruixo-2021"
  std::string text;     // authors, title or journal, year, volume:pages
  std::string doi;      // may be empty
  std::string url;      // may be empty
  std::string read_as;  // "abstract", "table", "library transcription": what was actually read
};

// Where one value comes from. Either sources is not empty or tier is kAssumption / kAssembled.
struct Provenance {
  std::vector<std::string> sources;  // citation keys
  Tier tier = Tier::kAssumption;
  std::string note;  // why, or what to know about it
  [[nodiscard]] bool assumption() const { return tier == Tier::kAssumption; }
};

// Reads the fields `source` (string or array), `tier`, `note` of a table. tier defaults to default_tier. A value that
// has no source and is neither an assumption nor assembled is a problem (kMissingField).
[[nodiscard]] Provenance read_provenance(TableReader& table, Tier default_tier, Diagnostics& diagnostics);

// Uncertainty of an input between studies or of our knowledge: one draw per study, never one per person.
struct InputRange {
  enum class Shape { kUniform, kTriangular, kLogUniform };
  Shape shape = Shape::kUniform;
  double low = 0;
  double high = 0;
  Provenance provenance;
};
[[nodiscard]] std::string_view to_string(InputRange::Shape shape);
[[nodiscard]] std::optional<InputRange::Shape> parse_shape(std::string_view text);
[[nodiscard]] const std::vector<std::string>& shape_names();  // "uniform" "triangular" "log-uniform"
// Quantile function of the range at u in (0, 1); the mode of the triangle is `central`.
[[nodiscard]] double quantile(const InputRange& range, double central, double u);

// What was measured, in what, drawn from where. Spelled as in files.
enum class Matrix { kPlasma, kSerum, kWholeBlood };
enum class Site { kArterial, kVenous, kMixed, kUnstated };
[[nodiscard]] std::string_view to_string(Matrix matrix);
[[nodiscard]] std::string_view to_string(Site site);
[[nodiscard]] std::optional<Matrix> parse_matrix(std::string_view text);
[[nodiscard]] std::optional<Site> parse_site(std::string_view text);
[[nodiscard]] const std::vector<std::string>& matrix_names();
[[nodiscard]] const std::vector<std::string>& site_names();

// Analytes are closed names: "ketamine" (racemate, S+R together), "S-ketamine", "R-ketamine", "S-norketamine",
// "norketamine", "S-hydroxynorketamine".
[[nodiscard]] const std::vector<std::string>& analyte_names();
// The closed list of routes: "intravenous", "intranasal", "oral", "intramuscular", "sublingual", "rectal".
[[nodiscard]] const std::vector<std::string>& administration_routes();

// A named concentration level.
struct Level {
  std::string id;     // "psychedelic-c50"
  std::string title;  // "C50 of the psychedelic effect"
  double concentration_mg_per_l = 0;
  double low_mg_per_l = 0;  // interval of the source; 0 when none
  double high_mg_per_l = 0;
  std::string analyte;
  Matrix matrix = Matrix::kPlasma;
  Site site = Site::kUnstated;
  Provenance provenance;
};

// A named step from a model's output to the analyte or site that a level is stated for.
struct Bridge {
  std::string id;            // "s-is-half-of-racemate"
  std::string statement;     // printed with every number that uses it
  std::string from_analyte;  // "" any
  std::string to_analyte;    // "" same
  std::optional<Site> from_site;
  std::optional<Site> to_site;
  std::optional<Matrix> from_matrix;
  std::optional<Matrix> to_matrix;
  double factor = 1;  // concentration_to = factor x concentration_from
  Provenance provenance;
};

// A published number that a computed one can be held against.
struct Observation {
  std::string id;
  std::string statement;  // "about 185 ng/mL observed (range 100 to 250 in other rows)"
  std::string substance;  // "racemic ketamine", "esketamine"
  std::string route;      // "intravenous", ...
  std::string analyte;
  std::string metric;  // "peak": the only one so far
  double value_mg_per_l = 0;
  double low_mg_per_l = 0;
  double high_mg_per_l = 0;
  double dose_mg_per_kg = 0;  // 0 when the dose is in mg
  double dose_mg = 0;
  double duration_h = 0;  // 0 when not an infusion
  Provenance provenance;
};

struct Library {
  std::map<std::string, Citation> citations;
  std::vector<Level> levels;
  std::vector<Bridge> bridges;
  std::vector<Observation> observations;
};

// Adds a problem at `where` for every key that the library does not have.
void report_unknown_citations(const std::vector<std::string>& keys, const Library& library, const SourcePosition& where,
                              Diagnostics& diagnostics);

// Loads the folder's four files; all problems of all files at once. Unknown citation keys are errors.
[[nodiscard]] Result<Library> load_library(const std::string& folder);

// The shortest chain of bridges that takes (analyte, matrix, site) to the level's; empty chain when they already
// agree; the reason when none exists. Of several shortest chains the one whose bridges come first in the file wins.
// The steps point into `library`, which must outlive them.
struct BridgePath {
  std::vector<const Bridge*> steps;
  double factor = 1;  // concentration in the level's terms = factor x the model's concentration
};
[[nodiscard]] tl::expected<BridgePath, std::string> find_bridge(const Library& library, const std::string& analyte,
                                                                Matrix matrix, Site site, const Level& level);

}  // namespace racemate::evidence
