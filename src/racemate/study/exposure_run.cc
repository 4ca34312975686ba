#include "racemate/study/exposure_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "racemate/engine/run.h"
#include "racemate/study/compare.h"
#include "racemate/study/first_failure.h"

namespace racemate::study {

namespace {

using population::LaneIdentity;

// Curves are drawn, not read to the digit: one per cent keeps some hundreds of sketches small.
constexpr double kCurveSketchError = 0.01;

std::string describe(const LaneIdentity& lane) {
  std::string text = lane.subject ? fmt::format("subject {}", *lane.subject) : std::string("the typical person");
  if (lane.study) text += fmt::format(", study {}", *lane.study);
  return text;
}

Diagnostic interrupted() { return {ErrorCode::kInterrupted, {}, "interrupted", {}, {}}; }

PersonExposure exposure_of(const exposure::ExposureCollector& collector, std::size_t levels, std::size_t lane) {
  const auto sessions = static_cast<double>(collector.sessions());
  PersonExposure numbers(kFirstLevel + levels);
  numbers[kNominalPerSession] = collector.nominal_mg(lane) / sessions;
  numbers[kNominal] = collector.nominal_mg(lane);
  numbers[kBase] = collector.base_mg(lane);
  numbers[kSystemic] = collector.systemic_mg(lane);
  numbers[kMeanPeak] = collector.mean_session_peak(lane) * kNanogramsPerMl;
  numbers[kHighestPeak] = collector.highest_peak(lane) * kNanogramsPerMl;
  numbers[kAucPerSession] = collector.auc(lane) / sessions * kNanogramsPerMl;
  numbers[kAuc] = collector.auc(lane) * kNanogramsPerMl;
  for (std::size_t level = 0; level < levels; ++level) {
    numbers[kFirstLevel + level] = collector.hours_above(level, lane);
  }
  return numbers;
}

// Runs one block; on success `keep` sees the finished collector.
std::optional<Diagnostic> run_block(const ExposureJob& job, std::span<const LaneIdentity> lanes,
                                    engine::Workspace& workspace,
                                    const std::function<void(const exposure::ExposureCollector&)>& keep) {
  population::Batch batch(*job.context, lanes);
  exposure::ExposureCollector collector(*job.collector, batch.lanes());
  if (const auto failure = engine::run(*job.plan, batch, collector, workspace)) {
    return run_failure(*job.context, *failure, lanes);
  }
  collector.finish();
  keep(collector);
  return std::nullopt;
}

// Adds the sums of chunks in order of chunk whatever order they finish in; holds only those that are ahead of their
// turn, at most one per thread.
class OrderedSums {
 public:
  explicit OrderedSums(std::size_t numbers) : total_(numbers, 0.0) {}
  void add(std::size_t chunk, std::vector<double> sums) {
    waiting_.emplace(chunk, std::move(sums));
    for (auto next = waiting_.find(next_); next != waiting_.end(); next = waiting_.find(next_)) {
      for (std::size_t i = 0; i < total_.size(); ++i) total_[i] += next->second[i];
      waiting_.erase(next);
      ++next_;
    }
  }
  [[nodiscard]] const std::vector<double>& total() const { return total_; }

 private:
  std::size_t next_ = 0;
  std::map<std::size_t, std::vector<double>> waiting_;
  std::vector<double> total_;
};

std::vector<exposure::QuantileSketch> sketches(std::size_t count, double error) {
  return std::vector<exposure::QuantileSketch>(count, exposure::QuantileSketch(error));
}

void merge(std::vector<exposure::QuantileSketch>& into, const std::vector<exposure::QuantileSketch>& from) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i].merge(from[i]);
}

// One worker's share of the people.
struct WorkerSummary {
  explicit WorkerSummary(const exposure::CollectorOptions& options)
      : numbers(sketches(kFirstLevel + options.levels_mg_per_l.size(), kSketchError)),
        session_curve(sketches(options.session_curve.size(), kCurveSketchError)),
        first_days(sketches(options.first_days.size(), kCurveSketchError)),
        auc_at_mark(sketches(options.marks.size(), kCurveSketchError)) {}

  std::vector<exposure::QuantileSketch> numbers;
  std::vector<exposure::QuantileSketch> session_curve;
  std::vector<exposure::QuantileSketch> first_days;
  std::vector<exposure::QuantileSketch> auc_at_mark;
  engine::Workspace workspace;

