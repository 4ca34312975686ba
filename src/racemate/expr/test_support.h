// What the tests of this room share: compile one expression over named values and read its result.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "racemate/expr/expr.h"

namespace racemate::expr::testing {

inline Assignment line(std::string target, std::string text, const Dimension* required = nullptr) {
  return {std::move(target), std::move(text), {"model.toml", 10, 5}, required};
}

// Symbols of several dimensions, all of level kSubject.
inline SymbolTable usual_symbols() {
  SymbolTable symbols;
  symbols.declare("weight", dimensions::kBodyMass, Level::kSubject);
  symbols.declare("age", dimensions::kTime, Level::kSubject);
  symbols.declare("CL", dimensions::kClearance, Level::kSubject);
  symbols.declare("V1", dimensions::kVolume, Level::kSubject);
  symbols.declare("dose.amount", dimensions::kDrugMass, Level::kSubject);
  symbols.declare("x", dimensions::kNone, Level::kSubject);
  symbols.declare("y", dimensions::kNone, Level::kSubject);
  symbols.declare("z", dimensions::kNone, Level::kSubject);
  return symbols;
}

// Diagnostics as lines of text; "" when there are none.
template <class T>
std::string problems_of(const Result<T>& result) {
  std::string text;
  if (result) return text;
  for (const Diagnostic& diagnostic : result.error()) text += to_string(diagnostic) + "\n";
  return text;
}

}  // namespace racemate::expr::testing
