// Runs a planned pattern: a handful of named lanes kept exactly, or any number of people as a bounded summary.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/parallel.h"
#include "racemate/engine/plan.h"
#include "racemate/engine/run.h"
#include "racemate/exposure/collector.h"
#include "racemate/exposure/sketch.h"
#include "racemate/population/batch.h"

namespace racemate::study {

// The numbers of one person over the horizon, in report units (mg, ng/mL, ng.h/mL, h). hours_above follow, one per
// level.
enum ExposureNumber : std::size_t {
  kNominalPerSession,
  kNominal,
  kBase,
  kSystemic,
  kMeanPeak,
  kHighestPeak,
  kAucPerSession,
  kAuc,
  kFirstLevel,
};
using PersonExposure = std::vector<double>;

inline constexpr double kNanogramsPerMl = 1000.0;  // ng/mL in 1 mg/L

struct ExposureJob {
  const engine::Plan* plan = nullptr;
  const population::DrawContext* context = nullptr;
  const exposure::CollectorOptions* collector = nullptr;
  std::size_t block = 64;
  int threads = 1;
};

// What to say of a block that failed: pattern, model, person, hour, reason.
[[nodiscard]] Diagnostic run_failure(const population::DrawContext& context, const engine::RunFailure& failure,
                                     std::span<const population::LaneIdentity> lanes);

// Each lane's exposure, in order. Errors: a numerical failure, naming the lane's person; kInterrupted.
[[nodiscard]] Result<std::vector<PersonExposure>> run_lanes(const ExposureJob& job,
                                                            std::span<const population::LaneIdentity> lanes,
                                                            const CancelToken& cancel);

// What is kept of any number of people.
struct PopulationSummary {
  std::vector<exposure::QuantileSketch> numbers;        // per ExposureNumber
  std::vector<double> means;                            // per ExposureNumber, summed over chunks in order
  std::vector<exposure::QuantileSketch> session_curve;  // per time
  std::vector<exposure::QuantileSketch> first_days;
  std::vector<exposure::QuantileSketch> auc_at_mark;
};

// Subjects [0, subjects) at central inputs. chunk_done is called after each chunk, one call at a time.
[[nodiscard]] Result<PopulationSummary> run_people(const ExposureJob& job, std::uint64_t subjects,
                                                   const std::function<void()>& chunk_done, const CancelToken& cancel);
[[nodiscard]] std::uint64_t chunks_of(std::uint64_t subjects);

}  // namespace racemate::study
