#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "racemate/expr/expr.h"
#include "racemate/expr/operation.h"
#include "racemate/expr/test_support.h"

namespace racemate::expr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::line;
using testing::problems_of;
using testing::usual_symbols;

using Operations = std::vector<Operation>;

// A table with one symbol "l0" ... "l4" of each level.
SymbolTable level_symbols() {
  SymbolTable symbols;
  for (int level = 0; level <= 4; ++level) {
    symbols.declare("l" + std::to_string(level), dimensions::kNone, static_cast<Level>(level));
  }
  return symbols;
}

// The operations of `result = text`, apart from the literals that fill slots.
Operations operations_of(const std::string& text) {
  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> lines = {line("result", text)};
  const auto program = compile(lines, symbols);
  EXPECT_TRUE(program) << problems_of(program);
  Operations operations;
  if (!program) return operations;
  for (const Instruction& instruction : program->instructions) {
    if (instruction.operation != Operation::kLiteral) operations.push_back(instruction.operation);
  }
  return operations;
}

double constant_of(const std::string& text) {
  SymbolTable symbols;
  const std::vector<Assignment> lines = {line("result", text)};
  const auto program = compile(lines, symbols);
  EXPECT_TRUE(program) << problems_of(program);
  if (!program) return -1;
  EXPECT_EQ(program->instructions.size(), 1U) << text;
  EXPECT_EQ(program->instructions[0].operation, Operation::kLiteral) << text;
  EXPECT_EQ(symbols.find("result")->level, Level::kConstant);
  return program->instructions[0].literal;
}

TEST(Folding, ConstantsBecomeOneLiteral) {
  EXPECT_EQ(constant_of("2 + 3 * 4"), 14.0);
  EXPECT_EQ(constant_of("2^10"), 1024.0);
  EXPECT_EQ(constant_of("2^-1"), 0.5);
  EXPECT_EQ(constant_of("-2^2"), -4.0);
  EXPECT_EQ(constant_of("if(1 < 2, 3, 4)"), 3.0);
  EXPECT_EQ(constant_of("not 0 and 1 or 0"), 1.0);
  EXPECT_EQ(constant_of("max(2, 3) - min(2, 3)"), 1.0);
  EXPECT_EQ(constant_of("floor(2.7) + abs(-2) + sqrt(9) + log10(100) + logistic(0)"), 9.5);
  EXPECT_EQ(constant_of("60[min] / 1[h]"), 1.0);
}

TEST(Folding, OnlyWhatChangesNoBit) {
  EXPECT_EQ(operations_of("x * 1"), Operations{Operation::kCopy});
  EXPECT_EQ(operations_of("1 * x / 1 - 0"), Operations{Operation::kCopy});
  EXPECT_EQ(operations_of("x^1"), Operations{Operation::kCopy});
  EXPECT_EQ(operations_of("--x"), Operations{Operation::kCopy});
  EXPECT_EQ(operations_of("if(true, x, y)"), Operations{Operation::kCopy});
  EXPECT_EQ(operations_of("if(x > y, z, z)"), Operations{Operation::kCopy});
  EXPECT_EQ(operations_of("x^0"), Operations{});
  EXPECT_EQ(operations_of("x + 0"), Operations{Operation::kAdd});       // -0 + 0 is 0
  EXPECT_EQ(operations_of("x * 0"), Operations{Operation::kMultiply});  // NaN, infinity, -0
  EXPECT_EQ(operations_of("x - x"), Operations{Operation::kSubtract});  // NaN, infinity
  EXPECT_EQ(operations_of("x / 3"), Operations{Operation::kDivide});    // 1/3 is rounded
}

TEST(Folding, PowersWithCommonExponents) {
  EXPECT_EQ(operations_of("x^2"), Operations{Operation::kSquare});
  EXPECT_EQ(operations_of("x^3"), Operations{Operation::kCube});
  EXPECT_EQ(operations_of("x^-1"), Operations{Operation::kReciprocal});
  EXPECT_EQ(operations_of("x^(1/2)"), Operations{Operation::kSquareRoot});
  EXPECT_EQ(operations_of("x^0.75"), Operations{Operation::kPower});
  EXPECT_EQ(operations_of("x^y"), Operations{Operation::kPower});
}

