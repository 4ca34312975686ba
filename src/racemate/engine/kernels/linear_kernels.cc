#include "racemate/engine/kernels/linear_kernels.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "racemate/engine/kernels/linear_kernels.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "racemate/engine/kernels/linear_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace racemate::engine::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Lanes = hn::CappedTag<double, kGroup>;
using Vector = hn::Vec<Lanes>;

constexpr int kDegree = 16;
// 1/k! for k = 0..16.
constexpr double kInverseFactorial[kDegree + 1] = {1.0,
                                                   1.0,
                                                   1.0 / 2.0,
                                                   1.0 / 6.0,
                                                   1.0 / 24.0,
                                                   1.0 / 120.0,
                                                   1.0 / 720.0,
                                                   1.0 / 5040.0,
                                                   1.0 / 40320.0,
                                                   1.0 / 362880.0,
                                                   1.0 / 3628800.0,
                                                   1.0 / 39916800.0,
                                                   1.0 / 479001600.0,
                                                   1.0 / 6227020800.0,
                                                   1.0 / 87178291200.0,
                                                   1.0 / 1307674368000.0,
                                                   1.0 / 20922789888000.0};
constexpr double kLargestScaledStep = 0.5;
constexpr std::size_t kMostStates = linear::kMostStates;
constexpr int kMostSquarings = 1000;  // q h can be any double; 2^1000 covers them

// What a product does with the mass: nothing, or as conserve_mass() below without integrals.
enum class Mass : std::uint8_t { kAsItComes, kConserved };

// A total of nothing must not divide: a source column over no time.
constexpr double kSmallestTotal = std::numeric_limits<double>::min();

// A system of kStates states that all reach each other and one source, and nothing integrated: its entries are all that
// a system of this size can have, in the order of the rows. Terms of a sum are in the order of multiply_sparse(). h:
// what source columns sum to, for kConserved.
template <std::size_t kStates, Mass kMass>
HWY_INLINE void multiply_full(const double* HWY_RESTRICT left, const double* HWY_RESTRICT right, Vector h,
                              double* HWY_RESTRICT result, std::size_t lane) {
  const Lanes d;
  constexpr std::size_t kRow = kStates + 1;         // states, source
  constexpr std::size_t kLeft = kStates * kRow;     // row of what left the system: states, itself, source
  constexpr std::size_t kItself = kLeft + kStates;  // 1, like kSource
  constexpr std::size_t kSource = kItself + 2;
  const auto at = [&](const double* from, std::size_t entry)
                      HWY_ATTR { return hn::Load(d, from + entry * kGroup + lane); };
  const auto put = [&](std::size_t entry, Vector value)
                       HWY_ATTR { hn::Store(value, d, result + entry * kGroup + lane); };
  Vector mass[kStates + 1][kRow];  // rows of the states and of what left
  for (std::size_t row = 0; row <= kStates; ++row) {
    Vector factor[kStates];
    for (std::size_t k = 0; k < kStates; ++k) factor[k] = at(left, row * kRow + k);
    for (std::size_t column = 0; column < kRow; ++column) {
      Vector sum = hn::Mul(factor[0], at(right, column));
      for (std::size_t k = 1; k < kStates; ++k) sum = hn::MulAdd(factor[k], at(right, k * kRow + column), sum);
      mass[row][column] = sum;
    }
  }
  for (std::size_t row = 0; row < kStates; ++row) {
    mass[row][kStates] = hn::MulAdd(at(left, row * kRow + kStates), at(right, kSource), mass[row][kStates]);
  }
  const Vector itself = at(left, kItself);
  for (std::size_t column = 0; column < kStates; ++column) {
    mass[kStates][column] = hn::MulAdd(itself, at(right, kLeft + column), mass[kStates][column]);
  }
  const Vector kept = hn::MulAdd(itself, at(right, kItself + 1), mass[kStates][kStates]);
  mass[kStates][kStates] = hn::MulAdd(at(left, kItself + 1), at(right, kSource), kept);

  if constexpr (kMass == Mass::kConserved) {
    const Vector one = hn::Set(d, 1.0);
    for (std::size_t column = 0; column < kRow; ++column) {
      Vector total = mass[0][column];
      for (std::size_t row = 1; row <= kStates; ++row) total = hn::Add(total, mass[row][column]);
      const Vector factor =
          column < kStates ? hn::Div(one, total) : hn::Div(h, hn::Max(total, hn::Set(d, kSmallestTotal)));
      for (std::size_t row = 0; row <= kStates; ++row) mass[row][column] = hn::Mul(mass[row][column], factor);
    }
    put(kItself, one);
    put(kSource, one);
  } else {
    put(kItself, hn::Mul(itself, at(right, kItself)));
    put(kSource, hn::Mul(at(left, kSource), at(right, kSource)));
  }
  for (std::size_t row = 0; row < kStates; ++row) {
    for (std::size_t column = 0; column < kRow; ++column) put(row * kRow + column, mass[row][column]);
  }
  for (std::size_t column = 0; column < kStates; ++column) put(kLeft + column, mass[kStates][column]);
  put(kItself + 1, mass[kStates][kStates]);
}

