// What the shipped models must keep: their numbers where the engine is not needed to see them, and their labels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "racemate/model/model_fixture_test.h"

namespace racemate::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::shipped;
using testing::value_of;

std::vector<std::string> shipped_ids() {
  std::vector<std::string> ids;
  for (const auto& entry : std::filesystem::directory_iterator(RACEMATE_SOURCE_DIR "/models")) {
    if (entry.path().extension() == ".toml") ids.push_back(entry.path().stem().string());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST(ShippedModels, AreTheTwelve) {
  EXPECT_THAT(shipped_ids(), ElementsAre("domino-1984", "elkomy-2015", "flint-2017", "herd-anderson-2007", "kamp-2020",
                                         "otto-2021", "perez-ruixo-2021", "racemic-intramuscular", "racemic-intranasal",
                                         "racemic-oral", "sherwin-2015", "simons-2022"));
}

TEST(ShippedModels, LoadUnderTheirOwnNamesWithSourcesAndDefects) {
  for (const std::string& id : shipped_ids()) {
    const CompiledModel model = shipped(id);
    EXPECT_EQ(model.id, id);
    EXPECT_THAT(model.sources, Not(IsEmpty())) << id;
    EXPECT_THAT(model.defects, Not(IsEmpty())) << id;
    EXPECT_THAT(model.summary, Not(IsEmpty())) << id;
    EXPECT_EQ(model.kind == Kind::kAssembled, !model.extends.empty()) << id;
    for (const Parameter& parameter : model.parameters) {
      EXPECT_THAT(parameter.description, Not(IsEmpty())) << id << " " << parameter.name;
    }
    for (const RandomEffect& effect : model.effects) {
      EXPECT_TRUE(effect.borrowed_from.empty() || effect.provenance.assumption()) << id << " " << effect.parameter;
    }
  }
}

TEST(PerezRuixo2021, NasalFractionsOfFirstAndLaterDevices) {
  const CompiledModel model = shipped("perez-ruixo-2021");
  EXPECT_NEAR(value_of(model, "nasal", {.dose_number = 1}), 0.54, 1e-15);
  EXPECT_NEAR(value_of(model, "nasal", {.dose_number = 3}), 0.54 * 0.62, 1e-15);
  EXPECT_NEAR(value_of(model, "FRn", {.set = {{"japanese", 1.0}}}), 0.54 * 1.34, 1e-15);
  // The effect of a person acts on the logit of the fraction, before the factor of later devices.
  const double person = value_of(model, "FRn", {.set = {{"eta.FRn", 1.0}}});
  EXPECT_NEAR(std::log(person / (1 - person)), std::log(0.54 / 0.46) + 1, 1e-12);
  EXPECT_NEAR(value_of(model, "nasal", {.dose_number = 2, .set = {{"eta.FRn", 1.0}}}), 0.62 * person, 1e-15);
}

TEST(PerezRuixo2021, SystemicSharesOfOneTwoAndThreeDevices) {
  const CompiledModel model = shipped("perez-ruixo-2021");
  const Route& nasal = *model.find_route("intranasal");
  double sum = 0;
  const double expected[] = {0.622, 0.538, 0.509};
  for (int device = 1; device <= 3; ++device) {
    for (const RouteInput& input : nasal.inputs) {
      sum += value_of(model, input.systemic_slot, {.dose_number = static_cast<double>(device)});
    }
    EXPECT_NEAR(sum / device, expected[device - 1], 5e-4) << device;
  }
  EXPECT_NEAR(value_of(model, model.find_route("oral")->inputs[0].systemic_slot), 0.178, 5e-4);
}

TEST(PerezRuixo2021, LiverFlowFallsAboveSixty) {
  const CompiledModel model = shipped("perez-ruixo-2021");
  const double year_h = 24 * 365.25;
  EXPECT_NEAR(value_of(model, "Qh", {.set = {{"age", 60 * year_h}}}), 151, 1e-12);
  EXPECT_NEAR(value_of(model, "Qh", {.set = {{"age", 70 * year_h}}}), 151 - 21.9, 1e-9);
  EXPECT_EQ(std::count_if(model.covariates.begin(), model.covariates.end(),
                          [](const Covariate& covariate) { return covariate.name == "weight"; }),
            0)
      << "the model has no effect of weight";
}

TEST(PerezRuixo2021, TheInventedVariabilityIsAnAssumption) {
  const CompiledModel model = shipped("perez-ruixo-2021");
  const auto kmet = std::find_if(model.effects.begin(), model.effects.end(),
                                 [](const RandomEffect& effect) { return effect.parameter == "kmet"; });
  ASSERT_NE(kmet, model.effects.end());
  EXPECT_TRUE(kmet->provenance.assumption());
}

TEST(Simons2022, MetabolitesAreConvertedByMolarMassAndTheFilmIsNotAllSystemic) {
  const CompiledModel model = shipped("simons-2022");
  EXPECT_NEAR(value_of(model, model.find_output("norketamine")->scale_slot), 223.70 / 237.73 / 11.6, 1e-12);
  EXPECT_NEAR(value_of(model, model.find_output("hydroxynorketamine")->scale_slot), 239.70 / 237.73 / 4.4, 1e-12);
  const std::vector<RouteInput>& film = model.find_route("sublingual")->inputs;
  ASSERT_EQ(film.size(), 2U);
  EXPECT_NEAR(value_of(model, film[0].systemic_slot), 0.263, 1e-15);
  EXPECT_EQ(value_of(model, film[1].systemic_slot), 0);
  EXPECT_NEAR(value_of(model, film[1].fraction_slot), 1.16, 1e-15);
  EXPECT_NEAR(value_of(model, "CLK1"), 88.8, 1e-12);  // 1.48 L/min in L/h
}

TEST(Otto2021, PeripheralValuesDoNotScaleWithWeight) {
  const CompiledModel model = shipped("otto-2021");
  EXPECT_NEAR(value_of(model, "V1", {.set = {{"weight", 140.0}}}), 266, 1e-12);
  EXPECT_NEAR(value_of(model, "Vp1", {.set = {{"weight", 140.0}}}), 187, 1e-12);
  ASSERT_EQ(model.blocks.size(), 2U);
  EXPECT_EQ(model.find_output("ketamine")->site, evidence::Site::kVenous);
}

TEST(Kamp2020, BorrowsItsVariabilityAndSaysSo) {
  const CompiledModel model = shipped("kamp-2020");
  ASSERT_EQ(model.effects.size(), 2U);
  for (const RandomEffect& effect : model.effects) EXPECT_EQ(effect.borrowed_from, "otto-2021");
  EXPECT_TRUE(model.takes("racemic ketamine"));
  EXPECT_FALSE(model.takes("esketamine"));
}

TEST(Domino1984, ClearanceAtSeventyKilogramsIsHigh) {
  const CompiledModel model = shipped("domino-1984");
  EXPECT_NEAR(value_of(model, "volume.central") * value_of(model, "k10"), 115.9, 0.05);
}

TEST(RacemicIntranasal, BioavailabilityFallsWithDoseInsideTheObservedRangeOnly) {
  const CompiledModel model = shipped("racemic-intranasal");
  const auto at = [&](double dose_mg, double extrapolate) {
    return value_of(model, "bioavailability",
                    {.dose_mg = dose_mg, .set = {{"theta.extrapolate_beyond_observed", extrapolate}}});
  };
  EXPECT_NEAR(at(25, 0), 0.2419, 1e-12);
  // The observed arms, 0.17 : 0.13 : 0.11, are on the line of the fit to about 4 %.
  EXPECT_NEAR(at(10, 0) / at(30, 0), 0.17 / 0.13, 0.06);
  EXPECT_NEAR(at(30, 0) / at(50, 0), 0.13 / 0.11, 0.06);
  EXPECT_EQ(at(5, 0), at(10, 0));
  EXPECT_EQ(at(400, 0), at(50, 0));
  EXPECT_LT(at(400, 1), at(50, 1));
  EXPECT_EQ(at(50, 1), at(50, 0));
  EXPECT_LE(at(1e-9, 1), 1);
}

TEST(Assembled, RangesBetweenStudiesAreThoseOfTheirSources) {
  const auto range = [](const CompiledModel& model, const std::string& name) {
    const auto found = std::find_if(model.parameters.begin(), model.parameters.end(),
                                    [&](const Parameter& parameter) { return parameter.name == name; });
    return std::pair{found->between_study->low, found->between_study->high};
  };
  EXPECT_EQ(range(shipped("racemic-intranasal"), "F25"), (std::pair{0.13, 0.45}));
  EXPECT_EQ(range(shipped("racemic-intramuscular"), "F"), (std::pair{0.41, 1.0}));
  EXPECT_EQ(range(shipped("racemic-oral"), "F"), (std::pair{0.08, 0.45}));
}

// The worked example of the documentation is a model.
TEST(Documentation, TheWorkedExampleCompiles) {
  const Result<std::string> page = read_file(RACEMATE_SOURCE_DIR "/docs/model-format.md");
  ASSERT_TRUE(page);
  const std::size_t begin = page->find("```toml\n") + 8;
  const Result<Document> document = parse_document(page->substr(begin, page->find("```", begin) - begin), "example");
  ASSERT_TRUE(document) << to_string(document.error().front());
  const Result<evidence::Library> library = evidence::load_library(RACEMATE_SOURCE_DIR "/evidence");
  ASSERT_TRUE(library);
  const Result<CompiledModel> model = compile_model(*document, "example", *library);
  ASSERT_TRUE(model) << to_string(model.error().front());
  EXPECT_EQ(model->blocks.size(), 1U);
  EXPECT_NEAR(value_of(*model, "half_life"), std::log(2) * 150 / 79, 1e-12);
}

// Models of children must not pass for models of adults.
TEST(Domains, AdultsAreOutsideTheModelsOfChildren) {
  const UseOfModel adult{"racemic ketamine", "intravenous", 35, 70, 45 * 24 * 365.25};
  for (const char* id : {"herd-anderson-2007", "elkomy-2015", "sherwin-2015"}) {
    EXPECT_THAT(outside_domain(shipped(id), adult), Not(IsEmpty())) << id;
  }
  EXPECT_THAT(outside_domain(shipped("kamp-2020"), adult), IsEmpty());
  EXPECT_THAT(outside_domain(shipped("racemic-intranasal"), {"racemic ketamine", "intranasal", 200, 70, 0}),
              ElementsAre("200 mg intranasal; studied: 10 to 50 mg"));
}

}  // namespace
}  // namespace racemate::model
