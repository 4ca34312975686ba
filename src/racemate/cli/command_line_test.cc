#include "racemate/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace racemate::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

CompareArguments compare(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "compare");
  const auto line = parse_command_line(arguments);
  if (!line || !std::holds_alternative<CompareArguments>(*line)) {
    ADD_FAILURE() << (line ? "not a comparison" : to_string(line.error().front()));
    return {};
  }
  return std::get<CompareArguments>(*line);
}

LibraryArguments library(const std::vector<std::string>& arguments) {
  const auto line = parse_command_line(arguments);
  if (!line || !std::holds_alternative<LibraryArguments>(*line)) {
    ADD_FAILURE() << (line ? "not a library command" : to_string(line.error().front()));
    return {};
  }
  return std::get<LibraryArguments>(*line);
}

Diagnostics problems(const std::vector<std::string>& arguments) {
  const auto line = parse_command_line(arguments);
  return line ? Diagnostics{} : line.error();
}

std::string text(const std::vector<std::string>& arguments) {
  const auto line = parse_command_line(arguments);
  return line && std::holds_alternative<TextToPrint>(*line) ? std::get<TextToPrint>(*line).text : "";
}

TEST(CommandLine, CompareHasTheDocumentedDefaults) {
  const CompareArguments arguments = compare({});
  EXPECT_TRUE(arguments.patterns.empty());
  EXPECT_EQ(arguments.subjects, 1000U);
  EXPECT_EQ(arguments.studies, 200U);
  EXPECT_EQ(arguments.days, 364.0);
  EXPECT_EQ(arguments.seed, 1U);
  EXPECT_EQ(arguments.threads, 0);
  EXPECT_FALSE(arguments.weight_kg.has_value());
  EXPECT_FALSE(arguments.quiet);
}

TEST(CommandLine, CompareTakesEveryOption) {
  const CompareArguments arguments = compare({"iv-clinic",  "./mine.toml",
                                              "--subjects", "10",
                                              "--days",     "7.5",
                                              "--seed",     "18446744073709551615",
                                              "--studies",  "0",
                                              "--cohort",   "children",
                                              "--weight",   "70",
                                              "--age",      "45",
                                              "--set",      "kamp-2020.CL=50 L/h",
                                              "--set",      "kamp-2020.V1=20 L",
                                              "--model",    "iv-clinic=domino-1984",
                                              "--html",     "a.html",
                                              "--json",     "-",
                                              "--csv",      "a.csv",
                                              "--threads",  "2",
                                              "--block",    "7",
                                              "--width",    "120",
                                              "--quiet"});
  EXPECT_THAT(arguments.patterns, ElementsAre("iv-clinic", "./mine.toml"));
  EXPECT_EQ(arguments.subjects, 10U);
  EXPECT_EQ(arguments.days, 7.5);
  EXPECT_EQ(arguments.seed, 18446744073709551615U);
  EXPECT_EQ(arguments.studies, 0U);
  EXPECT_EQ(arguments.cohort, "children");
  EXPECT_EQ(arguments.weight_kg, 70.0);
  EXPECT_EQ(arguments.age_years, 45.0);
  ASSERT_THAT(arguments.settings, SizeIs(2));
  EXPECT_EQ(arguments.settings[0].model, "kamp-2020");
  EXPECT_EQ(arguments.settings[0].parameter, "CL");
  EXPECT_EQ(arguments.settings[0].value, "50 L/h");
  ASSERT_THAT(arguments.models, SizeIs(1));
  EXPECT_EQ(arguments.models[0].pattern, "iv-clinic");
  EXPECT_EQ(arguments.models[0].model, "domino-1984");
  EXPECT_EQ(arguments.json, "-");
  EXPECT_EQ(arguments.threads, 2);
  EXPECT_EQ(arguments.block, 7U);
  EXPECT_EQ(arguments.width, 120);
  EXPECT_TRUE(arguments.quiet);
}

TEST(CommandLine, AnOptionThatMayRepeatDoesNotSwallowPatterns) {
  const CompareArguments arguments = compare({"--set", "kamp-2020.CL=50 L/h", "iv-clinic"});
  EXPECT_THAT(arguments.settings, SizeIs(1));
  EXPECT_THAT(arguments.patterns, ElementsAre("iv-clinic"));
}

TEST(CommandLine, APatternPathMayHaveAnEqualsSign) {
  const CompareArguments arguments = compare({"--model", "dir/a=b.toml=kamp-2020"});
  ASSERT_THAT(arguments.models, SizeIs(1));
  EXPECT_EQ(arguments.models[0].pattern, "dir/a=b.toml");
}

