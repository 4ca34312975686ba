// Derivatives of values: the rules of calculus on the graph, so that what they share with the values is computed once.
#include <algorithm>
#include <vector>

#include "racemate/expr/value_graph.h"

namespace racemate::expr {

namespace {

constexpr double kLogOfTen = 2.302585092994045684;

}  // namespace

std::optional<ValueId> ValueGraph::derivative_of(ValueId id, const std::array<std::optional<ValueId>, 3>& operands) {
  const Value value = values_[id];  // a copy: the graph grows below
  const auto [a, b, c] = value.operands;
  const auto& [da, db, dc] = operands;
  const auto one = [this](Operation operation, ValueId x) { return apply(operation, {x, 0, 0}); };
  const auto two = [this](Operation operation, ValueId x, ValueId y) { return apply(operation, {x, y, 0}); };
  const auto times = [&](ValueId x, ValueId y) { return two(Operation::kMultiply, x, y); };
  const auto over = [&](ValueId x, ValueId y) { return two(Operation::kDivide, x, y); };
  const auto sum = [&](std::optional<ValueId> x, std::optional<ValueId> y) -> std::optional<ValueId> {
    if (!x) return y;
    return y ? two(Operation::kAdd, *x, *y) : *x;
  };
  const auto negative = [&](std::optional<ValueId> x) -> std::optional<ValueId> {
    if (!x) return std::nullopt;
    return one(Operation::kNegate, *x);
  };
  const auto chosen = [&](ValueId condition, std::optional<ValueId> x, std::optional<ValueId> y) {
    return apply(Operation::kIf, {condition, x ? *x : literal(0), y ? *y : literal(0)});
  };
  if (!da && !db && !dc) return std::nullopt;
  switch (value.operation) {
    case Operation::kNegate:
      return negative(da);
    case Operation::kExp:
      return times(id, *da);
    case Operation::kLog:
      return over(*da, a);
    case Operation::kLog10:
      return over(*da, times(a, literal(kLogOfTen)));
    case Operation::kSquareRoot:
      return over(*da, times(literal(2), id));
    case Operation::kAbsolute:
      return chosen(two(Operation::kLess, a, literal(0)), negative(da), da);
    case Operation::kLogit:
      return over(*da, times(a, two(Operation::kSubtract, literal(1), a)));
    case Operation::kLogistic:
      return times(*da, times(id, two(Operation::kSubtract, literal(1), id)));
    case Operation::kSquare:
      return times(*da, times(literal(2), a));
    case Operation::kCube:
      return times(*da, times(literal(3), one(Operation::kSquare, a)));
    case Operation::kReciprocal:
      return negative(times(*da, one(Operation::kSquare, id)));
    case Operation::kAdd:
      return sum(da, db);
    case Operation::kSubtract:
      return sum(da, negative(db));
    case Operation::kMultiply:
      return sum(da ? std::optional(times(*da, b)) : std::nullopt, db ? std::optional(times(a, *db)) : std::nullopt);
    case Operation::kDivide:  // (a' - (a/b) b') / b
      return over(*sum(da, db ? negative(times(id, *db)) : std::nullopt), b);
    case Operation::kPower: {
      // b a^(b-1) a' + a^b log(a) b'
      std::optional<ValueId> base;
      if (da) base = times(*da, times(b, two(Operation::kPower, a, two(Operation::kSubtract, b, literal(1)))));
      std::optional<ValueId> exponent;
      if (db) exponent = times(*db, times(id, one(Operation::kLog, a)));
      return sum(base, exponent);
    }
    case Operation::kMinimum:
      return chosen(two(Operation::kLessEqual, a, b), da, db);
    case Operation::kMaximum:
      return chosen(two(Operation::kGreaterEqual, a, b), da, db);
    case Operation::kIf:
      if (!db && !dc) return std::nullopt;
      return chosen(a, db, dc);
    default:
      return std::nullopt;  // leaves, conditions and steps
  }
}

std::optional<ValueId> ValueGraph::differentiate(ValueId id, std::size_t slot) {
  const std::size_t count = std::size_t{id} + 1;
  std::vector<bool> needed(count, false);
  needed[id] = true;
  for (std::size_t user = count; user-- > 0;) {
    if (!needed[user]) continue;
    const Value& value = values_[user];
    for (std::uint32_t i = 0; i < operand_count(value.operation); ++i) needed[value.operands[i]] = true;
  }
  std::vector<std::optional<ValueId>> derivatives(count);
  for (std::size_t index = 0; index < count; ++index) {
    if (!needed[index]) continue;
    const auto current = static_cast<ValueId>(index);
    if (values_[current].operation == Operation::kName) {
      if (values_[current].slot == slot) derivatives[index] = literal(1);
      continue;
    }
    std::array<std::optional<ValueId>, 3> operands{};
    for (std::uint32_t i = 0; i < operand_count(values_[current].operation); ++i) {
      operands[i] = derivatives[values_[current].operands[i]];
    }
    derivatives[index] = derivative_of(current, operands);
    if (derivatives[index] && is_literal(*derivatives[index], 0.0)) derivatives[index].reset();
  }
  return derivatives[id];
}

}  // namespace racemate::expr
