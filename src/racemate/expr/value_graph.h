// The values of all expressions of a program, each once: equal subexpressions are one value, constants are folded,
// and operations that cannot change their operand are dropped. Every value knows the level at which it can change.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "racemate/expr/ast.h"
#include "racemate/expr/expr.h"
#include "racemate/expr/operation.h"

namespace racemate::expr {

using ValueId = std::uint32_t;

struct Value {
  Operation operation = Operation::kLiteral;
  std::array<ValueId, 3> operands{};  // each less than the value's own id; unused ones are 0
  double literal = 0;                 // kLiteral
  std::uint32_t slot = 0;             // kName: slot of the symbol
  Level level = Level::kConstant;
};

class ValueGraph {
 public:
  ValueId literal(double value);
  ValueId symbol(std::size_t slot, Level level);
  // The result of an operation, simplified. Only rewrites that keep every bit of the result are made: x*1, x/1, x-0,
  // x^1, x^0, -(-x), if with a known condition or equal branches, and operations on constants.
  ValueId apply(Operation operation, std::array<ValueId, 3> operands);

  // From here on, new values that change with the state belong to Level::kJacobian: only derivatives need them.
  void begin_derivatives() { in_derivatives_ = true; }
  // The derivative of a value to the symbol in `slot`; nullopt when it is 0 whatever the values. Asking for all values
  // of one slot after each other goes through the graph once.
  [[nodiscard]] std::optional<ValueId> differentiate(ValueId id, std::size_t slot);

  [[nodiscard]] const Value& operator[](ValueId id) const { return values_[id]; }
  [[nodiscard]] std::size_t size() const { return values_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const Value& value) const;
  };
  struct Same {
    bool operator()(const Value& a, const Value& b) const;
  };

  ValueId intern(Value value);
  // One step of differentiate(): derivative of a value, given those of its operands.
  std::optional<ValueId> derivative_of(ValueId id, const std::array<std::optional<ValueId>, 3>& operands);
  [[nodiscard]] bool is_literal(ValueId id) const { return values_[id].operation == Operation::kLiteral; }
  [[nodiscard]] bool is_literal(ValueId id, double value) const;
  [[nodiscard]] static Operation specialised_power(double exponent);

  std::vector<Value> values_;
  bool in_derivatives_ = false;
  struct KnownDerivative {
    bool known = false;
    std::optional<ValueId> value;
  };
  std::vector<KnownDerivative> derivatives_;  // by value, to the symbol in derivatives_to_
  std::size_t derivatives_to_ = static_cast<std::size_t>(-1);
  std::unordered_map<Value, ValueId, Hash, Same> ids_;
};

}  // namespace racemate::expr
