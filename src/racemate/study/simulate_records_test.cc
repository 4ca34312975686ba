#include "racemate/study/simulate_records.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace racemate::study {
namespace {

const Library& shipped_library() {
  static const Library library = [] {
    Result<Library> loaded = load_library(RACEMATE_SOURCE_DIR);
    if (!loaded) ADD_FAILURE() << to_string(loaded.error().front());
    return loaded ? std::move(*loaded) : Library{};
  }();
  return library;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

// A file of this test's own, gone with it.
class WrittenFile {
 public:
  WrittenFile(const std::string& name, const std::string& text)
      : path_(std::filesystem::path(::testing::TempDir()) / (name + "-" + std::to_string(::getpid()))) {
    path_ += std::filesystem::path(name).extension();
    std::ofstream(path_) << text;
  }
  WrittenFile(const WrittenFile&) = delete;
  WrittenFile& operator=(const WrittenFile&) = delete;
  WrittenFile(WrittenFile&&) = delete;
  WrittenFile& operator=(WrittenFile&&) = delete;
  ~WrittenFile() { std::filesystem::remove(path_); }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

struct Ran {
  std::string text;
  RecordsResult result;
  Diagnostics problems;
  // Cells of the rows, without the header; '.' is NaN.
  [[nodiscard]] std::vector<std::vector<double>> rows() const {
    std::vector<std::vector<double>> rows;
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      std::vector<double> row;
      std::istringstream cells(line);
      for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell == "." ? NAN : std::stod(cell));
      rows.push_back(row);
    }
    return rows;
  }
};

Ran run(const RecordsOptions& options) {
  Ran ran;
  const CancelToken cancel;
  Result<RecordsResult> result = simulate_records(
      shipped_library(), options,
      [&](std::string_view text) {
        ran.text += text;
        return true;
      },
      {}, cancel);
  if (result) {
    ran.result = std::move(*result);
  } else {
    ran.problems = std::move(result.error());
  }
  return ran;
}

RecordsOptions options_for(const std::string& model, const std::string& data, Backend backend = Backend::kAutomatic) {
  RecordsOptions options;
  options.model = model;
  options.data = data;
  options.backend = backend;
  options.ode.tolerances.relative = 1e-9;
  options.ode.tolerances.absolute = {1e-10};
  return options;
}

std::string conformance_model(const std::string& name) {
  return RACEMATE_SOURCE_DIR "/conformance/models/" + name + ".toml";
}

std::string problem_of(const RecordsOptions& options) {
  const Ran ran = run(options);
  return ran.problems.empty() ? "" : to_string(ran.problems.front());
}

// Results of NONMEM 7.5.1, kept outside the project; every row on every back end.
class NonmemOracle : public ::testing::TestWithParam<Backend> {
 protected:
  static void compare(const std::string& name, std::size_t expected_rows) {
    const char* variable = std::getenv("RACEMATE_ORACLES");
    const auto folder =
        std::filesystem::path(variable == nullptr ? RACEMATE_SOURCE_DIR "/../shared/oracles" : variable) / name;
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "oracle " << name << " is not here";
    const Ran ran = run(options_for(conformance_model(name), (folder / "records.csv").string(), GetParam()));
    ASSERT_TRUE(ran.problems.empty()) << to_string(ran.problems.front());
    for (const FailedSubject& failed : ran.result.failed) ADD_FAILURE() << failed.id << ": " << failed.reason;
    std::istringstream answers(text_of(folder / "nonmem.csv"));
    std::string line;
    std::getline(answers, line);
    const std::vector<std::vector<double>> rows = ran.rows();
    ASSERT_EQ(rows.size(), expected_rows);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      ASSERT_TRUE(std::getline(answers, line));
      const double reference = std::stod(line.substr(line.rfind(',') + 1));
      if (std::abs(rows[i][2] - reference) <= std::max(1e-3, 6e-5 * std::abs(reference))) continue;
      if (++wrong <= 10) ADD_FAILURE() << "row " << i << ": " << rows[i][2] << " is not " << reference;
    }
    EXPECT_EQ(wrong, 0U);
  }
};
TEST_P(NonmemOracle, Dosing) { compare("nonmem-dosing", 3837); }
TEST_P(NonmemOracle, TimeVarying) { compare("nonmem-time-varying", 34); }
INSTANTIATE_TEST_SUITE_P(Backends, NonmemOracle,
                         ::testing::Values(Backend::kReference, Backend::kLinear, Backend::kOde),
                         [](const auto& given) { return std::string(to_string(given.param)); });