template <std::size_t kRows, std::size_t kColumns>
HWY_INLINE void multiply_tile(const linear::Structure::Tile& tile, const linear::Structure::Term* HWY_RESTRICT terms,
                              const double* HWY_RESTRICT left, const double* HWY_RESTRICT right,
                              double* HWY_RESTRICT result) {
  const Lanes d;
  const std::size_t stride = tile.row_stride * kGroup;
  Vector sum[kRows][kColumns];
  const auto add_term = [&](const linear::Structure::Term& term, const auto& combine) HWY_ATTR {
    const double* factor = left + term.left * kGroup;
    const double* values = right + term.right * kGroup;
    Vector value[kColumns];
    for (std::size_t c = 0; c < kColumns; ++c) value[c] = hn::Load(d, values + c * kGroup);
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vector row_factor = hn::Load(d, factor + r * stride);
      for (std::size_t c = 0; c < kColumns; ++c) combine(sum[r][c], row_factor, value[c]);
    }
  };
  add_term(terms[0], [](Vector& total, Vector a, Vector b) HWY_ATTR { total = hn::Mul(a, b); });
  for (std::size_t t = 1; t < tile.terms; ++t) {
    add_term(terms[t], [](Vector& total, Vector a, Vector b) HWY_ATTR { total = hn::MulAdd(a, b, total); });
  }
  double* to = result + tile.first_entry * kGroup;
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t c = 0; c < kColumns; ++c) hn::Store(sum[r][c], d, to + r * stride + c * kGroup);
  }
}

// result = left x right over the entries that can be non-zero. Not in place.
void multiply_sparse(const linear::Structure& structure, const double* HWY_RESTRICT left,
                     const double* HWY_RESTRICT right, double* HWY_RESTRICT result, std::size_t lane) {
  static_assert(linear::Structure::kTileSide == 3);
  const linear::Structure::Term* all_terms = structure.terms().data();
  left += lane;
  right += lane;
  result += lane;
  for (const linear::Structure::Tile& tile : structure.tiles()) {
    const linear::Structure::Term* terms = all_terms + tile.first_term;
    switch (tile.rows * 4 + tile.columns) {
      case 4 + 1:
        multiply_tile<1, 1>(tile, terms, left, right, result);
        break;
      case 4 + 2:
        multiply_tile<1, 2>(tile, terms, left, right, result);
        break;
      case 4 + 3:
        multiply_tile<1, 3>(tile, terms, left, right, result);
        break;
      case 8 + 1:
        multiply_tile<2, 1>(tile, terms, left, right, result);
        break;
      case 8 + 2:
        multiply_tile<2, 2>(tile, terms, left, right, result);
        break;
      case 8 + 3:
        multiply_tile<2, 3>(tile, terms, left, right, result);
        break;
      case 12 + 1:
        multiply_tile<3, 1>(tile, terms, left, right, result);
        break;
      case 12 + 2:
        multiply_tile<3, 2>(tile, terms, left, right, result);
        break;
      default:
        multiply_tile<3, 3>(tile, terms, left, right, result);
        break;
    }
  }
}

