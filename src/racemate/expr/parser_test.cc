#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "racemate/expr/ast.h"
#include "racemate/expr/expr.h"

namespace racemate::expr {
namespace {

using ::testing::HasSubstr;

const SourcePosition kWhere{"m.toml", 3, 10};

std::string repeated(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

// The tree in full parentheses, e.g. "(a+(b*c))".
std::string written(const Ast& ast, NodeId id) {
  const AstNode& node = ast.nodes[id];
  const auto part = [&](std::size_t i) { return written(ast, node.operands[i]); };
  const auto binary = [&](std::string_view sign) { return "(" + part(0) + std::string(sign) + part(1) + ")"; };
  switch (node.operation) {
    case Operation::kLiteral:
      return std::to_string(static_cast<int>(node.literal));
    case Operation::kName:
      return ast.names[node.name];
    case Operation::kNegate:
      return "(-" + part(0) + ")";
    case Operation::kNot:
      return "(not " + part(0) + ")";
    case Operation::kAdd:
      return binary("+");
    case Operation::kSubtract:
      return binary("-");
    case Operation::kMultiply:
      return binary("*");
    case Operation::kDivide:
      return binary("/");
    case Operation::kPower:
      return binary("^");
    case Operation::kLess:
      return binary("<");
    case Operation::kGreaterEqual:
      return binary(">=");
    case Operation::kEqual:
      return binary("==");
    case Operation::kAnd:
      return binary(" and ");
    case Operation::kOr:
      return binary(" or ");
    case Operation::kIf:
      return "if(" + part(0) + "," + part(1) + "," + part(2) + ")";
    case Operation::kMinimum:
      return "min(" + part(0) + "," + part(1) + ")";
    default:
      return "?";
  }
}

struct Tree {
  const char* text;
  const char* tree;
};

class Precedence : public ::testing::TestWithParam<Tree> {};

TEST_P(Precedence, GroupsAsTheGrammarSays) {
  const auto ast = parse(GetParam().text, kWhere);
  ASSERT_TRUE(ast) << to_string(ast.error().front());
  EXPECT_EQ(written(*ast, static_cast<NodeId>(ast->nodes.size() - 1)), GetParam().tree);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Precedence,
    ::testing::Values(Tree{"a+b*c", "(a+(b*c))"}, Tree{"a*b+c", "((a*b)+c)"}, Tree{"a-b-c", "((a-b)-c)"},
                      Tree{"a/b/c", "((a/b)/c)"}, Tree{"a/b*c", "((a/b)*c)"}, Tree{"a^b^c", "(a^(b^c))"},
                      Tree{"-a^b", "(-(a^b))"}, Tree{"a^-b", "(a^(-b))"}, Tree{"a^-b^c", "(a^(-(b^c)))"},
                      Tree{"-a*b", "((-a)*b)"}, Tree{"a*-b", "(a*(-b))"}, Tree{"a- -b", "(a-(-b))"},
                      Tree{"--a", "(-(-a))"}, Tree{"a*b^c", "(a*(b^c))"}, Tree{"(a+b)*c", "((a+b)*c)"},
                      Tree{"a+b<c", "((a+b)<c)"}, Tree{"not a<b", "(not (a<b))"}, Tree{"not not a", "(not (not a))"},
                      Tree{"a<b and b>=c", "((a<b) and (b>=c))"}, Tree{"a or b and c", "(a or (b and c))"},
                      Tree{"a and b or c", "((a and b) or c)"}, Tree{"a and not b", "(a and (not b))"},
                      Tree{"a or b or c", "((a or b) or c)"}, Tree{"not a and b", "((not a) and b)"},
                      Tree{"if(a==b, c+1, min(a,b))", "if((a==b),(c+1),min(a,b))"}, Tree{"pow(a, 2)", "(a^2)"},
                      Tree{" a\t+\n b ", "(a+b)"}, Tree{"dose.amount*_x2", "(dose.amount*_x2)"}, Tree{"notb", "notb"},
                      Tree{"true-false", "(1-0)"}));

struct Wrong {
  std::string text;
  ErrorCode code;
  std::uint32_t column;  // in the file: the text begins at column 10
  const char* message;   // part of the printed diagnostic
};

class Mistake : public ::testing::TestWithParam<Wrong> {};

TEST_P(Mistake, IsReportedWhereItIs) {
  const auto ast = parse(GetParam().text, kWhere);
  ASSERT_FALSE(ast);
  ASSERT_EQ(ast.error().size(), 1U);
  const Diagnostic& diagnostic = ast.error().front();
  EXPECT_EQ(diagnostic.code, GetParam().code) << to_string(diagnostic);
  EXPECT_EQ(diagnostic.where.line, 3U);
  EXPECT_EQ(diagnostic.where.column, GetParam().column) << to_string(diagnostic);
  EXPECT_THAT(to_string(diagnostic), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Table, Mistake,
    ::testing::Values(
        Wrong{"", ErrorCode::kSyntax, 10, "empty"}, Wrong{"  ", ErrorCode::kSyntax, 10, "empty"},
        Wrong{"a +", ErrorCode::kSyntax, 13, "ends too early"}, Wrong{"(a", ErrorCode::kSyntax, 12, "ends too early"},
        Wrong{"a)", ErrorCode::kSyntax, 11, "unexpected ')'"}, Wrong{"a b", ErrorCode::kSyntax, 12, "unexpected 'b'"},
        Wrong{"+a", ErrorCode::kSyntax, 10, "unexpected '+'"}, Wrong{"a ** 2", ErrorCode::kSyntax, 13, "'^'"},
        Wrong{"a = b", ErrorCode::kSyntax, 12, "'=='"}, Wrong{"a && b", ErrorCode::kSyntax, 12, "'and'"},
        Wrong{"!a", ErrorCode::kSyntax, 10, "'not'"}, Wrong{"1 + not a", ErrorCode::kSyntax, 14, "parentheses"},
        Wrong{"a < b < c", ErrorCode::kSyntax, 16, "chained"}, Wrong{"70kg", ErrorCode::kSyntax, 10, "70[kg]"},
        Wrong{"1.", ErrorCode::kSyntax, 10, "not a number"}, Wrong{".5", ErrorCode::kSyntax, 10, "unexpected '.'"},
        Wrong{"1e", ErrorCode::kSyntax, 10, "not a number"}, Wrong{"1.2.3", ErrorCode::kSyntax, 10, "not a number"},
        Wrong{"a..b", ErrorCode::kSyntax, 10, "not a name"}, Wrong{"a.", ErrorCode::kSyntax, 10, "not a name"},
        Wrong{"CL[L/h]", ErrorCode::kSyntax, 12, "only a number takes a unit"},
        Wrong{"70[kg", ErrorCode::kSyntax, 12, "not closed"}, Wrong{"exp + 1", ErrorCode::kSyntax, 14, "'('"},
        Wrong{"exp(a, b)", ErrorCode::kSyntax, 10, "expected 1"}, Wrong{"min(a)", ErrorCode::kSyntax, 10, "expected 2"},
        Wrong{"if(a, b)", ErrorCode::kSyntax, 10, "expected 3"}, Wrong{"exp()", ErrorCode::kSyntax, 10, "expected 1"},
        Wrong{"min(a,)", ErrorCode::kSyntax, 16, "unexpected ')'"},
        Wrong{"min(a,b", ErrorCode::kSyntax, 17, "ends too early"},
        Wrong{"2 * expp(a)", ErrorCode::kUnknownName, 14, "did you mean 'exp'"},
        Wrong{"1e999", ErrorCode::kOutOfRange, 10, "out of range"},
        Wrong{"2*1e-999", ErrorCode::kOutOfRange, 12, "out of range"},
        Wrong{"1e308[a]", ErrorCode::kOutOfRange, 10, "out of range"},
        Wrong{"70[]", ErrorCode::kUnknownUnit, 13, "missing"}, Wrong{"70[kgg]", ErrorCode::kUnknownUnit, 13, "'kgg'"},
        Wrong{"a + \x01", ErrorCode::kSyntax, 14, "'?'"}, Wrong{"a + \xC3\xA9", ErrorCode::kSyntax, 14, "'?'"},
        Wrong{std::string("a + \0", 5), ErrorCode::kSyntax, 14, "'?'"}));

TEST(Parser, ReportsAllMistakesThatAreNotSyntax) {
  const auto ast = parse("foo(1[kgg]) + 1e999 + exp(1, 2)", kWhere);
  ASSERT_FALSE(ast);
  ASSERT_EQ(ast.error().size(), 4U);
}

TEST(Parser, LiteralsAreInInternalUnits) {
  const auto literal = [](const char* text) {
    const auto ast = parse(text, kWhere);
    return ast ? ast->nodes.back() : AstNode{};
  };
  EXPECT_EQ(literal("70[kg]").literal, 70.0);
  EXPECT_EQ(literal("70[kg]").dimension, dimensions::kBodyMass);
  EXPECT_DOUBLE_EQ(literal("30[min]").literal, 0.5);
  EXPECT_DOUBLE_EQ(literal("60 [a]").literal, 60 * 365.25 * 24);
  EXPECT_DOUBLE_EQ(literal("1[ng/mL]").literal, 1e-3);
  EXPECT_EQ(literal("1[ng/mL]").dimension, dimensions::kConcentration);
  EXPECT_EQ(literal("1.5e-3").literal, 1.5e-3);
  EXPECT_EQ(literal("0").literal, 0.0);
  EXPECT_TRUE(literal("0.75").dimension.dimensionless());
}

TEST(Parser, PositionsCountLinesAndCharacters) {
  const auto ast = parse("1[\xC2\xB5g]\n + ?", kWhere);  // a micro sign is one character of two bytes
  ASSERT_FALSE(ast);
  EXPECT_EQ(ast.error().back().where.line, 4U);
  EXPECT_EQ(ast.error().back().where.column, 4U);
  EXPECT_EQ(position_in("\xC2\xB5x", kWhere, 2).column, 11U);
  EXPECT_EQ(position_in("abc", SourcePosition{"--option", 0, 0}, 2).column, 0U);
}

TEST(Parser, OperandsComeBeforeTheirUser) {
  const auto ast = parse("if(a < 1, -a^2 + exp(b * (c - 3)), max(a, b)) / 2", kWhere);
  ASSERT_TRUE(ast);
  for (NodeId id = 0; id < ast->nodes.size(); ++id) {
    for (std::uint32_t i = 0; i < operand_count(ast->nodes[id].operation); ++i) {
      EXPECT_LT(ast->nodes[id].operands[i], id);
    }
  }
}

TEST(Parser, NestingIsLimitedHoweverItIsWritten) {
  constexpr auto kDepth = static_cast<std::size_t>(kMaxExpressionDepth);
  struct Nested {
    std::string open, close;
  };
  for (const auto& [open, close] :
       {Nested{"(", ")"}, Nested{"exp(", ")"}, Nested{"-", ""}, Nested{"not ", ""}, Nested{"2^", ""}}) {
    const auto nested = [&](std::size_t depth) { return repeated(open, depth) + "1" + repeated(close, depth); };
    EXPECT_TRUE(parse(nested(kDepth), kWhere)) << open;
    for (const std::size_t depth : {kDepth + 1, std::size_t{800}}) {
      const auto deep = parse(nested(depth), kWhere);
      ASSERT_FALSE(deep) << open;
      EXPECT_THAT(to_string(deep.error().front()), HasSubstr("nested too deeply")) << open;
    }
  }
}

TEST(Parser, LengthIsLimited) {
  const std::string longest = repeated("1+", kMaxExpressionLength / 2 - 1) + "11";
  ASSERT_EQ(longest.size(), kMaxExpressionLength);
  EXPECT_TRUE(parse(longest, kWhere));  // a long chain is no nesting
  const auto too_long = parse(longest + "1", kWhere);
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().size(), 1U);
  EXPECT_THAT(to_string(too_long.error().front()), HasSubstr("4097 characters"));
}

TEST(Parser, NamesThatModelsMayUse) {
  for (const char* good : {"CL", "dose.amount", "_k12", "V1", "a.b.c", "iff", "Pi"}) EXPECT_TRUE(is_valid_name(good));
  for (const char* bad :
       {"", "1a", "a b", "a.", ".a", "a..b", "a-b", "if", "min", "and", "not", "pi", "true", "\xC3\xA9"})
    EXPECT_FALSE(is_valid_name(bad)) << bad;
}

}  // namespace
}  // namespace racemate::expr
