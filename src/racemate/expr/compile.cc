#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <utility>

#include "racemate/core/check.h"
#include "racemate/expr/ast.h"
#include "racemate/expr/check.h"
#include "racemate/expr/expr.h"
#include "racemate/expr/schedule.h"
#include "racemate/expr/value_graph.h"

namespace racemate::expr {

namespace {

using LineId = std::size_t;

// Bounds the time and memory of derivatives; a published model has some hundreds of operations.
constexpr std::size_t kMaxValues = 1'000'000;

// What a name in an expression is.
struct Reference {
  const Symbol* symbol = nullptr;  // or
  std::optional<LineId> line;      // the target of that assignment; neither: unknown
};

// An assignment on its way through the compiler.
struct Line {
  explicit Line(const Assignment& assignment) : source(&assignment) {}

  const Assignment* source;
  std::optional<Ast> ast;             // nullopt after a syntax error
  std::vector<Reference> references;  // one per ast->names
  Diagnostics problems;
  std::optional<Dimension> dimension;  // nullopt when unknown because of a problem, here or in what it uses
  std::optional<ValueId> value;        // nullopt likewise
};

class Compiler {
 public:
  Compiler(std::span<const Assignment> assignments, SymbolTable& symbols, std::span<const Derivative> derivatives)
      : symbols_(symbols), derivatives_(derivatives) {
    lines_.reserve(assignments.size());
    for (const Assignment& assignment : assignments) lines_.emplace_back(assignment);
  }

  Result<Program> run() {
    if (lines_.size() > kMaxAssignments) {
      return fail(Diagnostic{ErrorCode::kOutOfRange, lines_.front().source->where,
                             "there are " + std::to_string(lines_.size()) + " expressions",
                             "at most " + std::to_string(kMaxAssignments), ""});
    }
    find_targets();
    for (Line& line : lines_) line.ast = parse_leniently(line.source->text, line.source->where, line.problems);
    for (Line& line : lines_) resolve_names(line);
    for (const LineId line : dependency_order()) translate(lines_[line]);
    if (auto problems = all_problems(); !problems.empty()) return fail(std::move(problems));
    return emit();
  }

 private:
  void find_targets() {
    for (LineId id = 0; id < lines_.size(); ++id) {
      const Assignment& source = *lines_[id].source;
      if (!is_valid_name(source.target)) {
        lines_[id].problems.push_back({ErrorCode::kSyntax, source.where, quoted(source.target) + " cannot be a name",
                                       "letters, digits, '_' and '.', and no word of the expression language", ""});
      } else if (symbols_.find(source.target) != nullptr || !targets_.try_emplace(source.target, id).second) {
        lines_[id].problems.push_back({ErrorCode::kInconsistent, source.where,
                                       quoted(source.target) + " is defined twice", "one definition of a name", ""});
      }
    }
  }

  void resolve_names(Line& line) {
    if (!line.ast) return;
    for (const std::string& name : line.ast->names) {
      Reference reference;
      reference.symbol = symbols_.find(name);
      if (const auto target = targets_.find(name); reference.symbol == nullptr && target != targets_.end()) {
        reference.line = target->second;
      }
      if (reference.symbol == nullptr && !reference.line) report_unknown(line, name);
      line.references.push_back(reference);
    }
  }

  void report_unknown(Line& line, const std::string& name) {
    constexpr int kMostSuggestions = 32;  // each compares with every name; more errors than this are not misspellings
    std::string hint;
    if (suggestions_++ < kMostSuggestions) {
      std::vector<std::string> known = symbols_.names();
      for (const Line& other : lines_) {
        if (&other != &line) known.push_back(other.source->target);
      }
      hint = suggest_name(name, known);
    }
    line.problems.push_back({ErrorCode::kUnknownName, position_of(line, name), "unknown name " + quoted(name),
                             "a parameter, covariate or other name of the model", std::move(hint)});
  }