TEST(Folding, EqualSubexpressionsAreComputedOnce) {
  EXPECT_EQ(operations_of("exp(x + y) * exp(y + x)"),
            (Operations{Operation::kAdd, Operation::kExp, Operation::kMultiply}));
  EXPECT_EQ(operations_of("(x - y) * (y - x)"),
            (Operations{Operation::kSubtract, Operation::kSubtract, Operation::kMultiply}));

  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> lines = {line("a", "(weight / 70[kg])^0.75"), line("b", "2 * (weight / 70[kg])^0.75")};
  const auto program = compile(lines, symbols);
  ASSERT_TRUE(program);
  const auto powers = std::count_if(program->instructions.begin(), program->instructions.end(),
                                    [](const Instruction& i) { return i.operation == Operation::kPower; });
  EXPECT_EQ(powers, 1);
}

TEST(Folding, ConstantsPassFromTargetToTarget) {
  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> lines = {line("twice", "2 * half"), line("half", "0.5")};
  const auto program = compile(lines, symbols);
  ASSERT_TRUE(program);
  ASSERT_EQ(program->instructions.size(), 2U);
  for (const Instruction& instruction : program->instructions) EXPECT_EQ(instruction.operation, Operation::kLiteral);
  EXPECT_EQ(program->level_begin[1], 2U);
}

TEST(Folding, AConstantThatIsNotFiniteIsAnError) {
  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> lines = {line("a", "x + 1 / 0"), line("b", "2 * log(-1)"), line("c", "0"),
                                         line("d", "x / (1 / c)")};
  const auto program = compile(lines, symbols);
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().size(), 3U);
  EXPECT_THAT(problems_of(program), HasSubstr("model.toml:10:9: error RM-out-of-range: '1 / 0' is always infinite"));
  EXPECT_THAT(problems_of(program), HasSubstr("'log(-1)' is always not a number"));
  EXPECT_THAT(problems_of(program), HasSubstr("'(1 / c)' is always infinite"));
}

TEST(Levels, ATargetHasTheHighestLevelOfWhatItUses) {
  SymbolTable symbols = level_symbols();
  const std::vector<Assignment> lines = {
      line("dose", "occasion * l4"), line("occasion", "subject + l3"), line("subject", "study * l2 * l0"),
      line("study", "l1 + l0"),      line("constant", "1 + 2"),        line("fixed", "l0 * 2"),
  };
  const auto program = compile(lines, symbols);
  ASSERT_TRUE(program) << problems_of(program);
  EXPECT_EQ(symbols.find("dose")->level, Level::kDose);
  EXPECT_EQ(symbols.find("occasion")->level, Level::kOccasion);
  EXPECT_EQ(symbols.find("subject")->level, Level::kSubject);
  EXPECT_EQ(symbols.find("study")->level, Level::kStudy);
  EXPECT_EQ(symbols.find("constant")->level, Level::kConstant);
  EXPECT_EQ(symbols.find("fixed")->level, Level::kConstant);
  // Targets follow the five symbols, in the order given, whatever the order of computation.
  EXPECT_EQ(symbols.find("dose")->slot, 5U);
  EXPECT_EQ(symbols.find("fixed")->slot, 10U);
}

TEST(Levels, InstructionsAreSortedAndReadOnlyWhatIsReady) {
  SymbolTable symbols = level_symbols();
  const std::size_t given = symbols.size();
  const std::vector<Assignment> lines = {
      line("e", "exp(l4 * d) + l0 / 3"),
      line("d", "if(l3 > c, c^2, sqrt(c) * (l3 - 1) * (l3 - 2) * (l3 - 3))"),
      line("c", "l2 * log(b + l0) + l1"),
      line("b", "l1^0.75 * exp(l1 * 2) * (l0 + 1)"),
      line("same", "c"),
  };
  const auto program = compile(lines, symbols);
  ASSERT_TRUE(program) << problems_of(program);
  ASSERT_EQ(program->level_begin.front(), 0U);
  ASSERT_EQ(program->level_begin.back(), program->instructions.size());
  EXPECT_TRUE(std::is_sorted(program->level_begin.begin(), program->level_begin.end()));
  EXPECT_EQ(program->slots, symbols.size());

  std::vector<bool> ready(program->slots, false);
  std::fill_n(ready.begin(), given, true);
  for (const Instruction& instruction : program->instructions) {
    const std::array<std::uint32_t, 3> operands{instruction.a, instruction.b, instruction.c};
    for (std::uint32_t i = 0; i < operand_count(instruction.operation); ++i) {
      EXPECT_TRUE(ready[operands[i]]);
      EXPECT_NE(operands[i], instruction.result) << "a result overlaps no operand";
    }
    EXPECT_GE(instruction.result, given) << "symbols are inputs";
    ready[instruction.result] = true;
  }
}

