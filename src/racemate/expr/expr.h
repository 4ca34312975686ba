// The expression language of model files: parsed, checked for names and units, simplified, compiled to a small
// register program, evaluated over lanes. No compiler is needed at run time.
//
//   CL * (weight / 70[kg])^0.75
//   if(age > 60[a], Qh - slope * (age - 60[a]), Qh)
//   logistic(logit(FRn) + 0.2)
//
// Grammar (lowest precedence first): or; and; not; < <= > >= == !=; + -; * /; unary -; ^ (right associative);
// literals, names, name(arguments), parentheses. A literal may carry a unit in brackets: 70[kg]. Names are letters,
// digits, '_' and '.' ("dose.amount"). Functions: if(condition, a, b), min, max, exp, log, log10, sqrt, abs, pow,
// logit, logistic, floor. Constants: pi. true and false are 1 and 0.
//
// Units are checked: + - comparisons, min, max and the two branches of if need equal dimensions; exp, log, logit,
// logistic, floor need none; ^ takes an integer literal exponent on a base with a dimension, anything on one without;
// sqrt needs even exponents. All values are in internal units (mg, L, h, kg).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/units.h"

namespace racemate::expr {

inline constexpr std::size_t kMaxExpressionLength = 4096;
inline constexpr int kMaxExpressionDepth = 64;

// At which level of the study a value can change. A value takes the highest level of what it depends on.
enum class Level : std::uint8_t { kConstant, kStudy, kSubject, kOccasion, kDose };
[[nodiscard]] std::string_view to_string(Level level);

struct Symbol {
  std::string name;
  Dimension dimension;
  Level level = Level::kConstant;
  std::size_t slot = 0;
};

// Names to slots of a frame. Slots are numbered in order of declaration.
class SymbolTable {
 public:
  // Precondition: not declared yet.
  std::size_t declare(std::string name, const Dimension& dimension, Level level);
  [[nodiscard]] const Symbol* find(std::string_view name) const;
  [[nodiscard]] const Symbol& at(std::size_t slot) const { return symbols_[slot]; }
  [[nodiscard]] std::size_t size() const { return symbols_.size(); }
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::vector<Symbol> symbols_;
};

// Values for a block of subjects: slot-major, `lanes` doubles per slot, each slot aligned to 64 bytes.
// lanes is a multiple of kLaneMultiple; callers pad with copies of a real subject.
inline constexpr std::size_t kLaneMultiple = 8;
class Frame {
 public:
  Frame(std::size_t slots, std::size_t lanes);
  [[nodiscard]] std::size_t lanes() const { return lanes_; }
  [[nodiscard]] double* slot(std::size_t index) { return data_.get() + index * lanes_; }
  [[nodiscard]] const double* slot(std::size_t index) const { return data_.get() + index * lanes_; }
  void fill(std::size_t index, double value);

 private:
  struct Free {
    void operator()(double* pointer) const;
  };
  std::size_t slots_;
  std::size_t lanes_;
  std::unique_ptr<double[], Free> data_;
};

// One line of a model: target = text. The target is declared in the table by compile().
struct Assignment {
  std::string target;
  std::string text;
  SourcePosition where;  // of the text; errors point into it by column
  // Dimension the value must have; nullptr: whatever comes out.
  const Dimension* required = nullptr;
};

enum class Operation : std::uint8_t;  // internal to expr.cc
struct Instruction {
  Operation operation;
  std::uint32_t result = 0;  // slot
  std::uint32_t a = 0;       // slots of operands
  std::uint32_t b = 0;
  std::uint32_t c = 0;
  double literal = 0;
};

// A compiled list of assignments in dependency order. Immutable; evaluate() is thread-safe on distinct frames.
struct Program {
  std::vector<Instruction> instructions;     // sorted by level: all of kConstant first, kDose last
  std::array<std::size_t, 6> level_begin{};  // instructions [level_begin[l], level_begin[l+1]) have level l
  std::size_t slots = 0;                     // frame size that evaluate() needs (symbols and temporaries)
};

// Compiles assignments, which may refer to each other in any order (a cycle is an error) and to every declared
// symbol. Declares each target in `symbols`. Constant subexpressions are folded; equal subexpressions shared.
[[nodiscard]] Result<Program> compile(std::span<const Assignment> assignments, SymbolTable& symbols);

// Evaluates the instructions of levels [from, to] on every lane.
void evaluate(const Program& program, Frame& frame, Level from, Level to);

}  // namespace racemate::expr
