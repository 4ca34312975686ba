// The lane kernels against the reference in 50-digit arithmetic.
#include "racemate/engine/kernels/linear_kernels.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "hwy/targets.h"
#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/linear/structure.h"
#include "racemate/engine/reference/reference.h"

namespace racemate::engine {
namespace {

using HighPrecision = boost::multiprecision::cpp_bin_float_50;
using kernels::kGroup;

// A system with every state integrated and every state fed by a source.
struct Case {
  std::string name;
  int states = 1;
  std::vector<linear::FlowShape> shapes;
  std::vector<double> rates_per_h;
};

std::vector<int> all_states(int states) {
  std::vector<int> list;
  for (int i = 0; i < states; ++i) list.push_back(i);
  return list;
}

std::vector<Case> cases() {
  const linear::FlowShape out0{0, linear::kOutsideSystem};
  const std::vector<linear::FlowShape> mammillary{{0, linear::kOutsideSystem}, {0, 1}, {1, 0}, {0, 2}, {2, 0}};
  return {
      {"one compartment", 1, {out0}, {0.7}},
      {"nothing leaves", 1, {out0}, {0.0}},
      {"three compartments", 3, mammillary, {3.36, 6.44, 2.875, 3.16, 0.5032}},
      {"fast Domino rates", 3, mammillary, {26.286, 35.526, 14.82, 35.4, 0.876}},
      {"zero clearance", 3, mammillary, {0.0, 6.44, 2.875, 3.16, 0.5032}},
      {"zero exchange", 3, mammillary, {3.36, 0.0, 0.0, 0.0, 0.0}},
      {"equal rates", 3, mammillary, {1.0, 1.0, 1.0, 1.0, 1.0}},
      {"absorption equals elimination", 2, {{0, 1}, {1, linear::kOutsideSystem}}, {1.5, 1.5}},
      {"absorption nearly equals elimination", 2, {{0, 1}, {1, linear::kOutsideSystem}}, {1.5, 1.5 * (1 + 1e-9)}},
      {"transit chain of equal rates",
       6,
       {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, linear::kOutsideSystem}},
       {6.0, 6.0, 6.0, 6.0, 6.0, 6.0}},
      {"rates from 1e-6 to 1e3", 3, mammillary, {1e-6, 1e3, 1e-3, 5.0, 1e-4}},
      {"parent and metabolite",
       4,
       {{0, 1}, {1, 0}, {0, 2}, {2, 3}, {3, 2}, {2, linear::kOutsideSystem}, {0, linear::kOutsideSystem}},
       {1.18, 1.59, 0.5, 0.43, 0.27, 0.59, 0.1}},
  };
}

// Propagator of `c` over h for a whole group of equal lanes.
std::vector<double> lane_propagator(const linear::Structure& structure, const Case& c, double h_h) {
  AlignedDoubles rates(c.rates_per_h.size() * kGroup);
  for (std::size_t f = 0; f < c.rates_per_h.size(); ++f) {
    for (std::size_t lane = 0; lane < kGroup; ++lane) rates[f * kGroup + lane] = c.rates_per_h[f];
  }
  AlignedDoubles h(kGroup);
  for (std::size_t lane = 0; lane < kGroup; ++lane) h[lane] = h_h;
  AlignedDoubles result(structure.entries() * kGroup);
  AlignedDoubles scratch(kernels::scratch_doubles(structure));
  kernels::propagate(structure, rates.data(), h.data(), result.data(), scratch.data());
  std::vector<double> first(structure.entries());
  for (std::size_t e = 0; e < structure.entries(); ++e) {
    first[e] = result[e * kGroup];
    for (std::size_t lane = 1; lane < kGroup; ++lane) {
      EXPECT_EQ(result[e * kGroup + lane], first[e]) << "lanes with equal inputs differ";
    }
  }
  return first;
}

double relative_error(double got, const HighPrecision& want) {
  const HighPrecision error = abs(HighPrecision(got) - want);
  return want == 0 ? error.convert_to<double>() : HighPrecision(error / abs(want)).convert_to<double>();
}

// The promise of the issue: 1e-10 relative or 1e-14 of the dose, whichever is larger.
void expect_amount(double got, const HighPrecision& want, double dose, const std::string& where) {
  const double error = abs(HighPrecision(got) - want).convert_to<double>();
  const double allowed = std::max(1e-10 * std::fabs(want.convert_to<double>()), 1e-14 * dose);
  EXPECT_LE(error, allowed) << where << ": got " << got << ", want " << want.convert_to<double>();
}

TEST(Propagator, AmountsAgreeWithFiftyDigitsForAnyStep) {
  double worst = 0;
  for (const Case& c : cases()) {
    const linear::Structure structure(c.states, c.shapes, all_states(c.states), all_states(c.states));
    reference::System system{c.states, {}, {}};
    for (std::size_t f = 0; f < c.shapes.size(); ++f) {
      system.flows.push_back({c.shapes[f].from, c.shapes[f].to, c.rates_per_h[f]});
    }
    for (const double h : {1e-9, 1e-3, 0.1, 1.0, 24.0, 336.0, 1e4}) {
      const std::vector<double> propagator = lane_propagator(structure, c, h);
      for (int column = 0; column < c.states; ++column) {
        const std::string where = c.name + ", h = " + std::to_string(h) + ", column " + std::to_string(column);
        system.inputs = {{0.0, column, 1.0, 0.0}};
        const auto bolus = reference::simulate<HighPrecision>(system, {h}).front();
        system.inputs = {{0.0, column, h, h}};  // unit rate
        const auto infusion = reference::simulate<HighPrecision>(system, {h}).front();
        const auto entry = [&](int row, int col) {
          const int e = structure.entry(row, col);
          return e < 0 ? 0.0 : propagator[static_cast<std::size_t>(e)];
        };
        for (int row = 0; row < c.states; ++row) {
          const auto r = static_cast<std::size_t>(row);
          expect_amount(entry(row, column), bolus.amount[r], 1.0, where + ", amount");
          expect_amount(entry(row, structure.column_of_source(column)), infusion.amount[r], h, where + ", infusion");
          expect_amount(entry(structure.row_of_accumulator(1 + row), column), bolus.integral[r], h,
                        where + ", integral");
          expect_amount(entry(structure.row_of_accumulator(1 + row), structure.column_of_source(column)),
                        infusion.integral[r], h * h, where + ", integral of infusion");
          if (bolus.amount[r] > HighPrecision(1e-6)) {
            worst = std::max(worst, relative_error(entry(row, column), bolus.amount[r]));
          }
        }
        expect_amount(entry(structure.row_of_accumulator(0), column), bolus.eliminated, 1.0, where + ", eliminated");
      }
    }
  }
  // Documented in the header; a regression of the method shows here first.
  EXPECT_LT(worst, 2e-13);
  RecordProperty("worst_relative_error", std::to_string(worst));
}

TEST(Propagator, ZeroStepIsTheIdentity) {
  const Case c = cases()[2];
  const linear::Structure structure(c.states, c.shapes, {0}, {0});
  const std::vector<double> propagator = lane_propagator(structure, c, 0.0);
  for (std::size_t e = 0; e < structure.entries(); ++e) {
    const auto entry = structure.entry_list()[e];
    EXPECT_EQ(propagator[e], entry.row == entry.column ? 1.0 : 0.0) << entry.row << ", " << entry.column;
  }
}

TEST(Propagator, SquaringIsPropagatingTwice) {
  for (const Case& c : cases()) {
    const linear::Structure structure(c.states, c.shapes, all_states(c.states), all_states(c.states));
    AlignedDoubles rates(c.rates_per_h.size() * kGroup);
    for (std::size_t i = 0; i < c.rates_per_h.size() * kGroup; ++i) rates[i] = c.rates_per_h[i / kGroup];
    AlignedDoubles half(structure.entries() * kGroup);
    AlignedDoubles squared(structure.entries() * kGroup);
    AlignedDoubles scratch(kernels::scratch_doubles(structure));
    AlignedDoubles h(kGroup);
    std::fill_n(h.data(), kGroup, 0.75);
    kernels::propagate(structure, rates.data(), h.data(), half.data(), scratch.data());
    std::fill_n(h.data(), kGroup, 1.5);
    kernels::product(structure, half.data(), half.data(), h.data(), squared.data());
    const std::vector<double> whole = lane_propagator(structure, c, 1.5);
    for (std::size_t e = 0; e < structure.entries(); ++e) {
      EXPECT_NEAR(squared[e * kGroup], whole[e], 1e-14 * std::max(1.0, std::fabs(whole[e]))) << c.name;
    }
  }
}

// Small systems of which nothing is integrated have products of their own; asking for an area changes no other bit.
TEST(Propagator, IntegralsDoNotChangeWhatTheyIntegrate) {
  const linear::FlowShape out0{0, linear::kOutsideSystem};
  for (const Case& c : {Case{"one", 1, {out0}, {0.7}}, Case{"two", 2, {out0, {0, 1}, {1, 0}}, {3.36, 6.44, 2.875}},
                        cases()[2], cases()[3],
                        Case{"four",
                             4,
                             {out0, {0, 1}, {1, 0}, {0, 2}, {2, 0}, {2, 3}, {3, 2}},
                             {3.36, 6.44, 2.875, 3.16, 0.5032, 0.3, 1.1}}}) {
    for (int fed = 0; fed < c.states; ++fed) {
      const linear::Structure alone(c.states, c.shapes, {}, {fed});
      const linear::Structure integrated(c.states, c.shapes, {0}, {fed});
      for (const double h : {0.02, 0.1, 24.0}) {
        const std::vector<double> got = lane_propagator(alone, c, h);
        const std::vector<double> want = lane_propagator(integrated, c, h);
        for (std::size_t e = 0; e < got.size(); ++e) {
          const auto entry = alone.entry_list()[e];
          const int column = entry.column > c.states ? entry.column + 1 : entry.column;  // the source comes later
          const int row = entry.row > c.states ? entry.row + 1 : entry.row;
          EXPECT_EQ(got[e], want[static_cast<std::size_t>(integrated.entry(row, column))])
              << c.name << ", h = " << h << ", row " << entry.row << ", column " << entry.column;
        }
      }
    }
  }
}

// A lane's bits depend on its own inputs only: whatever the neighbours are.
TEST(Propagator, NeighboursDoNotMatter) {
  const Case c = cases()[2];
  const linear::Structure structure(c.states, c.shapes, {0}, {0});
  std::mt19937_64 random(20261124);
  std::uniform_real_distribution<double> factor(0.01, 100.0);
  AlignedDoubles rates(c.rates_per_h.size() * kGroup);
  AlignedDoubles h(kGroup);
  AlignedDoubles mixed(structure.entries() * kGroup);
  AlignedDoubles scratch(kernels::scratch_doubles(structure));
  for (std::size_t i = 0; i < c.rates_per_h.size() * kGroup; ++i) {
    rates[i] = c.rates_per_h[i / kGroup] * factor(random);
  }
  for (std::size_t lane = 0; lane < kGroup; ++lane) h[lane] = factor(random);
  kernels::propagate(structure, rates.data(), h.data(), mixed.data(), scratch.data());
  for (std::size_t lane = 0; lane < kGroup; ++lane) {
    Case alone = c;
    for (std::size_t f = 0; f < c.rates_per_h.size(); ++f) alone.rates_per_h[f] = rates[f * kGroup + lane];
    const std::vector<double> single = lane_propagator(structure, alone, h[lane]);
    for (std::size_t e = 0; e < structure.entries(); ++e) EXPECT_EQ(mixed[e * kGroup + lane], single[e]);
  }
}

// The instruction sets of this machine agree to 1e-12 relative (they fuse and round alike, but widths differ).
TEST(Propagator, InstructionSetsAgree) {
  std::vector<std::vector<std::vector<double>>> by_target;  // [target][case][entry]
  std::vector<std::string> names;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    names.emplace_back(kernels::simd_tier());
    by_target.emplace_back();
    for (const Case& c : cases()) {
      const linear::Structure structure(c.states, c.shapes, all_states(c.states), all_states(c.states));
      for (const double h : {0.1, 24.0, 1e4}) by_target.back().push_back(lane_propagator(structure, c, h));
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  for (std::size_t t = 1; t < by_target.size(); ++t) {
    EXPECT_NE(names[t], names[0]);
    for (std::size_t c = 0; c < by_target[0].size(); ++c) {
      for (std::size_t e = 0; e < by_target[0][c].size(); ++e) {
        const double want = by_target[0][c][e];
        EXPECT_NEAR(by_target[t][c][e], want, 1e-12 * want) << names[t] << " and " << names[0];
      }
    }
  }
}

// Systems of any shape: one to five states, each pair joined or not, rates over nine decades, zeros among them.
Case any_case() {
  Case c;
  c.states = *rc::gen::inRange(1, 6);
  const auto rate = rc::gen::oneOf(rc::gen::just(0.0), rc::gen::map(rc::gen::inRange(-6000, 3000),
                                                                    [](int k) { return std::pow(10.0, k / 1000.0); }));
  for (int from = 0; from < c.states; ++from) {
    for (int to = -1; to < c.states; ++to) {
      if (to == from || *rc::gen::inRange(0, 3) == 0) continue;
      c.shapes.push_back({from, to});
      c.rates_per_h.push_back(*rate);
    }
  }
  return c;
}

double any_step() { return std::pow(10.0, *rc::gen::inRange(-9000, 4000) / 1000.0); }

RC_GTEST_PROP(PropagatorLaws, MassIsConserved, ()) {
  const Case c = any_case();
  const double h = any_step();
  const linear::Structure structure(c.states, c.shapes, all_states(c.states), all_states(c.states));
  const std::vector<double> propagator = lane_propagator(structure, c, h);
  const auto held = [&](int column) {
    double sum = 0;
    for (int row = 0; row <= c.states; ++row) {  // the last is what left the system
      const int e = structure.entry(row, column);
      if (e >= 0) sum += propagator[static_cast<std::size_t>(e)];
    }
    return sum;
  };
  for (int j = 0; j < c.states; ++j) {
    RC_ASSERT(std::fabs(held(j) - 1.0) <= 1e-14);
    RC_ASSERT(std::fabs(held(structure.column_of_source(j)) - h) <= 1e-14 * h);
  }
  for (const double entry : propagator) RC_ASSERT(entry >= 0.0);
}

// Tiles are another way to write the term lists: every entry once, with its own terms in their order.
RC_GTEST_PROP(StructureLaws, TilesAreTheTermLists, ()) {
  const Case c = any_case();
  const linear::Structure structure(c.states, c.shapes, all_states(c.states), all_states(c.states));
  std::vector<int> covered(structure.entries(), 0);
  for (const linear::Structure::Tile& tile : structure.tiles()) {
    RC_ASSERT(tile.rows >= 1 && tile.rows <= linear::Structure::kTileSide);
    RC_ASSERT(tile.columns >= 1 && tile.columns <= linear::Structure::kTileSide);
    for (std::size_t row = 0; row < tile.rows; ++row) {
      for (std::size_t column = 0; column < tile.columns; ++column) {
        const std::size_t e = tile.first_entry + row * tile.row_stride + column;
        ++covered.at(e);
        const std::size_t begin = structure.term_begin()[e];
        RC_ASSERT(structure.term_begin()[e + 1] - begin == tile.terms);
        for (std::size_t t = 0; t < tile.terms; ++t) {
          const auto [left, right] = structure.terms()[tile.first_term + t];
          RC_ASSERT(structure.terms()[begin + t].left == left + row * tile.row_stride);
          RC_ASSERT(structure.terms()[begin + t].right == right + column);
        }
      }
    }
  }
  RC_ASSERT(std::all_of(covered.begin(), covered.end(), [](int times) { return times == 1; }));
}

// Two steps in a row are one step of their sum.
RC_GTEST_PROP(PropagatorLaws, StepsCompose, ()) {
  const Case c = any_case();
  const double a = any_step();
  const double b = any_step();
  const linear::Structure structure(c.states, c.shapes, all_states(c.states), all_states(c.states));
  const std::vector<double> first = lane_propagator(structure, c, a);
  const std::vector<double> second = lane_propagator(structure, c, b);
  const std::vector<double> both = lane_propagator(structure, c, a + b);
  for (std::size_t e = 0; e < structure.entries(); ++e) {
    double sum = 0;
    for (std::uint32_t t = structure.term_begin()[e]; t < structure.term_begin()[e + 1]; ++t) {
      sum += second[structure.terms()[t].left] * first[structure.terms()[t].right];
    }
    const double size = structure.entry_list()[e].row >= c.states || structure.entry_list()[e].column >= c.states
                            ? std::max(1.0, (a + b) * (a + b))
                            : 1.0;
    RC_ASSERT(std::fabs(both[e] - sum) <= std::max(1e-10 * sum, 1e-14 * size));
  }
}

}  // namespace
}  // namespace racemate::engine
