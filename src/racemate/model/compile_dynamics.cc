// What changes with time and amounts, and what dosing records need: states, sources, initial amounts, compartment
// numbers, derivatives.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "racemate/core/check.h"
#include "racemate/model/compiler.h"

namespace racemate::model {
namespace {

constexpr Dimension kAmountRate{.drug_mass = 1, .time = -1};
const std::set<std::string>& dose_names() {
  static const std::set<std::string> names{"dose.amount", "dose.number", "session.amount"};
  return names;
}

Dimension per_time(Dimension dimension) {
  --dimension.time;
  return dimension;
}

}  // namespace

void Compiler::add_dose_values(const DescribedCompartment& described) {
  const auto add = [&](const std::optional<ExpressionText>& expression, std::string_view field,
                       const Dimension& dimension, std::string_view what) {
    if (!expression) {
      return;
    }
    const std::string name = fmt::format("{}.{}", field, described.name);
    assign(name, *expression, dimension);
    check_value(name, Possible::kNonNegative, fmt::format("the {} of {}", what, described.name), expression->where);
  };
  add(described.bioavailability, "bioavailability", dimensions::kNone, "bioavailability");
  add(described.lag, "lag", dimensions::kTime, "lag");
  add(described.duration, "duration", dimensions::kTime, "duration");
  add(described.rate, "rate", kAmountRate, "rate");
  add(described.initial, "initial", dimensions::kDrugMass, "initial amount");
}

// Numbers as written; where no compartment has one, 1, 2, ... in the order of the file.
void Compiler::number_compartments() {
  const bool written = std::any_of(description_.compartments.begin(), description_.compartments.end(),
                                   [](const DescribedCompartment& described) { return described.number.has_value(); });
  std::set<int> taken;
  int next = 0;
  for (Compartment& compartment : model_.compartments) {
    const DescribedCompartment& described = *described_compartments_.at(compartment.name);
    compartment.number = written ? described.number.value_or(0) : ++next;
    if (compartment.number > 0 && !taken.insert(compartment.number).second) {
      problem(ErrorCode::kInconsistent, described.where,
              fmt::format("compartment number {} is given twice", compartment.number), "a number of its own");
    }
  }
}

void Compiler::add_sources() {
  if (description_.sources_of_amount.size() > kMaxFlows) {
    problem(ErrorCode::kOutOfRange, description_.sources_of_amount.front().where,
            fmt::format("the model has {} sources", description_.sources_of_amount.size()),
            fmt::format("at most {}", kMaxFlows));
  }
  for (const DescribedSource& described : description_.sources_of_amount) {
    const std::optional<int> to = find_compartment(described.to);
    if (!to || !described.rate) {
      continue;
    }
    const std::string name = fmt::format("source.{}", model_.sources_of_amount.size());
    assign(name, *described.rate, kAmountRate);
    check_value(name, Possible::kNonNegative, "the rate of a source of " + described.to.name, described.rate->where);
    model_.sources_of_amount.push_back({*to, kNoSlot});
    source_rates_.push_back(name);
  }
}

void Compiler::add_states() {
  if (description_.states.size() > kMaxStates) {
    problem(ErrorCode::kOutOfRange, description_.states.front().where,
            fmt::format("the model has {} states", description_.states.size()), fmt::format("at most {}", kMaxStates));
  }
  for (const DescribedState& described : description_.states) {
    const std::string& name = described.state.name;
    if (broken_names_.contains(name) || !described.derivative) {
      continue;
    }
    if (described_compartments_.contains(name)) {
      problem(ErrorCode::kInconsistent, described.where,
              fmt::format("'{}' names a state and a compartment: its amount would be 'amount.{}'", name, name),
              "a name of its own");
      broken_names_.insert(name);
      continue;
    }
    state_dimensions_.push_back({described.state.dimension, per_time(described.state.dimension)});
    const auto& [own, rate] = state_dimensions_.back();
    if (described.initial) {
      assign("initial." + name, *described.initial, own);
      check_value("initial." + name, Possible::kFinite, "the initial value of " + name, described.initial->where);
    }
    assign("derivative." + name, *described.derivative, rate);
    check_value("derivative." + name, Possible::kFinite, "the derivative of " + name, described.derivative->where);
  }
}

// Declares the time, amounts and concentrations that expressions use, and no others.
void Compiler::declare_amounts() {
  std::set<std::string> mentioned;
  for (const expr::Assignment& assignment : assignments_) {
    collect_names(assignment.text, mentioned);
  }
  const auto used = [&](const std::string& name) { return mentioned.contains(name); };
  if (used("time")) {
    model_.time_slot = model_.symbols.declare("time", dimensions::kTime, expr::Level::kState);
  }
  for (Compartment& compartment : model_.compartments) {
    if (compartment.implicit) {
      continue;
    }
    const DescribedCompartment& described = *described_compartments_.at(compartment.name);
    const std::string amount = "amount." + compartment.name;
    const std::string concentration = "concentration." + compartment.name;
    const bool concentration_used = used(concentration);
    if (concentration_used && has_volume({compartment.name, described.where}, concentration)) {
      assign_generated(concentration, fmt::format("{} / volume.{}", amount, compartment.name), described.where);
    } else if (concentration_used) {
      broken_names_.insert(concentration);
    }
    if (concentration_used || used(amount)) {
      compartment.amount_slot = model_.symbols.declare(amount, dimensions::kDrugMass, expr::Level::kState);
    }
  }
}

// Each text is read once, whatever is asked of dependent_on() afterwards.
void Compiler::index_users() {
  for (std::size_t i = 0; i < assignments_.size(); ++i) {
    std::set<std::string> used;
    collect_names(assignments_[i].text, used);
    for (const std::string& name : used) {
      users_[name].push_back(i);
    }
  }
}

std::set<std::string> Compiler::dependent_on(const std::set<std::string>& names) const {
  std::set<std::string> dependent = names;
  std::vector<std::string> open(names.begin(), names.end());
  while (!open.empty()) {
    const auto users = users_.find(open.back());
    open.pop_back();
    if (users == users_.end()) {
      continue;
    }
    for (const std::size_t user : users->second) {
      if (dependent.insert(assignments_[user].target).second) {
        open.push_back(assignments_[user].target);
      }
    }
  }
  return dependent;
}

// Of every rate to every amount and state that it depends on.
void Compiler::request_derivatives() {
  if (!diagnostics_.empty()) {
    return;
  }
  index_users();
  struct Column {
    std::string name;
    std::size_t index;
  };
  std::vector<Column> columns;
  for (std::size_t i = 0; i < model_.compartments.size(); ++i) {
    if (model_.compartments[i].amount_slot != kNoSlot) {
      columns.push_back({"amount." + model_.compartments[i].name, i});
    }
  }
  for (std::size_t i = 0; i < model_.states.size(); ++i) {
    if (model_.states[i].slot != kNoSlot) {
      columns.push_back({model_.states[i].name, model_.compartments.size() + i});
    }
  }
  for (const Column& column : columns) {
    const std::set<std::string> dependent = dependent_on({column.name});
    const auto request = [&](const std::string& target, JacobianEntry::Of of, std::size_t index) {
      if (dependent.contains(target)) {
        derivatives_.push_back({fmt::format("jacobian.{}", derivatives_.size()), target, column.name});
        requested_.push_back({of, index, column.index, kNoSlot});
      }
    };
    for (std::size_t i = 0; i < flow_rates_.size(); ++i) {
      request(flow_rates_[i], JacobianEntry::Of::kFlow, i);
    }
    for (std::size_t i = 0; i < source_rates_.size(); ++i) {
      request(source_rates_[i], JacobianEntry::Of::kSource, i);
    }
    for (std::size_t i = 0; i < model_.states.size(); ++i) {
      request("derivative." + model_.states[i].name, JacobianEntry::Of::kState, i);
    }
  }
}

void Compiler::resolve_dynamics() {
  const auto slot_of = [&](const std::string& name) {
    const expr::Symbol* symbol = model_.symbols.find(name);
    return symbol == nullptr ? kNoSlot : symbol->slot;
  };
  for (Compartment& compartment : model_.compartments) {
    compartment.bioavailability_slot = slot_of("bioavailability." + compartment.name);
    compartment.lag_slot = slot_of("lag." + compartment.name);
    compartment.duration_slot = slot_of("duration." + compartment.name);
    compartment.rate_slot = slot_of("rate." + compartment.name);
    compartment.initial_slot = slot_of("initial." + compartment.name);
  }
  for (StateVariable& state : model_.states) {
    state.initial_slot = slot_of("initial." + state.name);
    state.derivative_slot = slot_of("derivative." + state.name);
  }
  for (std::size_t i = 0; i < source_rates_.size(); ++i) {
    model_.sources_of_amount[i].rate_slot = slot_of(source_rates_[i]);
  }
  for (std::size_t i = 0; i < derivatives_.size(); ++i) {
    JacobianEntry entry = requested_[i];
    entry.slot = slot_of(derivatives_[i].target);
    if (entry.slot != kNoSlot) {
      model_.jacobian.push_back(entry);
    }
  }
  const auto fixed = [&](const Flow& flow) { return model_.symbols.at(flow.rate_slot).level < expr::Level::kState; };
  model_.linear = model_.states.empty() && model_.sources_of_amount.empty() &&
                  std::all_of(model_.flows.begin(), model_.flows.end(), fixed);
}

// Nothing but fractions of routes depends on a dose; nothing but rates, derivatives and values of outputs changes with
// time.
void Compiler::check_levels() {
  const std::size_t problems_before = diagnostics_.size();
  const std::set<std::string> dosed = dependent_on(dose_names());
  const auto is_rate = [](const std::string& target) {
    const bool of_absorption =
        target.starts_with("input.") && (target.ends_with(".ka") || target.ends_with(".mean_time"));
    return of_absorption || target.starts_with("flow.") || target.starts_with("source.") ||
           target.starts_with("derivative.");
  };
  for (const NamedCheck& named : value_checks_) {
    if (is_rate(named.target)) {
      continue;
    }
    if (model_.symbols.find(named.target)->level >= expr::Level::kState) {
      problem(
          ErrorCode::kInconsistent, named.check.where, named.check.what + " depends on time or amounts",
          "a value that is fixed within an occasion; only rates, derivatives and the `value` of outputs may change");
    } else if (!named.target.starts_with("input.") && dosed.contains(named.target)) {
      problem(ErrorCode::kInconsistent, named.check.where, named.check.what + " depends on the dose",
              "a value that is fixed within an occasion; only fractions of routes depend on doses");
    }
  }
  if (diagnostics_.size() != problems_before) {
    return;  // rates that use these values would repeat the complaint
  }
  constexpr std::string_view kWithoutDose =
      "people, occasions, time, amounts and states; only fractions of routes depend on doses";
  for (std::size_t i = 0; i < flow_rates_.size(); ++i) {
    if (dosed.contains(flow_rates_[i])) {
      problem(ErrorCode::kInconsistent, flow_where_[i], "the rate of a flow depends on the dose",
              std::string(kWithoutDose));
    }
  }
  for (const NamedCheck& named : value_checks_) {
    const bool of_state = named.target.starts_with("source.") || named.target.starts_with("derivative.");
    if (of_state && dosed.contains(named.target)) {
      problem(ErrorCode::kInconsistent, named.check.where, named.check.what + " depends on the dose",
              std::string(kWithoutDose));
    }
  }
  for (const DescribedOutput& described : description_.outputs) {
    if (described.value && dosed.contains("output." + described.output.name)) {
      problem(ErrorCode::kInconsistent, described.value->where,
              fmt::format("the value of output {} depends on the dose", described.output.name),
              std::string(kWithoutDose));
    }
  }
}

}  // namespace racemate::model
