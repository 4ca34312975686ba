#include "racemate/study/simulate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "racemate/study/simulate_testing.h"

namespace racemate::study {
namespace {

using testing::shipped;
using testing::table_of;

SimulateOptions clinic(const std::string& times) {
  SimulateOptions options = testing::clinic(times);
  options.weight_kg = 70;
  return options;
}

TEST(Levels, OutputAndConcentration) {
  const auto level = parse_level("ketamine=100ng/mL");
  ASSERT_TRUE(level);
  EXPECT_EQ(level->output, "ketamine");
  EXPECT_EQ(level->text, "100ng/mL");
  EXPECT_DOUBLE_EQ(level->level_mg_per_l, 0.1);
  EXPECT_DOUBLE_EQ(parse_level("S-ketamine=0.25 mg/L")->level_mg_per_l, 0.25);
  for (const char* text : {"", "ketamine", "=1ng/mL", "ketamine=", "ketamine=ng/mL", "ketamine=1", "ketamine=-1ng/mL",
                           "ketamine=1h", "ketamine=nanng/mL"}) {
    EXPECT_FALSE(parse_level(text)) << text;
  }
}

TEST(Shards, AreCountedFromOne) {
  EXPECT_EQ(parse_shard("2/4")->index, 2);
  EXPECT_EQ(parse_shard("4/4")->of, 4);
  for (const char* text : {"", "1", "0/4", "5/4", "1/0", "-1/4", "1/4x", "a/b", "1/1000000", "1//4", " 1/4"}) {
    EXPECT_FALSE(parse_shard(text)) << text;
  }
}

TEST(Times, RangesAndLists) {
  const auto times = parse_times("0:24:0.1h");
  ASSERT_TRUE(times);
  EXPECT_EQ(times->size(), 241);
  EXPECT_EQ(times->back(), Duration::from_hours(24));
  EXPECT_EQ((*times)[3], Duration::from_minutes(18));
  EXPECT_EQ(parse_times("0:7:1d")->back(), Duration::from_days(7));
  EXPECT_EQ(*parse_times("0,30,90min"),
            (std::vector<Duration>{Duration(), Duration::from_minutes(30), Duration::from_minutes(90)}));
}

TEST(Times, WhatIsWrongIsRefused) {
  for (const char* text : {"", "0:24:0.1", "0:24h", "0:24:0h", "24:0:1h", "1,1h", "2,1h", "-1,2h", "a:b:ch",
                           "0:24:0.1mg", "0:24:1e-9h", "0:1e9:1h", "nan,1h", "1,,2h", "0:24:0.1:2h"}) {
    EXPECT_FALSE(parse_times(text)) << text;
  }
}

// 35 mg over 40 min from 10:00: the row at the end of the infusion is the published model's peak.
TEST(Simulate, TheTypicalPersonsPeak) {
  SimulateOptions options = clinic("10,10.6666666667,24h");
  options.typical = true;
  std::istringstream lines(table_of(options));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "ID,TIME,ketamine");
  std::getline(lines, line);
  EXPECT_EQ(line, "1,10,0") << "an infusion has given nothing when it starts";
  std::getline(lines, line);
  EXPECT_NEAR(std::stod(line.substr(line.rfind(',') + 1)), 253.1, 0.005 * 253.1);
}

TEST(Simulate, TheSameBytesForAnyThreadsAndBlocks) {
  SimulateOptions options = clinic("0:48:0.7h");
  options.weight_kg.reset();
  options.subjects = 100;
  options.threads = 1;
  const std::string one = table_of(options);
  EXPECT_EQ(std::count(one.begin(), one.end(), '\n'), 1 + 100 * 69);
  for (const auto& [threads, block] : {std::pair<int, std::size_t>{2, 64}, {7, 8}, {3, 128}}) {
    options.threads = threads;
    options.block = block;
    EXPECT_EQ(table_of(options), one) << threads << " threads, blocks of " << block;
  }
}

TEST(Simulate, ASinkThatFailsStopsTheRun) {
  const CancelToken never;
  int calls = 0;
  const auto done =
      simulate_table(shipped(), clinic("0:24:1h"), [&](std::string_view) { return ++calls < 2; }, {}, never);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().front().code, ErrorCode::kUnwritableOutput);
}

TEST(Simulate, UnknownNamesAreRefused) {
  const CancelToken never;
  for (const auto& change : std::vector<void (*)(SimulateOptions&)>{
           [](SimulateOptions& o) { o.model = "kamp"; }, [](SimulateOptions& o) { o.regimen = "clinic"; },
           [](SimulateOptions& o) { o.outputs = {"norketamine"}; }, [](SimulateOptions& o) { o.model = "otto-2021"; },
           [](SimulateOptions& o) { o.times = {}; }, [](SimulateOptions& o) { o.times = {Duration()}; },
           [](SimulateOptions& o) { o.outputs = {"ketamine", "ketamine"}; },
           [](SimulateOptions& o) {
             o.subjects = 1'000'000'000;
             o.replicates = 100'000;
           },
           [](SimulateOptions& o) { o.subjects = 0; }, [](SimulateOptions& o) { o.block = 7; },
           [](SimulateOptions& o) {
             o.studies = 3;
             o.model = RACEMATE_SOURCE_DIR "/bench/models/w1.toml";
           }}) {
    SimulateOptions options = clinic("0:24:1h");
    change(options);
    options.quantiles = true;
    EXPECT_FALSE(simulate_table(shipped(), options, [](std::string_view) { return true; }, {}, never));
    EXPECT_FALSE(simulate_summary(shipped(), options, {}, never));
  }
}

}  // namespace
}  // namespace racemate::study
