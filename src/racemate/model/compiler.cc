#include "racemate/model/compiler.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "racemate/core/check.h"
#include "racemate/model/covariance.h"
#include "racemate/model/estimates.h"

namespace racemate::model {
namespace {

constexpr Dimension kPerVolume{.volume = -1};

// A number as an expression; a negative one would not stand behind every operator.
std::string written(double number) { return fmt::format("({})", number); }

}  // namespace

Compiler::Compiler(const Description& description, Diagnostics& diagnostics)
    : description_(description), diagnostics_(diagnostics), broken_names_(description.broken_names) {}

CompiledModel Compiler::compile() {
  model_.id = description_.id;
  model_.title = description_.title;
  model_.kind = description_.kind;
  model_.substances = description_.substances;
  model_.tier = description_.tier;
  model_.sources = description_.sources;
  model_.extends = description_.extends;
  model_.summary = description_.summary;
  model_.defects = description_.defects;
  model_.assumptions = description_.assumptions;
  model_.covariates = description_.covariates;
  model_.domain = description_.domain;

  add_parameters();
  declare_inputs();
  add_derived();
  add_compartments();
  number_compartments();
  add_flows();
  add_sources();
  add_states();
  add_routes();
  add_outputs();
  declare_amounts();
  request_derivatives();
  compile_program();
  return std::move(model_);
}

void Compiler::problem(ErrorCode code, const SourcePosition& where, std::string message, std::string expected,
                       std::string hint) {
  diagnostics_.push_back({code, where, std::move(message), std::move(expected), std::move(hint)});
}

void Compiler::assign(std::string target, const ExpressionText& expression, const Dimension& required) {
  assignments_.push_back({std::move(target), expression.text, expression.where, &required});
}

void Compiler::assign_generated(std::string target, std::string text, const SourcePosition& where) {
  assignments_.push_back({std::move(target), std::move(text), where, nullptr});
}

void Compiler::check_value(const std::string& target, Possible possible, std::string what,
                           const SourcePosition& where) {
  value_checks_.push_back({target, {kNoSlot, possible, std::move(what), where}});
}

void Compiler::add_parameters() {
  for (const DescribedParameter& described : description_.parameters) {
    model_.parameters.push_back(described.parameter);
    for (const std::optional<RandomEffect>& effect : {described.between_people, described.between_occasions}) {
      if (effect) {
        model_.effects.push_back(*effect);
      }
    }
  }
  model_.blocks = make_blocks(model_.effects, description_.covariances, diagnostics_);
  model_.estimates = make_estimates(description_.parameters, description_.estimates, diagnostics_);
  for (std::size_t i = 0; i < model_.parameters.size(); ++i) {
    const DescribedParameter& described = description_.parameters[i];
    const Parameter& parameter = model_.parameters[i];
    if (broken_names_.contains(parameter.name)) {
      continue;
    }
    std::string typical = "theta." + parameter.name;
    if (described.typical) {
      RenamedExpression& expression = renamed_["typical." + parameter.name];
      expression = rename(described.typical->text, "value", typical);
      typical = "typical." + parameter.name;
      assign(typical, {expression.text, described.typical->where}, parameter.dimension);
    }
    std::string effects;
    EffectScale scale = EffectScale::kNormal;
    double shape = 0;
    for (const auto& [effect, prefix] :
         {std::pair{&described.between_people, "eta."}, std::pair{&described.between_occasions, "iov."}}) {
      if (*effect) {
        effects += " + " + (prefix + parameter.name);
        scale = (*effect)->scale;
        shape = (*effect)->shape;
      }
    }
    if (!effects.empty() && scale == EffectScale::kLogNormal) {
      typical = typical + " * exp(0" + effects + ")";
    } else if (!effects.empty() && scale == EffectScale::kLogitNormal) {
      typical = "logistic(logit(" + typical + ")" + effects + ")";
    } else if (!effects.empty() && scale == EffectScale::kBoxCox) {
      // Petersson et al. 2009, Pharm Res 26:2174: the effect is (exp(eta)^shape - 1) / shape.
      typical = fmt::format("{} * exp((exp({} * (0{})) - 1) / {})", typical, written(shape), effects, written(shape));
    } else {
      typical += effects;
    }
    assign_generated(parameter.name, std::move(typical), described.where);
  }
}

void Compiler::declare_inputs() {
  expr::SymbolTable& symbols = model_.symbols;
  for (const DescribedState& described : description_.states) {
    model_.states.push_back(described.state);
    if (!broken_names_.contains(described.state.name)) {
      model_.states.back().slot = symbols.declare(described.state.name, described.state.dimension, expr::Level::kState);
    }
  }
  for (Covariate& covariate : model_.covariates) {
    if (!broken_names_.contains(covariate.name)) {
      covariate.slot = symbols.declare(covariate.name, covariate.dimension, expr::Level::kSubject);
    }
  }
  model_.dose_amount_slot = symbols.declare("dose.amount", dimensions::kDrugMass, expr::Level::kDose);
  model_.dose_number_slot = symbols.declare("dose.number", dimensions::kNone, expr::Level::kDose);
  model_.session_amount_slot = symbols.declare("session.amount", dimensions::kDrugMass, expr::Level::kDose);
  std::set<std::size_t> uncertain;
  for (const EstimateBlock& block : model_.estimates) {
    for (const Estimate& estimate : block.estimates) uncertain.insert(estimate.parameter);
  }
  for (std::size_t i = 0; i < model_.parameters.size(); ++i) {
    Parameter& parameter = model_.parameters[i];
    if (!broken_names_.contains(parameter.name)) {
      const bool differs = parameter.between_study || uncertain.contains(i);
      parameter.theta_slot = symbols.declare("theta." + parameter.name, parameter.dimension,
                                             differs ? expr::Level::kStudy : expr::Level::kConstant);
    }
  }
  for (RandomEffect& effect : model_.effects) {
    if (broken_names_.contains(effect.parameter)) {
      continue;
    }
    // On the scale of the parameter itself an effect has its dimension; on the other scales it has none.
    const auto own = std::find_if(model_.parameters.begin(), model_.parameters.end(),
                                  [&](const Parameter& parameter) { return parameter.name == effect.parameter; });
    const Dimension dimension = effect.scale == EffectScale::kNormal ? own->dimension : dimensions::kNone;
    const char* prefix = effect.level == expr::Level::kSubject ? "eta." : "iov.";
    effect.eta_slot = symbols.declare(prefix + effect.parameter, dimension, effect.level);
  }
}

void Compiler::add_derived() {
  for (const DescribedExpression& derived : description_.derived) {
    if (!broken_names_.contains(derived.name)) {
      assignments_.push_back({derived.name, derived.expression.text, derived.expression.where, nullptr});
    }
  }
}

void Compiler::add_compartments() {
  for (const DescribedCompartment& described : description_.compartments) {
    if (!described_compartments_.emplace(described.name, &described).second) {
      continue;  // in two files: reported when they were merged
    }
    Compartment compartment;
    compartment.name = described.name;
    compartment.analyte = described.analyte;
    model_.compartments.push_back(std::move(compartment));
    add_dose_values(described);
    if (described.volume) {
      const std::string volume = "volume." + described.name;
      assign(volume, *described.volume, dimensions::kVolume);
      check_value(volume, Possible::kPositive, "the volume of " + described.name, described.volume->where);
    }
  }
  if (description_.compartments.empty()) {
    problem(ErrorCode::kMissingField, {}, "the model has no compartments", "[compartments.central]");
  }
}

std::optional<int> Compiler::find_compartment(const CompartmentName& name) {
  if (name.name.empty()) {
    return std::nullopt;  // reported when it was read
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < model_.compartments.size(); ++i) {
    if (model_.compartments[i].implicit) {
      continue;
    }
    if (model_.compartments[i].name == name.name) {
      return static_cast<int>(i);
    }
    names.push_back(model_.compartments[i].name);
  }
  problem(ErrorCode::kUnknownName, name.where, fmt::format("there is no compartment '{}'", name.name),
          "a compartment of the model", suggest_name(name.name, names));
  return std::nullopt;
}

bool Compiler::has_volume(const CompartmentName& name, std::string_view user) {
  const DescribedCompartment& compartment = *described_compartments_.at(name.name);
  if (!compartment.volume) {
    problem(ErrorCode::kMissingField, name.where, fmt::format("{} needs a volume of '{}'", user, name.name),
            fmt::format("`volume` in [compartments.{}]", name.name));
  }
  return compartment.volume.has_value();
}

void Compiler::push_flow(int from, int to, const std::string& rate, const SourcePosition& where) {
  model_.flows.push_back({from, to, kNoSlot});
  flow_rates_.push_back(rate);
  flow_where_.push_back(where);
}

void Compiler::add_flows() {
  for (const DescribedFlow& described : description_.flows) {
    add_flow(described);
  }
  for (const DescribedExchange& described : description_.exchanges) {
    add_exchange(described);
  }
}

void Compiler::add_flow(const DescribedFlow& described) {
  const std::optional<int> from = find_compartment(described.from);
  const std::optional<int> to = described.to ? find_compartment(*described.to) : std::optional<int>(kOutside);
  if (!from || !to || described.rate.has_value() == described.clearance.has_value()) {
    return;
  }
  const std::string name = fmt::format("flow.{}", model_.flows.size());
  std::string rate = name;
  if (described.rate) {
    assign(rate, *described.rate, dimensions::kRate);
    check_value(rate, Possible::kNonNegative, "the rate of a flow from " + described.from.name, described.rate->where);
  } else {
    if (!has_volume(described.from, "a clearance")) {
      return;
    }
    assign(name + ".clearance", *described.clearance, dimensions::kClearance);
    check_value(name + ".clearance", Possible::kNonNegative, "the clearance of a flow from " + described.from.name,
                described.clearance->where);
    assign_generated(rate, fmt::format("{}.clearance / volume.{}", name, described.from.name),
                     described.clearance->where);
  }
  if (!described.fraction) {
    push_flow(*from, *to, rate, described.where);
    return;
  }
  const std::string fraction = name + ".fraction";
  assign(fraction, *described.fraction, dimensions::kNone);
  check_value(fraction, Possible::kShare, "the fraction of a flow from " + described.from.name,
              described.fraction->where);
  assign_generated(name + ".there", fmt::format("{} * {}", rate, fraction), described.fraction->where);
  assign_generated(name + ".away", fmt::format("{} * (1 - {})", rate, fraction), described.fraction->where);
  push_flow(*from, *to, name + ".there", described.where);
  push_flow(*from, kOutside, name + ".away", described.where);
}

void Compiler::add_exchange(const DescribedExchange& described) {
  const CompartmentName& one = described.between[0];
  const CompartmentName& other = described.between[1];
  const std::optional<int> a = find_compartment(one);
  const std::optional<int> b = find_compartment(other);
  if (!a || !b || !described.clearance) {
    return;
  }
  const bool one_has_volume = has_volume(one, "an exchange");
  const bool other_has_volume = has_volume(other, "an exchange");
  if (!one_has_volume || !other_has_volume) {
    return;
  }
  const std::string name = fmt::format("flow.{}", model_.flows.size());
  assign(name + ".clearance", *described.clearance, dimensions::kClearance);
  check_value(name + ".clearance", Possible::kNonNegative,
              fmt::format("the exchange between {} and {}", one.name, other.name), described.clearance->where);
  assign_generated(name + ".there", fmt::format("{}.clearance / volume.{}", name, one.name),
                   described.clearance->where);
  assign_generated(name + ".back", fmt::format("{}.clearance / volume.{}", name, other.name),
                   described.clearance->where);
  push_flow(*a, *b, name + ".there", described.where);
  push_flow(*b, *a, name + ".back", described.where);
}

void Compiler::add_outputs() {
  for (const DescribedOutput& described : description_.outputs) {
    Output output = described.output;
    if (described.value) {
      assign("output." + output.name, *described.value, described.value_dimension);
      model_.outputs.push_back(std::move(output));
      continue;
    }
    const std::optional<int> compartment = find_compartment(described.compartment);
    if (compartment && has_volume(described.compartment, "an output")) {
      output.compartment = *compartment;
      const std::string factor = fmt::format("output.{}.factor", output.name);
      assign(factor, described.factor.value_or(ExpressionText{"1", described.where}), dimensions::kNone);
      check_value(factor, Possible::kPositive, "the factor of output " + output.name,
                  described.factor ? described.factor->where : described.where);
      assignments_.push_back({"output." + output.name,
                              fmt::format("{} / volume.{}", factor, described.compartment.name), described.where,
                              &kPerVolume});
    }
    model_.outputs.push_back(std::move(output));
  }
  if (description_.outputs.empty()) {
    problem(ErrorCode::kMissingField, {}, "the model has no outputs", "[outputs.ketamine]");
  }
}

// The names that an author can mean: not the hidden ones, which all have a dot.
std::vector<std::string> Compiler::names_of_the_file() const {
  std::vector<std::string> names;
  names.reserve(model_.covariates.size() + model_.parameters.size() + description_.derived.size());
  for (const Covariate& covariate : model_.covariates) {
    names.push_back(covariate.name);
  }
  for (const Parameter& parameter : model_.parameters) {
    names.push_back(parameter.name);
  }
  for (const DescribedExpression& derived : description_.derived) {
    names.push_back(derived.name);
  }
  for (const DescribedState& state : description_.states) {
    names.push_back(state.state.name);
  }
  return names;
}

// An assignment that uses a name which is wrong already would only repeat the complaint.
void Compiler::drop_broken_assignments() {
  bool dropped = true;
  while (dropped) {
    std::vector<expr::Assignment> kept;
    kept.reserve(assignments_.size());
    for (expr::Assignment& assignment : assignments_) {
      if (mentions(assignment.text, broken_names_)) {
        broken_names_.insert(assignment.target);
      } else {
        kept.push_back(std::move(assignment));
      }
    }
    dropped = kept.size() != assignments_.size();
    assignments_ = std::move(kept);
  }
}

void Compiler::compile_program() {
  if (!broken_names_.empty()) {
    drop_broken_assignments();
  }
  Result<expr::Program> program = expr::compile(
      assignments_, model_.symbols,
      diagnostics_.empty() ? std::span<const expr::Derivative>(derivatives_) : std::span<const expr::Derivative>());
  if (!program) {
    for (Diagnostic& diagnostic : program.error()) {
      for (const expr::Assignment& assignment : assignments_) {
        const auto renamed = renamed_.find(assignment.target);
        if (renamed != renamed_.end()) {
          renamed->second.restore_column(assignment.where, diagnostic);
        }
      }
      if (diagnostic.hint.starts_with("known:")) {
        diagnostic.hint = suggest_name("", names_of_the_file());
      }
      diagnostics_.push_back(std::move(diagnostic));
    }
    return;
  }
  if (!diagnostics_.empty()) {
    return;
  }
  model_.program = std::move(*program);
  resolve_slots();
}

void Compiler::resolve_slots() {
  const auto slot_of = [&](const std::string& name) {
    const expr::Symbol* symbol = model_.symbols.find(name);
    RACEMATE_CHECK(symbol != nullptr, "a compiled name has a slot");
    return symbol->slot;
  };
  const auto optional_slot = [&](const std::string& name) { return name.empty() ? kNoSlot : slot_of(name); };
  for (std::size_t i = 0; i < model_.flows.size(); ++i) {
    model_.flows[i].rate_slot = slot_of(flow_rates_[i]);
  }
  std::vector<ShareCheck> shares;
  for (std::size_t route = 0; route < model_.routes.size(); ++route) {
    ShareCheck share{{}, "the fractions of route " + model_.routes[route].name, description_.routes[route].where};
    bool scaled = false;
    for (std::size_t i = 0; i < model_.routes[route].inputs.size(); ++i) {
      RouteInput& input = model_.routes[route].inputs[i];
      const InputNames& names = input_names_[route][i];
      input.fraction_slot = slot_of(names.fraction);
      input.systemic_slot = slot_of(names.systemic);
      input.duration_slot = optional_slot(names.duration);
      input.lag_slot = optional_slot(names.lag);
      share.slots.push_back(input.fraction_slot);
      scaled = scaled || description_.routes[route].inputs[i].scale_factor;
    }
    if (!scaled) {
      shares.push_back(std::move(share));
    }
  }
  for (Output& output : model_.outputs) {
    (output.compartment == kNoCompartment ? output.value_slot : output.scale_slot) = slot_of("output." + output.name);
  }
  resolve_dynamics();
  check_levels();
  if (!diagnostics_.empty()) {
    return;
  }
  std::vector<ValueCheck> values;
  for (NamedCheck& named : value_checks_) {
    named.check.slot = slot_of(named.target);
    values.push_back(std::move(named.check));
  }
  check_typical(model_, values, shares, diagnostics_);
}

}  // namespace racemate::model
