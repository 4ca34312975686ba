#include "racemate/report/nca_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "racemate/exposure/nca_table.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Mono-exponential after a bolus of 100 mg into `volume` L at 0.1/h, subjects 1 to `subjects`. The last subject has two
// samples only.
std::string table(int subjects) {
  std::string text = "ID,TIME,CONC\n";
  for (int subject = 1; subject <= subjects; ++subject) {
    for (const double time : {1.0, 2.0, 4.0, 8.0, 12.0, 24.0}) {
      if (subject == subjects && time > 2) {
        break;
      }
      text += std::to_string(subject) + "," + std::to_string(time) + "," +
              std::to_string(100.0 / (10 * subject) * std::exp(-0.1 * time)) + "\n";
    }
  }
  return text;
}

NcaReport report_of(const std::string& text, const exposure::NcaOptions& options = {},
                    const exposure::NcaTableOptions& table_options = {.dose = 100,
                                                                      .route = exposure::NcaRoute::kBolus}) {
  const auto units = exposure::parse_nca_units("h", "mg/L", "mg");
  const auto profiles = exposure::read_nca_table(text, "t.csv", table_options);
  EXPECT_TRUE(profiles.has_value()) << (profiles ? "" : to_string(profiles.error().front()));
  const auto results = exposure::analyse_profiles(*profiles, *units, options);
  EXPECT_TRUE(results.has_value());
  return {.file = "t.csv",
          .units = *units,
          .options = options,
          .results = *results,
          .summaries = exposure::summarise(*results)};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string line_with(const std::string& text, const std::string& word) {
  for (const std::string& line : lines_of(text)) {
    if (line.find(word) != std::string::npos) {
      return line;
    }
  }
  return "no line with " + word;
}

TEST(NcaTerminal, OneProfileIsOneQuantityALine) {
  const std::string text = render_nca(report_of(table(2).substr(0, table(2).find("2,1.0"))), {.width = 100});
  EXPECT_THAT(text, HasSubstr("analysis of t.csv: 1 profile\n"));
  EXPECT_THAT(text, HasSubstr("dose 100 mg, bolus"));
  EXPECT_THAT(line_with(text, "CL (L/h)"), AllOf(HasSubstr("1"), Not(HasSubstr("–"))));
  EXPECT_THAT(line_with(text, "AUCinf, observed (mg·h/L)"), HasSubstr("100.0"));
  EXPECT_THAT(line_with(text, "half-life (h)"), HasSubstr("6.931"));
  EXPECT_THAT(line_with(text, "C0 is extrapolated"), HasSubstr("- "));
}

TEST(NcaTerminal, SeveralSubjectsAreRowsWithUnitsAboveAndStatisticsBelow) {
  const std::string text = render_nca(report_of(table(6), {.intervals = {{0, 12}}}), {.width = 100});
  EXPECT_THAT(text, HasSubstr("CONC: 6 profiles"));
  for (const char* title : {"Cmax", "AUClast", "lambda-z", "CL", "AUC 0-12 h", "over 6 profiles", "median", "lowest",
                            "highest", "geometric CV %", "mg·h/L", "1/h"}) {
    EXPECT_THAT(text, HasSubstr(title));
  }
  // Clearance is 0.1 V: V = 10, 20, .. 50, whose median is 30; subject 6 has no terminal slope.
  const std::string clearances = text.substr(text.find(" CL "));
  EXPECT_THAT(line_with(clearances, "median"), HasSubstr("3.000"));
  EXPECT_THAT(line_with(clearances, "geometric mean"), HasSubstr("2.605"));  // 120^(1/5)
  EXPECT_THAT(line_with(clearances, "│ n "), HasSubstr("5"));
  EXPECT_THAT(line_with(clearances, "│ 6 "), HasSubstr("– [1]"));
  EXPECT_THAT(text, HasSubstr("\n[1] no lambda-z: 2 of the 3 terminal points"));
  for (const std::string& line : lines_of(text)) {
    EXPECT_LE(display_width(line), 100) << line;
  }
}

TEST(NcaTerminal, PanelsFitAnyWidth) {
  const exposure::NcaOptions options{.intervals = {{0, 12}, {2, 24}, {0, 100}}, .tau = 12};
  for (const int width : {60, 80, 200}) {
    for (const std::string& line : lines_of(render_nca(report_of(table(5), options), {.width = width}))) {
      EXPECT_LE(display_width(line), width) << line;
    }
  }
}

TEST(NcaTerminal, MuchExtrapolationIsMarkedAndSaidOnce) {
  std::string text = "ID,TIME,CONC\n";
  for (const char* subject : {"a", "b", "c", "d"}) {
    for (const char* sample : {",0,8\n", ",1,4\n", ",2,2\n", ",3,1\n"}) {
      text += std::string(subject) + sample;
    }
  }
  for (const char* sample : {"e,0,8\n", "e,1,7\n", "e,2,6\n", "e,3,5\n"}) {
    text += sample;
  }
  const std::string shown = render_nca(report_of(text), {.width = 120});
  const std::string areas = shown.substr(shown.find("extrapolated,"));
  EXPECT_THAT(line_with(areas, "│ e "), HasSubstr(" !"));
  EXPECT_THAT(line_with(areas, "│ a "), Not(HasSubstr(" !")));
  EXPECT_THAT(shown,
              HasSubstr("! over 20% of AUCinf lies after the last sample and is extrapolated: 1 of 5 subjects (e)"));
}

TEST(NcaTerminal, ManySubjectsAreShownAsStatisticsAlone) {
  const std::string few = render_nca(report_of(table(static_cast<int>(kMostProfileRows))), {.width = 100});
  EXPECT_THAT(few, HasSubstr("│ 17 "));
  const std::string many = render_nca(report_of(table(static_cast<int>(kMostProfileRows) + 1)), {.width = 100});
  EXPECT_THAT(many, AllOf(Not(HasSubstr("│ 17 ")), HasSubstr("statistics alone"), HasSubstr("over 41 profiles")));
}

TEST(NcaTerminal, WhatNobodyHasIsListedWithItsReason) {
  const std::string text = render_nca(report_of(table(5), {}, {}), {.width = 110});
  EXPECT_THAT(text, AllOf(HasSubstr("no dose given, extravascular"), HasSubstr("– CL/F; Vz/F: no dose was given"),
                          HasSubstr("– C0; extrapolated back: only after an intravenous bolus")));
}

TEST(NcaTerminal, NamesFromAFileCannotMoveTheCursor) {
  const std::string text = render_nca(report_of("ID,TIME,\"a\x1b[2Jb\"\nx\x1b[1m,0,3\nx\x1b[1m,1,2\n"), {.width = 80});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(NcaJson, HoldsEveryNumberWithItsUnitOrReason) {
  const NcaReport report =
      report_of("STUDY,REP,ID,TIME,CONC\n1,2,7,1,4\n1,2,7,2,2\n1,2,8,1,3\n",
                {.blq = {.between = exposure::BlqTreatment::kHalfLimit}, .intervals = {{0, 12}}, .tau = 12});
  const auto json = nlohmann::json::parse(render_nca_json(report));
  EXPECT_EQ(json["schema"], "racemate-nca/1");
  EXPECT_EQ(json["units"]["concentration"], "mg/L");
  EXPECT_EQ(json["options"]["method"], "linear-up-log-down");
  EXPECT_EQ(json["options"]["below_quantification"]["between"], "half");
  EXPECT_EQ(json["options"]["intervals"][0]["to"], 12);
  ASSERT_EQ(json["profiles"].size(), 2U);
  const auto& first = json["profiles"][0];
  EXPECT_EQ(first["id"], "7");
  EXPECT_EQ(first["study"], "1");
  EXPECT_EQ(first["replicate"], "2");
  EXPECT_EQ(first["route"], "bolus");
  EXPECT_EQ(first["dose"]["value"], 100);
  ASSERT_EQ(first["quantities"].size(), report.results[0].quantities.size());
  for (const auto& [key, quantity] : first["quantities"].items()) {
    EXPECT_NE(quantity["value"].is_null(), quantity["reason"].is_null()) << key;
  }
  EXPECT_EQ(first["quantities"]["c0"]["value"].get<double>(), *report.results[0].find(exposure::NcaMetric::kC0)->value);
  EXPECT_EQ(first["flags"][0]["flag"], "c0_back_extrapolated");
  EXPECT_EQ(json["summaries"][0]["quantities"]["cmax"]["n"], 2);
  EXPECT_EQ(json["summaries"][0]["quantities"]["half_life"]["absent"], 2);
  EXPECT_TRUE(json["summaries"][0]["quantities"]["half_life"]["median"].is_null());
}

TEST(NcaCsv, HasALineForEachNumberFlagAndStatistic) {
  const std::string text = render_nca_csv(report_of("ID,TIME,CONC\n\"=1,2\",1,4\n\"=1,2\",2,2\n8,1,3\n"));
  EXPECT_THAT(text, HasSubstr("\nstudy,replicate,id,output,route,metric,unit,statistic,value,note\n"));
  EXPECT_THAT(text, HasSubstr("\n,,\"'=1,2\",CONC,bolus,cmax,mg/L,value,4,\n"));
  EXPECT_THAT(text, HasSubstr("\n,,8,CONC,bolus,lambda_z,1/h,value,,no lambda-z: 1 of the 3 terminal points"));
  EXPECT_THAT(text, HasSubstr(",CONC,bolus,c0_back_extrapolated,,flag,,C0 is extrapolated"));
  EXPECT_THAT(text, HasSubstr("\n,,,CONC,bolus,cmax,mg/L,median,3.5,\n"));
  EXPECT_THAT(text, HasSubstr("\n,,,CONC,bolus,cmax,1,n,2,\n"));
}

}  // namespace
}  // namespace racemate::report