// Scales every column to conserve mass over h. scale_integrals: also the accumulators (after the shifted series, whose
// columns all carry the factor exp(q h)).
void conserve_mass(const linear::Structure& structure, Vector h, bool scale_integrals, double* matrix,
                   std::size_t lane) {
  const Lanes d;
  const auto scale_column = [&](int column, Vector total, Vector of_total) {
    const Vector factor = hn::Div(total, of_total);
    for (const std::uint16_t e : structure.mass_entries(column)) {
      const std::size_t i = e * kGroup + lane;
      hn::Store(hn::Mul(hn::Load(d, matrix + i), factor), d, matrix + i);
    }
    return factor;
  };
  const auto column_sum = [&](int column) {
    Vector sum = hn::Zero(d);
    for (const std::uint16_t e : structure.mass_entries(column)) {
      sum = hn::Add(sum, hn::Load(d, matrix + e * kGroup + lane));
    }
    return sum;
  };
  const auto scale_integral_entries = [&](int column, Vector factor) {
    for (const std::uint16_t e : structure.integral_entries(column)) {
      const std::size_t i = e * kGroup + lane;
      hn::Store(hn::Mul(hn::Load(d, matrix + i), factor), d, matrix + i);
    }
  };
  const Vector one = hn::Set(d, 1.0);
  for (int j = 0; j < structure.states(); ++j) {
    const Vector factor = scale_column(j, one, column_sum(j));
    if (scale_integrals) scale_integral_entries(j, factor);
  }
  const Vector smallest = hn::Set(d, kSmallestTotal);
  for (int s = 0; s < structure.sources(); ++s) {
    const int column = structure.column_of_source(s);
    const Vector factor = scale_column(column, h, hn::Max(column_sum(column), smallest));
    if (scale_integrals) scale_integral_entries(column, factor);
  }
  // Accumulators and sources keep what they have: ones on their diagonal.
  const int size = structure.states() + structure.accumulators() + structure.sources();
  for (int i = structure.states(); i < size; ++i) {
    hn::Store(one, d, matrix + static_cast<std::size_t>(structure.entry(i, i)) * kGroup + lane);
  }
}

// The number of states of a system that multiply_full() knows, or 0.
std::size_t full_size(const linear::Structure& structure) {
  const auto states = static_cast<std::size_t>(structure.states());
  const bool full =
      structure.accumulators() == 1 && structure.sources() == 1 && structure.entries() == states * (states + 2) + 3;
  return full && states <= 4 ? states : 0;
}

template <Mass kMass>
void multiply_by_size(const linear::Structure& structure, const double* left, const double* right, Vector h,
                      double* result, std::size_t lane) {
  switch (full_size(structure)) {
    case 1:
      return multiply_full<1, kMass>(left, right, h, result, lane);
    case 2:
      return multiply_full<2, kMass>(left, right, h, result, lane);
    case 3:
      return multiply_full<3, kMass>(left, right, h, result, lane);
    case 4:
      return multiply_full<4, kMass>(left, right, h, result, lane);
    default:
      multiply_sparse(structure, left, right, result, lane);
      if constexpr (kMass == Mass::kConserved) conserve_mass(structure, h, false, result, lane);
  }
}

void multiply(const linear::Structure& structure, const double* left, const double* right, double* result,
              std::size_t lane) {
  multiply_by_size<Mass::kAsItComes>(structure, left, right, hn::Zero(Lanes()), result, lane);
}

// A product of propagators over h together.
void multiply_propagators(const linear::Structure& structure, const double* left, const double* right, Vector h,
                          double* result, std::size_t lane) {
  multiply_by_size<Mass::kConserved>(structure, left, right, h, result, lane);
}

// result = n4 x result + polynomial block of degree 3 starting at coefficient k0. product is scratch.
void horner_block(const linear::Structure& structure, const double* n1, const double* n2, const double* n3,
                  const double* n4, int k0, double* result, double* product, std::size_t lane) {
  const Lanes d;
  multiply(structure, n4, result, product, lane);
  const Vector c1 = hn::Set(d, kInverseFactorial[k0 + 1]);
  const Vector c2 = hn::Set(d, kInverseFactorial[k0 + 2]);
  const Vector c3 = hn::Set(d, kInverseFactorial[k0 + 3]);
  const std::size_t entries = structure.entries();
  for (std::size_t e = 0; e < entries; ++e) {
    const std::size_t i = e * kGroup + lane;
    Vector sum = hn::MulAdd(c3, hn::Load(d, n3 + i), hn::Load(d, product + i));
    sum = hn::MulAdd(c2, hn::Load(d, n2 + i), sum);
    sum = hn::MulAdd(c1, hn::Load(d, n1 + i), sum);
    hn::Store(sum, d, result + i);
  }
  const Vector c0 = hn::Set(d, kInverseFactorial[k0]);
  for (const auto [row, column] : structure.entry_list()) {
    if (row != column) continue;
    const std::size_t i = static_cast<std::size_t>(structure.entry(row, column)) * kGroup + lane;
    hn::Store(hn::Add(hn::Load(d, result + i), c0), d, result + i);
  }
}

