#include "racemate/engine/events/lane_program.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <utility>

namespace racemate::engine::events {

using expr::Operation;
using kernels::kNoRow;
using kernels::LaneInstruction;

// Values in single assignment, then instructions root by root, each value right before its first user where it can
// stay in the accumulator.
class LaneProgramBuilder {
 public:
  LaneProgramBuilder(const model::CompiledModel& model, LaneProgram& program, std::size_t frame_slots)
      : model_(model), program_(program), next_row_(static_cast<std::uint32_t>(frame_slots)) {
    program_.first_state_ = take_rows(program_.components_);
    program_.first_derivative_ = take_rows(program_.components_);
    program_.first_input_ = take_rows(program_.compartments_);
    program_.time_ = take_rows(1);
  }

  // Returns the number of rows.
  std::size_t build() {
    read_state_level();
    std::vector<Id> roots = amounts();
    for (const model::StateVariable& state : model_.states) roots.push_back(of_slot(state.derivative_slot));
    for (Id& root : roots) root = fused(root);
    for (const Id root : roots) count_uses(root);
    for (std::size_t i = 0; i < roots.size(); ++i) {
      place(roots[i], static_cast<std::uint32_t>(program_.first_derivative_ + i));
    }
    return next_row_;
  }

 private:
  using Id = std::uint32_t;

  struct Value {
    std::uint8_t operation = 0;
    Id operands[3] = {};
    std::uint32_t count = 0;     // of operands; 0: a row that is there
    std::uint32_t row = kNoRow;  // where it lies, once it does
    std::uint32_t uses = 0;
    bool is_fused = false;  // its operands have been looked at
  };

  std::uint32_t take_rows(std::size_t count) {
    const std::uint32_t first = next_row_;
    next_row_ += static_cast<std::uint32_t>(count);
    return first;
  }

  Id add(Operation operation, std::initializer_list<Id> operands) {
    Value value;
    value.operation = static_cast<std::uint8_t>(operation);
    for (const Id operand : operands) value.operands[value.count++] = operand;
    values_.push_back(value);
    return static_cast<Id>(values_.size() - 1);
  }

  Id of_row(std::size_t row) {
    const auto [found, is_new] = of_row_.try_emplace(row, 0);
    if (is_new) {
      found->second = static_cast<Id>(values_.size());
      values_.push_back({.row = static_cast<std::uint32_t>(row)});
    }
    return found->second;
  }

  // What a slot holds at the end of the state level.
  Id of_slot(std::size_t slot) {
    const auto found = of_slot_.find(slot);
    return found == of_slot_.end() ? of_row(slot) : found->second;
  }

  void read_state_level() {
    for (std::size_t c = 0; c < program_.compartments_; ++c) {
      if (model_.compartments[c].amount_slot != model::kNoSlot) {
        of_slot_[model_.compartments[c].amount_slot] = of_row(program_.first_state_ + c);
      }
    }
    for (std::size_t s = 0; s < model_.states.size(); ++s) {
      of_slot_[model_.states[s].slot] = of_row(program_.first_state_ + program_.compartments_ + s);
    }
    if (model_.time_slot != model::kNoSlot) of_slot_[model_.time_slot] = of_row(program_.time_);
    const auto level = static_cast<std::size_t>(expr::Level::kState);
    for (std::size_t i = model_.program.level_begin[level]; i < model_.program.level_begin[level + 1]; ++i) {
      const expr::Instruction& instruction = model_.program.instructions[i];
      of_slot_[instruction.result] = translate(instruction);
    }
  }

  Id translate(const expr::Instruction& instruction) {
    const Id a = of_slot(instruction.a);
    switch (expr::operand_count(instruction.operation)) {
      case 0:  // a literal, which lies in its slot since the constants were evaluated
        return of_row(instruction.result);
      case 1:
        return instruction.operation == Operation::kCopy ? a : add(instruction.operation, {a});
      case 2:
        if (instruction.operation == Operation::kDivide && is_parameter(of_slot(instruction.b))) {
          return add(Operation::kMultiply, {a, reciprocal(of_slot(instruction.b))});
        }
        return add(instruction.operation, {a, of_slot(instruction.b)});
      default:
        return add(instruction.operation, {a, of_slot(instruction.b), of_slot(instruction.c)});
    }
  }

  [[nodiscard]] bool is_parameter(Id id) const { return values_[id].row < program_.first_state_; }