  // Where the name is first used.
  static SourcePosition position_of(const Line& line, std::string_view name) {
    for (const AstNode& node : line.ast->nodes) {
      if (node.operation == Operation::kName && line.ast->names[node.name] == name) {
        return position_in(line.source->text, line.source->where, node.begin);
      }
    }
    return line.source->where;
  }

  // Every line after the lines that it uses. A cycle is reported once, and broken where it closes.
  std::vector<LineId> dependency_order() {
    enum class Mark : std::uint8_t { kNew, kOpen, kDone };
    std::vector<Mark> marks(lines_.size(), Mark::kNew);
    std::vector<bool> in_cycle(lines_.size(), false);
    struct Visit {
      LineId line;
      std::size_t next_reference;
    };
    std::vector<Visit> path;
    std::vector<LineId> order;
    for (LineId start = 0; start < lines_.size(); ++start) {
      if (marks[start] != Mark::kNew) continue;
      marks[start] = Mark::kOpen;
      path.push_back({start, 0});
      while (!path.empty()) {
        Visit& visit = path.back();
        const Line& line = lines_[visit.line];
        if (visit.next_reference == line.references.size()) {
          marks[visit.line] = Mark::kDone;
          order.push_back(visit.line);
          path.pop_back();
          continue;
        }
        const auto used = line.references[visit.next_reference++].line;
        if (!used || marks[*used] == Mark::kDone) continue;
        if (marks[*used] == Mark::kNew) {
          marks[*used] = Mark::kOpen;
          path.push_back({*used, 0});
          continue;
        }
        const auto begin = std::find_if(path.begin(), path.end(), [&](const Visit& v) { return v.line == *used; });
        std::vector<LineId> cycle;
        for (auto v = begin; v != path.end(); ++v) cycle.push_back(v->line);
        const bool known = std::any_of(cycle.begin(), cycle.end(), [&](LineId id) { return in_cycle[id]; });
        for (const LineId id : cycle) in_cycle[id] = true;
        if (!known) report_cycle(cycle);
      }
    }
    return order;
  }

  // cycle: each line uses the next, the last uses the first. Reported at the line that comes first in the file.
  void report_cycle(std::vector<LineId> cycle) {
    std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
    constexpr std::size_t kMostNames = 12;
    std::string path;
    for (std::size_t i = 0; i < std::min(cycle.size(), kMostNames); ++i) {
      path += lines_[cycle[i]].source->target + " -> ";
    }
    if (cycle.size() > kMostNames) path += "... -> ";
    Line& first = lines_[cycle.front()];
    const std::string& next = lines_[cycle[1 % cycle.size()]].source->target;
    first.problems.push_back({ErrorCode::kInconsistent, position_of(first, next),
                              "the definition is circular: " + path + first.source->target,
                              "definitions that do not lead back to themselves", ""});
  }

  // Checks dimensions and, if all is well, makes the values. Lines that it uses come before, except in a cycle.
  void translate(Line& line) {
    const Dimension* const required = line.source->required;
    if (line.ast) check_line(line);
    // Users of a failed line are checked against what it should have been.
    if (!line.dimension && required != nullptr) line.dimension = *required;
    if (line.ast && line.problems.empty()) make_value(line);
  }

  void check_line(Line& line) {
    const Assignment& source = *line.source;
    std::vector<std::optional<Dimension>> names;
    for (const Reference& reference : line.references) {
      if (reference.symbol != nullptr) {
        names.emplace_back(reference.symbol->dimension);
      } else {
        names.push_back(reference.line ? lines_[*reference.line].dimension : std::nullopt);
      }
    }
    line.dimension = check_dimensions(*line.ast, source.text, source.where, names, line.problems);
    if (source.required == nullptr || !line.dimension || *line.dimension == *source.required) return;
    line.problems.push_back({ErrorCode::kWrongDimension, source.where,
                             quoted(source.target) + " has the unit " + to_string(*line.dimension),
                             to_string(*source.required), ""});
    line.dimension = *source.required;
  }

