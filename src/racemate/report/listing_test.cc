#include "racemate/report/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "racemate/report/listing_json.h"
#include "racemate/report/listing_text.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

using testing::HasSubstr;
using testing::Not;

model::CompiledModel example_model() {
  model::CompiledModel model;
  model.id = "example-2021";
  model.title = "Example 2021, nasal and oral";
  model.substances = {"esketamine"};
  model.tier = evidence::Tier::kV1;
  model.sources = {"example-2021"};
  model.summary = "Two compartments.";
  model.defects = {"Metabolite AUC is 1.4 times the published value."};
  model.assumptions = {"The site is taken as venous."};
  model.sha256 = "abc";
  model.file = "models/example-2021.toml";
  model::Parameter clearance;
  clearance.name = "CL";
  clearance.description = "clearance";
  clearance.unit_code = "mL/min";
  clearance.written_value = 1400;
  clearance.value = 84;
  clearance.provenance = {{"example-2021"}, evidence::Tier::kV1, "table 3"};
  clearance.between_study =
      evidence::InputRange{evidence::InputRange::Shape::kUniform, 60, 120, {{"other-2019"}, evidence::Tier::kV2, ""}};
  model.parameters = {clearance};
  model::RandomEffect effect;
  effect.parameter = "CL";
  effect.omega2 = 0.319;
  effect.borrowed_from = "other-2019";
  model.effects = {effect};
  model::Covariate age;
  age.name = "age";
  age.unit_code = "a";
  age.low = 18 * kHoursPerYear;
  age.high = 86 * kHoursPerYear;
  age.reference = 45 * kHoursPerYear;
  model.covariates = {age};
  model.compartments = {{"central", "S-ketamine", false}};
  model.routes = {{"intranasal", {model::RouteInput{}}}};
  model::Output output;
  output.name = "esketamine";
  output.analyte = "S-ketamine";
  model.outputs = {output};
  model.domain.population = "820 adults";
  model.domain.age_low_h = 18 * kHoursPerYear;
  model.domain.age_high_h = 86 * kHoursPerYear;
  model.domain.routes = {{"intranasal", 14, 112, 0, 0}};
  return model;
}

regimen::Pattern example_pattern() {
  regimen::Pattern pattern;
  pattern.id = "bumps";
  pattern.title = "A night of bumps";
  pattern.kind = regimen::Kind::kNonMedical;
  pattern.substance = "racemic ketamine";
  pattern.form = regimen::Form::kHydrochloride;
  pattern.product = "powder";
  pattern.purity.value = 0.8;
  pattern.purity.range = evidence::InputRange{evidence::InputRange::Shape::kTriangular, 0.5, 0.95, {}};
  pattern.route = "intranasal";
  regimen::SessionDose dose;
  dose.amount.value = 30;
  dose.amount.written = "30 mg";
  dose.amount.cv_between_doses = 0.3;
  dose.units = 18;
  dose.spacing = Duration::from_minutes(20);
  pattern.doses = {dose};
  regimen::Phase phase;
  phase.weekdays = {5};
  pattern.phases = {phase};
  pattern.session_start = Duration::from_hours(22);
  pattern.setting = "club";
  pattern.sources = {"example-2021"};
  pattern.assumptions = {"30 mg a bump."};
  return pattern;
}

evidence::Library example_library() {
  evidence::Library library;
  library.citations["example-2021"] = {"example-2021", "Example E. 2021.", "10.1/x", "", "table"};
  return library;
}

TEST(RenderModel, ShowsDefectsBeforeParameters) {
  const std::string text = render_model(example_model(), example_library(), {.width = 120});
  const std::size_t defect = text.find("! Metabolite AUC");
  ASSERT_NE(defect, std::string::npos);
  EXPECT_LT(defect, text.find("Parameters"));
}

TEST(RenderModel, UnitsSourcesTiersAndRanges) {
  const std::string text = render_model(example_model(), example_library(), {.width = 160});
  for (const char* part : {"1400", "mL/min", "1,000 to 2,000 (uniform)", "V1, example-2021", "table 3", "61.3 % CV",
                           "assumption: borrowed from other-2019", "age 18 to 86 years", "intranasal: 14 to 112 mg",
                           "820 adults", "body weight: not stated", "intranasal: into central",
                           "S-ketamine in plasma, unstated", "doi:10.1/x", "- other-2019", "age: a, from 18 to 86"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(RenderPattern, DoseScheduleAndWhatIsNotKnown) {
  const std::string text = render_pattern(example_pattern(), example_library(), {.width = 120});
  for (const char* part : {"30 mg, 18 times, 20 min apart", "all weeks: Saturday, dose 1, at 22:00",
                           "purity: 0.800 (assumption); not known better than 0.500 to 0.950 (triangular)",
                           "30 % CV between doses", "non-medical", "racemic ketamine as hydrochloride", "setting: club",
                           "supervision: –", "30 mg a bump.", "recommends nothing"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(PhaseText, EveryKind) {
  regimen::Phase phase;
  phase.every_days = 14;
  phase.first_week = 9;
  EXPECT_EQ(phase_text(phase), "from week 9: every 14 days");
  phase.every_days = 0;
  phase.last_week = 12;
  phase.weekdays = {0, 3};
  phase.every_weeks = 2;
  phase.sessions_limit = 4;
  EXPECT_EQ(phase_text(phase), "weeks 9 to 12: Monday, Thursday, every 2 weeks, at most 4 sessions");
}

TEST(Lists, OneRowEachWithinTheWidth) {
  const std::vector<model::CompiledModel> models{example_model(), example_model()};
  const std::vector<regimen::Pattern> patterns{example_pattern()};
  for (const int width : {80, 120}) {
    for (const std::string& text :
         {render_model_list(models, {.width = width}), render_pattern_list(patterns, {.width = width})}) {
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
    }
  }
  EXPECT_THAT(render_model_list(models, {}), HasSubstr("1 known defect"));
  EXPECT_THAT(render_model_list(models, {.width = 120}), Not(HasSubstr("\x1b")));
}

TEST(ListingJson, ParsesWithUnitsAndSources) {
  const auto model = nlohmann::json::parse(render_model_json(example_model(), example_library()));
  EXPECT_EQ(model["schema"], "racemate-model-listing/1");
  EXPECT_EQ(model["parameters"][0]["value"], 1400.0);
  EXPECT_EQ(model["parameters"][0]["unit"], "mL/min");
  EXPECT_DOUBLE_EQ(model["parameters"][0]["between_studies"]["low"].get<double>(), 1000);
  EXPECT_EQ(model["variability"][0]["borrowed_from"], "other-2019");
  EXPECT_EQ(model["citations"][0]["doi"], "10.1/x");
  EXPECT_EQ(model["routes"][0], "intranasal");
  const auto pattern = nlohmann::json::parse(render_pattern_json(example_pattern(), example_library()));
  EXPECT_EQ(pattern["phases"][0]["weekdays"][0], "Saturday");
  EXPECT_EQ(pattern["purity"]["range"]["shape"], "triangular");
  const std::vector<model::CompiledModel> models{example_model()};
  EXPECT_EQ(nlohmann::json::parse(render_model_list_json(models))["models"].size(), 1U);
  const std::vector<regimen::Pattern> patterns{example_pattern()};
  EXPECT_EQ(nlohmann::json::parse(render_pattern_list_json(patterns))["patterns"][0]["id"], "bumps");
}

}  // namespace
}  // namespace racemate::report
