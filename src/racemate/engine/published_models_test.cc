// The shipped models against the numbers that were published for them or computed from them by others.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "racemate/engine/kernels/scan_kernels.h"
#include "racemate/engine/testing.h"

namespace racemate::engine {
namespace {

using testing::Doses;
using testing::fixed_cohort;
using testing::Recorder;
using testing::run_model;
using testing::shipped_model;
using testing::use_of;

constexpr double kNgPerMl = 1000.0;  // ng/mL in 1 mg/L

double year() { return parse_unit("a")->to_internal; }

population::Cohort adult(double weight_kg, double age_a = 45) {
  return fixed_cohort({{"weight", weight_kg}, {"age", age_a * year()}});
}

// Concentration (ng/mL) of an output at the end of a run.
double last(const Recorder& recorder, std::size_t output) { return recorder.points.back().value[output][0] * kNgPerMl; }

void expect_within(double got, double want, double relative, const std::string& what) {
  EXPECT_NEAR(got, want, relative * want) << what;
  ::testing::Test::RecordProperty(what, std::to_string(got));
}

struct Infusion {
  const char* model;
  double cmax;
  double auc24;
};

// 35 mg over 40 min, 70 kg.
TEST(PublishedModels, ThirtyFiveMilligramsOverFortyMinutes) {
  for (const Infusion& expected : {Infusion{"kamp-2020", 253.1, 415.5},
                                   {"domino-1984", 240.3, 301.9},
                                   {"herd-anderson-2007", 253.4, 388.9},
                                   {"sherwin-2015", 322.8, 396.1},
                                   {"elkomy-2015", 322.2, 573.8}}) {
    const model::CompiledModel model = shipped_model(expected.model);
    const auto use = use_of("intravenous", {35, {0}, 40.0 / 60}, 24);
    const auto result = run_model(model, use, {model.outputs.front().name}, adult(70));
    expect_within(result.recorder.peak[0][0] * kNgPerMl, expected.cmax, 0.005, std::string(expected.model) + "_cmax");
    expect_within(result.recorder.auc[0][0] * kNgPerMl, expected.auc24, 0.005, std::string(expected.model) + "_auc24");
  }
}

// Otto 2021, 68 kg, 10 mg over 30 min.
TEST(PublishedModels, OttoSKetamineAndNorketamine) {
  const model::CompiledModel model = shipped_model("otto-2021");
  const double times_h[] = {0.5, 1, 2, 10};
  const double parent[] = {50.94, 27.34, 15.37, 1.51};
  const double metabolite[] = {11.81, 20.87, 20.49, 5.79};
  for (int i = 0; i < 4; ++i) {
    const auto use = use_of("intravenous", {10, {0}, 0.5}, times_h[i]);
    const auto result = run_model(model, use, {model.outputs[0].name, model.outputs[1].name}, adult(68));
    // 1.51 is printed to three digits: half a unit in the last is 0.33%.
    expect_within(last(result.recorder, 0), parent[i], i == 3 ? 0.0034 : 0.002, "otto_parent_" + std::to_string(i));
    expect_within(last(result.recorder, 1), metabolite[i], 0.002, "otto_metabolite_" + std::to_string(i));
  }
}

// Perez-Ruixo 2021, Caucasian 18 to 60 years, devices of 28 mg given together.
TEST(PublishedModels, PerezRuixoNasalDevices) {
  const model::CompiledModel model = shipped_model("perez-ruixo-2021");
  const double cmax[] = {43.8, 72.5, 101.0};
  const double auc[] = {147.3, 254.7, 362.2};
  const double metabolite_cmax[] = {59.1, 119.7, 180.0};
  for (std::size_t devices = 1; devices <= 3; ++devices) {
    const auto use = use_of("intranasal", {28, std::vector<double>(devices, 0.0)}, 24);
    const auto result = run_model(model, use, {model.outputs[0].name, model.outputs[1].name}, adult(74, 45));
    const std::string name = "perez_ruixo_" + std::to_string(28 * devices);
    expect_within(result.recorder.peak[0][0] * kNgPerMl, cmax[devices - 1], 0.015, name + "_cmax");
    expect_within(result.recorder.auc[0][0] * kNgPerMl, auc[devices - 1], 0.015, name + "_auc24");
    expect_within(result.recorder.peak[1][0] * kNgPerMl, metabolite_cmax[devices - 1], 0.015, name + "_nk_cmax");
  }
}

TEST(PublishedModels, PerezRuixoFiveMinuteRests) {
  const model::CompiledModel model = shipped_model("perez-ruixo-2021");
  const double cmax[] = {72.6, 101.2};
  for (std::size_t devices = 2; devices <= 3; ++devices) {
    Doses doses{28, {}};
    for (std::size_t i = 0; i < devices; ++i) doses.times_h.push_back(static_cast<double>(i) * 5.0 / 60);
    const auto result = run_model(model, use_of("intranasal", doses, 24), {model.outputs[0].name}, adult(74, 45));
    expect_within(result.recorder.peak[0][0] * kNgPerMl, cmax[devices - 2], 0.005,
                  "perez_ruixo_rests_" + std::to_string(28 * devices));
  }
}

// Simons 2022 at 70 kg.
TEST(PublishedModels, SimonsInfusionAndFilm) {
  const model::CompiledModel model = shipped_model("simons-2022");
  std::vector<std::string> outputs;
  for (const model::Output& output : model.outputs) outputs.push_back(output.name);
  const auto infusion = run_model(model, use_of("intravenous", {20, {0}, 20.0 / 60}, 6), outputs, adult(70));
  expect_within(infusion.recorder.peak[0][0] * kNgPerMl, 268, 0.005, "simons_iv_peak");
  const double cmax[] = {85.9, 171.8};
  const double norketamine[] = {36287, 72575};  // ng.min/mL, 0 to 6 h
  const double hydroxynorketamine[] = {23367, 46735};
  for (int i = 0; i < 2; ++i) {
    const auto film = run_model(model, use_of("sublingual", {50.0 * (i + 1), {0}}, 6), outputs, adult(70));
    const std::string name = "simons_film_" + std::to_string(50 * (i + 1));
    expect_within(film.recorder.peak[0][0] * kNgPerMl, cmax[i], 0.005, name + "_cmax");
    expect_within(film.recorder.auc[1][0] * kNgPerMl * 60, norketamine[i], 0.005, name + "_nk_auc");
    expect_within(film.recorder.auc[2][0] * kNgPerMl * 60, hydroxynorketamine[i], 0.005, name + "_hnk_auc");
  }
}

// The systemic share that a model states is the share that its own AUC shows: AUC by the route over AUC of the same
// mass by vein.
TEST(PublishedModels, SystemicShareIsTheRatioOfAreas) {
  struct Case {
    const char* model;
    const char* route;
  };
  for (const Case& c : {Case{"perez-ruixo-2021", "intranasal"},
                        {"perez-ruixo-2021", "oral"},
                        {"simons-2022", "sublingual"},
                        {"racemic-intranasal", "intranasal"},
                        {"racemic-intramuscular", "intramuscular"},
                        {"racemic-oral", "oral"}}) {
    const model::CompiledModel model = shipped_model(c.model);
    const double long_time_h = 2000;
    const auto by_route = run_model(model, use_of(c.route, {28, {0}}, long_time_h), {model.outputs[0].name}, adult(70));
    const model::CompiledModel vein_model =
        model.find_route("intravenous") == nullptr ? shipped_model("kamp-2020") : model;
    const auto by_vein = run_model(vein_model, use_of("intravenous", {28, {0}, 0.01}, long_time_h),
                                   {vein_model.outputs[0].name}, adult(70));
    const double share = by_route.recorder.auc[0][0] / by_vein.recorder.auc[0][0];
    EXPECT_NEAR(by_route.recorder.systemic_mg[0] / 28, share, 1e-6) << c.model << ", " << c.route;
  }
}

}  // namespace
}  // namespace racemate::engine
