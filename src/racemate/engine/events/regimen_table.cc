#include "racemate/engine/events/regimen_table.h"

#include <algorithm>
#include <utility>

#include "racemate/core/check.h"
#include "racemate/engine/events/lane_runner.h"
#include "racemate/engine/events/ode_dynamics.h"
#include "racemate/population/occasion_effects.h"

namespace racemate::engine::events {
namespace {

using regimen::RecordEventKind;

// Effects of occasions, one parameter set for each session.
class OccasionSets final : public ParameterSets {
 public:
  OccasionSets(const model::CompiledModel& model, std::size_t lanes) : effects_(model, lanes) {}
  void keep(const expr::Frame& frame) { effects_.keep(frame); }
  [[nodiscard]] bool same(std::size_t /*lane*/, std::size_t a, std::size_t b) const override {
    return a == b || effects_.empty();
  }
  void load(std::size_t lane, std::size_t from, std::size_t /*to*/, double /*weight*/,
            expr::Frame& frame) const override {
    effects_.load(from, lane, frame);
  }

 private:
  population::OccasionEffects effects_;
};

class TableSink final : public RowSink {
 public:
  explicit TableSink(const ValueTable& table) : table_(table) {}
  void row(std::size_t lane, std::size_t row, std::span<const double> values) override {
    for (std::size_t o = 0; o < values.size(); ++o) table_.first[o][row * table_.stride + lane] = values[o];
  }
  bool rows(std::size_t first_lane, std::size_t row, std::size_t output, std::span<const double> values) override {
    std::copy(values.begin(), values.end(), table_.first[output] + row * table_.stride + first_lane);
    return true;
  }

 private:
  const ValueTable& table_;
};

class Schedule {
 public:
  Schedule(const RegimenTableRequest& request, population::Batch& batch, OccasionSets& sets)
      : request_(request), batch_(batch), sets_(sets), lanes_(batch.people()) {
    const model::Route* route = request.model->find_route(request.route);
    RACEMATE_CHECK(route != nullptr, "the route is one of the model");
    route_ = route;
  }

  std::vector<std::vector<LaneEvent>> events() {
    const regimen::Timeline& timeline = *request_.timeline;
    std::vector<double> nominal_mg(batch_.lanes());
    std::vector<double> base_mg(batch_.lanes());
    for (std::size_t s = 0; s < timeline.sessions.size(); ++s) {
      const regimen::Session& session = timeline.sessions[s];
      if (batch_.has_occasion_effects()) batch_.enter_occasion(static_cast<std::uint32_t>(s));
      sets_.keep(batch_.frame());
      for (std::uint32_t a = 0; a < session.administrations; ++a) {
        const regimen::Administration& administration = timeline.administrations[session.first_administration + a];
        batch_.administer(administration, nominal_mg, base_mg);
        for (const model::RouteInput& input : route_->inputs) add(administration, input, base_mg);
      }
    }
    for (std::vector<LaneEvent>& lane : lanes_) finish(lane);
    return std::move(lanes_);
  }

 private:
  void add(const regimen::Administration& administration, const model::RouteInput& input,
           const std::vector<double>& base_mg) {
    const expr::Frame& frame = batch_.frame();
    const auto slot = [&](std::size_t which, std::size_t lane, double otherwise) {
      return which == model::kNoSlot ? otherwise : frame.slot(which)[lane];
    };
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
      LaneEvent dose;
      dose.kind = RecordEventKind::kDose;
      dose.time_h = administration.time.hours() + slot(input.lag_slot, lane, 0);
      dose.compartment = input.compartment;
      dose.amount_mg = base_mg[lane] * frame.slot(input.fraction_slot)[lane];
      dose.duration_h = slot(input.duration_slot, lane, administration.duration.hours());
      if (dose.duration_h > 0) dose.rate_mg_per_h = dose.amount_mg / dose.duration_h;
      lanes_[lane].push_back(dose);
    }
  }

  // Doses and rows in order of time, a row at a dose after it, each with the session that runs. Before the first
  // session the first one's effects hold: nothing has been given.
  void finish(std::vector<LaneEvent>& lane) {
    const auto earlier = [](const LaneEvent& a, const LaneEvent& b) { return a.time_h < b.time_h; };
    std::vector<LaneEvent> doses;
    doses.swap(lane);
    if (!std::is_sorted(doses.begin(), doses.end(), earlier)) std::stable_sort(doses.begin(), doses.end(), earlier);
    lane.reserve(doses.size() + request_.times.size());
    const std::vector<regimen::Session>& sessions = request_.timeline->sessions;
    std::size_t session = 0;
    const auto add_next = [&](const LaneEvent& event) {
      lane.push_back(event);
      lane.back().before = session;
      while (session + 1 < sessions.size() && sessions[session + 1].start.hours() <= event.time_h) ++session;
      lane.back().own = session;
    };
    std::size_t dose = 0;
    LaneEvent event;
    event.kind = RecordEventKind::kRow;
    for (std::size_t row = 0; row < request_.times.size(); ++row) {
      event.time_h = request_.times[row].hours();
      event.record = row;
      while (dose < doses.size() && doses[dose].time_h <= event.time_h) add_next(doses[dose++]);
      add_next(event);
    }
  }

  const RegimenTableRequest& request_;
  population::Batch& batch_;
  OccasionSets& sets_;
  const model::Route* route_ = nullptr;
  std::vector<std::vector<LaneEvent>> lanes_;
};

}  // namespace

std::optional<RunFailure> fill_table(const RegimenTableRequest& request, population::Batch& batch,
                                     const ValueTable& table, std::vector<RunFailure>* failures) {
  if (request.times.empty()) return std::nullopt;
  OccasionSets sets(*request.model, batch.lanes());
  const std::vector<std::vector<LaneEvent>> events = Schedule(request, batch, sets).events();
  OdeDynamics dynamics(*request.model, batch.frame(), request.ode, &sets);
  TableSink sink(table);
  const LaneRunRequest run{
      .model = request.model, .outputs = request.outputs, .events = events, .sets = &sets, .interpolated = false};
  std::vector<RunFailure> failed;
  for (const LaneFailure& failure : run_lanes(run, batch.frame(), dynamics, sink)) {
    failed.push_back({failure.lane, Instant::from_hours(failure.time_h), failure.reason});
  }
  if (failed.empty()) return std::nullopt;
  std::sort(failed.begin(), failed.end(), [](const RunFailure& a, const RunFailure& b) { return a.lane < b.lane; });
  if (failures != nullptr) *failures = failed;
  return failed.front();
}

}  // namespace racemate::engine::events
