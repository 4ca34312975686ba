#include "racemate/exposure/nca_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace racemate::exposure {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::vector<NcaProfile> read(const std::string& text, const NcaTableOptions& options = {}) {
  const auto profiles = read_nca_table(text, "t.csv", options);
  if (!profiles) {
    ADD_FAILURE() << to_string(profiles.error().front());
    return {};
  }
  return *profiles;
}

std::vector<std::string> problems(const std::string& text, const NcaTableOptions& options = {}) {
  const auto profiles = read_nca_table(text, "t.csv", options);
  std::vector<std::string> texts;
  if (!profiles) {
    for (const Diagnostic& diagnostic : profiles.error()) {
      texts.push_back(to_string(diagnostic));
    }
  }
  return texts;
}

std::vector<double> times(const NcaProfile& profile) {
  std::vector<double> values;
  for (const NcaSample& sample : profile.samples) {
    values.push_back(sample.time);
  }
  return values;
}

TEST(NcaTable, ReadsSubjectsInAnyCaseAndOrderOfColumns) {
  const auto profiles = read(
      "# a comment\n"
      "conc,Subject,Time,dose\r\n"
      "0,A,0,100\r\n"
      "5.5,A,1,100\r\n"
      "\r\n"
      ".,A,2,.\r\n"
      "3,\"B, the second\",1,50\r\n");
  ASSERT_THAT(profiles, SizeIs(2));
  EXPECT_EQ(profiles[0].subject.id, "A");
  EXPECT_EQ(profiles[0].output, "conc");
  EXPECT_EQ(profiles[0].dose, 100);
  EXPECT_THAT(times(profiles[0]), ElementsAre(0, 1));
  EXPECT_EQ(profiles[0].samples[1].concentration, 5.5);
  EXPECT_EQ(profiles[0].samples[1].origin.line, 4U);
  EXPECT_EQ(profiles[1].subject.id, "B, the second");
  EXPECT_EQ(profiles[1].dose, 50);
}

TEST(NcaTable, TakesATableAsSimulationsWriteIt) {
  const std::string text = "ID,TIME,ketamine,norketamine\n1,0,0,0\n1,0.5,120,4\n1,1,80,9\n2,0,0,0\n2,0.5,90,2\n";
  const auto both = read(text, {.outputs = {"Norketamine", "ketamine"}});
  ASSERT_THAT(both, SizeIs(4));
  EXPECT_EQ(both[0].output, "norketamine");
  EXPECT_EQ(both[1].output, "ketamine");
  EXPECT_EQ(both[3].subject.id, "2");
  EXPECT_EQ(both[0].samples[2].concentration, 9);
  const auto all = read(text);
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_EQ(all[0].output, "ketamine");
  // A column of weights, or of doses: not every other column holds concentrations.
  for (const std::string other : {"WT", "AMT", "CMT"}) {
    EXPECT_THAT(problems("ID,TIME,ketamine,norketamine," + other + "\n1,0,0,0,70\n"),
                ElementsAre(AllOf(HasSubstr("more than one column"), HasSubstr("ketamine, norketamine"))));
  }
  EXPECT_THAT(read("ID,TIME,ketamine\n1,0,3\n"), SizeIs(1));  // the only column that is left
}

TEST(NcaTable, StudyAndReplicateTellSubjectsApart) {
  const auto profiles = read("STUDY,REP,ID,TIME,k\n1,1,1,0,3\n1,1,1,1,2\n1,2,1,0,3\n1,2,1,1,1\n2,1,1,0,3\n2,1,2,0,4\n");
  ASSERT_THAT(profiles, SizeIs(4));
  EXPECT_EQ(profiles[1].subject, (NcaSubject{.id = "1", .study = "1", .replicate = "2"}));
  EXPECT_EQ(to_string(profiles[1].subject), "1 of study 1, replicate 2");
  EXPECT_EQ(profiles[3].subject.id, "2");
  EXPECT_THAT(problems("STUDY,ID,TIME,k\n1,1,0,3\n2,1,0,3\n1,1,1,3\n"), ElementsAre(HasSubstr("t.csv:4:3")));
}

