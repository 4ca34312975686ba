#include "racemate/expr/schedule.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace racemate::expr {

namespace {

constexpr std::uint32_t kNowhere = std::numeric_limits<std::uint32_t>::max();

struct Use {
  bool needed = false;
  bool outlives_level = false;     // a higher level reads it
  ValueId last_at_level = 0;       // the last value of its own level that reads it
  std::uint32_t place = kNowhere;  // slot
  bool temporary = false;
};

struct Copy {
  std::uint32_t from;
  std::uint32_t to;
  Level level;
};

class Scheduler {
 public:
  Scheduler(const ValueGraph& graph, std::span<const ValueId> targets, std::size_t first_target)
      : graph_(graph), uses_(graph.size()), next_slot_(static_cast<std::uint32_t>(first_target + targets.size())) {
    place_targets(targets, static_cast<std::uint32_t>(first_target));
    find_uses();
  }

  Program run() {
    for (std::size_t level = 0; level + 1 < program_.level_begin.size(); ++level) {
      program_.level_begin[level] = program_.instructions.size();
      emit_level(static_cast<Level>(level));
    }
    program_.level_begin.back() = program_.instructions.size();
    program_.slots = next_slot_;
    return std::move(program_);
  }

 private:
  void place_targets(std::span<const ValueId> targets, std::uint32_t slot) {
    for (const ValueId id : targets) {
      Use& use = uses_[id];
      use.needed = true;
      if (graph_[id].operation == Operation::kName) use.place = graph_[id].slot;
      if (use.place == kNowhere) {
        use.place = slot;
      } else {
        copies_.push_back({use.place, slot, graph_[id].level});
      }
      ++slot;
    }
  }

  void find_uses() {
    for (std::size_t user = graph_.size(); user-- > 0;) {
      if (!uses_[user].needed) continue;
      const Value& value = graph_[static_cast<ValueId>(user)];
      for (std::uint32_t i = 0; i < operand_count(value.operation); ++i) {
        Use& use = uses_[value.operands[i]];
        use.needed = true;
        if (value.level > graph_[value.operands[i]].level) {
          use.outlives_level = true;
        } else {
          use.last_at_level = std::max(use.last_at_level, static_cast<ValueId>(user));
        }
      }
    }
  }

  void emit_level(Level level) {
    free_slots_.clear();
    for (std::size_t index = 0; index < graph_.size(); ++index) {
      const auto id = static_cast<ValueId>(index);
      if (uses_[id].needed && graph_[id].level == level) emit(id);
    }
    for (const Copy& copy : copies_) {
      if (copy.level == level) {
        program_.instructions.push_back({.operation = Operation::kCopy, .result = copy.to, .a = copy.from});
      }
    }
  }

  void emit(ValueId id) {
    const Value& value = graph_[id];
    if (value.operation == Operation::kName) {
      uses_[id].place = value.slot;
      return;
    }
    if (uses_[id].place == kNowhere) {
      uses_[id].place = take_slot();
      uses_[id].temporary = true;
    }
    // Unused operands are value 0, which may have no place; an instruction does not read them.
    const std::uint32_t count = operand_count(value.operation);
    const auto place = [&](std::uint32_t i) { return i < count ? uses_[value.operands[i]].place : 0; };
    program_.instructions.push_back({.operation = value.operation,
                                     .result = uses_[id].place,
                                     .a = place(0),
                                     .b = place(1),
                                     .c = place(2),
                                     .literal = value.literal});
    for (std::uint32_t i = 0; i < count; ++i) release_after(id, value.operands[i]);
  }

  // Gives the slot of an operand back if this was its last reader. Never before the result has its own slot: the
  // loops of evaluate() may assume that a result overlaps no operand.
  void release_after(ValueId reader, ValueId operand) {
    Use& use = uses_[operand];
    if (!use.temporary || use.outlives_level || use.last_at_level != reader) return;
    use.temporary = false;
    free_slots_.push_back(use.place);
  }

  std::uint32_t take_slot() {
    if (free_slots_.empty()) return next_slot_++;
    const std::uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    return slot;
  }

  const ValueGraph& graph_;
  std::vector<Use> uses_;
  std::vector<Copy> copies_;
  std::vector<std::uint32_t> free_slots_;
  std::uint32_t next_slot_;
  Program program_;
};

}  // namespace

Program schedule(const ValueGraph& graph, std::span<const ValueId> targets, std::size_t first_target) {
  return Scheduler(graph, targets, first_target).run();
}

}  // namespace racemate::expr
