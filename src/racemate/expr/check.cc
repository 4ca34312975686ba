#include "racemate/expr/check.h"

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

namespace racemate::expr {

namespace {

using MaybeDimension = std::optional<Dimension>;

constexpr int kLargestExponent = 20;  // of a dimension; far beyond any quantity, far within Dimension's int8

// a * b^exponent; nullopt when an exponent of the result would exceed the limit.
MaybeDimension multiplied(const Dimension& a, const Dimension& b, int exponent) {
  Dimension result;
  for (std::int8_t Dimension::* field : {&Dimension::drug_mass, &Dimension::body_mass, &Dimension::volume,
                                         &Dimension::time, &Dimension::substance, &Dimension::length}) {
    const int sum = a.*field + b.*field * exponent;
    if (std::abs(sum) > kLargestExponent) return std::nullopt;
    result.*field = static_cast<std::int8_t>(sum);
  }
  return result;
}

bool is_even(const Dimension& dimension) {
  return dimension.drug_mass % 2 == 0 && dimension.body_mass % 2 == 0 && dimension.volume % 2 == 0 &&
         dimension.time % 2 == 0 && dimension.substance % 2 == 0 && dimension.length % 2 == 0;
}

Dimension square_root(const Dimension& dimension) {
  const auto half = [](std::int8_t exponent) { return static_cast<std::int8_t>(exponent / 2); };
  return {.drug_mass = half(dimension.drug_mass),
          .body_mass = half(dimension.body_mass),
          .volume = half(dimension.volume),
          .time = half(dimension.time),
          .substance = half(dimension.substance),
          .length = half(dimension.length)};
}

std::string described(const Dimension& dimension) {
  return dimension.dimensionless() ? "a number without unit" : to_string(dimension);
}

class Checker {
 public:
  Checker(const Ast& ast, std::string_view text, const SourcePosition& where, std::span<const MaybeDimension> names,
          Diagnostics& diagnostics)
      : ast_(ast), text_(text), where_(where), names_(names), diagnostics_(diagnostics) {}

  MaybeDimension run() {
    dimensions_.reserve(ast_.nodes.size());
    for (const AstNode& node : ast_.nodes) dimensions_.push_back(dimension_of(node));
    return dimensions_.back();
  }

 private:
  MaybeDimension dimension_of(const AstNode& node) {
    switch (node.operation) {
      case Operation::kLiteral:
        return node.dimension;
      case Operation::kName:
        return names_[node.name];
      case Operation::kNegate:
      case Operation::kAbsolute:
        return operand(node, 0);
      case Operation::kAdd:
      case Operation::kSubtract:
      case Operation::kMinimum:
      case Operation::kMaximum:
        return same(node, 0, 1);
      case Operation::kLess:
      case Operation::kLessEqual:
      case Operation::kGreater:
      case Operation::kGreaterEqual:
      case Operation::kEqual:
      case Operation::kNotEqual:
        static_cast<void>(same(node, 0, 1));
        return Dimension{};
      case Operation::kIf:
        require_none(node, 0, "the condition of if");
        return same(node, 1, 2);
      case Operation::kMultiply:
        return product(node, 1);
      case Operation::kDivide:
        return product(node, -1);
      case Operation::kPower:
        return power_of(node);
      case Operation::kSquareRoot:
        return root_of(node);
      case Operation::kAnd:
      case Operation::kOr:
        require_none(node, 0, "a condition");
        require_none(node, 1, "a condition");
        return Dimension{};
      case Operation::kNot:
        require_none(node, 0, "a condition");
        return Dimension{};
      case Operation::kExp:
      case Operation::kLog:
      case Operation::kLog10:
      case Operation::kLogit:
      case Operation::kLogistic:
      case Operation::kFloor:
        require_none(node, 0, "its argument");
        return Dimension{};
      case Operation::kInvalid:
      case Operation::kCopy:
      case Operation::kSquare:
      case Operation::kCube:
      case Operation::kReciprocal:
        break;
    }
    return std::nullopt;
  }

  const MaybeDimension& operand(const AstNode& node, std::size_t index) const {
    return dimensions_[node.operands[index]];
  }

  std::string text_of(const AstNode& node) const { return quoted(text_.substr(node.begin, node.end - node.begin)); }

