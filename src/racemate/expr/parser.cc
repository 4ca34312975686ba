#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numbers>
#include <system_error>

#include "racemate/core/units.h"
#include "racemate/expr/ast.h"
#include "racemate/expr/expr.h"

namespace racemate::expr {

namespace {

struct Function {
  std::string_view name;
  Operation operation;
};

constexpr std::array kFunctions = {
    Function{"if", Operation::kIf},
    Function{"min", Operation::kMinimum},
    Function{"max", Operation::kMaximum},
    Function{"exp", Operation::kExp},
    Function{"log", Operation::kLog},
    Function{"log10", Operation::kLog10},
    Function{"sqrt", Operation::kSquareRoot},
    Function{"abs", Operation::kAbsolute},
    Function{"pow", Operation::kPower},
    Function{"logit", Operation::kLogit},
    Function{"logistic", Operation::kLogistic},
    Function{"floor", Operation::kFloor},
};

struct Constant {
  std::string_view name;
  double value;
};

constexpr std::array kConstants = {Constant{"pi", std::numbers::pi}, Constant{"true", 1.0}, Constant{"false", 0.0}};
constexpr std::array<std::string_view, 3> kOperatorWords = {"and", "or", "not"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return begins_name(c) || is_digit(c) || c == '.'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool well_formed_name(std::string_view name) {
  return !name.empty() && begins_name(name.front()) && std::all_of(name.begin(), name.end(), continues_name) &&
         name.back() != '.' && name.find("..") == std::string_view::npos;
}

enum class TokenKind { kEnd, kNumber, kName, kSymbol };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::string_view text;
};

constexpr NodeId kNoNode = std::numeric_limits<NodeId>::max();

// Recursive descent. After a syntax error (failed_) every function returns kNoNode without reading on.
class Parser {
 public:
  Parser(std::string_view text, const SourcePosition& where, Diagnostics& diagnostics)
      : text_(text), where_(where), diagnostics_(diagnostics) {}

  std::optional<Ast> run() {
    if (text_.size() > kMaxExpressionLength) {
      syntax_error(0, "the expression has " + std::to_string(text_.size()) + " characters",
                   "at most " + std::to_string(kMaxExpressionLength));
      return std::nullopt;
    }
    advance();
    if (!failed_ && token_.kind == TokenKind::kEnd) {
      syntax_error(0, "the expression is empty", "a number, a name or a formula");
    }
    disjunction();
    if (!failed_ && token_.kind != TokenKind::kEnd) unexpected("an operator or the end");
    if (failed_) return std::nullopt;
    return std::move(ast_);
  }

 private:
  // Counts the nesting of parentheses, calls, signs, 'not' and exponents.
  class Nesting {
   public:
    explicit Nesting(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kMaxExpressionDepth) {
        parser_.syntax_error(parser_.token_.begin, "the expression is nested too deeply",
                             "at most " + std::to_string(kMaxExpressionDepth) + " levels");
      }
    }
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    Nesting(Nesting&&) = delete;
    Nesting& operator=(Nesting&&) = delete;

   private:
    Parser& parser_;
  };

  // ---- errors

  void report(ErrorCode code, std::size_t offset, std::string message, std::string expected, std::string hint = {}) {
    diagnostics_.push_back(
        {code, position_in(text_, where_, offset), std::move(message), std::move(expected), std::move(hint)});
  }

  NodeId syntax_error(std::size_t offset, std::string message, std::string expected, std::string hint = {}) {
    if (!failed_) report(ErrorCode::kSyntax, offset, std::move(message), std::move(expected), std::move(hint));
    failed_ = true;
    return kNoNode;
  }

  NodeId unexpected(std::string_view expected) {
    if (token_.kind == TokenKind::kEnd) {
      return syntax_error(text_.size(), "the expression ends too early", std::string(expected));
    }
    std::string hint;
    if (token_.text == "=") hint = "equality is '=='";
    if (token_.text == "!") hint = "negation is 'not'";
    if (token_.text == "&") hint = "use 'and'";
    if (token_.text == "|") hint = "use 'or'";
    if (token_.text == "*") hint = "a power is '^'";
    if (token_.text == "[") hint = "only a number takes a unit in brackets: 70[kg]";
    if (token_.text == "not") hint = "put 'not ...' in parentheses";
    return syntax_error(token_.begin, "unexpected " + quoted(token_.text), std::string(expected), std::move(hint));
  }

