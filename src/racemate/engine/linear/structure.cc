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
  list_tiles();
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

// Rows of states that reach each other have the same entries, and so have their columns: tiles are found by comparing
// term lists, whatever the order of the states.
void Structure::list_tiles() {
  const auto same_row = [&](int a, int b) {
    for (int j = 0; j < size_; ++j) {
      if ((entry(a, j) >= 0) != (entry(b, j) >= 0)) return false;
    }
    return true;
  };
  // Whether the entry after e continues its columns.
  const auto continues = [&](std::size_t e) {
    if (e + 1 >= entries_.size() || entries_[e + 1].row != entries_[e].row) return false;
    const std::size_t count = term_begin_[e + 1] - term_begin_[e];
    if (term_begin_[e + 2] - term_begin_[e + 1] != count) return false;
    for (std::size_t t = term_begin_[e]; t < term_begin_[e + 1]; ++t) {
      if (terms_[t + count].left != terms_[t].left || terms_[t + count].right != terms_[t].right + 1) return false;
    }
    return true;
  };
  // The next piece of `left` things in a line, as even as pieces of at most kTileSide can be.
  const auto piece = [](std::size_t left) {
    const std::size_t pieces = (left + kTileSide - 1) / kTileSide;
    return (left + pieces - 1) / pieces;
  };
  std::size_t first = 0;  // entry at the start of a run of equal rows
  for (int row = 0; row < size_;) {
    int end = row + 1;
    while (end < size_ && same_row(row, end)) ++end;
    std::size_t stride = 0;
    while (first + stride < entries_.size() && entries_[first + stride].row == row) ++stride;
    for (std::size_t at_row = 0; at_row < at(end - row);) {
      const std::size_t rows = piece(at(end - row) - at_row);
      for (std::size_t column = 0; column < stride;) {
        std::size_t run = 1;
        while (column + run < stride && continues(first + column + run - 1)) ++run;
        for (std::size_t done = 0; done < run;) {
          const std::size_t columns = piece(run - done);
          const std::size_t e = first + at_row * stride + column + done;
          tiles_.push_back({term_begin_[e], static_cast<std::uint16_t>(term_begin_[e + 1] - term_begin_[e]),
                            static_cast<std::uint16_t>(e), static_cast<std::uint16_t>(stride),
                            static_cast<std::uint8_t>(rows), static_cast<std::uint8_t>(columns)});
          done += columns;
        }
        column += run;
      }
      at_row += rows;
    }
    first += at(end - row) * stride;
    row = end;
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
