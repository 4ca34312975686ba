// One case of a scenario, ready to run: the model, its doses as a pattern and a timeline, and who draws the people.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "racemate/bench/peers.h"
#include "racemate/bench/scenario.h"
#include "racemate/core/aligned_doubles.h"
#include "racemate/core/diagnostic.h"
#include "racemate/core/time.h"
#include "racemate/model/model.h"
#include "racemate/population/batch.h"
#include "racemate/population/cohort.h"
#include "racemate/regimen/pattern.h"
#include "racemate/regimen/timeline.h"
#include "racemate/study/library.h"

namespace racemate::bench {

inline constexpr std::uint64_t kBenchmarkSeed = 1;

// Where a solver leaves every value: the element of (output, time, person) has a place in `values` that its strides
// give. Values in internal units (mg/L).
struct Answer {
  AlignedDoubles values;
  std::size_t outputs = 0;
  std::size_t times = 0;
  std::size_t people = 0;
  std::size_t output_stride = 0;
  std::size_t time_stride = 0;
  std::size_t person_stride = 0;

  // Columns of people on 64-byte boundaries: [output][time][person]. The memory is there but untouched.
  static Answer by_columns(std::size_t outputs, std::size_t times, std::size_t people);
  // A table of one person after the other: [person][time][output].
  static Answer by_person(std::size_t outputs, std::size_t times, std::size_t people);
  [[nodiscard]] double at(std::size_t output, std::size_t time, std::size_t person) const {
    return values.data()[output * output_stride + time * time_stride + person * person_stride];
  }
  [[nodiscard]] std::size_t doubles() const { return outputs * output_stride_or_all(); }

 private:
  [[nodiscard]] std::size_t output_stride_or_all() const { return person_stride == 1 ? output_stride : times * people; }
};

// Members refer to each other: neither copied nor moved. Const after make(); shared by threads.
class Workload {
 public:
  // Errors: a model that is unknown or wrong, a route that it does not have.
  [[nodiscard]] static Result<std::unique_ptr<Workload>> make(const Scenario& scenario, const Case& from,
                                                              const study::Library& library);
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  Workload(Workload&&) = delete;
  Workload& operator=(Workload&&) = delete;
  ~Workload() = default;

  [[nodiscard]] const model::CompiledModel& model() const { return model_; }
  [[nodiscard]] const std::string& model_path() const { return model_path_; }
  [[nodiscard]] const regimen::Pattern& pattern() const { return pattern_; }
  [[nodiscard]] const regimen::Timeline& timeline() const { return timeline_; }
  [[nodiscard]] const population::DrawContext& context() const { return context_; }
  [[nodiscard]] const std::vector<Instant>& times() const { return times_; }
  [[nodiscard]] std::vector<std::string> output_names() const;

  // The same people, doses and times for solvers of hand-written equations. Errors: the equations are not this model's.
  [[nodiscard]] Result<PeerProblem> peer_problem(Equations equations, std::size_t people) const;

 private:
  Workload() = default;
  model::CompiledModel model_;
  std::string model_path_;
  regimen::Pattern pattern_;
  regimen::Timeline timeline_;
  population::Cohort cohort_;
  population::DrawContext context_;
  std::vector<Instant> times_;
};

// Identities [first, first + count) of drawn people.
[[nodiscard]] std::vector<population::LaneIdentity> people_from(std::size_t first, std::size_t count);

}  // namespace racemate::bench