  // ---- tokens

  void advance() {
    while (position_ < text_.size() && is_blank(text_[position_])) ++position_;
    const std::size_t begin = position_;
    if (begin == text_.size()) return set_token(TokenKind::kEnd, begin);
    const char first = text_[begin];
    if (is_digit(first)) return read_number(begin);
    if (begins_name(first)) return read_name(begin);
    const std::string_view two = text_.substr(begin, 2);
    const bool is_pair = two == "<=" || two == ">=" || two == "==" || two == "!=";
    position_ += is_pair ? 2 : 1;
    set_token(TokenKind::kSymbol, begin);
  }

  void set_token(TokenKind kind, std::size_t begin) {
    token_ = {kind, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(position_),
              text_.substr(begin, position_ - begin)};
  }

  void read_name(std::size_t begin) {
    while (position_ < text_.size() && continues_name(text_[position_])) ++position_;
    set_token(TokenKind::kName, begin);
    if (!well_formed_name(token_.text)) {
      syntax_error(begin, quoted(token_.text) + " is not a name", "letters, digits, '_' and single dots inside");
    }
  }

  void read_number(std::size_t begin) {
    skip_digits();
    if (position_ < text_.size() && text_[position_] == '.') {
      ++position_;
      if (!skip_digits()) return malformed_number(begin);
    }
    if (position_ < text_.size() && (text_[position_] == 'e' || text_[position_] == 'E')) {
      ++position_;
      if (position_ < text_.size() && (text_[position_] == '+' || text_[position_] == '-')) ++position_;
      if (!skip_digits()) return malformed_number(begin);
    }
    if (position_ < text_.size() && continues_name(text_[position_])) return malformed_number(begin);
    set_token(TokenKind::kNumber, begin);
  }

  bool skip_digits() {
    const std::size_t begin = position_;
    while (position_ < text_.size() && is_digit(text_[position_])) ++position_;
    return position_ > begin;
  }

  void malformed_number(std::size_t begin) {
    while (position_ < text_.size() && continues_name(text_[position_])) ++position_;
    set_token(TokenKind::kNumber, begin);
    syntax_error(begin, quoted(token_.text) + " is not a number", "a number such as 0.75 or 1e-3",
                 "a unit goes in brackets: 70[kg]");
  }

  bool at(std::string_view text) const {
    return !failed_ && token_.text == text && (token_.kind == TokenKind::kSymbol || token_.kind == TokenKind::kName);
  }

  // ---- nodes

  NodeId add(AstNode node) {
    ast_.nodes.push_back(node);
    return static_cast<NodeId>(ast_.nodes.size() - 1);
  }

  NodeId add_unary(Operation operation, std::uint32_t begin, NodeId operand) {
    if (failed_) return kNoNode;
    return add(
        {.operation = operation, .operands = {operand}, .begin = begin, .end = ast_.nodes[operand].end, .mark = begin});
  }

  NodeId add_binary(Operation operation, std::uint32_t mark, NodeId left, NodeId right) {
    if (failed_) return kNoNode;
    return add({.operation = operation,
                .operands = {left, right},
                .begin = ast_.nodes[left].begin,
                .end = ast_.nodes[right].end,
                .mark = mark});
  }

  NodeId add_leaf(Operation operation, const Token& token) {
    return add({.operation = operation, .begin = token.begin, .end = token.end, .mark = token.begin});
  }

  // ---- grammar, lowest precedence first

  NodeId disjunction() {
    NodeId left = conjunction();
    while (at("or")) {
      const std::uint32_t mark = take();
      left = add_binary(Operation::kOr, mark, left, conjunction());
    }
    return left;
  }

  NodeId conjunction() {
    NodeId left = negation();
    while (at("and")) {
      const std::uint32_t mark = take();
      left = add_binary(Operation::kAnd, mark, left, negation());
    }
    return left;
  }

  NodeId negation() {
    if (!at("not")) return comparison();
    const std::uint32_t begin = take();
    const Nesting nesting(*this);
    return add_unary(Operation::kNot, begin, failed_ ? kNoNode : negation());
  }

  std::optional<Operation> comparison_operator() const {
    if (at("<")) return Operation::kLess;
    if (at("<=")) return Operation::kLessEqual;
    if (at(">")) return Operation::kGreater;
    if (at(">=")) return Operation::kGreaterEqual;
    if (at("==")) return Operation::kEqual;
    if (at("!=")) return Operation::kNotEqual;
    return std::nullopt;
  }