TEST(SimulateRecords, AConstantInfusionInAChildSettlesAtRateOverClearance) {
  // Flint 2017: 2.4 mg/kg/h at 7 kg. CL = 112 (7/70)^0.75 L/h, so 16.8 mg/h settles at 0.8435 mg/L.
  const WrittenFile data("child.csv",
                         "ID,TIME,EVID,AMT,RATE,WEIGHT\n1,0,1,16800,16.8,7\n1,240,0,0,0,7\n1,720,0,0,0,7\n");
  RecordsOptions options = options_for("flint-2017", data.path());
  options.typical = true;
  const Ran ran = run(options);
  ASSERT_TRUE(ran.problems.empty()) << to_string(ran.problems.front());
  EXPECT_EQ(ran.result.backend, Backend::kOde);
  const auto rows = ran.rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_NEAR(rows[2][2], 843.5, 0.05);
  // The metabolite: all of 16.8 mg/h through 53.2 (7/70)^0.75 (1 + 0.0087 t) L/h.
  EXPECT_NEAR(rows[2][3], 16.8 / (53.2 * std::pow(0.1, 0.75) * (1 + 0.0087 * 720)) * 1000, 0.5);
}

TEST(SimulateRecords, CovariatesBetweenRecordsFollowTheirRule) {
  // Weight 60 kg, then 80 kg from the record at 4 h. Bolus of 100 mg at 0 h into the central compartment.
  const WrittenFile data("weights.csv",
                         "ID,TIME,EVID,AMT,CMT,WT,LAGT,BIOAV,DUR2,RAT2\n"
                         "1,0,1,100,2,60,0,1,2,10\n1,4,0,0,2,80,0,1,2,10\n1,8,0,0,2,80,0,1,2,10\n");
  const auto k = [](double weight_kg) { return 1.1 * std::pow(weight_kg / 70, 0.75) / 20; };
  const auto at_8_h = [&](CovariateRule rule, Backend backend) {
    RecordsOptions options = options_for(conformance_model("nonmem-time-varying"), data.path(), backend);
    options.covariates = rule;
    const Ran ran = run(options);
    EXPECT_TRUE(ran.problems.empty()) << to_string(ran.problems.front());
    for (const FailedSubject& failed : ran.result.failed) ADD_FAILURE() << failed.reason;
    return ran.problems.empty() ? ran.rows().back()[2] : NAN;
  };
  const double begin = 100.0 / 20 * 1000;
  for (const Backend backend : {Backend::kReference, Backend::kLinear, Backend::kOde}) {
    EXPECT_NEAR(at_8_h(CovariateRule::kNextCarriedBackward, backend), begin * std::exp(-8 * k(80)), 1e-4);
    EXPECT_NEAR(at_8_h(CovariateRule::kLastCarriedForward, backend), begin * std::exp(-4 * (k(60) + k(80))), 1e-4);
  }
  // Along the line the exponent is the integral of k over weight: (80^1.75 - 60^1.75) / 1.75 per kg, 20 kg in 4 h.
  const double integral = 1.1 / 20 / std::pow(70, 0.75) * (std::pow(80, 1.75) - std::pow(60, 1.75)) / 1.75 / 20 * 4;
  EXPECT_NEAR(at_8_h(CovariateRule::kLinear, Backend::kOde), begin * std::exp(-integral - 4 * k(80)), 1e-4);
  EXPECT_EQ(at_8_h(CovariateRule::kLinear, Backend::kAutomatic), at_8_h(CovariateRule::kLinear, Backend::kOde));
}