// N = (G + q I) h into n, for h already divided by 2^s. Returns nothing; q is the largest outflow of the lane.
void scaled_generator(const linear::Structure& structure, const double* flow_rates, const double* outflow, Vector q,
                      Vector h, double* n, std::size_t lane) {
  const Lanes d;
  for (std::size_t e = 0; e < structure.entries(); ++e) hn::Store(hn::Zero(d), d, n + e * kGroup + lane);
  const auto add = [&](int row, int column, Vector value) {
    const std::size_t i = static_cast<std::size_t>(structure.entry(row, column)) * kGroup + lane;
    hn::Store(hn::Add(hn::Load(d, n + i), value), d, n + i);
  };
  const auto flows = std::span(structure.flows());
  for (std::size_t f = 0; f < flows.size(); ++f) {
    const int row = flows[f].to == linear::kOutsideSystem ? structure.row_of_accumulator(0) : flows[f].to;
    add(row, flows[f].from, hn::Mul(hn::Load(d, flow_rates + f * kGroup + lane), h));
  }
  for (int j = 0; j < structure.states(); ++j) {
    const Vector out = hn::Load(d, outflow + static_cast<std::size_t>(j) * kGroup + lane);
    add(j, j, hn::Mul(hn::Sub(q, out), h));
  }
  const int size = structure.states() + structure.accumulators() + structure.sources();
  for (int i = structure.states(); i < size; ++i) add(i, i, hn::Mul(q, h));
  for (int a = 1; a < structure.accumulators(); ++a) {
    add(structure.row_of_accumulator(a), structure.integrated_state(a), h);
  }
  for (int s = 0; s < structure.sources(); ++s) add(structure.source_state(s), structure.column_of_source(s), h);
}

// The largest outflow rate; outflow[state] receives each state's own.
Vector largest_outflow(const linear::Structure& structure, const double* flow_rates, double* outflow,
                       std::size_t lane) {
  const Lanes d;
  const auto states = static_cast<std::size_t>(structure.states());
  for (std::size_t j = 0; j < states; ++j) hn::Store(hn::Zero(d), d, outflow + j * kGroup + lane);
  const auto flows = std::span(structure.flows());
  for (std::size_t f = 0; f < flows.size(); ++f) {
    const std::size_t i = static_cast<std::size_t>(flows[f].from) * kGroup + lane;
    hn::Store(hn::Add(hn::Load(d, outflow + i), hn::Load(d, flow_rates + f * kGroup + lane)), d, outflow + i);
  }
  Vector q = hn::Zero(d);
  for (std::size_t j = 0; j < states; ++j) q = hn::Max(q, hn::Load(d, outflow + j * kGroup + lane));
  return q;
}

