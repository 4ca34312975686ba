// What the tests of simulations share.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "racemate/study/simulate.h"
#include "racemate/study/simulate_shard.h"

namespace racemate::study::testing {

inline const Library& shipped() {
  static const Library library = [] {
    Result<Library> loaded = load_library(RACEMATE_SOURCE_DIR);
    EXPECT_TRUE(loaded) << to_string(loaded.error().front());
    return loaded ? std::move(*loaded) : Library{};
  }();
  return library;
}

inline SimulateOptions clinic(const std::string& times) {
  SimulateOptions options;
  options.model = "kamp-2020";
  options.regimen = "iv-clinic";
  options.times = parse_times(times).value();
  options.threads = 2;
  return options;
}

inline std::string table_of(const SimulateOptions& options) {
  const CancelToken never;
  std::string text;
  const auto done = simulate_table(
      shipped(), options,
      [&](std::string_view part) {
        text += part;
        return true;
      },
      {}, never);
  EXPECT_TRUE(done) << to_string(done.error().front());
  return text;
}

inline std::string summary_of(const SimulateOptions& options) {
  const CancelToken never;
  const Result<std::string> text = simulate_summary(shipped(), options, {}, never);
  EXPECT_TRUE(text) << to_string(text.error().front());
  return text.value_or("");
}

// Rows of cells, the header first.
inline std::vector<std::vector<std::string>> cells_of(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    rows.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
  }
  return rows;
}

// A folder of the running test, empty at its start and removed at its end.
class Folder : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string("racemate_") + info->test_suite_name() + "_" + info->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream stream(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  // A model file with uncertain estimates: kamp-2020 with one more block.
  std::string uncertain_model(const std::string& estimates =
                                  "[[estimates]]\nparameters = [\"V1\", \"V2\"]\nscale = \"log\"\n"
                                  "covariance = [[0.04, 0.03], [0.03, 0.09]]\n"
                                  "tier = \"assumption\"\nnote = \"for a test\"\n") const {
    std::ifstream stream(std::string(RACEMATE_SOURCE_DIR) + "/models/kamp-2020.toml");
    return write("uncertain.toml", std::string(std::istreambuf_iterator<char>(stream), {}) + "\n" + estimates);
  }

  std::filesystem::path folder_;
};

}  // namespace racemate::study::testing
