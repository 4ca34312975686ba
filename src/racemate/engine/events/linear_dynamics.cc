#include "racemate/engine/events/linear_dynamics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "racemate/core/check.h"
#include "racemate/engine/kernels/linear_kernels.h"

namespace racemate::engine::events {
namespace {

using kernels::kGroup;

// A pivot this small beside the largest entry means that the system has no steady state.
constexpr double kSmallestPivot = 1e-14;
constexpr const char* kNoSteadyState = "there is no steady state: something is never eliminated";

std::vector<linear::FlowShape> shapes(const model::CompiledModel& model) {
  std::vector<linear::FlowShape> flows;
  flows.reserve(model.flows.size());
  for (const model::Flow& flow : model.flows) {
    flows.push_back({flow.from, flow.to == model::kOutside ? linear::kOutsideSystem : flow.to});
  }
  return flows;
}

// x of a x = b, a row-major, by elimination with row pivoting; false for a singular matrix. b becomes x.
bool solve(std::vector<double>& a, std::vector<double>& b) {
  const std::size_t n = b.size();
  double largest = 0;
  for (const double value : a) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t pivot = i;
    for (std::size_t r = i + 1; r < n; ++r) {
      if (std::abs(a[r * n + i]) > std::abs(a[pivot * n + i])) pivot = r;
    }
    if (!(std::abs(a[pivot * n + i]) > kSmallestPivot * largest)) return false;
    if (pivot != i) {
      std::swap_ranges(a.begin() + static_cast<std::ptrdiff_t>(i * n),
                       a.begin() + static_cast<std::ptrdiff_t>((i + 1) * n),
                       a.begin() + static_cast<std::ptrdiff_t>(pivot * n));
      std::swap(b[i], b[pivot]);
    }
    for (std::size_t r = i + 1; r < n; ++r) {
      const double factor = a[r * n + i] / a[i * n + i];
      for (std::size_t c = i; c < n; ++c) a[r * n + c] -= factor * a[i * n + c];
      b[r] -= factor * b[i];
    }
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t c = i + 1; c < n; ++c) b[i] -= a[i * n + c] * b[c];
    b[i] /= a[i * n + i];
  }
  return true;
}

}  // namespace

LinearDynamics::LinearDynamics(const model::CompiledModel& model, const expr::Frame& frame, std::vector<int> infused)
    : model_(model),
      frame_(frame),
      structure_(static_cast<int>(model.compartments.size()), shapes(model), {}, std::move(infused)),
      groups_(frame.lanes() / kGroup) {
  RACEMATE_CHECK(model.linear, "only a linear model has propagators");
  rates_.zero(structure_.flows().size() * kGroup);
  scratch_.zero(kernels::scratch_doubles(structure_));
  for (Group& group : groups_) group.propagator.zero(structure_.entries() * kGroup);
  steady_.propagator.zero(structure_.entries() * kGroup);
}

void LinearDynamics::propagate(Group& group, std::size_t first_lane, std::span<const double> length_h) {
  if (group.version == version_ && std::equal(length_h.begin(), length_h.end(), group.length_h.begin())) return;
  for (std::size_t f = 0; f < model_.flows.size(); ++f) {
    std::copy_n(frame_.slot(model_.flows[f].rate_slot) + first_lane, kGroup, rates_.data() + f * kGroup);
  }
  group.version = version_;
  std::copy(length_h.begin(), length_h.end(), group.length_h.begin());
  kernels::propagate(structure_, rates_.data(), group.length_h.data(), group.propagator.data(), scratch_.data());
}

void LinearDynamics::advance(const LaneInterval& interval, std::vector<LaneFailure>& /*failures*/) {
  alignas(64) std::array<double, kGroup> length_h{};
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const std::size_t first = g * kGroup;
    for (std::size_t i = 0; i < kGroup; ++i) length_h[i] = interval.to_h[first + i] - interval.from_h[first + i];
    if (std::all_of(length_h.begin(), length_h.end(), [](double h) { return h == 0; })) continue;
    propagate(groups_[g], first, length_h);
    step(groups_[g], first, interval);
  }
}

void LinearDynamics::step(const Group& group, std::size_t first_lane, const LaneInterval& interval) {
  const auto states = static_cast<std::size_t>(structure_.states());
  const std::size_t lanes = frame_.lanes();
  alignas(64) std::array<double, static_cast<std::size_t>(linear::kMostStates) * kGroup> after{};
  const std::span<const linear::Structure::Entry> entries = structure_.entry_list();
  for (std::size_t e = 0; e < entries.size(); ++e) {
    const auto row = static_cast<std::size_t>(entries[e].row);
    if (row >= states) continue;
    const int column = entries[e].column;
    const double* from = nullptr;
    if (column < structure_.states()) {
      from = interval.state + static_cast<std::size_t>(column) * lanes + first_lane;
    } else if (const int source = column - structure_.column_of_source(0); source >= 0) {
      from = interval.input + static_cast<std::size_t>(structure_.source_state(source)) * lanes + first_lane;
    } else {
      continue;
    }
    const double* factor = group.propagator.data() + e * kGroup;
    for (std::size_t i = 0; i < kGroup; ++i) after[row * kGroup + i] += factor[i] * from[i];
  }
  for (std::size_t s = 0; s < states; ++s) {
    std::copy_n(after.data() + s * kGroup, kGroup, interval.state + s * lanes + first_lane);
  }
}