void propagate_lanes(const linear::Structure& structure, const double* flow_rates, const double* h_h, double* result,
                     double* scratch, std::size_t lane) {
  const Lanes d;
  const std::size_t block = structure.entries() * kGroup;
  double* n1 = scratch;
  double* n2 = n1 + block;
  double* n3 = n2 + block;
  double* n4 = n3 + block;
  double* product = n4 + block;
  double* outflow = product + block;

  const Vector q = largest_outflow(structure, flow_rates, outflow, lane);
  Vector h = hn::Load(d, h_h + lane);
  // Halvings per lane: h /= 2 while q h > 1/2, counted exactly.
  const Vector half = hn::Set(d, 0.5);
  const Vector largest = hn::Set(d, kLargestScaledStep);
  Vector squarings = hn::Zero(d);
  Vector scaled = hn::Mul(q, h);
  int rounds = 0;
  for (; rounds < kMostSquarings; ++rounds) {
    const auto too_large = hn::Gt(scaled, largest);
    if (hn::AllFalse(d, too_large)) break;
    scaled = hn::IfThenElse(too_large, hn::Mul(scaled, half), scaled);
    h = hn::IfThenElse(too_large, hn::Mul(h, half), h);
    squarings = hn::IfThenElse(too_large, hn::Add(squarings, hn::Set(d, 1.0)), squarings);
  }

  scaled_generator(structure, flow_rates, outflow, q, h, n1, lane);
  multiply(structure, n1, n1, n2, lane);
  multiply(structure, n2, n1, n3, lane);
  multiply(structure, n2, n2, n4, lane);
  const Vector last = hn::Set(d, kInverseFactorial[kDegree]);
  const Vector c13 = hn::Set(d, kInverseFactorial[13]);
  const Vector c14 = hn::Set(d, kInverseFactorial[14]);
  const Vector c15 = hn::Set(d, kInverseFactorial[15]);
  for (std::size_t e = 0; e < structure.entries(); ++e) {
    const std::size_t i = e * kGroup + lane;
    Vector sum = hn::Mul(last, hn::Load(d, n4 + i));
    sum = hn::MulAdd(c15, hn::Load(d, n3 + i), sum);
    sum = hn::MulAdd(c14, hn::Load(d, n2 + i), sum);
    sum = hn::MulAdd(c13, hn::Load(d, n1 + i), sum);
    hn::Store(sum, d, result + i);
  }
  const int size = structure.states() + structure.accumulators() + structure.sources();
  for (int i = 0; i < size; ++i) {
    const std::size_t e = static_cast<std::size_t>(structure.entry(i, i)) * kGroup + lane;
    hn::Store(hn::Add(hn::Load(d, result + e), hn::Set(d, kInverseFactorial[12])), d, result + e);
  }
  for (int k0 = 8; k0 >= 0; k0 -= 4) horner_block(structure, n1, n2, n3, n4, k0, result, product, lane);
  conserve_mass(structure, h, true, result, lane);

  Vector done = hn::Zero(d);
  for (int k = 0; k < rounds; ++k) {
    const auto more = hn::Lt(done, squarings);
    multiply_propagators(structure, result, result, hn::Add(h, h), product, lane);
    for (std::size_t e = 0; e < structure.entries(); ++e) {
      const std::size_t i = e * kGroup + lane;
      hn::Store(hn::IfThenElse(more, hn::Load(d, product + i), hn::Load(d, result + i)), d, result + i);
    }
    h = hn::IfThenElse(more, hn::Add(h, h), h);
    done = hn::Add(done, hn::Set(d, 1.0));
  }
}

void propagate_target(const linear::Structure& structure, const double* flow_rates, const double* h_h, double* result,
                      double* scratch) {
  const Lanes d;
  for (std::size_t lane = 0; lane < kGroup; lane += hn::Lanes(d)) {
    propagate_lanes(structure, flow_rates, h_h, result, scratch, lane);
  }
}

void product_target(const linear::Structure& structure, const double* second, const double* first, const double* h_h,
                    double* result) {
  const Lanes d;
  for (std::size_t lane = 0; lane < kGroup; lane += hn::Lanes(d)) {
    multiply_propagators(structure, second, first, hn::Load(d, h_h + lane), result, lane);
  }
}

// What one group's data starts at.
struct GroupView {
  double* states;
  const double* source_rates;
  const double* scales;
  const double* slope_rows;
  std::size_t first_lane;  // in recorded arrays
};

GroupView group_view(const AdvanceArguments& a, std::size_t states, std::size_t sources, std::size_t group) {
  const std::size_t outputs = a.outputs.size();
  return {a.states + group * states * kGroup, a.source_rates + group * sources * kGroup,
          a.scales + group * outputs * kGroup, a.slope_rows + group * outputs * states * kGroup, group * kGroup};
}

// Row . (states, source rates).
template <class States>
HWY_INLINE Vector row_value(const double* row, const States& x, std::size_t states, const double* source_rates,
                            std::size_t sources) {
  const Lanes d;
  Vector sum = hn::Mul(hn::Load(d, row), x[0]);
  for (std::size_t j = 1; j < states; ++j) sum = hn::MulAdd(hn::Load(d, row + j * kGroup), x[j], sum);
  for (std::size_t s = 0; s < sources; ++s) {
    sum = hn::MulAdd(hn::Load(d, row + (states + s) * kGroup), hn::Load(d, source_rates + s * kGroup), sum);
  }
  return sum;
}

// Concentration and slope of every output at the group's current state.
template <class States>
HWY_INLINE void record(const AdvanceArguments& a, const GroupView& view, const States& x, std::size_t states,
                       std::size_t point, std::size_t lane) {
  const Lanes d;
  for (std::size_t o = 0; o < a.outputs.size(); ++o) {
    const ObservedOutput& output = a.outputs[o];
    const Vector scale = hn::Load(d, view.scales + o * kGroup + lane);
    const std::size_t at = point * a.stride + view.first_lane + lane;
    hn::Store(hn::Mul(x[output.state], scale), d, a.value[o] + at);
    if (a.slope.empty()) continue;
    const double* row = view.slope_rows + o * states * kGroup + lane;
    Vector slope = hn::Zero(d);
    if (output.source >= 0) {
      const double* rate = view.source_rates + static_cast<std::size_t>(output.source) * kGroup + lane;
      slope = hn::Mul(scale, hn::Load(d, rate));
    }
    for (std::size_t j = 0; j < states; ++j) slope = hn::MulAdd(hn::Load(d, row + j * kGroup), x[j], slope);
    hn::Store(slope, d, a.slope[o] + at);
  }
}