  void report(ErrorCode code, std::uint32_t offset, std::string message, std::string expected, std::string hint = {}) {
    diagnostics_.push_back(
        {code, position_in(text_, where_, offset), std::move(message), std::move(expected), std::move(hint)});
  }

  // The common dimension of two operands; where only one is known, that one.
  MaybeDimension same(const AstNode& node, std::size_t first, std::size_t second) {
    const MaybeDimension& a = operand(node, first);
    const MaybeDimension& b = operand(node, second);
    if (!a || !b) return a ? a : b;
    if (*a == *b) return a;
    report(ErrorCode::kWrongDimension, node.mark,
           text_of(ast_.nodes[node.operands[first]]) + " is " + described(*a) + " but " +
               text_of(ast_.nodes[node.operands[second]]) + " is " + described(*b),
           "the same dimension on both sides",
           a->dimensionless() || b->dimensionless() ? "a literal takes its unit in brackets, as in 70[kg]" : "");
    return std::nullopt;
  }

  void require_none(const AstNode& node, std::size_t index, std::string_view role) {
    const MaybeDimension& dimension = operand(node, index);
    if (!dimension || dimension->dimensionless()) return;
    const AstNode& argument = ast_.nodes[node.operands[index]];
    report(ErrorCode::kWrongDimension, argument.begin,
           std::string(role) + " " + text_of(argument) + " is " + described(*dimension), "a number without unit",
           "divide by a reference value, as in weight / 70[kg]");
  }

  MaybeDimension product(const AstNode& node, int exponent) {
    if (!operand(node, 0) || !operand(node, 1)) return std::nullopt;
    return within_limit(node, multiplied(*operand(node, 0), *operand(node, 1), exponent));
  }

  MaybeDimension within_limit(const AstNode& node, MaybeDimension dimension) {
    if (!dimension) {
      report(ErrorCode::kOutOfRange, node.mark, "the dimension has an exponent that is too large",
             "at most " + std::to_string(kLargestExponent));
    }
    return dimension;
  }

  MaybeDimension power_of(const AstNode& node) {
    require_none(node, 1, "the exponent");
    const MaybeDimension& base = operand(node, 0);
    if (!base) return std::nullopt;
    if (base->dimensionless()) return Dimension{};
    if (!operand(node, 1)) return std::nullopt;
    const auto exponent = literal_of(ast_.nodes[node.operands[1]]);
    if (!exponent || std::floor(*exponent) != *exponent || std::abs(*exponent) > kLargestExponent) {
      report(ErrorCode::kWrongDimension, node.mark,
             text_of(ast_.nodes[node.operands[0]]) + " is " + described(*base) + " and takes only a whole exponent",
             "a whole number up to " + std::to_string(kLargestExponent) + ", written as a literal",
             "divide the base by a reference value, as in (weight / 70[kg])^0.75");
      return std::nullopt;
    }
    return within_limit(node, multiplied(Dimension{}, *base, static_cast<int>(*exponent)));
  }

  // The value of a literal or of a literal with a minus sign.
  std::optional<double> literal_of(const AstNode& node) const {
    if (node.operation == Operation::kLiteral) return node.literal;
    if (node.operation != Operation::kNegate) return std::nullopt;
    const AstNode& negated = ast_.nodes[node.operands[0]];
    return negated.operation == Operation::kLiteral ? std::optional(-negated.literal) : std::nullopt;
  }

  MaybeDimension root_of(const AstNode& node) {
    const MaybeDimension& dimension = operand(node, 0);
    if (!dimension) return std::nullopt;
    if (is_even(*dimension)) return square_root(*dimension);
    const AstNode& argument = ast_.nodes[node.operands[0]];
    report(ErrorCode::kWrongDimension, argument.begin,
           "its argument " + text_of(argument) + " is " + described(*dimension), "a dimension that is a square");
    return std::nullopt;
  }

  const Ast& ast_;
  std::string_view text_;
  const SourcePosition& where_;
  std::span<const MaybeDimension> names_;
  Diagnostics& diagnostics_;
  std::vector<MaybeDimension> dimensions_;
};

}  // namespace

std::optional<Dimension> check_dimensions(const Ast& ast, std::string_view text, const SourcePosition& where,
                                          std::span<const std::optional<Dimension>> names, Diagnostics& diagnostics) {
  return Checker(ast, text, where, names, diagnostics).run();
}

}  // namespace racemate::expr
