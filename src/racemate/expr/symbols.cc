#include <algorithm>
#include <limits>
#include <new>

#include "racemate/core/check.h"
#include "racemate/expr/expr.h"

namespace racemate::expr {

std::string_view to_string(Level level) {
  switch (level) {
    case Level::kConstant:
      return "constant";
    case Level::kStudy:
      return "study";
    case Level::kSubject:
      return "subject";
    case Level::kOccasion:
      return "occasion";
    case Level::kDose:
      return "dose";
    case Level::kState:
      return "state";
    case Level::kJacobian:
      return "Jacobian";
  }
  return "";
}

std::size_t SymbolTable::declare(std::string name, const Dimension& dimension, Level level) {
  const std::size_t slot = symbols_.size();
  const bool added = slots_.try_emplace(name, slot).second;
  RACEMATE_CHECK(added && !name.empty(), "a symbol is declared once, with a name");
  symbols_.push_back({std::move(name), dimension, level, slot});
  return slot;
}

const Symbol* SymbolTable::find(std::string_view name) const {
  const auto found = slots_.find(name);
  return found == slots_.end() ? nullptr : &symbols_[found->second];
}

std::vector<std::string> SymbolTable::names() const {
  std::vector<std::string> names;
  names.reserve(slots_.size());
  for (const Symbol& symbol : symbols_) {
    if (!symbol.name.empty()) names.push_back(symbol.name);
  }
  return names;
}

void SymbolTable::reserve_unnamed(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) symbols_.push_back({.name = {}, .dimension = {}, .slot = symbols_.size()});
}

Frame::Frame(std::size_t slots, std::size_t lanes) : slots_(slots), lanes_(lanes) {
  RACEMATE_CHECK(lanes > 0 && lanes % kLaneMultiple == 0, "lanes of a frame are a multiple of kLaneMultiple");
  if (slots > std::numeric_limits<std::size_t>::max() / sizeof(double) / lanes - 1) throw std::bad_alloc();
  data_.zero(std::max<std::size_t>(slots, 1) * lanes);
}

void Frame::fill(std::size_t index, double value) { std::fill_n(slot(index), lanes_, value); }

}  // namespace racemate::expr