// The rows of a packed propagator in registers, with the contribution of the constant inputs summed up.
template <std::size_t kRows, std::size_t kStates>
struct StepRows {
  Vector entry[kRows][kStates];
  Vector input[kRows];

  HWY_INLINE StepRows(const double* packed, const double* source_rates, std::size_t sources, std::size_t lane) {
    const Lanes d;
    for (std::size_t row = 0; row < kRows; ++row) {
      const double* from = packed + row * (kStates + sources) * kGroup + lane;
      for (std::size_t j = 0; j < kStates; ++j) entry[row][j] = hn::Load(d, from + j * kGroup);
      input[row] = hn::Zero(d);
      for (std::size_t s = 0; s < sources; ++s) {
        input[row] = hn::MulAdd(hn::Load(d, from + (kStates + s) * kGroup),
                                hn::Load(d, source_rates + s * kGroup + lane), input[row]);
      }
    }
  }
  // New value of a row after one step from states x.
  [[nodiscard]] HWY_INLINE Vector apply(std::size_t row, const Vector (&x)[kStates]) const {
    Vector sum = hn::MulAdd(entry[row][0], x[0], input[row]);
    for (std::size_t j = 1; j < kStates; ++j) sum = hn::MulAdd(entry[row][j], x[j], sum);
    return sum;
  }
};

// A run of equal steps of one group's vector of lanes, for few states and at most one output: the propagator, the
// contribution of the constant inputs and the states stay in registers.
template <std::size_t kStates, std::size_t kOutputs>
HWY_INLINE void run_group(const AdvanceArguments& a, const double* packed, const GroupView& view, std::size_t sources,
                          std::size_t first_point, std::size_t steps, std::size_t lane) {
  const Lanes d;
  constexpr std::size_t kRows = kStates + kOutputs;
  const StepRows<kRows, kStates> rows(packed, view.source_rates, sources, lane);
  Vector x[kStates];
  for (std::size_t j = 0; j < kStates; ++j) x[j] = hn::Load(d, view.states + j * kGroup + lane);

  if constexpr (kOutputs == 0) {
    for (std::size_t step = 0; step < steps; ++step) {
      Vector next[kStates];
      for (std::size_t row = 0; row < kStates; ++row) next[row] = rows.apply(row, x);
      for (std::size_t j = 0; j < kStates; ++j) x[j] = next[j];
    }
  } else {
    const ObservedOutput& output = a.outputs[0];
    const Vector scale = hn::Load(d, view.scales + lane);
    Vector slope_row[kStates];
    Vector scale_row[kStates];  // scale at the observed state, zero elsewhere
    for (std::size_t j = 0; j < kStates; ++j) {
      slope_row[j] = hn::Load(d, view.slope_rows + j * kGroup + lane);
      scale_row[j] = j == output.state ? scale : hn::Zero(d);
    }
    Vector slope_input = hn::Zero(d);
    if (output.source >= 0) {
      const double* rate = view.source_rates + static_cast<std::size_t>(output.source) * kGroup + lane;
      slope_input = hn::Mul(scale, hn::Load(d, rate));
    }
    double* auc = a.auc[0] + view.first_lane + lane;
    Vector total = hn::Load(d, auc);
    double* value = a.value[0] + first_point * a.stride + view.first_lane + lane;
    double* slope = a.slope[0] + first_point * a.stride + view.first_lane + lane;
    for (std::size_t step = 0; step < steps; ++step, value += a.stride, slope += a.stride) {
      Vector next[kRows];
      for (std::size_t row = 0; row < kRows; ++row) next[row] = rows.apply(row, x);
      total = hn::MulAdd(scale, next[kStates], total);
      Vector concentration = hn::Mul(scale_row[0], next[0]);
      Vector derivative = hn::MulAdd(slope_row[0], next[0], slope_input);
      for (std::size_t j = 0; j < kStates; ++j) x[j] = next[j];
      for (std::size_t j = 1; j < kStates; ++j) {
        concentration = hn::MulAdd(scale_row[j], x[j], concentration);
        derivative = hn::MulAdd(slope_row[j], x[j], derivative);
      }
      hn::Store(concentration, d, value);
      hn::Store(derivative, d, slope);
    }
    hn::Store(total, d, auc);
  }
  for (std::size_t j = 0; j < kStates; ++j) hn::Store(x[j], d, view.states + j * kGroup + lane);
}