TEST(SimulateRecords, BytesDoNotDependOnThreads) {
  std::string records = "ID,TIME,AMT,RATE,ADDL,II\n";
  for (int subject = 1; subject <= 70; ++subject) {
    records += std::to_string(subject) + ",0,35,52.5,3," + std::to_string(6 + subject % 5) + "\n";
    for (int hour = 1; hour < 5 + subject % 7; ++hour) {
      records += std::to_string(subject) + "," + std::to_string(hour * 3) + ",.,.,.,.\n";
    }
  }
  const WrittenFile data("many.csv", records);
  for (const char* model : {"w1", "w3"}) {
    RecordsOptions options =
        options_for(RACEMATE_SOURCE_DIR "/bench/models/" + std::string(model) + ".toml", data.path());
    options.threads = 1;
    const Ran one = run(options);
    ASSERT_TRUE(one.problems.empty()) << to_string(one.problems.front());
    EXPECT_TRUE(one.result.failed.empty());
    options.threads = 5;
    EXPECT_EQ(one.text, run(options).text) << model;
    options.seed = 2;
    EXPECT_NE(one.text, run(options).text) << model;
  }
}

TEST(SimulateRecords, ALinearModelIsTheSameByEveryEngine) {
  std::string records = "ID,TIME,EVID,AMT,RATE,II,ADDL,SS,CMT\n";
  records += "1,0,1,35,52.5,0,0,0,1\n1,1,0,.,.,.,.,.,1\n1,5,1,20,0,0,0,0,2\n1,7.5,0,.,.,.,.,.,1\n1,30,0,.,.,.,.,.,1\n";
  records += "2,0,1,35,7,12,4,1,1\n2,1,0,.,.,.,.,.,1\n2,13,3,.,.,.,.,.,1\n2,14,1,10,0,0,0,0,3\n2,20,0,.,.,.,.,.,1\n";
  const WrittenFile data("engines.csv", records);
  const std::string model = RACEMATE_SOURCE_DIR "/bench/models/w1.toml";
  const auto linear = run(options_for(model, data.path(), Backend::kLinear));
  const auto reference = run(options_for(model, data.path(), Backend::kReference));
  const auto ode = run(options_for(model, data.path(), Backend::kOde));
  ASSERT_TRUE(linear.problems.empty() && reference.problems.empty() && ode.problems.empty());
  EXPECT_TRUE(ode.result.failed.empty());
  const auto a = linear.rows();
  const auto b = reference.rows();
  const auto c = ode.rows();
  ASSERT_EQ(a.size(), 10U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i][2], b[i][2], 1e-10 * (1 + std::abs(b[i][2]))) << i;
    EXPECT_NEAR(c[i][2], b[i][2], 1e-6 * (1 + std::abs(b[i][2]))) << i;
  }
}

