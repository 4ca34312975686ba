#include "racemate/bench/render.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "racemate/bench/run_parts.h"
#include "racemate/report/text.h"

namespace racemate::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CaseResult small_case() {
  CaseResult of{.title = "three compartments",
                .rows_per_person = 100,
                .outputs = 2,
                .allowed_error = 1e-5,
                .error_means = "of the person's peak",
                .model_ready_seconds = 0.002};
  of.engines = {{.engine = "racemate, exact", .own = true, .people = 1000, .seconds = {3e-4, 1e-4}, .error = 1e-14},
                {.engine = "racemate, exact",
                 .own = true,
                 .threads = 2,
                 .people = 1000,
                 .seconds = {5e-5},
                 .error = 1e-14,
                 .memory_beyond_bytes = 2e6},
                {.engine = "slow one", .people = 10, .seconds = {1e-4}, .error = 1e-6},
                {.engine = "wrong one", .people = 10, .error = 1e-3, .why_not = "wrong: off by 1.0e-03"},
                {.engine = "absent (R)", .people = 10, .why_not = "skipped: the R package absent is not installed"}};
  return of;
}

BenchResult small_result() {
  return {.program_version = "1.2.3",
          .machine = {.processor = "a processor",
                      .processors = 2,
                      .simd_tier = "AVX",
                      .limits = engine::kernels::MachineLimits{.write_ns = 0.5, .write_past_ns = 0.25}},
          .repetitions = 2,
          .scenarios = {{.id = "w1", .title = "a title", .setting = "1,000 people", .cases = {small_case()}}}};
}

TEST(Result, NumbersAreOfTheLeastRepetition) {
  const CaseResult of = small_case();
  EXPECT_DOUBLE_EQ(*ns_per_row(of, of.engines[0]), 1);
  EXPECT_DOUBLE_EQ(*people_per_second(of.engines[0]), 1e7);
  EXPECT_DOUBLE_EQ(*times_the_first(of, of.engines[2]), 100);
  EXPECT_DOUBLE_EQ(*gain_of_two_threads(of), 2);
  EXPECT_DOUBLE_EQ(*times_the_write_limit(of, of.engines[0], small_result().machine), 2);
}

TEST(Result, NoTimeNoNumber) {
  const CaseResult of = small_case();
  EXPECT_FALSE(ns_per_row(of, of.engines[3]));
  EXPECT_FALSE(people_per_second(of.engines[3]));
  EXPECT_FALSE(times_the_first(of, of.engines[4]));
}

TEST(Gate, AWrongAnswerGetsNoTime) {
  const CaseResult of = small_case();
  EngineResult wrong{.engine = "x", .error = 1.1e-5};
  EXPECT_FALSE(may_be_timed(of, wrong));
  EXPECT_THAT(wrong.why_not, HasSubstr("wrong"));
  EngineResult right{.engine = "x", .error = 1e-5};
  EXPECT_TRUE(may_be_timed(of, right));
  EngineResult unchecked{.engine = "x"};
  EXPECT_FALSE(may_be_timed(of, unchecked));
  EngineResult not_a_number{.engine = "x", .error = std::nan("")};
  EXPECT_FALSE(may_be_timed(of, not_a_number));
}

TEST(Gate, OnlyRacematesOwnMistakesFailTheRun) {
  BenchResult result = small_result();
  EXPECT_TRUE(all_right(result));
  result.scenarios[0].cases[0].engines[1].error = 1e-4;
  EXPECT_FALSE(all_right(result));
  result.scenarios[0].cases[0].engines[1].error.reset();
  EXPECT_FALSE(all_right(result));
}

TEST(Render, TableFitsItsWidthAndIsAligned) {
  for (const int width : {40, 70, 100, 140}) {
    const std::string text = render_bench(small_result(), {.width = width});
    std::istringstream lines(text);
    int table = 0;
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("│")) continue;
      const int columns = report::display_width(line);
      EXPECT_LE(columns, width);
      if (table == 0) table = columns;
      EXPECT_EQ(columns, table) << line;
    }
    EXPECT_GT(table, 0);
  }
}

TEST(Render, SaysWhatDidNotRunAndWhy) {
  const std::string text = render_bench(small_result(), {.width = 140});
  EXPECT_THAT(text, HasSubstr("absent (R): skipped: the R package absent is not installed."));
  EXPECT_THAT(text, HasSubstr("wrong one: wrong: off by 1.0e-03."));
  EXPECT_THAT(text, HasSubstr("two threads are 2 times as fast as one"));
  EXPECT_THAT(text, HasSubstr("2 times as long as writing its 2 values"));
  EXPECT_THAT(text, Not(HasSubstr("--quick")));
}

TEST(Render, JsonHasEveryEngine) {
  const std::string json = render_bench_json(small_result());
  EXPECT_THAT(json, HasSubstr("\"schema\": \"racemate-bench/1\""));
  EXPECT_THAT(json, HasSubstr("\"ns_per_row\": 1.0"));
  EXPECT_THAT(json, HasSubstr("\"why_not\": \"skipped: the R package absent is not installed\""));
  EXPECT_THAT(json, HasSubstr("\"write_past_caches\": 0.25"));
}

TEST(Render, ListHasOneLineEach) {
  Scenario one{.id = "w1", .title = "first"};
  EXPECT_EQ(render_scenarios({one}), "w1     first\n");
}

}  // namespace
}  // namespace racemate::bench
