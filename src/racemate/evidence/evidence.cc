#include "racemate/evidence/evidence.h"

#include <array>
#include <cmath>
#include <utility>

#include "racemate/core/check.h"

namespace racemate::evidence {
namespace {

template <class Value, std::size_t kSize>
using Names = std::array<std::pair<Value, std::string_view>, kSize>;

constexpr Names<Tier, 5> kTiers{{{Tier::kV1, "V1"},
                                 {Tier::kV2, "V2"},
                                 {Tier::kV3, "V3"},
                                 {Tier::kAssembled, "assembled"},
                                 {Tier::kAssumption, "assumption"}}};
constexpr Names<Matrix, 3> kMatrices{
    {{Matrix::kPlasma, "plasma"}, {Matrix::kSerum, "serum"}, {Matrix::kWholeBlood, "whole blood"}}};
constexpr Names<Site, 4> kSites{
    {{Site::kArterial, "arterial"}, {Site::kVenous, "venous"}, {Site::kMixed, "mixed"}, {Site::kUnstated, "unstated"}}};
constexpr Names<InputRange::Shape, 3> kShapes{{{InputRange::Shape::kUniform, "uniform"},
                                               {InputRange::Shape::kTriangular, "triangular"},
                                               {InputRange::Shape::kLogUniform, "log-uniform"}}};

template <class Value, std::size_t kSize>
std::string_view name_of(const Names<Value, kSize>& names, Value value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) {
      return name;
    }
  }
  check_failed("value in names", "an enumerator without a name", std::source_location::current());
}

template <class Value, std::size_t kSize>
std::optional<Value> value_of(const Names<Value, kSize>& names, std::string_view text) {
  for (const auto& [value, name] : names) {
    if (name == text) {
      return value;
    }
  }
  return std::nullopt;
}

template <class Value, std::size_t kSize>
std::vector<std::string> all_names(const Names<Value, kSize>& names) {
  std::vector<std::string> result;
  for (const auto& [value, name] : names) {
    result.emplace_back(name);
  }
  return result;
}

}  // namespace

std::string_view to_string(Tier tier) { return name_of(kTiers, tier); }
std::optional<Tier> parse_tier(std::string_view text) { return value_of(kTiers, text); }
const std::vector<std::string>& tier_names() {
  static const std::vector<std::string> names = all_names(kTiers);
  return names;
}

std::string_view to_string(Matrix matrix) { return name_of(kMatrices, matrix); }
std::string_view to_string(Site site) { return name_of(kSites, site); }
std::optional<Matrix> parse_matrix(std::string_view text) { return value_of(kMatrices, text); }
std::optional<Site> parse_site(std::string_view text) { return value_of(kSites, text); }
const std::vector<std::string>& matrix_names() {
  static const std::vector<std::string> names = all_names(kMatrices);
  return names;
}
const std::vector<std::string>& site_names() {
  static const std::vector<std::string> names = all_names(kSites);
  return names;
}

std::string_view to_string(InputRange::Shape shape) { return name_of(kShapes, shape); }
std::optional<InputRange::Shape> parse_shape(std::string_view text) { return value_of(kShapes, text); }
const std::vector<std::string>& shape_names() {
  static const std::vector<std::string> names = all_names(kShapes);
  return names;
}

const std::vector<std::string>& analyte_names() {
  static const std::vector<std::string> names = {"ketamine",      "S-ketamine",  "R-ketamine",
                                                 "S-norketamine", "norketamine", "S-hydroxynorketamine"};
  return names;
}

const std::vector<std::string>& administration_routes() {
  static const std::vector<std::string> names = {"intravenous",   "intranasal", "oral",
                                                 "intramuscular", "sublingual", "rectal"};
  return names;
}

Provenance read_provenance(TableReader& table, Tier default_tier, Diagnostics& diagnostics) {
  Provenance provenance;
  const std::size_t problems_before = diagnostics.size();
  provenance.sources = table.optional_strings("source");
  const std::string tier = table.optional_choice("tier", tier_names(), std::string(to_string(default_tier)));
  provenance.tier = parse_tier(tier).value_or(default_tier);
  provenance.note = table.optional_string("note").value_or("");
  const bool needs_source = provenance.tier != Tier::kAssumption && provenance.tier != Tier::kAssembled;
  if (diagnostics.size() == problems_before && needs_source && provenance.sources.empty()) {
    table.problem("source", ErrorCode::kMissingField, table.what() + " says neither its source nor that it is assumed",
                  R"(`source = "citation-key"`, or `tier = "assumption"` with a `note`)");
  }
  return provenance;
}

void report_unknown_citations(const std::vector<std::string>& keys, const Library& library, const SourcePosition& where,
                              Diagnostics& diagnostics) {
  for (const std::string& key : keys) {
    if (library.citations.contains(key)) {
      continue;
    }
    std::vector<std::string> known;
    known.reserve(library.citations.size());
    for (const auto& [name, citation] : library.citations) {
      known.push_back(name);
    }
    diagnostics.push_back({ErrorCode::kUnknownName, where, "no citation has the key '" + key + "'",
                           "a key of evidence/citations.toml", suggest_name(key, known)});
  }
}

double quantile(const InputRange& range, double central, double u) {
  const double width = range.high - range.low;
  switch (range.shape) {
    case InputRange::Shape::kUniform:
      return range.low + u * width;
    case InputRange::Shape::kLogUniform:
      return range.low * std::exp(u * std::log(range.high / range.low));
    case InputRange::Shape::kTriangular: {
      // The two halves of the triangle meet at the mode, where the distribution function is (mode - low) / width.
      const double rising = (central - range.low) / width;
      return u < rising ? range.low + std::sqrt(u * width * (central - range.low))
                        : range.high - std::sqrt((1 - u) * width * (range.high - central));
    }
  }
  check_failed("shape", "an unknown shape of range", std::source_location::current());
}

}  // namespace racemate::evidence
