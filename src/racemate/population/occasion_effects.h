// Effects of several occasions, kept beside a frame that holds one occasion at a time: for lanes that are not in the
// same occasion at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "racemate/expr/expr.h"
#include "racemate/model/model.h"

namespace racemate::population {

class OccasionEffects {
 public:
  OccasionEffects(const model::CompiledModel& model, std::size_t lanes) : lanes_(lanes) {
    for (const model::RandomEffect& effect : model.effects) {
      if (effect.level == expr::Level::kOccasion) {
        slots_.push_back(effect.eta_slot);
      }
    }
  }
  // The model has none.
  [[nodiscard]] bool empty() const { return slots_.empty(); }
  // Keeps what the frame holds as those of the next occasion: 0, 1, ...
  void keep(const expr::Frame& frame) {
    for (const std::size_t slot : slots_) {
      values_.insert(values_.end(), frame.slot(slot), frame.slot(slot) + lanes_);
    }
  }
  void load(std::size_t occasion, std::size_t lane, expr::Frame& frame) const {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      frame.slot(slots_[i])[lane] = values_[(occasion * slots_.size() + i) * lanes_ + lane];
    }
  }

 private:
  std::size_t lanes_;
  std::vector<std::size_t> slots_;
  std::vector<double> values_;  // [occasion][effect][lane]
};

}  // namespace racemate::population
