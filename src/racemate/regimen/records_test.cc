#include "racemate/regimen/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

namespace racemate::regimen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::vector<std::string> problems(std::string_view text, const RecordOptions& options = {}) {
  const Result<RecordSet> set = read_records(text, "d.csv", options);
  std::vector<std::string> texts;
  if (set) return texts;
  for (const Diagnostic& diagnostic : set.error()) texts.push_back(to_string(diagnostic));
  return texts;
}

// The problems of one dose with these cells.
std::vector<std::string> dose_problems(const std::string& amt_rate_ii_addl_ss) {
  return problems("ID,TIME,EVID,AMT,RATE,II,ADDL,SS\n1,0,1," + amt_rate_ii_addl_ss + "\n");
}

TEST(Records, ADoseWithAllItsFields) {
  const auto set = read_records(
      "C,id,Time,evid,amt,cmt,ss,ii,addl,rate,wt,DV\r\n"
      ".,7,1.5,4,100,2,1,12,3,-2,70,.\r\n"
      ".,7,2.5,0,.,,.,.,.,.,71.5,0.25\r\n",
      "d.csv");
  ASSERT_TRUE(set.has_value());
  ASSERT_THAT(set->records, SizeIs(2));
  const Record& dose = set->records[0];
  EXPECT_EQ(dose.line, 2u);
  EXPECT_EQ(dose.time_h, 1.5);
  EXPECT_EQ(dose.event, EventKind::kResetAndDose);
  EXPECT_TRUE(dose.is_dose());
  EXPECT_TRUE(dose.is_reset());
  EXPECT_EQ(dose.amount_mg, 100);
  EXPECT_EQ(dose.rate, RateKind::kModelledDuration);
  EXPECT_EQ(dose.steady_state, SteadyState::kReplace);
  EXPECT_EQ(dose.interval_h, 12);
  EXPECT_EQ(dose.additional, 3);
  EXPECT_EQ(set->compartments[dose.compartment], "2");
  EXPECT_EQ(dose.observed, std::nullopt);
  const Record& row = set->records[1];
  EXPECT_EQ(row.event, EventKind::kObservation);
  EXPECT_EQ(set->compartments[row.compartment], "");
  EXPECT_EQ(row.observed, 0.25);
  EXPECT_THAT(set->covariates, ElementsAre("wt"));
  EXPECT_THAT(set->covariate_values, ElementsAre(70, 71.5));
}

TEST(Records, SubjectsAreRunsOfOneId) {
  const auto set = read_records("ID,TIME,AMT\nb,0,1\nb,1,.\na,0,.\n", "d.csv");
  ASSERT_TRUE(set.has_value());
  ASSERT_THAT(set->subjects, SizeIs(2));
  EXPECT_EQ(set->subjects[0].id, "b");
  EXPECT_EQ(set->subjects[0].count, 2u);
  EXPECT_EQ(set->subjects[1].first, 2u);
  // An amount without EVID is a dose.
  EXPECT_EQ(set->records[0].event, EventKind::kDose);
  EXPECT_EQ(set->records[1].event, EventKind::kObservation);
}

TEST(Records, CommentsAndMissingValues) {
  const auto set = read_records(
      "# by hand\n\nC,ID,TIME,AMT,WT,NOTE\n"
      "C,1,what,ever,.,x\n@ nor this\n.,1,0,5,.,\"a, b\"\n",
      "d.csv", {.covariates = std::vector<std::string>{"wt"}});
  ASSERT_TRUE(set.has_value()) << to_string(set.error().front());
  ASSERT_THAT(set->records, SizeIs(1));
  EXPECT_EQ(set->records[0].line, 6u);
  EXPECT_THAT(set->covariates, ElementsAre("WT"));
  EXPECT_TRUE(std::isnan(set->covariate_values[0]));
}

TEST(Records, MissingDependentVariableIsNotObserved) {
  const auto set = read_records("ID,TIME,AMT,DV,MDV\n1,0,.,3,1\n1,0,.,3,0\n", "d.csv");
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(set->records[0].observed, std::nullopt);
  EXPECT_EQ(set->records[1].observed, 3);
}

TEST(Records, DaysConcernTimeAlone) {
  const auto set = read_records("ID,TIME,AMT,II,ADDL\n1,0.25,5,12,1\n", "d.csv", {.time_unit = RecordTimeUnit::kDays});
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(set->records[0].time_h, 6);
  EXPECT_EQ(set->records[0].interval_h, 12);
}

TEST(Records, ConstantInfusionAtSteadyStateNeedsNoInterval) {
  EXPECT_THAT(dose_problems("0,100,0,0,1"), SizeIs(0));
  EXPECT_THAT(dose_problems("0,-1,0,0,1"), SizeIs(0));
  EXPECT_THAT(dose_problems("0,100,12,0,1"), ElementsAre(HasSubstr("constant infusion")));
  EXPECT_THAT(dose_problems("0,100,0,0,2"), ElementsAre(HasSubstr("AMT: a dose of 0")));
  EXPECT_THAT(dose_problems("0,0,0,0,1"), ElementsAre(HasSubstr("AMT: a dose of 0")));
  EXPECT_THAT(dose_problems("0,-2,0,0,1"), ElementsAre(HasSubstr("AMT: a dose of 0")));
}

