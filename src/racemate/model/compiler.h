// Description -> CompiledModel. Internal to the room.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "racemate/model/description.h"
#include "racemate/model/expression_text.h"
#include "racemate/model/typical_check.h"

namespace racemate::model {

// Turns a description into symbols, assignments and structure, compiles the assignments and checks the result. Every
// value that the engine needs becomes an assignment to a hidden name with a dot in it ("flow.3", "volume.central").
class Compiler {
 public:
  Compiler(const Description& description, Diagnostics& diagnostics);
  // Adds all problems to the diagnostics; the model is complete only when there were none.
  [[nodiscard]] CompiledModel compile();

 private:
  void declare_inputs();
  void add_parameters();
  void add_derived();
  void add_compartments();
  void add_flows();
  void add_flow(const DescribedFlow& described);
  void add_exchange(const DescribedExchange& described);
  void add_states();
  void add_sources();
  void add_dose_values(const DescribedCompartment& described);
  void number_compartments();
  void declare_amounts();
  void request_derivatives();
  void add_routes();
  void add_input(const DescribedRoute& route, const DescribedInput& described, std::size_t number);
  void add_outputs();

  // The compartment's index; a problem and nullopt when there is none of that name.
  std::optional<int> find_compartment(const CompartmentName& name);
  bool has_volume(const CompartmentName& name, std::string_view user);
  int add_implicit_compartment(const std::string& name);
  void push_flow(int from, int to, const std::string& rate, const SourcePosition& where);

  void assign(std::string target, const ExpressionText& expression, const Dimension& required);
  void assign_generated(std::string target, std::string text, const SourcePosition& where);
  void check_value(const std::string& target, Possible possible, std::string what, const SourcePosition& where);
  void problem(ErrorCode code, const SourcePosition& where, std::string message, std::string expected,
               std::string hint = {});

  // Targets of assignments that depend on one of the names, through others or not, and the names themselves.
  // After index_users().
  [[nodiscard]] std::set<std::string> dependent_on(const std::set<std::string>& names) const;
  void index_users();
  [[nodiscard]] std::vector<std::string> names_of_the_file() const;
  void drop_broken_assignments();
  void compile_program();
  void resolve_slots();
  void resolve_dynamics();
  void check_levels();

  const Description& description_;
  Diagnostics& diagnostics_;
  CompiledModel model_;
  std::vector<expr::Assignment> assignments_;
  std::map<std::string, std::vector<std::size_t>> users_;  // by name: the assignments that mention it
  std::set<std::string> broken_names_;
  std::map<std::string, RenamedExpression> renamed_;  // by target
  std::map<std::string, const DescribedCompartment*> described_compartments_;
  std::vector<std::string> flow_rates_;     // hidden names, one per flow
  std::vector<SourcePosition> flow_where_;  // of the same
  std::vector<std::string> source_rates_;   // hidden names, one per source
  struct StateDimensions {
    Dimension own, derivative;
  };
  std::deque<StateDimensions> state_dimensions_;  // assignments point into it
  std::vector<expr::Derivative> derivatives_;
  std::vector<JacobianEntry> requested_;  // one per derivative, without slots
  struct InputNames {
    std::string fraction, systemic, duration, lag;  // "" where absent
  };
  std::vector<std::vector<InputNames>> input_names_;  // as model_.routes
  struct NamedCheck {
    std::string target;
    ValueCheck check;
  };
  std::vector<NamedCheck> value_checks_;
};

}  // namespace racemate::model