// As run_group, for values only and any number of outputs.
template <std::size_t kStates>
HWY_INLINE void run_group_values(const AdvanceArguments& a, const double* packed, const GroupView& view,
                                 std::size_t sources, std::size_t first_point, std::size_t steps, std::size_t lane) {
  const Lanes d;
  const StepRows<kStates, kStates> rows(packed, view.source_rates, sources, lane);
  Vector x[kStates];
  for (std::size_t j = 0; j < kStates; ++j) x[j] = hn::Load(d, view.states + j * kGroup + lane);
  HWY_ALIGN double now[kStates * kGroup];
  for (std::size_t step = 0; step < steps; ++step) {
    Vector next[kStates];
    for (std::size_t row = 0; row < kStates; ++row) next[row] = rows.apply(row, x);
    for (std::size_t j = 0; j < kStates; ++j) {
      x[j] = next[j];
      hn::Store(x[j], d, now + j * kGroup);
    }
    const std::size_t at = (first_point + step) * a.stride + view.first_lane + lane;
    for (std::size_t o = 0; o < a.outputs.size(); ++o) {
      const Vector scale = hn::Load(d, view.scales + o * kGroup + lane);
      hn::Store(hn::Mul(hn::Load(d, now + a.outputs[o].state * kGroup), scale), d, a.value[o] + at);
    }
  }
  for (std::size_t j = 0; j < kStates; ++j) hn::Store(x[j], d, view.states + j * kGroup + lane);
}

// One step of one group's vector of lanes, for any number of states and outputs, in memory.
HWY_INLINE void step_large_group(const AdvanceArguments& a, const double* packed, const GroupView& view,
                                 std::size_t states, std::size_t sources, std::size_t point, std::size_t lane) {
  const Lanes d;
  struct InMemory {
    const double* base;
    Vector operator[](std::size_t j) const { return hn::Load(Lanes(), base + j * kGroup); }
  };
  HWY_ALIGN double before[kMostStates * kGroup];
  for (std::size_t j = 0; j < states; ++j) {
    hn::Store(hn::Load(d, view.states + j * kGroup + lane), d, before + j * kGroup);
  }
  const InMemory x{before};
  const std::size_t columns = states + sources;
  const double* rates = view.source_rates + lane;
  const double* rows = packed + lane;
  for (std::size_t o = 0; o < a.auc.size(); ++o) {
    const Vector integral = row_value(rows + (states + o) * columns * kGroup, x, states, rates, sources);
    const Vector scale = hn::Load(d, view.scales + o * kGroup + lane);
    double* auc = a.auc[o] + view.first_lane + lane;
    hn::Store(hn::MulAdd(scale, integral, hn::Load(d, auc)), d, auc);
  }
  for (std::size_t row = 0; row < states; ++row) {
    hn::Store(row_value(rows + row * columns * kGroup, x, states, rates, sources), d,
              view.states + row * kGroup + lane);
  }
  record(a, view, InMemory{view.states + lane}, states, point, lane);
}

constexpr std::size_t kValuesOnly = 99;  // as the number of outputs of a template: any, without slopes and integrals

// kStates 0: any number of states and outputs.
template <std::size_t kStates, std::size_t kOutputs>
void advance_sized(const AdvanceArguments& a) {
  const Lanes d;
  const auto states = static_cast<std::size_t>(a.structure->states());
  const auto sources = static_cast<std::size_t>(a.structure->sources());
  const std::size_t packed_size = (states + a.auc.size()) * (states + sources) * kGroup;
  const std::size_t steps = a.propagators.size();
  for (std::size_t step = 0; step < steps;) {
    std::size_t end = step + 1;
    while (end < steps && a.propagators[end] == a.propagators[step]) ++end;
    for (std::size_t g = 0; g < a.groups; ++g) {
      const GroupView view = group_view(a, states, sources, g);
      const double* packed = a.propagators[step] + g * packed_size;
      for (std::size_t lane = 0; lane < kGroup; lane += hn::Lanes(d)) {
        if constexpr (kStates > 0 && kOutputs == kValuesOnly) {
          run_group_values<kStates>(a, packed, view, sources, step + 1, end - step, lane);
        } else if constexpr (kStates > 0) {
          run_group<kStates, kOutputs>(a, packed, view, sources, step + 1, end - step, lane);
        } else {
          for (std::size_t k = step; k < end; ++k) step_large_group(a, packed, view, states, sources, k + 1, lane);
        }
      }
    }
    step = end;
  }
}

