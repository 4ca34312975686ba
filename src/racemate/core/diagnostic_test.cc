#include "racemate/core/diagnostic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "racemate/core/check.h"

namespace racemate {
namespace {

using ::testing::MatchesRegex;

constexpr int kErrorCodes = static_cast<int>(ErrorCode::kInterrupted) + 1;

TEST(ErrorTable, NamesAreUniqueAndForMachines) {
  std::set<std::string_view> names;
  for (int code = 0; code < kErrorCodes; ++code) {
    const ErrorInfo& info = error_info(static_cast<ErrorCode>(code));
    EXPECT_THAT(std::string(info.name), MatchesRegex("RM-[a-z]+(-[a-z]+)*"));
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_GE(info.http_status, 400);
    EXPECT_FALSE(info.fhir_issue.empty());
  }
}

TEST(ErrorTable, ExitCodesTellWhoseProblemItIs) {
  EXPECT_EQ(error_info(ErrorCode::kUsage).exit_code, 2);
  EXPECT_EQ(error_info(ErrorCode::kFileUnreadable).exit_code, 4);
  EXPECT_EQ(error_info(ErrorCode::kFileTooLarge).exit_code, 4);
  EXPECT_EQ(error_info(ErrorCode::kUnwritableOutput).exit_code, 5);
  EXPECT_EQ(error_info(ErrorCode::kNumericalFailure).exit_code, 6);
  EXPECT_EQ(error_info(ErrorCode::kInterrupted).exit_code, 130);
  for (const ErrorCode code :
       {ErrorCode::kSyntax, ErrorCode::kMissingField, ErrorCode::kUnknownField, ErrorCode::kWrongType,
        ErrorCode::kUnknownUnit, ErrorCode::kWrongDimension, ErrorCode::kOutOfRange, ErrorCode::kUnknownName,
        ErrorCode::kInconsistent, ErrorCode::kUnsupported}) {
    EXPECT_EQ(error_info(code).exit_code, 3) << error_info(code).name;
  }
}

TEST(ErrorTable, ExitCodeIsThatOfTheFirstDiagnostic) {
  EXPECT_EQ(exit_code({}), 0);
  const Diagnostic syntax{ErrorCode::kSyntax, {}, "a", "", ""};
  const Diagnostic unreadable{ErrorCode::kFileUnreadable, {}, "b", "", ""};
  EXPECT_EQ(exit_code({syntax, unreadable}), 3);
  EXPECT_EQ(exit_code({unreadable, syntax}), 4);
}

TEST(DiagnosticText, SaysWhereWhatExpectedAndHint) {
  Diagnostic diagnostic{
      ErrorCode::kUnknownUnit, {"a.toml", 3, 14}, "unknown unit 'mcg'", "a unit of mass", "did you mean 'ug'?"};
  EXPECT_EQ(to_string(diagnostic),
            "a.toml:3:14: error RM-unknown-unit: unknown unit 'mcg' (expected a unit of mass; did you mean 'ug'?)");
  diagnostic.hint.clear();
  EXPECT_EQ(to_string(diagnostic), "a.toml:3:14: error RM-unknown-unit: unknown unit 'mcg' (expected a unit of mass)");
  diagnostic.expected.clear();
  diagnostic.hint = "did you mean 'ug'?";
  EXPECT_EQ(to_string(diagnostic), "a.toml:3:14: error RM-unknown-unit: unknown unit 'mcg' (did you mean 'ug'?)");
  diagnostic.hint.clear();
  diagnostic.where = {"a.toml", 0, 0};
  EXPECT_EQ(to_string(diagnostic), "a.toml: error RM-unknown-unit: unknown unit 'mcg'");
  diagnostic.where = {};
  EXPECT_EQ(to_string(diagnostic), "error RM-unknown-unit: unknown unit 'mcg'");
}

TEST(DiagnosticText, StaysOneLineAndNeverSteersTheTerminal) {
  const Diagnostic diagnostic{ErrorCode::kUnknownField, {"a\x1b[2J.toml", 1, 1}, "no field 'x\ny\x7f'", "", ""};
  EXPECT_EQ(to_string(diagnostic), R"(a\x1b[2J.toml:1:1: error RM-unknown-field: no field 'x\x0ay\x7f')");
}

TEST(DiagnosticText, KeepsLettersBeyondAscii) {
  const Diagnostic diagnostic{ErrorCode::kUnknownField, {}, "no field 'größe'", "", ""};
  EXPECT_EQ(to_string(diagnostic), "error RM-unknown-field: no field 'größe'");
}

struct Misspelling {
  std::string name;
  std::string nearest;  // "" when none is near enough
};

class NearestName : public ::testing::TestWithParam<Misspelling> {};

TEST_P(NearestName, FindsPlausibleMisspellingsOnly) {
  const std::vector<std::string> candidates{"clearance", "volume", "route", "V2", "CL", "duration", "iv"};
  EXPECT_EQ(nearest_name(GetParam().name, candidates), GetParam().nearest);
}

INSTANTIATE_TEST_SUITE_P(Names, NearestName,
                         ::testing::Values(Misspelling{"clearence", "clearance"}, Misspelling{"Clearance", "clearance"},
                                           Misspelling{"claerance", "clearance"},  // a swap costs 1, not 2
                                           Misspelling{"clrnce", ""}, Misspelling{"claernce", "clearance"},
                                           Misspelling{"volum", "volume"}, Misspelling{"rotue", "route"},
                                           Misspelling{"V1", "V2"}, Misspelling{"cl", "CL"}, Misspelling{"x", ""},
                                           Misspelling{"", ""}, Misspelling{"zzzzzz", ""},
                                           Misspelling{"duratoin", "duration"}, Misspelling{"weight", ""}));

TEST(NearestNameLimits, TakesTheNearestAndTheFirstOfEquals) {
  EXPECT_EQ(nearest_name("abcdef", {"abcdxx", "abcdex", "abcdey"}), "abcdex");
  EXPECT_EQ(nearest_name("abc", {}), "");
  EXPECT_EQ(nearest_name(std::string(200, 'a'), {std::string(200, 'a')}), "");
}

RC_GTEST_PROP(NearestNameProperty, IsACandidateWithinTheLimit, (const std::string& name)) {
  const auto candidates = *rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>());
  const std::string nearest = nearest_name(name, candidates);
  if (nearest.empty()) return;
  RC_ASSERT(std::find(candidates.begin(), candidates.end(), nearest) != candidates.end());
}

TEST(SuggestName, OffersTheNearestOrTheList) {
  EXPECT_EQ(suggest_name("volum", {"volume", "route"}), "did you mean 'volume'?");
  EXPECT_EQ(suggest_name("weight", {"volume", "route"}), "known: volume, route");
  EXPECT_EQ(suggest_name("weight", {}), "");
}

TEST(SuggestName, CutsALongList) {
  std::vector<std::string> candidates;
  for (int i = 10; i < 40; ++i) candidates.push_back("candidate-" + std::to_string(i));
  const std::string text = suggest_name("weight", candidates);
  EXPECT_THAT(text, ::testing::StartsWith("known: candidate-10, candidate-11, "));
  EXPECT_THAT(text, ::testing::EndsWith("candidate-29 and 10 more"));
}

TEST(CheckDeathTest, NamesTheConditionAndStops) {
  EXPECT_DEATH(RACEMATE_CHECK(1 + 1 == 3, "sums are right"), "sums are right \\(1 \\+ 1 == 3\\)");
  RACEMATE_CHECK(1 + 1 == 2, "sums are right");
}

}  // namespace
}  // namespace racemate
