// Derivatives of values: the rules of calculus on the graph, so that what they share with the values is computed once.
#include <algorithm>
#include <cstdint>
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
  if (derivatives_to_ != slot) {
    derivatives_to_ = slot;
    derivatives_.assign(id + std::size_t{1}, {});
  }
  derivatives_.resize(std::max(derivatives_.size(), id + std::size_t{1}));
  // Operands before users, without recursion: a sum of thousands of terms is a deep tree.
  std::vector<ValueId> open{id};
  while (!open.empty()) {
    const ValueId current = open.back();
    const Value& value = values_[current];
    const std::uint32_t count = operand_count(value.operation);
    const std::size_t before = open.size();
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!derivatives_[value.operands[i]].known) open.push_back(value.operands[i]);
    }
    if (open.size() > before) continue;
    open.pop_back();
    if (derivatives_[current].known) continue;
    std::optional<ValueId> derivative;
    if (value.operation == Operation::kName) {
      if (value.slot == slot) derivative = literal(1);
    } else {
      std::array<std::optional<ValueId>, 3> operands{};
      for (std::uint32_t i = 0; i < count; ++i) operands[i] = derivatives_[value.operands[i]].value;
      derivative = derivative_of(current, operands);
      if (derivative && is_literal(*derivative, 0.0)) derivative.reset();
    }
    derivatives_[current] = {true, derivative};
  }
  return derivatives_[id].value;
}

}  // namespace racemate::expr