  void make_value(Line& line) {
    std::vector<ValueId> values;
    values.reserve(line.ast->nodes.size());
    for (const AstNode& node : line.ast->nodes) {
      const auto value = value_of(line, node, values);
      if (!value) return;
      const Value& made = graph_[*value];
      if (made.operation == Operation::kLiteral && !std::isfinite(made.literal)) {
        const std::string_view text = std::string_view(line.source->text).substr(node.begin, node.end - node.begin);
        line.problems.push_back(
            {ErrorCode::kOutOfRange, position_in(line.source->text, line.source->where, node.begin),
             quoted(text) + " is always " + (std::isnan(made.literal) ? "not a number" : "infinite"), "a finite value",
             ""});
        return;
      }
      values.push_back(*value);
    }
    line.value = values.back();
  }

  // nullopt when the node refers to a line that failed.
  std::optional<ValueId> value_of(const Line& line, const AstNode& node, const std::vector<ValueId>& values) {
    if (node.operation == Operation::kLiteral) return graph_.literal(node.literal);
    if (node.operation == Operation::kName) {
      const Reference& reference = line.references[node.name];
      if (reference.symbol != nullptr) return graph_.symbol(reference.symbol->slot, reference.symbol->level);
      return lines_[*reference.line].value;
    }
    std::array<ValueId, 3> operands{};
    for (std::uint32_t i = 0; i < operand_count(node.operation); ++i) operands[i] = values[node.operands[i]];
    return graph_.apply(node.operation, operands);
  }

  Diagnostics all_problems() {
    Diagnostics all;
    for (Line& line : lines_) {
      std::stable_sort(line.problems.begin(), line.problems.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
      });
      std::move(line.problems.begin(), line.problems.end(), std::back_inserter(all));
    }
    return all;
  }

  Result<Program> emit() {
    std::vector<ValueId> targets;
    targets.reserve(lines_.size());
    for (const Line& line : lines_) targets.push_back(*line.value);
    std::vector<std::size_t> declared;  // indices of derivatives that are not 0
    graph_.begin_derivatives();
    for (std::size_t i = 0; i < derivatives_.size(); ++i) {
      const Symbol* const symbol = symbols_.find(derivatives_[i].to);
      const auto line = targets_.find(derivatives_[i].of);
      RACEMATE_CHECK(symbol != nullptr && line != targets_.end(), "a derivative is of an assignment to a symbol");
      if (const auto value = graph_.differentiate(*lines_[line->second].value, symbol->slot)) {
        declared.push_back(i);
        targets.push_back(*value);
      }
      if (graph_.size() > kMaxValues) {
        return fail(Diagnostic{
            ErrorCode::kOutOfRange, lines_.front().source->where,
            "the expressions and their derivatives are more than " + std::to_string(kMaxValues) + " operations",
            "a smaller model", ""});
      }
    }
    Program program = schedule(graph_, targets, symbols_.size());
    if (program.slots > kMaxSlots) {
      return fail(Diagnostic{ErrorCode::kOutOfRange, lines_.empty() ? SourcePosition{} : lines_.front().source->where,
                             "the expressions need " + std::to_string(program.slots) + " values for each subject",
                             "at most " + std::to_string(kMaxSlots), ""});
    }
    for (const Line& line : lines_) {
      symbols_.declare(line.source->target, *line.dimension, graph_[*line.value].level);
    }
    for (std::size_t i = 0; i < declared.size(); ++i) {
      symbols_.declare(derivatives_[declared[i]].target, {}, graph_[targets[lines_.size() + i]].level);
    }
    symbols_.reserve_unnamed(program.slots - symbols_.size());
    return program;
  }

  SymbolTable& symbols_;
  std::span<const Derivative> derivatives_;
  std::vector<Line> lines_;
  std::unordered_map<std::string_view, LineId> targets_;
  ValueGraph graph_;
  int suggestions_ = 0;
};

}  // namespace

Result<Program> compile(std::span<const Assignment> assignments, SymbolTable& symbols,
                        std::span<const Derivative> derivatives) {
  return Compiler(assignments, symbols, derivatives).run();
}

}  // namespace racemate::expr