TEST(CommandLine, AllProblemsAreReportedAtOnce) {
  const Diagnostics found = problems({"compare", "--subjects", "many", "--days", "nan", "--weight", "heavy",
                                      "--threads", "0", "--set", "CL=3", "--model", "x"});
  EXPECT_THAT(found, SizeIs(6));
  for (const Diagnostic& diagnostic : found) {
    EXPECT_EQ(diagnostic.code, ErrorCode::kUsage);
    EXPECT_THAT(diagnostic.message, HasSubstr("--"));
    EXPECT_FALSE(diagnostic.expected.empty()) << diagnostic.message;
  }
}

TEST(CommandLine, NumbersAreWholeTextsInTheirRange) {
  for (const char* bad : {"", "0", "-1", "1e3", "10 ", " 10", "0x10", "10.0", "100000001", "99999999999999999999"}) {
    EXPECT_FALSE(problems({"compare", std::string("--subjects=") + bad}).empty()) << "'" << bad << "'";
  }
  for (const char* good : {"1", "100000000"}) {
    EXPECT_TRUE(problems({"compare", std::string("--subjects=") + good}).empty()) << good;
  }
  for (const char* bad : {"0.5", "inf", "nan", "-7", "36526", "7d"}) {
    EXPECT_FALSE(problems({"compare", "--days", bad}).empty()) << "'" << bad << "'";
  }
}

TEST(CommandLine, TwoOutputsMayNotShareAFile) {
  EXPECT_THAT(problems({"compare", "--json", "-", "--csv", "-"}), SizeIs(1));
  EXPECT_THAT(problems({"compare", "--json", "a", "--html", "a"}), SizeIs(1));
  EXPECT_TRUE(problems({"compare", "--json", "a", "--html", "b"}).empty());
}

TEST(CommandLine, AMisspelledWordGetsTheNearestOne) {
  const Diagnostics option = problems({"compare", "--subjcts", "10"});
  ASSERT_FALSE(option.empty());
  EXPECT_THAT(option.front().hint, HasSubstr("--subjects"));
  const Diagnostics command = problems({"comapre"});
  ASSERT_FALSE(command.empty());
  EXPECT_THAT(command.front().hint, HasSubstr("compare"));
  const Diagnostics verb = problems({"model", "lst"});
  ASSERT_FALSE(verb.empty());
  EXPECT_THAT(verb.front().hint, HasSubstr("list"));
}

TEST(CommandLine, AnOptionWithoutItsValueIsAProblem) { EXPECT_THAT(problems({"compare", "--subjects"}), SizeIs(1)); }

TEST(CommandLine, LibraryCommands) {
  EXPECT_EQ(library({"model", "list"}).verb, Verb::kList);
  const LibraryArguments show = library({"pattern", "show", "iv-clinic", "--json"});
  EXPECT_EQ(show.noun, Noun::kPattern);
  EXPECT_EQ(show.verb, Verb::kShow);
  EXPECT_THAT(show.names, ElementsAre("iv-clinic"));
  EXPECT_TRUE(show.json);
  const LibraryArguments check = library({"model", "check", "a.toml", "b.toml"});
  EXPECT_EQ(check.noun, Noun::kModel);
  EXPECT_THAT(check.names, ElementsAre("a.toml", "b.toml"));
}

TEST(CommandLine, ShowAndCheckNeedAName) {
  EXPECT_FALSE(problems({"model", "show"}).empty());
  EXPECT_FALSE(problems({"pattern", "check"}).empty());
  EXPECT_FALSE(problems({"model", "show", "a", "b"}).empty());
}

TEST(CommandLine, HelpTeachesExamplesAndExitCodes) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, {"--help"}, {"-h"}, {"compare", "--help"}, {"model"}, {"pattern", "--help"}}) {
    EXPECT_THAT(text(arguments), HasSubstr("Examples:"));
    EXPECT_THAT(text(arguments), HasSubstr("Exit codes:"));
    EXPECT_THAT(text(arguments), HasSubstr("130"));
  }
  EXPECT_THAT(text({"compare", "--help"}), HasSubstr("--subjects"));
}

TEST(CommandLine, Version) { EXPECT_EQ(text({"--version"}), "racemate " RACEMATE_VERSION "\n"); }

TEST(CommandLine, PathsAreToldFromIds) {
  EXPECT_TRUE(is_path("mine.toml"));
  EXPECT_TRUE(is_path("./mine"));
  EXPECT_FALSE(is_path("iv-clinic"));
}

}  // namespace
}  // namespace racemate::cli
