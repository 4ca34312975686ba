// Tables filled in place: the values that a run emits, whatever the block, the alignment and the company.
#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "racemate/engine/run.h"
#include "racemate/engine/testing.h"

namespace racemate::engine {
namespace {

using testing::fixed_cohort;
using testing::model_from_text;

// An analyte's model with what makes tables hard, all variable between people.
std::string model_text(bool lagged) {
  std::string text = R"(
schema = "racemate-model/1"
id = "table"
title = "table"
kind = "published"
tier = "assumption"
substances = ["racemic ketamine"]
summary = "A model for tests."
[parameters.CL]
value = "70 L/h"
tier = "assumption"
note = "test"
between_people = { scale = "log-normal", omega2 = 0.09 }
[parameters.V]
value = "60 L"
tier = "assumption"
note = "test"
between_people = { scale = "log-normal", omega2 = 0.09 }
[parameters.Q]
value = "30 L/h"
tier = "assumption"
note = "test"
[parameters.V2]
value = "90 L"
tier = "assumption"
note = "test"
[parameters.CLM]
value = "25 L/h"
tier = "assumption"
note = "test"
[parameters.lag]
value = "0.35 h"
tier = "assumption"
note = "test"
between_people = { scale = "log-normal", omega2 = 0.2 }
[compartments.central]
analyte = "ketamine"
volume = "V"
systemic = true
[compartments.deep]
analyte = "ketamine"
volume = "V2"
[compartments.metabolite]
analyte = "norketamine"
volume = "V2"
[[flows]]
from = "central"
to = "metabolite"
clearance = "CL"
[[flows]]
from = "metabolite"
clearance = "CLM"
[[exchanges]]
between = ["central", "deep"]
clearance = "Q"
[[routes.intravenous.inputs]]
to = "central"
fraction = "1"
)";
  if (lagged) text += "lag = \"lag\"\n";
  text += R"(
[outputs.parent]
title = "parent"
compartment = "central"
analyte = "ketamine"
matrix = "plasma"
site = "venous"
[outputs.metabolite]
title = "metabolite"
compartment = "metabolite"
analyte = "norketamine"
matrix = "plasma"
site = "venous"
[domain]
population = "nobody"
routes = [{ route = "intravenous", low = "35 mg", high = "35 mg" }]
)";
  return text;
}

// Keeps a run's values at the wanted times; an instant with a dose shows the state after it.
class Keeper final : public TrajectoryObserver {
 public:
  Keeper(std::span<const Instant> times, std::size_t outputs, std::size_t lanes)
      : times_(times), values(outputs, std::vector<double>(times.size() * lanes)) {}
  void session(std::uint32_t /*session*/, Instant /*start*/) override {}
  void administration(std::span<const double> /*nominal_mg*/, std::span<const double> /*base_mg*/,
                      std::span<const double> /*systemic_mg*/) override {}
  void chunk(const TrajectoryChunk& chunk) override {
    if (chunk.lane_start_h == nullptr || chunk.lane_start_h[0] == 0) keep(chunk, chunk.start, 0);
    Instant time = chunk.start;
    for (std::size_t step = 0; step < chunk.step.size(); ++step) keep(chunk, time = time + chunk.step[step], step + 1);
  }
  const std::span<const Instant> times_;
  std::vector<std::vector<double>> values;  // [output][time][lane]

 private:
  void keep(const TrajectoryChunk& chunk, Instant time, std::size_t point) {
    for (std::size_t row = 0; row < times_.size(); ++row) {
      if (times_[row] != time) continue;
      for (std::size_t o = 0; o < values.size(); ++o) {
        std::copy_n(chunk.value[o] + point * chunk.lanes, chunk.lanes,
                    values[o].begin() + static_cast<std::ptrdiff_t>(row * chunk.lanes));
      }
    }
  }
};

struct Scenario {
  model::CompiledModel model;
  testing::Use use;
  population::Cohort cohort = fixed_cohort({});
  population::DrawContext context;
  std::vector<Instant> times;
  PlanOptions options;

  // Three infusions of 122 minutes (some leaps), and a table whose step is not theirs; a time that comes twice.
  explicit Scenario(bool lagged) : model(model_from_text(model_text(lagged))) {
    use = testing::use_of("intravenous", {35, {0.0, 9.0, 18.05}, 122.0 / 60}, 30);
    context = {&model, &use.pattern, &cohort, 7, {}};
    for (int i = 0; i <= 300; ++i) {
      times.push_back(Instant::from_hours(i * 0.1));
      if (i == 77) times.push_back(times.back());
    }
    options.route = "intravenous";
    options.outputs = {"parent", "metabolite"};
    options.times = times;
    options.values_only = true;
  }
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;
  Scenario(Scenario&&) = delete;
  Scenario& operator=(Scenario&&) = delete;
  ~Scenario() = default;

  [[nodiscard]] std::vector<population::LaneIdentity> people(std::uint64_t first, std::uint64_t count) const {
    std::vector<population::LaneIdentity> lanes(static_cast<std::size_t>(count));
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) lanes[lane].subject = first + lane;
    return lanes;
  }
};

