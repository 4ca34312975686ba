// A pharmacokinetic model: read from a TOML file, validated, compiled once, immutable afterwards.
//
// Amounts A (mg, in equivalents of the administered base) of the compartments follow dA/dt = K A + sources + inputs.
// K holds no numbers here but frame slots, since each subject has its own. Most models are linear: K depends neither on
// time nor on amounts and there are no sources. Others may have rates that do, and states beside the compartments (an
// effect site, a response, an enzyme) with a derivative of their own; those are for the ODE engine.
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
inline constexpr int kOutside = -1;        // a flow's target outside the system
inline constexpr int kNoCompartment = -1;  // of an output

// Limits on what a file can ask for; the largest shipped model has a dozen compartments and three inputs of a route.
inline constexpr std::size_t kMaxCompartments = 64;  // implicit ones included
inline constexpr std::size_t kMaxInputs = 8;         // of one route
inline constexpr int kMaxTransitCompartments = 20;   // of one input
inline constexpr std::size_t kMaxFlows = 512;        // a fraction makes two, an exchange makes two
inline constexpr std::size_t kMaxEstimates = 100;    // of one covariance
inline constexpr std::size_t kMaxStates = 32;        // beside the compartments

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
  std::string column;      // of a data set (compared without case)
  double to_internal = 1;  // a value in unit_code times this is in internal units
  std::size_t slot = kNoSlot;
};

enum class EffectScale { kLogNormal, kLogitNormal, kNormal, kBoxCox };

// A random effect: eta ~ N(0, omega2) added on the given scale to one parameter.
struct RandomEffect {
  std::string parameter;
  EffectScale scale = EffectScale::kLogNormal;
  double shape = 0;  // kBoxCox: lambda, not 0
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

// The uncertainty of one estimate: its value is drawn on `scale`; a draw at or outside the bounds is drawn again.
enum class EstimateScale { kLog, kLogit, kLinear };
struct Estimate {
  std::size_t parameter = 0;  // index into CompiledModel::parameters
  EstimateScale scale = EstimateScale::kLog;
  double low = 0;  // internal units; exclusive; may be infinite
  double high = 0;
};

// Population values that were estimated together, in file order; cholesky is the lower triangle, row-major, of the
// covariance of their estimates on their scales (internal units where linear).
struct EstimateBlock {
  std::vector<Estimate> estimates;
  std::vector<double> cholesky;
  evidence::Provenance provenance;
};

struct Compartment {
  std::string name;
  std::string analyte;    // "" for depots and delays
  bool implicit = false;  // made by a route (depot, transit) rather than declared
  int number = 0;         // CMT of dosing records; 0: none
  // What dosing records into it have; kNoSlot: 1, 0, none, none. Fixed within an occasion.
  std::size_t bioavailability_slot = kNoSlot;
  std::size_t lag_slot = kNoSlot;       // h
  std::size_t duration_slot = kNoSlot;  // h; of RATE = -2
  std::size_t rate_slot = kNoSlot;      // mg/h; of RATE = -1
  std::size_t initial_slot = kNoSlot;   // mg at the start and after a reset; kNoSlot: 0
  std::size_t amount_slot = kNoSlot;    // where expressions read its amount (mg); kNoSlot: none does
};

// A quantity with an equation of its own: d/dt = derivative.
struct StateVariable {
  std::string name;
  std::string unit_code;
  Dimension dimension;
  double to_internal = 1;      // a value in unit_code times this is in internal units
  std::size_t slot = kNoSlot;  // where expressions read it
  std::size_t initial_slot = kNoSlot;
  std::size_t derivative_slot = kNoSlot;  // per h
};

// An amount that appears in a compartment by itself.
struct Source {
  int to = 0;
  std::size_t rate_slot = kNoSlot;  // mg/h
};

// A derivative of a rate to an amount or a state: what a stiff solver needs. Those that are not listed are 0.
struct JacobianEntry {
  enum class Of : std::uint8_t { kFlow, kSource, kState };
  Of of = Of::kFlow;
  std::size_t index = 0;   // of flows, sources or states
  std::size_t column = 0;  // compartments first, then states
  std::size_t slot = kNoSlot;
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

// How a measurement differs from what the model says: y = f (1 + proportional e1) + additive e2, or f exp(logarithmic
// e1), with e1 and e2 standard normal and independent.
struct ResidualError {
  double additive = 0;      // standard deviation, internal units
  double proportional = 0;  // standard deviation, a share
  double logarithmic = 0;   // standard deviation of the logarithm; alone
};

struct Output {
  std::string name;  // "ketamine"
  std::string title;
  std::string analyte;
  evidence::Matrix matrix = evidence::Matrix::kPlasma;
  evidence::Site site = evidence::Site::kUnstated;
  int compartment = 0;               // kNoCompartment: it has a value of its own
  std::size_t scale_slot = kNoSlot;  // concentration (mg/L) = scale (1/L) x amount (mg)
  std::size_t value_slot = kNoSlot;  // kNoCompartment: an expression of time, amounts and states
  std::string unit_code = "ng/mL";   // that tables show it in
  double per_internal = 1000;        // an internal value times this is in unit_code
  std::optional<ResidualError> residual;
  std::optional<double> lower_limit;  // of quantification, internal units
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
  std::vector<EstimateBlock> estimates;  // uncertainty of population values; empty: the file does not say
  std::vector<Compartment> compartments;
  std::vector<Flow> flows;
  std::vector<StateVariable> states;
  std::vector<Source> sources_of_amount;
  std::vector<JacobianEntry> jacobian;
  std::size_t time_slot = kNoSlot;  // where expressions read the time (h); kNoSlot: none does
  // Neither time nor amounts change a rate, nothing appears by itself, and there are no states: found, not declared.
  bool linear = true;
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
  // The compartment of a dosing record, by number or name; "" and "0" mean the one with the lowest number.
  [[nodiscard]] std::optional<int> find_dosed_compartment(std::string_view cmt) const;
  [[nodiscard]] std::vector<std::string> dosed_compartments() const;  // every text that CMT may have
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