  NodeId comparison() {
    const NodeId left = sum();
    const auto operation = comparison_operator();
    if (!operation) return left;
    const std::uint32_t mark = take();
    const NodeId node = add_binary(*operation, mark, left, sum());
    if (comparison_operator()) {
      return syntax_error(token_.begin, "comparisons cannot be chained", "one comparison", "write a < b and b < c");
    }
    return node;
  }

  NodeId sum() {
    NodeId left = product();
    while (at("+") || at("-")) {
      const Operation operation = at("+") ? Operation::kAdd : Operation::kSubtract;
      const std::uint32_t mark = take();
      left = add_binary(operation, mark, left, product());
    }
    return left;
  }

  NodeId product() {
    NodeId left = signed_power();
    while (at("*") || at("/")) {
      const Operation operation = at("*") ? Operation::kMultiply : Operation::kDivide;
      const std::uint32_t mark = take();
      left = add_binary(operation, mark, left, signed_power());
    }
    return left;
  }

  NodeId signed_power() {
    if (!at("-")) return power();
    const std::uint32_t begin = take();
    const Nesting nesting(*this);
    return add_unary(Operation::kNegate, begin, failed_ ? kNoNode : signed_power());
  }

  NodeId power() {
    const NodeId base = primary();
    if (!at("^")) return base;
    const std::uint32_t mark = take();
    const Nesting nesting(*this);
    return add_binary(Operation::kPower, mark, base, failed_ ? kNoNode : signed_power());
  }

  NodeId primary() {
    if (failed_) return kNoNode;
    if (token_.kind == TokenKind::kNumber) return number();
    if (token_.kind == TokenKind::kName && !is_operator_word(token_.text)) return name_or_call();
    if (at("(")) return parenthesised();
    return unexpected("a number, a name or '('");
  }

  NodeId parenthesised() {
    const std::uint32_t begin = take();
    const Nesting nesting(*this);
    const NodeId inner = failed_ ? kNoNode : disjunction();
    if (failed_) return kNoNode;
    if (!at(")")) return unexpected("an operator or ')'");
    ast_.nodes[inner].begin = begin;
    ast_.nodes[inner].end = token_.end;
    take();
    return inner;
  }

  NodeId number() {
    const Token token = token_;
    double value = 0;
    const auto [rest, error] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
    bool in_range = error == std::errc{} && std::isfinite(value);
    take();
    const NodeId node = add_leaf(Operation::kLiteral, token);
    if (at("[")) {
      const auto unit = bracketed_unit(token_);
      if (failed_) return kNoNode;
      ast_.nodes[node].end = last_end_;
      if (!unit) {
        ast_.nodes[node].operation = Operation::kInvalid;
        return node;
      }
      value *= unit->to_internal;
      in_range = in_range && std::isfinite(value);
      ast_.nodes[node].dimension = unit->dimension;
    }
    if (!in_range) {
      ast_.nodes[node].operation = Operation::kInvalid;
      report(ErrorCode::kOutOfRange, token.begin, quoted(token.text) + " is out of range",
             "0 or a magnitude between 1e-300 and 1e300");
    }
    ast_.nodes[node].literal = value;
    return node;
  }

  // The current token is '['. The text up to ']' is a unit, whatever characters it has.
  std::optional<Unit> bracketed_unit(const Token open) {
    const std::size_t close = text_.find(']', open.end);
    if (close == std::string_view::npos) {
      syntax_error(open.begin, "the unit is not closed", "']'");
      return std::nullopt;
    }
    const std::string_view code = text_.substr(open.end, close - open.end);
    auto unit = code.empty() ? std::nullopt : parse_unit(code);
    if (!unit) {
      report(ErrorCode::kUnknownUnit, open.end, code.empty() ? "the unit is missing" : "unknown unit " + quoted(code),
             "a UCUM code such as mg, L/h, kg or min");
    }
    position_ = close + 1;
    last_end_ = static_cast<std::uint32_t>(position_);
    advance();
    return unit;
  }