std::optional<std::string> LinearDynamics::periodic_state(std::size_t lane, const LaneEvent& event,
                                                          std::span<const double> initial, std::span<double> state) {
  const auto n = static_cast<std::size_t>(structure_.states());
  const auto dosed = static_cast<std::size_t>(event.compartment);
  const auto [whole, remainder_h] = overlapping_infusions(event);
  // All the stretches that are needed, in the lanes of one group.
  enum : std::size_t { kInterval, kRemainder, kRest, kPhaseDuring, kPhaseAfter, kBackward };
  alignas(64) std::array<double, kGroup> length_h{};
  length_h[kInterval] = event.interval_h;
  length_h[kRemainder] = remainder_h;
  length_h[kRest] = event.interval_h - remainder_h;
  length_h[kPhaseDuring] = std::clamp(event.phase_h, 0.0, remainder_h);
  length_h[kPhaseAfter] = std::max(event.phase_h - remainder_h, 0.0);
  length_h[kBackward] = std::max(-event.phase_h, 0.0);
  for (std::size_t f = 0; f < model_.flows.size(); ++f) {
    std::fill_n(rates_.data() + f * kGroup, kGroup, frame_.slot(model_.flows[f].rate_slot)[lane]);
  }
  kernels::propagate(structure_, rates_.data(), length_h.data(), steady_.propagator.data(), scratch_.data());

  const auto entry = [&](std::size_t row, int column, std::size_t stretch) {
    const int e = structure_.entry(static_cast<int>(row), column);
    return e < 0 ? 0.0 : steady_.propagator.data()[static_cast<std::size_t>(e) * kGroup + stretch];
  };
  int source = -1;
  for (int s = 0; s < structure_.sources(); ++s) {
    if (structure_.source_state(s) == event.compartment) source = s;
  }
  RACEMATE_CHECK(event.duration_h == 0 || source >= 0, "every infused compartment was named");
  const auto carried = [&](const std::vector<double>& x, double infusions, std::size_t stretch) {
    std::vector<double> after(n, 0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) after[i] += entry(i, static_cast<int>(j), stretch) * x[j];
      if (infusions > 0) {
        after[i] += entry(i, structure_.column_of_source(source), stretch) * infusions * event.rate_mg_per_h;
      }
    }
    return after;
  };
  const bool infused = event.duration_h > 0;
  std::vector<double> x =
      carried(carried(std::vector<double>(n, 0), infused ? whole + 1 : 0, kRemainder), infused ? whole : 0, kRest);
  if (!infused) x[dosed] += event.amount_mg;
  std::vector<double> a(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) a[i * n + j] = (i == j ? 1 : 0) - entry(i, static_cast<int>(j), kInterval);
  }
  if (!solve(a, x)) return kNoSteadyState;
  x = carried(carried(x, infused ? whole + 1 : 0, kPhaseDuring), infused ? whole : 0, kPhaseAfter);
  if (regimen::has_backward_phase(event)) {
    const double running = infused ? whole + (remainder_h > 0 ? 1 : 0) : 0;
    const std::vector<double> added = carried(std::vector<double>(n, 0), running, kBackward);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] -= added[i];
      for (std::size_t j = 0; j < n; ++j) a[i * n + j] = entry(i, static_cast<int>(j), kBackward);
    }
    if (!solve(a, x)) return "the state cannot be carried back over the lag";
  }
  for (std::size_t i = 0; i < n; ++i) state[i] = initial[i] + x[i];
  return std::nullopt;
}

std::optional<std::string> LinearDynamics::constant_infusion_state(std::size_t lane, const LaneEvent& event,
                                                                   std::span<const double> initial,
                                                                   std::span<double> state) {
  const auto n = static_cast<std::size_t>(structure_.states());
  std::vector<double> a(n * n, 0);
  for (const model::Flow& flow : model_.flows) {
    const double rate = frame_.slot(flow.rate_slot)[lane];
    const auto from = static_cast<std::size_t>(flow.from);
    a[from * n + from] -= rate;
    if (flow.to != model::kOutside) a[static_cast<std::size_t>(flow.to) * n + from] += rate;
  }
  std::vector<double> x(n, 0);
  x[static_cast<std::size_t>(event.compartment)] = -event.rate_mg_per_h;
  if (!solve(a, x)) return kNoSteadyState;
  for (std::size_t i = 0; i < n; ++i) state[i] = initial[i] + x[i];
  return std::nullopt;
}

}  // namespace racemate::engine::events
