#include "racemate/study/simulate_estimates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "racemate/study/simulate_testing.h"

namespace racemate::study {
namespace {

using testing::cells_of;
using testing::clinic;
using testing::shipped;
using testing::table_of;

class Estimates : public testing::Folder {
 protected:
  static std::size_t index_of(const model::CompiledModel& model, const std::string& name) {
    for (std::size_t i = 0; i < model.parameters.size(); ++i) {
      if (model.parameters[i].name == name) return i;
    }
    ADD_FAILURE() << name;
    return 0;
  }
  static model::CompiledModel drawn(const model::CompiledModel& central, std::uint64_t study,
                                    const std::set<std::string>& held = {}) {
    model::CompiledModel model = central;
    EXPECT_TRUE(draw_estimates({.seed = 5, .study = study}, held, model));
    return model;
  }
};

TEST_F(Estimates, HaveTheMomentsOfTheirCovariance) {
  const auto central = find_model(shipped(), uncertain_model());
  ASSERT_TRUE(central) << to_string(central.error().front());
  const std::size_t v1 = index_of(*central, "V1");
  const std::size_t v2 = index_of(*central, "V2");
  constexpr int kStudies = 4000;
  double a = 0;
  double b = 0;
  double aa = 0;
  double bb = 0;
  double ab = 0;
  for (int study = 0; study < kStudies; ++study) {
    const model::CompiledModel model = drawn(*central, static_cast<std::uint64_t>(study));
    const double x = std::log(model.parameters[v1].value / central->parameters[v1].value);
    const double y = std::log(model.parameters[v2].value / central->parameters[v2].value);
    a += x / kStudies;
    b += y / kStudies;
    aa += x * x / kStudies;
    bb += y * y / kStudies;
    ab += x * y / kStudies;
  }
  // Five standard errors: sqrt(var / n) of a mean, sqrt(2 / n) var of a variance.
  EXPECT_NEAR(a, 0, 5 * 0.2 / std::sqrt(kStudies));
  EXPECT_NEAR(b, 0, 5 * 0.3 / std::sqrt(kStudies));
  EXPECT_NEAR(aa, 0.04, 5 * 0.04 * std::sqrt(2.0 / kStudies));
  EXPECT_NEAR(bb, 0.09, 5 * 0.09 * std::sqrt(2.0 / kStudies));
  EXPECT_NEAR(ab, 0.03, 5 * std::sqrt((0.04 * 0.09 + 0.03 * 0.03) / kStudies));
}

TEST_F(Estimates, DependOnTheStudyAlone) {
  const auto central = find_model(shipped(), uncertain_model());
  ASSERT_TRUE(central);
  const std::size_t v1 = index_of(*central, "V1");
  EXPECT_EQ(drawn(*central, 3).parameters[v1].value, drawn(*central, 3).parameters[v1].value);
  EXPECT_NE(drawn(*central, 3).parameters[v1].value, drawn(*central, 4).parameters[v1].value);
}

TEST_F(Estimates, WhatIsHeldStaysAndTheOthersAreAsTheyWere) {
  const auto central = find_model(shipped(), uncertain_model());
  ASSERT_TRUE(central);
  const std::size_t v1 = index_of(*central, "V1");
  const std::size_t v2 = index_of(*central, "V2");
  const model::CompiledModel free = drawn(*central, 3);
  const model::CompiledModel held = drawn(*central, 3, {"V1"});
  EXPECT_EQ(held.parameters[v1].value, central->parameters[v1].value);
  EXPECT_EQ(held.parameters[v2].value, free.parameters[v2].value);
  EXPECT_EQ(drawn_estimates(*central, {"V1"}), std::vector<std::string>{"V2"});
}

TEST_F(Estimates, LinearDrawsStayPossible) {
  const auto central = find_model(
      shipped(), uncertain_model("[[estimates]]\nparameters = [\"V1\"]\nscale = \"linear\"\nstandard_errors = [500]\n"
                                 "tier = \"assumption\"\nnote = \"for a test\"\n"));
  ASSERT_TRUE(central) << to_string(central.error().front());
  const std::size_t v1 = index_of(*central, "V1");
  for (std::uint64_t study = 0; study < 500; ++study) EXPECT_GT(drawn(*central, study).parameters[v1].value, 0);
}

TEST_F(Estimates, AValueThatCannotBeDrawnIsReported) {
  auto central = find_model(shipped(), uncertain_model());
  ASSERT_TRUE(central);
  central->estimates[0].estimates[0].low = 1e9;
  model::CompiledModel model = *central;
  const auto done = draw_estimates({.seed = 5, .study = 2}, {}, model);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().front().code, ErrorCode::kNumericalFailure);
  EXPECT_NE(done.error().front().message.find("study 3"), std::string::npos);
}

// Typical people of studies differ by the draws alone; people of trials are people of their own.
TEST_F(Estimates, StudiesAndReplicatesInTheTable) {
  SimulateOptions options = clinic("11h");
  options.model = uncertain_model();
  options.typical = true;
  options.studies = 3;
  auto rows = cells_of(table_of(options));
  ASSERT_EQ(rows.size(), 4);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"STUDY", "REP", "ID", "TIME", "ketamine"}));
  EXPECT_NE(rows[1][4], rows[2][4]);
  EXPECT_NE(rows[2][4], rows[3][4]);

  options.typical = false;
  options.studies = 0;
  options.replicates = 2;
  options.subjects = 3;
  rows = cells_of(table_of(options));
  ASSERT_EQ(rows.size(), 7);
  std::set<std::string> values;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i][0], "1");
    EXPECT_EQ(rows[i][1], i <= 3 ? "1" : "2");
    EXPECT_EQ(rows[i][2], std::to_string((i - 1) % 3 + 1));
    values.insert(rows[i][4]);
  }
  EXPECT_EQ(values.size(), 6U);
  // The first trial at central values is the run without trials.
  options.replicates = 0;
  const auto plain = cells_of(table_of(options));
  for (std::size_t i = 1; i <= 3; ++i) EXPECT_EQ(plain[i][2], rows[i][4]);
}

TEST_F(Estimates, TheSameBytesForAnyThreadsAndBlocks) {
  SimulateOptions options = clinic("0:14:0.7h");
  options.model = uncertain_model();
  options.subjects = 21;
  options.studies = 3;
  options.replicates = 2;
  options.threads = 1;
  const std::string one = table_of(options);
  for (const auto& [threads, block] : {std::pair<int, std::size_t>{2, 16}, {7, 8}, {3, 128}}) {
    options.threads = threads;
    options.block = block;
    EXPECT_EQ(table_of(options), one) << threads << " threads, blocks of " << block;
  }
}

}  // namespace
}  // namespace racemate::study