TEST(Levels, EvaluatingFromAChangedLevelIsEvaluatingAll) {
  SymbolTable symbols = level_symbols();
  const std::vector<Assignment> lines = {
      line("b", "l1^0.75 * exp(l1 * 2) * (l0 + 1)"), line("c", "(l2 + 1) * (l2 + 2) * (l2 + 3) * log(b) + l1"),
      line("d", "(l3 + 1) * (l3 + 2) * c + (l2 + 1)"), line("e", "exp(l4 * (l4 - 1)) + d * (l3 + 1) + (l0 * l0)")};
  const auto program = compile(lines, symbols);
  ASSERT_TRUE(program);
  Frame frame(program->slots, kLaneMultiple);
  for (std::size_t slot = 0; slot < 5; ++slot) frame.fill(slot, 0.3 + 0.1 * static_cast<double>(slot));
  evaluate(*program, frame, Level::kConstant, Level::kDose);
  for (int changed = 4; changed >= 1; --changed) {
    const auto slot = static_cast<std::size_t>(changed);
    frame.fill(slot, 0.7 - 0.05 * changed);
    evaluate(*program, frame, static_cast<Level>(changed), Level::kDose);
    Frame fresh(program->slots, kLaneMultiple);
    for (std::size_t i = 0; i < 5; ++i) fresh.fill(i, *frame.slot(i));
    evaluate(*program, fresh, Level::kConstant, Level::kDose);
    for (const char* target : {"b", "c", "d", "e"}) {
      const std::size_t at = symbols.find(target)->slot;
      EXPECT_EQ(*frame.slot(at), *fresh.slot(at)) << target << " after level " << changed;
    }
  }
}

TEST(Compile, TemporariesOfALevelShareSlots) {
  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> lines = {line("result", "exp(exp(exp(exp(exp(exp(exp(x)))))))")};
  const auto program = compile(lines, symbols);
  ASSERT_TRUE(program);
  EXPECT_EQ(program->instructions.size(), 7U);
  EXPECT_EQ(program->slots, usual_symbols().size() + 1 + 2);
}

TEST(Compile, ProgramsAndLaterSymbolsShareAFrame) {
  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> first = {line("a", "exp(x * 2) + log(y)")};
  const auto one = compile(first, symbols);
  ASSERT_TRUE(one);
  const std::size_t late = symbols.declare("late", dimensions::kNone, Level::kSubject);
  EXPECT_GE(late, one->slots);
  const std::vector<Assignment> second = {line("b", "a * late")};
  const auto two = compile(second, symbols);
  ASSERT_TRUE(two) << problems_of(two);
  EXPECT_EQ(two->slots, symbols.size());
  for (const std::string& name : symbols.names()) EXPECT_FALSE(name.empty());
}

TEST(Compile, NothingToCompile) {
  SymbolTable symbols = usual_symbols();
  const auto program = compile({}, symbols);
  ASSERT_TRUE(program);
  EXPECT_TRUE(program->instructions.empty());
  EXPECT_EQ(program->slots, symbols.size());
}