TEST(SimulateRecords, AModelThatBlowsUpIsReportedAndNeverZero) {
  // dA/dt = A^2 / 3 from A = 1 is 1 / (1 - t / 3): it has no value at 3 h.
  const WrittenFile model("blow-up.toml", R"(schema = "racemate-model/1"
id = "blow-up"
title = "a model that has no value at 3 h"
kind = "published"
tier = "assumption"
substances = ["racemic ketamine"]
summary = "For a test."
[states.x]
unit = "1"
initial = 1
derivative = "x^2 / 3[h]"
[compartments.central]
analyte = "ketamine"
volume = "1[L]"
systemic = true
[[flows]]
from = "central"
rate = "1[1/h]"
[[routes.intravenous.inputs]]
to = "central"
fraction = 1
[outputs.x]
title = "x"
value = "x"
unit = "1"
[domain]
population = "nobody"
routes = [{ route = "intravenous" }]
)");
  const WrittenFile data("blow-up.csv", "ID,TIME,AMT\n7,0,.\n7,1.5,.\n7,2.9,.\n7,4,.\n7,5,.\n8,0,.\n8,1,.\n");
  for (const auto method : {engine::ode::Method::kAutomatic, engine::ode::Method::kExplicit,
                            engine::ode::Method::kStiff, engine::ode::Method::kCvode}) {
    RecordsOptions options = options_for(model.path(), data.path());
    options.ode.method = method;
    const Ran ran = run(options);
    ASSERT_TRUE(ran.problems.empty()) << to_string(ran.problems.front());
    const auto rows = ran.rows();
    ASSERT_EQ(rows.size(), 7U);
    EXPECT_NEAR(rows[1][2], 2, 1e-6);
    EXPECT_NEAR(rows[2][2], 30, 1e-3);  // whose error grows as the square of the value
    EXPECT_TRUE(std::isnan(rows[3][2]));
    EXPECT_TRUE(std::isnan(rows[4][2]));
    EXPECT_NEAR(rows[6][2], 1.5, 1e-6);
    ASSERT_EQ(ran.result.failed.size(), 1U);
    EXPECT_EQ(ran.result.failed[0].id, "7");
    EXPECT_NEAR(ran.result.failed[0].time_h, 3, 1e-3);
    EXPECT_FALSE(ran.result.failed[0].reason.empty());
  }
}

TEST(SimulateRecords, MeasurementsStandBesideWhatTheModelSays) {
  std::string text = text_of(RACEMATE_SOURCE_DIR "/bench/models/w1.toml");
  const std::string site = "site = \"venous\"\n";
  text.insert(text.find(site) + site.size(), "residual = { proportional = 0.2 }\nlower_limit = \"50 ng/mL\"\n");
  const WrittenFile model("measured.toml", text);
  const WrittenFile data("measured.csv", "ID,TIME,AMT\n1,0,35\n1,1,.\n1,2,.\n1,30,.\n2,0,35\n2,1,.\n");
  RecordsOptions options = options_for(model.path(), data.path());
  options.typical = true;
  const std::string plain = run(options).text;
  options.observations = true;
  const Ran ran = run(options);
  ASSERT_TRUE(ran.problems.empty()) << to_string(ran.problems.front());
  EXPECT_TRUE(ran.text.starts_with("ID,TIME,parent,DV_parent\n"));
  std::istringstream lines(ran.text);
  std::istringstream plain_lines(plain);
  std::string line;
  std::string plain_line;
  std::set<std::string> measured;
  int below = 0;
  while (std::getline(lines, line) && std::getline(plain_lines, plain_line)) {
    EXPECT_TRUE(line.starts_with(plain_line + ",")) << line;
    const std::string cell = line.substr(line.rfind(',') + 1);
    measured.insert(cell);
    if (cell == "BLQ") ++below;
  }
  EXPECT_GE(below, 1);             // 30 h after the dose
  EXPECT_GE(measured.size(), 5U);  // the two people are one typical person, measured apart
  EXPECT_EQ(ran.text, run(options).text);
  EXPECT_NE(problem_of([&] {
              RecordsOptions without = options;
              without.model = RACEMATE_SOURCE_DIR "/bench/models/w1.toml";
              return without;
            }())
                .find("measurements"),
            std::string::npos);
}

