// A pharmacokinetic model: read from a TOML file, validated, compiled once, immutable afterwards.
//
// The rates of these models do not depend on their state, so they are linear: dA/dt = K A + inputs, with A the amounts
// (mg, in equivalents of the administered base) of the compartments. K holds no numbers here but frame slots, since
// each subject has its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/document.h"
#include "racemate/core/units.h"
#include "racemate/evidence/evidence.h"
#include "racemate/expr/expr.h"

namespace racemate::model {

inline constexpr std::size_t kNoSlot = static_cast<std::size_t>(-1);
inline constexpr int kOutside = -1;  // a flow's target outside the system

// Limits on what a file can ask for; the largest shipped model has a dozen compartments and three inputs of a route.
inline constexpr std::size_t kMaxCompartments = 64;  // implicit ones included
inline constexpr std::size_t kMaxInputs = 8;         // of one route
inline constexpr int kMaxTransitCompartments = 20;   // of one input
inline constexpr std::size_t kMaxFlows = 512;        // a fraction makes two, an exchange makes two

enum class Kind { kPublished, kAssembled };

// A population value (theta). Its slot holds the typical value; individual values are other slots.
struct Parameter {
  std::string name;
  std::string description;
  std::string unit_code;
  Dimension dimension;
  double value = 0;          // internal units
  double written_value = 0;  // as in the file, in unit_code
  evidence::Provenance provenance;
  std::optional<evidence::InputRange> between_study;  // uncertainty of the value, in internal units
  std::size_t theta_slot = kNoSlot;
};

struct Covariate {
  std::string name;  // "weight", "age", "female", "japanese", "asian"
  std::string unit_code;
  Dimension dimension;
  double reference = 0;  // internal units; used where a cohort does not say
  double low = 0;
  double high = 0;
  std::size_t slot = kNoSlot;
};

enum class EffectScale { kLogNormal, kLogitNormal, kNormal };

// A random effect: eta ~ N(0, omega2) added on the given scale to one parameter.
struct RandomEffect {
  std::string parameter;
  EffectScale scale = EffectScale::kLogNormal;
  double omega2 = 0;
  expr::Level level = expr::Level::kSubject;  // kSubject (between people) or kOccasion (between occasions)
  evidence::Provenance provenance;
  std::string borrowed_from;  // model id when the variability is another model's: an assumption
  std::size_t eta_slot = kNoSlot;
};

// Effects that vary together, in file order; an effect that varies alone is in no block. cholesky is the lower
// triangle, row-major, of the covariance of `effects`.
struct EffectBlock {
  std::vector<std::size_t> effects;  // indices into CompiledModel::effects, one level
  std::vector<double> cholesky;
};

struct Compartment {
  std::string name;
  std::string analyte;    // "" for depots and delays
  bool implicit = false;  // made by a route (depot, transit) rather than declared
};

// A first-order flow: rate_slot (1/h) x amount(from), into `to` (kOutside: eliminated).
struct Flow {
  int from = 0;
  int to = kOutside;
  std::size_t rate_slot = kNoSlot;
};

// One way by which an administered base amount enters the system.
struct RouteInput {
  int compartment = 0;                  // where it arrives (a depot if it is absorbed first-order)
  std::size_t fraction_slot = kNoSlot;  // share of the base dose that takes this way; level up to kDose
  std::size_t systemic_slot = kNoSlot;  // share of the base dose that reaches the systemic circulation this way
  std::size_t duration_slot = kNoSlot;  // zero-order duration (h); kNoSlot: the administration's own duration
  std::size_t lag_slot = kNoSlot;       // lag (h); kNoSlot: none
};

struct Route {
  std::string name;  // "intravenous", "intranasal", "oral", "intramuscular", "sublingual", "rectal"
  std::vector<RouteInput> inputs;
};

struct Output {
  std::string name;  // "ketamine"
  std::string title;
  std::string analyte;
  evidence::Matrix matrix = evidence::Matrix::kPlasma;
  evidence::Site site = evidence::Site::kUnstated;
  int compartment = 0;
  std::size_t scale_slot = kNoSlot;  // concentration (mg/L) = scale (1/L) x amount (mg)
};

// What the model was made from; outside it a result says so. A pair of zeros: what was read does not say.
struct Domain {
  std::string population;
  double age_low_h = 0;  // internal time unit
  double age_high_h = 0;
  double weight_low_kg = 0;
  double weight_high_kg = 0;
  struct RouteDose {
    std::string route;
    double dose_low_mg = 0;
    double dose_high_mg = 0;
    double dose_low_mg_per_kg = 0;  // used when dose_high_mg is 0
    double dose_high_mg_per_kg = 0;
  };
  std::vector<RouteDose> routes;
};

struct CompiledModel {
  std::string id;
  std::string title;
  Kind kind = Kind::kPublished;
  std::vector<std::string> substances;  // "racemic ketamine", "esketamine": doses that it takes
  evidence::Tier tier = evidence::Tier::kV1;
  std::vector<std::string> sources;  // citation keys
  std::string extends;               // id of the model that an assembled one builds on, or ""
  std::string summary;
  std::vector<std::string> defects;      // known defects, shown with the model
  std::vector<std::string> assumptions;  // structural assumptions, shown wherever the model is used
  std::string sha256;                    // of the file; of both files, one after the other, where it extends another
  std::string file;

  expr::SymbolTable symbols;
  expr::Program program;
  std::vector<Parameter> parameters;
  std::vector<Covariate> covariates;
  std::vector<RandomEffect> effects;
  std::vector<EffectBlock> blocks;
  std::vector<Compartment> compartments;
  std::vector<Flow> flows;
  std::vector<Route> routes;
  std::vector<Output> outputs;
  Domain domain;

  // Dose variables, usable in route fractions: base amount of this administration (mg), its number in the session
  // (from 1), and the base amount given so far in the session, this one included (mg).
  std::size_t dose_amount_slot = kNoSlot;
  std::size_t dose_number_slot = kNoSlot;
  std::size_t session_amount_slot = kNoSlot;

  [[nodiscard]] const Route* find_route(std::string_view name) const;
  [[nodiscard]] const Output* find_output(std::string_view name) const;
  [[nodiscard]] bool takes(std::string_view substance) const;
};

[[nodiscard]] const std::vector<std::string>& route_names();      // the closed list of routes
[[nodiscard]] const std::vector<std::string>& substance_names();  // "racemic ketamine", "esketamine"

[[nodiscard]] const std::vector<std::string>& covariate_names();  // "weight", "age", "female", "japanese", "asian"
[[nodiscard]] bool is_model_id(std::string_view text);            // lower-case letters, digits, '-'

// Compiles a model document. A model that `extends` another reads <that id>.toml from the folder of `file`. All
// problems of the file (and of the one it extends) are reported at once, in file order; the expressions are looked at
// even where other fields are wrong. Last, the model is evaluated for typical people at the ends of its covariates
// and at small and large doses: rates, shares of the dose, volumes and times that come out negative, above 1 or not
// finite are problems too.
[[nodiscard]] Result<CompiledModel> compile_model(const Document& document, const std::string& file,
                                                  const evidence::Library& evidence);
[[nodiscard]] Result<CompiledModel> load_model(const std::string& path, const evidence::Library& evidence);

// Why a use lies outside the model's domain; empty when inside.
struct UseOfModel {
  std::string substance;
  std::string route;
  double dose_mg = 0;  // base, one session
  double weight_kg = 0;
  double age_h = 0;
};
[[nodiscard]] std::vector<std::string> outside_domain(const CompiledModel& model, const UseOfModel& use);

}  // namespace racemate::model
