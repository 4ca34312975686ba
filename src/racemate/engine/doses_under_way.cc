#include "racemate/engine/doses_under_way.h"

#include <algorithm>
#include <utility>

#include "racemate/engine/kernels/linear_kernels.h"

namespace racemate::engine {

using kernels::kGroup;

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

void DosesUnderWay::start_infusion(std::uint32_t administration, std::uint32_t input, int source,
                                   std::span<const double> rate_mg_per_h) {
  Infusion infusion{administration, input, source, {}};
  if (!spare_.empty()) {
    infusion.rate_mg_per_h = std::move(spare_.back());
    spare_.pop_back();
  }
  infusion.rate_mg_per_h.assign(rate_mg_per_h.begin(), rate_mg_per_h.end());
  infusions_.push_back(std::move(infusion));
}

void DosesUnderWay::end_infusion(std::uint32_t administration, std::uint32_t input) {
  const auto ended = std::find_if(infusions_.begin(), infusions_.end(), [&](const Infusion& infusion) {
    return infusion.administration == administration && infusion.input == input;
  });
  if (ended == infusions_.end()) return;
  spare_.push_back(std::move(ended->rate_mg_per_h));
  infusions_.erase(ended);
}

void DosesUnderWay::start(LaneDose dose) {
  const std::size_t lanes = dose.start_h.size();
  lane_doses_.push_back({std::move(dose), std::vector<Phase>(lanes, Phase::kPending), lanes});
}

void DosesUnderWay::apply_lane_events(Instant now, std::span<const double> position_h, double* states) {
  for (Pending& pending : lane_doses_) {
    const double origin_h = (pending.dose.origin - now).hours();
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const double position = position_h.empty() ? 0.0 : position_h[lane];
      while (pending.phase[lane] != Phase::kDone && origin_h + pending.next_h(lane) <= position) {
        const bool arrives = pending.phase[lane] == Phase::kPending;
        if (arrives && pending.dose.duration_h[lane] > 0.0) {
          pending.phase[lane] = Phase::kRunning;
          continue;
        }
        if (arrives) {
          states[(lane / kGroup * at(structure_.states()) + at(pending.dose.state)) * kGroup + lane % kGroup] +=
              pending.dose.amount_mg[lane];
        }
        pending.phase[lane] = Phase::kDone;
        --pending.open;
      }
    }
  }
  std::erase_if(lane_doses_, [](const Pending& pending) { return pending.open == 0; });
}

double DosesUnderWay::next_lane_event_h(Instant now, std::size_t lane) const {
  double next = HUGE_VAL;
  for (const Pending& pending : lane_doses_) {
    next = std::min(next, (pending.dose.origin - now).hours() + pending.next_h(lane));
  }
  return next;
}

bool DosesUnderWay::lane_event_within(Instant now, Duration step) const {
  if (lane_doses_.empty()) return false;
  const double h = step.hours();
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    if (next_lane_event_h(now, lane) < h) return true;
  }
  return false;
}

void DosesUnderWay::sum_rates(double* source_rates) const {
  const std::size_t sources = at(structure_.sources());
  std::fill_n(source_rates, lanes_ * sources, 0.0);
  const auto rate_of = [&](int source, std::size_t lane) -> double& {
    return source_rates[(lane / kGroup * sources + at(source)) * kGroup + lane % kGroup];
  };
  for (const Infusion& infusion : infusions_) {
    const double* rates = infusion.rate_mg_per_h.data();
    for (std::size_t first = 0; first < lanes_; first += kGroup) {
      double* sums = &rate_of(infusion.source, first);
      for (std::size_t lane = 0; lane < kGroup; ++lane) sums[lane] += rates[first + lane];
    }
  }
  for (const Pending& pending : lane_doses_) {
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      if (pending.phase[lane] != Phase::kRunning) continue;
      rate_of(pending.dose.source, lane) += pending.dose.amount_mg[lane] / pending.dose.duration_h[lane];
    }
  }
}

}  // namespace racemate::engine