TEST(SimulateRecords, EffectsBetweenOccasionsFollowTheirColumn) {
  std::string text = text_of(RACEMATE_SOURCE_DIR "/bench/models/w1.toml");
  const std::string between = "between_people = { scale = \"log-normal\", omega2 = 0.09 }\n";
  for (std::size_t at = text.find(between); at != std::string::npos; at = text.find(between)) {
    text.erase(at, between.size());
  }
  const std::string clearance = "value = \"70 L/h\"\n";
  text.insert(text.find(clearance) + clearance.size(),
              "between_occasions = { scale = \"log-normal\", omega2 = 0.25 }\n");
  const WrittenFile model("occasions.toml", text);
  // Three doses far apart: two in occasion 1, one in occasion 4. A second subject, in occasions 4 and 9.
  const WrittenFile data("occasions.csv",
                         "ID,TIME,AMT,OCC\n1,0,35,1\n1,2,.,1\n1,1000,35,1\n1,1002,.,1\n1,2000,35,4\n1,2002,.,4\n"
                         "2,0,35,4\n2,2,.,4\n2,1000,35,9\n2,1002,.,9\n");
  for (const Backend backend : {Backend::kLinear, Backend::kReference, Backend::kOde}) {
    RecordsOptions options = options_for(model.path(), data.path(), backend);
    options.occasion = "occ";
    const Ran ran = run(options);
    ASSERT_TRUE(ran.problems.empty()) << to_string(ran.problems.front());
    const auto rows = ran.rows();
    ASSERT_EQ(rows.size(), 10U);
    const double tolerance = backend == Backend::kOde ? 1e-4 : 1e-9;
    EXPECT_NEAR(rows[1][2], rows[3][2], tolerance * rows[1][2]);  // one occasion, one clearance
    EXPECT_GT(std::abs(rows[5][2] / rows[1][2] - 1), 1e-3);
    EXPECT_GT(std::abs(rows[9][2] / rows[7][2] - 1), 1e-3);
    EXPECT_GT(std::abs(rows[7][2] / rows[5][2] - 1), 1e-3);  // occasion 4 of another subject
    options.occasion.clear();
    const auto without = run(options).rows();
    EXPECT_NEAR(without[1][2], without[5][2], tolerance * without[1][2]);
  }
  RecordsOptions options = options_for(RACEMATE_SOURCE_DIR "/bench/models/w1.toml", data.path());
  options.occasion = "OCC";
  EXPECT_NE(problem_of(options).find("no effects between occasions"), std::string::npos);
  options = options_for(model.path(), data.path());
  options.occasion = "PERIOD";
  EXPECT_NE(problem_of(options).find("PERIOD"), std::string::npos);
  const WrittenFile broken("broken.csv", "ID,TIME,AMT,OCC\n1,0,35,1\n1,2,.,1.5\n");
  options = options_for(model.path(), broken.path());
  options.occasion = "OCC";
  EXPECT_NE(problem_of(options).find("broken"), std::string::npos);
}

TEST(SimulateRecords, WhatDoesNotFitIsSaid) {
  const WrittenFile data("plain.csv", "ID,TIME,AMT,RATE,CMT\n1,0,35,-2,1\n1,1,.,.,1\n");
  const std::string w1 = RACEMATE_SOURCE_DIR "/bench/models/w1.toml";
  const std::string w3 = RACEMATE_SOURCE_DIR "/bench/models/w3.toml";
  EXPECT_NE(problem_of(options_for(w1, data.path())).find("-2"), std::string::npos);
  EXPECT_NE(problem_of(options_for(w3, data.path(), Backend::kLinear)).find("time or amounts"), std::string::npos);
  EXPECT_NE(problem_of(options_for("kamp-2020", data.path())).find("WEIGHT"), std::string::npos);
  EXPECT_NE(problem_of(options_for(w1, "/no/such/file.csv")).find("/no/such/file.csv"), std::string::npos);
  const WrittenFile unknown("unknown.csv", "ID,TIME,AMT,CMT\n1,0,35,9\n");
  EXPECT_NE(problem_of(options_for(w1, unknown.path())).find("CMT"), std::string::npos);
  RecordsOptions options = options_for(w1, data.path());
  options.outputs = {"parnet"};
  EXPECT_NE(problem_of(options).find("parent"), std::string::npos);
}

}  // namespace
}  // namespace racemate::study