TEST(Errors, ACycleIsNamedOnceAtItsFirstLine) {
  SymbolTable symbols = usual_symbols();
  std::vector<Assignment> lines = {line("a", "2 * b + x"), line("b", "c"),     line("c", "1 + a"),
                                   line("d", "a + x"),     line("e", "e + 1"), line("f", "if(true, 1, f)")};
  for (std::uint32_t i = 0; i < lines.size(); ++i) lines[i].where.line = 20 + i;
  const auto program = compile(lines, symbols);
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().size(), 3U) << problems_of(program);
  for (const Diagnostic& diagnostic : program.error()) EXPECT_EQ(diagnostic.code, ErrorCode::kInconsistent);
  EXPECT_THAT(problems_of(program), HasSubstr("model.toml:20:9: "));
  EXPECT_THAT(problems_of(program), HasSubstr("circular: a -> b -> c -> a"));
  EXPECT_THAT(problems_of(program), HasSubstr("circular: e -> e"));
  EXPECT_THAT(problems_of(program), HasSubstr("circular: f -> f"));
}

TEST(Errors, OfAllLinesAtOnceWithoutConsequences) {
  SymbolTable symbols = usual_symbols();
  const std::size_t before = symbols.size();
  std::vector<Assignment> lines = {
      line("uses_bad", "bad + V1 * exp(bad) + also_uses"),  // nothing to say: bad is unknown
      line("bad", "2 +"),
      line("also_uses", "bad"),
      line("k", "V1 + CL", &dimensions::kRate),
      line("user_of_k", "k + V1"),  // k should have been 1/h, so this is wrong whatever k is
      line("unknown", "nowhere + x"),
      line("fine", "x + 1"),
  };
  for (std::uint32_t i = 0; i < lines.size(); ++i) lines[i].where.line = 20 + i;
  const auto program = compile(lines, symbols);
  ASSERT_FALSE(program);
  std::vector<std::uint32_t> reported;
  for (const Diagnostic& diagnostic : program.error()) reported.push_back(diagnostic.where.line);
  EXPECT_THAT(reported, ElementsAre(21, 23, 24, 25)) << problems_of(program);
  EXPECT_EQ(symbols.size(), before) << "a failure leaves the table as it was";
}

TEST(Errors, Targets) {
  SymbolTable symbols = usual_symbols();
  const std::vector<Assignment> lines = {line("x", "1"), line("a", "1"), line("a", "2"), line("if", "1"),
                                         line("a b", "1")};
  const auto program = compile(lines, symbols);
  ASSERT_FALSE(program);
  ASSERT_EQ(program.error().size(), 4U) << problems_of(program);
  EXPECT_THAT(program.error()[0].message, HasSubstr("'x' is defined twice"));
  EXPECT_THAT(program.error()[1].message, HasSubstr("'a' is defined twice"));
  EXPECT_EQ(program.error()[2].code, ErrorCode::kSyntax);
  EXPECT_EQ(program.error()[3].code, ErrorCode::kSyntax);
}

TEST(Errors, AChainOfThousandsIsNoProblemAndMoreAreRefused) {
  std::vector<Assignment> lines;
  for (std::size_t i = 0; i < kMaxAssignments; ++i) {
    lines.push_back(
        line("t" + std::to_string(i), i + 1 < kMaxAssignments ? "t" + std::to_string(i + 1) + " + x" : "x"));
  }
  SymbolTable symbols = usual_symbols();
  const auto program = compile(lines, symbols);
  ASSERT_TRUE(program) << problems_of(program);
  EXPECT_EQ(program->instructions.size(), kMaxAssignments);

  lines.push_back(line("one_more", "1"));
  SymbolTable other = usual_symbols();
  EXPECT_THAT(problems_of(compile(lines, other)), HasSubstr("at most 4096"));
}

TEST(Errors, AProgramThatNeedsTooManySlotsIsRefused) {
  std::vector<Assignment> lines;
  for (int i = 0; i < 30; ++i) {
    std::string text = "x";
    for (int j = 0; j < 400; ++j) text += "+" + std::to_string(i * 1000 + j);  // each literal takes a slot
    lines.push_back(line("t" + std::to_string(i), text));
  }
  SymbolTable symbols = usual_symbols();
  EXPECT_THAT(problems_of(compile(lines, symbols)), HasSubstr("values for each subject"));
  EXPECT_EQ(symbols.size(), usual_symbols().size());
}

}  // namespace
}  // namespace racemate::expr
