// A request to simulate, resolved and planned, and how its people are cut into blocks. Internal to simulate*.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "racemate/core/aligned_doubles.h"
#include "racemate/engine/plan.h"
#include "racemate/engine/run.h"
#include "racemate/population/batch.h"
#include "racemate/study/request.h"
#include "racemate/study/simulate.h"
#include "racemate/study/simulate_exposure.h"

namespace racemate::study {

// People `first` to `first + people` - 1 of one trial.
struct Piece {
  std::uint64_t trial = 0;
  std::uint64_t first = 0;
  std::uint64_t people = 0;
};

// People of the whole run, [first, last): trial after trial.
struct PeopleRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
[[nodiscard]] PeopleRange people_of_shard(const SimulateOptions& options);

// A range cut where trials meet and, within a trial, every `size` people.
class WorkList {
 public:
  WorkList(const PeopleRange& range, std::uint64_t subjects, std::uint64_t size);
  [[nodiscard]] std::size_t pieces() const { return static_cast<std::size_t>(head_ + whole_ + tail_); }
  [[nodiscard]] Piece at(std::size_t piece) const;

 private:
  [[nodiscard]] std::uint64_t cuts(std::uint64_t people) const { return (people + size_ - 1) / size_; }
  // Cut number `cut` of the people [begin, end) of a trial.
  [[nodiscard]] Piece cut(std::uint64_t trial, std::uint64_t begin, std::uint64_t end, std::uint64_t cut) const;

  PeopleRange range_;
  std::uint64_t subjects_;
  std::uint64_t size_;
  std::uint64_t first_trial_;
  std::uint64_t head_ = 0;  // pieces of a first trial that is not whole
  std::uint64_t whole_ = 0;
  std::uint64_t tail_ = 0;
};

// The outputs of a block at the wanted times, in internal units (mg/L for concentrations). An instant with a dose shows
// the state after it.
class TableBlock {
 public:
  // `room` lives longer; what it holds is overwritten.
  TableBlock(std::size_t times, std::size_t outputs, std::size_t lanes, AlignedDoubles& room);

  // Where an engine writes; valid while this object lives.
  [[nodiscard]] engine::ValueTable table() const { return {.first = first_, .stride = lanes_}; }
  void fill(double value);
  // One value per lane.
  [[nodiscard]] std::span<const double> values(std::size_t output, std::size_t time) const {
    return {first_[output] + time * lanes_, lanes_};
  }

 private:
  std::size_t times_;
  std::size_t lanes_;
  std::vector<double*> first_;  // per output: [time][lane]
};

// What one thread keeps from block to block.
struct SimulationWorker {
  engine::Workspace workspace;
  AlignedDoubles table;
  // The model with the population values of one study.
  std::optional<std::uint64_t> study;
  model::CompiledModel model;
  population::DrawContext context;
};

// Members refer to each other: neither copied nor moved. Const after plan(); shared by threads.
class Simulation {
 public:
  Simulation(Request request, const SimulateOptions& options);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  Simulation(Simulation&&) = delete;
  Simulation& operator=(Simulation&&) = delete;
  ~Simulation() = default;

  // table, exposure: which of the two runs below will be asked for.
  [[nodiscard]] std::optional<Diagnostics> plan(bool table, bool exposure);
  [[nodiscard]] Backend backend() const { return integrates_ ? Backend::kOde : Backend::kLinear; }

  [[nodiscard]] const SimulateOptions& options() const { return options_; }
  [[nodiscard]] const Request& request() const { return request_; }
  [[nodiscard]] const std::vector<std::string>& outputs() const { return outputs_; }
  [[nodiscard]] const std::vector<Instant>& times() const { return times_; }
  [[nodiscard]] const std::set<std::string>& held() const { return held_; }

  // Runs the people of a piece, at most a block of them; `keep` sees the finished collector. With `failures`, people
  // whom integration cannot carry on are listed there, and their values are NaN from then on.
  std::optional<Diagnostic> run_table(const Piece& piece, SimulationWorker& worker,
                                      const std::function<void(const TableBlock&)>& keep,
                                      std::vector<engine::RunFailure>* failures = nullptr) const;
  std::optional<Diagnostic> run_exposure(const Piece& piece, SimulationWorker& worker,
                                         const std::function<void(const ExposureObserver&)>& keep) const;

 private:
  [[nodiscard]] Result<const population::DrawContext*> context_of(const Piece& piece, SimulationWorker& worker) const;
  // True where the model, an output or the request needs integration.
  [[nodiscard]] bool integrates() const;
  // Draws the people of the piece and has them computed by `run`.
  using RunBatch = std::function<std::optional<engine::RunFailure>(const population::DrawContext& context,
                                                                   population::Batch& batch)>;
  std::optional<Diagnostic> run(const Piece& piece, SimulationWorker& worker, const RunBatch& run) const;

  Request request_;
  const SimulateOptions& options_;
  population::DrawContext context_;
  std::set<std::string> held_;  // parameters that --set fixed
  std::vector<Instant> times_;
  std::vector<std::string> outputs_;
  std::vector<std::size_t> output_indices_;  // of the model
  bool integrates_ = false;
  std::vector<std::vector<double>> levels_;  // per output
  std::optional<engine::Plan> table_plan_;
  std::optional<engine::Plan> exposure_plan_;
};

// Every problem of the request.
[[nodiscard]] Result<Request> resolve_simulation(const Library& library, const SimulateOptions& options);
[[nodiscard]] Diagnostics interruption();

}  // namespace racemate::study