  NodeId name_or_call() {
    const Token token = token_;
    take();
    const auto* function = std::find_if(kFunctions.begin(), kFunctions.end(),
                                        [&](const Function& candidate) { return candidate.name == token.text; });
    if (at("(")) return call(token, function == kFunctions.end() ? nullptr : function);
    if (failed_) return kNoNode;
    if (function != kFunctions.end()) return unexpected("'(' after the function " + quoted(token.text));
    for (const Constant& constant : kConstants) {
      if (constant.name != token.text) continue;
      const NodeId node = add_leaf(Operation::kLiteral, token);
      ast_.nodes[node].literal = constant.value;
      return node;
    }
    const NodeId node = add_leaf(Operation::kName, token);
    ast_.nodes[node].name = name_index(token.text);
    return node;
  }

  std::uint32_t name_index(std::string_view name) {
    const auto found = std::find(ast_.names.begin(), ast_.names.end(), name);
    const auto index = static_cast<std::uint32_t>(found - ast_.names.begin());
    if (found == ast_.names.end()) ast_.names.emplace_back(name);
    return index;
  }

  // The current token is '(' after the name. function: nullptr when unknown; its arguments are parsed all the same.
  NodeId call(const Token& name, const Function* function) {
    if (function == nullptr) {
      std::vector<std::string> known;
      known.reserve(kFunctions.size());
      for (const Function& candidate : kFunctions) known.emplace_back(candidate.name);
      report(ErrorCode::kUnknownName, name.begin, "unknown function " + quoted(name.text), "",
             suggest_name(name.text, known));
    }
    take();
    const Nesting nesting(*this);
    std::array<NodeId, 3> operands{};
    std::size_t count = 0;
    if (!at(")")) {
      while (!failed_) {
        const NodeId operand = disjunction();
        if (count < operands.size()) operands[count] = operand;
        ++count;
        if (!at(",")) break;
        take();
      }
    }
    if (failed_) return kNoNode;
    if (!at(")")) return unexpected("an operator, ',' or ')'");
    const std::uint32_t end = token_.end;
    take();
    const std::size_t wanted = function == nullptr ? count : operand_count(function->operation);
    if (count != wanted) {
      report(ErrorCode::kSyntax, name.begin,
             quoted(name.text) + " has " + std::to_string(count) + (count == 1 ? " argument" : " arguments"),
             std::to_string(wanted));
    }
    const bool valid = function != nullptr && count == wanted;
    return add({.operation = valid ? function->operation : Operation::kInvalid,
                .operands = operands,
                .begin = name.begin,
                .end = end,
                .mark = name.begin});
  }

  static bool is_operator_word(std::string_view text) {
    return std::find(kOperatorWords.begin(), kOperatorWords.end(), text) != kOperatorWords.end();
  }

  // Goes on to the next token; returns where the current one begins.
  std::uint32_t take() {
    const std::uint32_t begin = token_.begin;
    advance();
    return begin;
  }

  std::string_view text_;
  SourcePosition where_;
  Diagnostics& diagnostics_;
  Ast ast_;
  Token token_;
  std::size_t position_ = 0;
  std::uint32_t last_end_ = 0;  // end of the last bracketed unit
  int depth_ = 0;
  bool failed_ = false;
};

}  // namespace

std::optional<Ast> parse_leniently(std::string_view text, const SourcePosition& where, Diagnostics& diagnostics) {
  return Parser(text, where, diagnostics).run();
}

Result<Ast> parse(std::string_view text, const SourcePosition& where) {
  Diagnostics diagnostics;
  auto ast = parse_leniently(text, where, diagnostics);
  if (!diagnostics.empty()) return fail(std::move(diagnostics));
  return *std::move(ast);
}

SourcePosition position_in(std::string_view text, const SourcePosition& where, std::size_t offset) {
  SourcePosition position = where;
  if (where.line == 0) return position;
  for (const char c : text.substr(0, offset)) {
    const bool continues_character = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (c == '\n') {
      ++position.line;
      position.column = 1;
    } else if (!continues_character) {
      ++position.column;
    }
  }
  return position;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 48;  // keeps a message on one line
  std::string result = "'";
  for (const char c : text.substr(0, kLongest)) result += c >= ' ' && c <= '~' ? c : '?';
  result += text.size() > kLongest ? "...'" : "'";
  return result;
}

bool is_valid_name(std::string_view name) {
  const auto named = [&](const auto& entry) { return entry.name == name; };
  return well_formed_name(name) && std::none_of(kFunctions.begin(), kFunctions.end(), named) &&
         std::none_of(kConstants.begin(), kConstants.end(), named) &&
         std::find(kOperatorWords.begin(), kOperatorWords.end(), name) == kOperatorWords.end();
}

}  // namespace racemate::expr
