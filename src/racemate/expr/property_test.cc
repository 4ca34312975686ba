// Random expressions: what the compiler makes of a text is what a scalar interpreter makes of the tree it was
// printed from, bit for bit, in every lane.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "racemate/expr/ast.h"
#include "racemate/expr/expr.h"
#include "racemate/expr/test_support.h"

namespace racemate::expr {
namespace {

using testing::line;

// An expression over the dimensionless symbols a to e, one of each level. kind: a literal ("#"), a name, an infix
// operator, or a function.
struct Tree {
  std::string kind;
  double literal = 0;
  std::vector<std::shared_ptr<const Tree>> parts;
};
using TreePointer = std::shared_ptr<const Tree>;

constexpr std::array<const char*, 5> kNames = {"a", "b", "c", "d", "e"};

struct Infix {
  const char* sign;
  int precedence;
};
constexpr std::array kInfix = {Infix{"or", 1}, Infix{"and", 2}, Infix{"<", 4},  Infix{"<=", 4}, Infix{">", 4},
                               Infix{">=", 4}, Infix{"==", 4},  Infix{"!=", 4}, Infix{"+", 5},  Infix{"-", 5},
                               Infix{"*", 6},  Infix{"/", 6},   Infix{"^", 8}};
constexpr std::array kCalls = {"exp", "log", "log10", "sqrt", "abs", "logit", "logistic", "floor"};
constexpr int kNotPrecedence = 3;
constexpr int kMinusPrecedence = 7;
constexpr int kAtom = 9;

rc::Gen<TreePointer> leaf() {
  const auto node = [](Tree tree) -> TreePointer { return std::make_shared<const Tree>(std::move(tree)); };
  return rc::gen::oneOf(
      rc::gen::map(rc::gen::inRange<std::size_t>(0, kNames.size()),
                   [node](std::size_t i) { return node({.kind = kNames[i], .parts = {}}); }),
      rc::gen::map(rc::gen::elementOf(std::vector<double>{0, 1, 2, 3, 0.5, 0.75, 10, 70, 1e-3, 0.1}),
                   [node](double value) { return node({.kind = "#", .literal = value, .parts = {}}); }));
}

rc::Gen<TreePointer> tree(int depth) {
  if (depth == 0) return leaf();
  const auto with = [depth](std::vector<std::string> kinds, std::size_t count) {
    return rc::gen::map(
        rc::gen::pair(rc::gen::elementOf(kinds), rc::gen::container<std::vector<TreePointer>>(count, tree(depth - 1))),
        [](std::pair<std::string, std::vector<TreePointer>> made) -> TreePointer {
          return std::make_shared<const Tree>(Tree{.kind = made.first, .parts = std::move(made.second)});
        });
  };
  std::vector<std::string> infix;
  for (const Infix& entry : kInfix) infix.emplace_back(entry.sign);
  infix.insert(infix.end(), {"^", "min", "max"});
  std::vector<std::string> unary(kCalls.begin(), kCalls.end());
  unary.insert(unary.end(), {"neg", "neg", "not"});
  return rc::gen::weightedOneOf<TreePointer>(
      {{2, leaf()}, {6, with(infix, 2)}, {3, with(unary, 1)}, {1, with({"if"}, 3)}});
}

int precedence(const Tree& t) {
  for (const Infix& entry : kInfix) {
    if (t.kind == entry.sign) return entry.precedence;
  }
  if (t.kind == "neg") return kMinusPrecedence;
  return t.kind == "not" ? kNotPrecedence : kAtom;
}

std::string print(const Tree& t);

// In parentheses only where the grammar needs them.
std::string print_within(const Tree& t, int lowest) { return precedence(t) < lowest ? "(" + print(t) + ")" : print(t); }

std::string print_infix(const Tree& t, int own) {
  int left = own;  // left-associative
  int right = own + 1;
  if (t.kind == "^") {
    left = kAtom;
    right = kMinusPrecedence;
  } else if (own == 4) {
    left = own + 1;  // comparisons do not chain
  }
  return print_within(*t.parts[0], left) + " " + t.kind + " " + print_within(*t.parts[1], right);
}

std::string print(const Tree& t) {
  if (t.kind == "#") {
    return std::to_string(t.literal);
  }
  if (t.parts.empty()) return t.kind;
  if (t.kind == "neg") return "-" + print_within(*t.parts[0], kMinusPrecedence);
  if (t.kind == "not") return "not " + print_within(*t.parts[0], kNotPrecedence);
  if (const int own = precedence(t); own < kAtom) return print_infix(t, own);
  std::string text = t.kind + "(";
  for (std::size_t i = 0; i < t.parts.size(); ++i) text += (i == 0 ? "" : ", ") + print(*t.parts[i]);
  return text + ")";
}

double truth_of(bool holds) { return holds ? 1 : 0; }

double power_of(double base, double exponent) {
  if (exponent == 2) return base * base;
  if (exponent == 3) return base * base * base;
  if (exponent == -1) return 1 / base;
  if (exponent == 0.5) return std::sqrt(base);
  return std::pow(base, exponent);
}

using Values = std::array<double, kNames.size()>;

double interpret_one(const std::string& kind, double p) {
  if (kind == "neg") return -p;
  if (kind == "not") return truth_of(p == 0);
  if (kind == "exp") return std::exp(p);
  if (kind == "log") return std::log(p);
  if (kind == "log10") return std::log10(p);
  if (kind == "sqrt") return std::sqrt(p);
  if (kind == "abs") return std::fabs(p);
  if (kind == "floor") return std::floor(p);
  if (kind == "logit") return std::log(p / (1 - p));
  const double e = std::exp(-std::fabs(p));
  return p < 0 ? e / (1 + e) : 1 / (1 + e);
}

double interpret_two(const std::string& kind, double p, double q) {
  if (kind == "+") return p + q;
  if (kind == "-") return p - q;
  if (kind == "*") return p * q;
  if (kind == "/") return p / q;
  if (kind == "^") return power_of(p, q);
  if (kind == "<") return truth_of(p < q);
  if (kind == "<=") return truth_of(p <= q);
  if (kind == ">") return truth_of(p > q);
  if (kind == ">=") return truth_of(p >= q);
  if (kind == "==") return truth_of(p == q);
  if (kind == "!=") return truth_of(p != q);
  if (kind == "and") return truth_of(p != 0 && q != 0);
  if (kind == "or") return truth_of(p != 0 || q != 0);
  if (std::isnan(p) || std::isnan(q)) return p + q;
  if (kind == "min") return q < p ? q : p;
  return q > p ? q : p;
}

double interpret(const Tree& t, const Values& values) {
  if (t.kind == "#") return t.literal;
  if (t.parts.empty()) return values[static_cast<std::size_t>(t.kind[0] - 'a')];
  const double p = interpret(*t.parts[0], values);
  if (t.parts.size() == 1) return interpret_one(t.kind, p);
  const double q = interpret(*t.parts[1], values);
  if (t.parts.size() == 2) return interpret_two(t.kind, p, q);
  return p != 0 ? q : interpret(*t.parts[2], values);
}

SymbolTable symbols_of_all_levels() {
  SymbolTable symbols;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    symbols.declare(kNames[i], dimensions::kNone, static_cast<Level>(i));
  }
  return symbols;
}

// Equal to the last bit; all NaNs are one.
bool same_bits(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

std::vector<double> drawn_values(std::size_t count) {
  const std::vector<double> candidates = {0.0, -0.0, 1, -1, 0.5, 2, 3, 70, 0.001, -2.5, 1e3, 1e-300, 1e300};
  return *rc::gen::container<std::vector<double>>(count, rc::gen::elementOf(candidates));
}

RC_GTEST_PROP(RandomExpressions, CompiledEqualsInterpretedInEveryLane, ()) {
  const std::vector<TreePointer> trees = *rc::gen::container<std::vector<TreePointer>>(2, tree(4));
  std::vector<Assignment> lines;
  for (std::size_t i = 0; i < trees.size(); ++i) {
    lines.push_back(line("target" + std::to_string(i), print(*trees[i])));
    RC_LOG() << lines.back().text << "\n";
  }
  SymbolTable symbols = symbols_of_all_levels();
  const auto program = compile(lines, symbols);
  if (!program) {  // a constant part such as log(0): the only mistake that these trees can have
    for (const Diagnostic& diagnostic : program.error()) {
      RC_LOG() << to_string(diagnostic) << "\n";
      RC_ASSERT(diagnostic.code == ErrorCode::kOutOfRange);
    }
    RC_DISCARD("constant that is not finite");
  }
  const std::size_t lanes = kLaneMultiple * *rc::gen::inRange<std::size_t>(1, 4);
  Frame frame(program->slots, lanes);
  for (std::size_t slot = 0; slot < kNames.size(); ++slot) {
    const auto values = drawn_values(lanes);
    std::copy(values.begin(), values.end(), frame.slot(slot));
  }
  evaluate(*program, frame, Level::kConstant, Level::kDose);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    Values values{};
    for (std::size_t slot = 0; slot < kNames.size(); ++slot) values[slot] = frame.slot(slot)[lane];
    for (std::size_t i = 0; i < trees.size(); ++i) {
      const double compiled = frame.slot(symbols.find("target" + std::to_string(i))->slot)[lane];
      const double interpreted = interpret(*trees[i], values);
      RC_LOG() << "lane " << lane << ": " << compiled << " for " << interpreted << "\n";
      RC_ASSERT(same_bits(compiled, interpreted));
    }
  }
}

RC_GTEST_PROP(RandomExpressions, ALaneDoesNotDependOnItsPlace, ()) {
  const std::vector<Assignment> lines = {line("target", print(**tree(4)))};
  SymbolTable symbols = symbols_of_all_levels();
  const auto program = compile(lines, symbols);
  if (!program) RC_DISCARD("constant that is not finite");
  const std::size_t target = symbols.find("target")->slot;
  const std::size_t lanes = kLaneMultiple * *rc::gen::inRange<std::size_t>(2, 5);
  Frame many(program->slots, lanes);
  for (std::size_t slot = 0; slot < kNames.size(); ++slot) {
    const auto values = drawn_values(lanes);
    std::copy(values.begin(), values.end(), many.slot(slot));
  }
  evaluate(*program, many, Level::kConstant, Level::kDose);
  Frame one(program->slots, kLaneMultiple);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    for (std::size_t slot = 0; slot < kNames.size(); ++slot) one.fill(slot, many.slot(slot)[lane]);
    evaluate(*program, one, Level::kConstant, Level::kDose);
    for (std::size_t i = 0; i < kLaneMultiple; ++i) RC_ASSERT(same_bits(one.slot(target)[i], many.slot(target)[lane]));
  }
}

RC_GTEST_PROP(RandomText, IsParsedOrRefusedWithinItself, ()) {
  const std::vector<std::string> pieces = {"a",  "b",   "if", "(", ")",    ",",    "+",  "-",  "*",  "^", "/", "1.5",
                                           "<=", "and", "or", "[", "[kg]", "not ", "\n", "\t", "==", "e", ".", "\xC3"};
  std::string text;
  for (const std::string& piece : *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces))) {
    text += piece;
  }
  const auto ast = parse(text, {"f.toml", 1, 1});
  if (ast) {
    RC_ASSERT(!ast->nodes.empty());
    RC_ASSERT(ast->nodes.back().end <= text.size());
    return;
  }
  RC_ASSERT(!ast.error().empty());
  for (const Diagnostic& diagnostic : ast.error()) {
    RC_ASSERT(!diagnostic.message.empty());
    RC_ASSERT(diagnostic.where.line >= 1 && diagnostic.where.column >= 1);
    RC_ASSERT(diagnostic.where.column <= text.size() + 1);
  }
}

}  // namespace
}  // namespace racemate::expr