TEST(NcaTable, TheLineOfTheDoseIsTimeZero) {
  const auto profiles = read(
      "ID,TIME,AMT,RATE,DV,EVID\n"
      "1,9,.,.,0,0\n"
      "1,10,60,30,.,1\n"
      "1,11,.,.,7,0\n"
      "1,12,0,0,9,0\n"
      "1,13,0,0,99,2\n");
  ASSERT_THAT(profiles, SizeIs(1));
  EXPECT_THAT(times(profiles[0]), ElementsAre(-1, 1, 2));
  EXPECT_EQ(profiles[0].dose, 60);
  EXPECT_EQ(profiles[0].route, NcaRoute::kInfusion);
  EXPECT_EQ(profiles[0].infusion_duration, 2);
}

TEST(NcaTable, DvOnTheLineOfADoseIsNoSampleAndConcIs) {
  EXPECT_THAT(times(read("ID,TIME,AMT,DV\n1,0,10,0\n1,1,0,4\n").front()), ElementsAre(1));
  EXPECT_THAT(times(read("ID,TIME,AMT,CONC\n1,0,10,5\n1,1,0,4\n").front()), ElementsAre(0, 1));
  EXPECT_THAT(times(read("ID,TIME,DV,MDV\n1,0,8,1\n1,1,4,0\n").front()), ElementsAre(1));
}

TEST(NcaTable, WhatTheTableDoesNotSayComesFromOptions) {
  const auto profiles =
      read("ID,TIME,CONC\n1,10,0\n1,11,4\n",
           {.dose = 35, .dose_time = 10, .route = NcaRoute::kInfusion, .infusion_duration = 0.5, .lower_limit = 2});
  EXPECT_THAT(times(profiles.front()), ElementsAre(0, 1));
  EXPECT_EQ(profiles.front().dose, 35);
  EXPECT_EQ(profiles.front().infusion_duration, 0.5);
  EXPECT_EQ(profiles.front().samples[0].lower_limit, 2);
}

TEST(NcaTable, KnowsTheWaysToSayBelowQuantification) {
  const auto profiles = read(
      "ID,TIME,CONC,BLQ,LLOQ\n"
      "1,0,BLQ,0,1\n1,1,<0.5,0,1\n1,2,bql,.,.\n1,3,0.2,1,.\n1,4,4,0,1\n1,5,NA,0,1\n1,6,< 0.25,,\n");
  ASSERT_THAT(profiles.front().samples, SizeIs(6));
  const auto& samples = profiles.front().samples;
  for (const std::size_t below : {0U, 1U, 2U, 3U, 5U}) {
    EXPECT_TRUE(samples[below].below_limit) << below;
  }
  EXPECT_FALSE(samples[4].below_limit);
  EXPECT_EQ(samples[0].lower_limit, 1);
  EXPECT_EQ(samples[1].lower_limit, 0.5);
  EXPECT_FALSE(samples[2].lower_limit.has_value());
  EXPECT_EQ(samples[5].lower_limit, 0.25);
}

TEST(NcaTable, EveryProblemIsReportedAtItsPlace) {
  EXPECT_THAT(problems("ID,TIME,CONC,DOSE\n"
                       "1,0,0,100\n"
                       "1,1,-4,100\n"
                       "1,1,5,100\n"
                       "1,0.5,many,90\n"
                       "1,x,5,100\n"
                       "1,.,5,100\n"
                       "1,3,5\n"
                       ",4,5,100\n"
                       "2,1,nan,-1\n"
                       "1,9,1,100\n"),
              ElementsAre(HasSubstr("t.csv:3:5: "), HasSubstr("t.csv:4:3: "),
                          HasSubstr("t.csv:5:7: error RM-wrong-type: 'many'"), HasSubstr("t.csv:5:12: "),
                          HasSubstr("t.csv:6:3: "), HasSubstr("t.csv:7:3: "), HasSubstr("t.csv:8:1: "),
                          HasSubstr("t.csv:9:1: "), AllOf(HasSubstr("t.csv:10:1: "), HasSubstr("it has no samples")),
                          HasSubstr("t.csv:10:5: "), HasSubstr("t.csv:10:9: "), HasSubstr("t.csv:11:1: ")));
}