  Id reciprocal(Id of) {
    const auto [found, is_new] = reciprocals_.try_emplace(of, 0);
    if (is_new) {
      const std::uint32_t row = take_rows(1);
      program_.parameters_.push_back(
          {.operation = static_cast<std::uint8_t>(Operation::kReciprocal), .result = row, .a = values_[of].row});
      found->second = of_row(row);
    }
    return found->second;
  }

  // Inputs, flows in their order, sources. Both ends of a flow have their own product, to be fused.
  std::vector<Id> amounts() {
    std::vector<Id> amounts;
    for (std::size_t c = 0; c < program_.compartments_; ++c) amounts.push_back(of_row(program_.first_input_ + c));
    for (const model::Flow& flow : model_.flows) {
      const Id from = of_row(program_.first_state_ + static_cast<std::size_t>(flow.from));
      const auto change = [&](int compartment, Operation operation) {
        Id& amount = amounts[static_cast<std::size_t>(compartment)];
        amount = add(operation, {amount, add(Operation::kMultiply, {of_slot(flow.rate_slot), from})});
      };
      change(flow.from, Operation::kSubtract);
      if (flow.to != model::kOutside) change(flow.to, Operation::kAdd);
    }
    for (const model::Source& source : model_.sources_of_amount) {
      Id& amount = amounts[static_cast<std::size_t>(source.to)];
      amount = add(Operation::kAdd, {amount, of_slot(source.rate_slot)});
    }
    return amounts;
  }

  // Counted before fusing: a product is fused only into its one reader.
  Id fused(Id root) {
    if (!readers_counted_) {
      for (const Value& value : values_) {
        for (std::uint32_t i = 0; i < value.count; ++i) ++readers_[value.operands[i]];
      }
      readers_counted_ = true;
    }
    fuse(root);
    return root;
  }

  void fuse(Id id) {
    if (values_[id].is_fused) return;
    values_[id].is_fused = true;
    const auto operation = static_cast<Operation>(values_[id].operation);
    const auto is_product = [&](Id operand) {
      const Value& value = values_[operand];
      return value.count == 2 && value.operation == static_cast<std::uint8_t>(Operation::kMultiply) &&
             readers_[operand] == 1;
    };
    const auto become = [&](std::uint8_t fused_operation, Id a, Id b, Id c) {
      Value& value = values_[id];
      value.operation = fused_operation;
      value.count = 3;
      value.operands[0] = a;
      value.operands[1] = b;
      value.operands[2] = c;
    };
    if (values_[id].count == 2 && (operation == Operation::kAdd || operation == Operation::kSubtract)) {
      const Id a = values_[id].operands[0];
      const Id b = values_[id].operands[1];
      const bool is_sum = operation == Operation::kAdd;
      if (is_product(b)) {
        become(is_sum ? kernels::kAddProduct : kernels::kSubtractProduct, a, values_[b].operands[0],
               values_[b].operands[1]);
      } else if (is_product(a)) {
        become(is_sum ? kernels::kMultiplyAdd : kernels::kMultiplySubtract, values_[a].operands[0],
               values_[a].operands[1], b);
      }
    }
    for (std::uint32_t i = 0; i < values_[id].count; ++i) fuse(values_[id].operands[i]);
  }

  void count_uses(Id id) {
    if (values_[id].uses++ > 0) return;
    for (std::uint32_t i = 0; i < values_[id].count; ++i) count_uses(values_[id].operands[i]);
  }

  [[nodiscard]] bool is_there(Id id) const { return values_[id].row != kNoRow; }

  // Into `row`, whatever it is.
  void place(Id id, std::uint32_t row) {
    if (is_there(id)) {
      emit(Operation::kCopy, values_[id].row);
      program_.instructions_.back().result = row;
      return;
    }
    compute(id);
    program_.instructions_.back().result = row;
    values_[id].row = row;
  }

  LaneInstruction& emit(Operation operation, std::uint32_t a) {
    return program_.instructions_.emplace_back(
        LaneInstruction{.operation = static_cast<std::uint8_t>(operation), .a = a});
  }

  void store(Id id) {
    if (is_there(id)) return;
    compute(id);
    values_[id].row = take_rows(1);
    program_.instructions_.back().result = values_[id].row;
  }

  // Leaves the value in the accumulator, and in a row of its own if others will want it.
  void to_accumulator(Id id) {
    compute(id);
    if (values_[id].uses > 1) {
      values_[id].row = take_rows(1);
      program_.instructions_.back().result = values_[id].row;
    }
  }

