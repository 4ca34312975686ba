#include "racemate/study/simulate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace racemate::study {
namespace {

const Library& shipped() {
  static const Library library = [] {
    Result<Library> loaded = load_library(RACEMATE_SOURCE_DIR);
    EXPECT_TRUE(loaded) << to_string(loaded.error().front());
    return loaded ? std::move(*loaded) : Library{};
  }();
  return library;
}

SimulateOptions clinic(const std::string& times) {
  SimulateOptions options;
  options.model = "kamp-2020";
  options.regimen = "iv-clinic";
  options.times = parse_times(times).value();
  options.weight_kg = 70;
  return options;
}

std::string table_of(const SimulateOptions& options) {
  const CancelToken never;
  std::string text;
  const Result<void> done = simulate_table(
      shipped(), options,
      [&](std::string_view part) {
        text += part;
        return true;
      },
      {}, never);
  EXPECT_TRUE(done) << to_string(done.error().front());
  return text;
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

TEST(Simulate, QuantilesAreThoseOfTheTable) {
  SimulateOptions options = clinic("11,30h");
  options.weight_kg.reset();
  options.subjects = 501;
  std::istringstream lines(table_of(options));
  std::vector<double> at_eleven;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(",11,") != std::string::npos) at_eleven.push_back(std::stod(line.substr(line.rfind(',') + 1)));
  }
  ASSERT_EQ(at_eleven.size(), 501);
  std::sort(at_eleven.begin(), at_eleven.end());
  const CancelToken never;
  const auto rows = simulate_quantiles(shipped(), options, {}, never);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2);
  EXPECT_NEAR(rows->front().median, at_eleven[250], kSketchError * at_eleven[250] * 1.001);
  EXPECT_NEAR(rows->front().p5, at_eleven[25], kSketchError * at_eleven[25] * 1.001);
  EXPECT_NEAR(rows->front().p95, at_eleven[475], kSketchError * at_eleven[475] * 1.001);
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
           [](SimulateOptions& o) { o.times = {}; }, [](SimulateOptions& o) { o.times = {Duration()}; }}) {
    SimulateOptions options = clinic("0:24:1h");
    change(options);
    EXPECT_FALSE(simulate_quantiles(shipped(), options, {}, never));
  }
}

}  // namespace
}  // namespace racemate::study
