// Runs a plan for one block of people and hands the trajectory to an observer, piece by piece.
//
//   for each segment:  end infusions, open the session, administer   (plan.events)
//                      advance over the grid steps                   (kernels)
//                      observer.chunk(...)                           (nothing is kept)
//
// Thread safety: a Plan is shared; a Batch, a Workspace and an observer belong to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "racemate/core/time.h"
#include "racemate/engine/plan.h"
#include "racemate/population/batch.h"

namespace racemate::engine {

// A stretch of trajectory without a change of input inside: points 0..steps, every array [point][lanes].
struct TrajectoryChunk {
  Instant start;
  std::span<const Duration> step{};      // lengths, the same for every lane; empty when lane_step_h is set
  std::span<const double> step_h{};      // the same in hours
  const double* lane_start_h = nullptr;  // with lane_step_h: this lane's start after `start` (h)
  const double* lane_step_h = nullptr;   // a single step whose length differs between lanes (h, may be 0)
  std::size_t steps = 0;
  std::size_t lanes = 0;
  // Per output: concentration (mg/L), its time derivative inside the chunk (mg/L/h), and its integral from the start of
  // the run to the end of the chunk (mg.h/L). The last two are empty when the plan is for values only.
  std::span<const double* const> value{};
  std::span<const double* const> slope{};
  std::span<const double* const> auc{};  // [lanes]
};

class TrajectoryObserver {
 public:
  TrajectoryObserver() = default;
  TrajectoryObserver(const TrajectoryObserver&) = default;
  TrajectoryObserver& operator=(const TrajectoryObserver&) = default;
  TrajectoryObserver(TrajectoryObserver&&) = default;
  TrajectoryObserver& operator=(TrajectoryObserver&&) = default;
  virtual ~TrajectoryObserver() = default;
  // A session begins; chunks and administrations until the next call belong to it.
  virtual void session(std::uint32_t session, Instant start) = 0;
  // Amounts of one administration (mg), per lane: product as given, base, and what will reach the circulation.
  virtual void administration(std::span<const double> nominal_mg, std::span<const double> base_mg,
                              std::span<const double> systemic_mg) = 0;
  virtual void chunk(const TrajectoryChunk& chunk) = 0;
};

// Buffers of one worker, reused between blocks; grown, never shrunk.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;
  struct Buffers;
  [[nodiscard]] Buffers& buffers() { return *buffers_; }

 private:
  std::unique_ptr<Buffers> buffers_;
};

// Why a block could not be computed: whose numbers failed, and when. Nothing of the block may be used.
struct RunFailure {
  std::size_t lane = 0;
  Instant time;
  std::string reason;
};

// A caller's memory for the values of a table, by columns: first[output][row * stride + person].
struct ValueTable {
  std::span<double* const> first{};  // per output of the plan: this block's first person in the row of times[0]
  std::size_t stride = 0;            // doubles from row to row, at least the people of the block
};

// nullopt on success.
[[nodiscard]] std::optional<RunFailure> run(const Plan& plan, population::Batch& batch, TrajectoryObserver& observer,
                                            Workspace& workspace);

// Runs a plan with `times` and `values_only` and writes the concentrations (mg/L) where they belong; nothing else
// passes by. A row with an event shows what holds after it. Only elements of the batch's people are written, so blocks
// of one table can run on several threads; rows whose time is not in [0, horizon] are left alone. The fastest way to a
// table where people have no lags or durations of their own: steps are taken several at once. Rows on 64-byte
// boundaries (stride a multiple of 8, `first` aligned) are written fastest. Values agree with run()'s to rounding.
[[nodiscard]] std::optional<RunFailure> fill_table(const Plan& plan, population::Batch& batch, const ValueTable& table,
                                                   Workspace& workspace);

}  // namespace racemate::engine
