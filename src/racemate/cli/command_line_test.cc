#include "racemate/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace racemate::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
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
  EXPECT_TRUE(arguments.options.patterns.empty());
  EXPECT_EQ(arguments.options.subjects, 1000U);
  EXPECT_EQ(arguments.options.studies, 200U);
  EXPECT_EQ(arguments.options.days, 364.0);
  EXPECT_EQ(arguments.options.seed, 1U);
  EXPECT_EQ(arguments.options.threads, 0);
  EXPECT_FALSE(arguments.options.weight_kg.has_value());
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
  EXPECT_THAT(arguments.options.patterns, ElementsAre("iv-clinic", "./mine.toml"));
  EXPECT_EQ(arguments.options.subjects, 10U);
  EXPECT_EQ(arguments.options.days, 7.5);
  EXPECT_EQ(arguments.options.seed, 18446744073709551615U);
  EXPECT_EQ(arguments.options.studies, 0U);
  EXPECT_EQ(arguments.options.cohort, "children");
  EXPECT_EQ(arguments.options.weight_kg, 70.0);
  EXPECT_EQ(arguments.options.age_a, 45.0);
  ASSERT_THAT(arguments.options.overrides, SizeIs(2));
  EXPECT_EQ(arguments.options.overrides[0].model, "kamp-2020");
  EXPECT_EQ(arguments.options.overrides[0].parameter, "CL");
  EXPECT_EQ(arguments.options.overrides[0].value, "50 L/h");
  EXPECT_THAT(arguments.options.model_of_pattern, ElementsAre(Pair("iv-clinic", "domino-1984")));
  EXPECT_EQ(arguments.json, "-");
  EXPECT_EQ(arguments.options.threads, 2);
  EXPECT_EQ(arguments.options.block, 7U);
  EXPECT_EQ(arguments.width, 120);
  EXPECT_TRUE(arguments.quiet);
}

TEST(CommandLine, AnOptionThatMayRepeatDoesNotSwallowPatterns) {
  const CompareArguments arguments = compare({"--set", "kamp-2020.CL=50 L/h", "iv-clinic"});
  EXPECT_THAT(arguments.options.overrides, SizeIs(1));
  EXPECT_THAT(arguments.options.patterns, ElementsAre("iv-clinic"));
}

TEST(CommandLine, AModelMayBeAPathAndAPatternHasOneModel) {
  EXPECT_THAT(compare({"--model", "mine=dir/a=b.toml"}).options.model_of_pattern,
              ElementsAre(Pair("mine", "dir/a=b.toml")));
  EXPECT_THAT(problems({"compare", "--model", "mine=a", "--model", "mine=b"}), SizeIs(1));
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

TEST(CommandLine, NumbersAreWholeTexts) {
  for (const char* bad : {"", "-1", "1e3", "10 ", " 10", "0x10", "10.0", "18446744073709551616"}) {
    EXPECT_FALSE(problems({"compare", std::string("--subjects=") + bad}).empty()) << "'" << bad << "'";
  }
  for (const char* good : {"0", "1", "18446744073709551615"}) {
    EXPECT_TRUE(problems({"compare", std::string("--seed=") + good}).empty()) << good;
  }
  for (const char* bad : {"inf", "nan", "7d", "1,5", "1e999"}) {
    EXPECT_FALSE(problems({"compare", "--days", bad}).empty()) << "'" << bad << "'";
  }
  EXPECT_EQ(problems({"compare", "--threads", "1025"}).size(), 1U);
  EXPECT_EQ(problems({"compare", "--width", "39"}).size(), 1U);
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

}  // namespace
}  // namespace racemate::cli
