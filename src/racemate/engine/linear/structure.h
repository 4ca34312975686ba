// The sparse shape of a linear compartmental system and of its propagator, found once per plan.
//
// The system is augmented so that one matrix exponential gives everything an interval needs:
//
//   rows/columns   x  amounts of the n states
//                  z  accumulators: z[0] is what left the system (mass balance), z[1..] integrals of chosen states
//                  u  sources: constant rates into chosen states
//
//   d/dt [x; z; u] = [ K 0 B ; C 0 0 ; 0 0 0 ] [x; z; u]
//
// Its exponential over h is [ P 0 Q ; R I S ; 0 0 I ]: x(h) = P x + Q u, z(h) - z(0) = R x + S u. Only entries that can
// be non-zero are stored (the reflexive transitive closure of the flows); products run over lists of such entries.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace racemate::engine::linear {

inline constexpr int kOutsideSystem = -1;
// Kernels keep the states of one step on the stack; published models have about 20 with their transit chains.
inline constexpr int kMostStates = 64;

// A first-order flow between states, or out of the system.
struct FlowShape {
  int from = 0;
  int to = kOutsideSystem;
};

class Structure {
 public:
  // flows: any order, several between the same pair are added. integrated, sources: states, without repetition.
  Structure(int states, std::vector<FlowShape> flows, std::vector<int> integrated, std::vector<int> sources);

  struct Entry {
    int row;
    int column;
  };
  // One term of a product: left entry x right entry.
  struct Term {
    std::uint16_t left;
    std::uint16_t right;
  };

  // Result entries that share their terms: `rows` consecutive rows times `columns` consecutive columns. Entry (r, c) of
  // the tile is first_entry + r row_stride + c; its terms are those of the tile with r row_stride added on the left and
  // c on the right. A kernel loads a factor once for the whole tile, and the sums do not wait for each other.
  struct Tile {
    std::uint32_t first_term;
    std::uint16_t terms;
    std::uint16_t first_entry;
    std::uint16_t row_stride;
    std::uint8_t rows;     // 1 to kTileSide
    std::uint8_t columns;  // 1 to kTileSide
  };
  static constexpr int kTileSide = 3;  // nine sums and four factors fit sixteen vector registers

  [[nodiscard]] int states() const { return states_; }
  [[nodiscard]] int accumulators() const { return accumulators_; }
  [[nodiscard]] int sources() const { return static_cast<int>(sources_.size()); }
  [[nodiscard]] int source_state(int source) const { return sources_[static_cast<std::size_t>(source)]; }
  // The state that accumulator a >= 1 integrates.
  [[nodiscard]] int integrated_state(int accumulator) const {
    return integrated_[static_cast<std::size_t>(accumulator - 1)];
  }
  [[nodiscard]] const std::vector<FlowShape>& flows() const { return flows_; }
  [[nodiscard]] std::size_t entries() const { return entries_.size(); }
  [[nodiscard]] std::span<const Entry> entry_list() const { return entries_; }
  // Index of an entry of the augmented matrix, or -1 where it is always zero.
  [[nodiscard]] int entry(int row, int column) const {
    return index_[static_cast<std::size_t>(row) * static_cast<std::size_t>(size_) + static_cast<std::size_t>(column)];
  }
  [[nodiscard]] int row_of_accumulator(int accumulator) const { return states_ + accumulator; }
  [[nodiscard]] int column_of_source(int source) const { return states_ + accumulators_ + source; }

  // Product lists: terms of result entry e are terms()[term_begin()[e] .. term_begin()[e + 1]).
  [[nodiscard]] std::span<const std::uint32_t> term_begin() const { return term_begin_; }
  [[nodiscard]] std::span<const Term> terms() const { return terms_; }
  // Every result entry lies in one tile; first_term indexes terms().
  [[nodiscard]] std::span<const Tile> tiles() const { return tiles_; }

  // Per state column: the entries that share out a unit amount (states and "left the system"), which sum to one; and
  // the entries of the other accumulators.
  [[nodiscard]] std::span<const std::uint16_t> mass_entries(int column) const {
    return mass_entries_[static_cast<std::size_t>(column)];
  }
  [[nodiscard]] std::span<const std::uint16_t> integral_entries(int column) const {
    return integral_entries_[static_cast<std::size_t>(column)];
  }

 private:
  void close();
  void list_products();
  void list_tiles();
  void list_columns();

  int states_;
  int accumulators_;
  int size_;
  std::vector<FlowShape> flows_;
  std::vector<int> integrated_;
  std::vector<int> sources_;
  std::vector<Entry> entries_;
  std::vector<int> index_;
  std::vector<std::uint32_t> term_begin_;
  std::vector<Term> terms_;
  std::vector<Tile> tiles_;
  std::vector<std::vector<std::uint16_t>> mass_entries_;
  std::vector<std::vector<std::uint16_t>> integral_entries_;
};

}  // namespace racemate::engine::linear