TEST(NcaTable, BadHeadersAreReported) {
  EXPECT_THAT(problems(""), ElementsAre(HasSubstr("the table is empty")));
  EXPECT_THAT(problems("ID,TIME,CONC\n"), ElementsAre(HasSubstr("the table has no lines")));
  EXPECT_THAT(problems("ID,TIMES,CONC\n"), ElementsAre(AllOf(HasSubstr("no column TIME"), HasSubstr("TIMES"))));
  EXPECT_THAT(problems("ID;TIME;CONC\n"), testing::Each(HasSubstr("separated by commas")));
  EXPECT_THAT(problems("ID,TIME,conc,CONC,\n"), ElementsAre(HasSubstr("t.csv:1:14"), HasSubstr("has no name")));
  EXPECT_THAT(problems("ID,TIME,AMT\n"), ElementsAre(HasSubstr("no column of concentrations")));
  EXPECT_THAT(problems("ID,TIME,CONC,AMT,DOSE\n", {.dose = 3, .dose_time = 4}), SizeIs(3));
  EXPECT_THAT(problems("ID,TIME,plasma\n", {.outputs = {"plasmo"}}), ElementsAre(HasSubstr("plasma")));
}

TEST(NcaTable, DosesThatAnAnalysisCannotTakeAreReported) {
  EXPECT_THAT(problems("ID,TIME,AMT,CONC\n1,0,10,.\n1,1,10,4\n"),
              ElementsAre(AllOf(HasSubstr("t.csv:3:5"), HasSubstr("a second dose"))));
  EXPECT_THAT(problems("ID,TIME,AMT,ADDL,CONC\n1,0,10,3,.\n1,1,0,0,4\n"), ElementsAre(HasSubstr("additional doses")));
  EXPECT_THAT(problems("ID,TIME,AMT,RATE,CONC\n1,0,10,-2,.\n1,1,0,0,4\n"), ElementsAre(HasSubstr("a rate of -2")));
  EXPECT_THAT(problems("ID,TIME,AMT,RATE,CONC\n1,0,10,5,.\n1,1,0,0,4\n", {.route = NcaRoute::kBolus}),
              ElementsAre(HasSubstr("beside the table")));
}

TEST(NcaTable, AFloodOfProblemsIsCutShort) {
  std::string text = "ID,TIME,CONC\n";
  for (int i = 0; i < 1000; ++i) {
    text += "1,0,what\n";
  }
  const auto texts = problems(text);
  ASSERT_THAT(texts, SizeIs(kMaxNcaTableProblems + 1));
  EXPECT_THAT(texts.back(), HasSubstr("more than 100 problems"));
}

TEST(AnalyseProfiles, GivesOneResultForEachProfileOrEveryProblem) {
  const auto units = parse_nca_units("h", "ng/mL", "mg");
  const std::string text = "ID,TIME,CONC\n1,0,0\n1,1,4\n1,2,2\n2,0,0\n2,1,3\n";
  const auto results = analyse_profiles(read(text), *units, {});
  ASSERT_TRUE(results.has_value());
  ASSERT_THAT(*results, SizeIs(2));
  EXPECT_EQ((*results)[1].subject.id, "2");
  EXPECT_EQ((*results)[1].find(NcaMetric::kCmax)->value, 3);
  // The limits that half of them needs are nowhere to be found, in either subject.
  const auto refused = analyse_profiles(read(text), *units, {.blq = {.before_first = BlqTreatment::kHalfLimit}});
  ASSERT_FALSE(refused.has_value());
  ASSERT_THAT(refused.error(), SizeIs(2));
  EXPECT_EQ(refused.error()[1].where.line, 5U);
}

}  // namespace
}  // namespace racemate::exposure
