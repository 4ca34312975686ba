// Any bytes as an expression, one assignment a line: a program that runs on every lane, or a list of problems.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_support.h"
#include "racemate/expr/expr.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace racemate;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  expr::SymbolTable symbols;
  const Dimension none{};
  symbols.declare("x", none, expr::Level::kConstant);
  symbols.declare("weight", none, expr::Level::kSubject);
  symbols.declare("dose.amount", none, expr::Level::kDose);

  std::vector<expr::Assignment> assignments;
  std::uint32_t line = 1;
  for (std::size_t begin = 0; begin <= text.size() && assignments.size() < 64; ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    expr::Assignment assignment;
    assignment.target = "t" + std::to_string(line);
    assignment.text = std::string(text.substr(begin, end - begin));
    assignment.where = {"expression", line, 1};
    assignments.push_back(std::move(assignment));
    begin = end + 1;
  }
  const auto program = expr::compile(assignments, symbols);
  if (!program) {
    fuzz::check_refusal(program.error());
    return 0;
  }
  expr::Frame frame(program->slots, expr::kLaneMultiple);
  for (std::size_t slot = 0; slot < 3; ++slot) {
    frame.fill(slot, 0.5 + static_cast<double>(slot));
  }
  expr::evaluate(*program, frame, expr::Level::kConstant, expr::Level::kDose);
  return 0;
}