TEST(Records, DosesThatMakeNoSense) {
  EXPECT_THAT(dose_problems("5,-3,0,0,0"), ElementsAre(StartsWith("d.csv:2:9: error RM-out-of-range: RATE")));
  EXPECT_THAT(dose_problems("-5,0,0,0,0"), ElementsAre(HasSubstr("AMT: a dose of -5")));
  EXPECT_THAT(dose_problems("5,0,0,0,1"), ElementsAre(HasSubstr("SS: steady state without an interval")));
  EXPECT_THAT(dose_problems("5,0,0,0,2"), ElementsAre(HasSubstr("SS: steady state without an interval")));
  EXPECT_THAT(dose_problems("5,0,0,3,0"), ElementsAre(HasSubstr("ADDL: additional doses without an interval")));
  EXPECT_THAT(dose_problems("5,0,-1,0,0"), ElementsAre(HasSubstr("II: -1 is negative")));
  EXPECT_THAT(dose_problems("5,0,12,0,3"), ElementsAre(HasSubstr("SS: 3 is not allowed")));
  EXPECT_THAT(dose_problems("5,0,12,1.5,0"), ElementsAre(HasSubstr("ADDL: 1.5 is not allowed")));
  EXPECT_THAT(dose_problems("8784,1,0,0,0"), SizeIs(0));
  EXPECT_THAT(dose_problems("8785,1,0,0,0"), ElementsAre(HasSubstr("the infusion lasts 8785 h")));
  EXPECT_THAT(dose_problems("5,0,12,100000,0"), SizeIs(0));
  EXPECT_THAT(dose_problems("5,0,12,100001,0"), ElementsAre(HasSubstr("ADDL")));
}

TEST(Records, AllProblemsOfAFileAtOnce) {
  EXPECT_THAT(problems("ID,TIME,EVID,AMT,WT\n1,2,0,.,70\n1,1,0,.,x\n2,0,5,.,70\n1,0,0,.,70\n2,0,0,3,70\n3,nan,0,.,7\n"
                       "4,0,0\n.,0,0,.,70\n"),
              ElementsAre(StartsWith("d.csv:3:3: error RM-inconsistent: TIME: 1 is before"),
                          StartsWith("d.csv:3:9: error RM-wrong-type: WT: 'x'"),
                          StartsWith("d.csv:4:5: error RM-out-of-range: EVID: 5"),
                          StartsWith("d.csv:5:1: error RM-inconsistent: ID: '1' returns"),
                          StartsWith("d.csv:6:1: error RM-inconsistent: ID: '2' returns"),
                          StartsWith("d.csv:6:7: error RM-inconsistent: AMT: 3 in a record of EVID 0"),
                          StartsWith("d.csv:7:3: error RM-wrong-type: TIME: 'nan'"), HasSubstr("the line has 3 cells"),
                          StartsWith("d.csv:9:1: error RM-missing-field: ID")));
}

TEST(Records, Header) {
  EXPECT_THAT(problems(""), ElementsAre(HasSubstr("empty")));
  EXPECT_THAT(problems("# only\n"), ElementsAre(HasSubstr("empty")));
  EXPECT_THAT(problems("ID,TIME,AMT\n"), ElementsAre(HasSubstr("no records")));
  EXPECT_THAT(
      problems("ID,TMIE,AMT,amt,\n1,1,1,1,\n"),
      ElementsAre(HasSubstr("AMT is there twice"), HasSubstr("column 5 has no name"), HasSubstr("no column TIME")));
  EXPECT_THAT(problems("ID,TIME,AMT\n1,1,1\n", {.covariates = std::vector<std::string>{"WT"}}),
              ElementsAre(HasSubstr("no column WT")));
}

TEST(Records, CompartmentsByNumberAndName) {
  RecordOptions options;
  options.compartments = std::vector<std::string>{"1", "2", "depot", "central"};
  EXPECT_THAT(problems("ID,TIME,AMT,CMT\n1,0,5,Central\n1,0,5,2.0\n1,0,5,.\n1,0,5,0\n", options), SizeIs(0));
  EXPECT_THAT(problems("ID,TIME,AMT,CMT\n1,0,5,centrl\n1,0,5,3\n1,0,5,-2\n", options),
              ElementsAre(HasSubstr("did you mean 'central'?"), HasSubstr("no compartment '3'"),
                          HasSubstr("CMT: -2 is not allowed")));
}

// The example of docs/records.md is a data set without problems.
TEST(Records, TheExampleOfTheDocumentIsRead) {
  std::ifstream stream(RACEMATE_SOURCE_DIR "/docs/records.md");
  const std::string document{std::istreambuf_iterator<char>(stream), {}};
  const std::string fence = "```\n";
  const std::size_t begin = document.find(fence) + fence.size();
  const std::size_t end = document.find(fence, begin);
  ASSERT_NE(end, std::string::npos);
  const auto set = read_records(document.substr(begin, end - begin), "records.md",
                                {.compartments = std::vector<std::string>{"depot", "central"}});
  ASSERT_TRUE(set.has_value()) << to_string(set.error().front());
  EXPECT_THAT(set->subjects, SizeIs(2));
  EXPECT_THAT(set->records, SizeIs(8));
  EXPECT_THAT(set->covariates, ElementsAre("WT"));
}

TEST(Records, LimitsAreReportedOnce) {
  std::string text = "ID,TIME,AMT\n";
  for (std::size_t i = 0; i < kMaxRecordsOfSubject; ++i) text += "1,0,.\n";
  EXPECT_THAT(problems(text), SizeIs(0));
  text += "1,0,.\n1,0,.\n";
  EXPECT_THAT(problems(text), ElementsAre(HasSubstr("'1' has too many records")));
  std::string bad = "ID,TIME,AMT\n";
  for (std::size_t i = 0; i < 10 * kMaxRecordProblems; ++i) bad += "1,x,.\n";
  EXPECT_THAT(problems(bad), SizeIs(kMaxRecordProblems + 1));
}

}  // namespace
}  // namespace racemate::regimen