template <std::size_t kOutputs>
void advance_outputs(const AdvanceArguments& a) {
  switch (a.structure->states()) {
    case 1:
      return advance_sized<1, kOutputs>(a);
    case 2:
      return advance_sized<2, kOutputs>(a);
    case 3:
      return advance_sized<3, kOutputs>(a);
    case 4:
      return advance_sized<4, kOutputs>(a);
    case 5:
      return advance_sized<5, kOutputs>(a);
    case 6:
      return advance_sized<6, kOutputs>(a);
    default:
      return advance_sized<0, 0>(a);
  }
}

// Point 0 of the recorded arrays: the current state.
void record_start(const AdvanceArguments& a) {
  const Lanes d;
  struct InMemory {
    const double* base;
    Vector operator[](std::size_t j) const { return hn::Load(Lanes(), base + j * kGroup); }
  };
  const auto states = static_cast<std::size_t>(a.structure->states());
  for (std::size_t g = 0; g < a.groups; ++g) {
    const GroupView view = group_view(a, states, static_cast<std::size_t>(a.structure->sources()), g);
    for (std::size_t lane = 0; lane < kGroup; lane += hn::Lanes(d)) {
      record(a, view, InMemory{view.states + lane}, states, 0, lane);
    }
  }
}

void advance_target(const AdvanceArguments& a) {
  record_start(a);
  if (!a.outputs.empty() && a.slope.empty()) return advance_outputs<kValuesOnly>(a);
  switch (a.outputs.size()) {
    case 0:
      return advance_outputs<0>(a);
    case 1:
      return advance_outputs<1>(a);
    default:
      return advance_sized<0, 0>(a);
  }
}

const char* tier_target() { return hwy::TargetName(HWY_TARGET); }

}  // namespace racemate::engine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace racemate::engine::kernels {

HWY_EXPORT(propagate_target);
HWY_EXPORT(product_target);
HWY_EXPORT(advance_target);
HWY_EXPORT(tier_target);

const char* simd_tier() { return HWY_DYNAMIC_DISPATCH(tier_target)(); }

std::size_t scratch_doubles(const linear::Structure& structure) {
  return (5 * structure.entries() + static_cast<std::size_t>(structure.states())) * kGroup;
}

std::size_t packed_doubles(const linear::Structure& structure, std::size_t outputs) {
  const auto states = static_cast<std::size_t>(structure.states());
  return (states + outputs) * (states + static_cast<std::size_t>(structure.sources())) * kGroup;
}

void pack(const linear::Structure& structure, std::span<const ObservedOutput> outputs, const double* propagator,
          double* packed) {
  const auto copy_row = [&](int row) {
    const auto copy = [&](int column) {
      const int entry = structure.entry(row, column);
      if (entry < 0) {
        packed = std::fill_n(packed, kGroup, 0.0);
      } else {
        packed = std::copy_n(propagator + static_cast<std::size_t>(entry) * kGroup, kGroup, packed);
      }
    };
    for (int j = 0; j < structure.states(); ++j) copy(j);
    for (int s = 0; s < structure.sources(); ++s) copy(structure.column_of_source(s));
  };
  for (int row = 0; row < structure.states(); ++row) copy_row(row);
  for (const ObservedOutput& output : outputs) copy_row(structure.row_of_accumulator(output.accumulator));
}

void propagate(const linear::Structure& structure, const double* flow_rates, const double* h_h, double* result,
               double* scratch) {
  HWY_DYNAMIC_DISPATCH(propagate_target)(structure, flow_rates, h_h, result, scratch);
}

void product(const linear::Structure& structure, const double* second, const double* first, const double* h_h,
             double* result) {
  HWY_DYNAMIC_DISPATCH(product_target)(structure, second, first, h_h, result);
}

void advance(const AdvanceArguments& arguments) { HWY_DYNAMIC_DISPATCH(advance_target)(arguments); }

}  // namespace racemate::engine::kernels
#endif  // HWY_ONCE
