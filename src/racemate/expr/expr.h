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
//
// Arithmetic is IEEE double, with nothing rearranged. A condition is true when it is not 0. min and max are NaN when
// an argument is. ^ with the exponents 2, 3, -1 and 0.5 is x*x, x*x*x, 1/x and sqrt(x); otherwise std::pow.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/core/diagnostic.h"
#include "racemate/core/units.h"

namespace racemate::expr {

inline constexpr std::size_t kMaxExpressionLength = 4096;
inline constexpr int kMaxExpressionDepth = 64;  // nested parentheses, calls, signs, exponents and 'not'
// Bounds on what a hostile file can ask for. A model has tens of assignments; 8192 slots of a frame of 1,024 lanes
// are 64 MiB.
inline constexpr std::size_t kMaxAssignments = 4096;
inline constexpr std::size_t kMaxSlots = 8192;

// At which level of the study a value can change. A value takes the highest level of what it depends on: what changes
// with time or with the amounts in the body is kState; what only derivatives (below) need of that is kJacobian.
enum class Level : std::uint8_t { kConstant, kStudy, kSubject, kOccasion, kDose, kState, kJacobian };
inline constexpr std::size_t kLevels = 7;
[[nodiscard]] std::string_view to_string(Level level);

struct Symbol {
  std::string name;
  Dimension dimension;
  Level level = Level::kConstant;
  std::size_t slot = 0;
};

// True for a name that expressions can refer to: well formed, and no function, constant or operator word. Loaders
// check the names that they declare with it.
[[nodiscard]] bool is_valid_name(std::string_view name);

// Names to slots of a frame. Slots are numbered in order of declaration. compile() also reserves slots without a name
// for its temporaries, so that several programs and later declarations can share one frame.
class SymbolTable {
 public:
  // Precondition: not declared yet.
  std::size_t declare(std::string name, const Dimension& dimension, Level level);
  [[nodiscard]] const Symbol* find(std::string_view name) const;
  [[nodiscard]] const Symbol& at(std::size_t slot) const { return symbols_[slot]; }
  [[nodiscard]] std::size_t size() const { return symbols_.size(); }
  // Those that have one, in order of declaration.
  [[nodiscard]] std::vector<std::string> names() const;
  // Takes the next `count` slots: symbols with an empty name, which find() never returns.
  void reserve_unnamed(std::size_t count);

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
  };
  std::vector<Symbol> symbols_;
  std::unordered_map<std::string, std::size_t, NameHash, std::equal_to<>> slots_;
};

// Values for a block of subjects: slot-major, `lanes` doubles per slot, each slot aligned to 64 bytes.
// lanes is a multiple of kLaneMultiple; callers pad with copies of a real subject. All values begin as 0.
inline constexpr std::size_t kLaneMultiple = 8;
class Frame {
 public:
  // Throws std::bad_alloc when there is no memory for it.
  Frame(std::size_t slots, std::size_t lanes);
  [[nodiscard]] std::size_t slots() const { return slots_; }
  [[nodiscard]] std::size_t lanes() const { return lanes_; }
  [[nodiscard]] double* slot(std::size_t index) { return data_.data() + index * lanes_; }
  [[nodiscard]] const double* slot(std::size_t index) const { return data_.data() + index * lanes_; }
  void fill(std::size_t index, double value);

 private:
  std::size_t slots_;
  std::size_t lanes_;
  AlignedDoubles data_;
};

// One line of a model: target = text. The target is declared in the table by compile(), with the level that its
// value turns out to have.
struct Assignment {
  std::string target;
  std::string text;
  SourcePosition where;  // of the first character of the text; errors point into it by column
  // Dimension the value must have; nullptr: whatever comes out.
  const Dimension* required = nullptr;
};

enum class Operation : std::uint8_t;  // operation.h
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
  std::vector<Instruction> instructions;               // sorted by level: all of kConstant first, kJacobian last
  std::array<std::size_t, kLevels + 1> level_begin{};  // instructions [level_begin[l], level_begin[l+1]) have level l
  std::size_t slots = 0;  // frame size that evaluate() needs: symbols.size() after compile()
};

// The partial derivative of an assignment's value to a declared symbol, everything else that is declared held.
struct Derivative {
  std::string target;  // the name that it gets
  std::string of;      // an assignment's target
  std::string to;      // a declared symbol
};

// Compiles assignments, which may refer to each other in any order (a cycle is an error) and to every declared
// symbol. Declares each target in `symbols`, in the order given. Constant subexpressions are folded (one whose value
// is not finite is an error); equal subexpressions shared. All problems of all assignments are reported at once, in
// their order; what depends on a failed assignment is not complained about. On failure `symbols` is unchanged.
//
// Derivatives are found symbolically, share subexpressions with the assignments, and are declared after the targets;
// one that is 0 whatever the values is not declared. Where a function has a kink (abs, min, max, if, comparisons,
// floor) the derivative is that of the branch taken. Names and dimensions of derivatives are not checked: callers make
// them.
[[nodiscard]] Result<Program> compile(std::span<const Assignment> assignments, SymbolTable& symbols,
                                      std::span<const Derivative> derivatives = {});

// Evaluates the instructions of levels [from, to] on every lane. A frame must have been evaluated from kConstant once
// (literals live in its slots); later calls may begin at the lowest level whose symbols changed. A lane's result
// depends on its own values alone: not on the number of lanes or on its place among them. Allocates nothing.
void evaluate(const Program& program, Frame& frame, Level from, Level to);

}  // namespace racemate::expr