constexpr double kUntouched = -1;

// [output][row][person], filled in blocks of `block`; `offset` doubles from a line of the cache.
std::vector<double> table_of(const Scenario& s, std::uint64_t subjects, std::uint64_t block, std::size_t stride,
                             std::size_t offset) {
  const Result<Plan> plan = Plan::make(s.model, s.use.timeline, s.options);
  EXPECT_TRUE(plan);
  const std::size_t column = s.times.size() * stride;
  AlignedDoubles values(2 * column + offset);
  std::fill_n(values.data(), 2 * column + offset, kUntouched);
  Workspace workspace;
  for (std::uint64_t first = 0; first < subjects; first += block) {
    population::Batch batch(s.context, s.people(first, std::min(block, subjects - first)));
    double* from = values.data() + offset + first;
    double* const columns[] = {from, from + column};
    EXPECT_FALSE(fill_table(*plan, batch, {columns, stride}, workspace));
  }
  std::vector<double> packed;
  for (std::size_t row = 0; row < 2 * s.times.size(); ++row) {
    const double* from = values.data() + offset + row * stride;
    packed.insert(packed.end(), from, from + subjects);
    // Nobody's elements stay as they were.
    for (std::size_t i = subjects; i < stride; ++i) EXPECT_EQ(from[i], kUntouched);
  }
  return packed;
}

TEST(FillTable, ValuesAreThoseOfTheRun) {
  for (const bool lagged : {false, true}) {
    const Scenario s(lagged);
    constexpr std::size_t kPeople = 21;
    const Result<Plan> plan = Plan::make(s.model, s.use.timeline, s.options);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->has_lane_events(), lagged);
    population::Batch batch(s.context, s.people(0, kPeople));
    Keeper keeper(s.times, 2, batch.lanes());
    Workspace workspace;
    ASSERT_FALSE(run(*plan, batch, keeper, workspace));
    const std::vector<double> table = table_of(s, kPeople, kPeople, kPeople, 0);
    double peak = 0;
    double worst = 0;
    std::size_t compared = 0;
    for (std::size_t o = 0; o < 2; ++o) {
      for (std::size_t row = 0; row < s.times.size(); ++row) {
        for (std::size_t person = 0; person < kPeople; ++person) {
          const double got = table[(o * s.times.size() + row) * kPeople + person];
          double want = keeper.values[o][row * batch.lanes() + person];
          // A run with lags emits no common point at the end of a step that somebody's event splits.
          if (lagged && want == 0) continue;
          peak = std::max(peak, want);
          worst = std::max(worst, std::fabs(got - want) / std::max(want, 1e-3));
          ++compared;
        }
      }
    }
    EXPECT_GT(peak, 0.1);
    EXPECT_LE(worst, 1e-13);
    EXPECT_GT(compared, kPeople * 2 * 250);
  }
}

TEST(FillTable, BlocksAlignmentAndCompanyDoNotMatter) {
  for (const bool lagged : {false, true}) {
    const Scenario s(lagged);
    const std::vector<double> together = table_of(s, 77, 77, 80, 0);
    EXPECT_EQ(table_of(s, 77, 13, 80, 0), together);
    EXPECT_EQ(table_of(s, 77, 64, 83, 3), together);
    EXPECT_EQ(table_of(s, 77, 8, 640, 0), together);  // large enough to be written past the cache
    EXPECT_EQ(table_of(s, 77, 8, 640, 8), together);
  }
}

TEST(FillTable, ATimeThatComesTwiceIsFilledTwice) {
  const Scenario s(false);
  const std::vector<double> table = table_of(s, 3, 3, 3, 0);
  ASSERT_EQ(s.times[77], s.times[78]);
  for (std::size_t person = 0; person < 3; ++person) {
    EXPECT_GT(table[77 * 3 + person], 0);
    EXPECT_EQ(table[78 * 3 + person], table[77 * 3 + person]);
    EXPECT_NE(table[79 * 3 + person], table[77 * 3 + person]);
  }
}

// Sums of lengths: three lengths of which one is the sum of the others.
TEST(FillTable, PlansFindLengthsThatAreSums) {
  const Scenario s(false);
  const Result<Plan> plan = Plan::make(s.model, s.use.timeline, s.options);
  ASSERT_TRUE(plan);
  const auto length = [&](double hours) {
    const auto lengths = plan->step_lengths();
    return std::find(lengths.begin(), lengths.end(), Duration::from_hours(hours)) - lengths.begin();
  };
  const auto lengths = plan->step_lengths();
  std::size_t sums = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const LengthSum& sum = plan->sum_of(i);
    if (sum.first < 0) continue;
    ++sums;
    EXPECT_EQ(lengths[static_cast<std::size_t>(sum.first)] + lengths[static_cast<std::size_t>(sum.second)], lengths[i]);
  }
  EXPECT_GE(sums, 2U);
  EXPECT_GE(plan->sum_of(static_cast<std::size_t>(length(0.1))).first, 0);
}

}  // namespace
}  // namespace racemate::engine