  // sums: of this chunk, added in order of subjects.
  void keep(const exposure::ExposureCollector& collector, std::size_t people, std::vector<double>& sums) {
    const std::size_t levels = numbers.size() - kFirstLevel;
    for (std::size_t lane = 0; lane < people; ++lane) {
      const PersonExposure person = exposure_of(collector, levels, lane);
      for (std::size_t i = 0; i < person.size(); ++i) {
        numbers[i].add(person[i]);
        sums[i] += person[i];
      }
    }
    const auto add_curve = [&](std::vector<exposure::QuantileSketch>& curve, auto value) {
      for (std::size_t t = 0; t < curve.size(); ++t) {
        for (std::size_t lane = 0; lane < people; ++lane) {
          curve[t].add(std::max(0.0, value(t, lane)) * kNanogramsPerMl);
        }
      }
    };
    add_curve(session_curve, [&](std::size_t t, std::size_t lane) { return collector.session_curve(t, lane); });
    add_curve(first_days, [&](std::size_t t, std::size_t lane) { return collector.first_days(t, lane); });
    add_curve(auc_at_mark, [&](std::size_t t, std::size_t lane) { return collector.auc_at_mark(t, lane); });
  }
};

}  // namespace

Diagnostic run_failure(const population::DrawContext& context, const engine::RunFailure& failure,
                       std::span<const LaneIdentity> lanes) {
  const LaneIdentity& lane = lanes[std::min(failure.lane, lanes.size() - 1)];
  return {ErrorCode::kNumericalFailure,
          {context.pattern->file},
          fmt::format("pattern '{}' under model '{}', {} (seed {}), hour {}: {}", context.pattern->id,
                      context.model->id, describe(lane), context.seed, failure.time.hours(), failure.reason),
          "finite numbers",
          {}};
}

std::uint64_t chunks_of(std::uint64_t subjects) { return (subjects + kChunk - 1) / kChunk; }

Result<std::vector<PersonExposure>> run_lanes(const ExposureJob& job, std::span<const LaneIdentity> lanes,
                                              const CancelToken& cancel) {
  std::vector<PersonExposure> exposures(lanes.size());
  const std::size_t blocks = (lanes.size() + job.block - 1) / job.block;
  const std::size_t levels = job.collector->levels_mg_per_l.size();
  std::vector<engine::Workspace> workspaces(static_cast<std::size_t>(job.threads));
  FirstFailure failure;
  const bool finished = parallel_blocks(blocks, job.threads, cancel, [&](std::size_t block, int worker) {
    const std::size_t first = block * job.block;
    const auto part = lanes.subspan(first, std::min(job.block, lanes.size() - first));
    auto problem = run_block(job, part, workspaces[static_cast<std::size_t>(worker)],
                             [&](const exposure::ExposureCollector& collector) {
                               for (std::size_t lane = 0; lane < part.size(); ++lane) {
                                 exposures[first + lane] = exposure_of(collector, levels, lane);
                               }
                             });
    if (problem) failure.report(block, std::move(*problem));
  });
  if (failure.get()) return fail(failure.get()->second);
  if (!finished) return fail(interrupted());
  return exposures;
}

Result<PopulationSummary> run_people(const ExposureJob& job, std::uint64_t subjects,
                                     const std::function<void()>& chunk_done, const CancelToken& cancel) {
  const auto chunks = static_cast<std::size_t>(chunks_of(subjects));
  const std::size_t numbers = kFirstLevel + job.collector->levels_mg_per_l.size();
  std::vector<WorkerSummary> workers;
  for (int worker = 0; worker < job.threads; ++worker) workers.emplace_back(*job.collector);
  OrderedSums totals(numbers);
  FirstFailure failure;
  std::mutex mutex;
  const bool finished = parallel_blocks(chunks, job.threads, cancel, [&](std::size_t chunk, int worker) {
    if (failure.seen()) return;
    WorkerSummary& mine = workers[static_cast<std::size_t>(worker)];
    std::vector<double> sums(numbers, 0.0);
    const std::uint64_t first = chunk * kChunk;
    const std::uint64_t last = std::min<std::uint64_t>(first + kChunk, subjects);
    std::vector<LaneIdentity> lanes;
    for (std::uint64_t begin = first; begin < last; begin += job.block) {
      lanes.clear();
      for (std::uint64_t s = begin; s < std::min<std::uint64_t>(begin + job.block, last); ++s) {
        lanes.push_back({.subject = s, .study = {}, .overridden_input = {}});
      }
      auto problem = run_block(job, lanes, mine.workspace, [&](const exposure::ExposureCollector& collector) {
        mine.keep(collector, lanes.size(), sums);
      });
      if (problem) return failure.report(chunk, std::move(*problem));
    }
    const std::lock_guard lock(mutex);
    totals.add(chunk, std::move(sums));
    chunk_done();
  });
  if (failure.get()) return fail(failure.get()->second);
  if (!finished) return fail(interrupted());

  PopulationSummary summary{std::move(workers.front().numbers), totals.total(),
                            std::move(workers.front().session_curve), std::move(workers.front().first_days),
                            std::move(workers.front().auc_at_mark)};
  for (std::size_t worker = 1; worker < workers.size(); ++worker) {
    merge(summary.numbers, workers[worker].numbers);
    merge(summary.session_curve, workers[worker].session_curve);
    merge(summary.first_days, workers[worker].first_days);
    merge(summary.auc_at_mark, workers[worker].auc_at_mark);
  }
  for (double& mean : summary.means) mean /= static_cast<double>(subjects);
  return summary;
}

}  // namespace racemate::study
