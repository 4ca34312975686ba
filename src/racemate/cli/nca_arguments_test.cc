#include "racemate/cli/nca_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "racemate/cli/command_line.h"

namespace racemate::cli {
namespace {

using exposure::BlqTreatment;
using exposure::NcaMethod;
using exposure::NcaRoute;
using testing::ElementsAre;
using testing::HasSubstr;

NcaArguments nca(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "nca");
  const auto line = parse_command_line(arguments);
  if (!line || !std::holds_alternative<NcaArguments>(*line)) {
    ADD_FAILURE() << (line ? "not an analysis" : to_string(line.error().front()));
    return {};
  }
  return std::get<NcaArguments>(*line);
}

std::vector<std::string> problems(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"nca", "t.csv"});
  const auto line = parse_command_line(arguments);
  std::vector<std::string> texts;
  if (!line) {
    for (const Diagnostic& diagnostic : line.error()) {
      EXPECT_EQ(diagnostic.code, ErrorCode::kUsage);
      texts.push_back(to_string(diagnostic));
    }
  }
  return texts;
}

TEST(NcaArguments, HaveTheDocumentedDefaults) {
  const NcaArguments arguments = nca({"t.csv"});
  EXPECT_EQ(arguments.file, "t.csv");
  EXPECT_TRUE(arguments.table.outputs.empty());
  EXPECT_FALSE(arguments.table.dose || arguments.table.dose_time || arguments.table.lower_limit);
  EXPECT_EQ(arguments.table.route, NcaRoute::kExtravascular);
  EXPECT_EQ(arguments.options.method, NcaMethod::kLinearUpLogDown);
  EXPECT_EQ(arguments.options.blq.before_first, BlqTreatment::kZero);
  EXPECT_EQ(arguments.options.blq.between, BlqTreatment::kMissing);
  EXPECT_EQ(arguments.options.blq.after_last, BlqTreatment::kMissing);
  EXPECT_EQ(arguments.time_unit + arguments.concentration_unit + arguments.dose_unit, "hng/mLmg");
}

TEST(NcaArguments, TakeEveryOption) {
  const NcaArguments arguments = nca({"-",
                                      "--output",
                                      "a,b",
                                      "--output",
                                      "c",
                                      "--method",
                                      "linear-log",
                                      "--dose",
                                      "50",
                                      "--route",
                                      "infusion",
                                      "--duration",
                                      "0.5",
                                      "--dose-time",
                                      "-1",
                                      "--time-unit",
                                      "min",
                                      "--concentration-unit",
                                      "mg/L",
                                      "--dose-unit",
                                      "g",
                                      "--blq",
                                      "before=half,after=zero",
                                      "--lloq",
                                      "0.1",
                                      "--partial",
                                      "0:24,0:48",
                                      "--partial",
                                      "2:4",
                                      "--tau",
                                      "12",
                                      "--steady-state",
                                      "--lambda-z",
                                      "8:24",
                                      "--csv",
                                      "o.csv",
                                      "--json",
                                      "-",
                                      "--width",
                                      "90",
                                      "--quiet"});
  EXPECT_EQ(arguments.file, kStandardInput);
  EXPECT_THAT(arguments.table.outputs, ElementsAre("a", "b", "c"));
  EXPECT_EQ(arguments.options.method, NcaMethod::kLinearLog);
  EXPECT_EQ(arguments.table.dose, 50);
  EXPECT_EQ(arguments.table.route, NcaRoute::kInfusion);
  EXPECT_EQ(arguments.table.infusion_duration, 0.5);
  EXPECT_EQ(arguments.table.dose_time, -1);
  EXPECT_EQ(arguments.time_unit, "min");
  EXPECT_EQ(arguments.concentration_unit, "mg/L");
  EXPECT_EQ(arguments.dose_unit, "g");
  EXPECT_EQ(arguments.options.blq.before_first, BlqTreatment::kHalfLimit);
  EXPECT_EQ(arguments.options.blq.between, BlqTreatment::kMissing);
  EXPECT_EQ(arguments.options.blq.after_last, BlqTreatment::kZero);
  EXPECT_EQ(arguments.table.lower_limit, 0.1);
  ASSERT_EQ(arguments.options.intervals.size(), 3U);
  EXPECT_EQ(arguments.options.intervals[2].from, 2);
  EXPECT_EQ(arguments.options.tau, 12);
  EXPECT_TRUE(arguments.options.steady_state);
  EXPECT_EQ(arguments.options.terminal_window->to, 24);
  EXPECT_EQ(arguments.csv, "o.csv");
  EXPECT_EQ(arguments.json, "-");
  EXPECT_EQ(arguments.width, 90);
  EXPECT_TRUE(arguments.quiet);
  EXPECT_EQ(nca({"t.csv", "--blq", "half"}).options.blq.between, BlqTreatment::kHalfLimit);
}

TEST(NcaArguments, OneWordThatCannotBeUsedIsOneProblem) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--method", "log"},
                                             {"--route", "oral"},
                                             {"--route", "infusion"},
                                             {"--duration", "2"},
                                             {"--dose", "0"},
                                             {"--dose", "many"},
                                             {"--dose-time", "x"},
                                             {"--lloq", "-1"},
                                             {"--tau", "0"},
                                             {"--steady-state"},
                                             {"--partial", "4"},
                                             {"--partial", "4:2"},
                                             {"--partial", "-1:2"},
                                             {"--partial", "0:nan"},
                                             {"--partial", "0:1,0:1"},
                                             {"--lambda-z", "8:"},
                                             {"--blq", "none"},
                                             {"--blq", "before=zero,before=half"},
                                             {"--blq", "before=zero,middle=half"},
                                             {"--blq", "before=zero,after"},
                                             {"--width", "3"},
                                             {"--json", "x", "--csv", "x"}}) {
    EXPECT_EQ(problems(words).size(), 1U) << testing::PrintToString(words);
  }
}

TEST(NcaArguments, AllProblemsComeAtOnce) {
  EXPECT_THAT(problems({"--tau", "x", "--method", "y", "--dose", "z"}),
              testing::UnorderedElementsAre(HasSubstr("--tau"), HasSubstr("--method"), HasSubstr("--dose")));
}

}  // namespace
}  // namespace racemate::cli