  // The operation's form with operand `index` in the accumulator, and the order of the other operands; nullopt: none.
  struct Form {
    std::uint8_t operation;
    std::uint32_t b;
    std::uint32_t c;
  };
  [[nodiscard]] static std::optional<Form> form(std::uint8_t operation, std::uint32_t index) {
    if (index == 0) return Form{operation, 1, 2};
    if (operation > kernels::kFirstFused) {
      const bool is_first = operation == kernels::kMultiplyAdd || operation == kernels::kMultiplySubtract;
      if (is_first && index == 1) return Form{operation, 0, 2};
      if (operation == kernels::kMultiplyAdd) return Form{kernels::kAddProduct, 0, 1};
      if (operation == kernels::kMultiplySubtract) return std::nullopt;
      const std::uint32_t other = index == 1 ? 2 : 1;
      return Form{operation == kernels::kAddProduct ? kernels::kMultiplyAdd : kernels::kProductFrom, other, 0};
    }
    switch (static_cast<Operation>(operation)) {
      case Operation::kAdd:
      case Operation::kMultiply:
        return Form{operation, 0, 2};
      case Operation::kSubtract:
        return Form{kernels::kReverseSubtract, 0, 2};
      case Operation::kDivide:
        return Form{kernels::kReverseDivide, 0, 2};
      default:
        return std::nullopt;
    }
  }

  void compute(Id id) {
    const Value value = values_[id];
    // The last operand that is still to be computed stays in the accumulator.
    std::optional<std::uint32_t> kept;
    for (std::uint32_t i = value.count; i-- > 0 && !kept;) {
      const bool is_other = std::count(value.operands, value.operands + value.count, value.operands[i]) == 1;
      if (!is_there(value.operands[i]) && is_other && form(value.operation, i)) kept = i;
    }
    for (std::uint32_t i = 0; i < value.count; ++i) {
      if (i != kept) store(value.operands[i]);
    }
    Form chosen{value.operation, 1, 2};
    std::uint32_t a = kNoRow;
    if (kept && !is_there(value.operands[*kept])) {
      to_accumulator(value.operands[*kept]);
      chosen = *form(value.operation, *kept);
    } else {
      a = values_[value.operands[0]].row;
    }
    LaneInstruction instruction{.operation = chosen.operation, .a = a};
    if (value.count > 1) instruction.b = values_[value.operands[chosen.b]].row;
    if (value.count > 2) instruction.c = values_[value.operands[chosen.c]].row;
    program_.instructions_.push_back(instruction);
  }

  const model::CompiledModel& model_;
  LaneProgram& program_;
  std::uint32_t next_row_;
  std::vector<Value> values_;
  std::map<std::size_t, Id> of_row_;
  std::map<std::size_t, Id> of_slot_;
  std::map<Id, Id> reciprocals_;
  std::map<Id, std::uint32_t> readers_;
  bool readers_counted_ = false;
};

LaneProgram::LaneProgram(const model::CompiledModel& model, expr::Frame& frame)
    : lanes_(frame.lanes()),
      compartments_(model.compartments.size()),
      components_(compartments_ + model.states.size()),
      no_input_(frame.lanes()) {
  const std::size_t count = LaneProgramBuilder(model, *this, frame.slots()).build();
  rows_.resize(count, no_input_.data());
  for (std::size_t slot = 0; slot < frame.slots(); ++slot) rows_[slot] = frame.slot(slot);
  const std::size_t first_scratch = time_ + 1;
  scratch_.zero((count - first_scratch) * lanes_);
  for (std::size_t i = first_scratch; i < count; ++i) rows_[i] = scratch_.data() + (i - first_scratch) * lanes_;
}

void LaneProgram::derivative(const double* time_h, const double* state, const double* input, double* derivative) {
  if (stale_) {
    kernels::run_instructions(parameters_, rows_.data(), lanes_);
    stale_ = false;
  }
  // Rows that are only read lie in one table with those that are written.
  const auto readable = [](const double* row) { return const_cast<double*>(row); };  // NOLINT
  for (std::size_t i = 0; i < components_; ++i) {
    rows_[first_state_ + i] = readable(state + i * lanes_);
    rows_[first_derivative_ + i] = derivative + i * lanes_;
  }
  for (std::size_t c = 0; c < compartments_; ++c) {
    rows_[first_input_ + c] = input == nullptr ? no_input_.data() : readable(input + c * lanes_);
  }
  rows_[time_] = readable(time_h);
  kernels::run_instructions(instructions_, rows_.data(), lanes_);
}

}  // namespace racemate::engine::events
