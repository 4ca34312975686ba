#include "racemate/population/cohort.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "racemate/core/check.h"
#include "racemate/core/random.h"

namespace racemate::population {

namespace {

constexpr std::string_view kSchema = "racemate-cohort/1";
constexpr double kHoursPerYear = 24 * 365.25;
constexpr double kLargestLogSpread = 2;

using Shape = CovariateDistribution::Shape;

// Covariates whose dimension and plausible values are known whatever a file says.
struct KnownCovariate {
  std::string name;
  std::string unit_code;
  Dimension dimension;
  NumberRange plausible;  // internal units
  std::string plausible_text;
};

const std::vector<KnownCovariate>& known_covariates() {
  static const std::vector<KnownCovariate> known{
      {"weight",
       "kg",
       dimensions::kBodyMass,
       {kLightestAdult_kg, kHeaviestAdult_kg},
       fmt::format("{} to {} kg", kLightestAdult_kg, kHeaviestAdult_kg)},
      {"age", "a", dimensions::kTime, {0, kOldest_a * kHoursPerYear}, fmt::format("0 to {} years", kOldest_a)},
      {"female", "1", dimensions::kNone, {0, 1}, "0 to 1"},
      {"japanese", "1", dimensions::kNone, {0, 1}, "0 to 1"},
      {"asian", "1", dimensions::kNone, {0, 1}, "0 to 1"},
  };
  return known;
}

const KnownCovariate* find_known(const std::string& name) {
  const std::vector<KnownCovariate>& known = known_covariates();
  const auto found = std::find_if(known.begin(), known.end(), [&](const KnownCovariate& k) { return k.name == name; });
  return found == known.end() ? nullptr : &*found;
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

// The dimension and unit of a covariate that is not a known one: those of the first quantity its table has.
Unit unit_of(const Node& node) {
  const Node* value = &node;
  if (node.as_table() != nullptr) {
    value = node.find("median") != nullptr ? node.find("median") : node.find("value");
  }
  const std::string* text = value != nullptr ? value->as_string() : nullptr;
  if (text != nullptr) {
    if (const Result<ParsedQuantity> parsed = parse_quantity(*text, value->where())) {
      return parsed->unit;
    }
  }
  return {"1", dimensions::kNone, 1};
}

struct CovariateRules {
  Dimension dimension;
  NumberRange plausible;
};

void check_citations(TableReader& table, const std::vector<std::string>& sources, const evidence::Library& library,
                     Diagnostics& diagnostics) {
  if (const Node* source = table.node("source")) {
    evidence::report_unknown_citations(sources, library, source->where(), diagnostics);
  }
}

Shape read_shape(TableReader& table) {
  if (table.has("probability")) {
    table.optional_choice("shape", {"bernoulli"}, "bernoulli");
    return Shape::kBernoulli;
  }
  if (table.has("value")) {
    table.optional_choice("shape", {"fixed"}, "fixed");
    return Shape::kFixed;
  }
  return table.required_choice("shape", {"log-normal", "normal"}) == "normal" ? Shape::kNormal : Shape::kLogNormal;
}

// median, spread, low, high.
void read_continuous(TableReader& table, const CovariateRules& rules, const Diagnostics& diagnostics,
                     CovariateDistribution& covariate) {
  const bool logarithmic = covariate.shape == Shape::kLogNormal;
  const std::size_t problems_before = diagnostics.size();
  covariate.median = table.required_quantity("median", rules.dimension, rules.plausible);
  if (logarithmic) {
    covariate.spread = table.required_number("spread", {0, kLargestLogSpread, true});
  } else {
    covariate.spread =
        table.required_quantity("spread", rules.dimension, {0, rules.plausible.high - rules.plausible.low, true});
  }
  covariate.low = table.required_quantity("low", rules.dimension, rules.plausible);
  covariate.high = table.required_quantity("high", rules.dimension, rules.plausible);
  if (diagnostics.size() != problems_before) {
    return;
  }
  if (logarithmic && covariate.low <= 0) {
    table.problem("low", ErrorCode::kOutOfRange, "a log-normal value is positive", "low > 0");
  } else if (covariate.low >= covariate.high) {
    table.problem("low", ErrorCode::kInconsistent, "`low` is not below `high`", "low < high");
  } else if (covariate.median <= covariate.low || covariate.median >= covariate.high) {
    table.problem("median", ErrorCode::kInconsistent, "the median lies outside the range", "low < median < high");
  }
}

CovariateDistribution read_covariate(const std::string& name, const Node& node, const evidence::Library& library,
                                     TableReader& covariates, Diagnostics& diagnostics) {
  CovariateDistribution covariate;
  covariate.name = name;
  const KnownCovariate* known = find_known(name);
  const Unit unit = unit_of(node);
  covariate.unit_code = known != nullptr && unit.dimension != known->dimension ? known->unit_code : unit.code;
  const CovariateRules rules = known != nullptr ? CovariateRules{known->dimension, known->plausible}
                                                : CovariateRules{unit.dimension, {-1e12, 1e12}};
  if (node.as_table() == nullptr) {
    covariate.median = covariates.required_quantity(name, rules.dimension, rules.plausible);
    covariate.low = covariate.high = covariate.median;
    return covariate;
  }
  TableReader table(node, fmt::format("covariate '{}'", name), diagnostics);
  covariate.shape = read_shape(table);
  switch (covariate.shape) {
    case Shape::kBernoulli:
      covariate.median = table.required_number("probability", {0, 1});
      covariate.high = 1;
      break;
    case Shape::kFixed:
      covariate.median = table.required_quantity("value", rules.dimension, rules.plausible);
      covariate.low = covariate.high = covariate.median;
      break;
    case Shape::kLogNormal:
    case Shape::kNormal:
      read_continuous(table, rules, diagnostics, covariate);
      break;
  }
  covariate.provenance = evidence::read_provenance(
      table, table.has("source") ? evidence::Tier::kV2 : evidence::Tier::kAssumption, diagnostics);
  check_citations(table, covariate.provenance.sources, library, diagnostics);
  table.finish();
  return covariate;
}

}  // namespace

const CovariateDistribution* Cohort::find(const std::string& name) const {
  const auto found = std::find_if(covariates.begin(), covariates.end(),
                                  [&](const CovariateDistribution& covariate) { return covariate.name == name; });
  return found == covariates.end() ? nullptr : &*found;
}

Result<void> Cohort::fix(const std::string& name, double internal_value, const SourcePosition& where) {
  const KnownCovariate* known = find_known(name);
  auto place = std::find_if(covariates.begin(), covariates.end(),
                            [&](const CovariateDistribution& covariate) { return covariate.name == name; });
  if (known == nullptr && place == covariates.end()) {
    std::vector<std::string> names;
    for (const KnownCovariate& candidate : known_covariates()) {
      names.push_back(candidate.name);
    }
    for (const CovariateDistribution& covariate : covariates) {
      if (find_known(covariate.name) == nullptr) {
        names.push_back(covariate.name);
      }
    }
    return fail({ErrorCode::kUnknownName, where, fmt::format("no covariate is called '{}'", name), "a covariate",
                 suggest_name(name, names)});
  }
  const bool plausible = known == nullptr ? std::isfinite(internal_value)
                                          : internal_value >= known->plausible.low &&  // false for NaN
                                                internal_value <= known->plausible.high;
  if (!plausible) {
    const double written =
        known != nullptr && known->unit_code == "a" ? internal_value / kHoursPerYear : internal_value;
    return fail({ErrorCode::kOutOfRange,
                 where,
                 fmt::format("{} {:.6g} {}", name, written, known != nullptr ? known->unit_code : ""),
                 known != nullptr ? known->plausible_text : "a finite number",
                 {}});
  }
  if (place == covariates.end()) {
    covariates.push_back({});
    place = covariates.end() - 1;
    place->name = name;
    place->unit_code = known->unit_code;
  }
  place->shape = Shape::kFixed;
  place->median = place->low = place->high = internal_value;
  place->spread = 0;
  place->provenance = {{}, evidence::Tier::kAssumption, "set for this run"};
  return {};
}

Result<Cohort> parse_cohort(const Document& document, const std::string& file, const evidence::Library& evidence) {
  Diagnostics diagnostics;
  TableReader root(document.root, "cohort", diagnostics);
  Cohort cohort;
  cohort.file = file;
  cohort.sha256 = document.sha256;
  root.required_choice("schema", {std::string(kSchema)});
  cohort.id = root.required_string("id");
  cohort.title = root.required_string("title");
  cohort.summary = root.optional_string("summary").value_or("");
  cohort.sources = root.optional_strings("source");
  check_citations(root, cohort.sources, evidence, diagnostics);
  cohort.assumptions = root.optional_strings("assumptions");
  const Node* node = root.optional_table("covariates");
  if (node == nullptr) {
    if (!root.has("covariates")) {
      root.problem("covariates", ErrorCode::kMissingField, "the cohort has no covariates",
                   "a table [covariates], as in weight = \"70 kg\"");
    }
  } else if (const NodeTable* fields = node->as_table()) {
    TableReader covariates(*node, "covariates", diagnostics);
    for (const auto& [name, field] : fields->fields) {
      static_cast<void>(covariates.node(name));
      cohort.covariates.push_back(read_covariate(name, field, evidence, covariates, diagnostics));
    }
  }
  root.finish();
  if (!diagnostics.empty()) {
    return fail(std::move(diagnostics));
  }
  return cohort;
}

Result<Cohort> load_cohort(const std::string& path, const evidence::Library& evidence) {
  const Result<Document> document = read_document(path);
  if (!document) {
    return fail(document.error());
  }
  return parse_cohort(*document, path, evidence);
}

double quantile(const CovariateDistribution& distribution, double u) {
  RACEMATE_CHECK(u > 0 && u < 1, "a probability lies strictly between 0 and 1");
  if (distribution.shape == Shape::kFixed) {
    return distribution.median;
  }
  if (distribution.shape == Shape::kBernoulli) {
    return u < distribution.median ? 1 : 0;
  }
  const bool logarithmic = distribution.shape == Shape::kLogNormal;
  const auto scaled = [&](double value) {
    return logarithmic ? std::log(value / distribution.median) / distribution.spread
                       : (value - distribution.median) / distribution.spread;
  };
  // Half of the people lie on either side of the median: u maps linearly to [F(low), 1/2] and [1/2, F(high)].
  const double p = u < 0.5 ? normal_cdf(scaled(distribution.low)) + 2 * u * (0.5 - normal_cdf(scaled(distribution.low)))
                           : 0.5 + (2 * u - 1) * (normal_cdf(scaled(distribution.high)) - 0.5);
  // F(high) rounds to 1 when nothing is cut off; the end of the range is then the answer.
  if (p >= 1) {
    return distribution.high;
  }
  if (p <= 0) {
    return distribution.low;
  }
  const double z = inverse_normal_cdf(p);
  const double value = logarithmic ? distribution.median * std::exp(distribution.spread * z)
                                   : distribution.median + distribution.spread * z;
  return std::clamp(value, distribution.low, distribution.high);
}

double typical(const CovariateDistribution& distribution) {
  if (distribution.shape == Shape::kBernoulli) {
    return distribution.median < 0.5 ? 0 : 1;
  }
  return distribution.median;
}

}  // namespace racemate::population
