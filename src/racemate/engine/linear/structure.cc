#include "racemate/engine/linear/structure.h"

#include <limits>
#include <utility>

#include "racemate/core/check.h"

namespace racemate::engine::linear {

namespace {

// The lists hold 16-bit indices; a compartmental model of this kind has some tens of states.
constexpr std::size_t kMaxEntries = std::numeric_limits<std::uint16_t>::max();

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

Structure::Structure(int states, std::vector<FlowShape> flows, std::vector<int> integrated, std::vector<int> sources)
    : states_(states),
      accumulators_(1 + static_cast<int>(integrated.size())),
      size_(states + accumulators_ + static_cast<int>(sources.size())),
      flows_(std::move(flows)),
      integrated_(std::move(integrated)),
      sources_(std::move(sources)),
      index_(at(size_ * size_), -1) {
  RACEMATE_CHECK(states > 0 && states <= kMostStates, "a system has 1 to kMostStates states");
  close();
  list_products();
  list_columns();
}

void Structure::close() {
  std::vector<bool> reach(at(size_ * size_), false);
  const auto mark = [&](int row, int column) { reach[at(row * size_ + column)] = true; };
  for (int i = 0; i < size_; ++i) mark(i, i);
  for (const FlowShape& flow : flows_) {
    RACEMATE_CHECK(flow.from >= 0 && flow.from < states_ && flow.to < states_, "a flow joins states");
    mark(flow.to == kOutsideSystem ? row_of_accumulator(0) : flow.to, flow.from);
  }
  for (std::size_t i = 0; i < integrated_.size(); ++i) {
    mark(row_of_accumulator(1 + static_cast<int>(i)), integrated_[i]);
  }
  for (int s = 0; s < this->sources(); ++s) mark(source_state(s), column_of_source(s));
  for (int k = 0; k < size_; ++k) {
    for (int i = 0; i < size_; ++i) {
      if (!reach[at(i * size_ + k)]) continue;
      for (int j = 0; j < size_; ++j) {
        if (reach[at(k * size_ + j)]) mark(i, j);
      }
    }
  }
  for (int i = 0; i < size_; ++i) {
    for (int j = 0; j < size_; ++j) {
      if (!reach[at(i * size_ + j)]) continue;
      index_[at(i * size_ + j)] = static_cast<int>(entries_.size());
      entries_.push_back({i, j});
    }
  }
  RACEMATE_CHECK(entries_.size() <= kMaxEntries, "the propagator has at most 65,535 entries");
}

void Structure::list_products() {
  term_begin_.push_back(0);
  for (const Entry& result : entries_) {
    for (int k = 0; k < size_; ++k) {
      const int left = entry(result.row, k);
      const int right = entry(k, result.column);
      if (left >= 0 && right >= 0) {
        terms_.push_back({static_cast<std::uint16_t>(left), static_cast<std::uint16_t>(right)});
      }
    }
    term_begin_.push_back(static_cast<std::uint32_t>(terms_.size()));
  }
}

void Structure::list_columns() {
  mass_entries_.resize(at(size_));
  integral_entries_.resize(at(size_));
  for (std::size_t e = 0; e < entries_.size(); ++e) {
    const auto [row, column] = entries_[e];
    if (row <= row_of_accumulator(0)) {
      mass_entries_[at(column)].push_back(static_cast<std::uint16_t>(e));
    } else if (row < states_ + accumulators_) {
      integral_entries_[at(column)].push_back(static_cast<std::uint16_t>(e));
    }
  }
}

}  // namespace racemate::engine::linear
