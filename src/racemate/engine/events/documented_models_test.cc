// The models of docs/model-format.md do what the page says: each whole file of the page is read, compiled and
// simulated.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "racemate/core/document.h"
#include "racemate/engine/events/regimen_table.h"
#include "racemate/engine/testing.h"

namespace racemate::engine::events {
namespace {

// Every whole model of the page, by id.
std::map<std::string, std::string> documented_models() {
  std::map<std::string, std::string> models;
  const Result<std::string> page = read_file(RACEMATE_SOURCE_DIR "/docs/model-format.md");
  if (!page) {
    ADD_FAILURE() << to_string(page.error().front());
    return models;
  }
  const std::string fence = "```toml\n";
  for (std::size_t at = page->find(fence); at != std::string::npos; at = page->find(fence, at + 1)) {
    const std::size_t begin = at + fence.size();
    const std::string text = page->substr(begin, page->find("```", begin) - begin);
    const std::size_t id = text.find("id = \"");
    if (id == std::string::npos) continue;
    models[text.substr(id + 6, text.find('"', id + 6) - id - 6)] = text;
  }
  return models;
}

model::CompiledModel documented(const std::string& id, const std::string& old_text = "",
                                const std::string& new_text = "") {
  const auto models = documented_models();
  const auto found = models.find(id);
  if (found == models.end()) {
    ADD_FAILURE() << "the page has no model " << id;
    return {};
  }
  std::string text = found->second;
  if (!old_text.empty()) {
    const std::size_t at = text.find(old_text);
    EXPECT_NE(at, std::string::npos) << "the test changes nothing: " << old_text;
    if (at != std::string::npos) text.replace(at, old_text.size(), new_text);
  }
  return testing::model_from_text(text);
}

struct Simulated {
  std::vector<double> times_h;
  std::map<std::string, std::vector<double>> output;  // internal units
};

// The typical person, every `step_h` up to `end_h`.
Simulated simulate(const model::CompiledModel& model, const std::string& route, const testing::Doses& doses,
                   double end_h, double step_h) {
  Simulated result;
  const testing::Use use = testing::use_of(route, doses, end_h);
  std::vector<Instant> times;
  for (std::size_t i = 0; static_cast<double>(i) * step_h <= end_h; ++i) {
    result.times_h.push_back(static_cast<double>(i) * step_h);
    times.push_back(Instant::from_hours(result.times_h.back()));
  }
  std::vector<std::size_t> outputs;
  std::vector<double*> first;
  for (std::size_t i = 0; i < model.outputs.size(); ++i) {
    outputs.push_back(i);
    result.output[model.outputs[i].name].resize(times.size());
    first.push_back(result.output[model.outputs[i].name].data());
  }
  ode::Options options;
  options.tolerances = {.relative = 1e-9, .absolute = {1e-12}};
  const population::Cohort cohort;
  const population::DrawContext context{&model, &use.pattern, &cohort, 1, {}};
  const std::vector<population::LaneIdentity> typical(1);
  population::Batch batch(context, typical);
  const auto failure = fill_table(
      {.model = &model, .route = route, .timeline = &use.timeline, .times = times, .outputs = outputs, .ode = options},
      batch, {.first = first, .stride = 1});
  EXPECT_FALSE(failure) << failure->reason;
  return result;
}

TEST(DocumentedModels, EachIsSimulated) {
  const auto models = documented_models();
  EXPECT_EQ(models.size(), 5U);
  for (const auto& [id, text] : models) {
    if (id == "worked-example") continue;  // cites the shipped evidence; a linear model
    const model::CompiledModel model = testing::model_from_text(text);
    EXPECT_FALSE(model.linear) << id;
    ASSERT_FALSE(model.routes.empty()) << id;
    const Simulated run = simulate(model, model.routes.front().name, {.amount_mg = 30}, 48, 0.5);
    for (const auto& [name, values] : run.output) {
      for (const double value : values) {
        ASSERT_TRUE(std::isfinite(value) && value >= 0) << id << " " << name;
      }
    }
  }
}

// Bateman's function for the effect site; the response falls and comes back.
TEST(DocumentedModels, AnEffectSiteFollowsPlasma) {
  const Simulated run = simulate(documented("indirect-response"), "intravenous", {.amount_mg = 30}, 72, 0.25);
  constexpr double kElimination = 80.0 / 200;
  constexpr double kEquilibration = 3;
  for (std::size_t i = 0; i < run.times_h.size(); ++i) {
    const double t = run.times_h[i];
    const double plasma = 30.0 / 200 * std::exp(-kElimination * t);
    const double site = 30.0 / 200 * kEquilibration / (kEquilibration - kElimination) *
                        (std::exp(-kElimination * t) - std::exp(-kEquilibration * t));
    ASSERT_NEAR(run.output.at("ketamine")[i], plasma, 1e-8) << t;
    ASSERT_NEAR(run.output.at("effect")[i], site, 1e-8) << t;
  }
  const std::vector<double>& response = run.output.at("response");
  EXPECT_EQ(response.front(), 100);
  EXPECT_LT(*std::min_element(response.begin(), response.end()), 75);
  EXPECT_NEAR(response.back(), 100, 0.1);
}

// Binding is much faster than all else: occupancy = C / (C + KD), KD = (KOFF + KINT) / KON.
TEST(DocumentedModels, TheTargetIsInEquilibrium) {
  const Simulated run = simulate(documented("target-mediated"), "intravenous", {.amount_mg = 30}, 240, 1);
  const std::vector<double>& occupancy = run.output.at("occupancy");
  EXPECT_EQ(occupancy.front(), 0);
  EXPECT_GT(occupancy[1], 0.99) << "30 mg in 4 L saturate 1 mg/L";
  EXPECT_LT(occupancy.back(), 0.5);
  constexpr double kDissociation = (1.5 + 0.2) / 300;
  for (std::size_t i = 24; i < occupancy.size(); ++i) {
    const double free = run.output.at("free")[i];
    ASSERT_NEAR(occupancy[i], free / (free + kDissociation), 0.03) << run.times_h[i];
  }
}

// Under a long infusion, amount in = amount out: rate = CL enzyme C, with the enzyme at its own balance.
TEST(DocumentedModels, AutoinductionSettlesWhereItsEquationsSay) {
  const Simulated run =
      simulate(documented("autoinduction"), "intravenous", {.amount_mg = 10'000, .duration_h = 1000}, 1000, 10);
  const double concentration = run.output.at("ketamine").back();
  const double enzyme = run.output.at("enzyme").back();
  EXPECT_NEAR(20 * enzyme * concentration, 10, 1e-6);
  EXPECT_NEAR(enzyme, 1 + 2 * concentration / (0.2 + concentration), 1e-6);
  EXPECT_GT(*std::max_element(run.output.at("ketamine").begin(), run.output.at("ketamine").end()), concentration)
      << "before the enzyme is there";
}

// All that is absorbed is eliminated by the saturable enzyme: the integral of its rate is F times the dose.
TEST(DocumentedModels, WhatIsAbsorbedThroughAChainIsEliminated) {
  const Simulated run = simulate(documented("transit"), "oral", {.amount_mg = 500}, 60, 0.02);
  const std::vector<double>& concentration = run.output.at("ketamine");
  double eliminated = 0;
  for (std::size_t i = 1; i < concentration.size(); ++i) {
    const auto rate = [](double c) { return 30 * c / (0.3 + c); };
    eliminated += 0.5 * (rate(concentration[i - 1]) + rate(concentration[i])) * 0.02;
  }
  EXPECT_NEAR(eliminated, 0.2 * 500, 0.01);
  const auto peak = std::max_element(concentration.begin(), concentration.end()) - concentration.begin();
  EXPECT_GT(run.times_h[static_cast<std::size_t>(peak)], 40.0 / 60) << "not before the mean transit time";
  EXPECT_LT(concentration[5], 0.01 * concentration[static_cast<std::size_t>(peak)]) << "a delayed rise";
}

// With the clearance of a person instead of an enzyme, the same chain is linear.
TEST(DocumentedModels, AChainAloneIsLinear) {
  EXPECT_TRUE(documented("transit", "VMAX / (KM + concentration.central)", "VMAX / KM").linear);
}

}  // namespace
}  // namespace racemate::engine::events
