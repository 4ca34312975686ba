#include "racemate/expr/value_graph.h"

#include <algorithm>
#include <bit>
#include <type_traits>
#include <utility>

namespace racemate::expr {

namespace {

double folded(Operation operation, double a, double b, double c) {
  double result = 0;
  with_function(operation, [&](auto function) {
    using F = decltype(function);
    if constexpr (std::is_invocable_v<F, double>) {
      result = function(a);
    } else if constexpr (std::is_invocable_v<F, double, double>) {
      result = function(a, b);
    } else {
      result = function(a, b, c);
    }
  });
  return result;
}

}  // namespace

ValueId ValueGraph::literal(double value) { return intern({.operation = Operation::kLiteral, .literal = value}); }

ValueId ValueGraph::symbol(std::size_t slot, Level level) {
  return intern({.operation = Operation::kName, .slot = static_cast<std::uint32_t>(slot), .level = level});
}

ValueId ValueGraph::apply(Operation operation, std::array<ValueId, 3> operands) {
  auto& [a, b, c] = operands;
  switch (operation) {
    case Operation::kAdd:
      if (a > b) std::swap(a, b);
      break;
    case Operation::kMultiply:
      if (is_literal(b, 1.0)) return a;
      if (is_literal(a, 1.0)) return b;
      if (a > b) std::swap(a, b);
      break;
    case Operation::kDivide:
      if (is_literal(b, 1.0)) return a;
      break;
    case Operation::kSubtract:
      if (is_literal(b, 0.0)) return a;
      break;
    case Operation::kNegate:
      if (values_[a].operation == Operation::kNegate) return values_[a].operands[0];
      break;
    case Operation::kIf:
      if (is_literal(a)) return values_[a].literal != 0.0 ? b : c;
      if (b == c) return b;
      break;
    case Operation::kPower:
      if (is_literal(b, 0.0) || is_literal(b, -0.0)) return literal(1.0);
      if (is_literal(b, 1.0)) return a;
      if (is_literal(b)) operation = specialised_power(values_[b].literal);
      break;
    default:
      break;
  }

  const std::uint32_t count = operand_count(operation);
  Value value{.operation = operation};
  bool constant = true;
  for (std::uint32_t i = 0; i < count; ++i) {
    value.operands[i] = operands[i];
    value.level = std::max(value.level, values_[operands[i]].level);
    constant = constant && is_literal(operands[i]);
  }
  if (!constant) return intern(value);
  return literal(folded(operation, values_[a].literal, count > 1 ? values_[b].literal : 0.0,
                        count > 2 ? values_[c].literal : 0.0));
}

Operation ValueGraph::specialised_power(double exponent) {
  if (exponent == 2.0) return Operation::kSquare;
  if (exponent == 3.0) return Operation::kCube;
  if (exponent == -1.0) return Operation::kReciprocal;
  if (exponent == 0.5) return Operation::kSquareRoot;
  return Operation::kPower;
}

bool ValueGraph::is_literal(ValueId id, double value) const {
  return is_literal(id) && std::bit_cast<std::uint64_t>(values_[id].literal) == std::bit_cast<std::uint64_t>(value);
}

ValueId ValueGraph::intern(Value value) {
  if (in_derivatives_ && value.level == Level::kState) value.level = Level::kJacobian;
  const auto [entry, added] = ids_.try_emplace(value, static_cast<ValueId>(values_.size()));
  if (added) values_.push_back(value);
  return entry->second;
}

std::size_t ValueGraph::Hash::operator()(const Value& value) const {
  std::uint64_t hash = static_cast<std::uint64_t>(value.operation);
  for (const std::uint64_t part :
       {std::uint64_t{value.operands[0]}, std::uint64_t{value.operands[1]}, std::uint64_t{value.operands[2]},
        std::bit_cast<std::uint64_t>(value.literal), std::uint64_t{value.slot}}) {
    hash = (hash ^ part) * 0x9E3779B97F4A7C15U;  // 2^64 / golden ratio: spreads neighbouring ids
    hash ^= hash >> 32U;
  }
  return static_cast<std::size_t>(hash);
}

// The level follows from the rest.
bool ValueGraph::Same::operator()(const Value& a, const Value& b) const {
  return a.operation == b.operation && a.operands == b.operands && a.slot == b.slot &&
         std::bit_cast<std::uint64_t>(a.literal) == std::bit_cast<std::uint64_t>(b.literal);
}

}  // namespace racemate::expr
