#include "racemate/population/batch.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <numeric>

#include "racemate/core/check.h"

namespace racemate::population {
namespace {

using ::testing::DoubleEq;
using ::testing::Each;

constexpr std::size_t kPeople = 20'000;  // of the tests that hold a mean against its law

// A model of two parameters with a block of random effects, an occasion effect, and a fraction that depends on the
// dose. Built by hand: these tests are about draws, not about model files.
model::CompiledModel small_model() {
  model::CompiledModel model;
  model.id = "small";
  const auto parameter = [&](const char* name, double value, bool uncertain) {
    model::Parameter result;
    result.name = name;
    result.value = value;
    if (uncertain) {
      result.between_study = evidence::InputRange{evidence::InputRange::Shape::kUniform, value / 2, value * 2, {}};
    }
    result.theta_slot = model.symbols.declare(std::string("theta.") + name, dimensions::kNone,
                                              uncertain ? expr::Level::kStudy : expr::Level::kConstant);
    model.parameters.push_back(result);
  };
  parameter("CL", 80, false);
  parameter("F", 0.3, true);
  const auto effect = [&](const char* name, double omega2, expr::Level level) {
    model::RandomEffect result;
    result.parameter = name;
    result.omega2 = omega2;
    result.level = level;
    const char* prefix = level == expr::Level::kSubject ? "eta." : "iov.";
    result.eta_slot = model.symbols.declare(std::string(prefix) + name, dimensions::kNone, level);
    model.effects.push_back(result);
  };
  effect("CL", 0.04, expr::Level::kSubject);
  effect("F", 0.09, expr::Level::kSubject);
  effect("V", 0.25, expr::Level::kSubject);
  effect("CL", 0.01, expr::Level::kOccasion);
  model.blocks.push_back({{0, 1}, {0.2, 0, 0.15, std::sqrt(0.09 - 0.15 * 0.15)}});
  model.covariates.push_back({"weight", "kg", dimensions::kBodyMass, 70, 39, 170});
  model.covariates.push_back({"height", "1", dimensions::kNone, 1.7, 1, 2});
  for (model::Covariate& covariate : model.covariates) {
    covariate.slot = model.symbols.declare(covariate.name, covariate.dimension, expr::Level::kSubject);
  }
  model.dose_amount_slot = model.symbols.declare("dose.amount", dimensions::kDrugMass, expr::Level::kDose);
  model.dose_number_slot = model.symbols.declare("dose.number", dimensions::kNone, expr::Level::kDose);
  model.session_amount_slot = model.symbols.declare("session.amount", dimensions::kDrugMass, expr::Level::kDose);
  const std::vector<expr::Assignment> assignments{
      {"CL", "theta.CL * (weight / 70[kg])^0.75 * exp(eta.CL + iov.CL)", {}, nullptr},
      {"F", "logistic(logit(theta.F) + eta.F)", {}, nullptr},
      {"share", "F * if(dose.number > 1, 0.5, 1) * session.amount / dose.amount", {}, nullptr},
  };
  Result<expr::Program> program = expr::compile(assignments, model.symbols);
  RACEMATE_CHECK(program.has_value(), program ? "" : to_string(program.error()[0]));
  model.program = std::move(*program);
  return model;
}

regimen::Pattern powder_pattern() {
  regimen::Pattern pattern;
  pattern.id = "powder";
  pattern.form = regimen::Form::kHydrochloride;
  pattern.purity.name = "purity";
  pattern.purity.value = 0.8;
  pattern.purity.range = evidence::InputRange{evidence::InputRange::Shape::kUniform, 0.5, 1.0, {}};
  regimen::SessionDose dose;
  dose.amount.name = "dose";
  dose.amount.value = 100;
  dose.amount.range = evidence::InputRange{evidence::InputRange::Shape::kLogUniform, 50, 200, {}};
  dose.amount.cv_between_people = 0.5;
  dose.amount.cv_between_occasions = 0.2;
  dose.amount.cv_between_doses = 0.3;
  dose.units = 4;
  dose.spacing = Duration::from_hours(1);
  pattern.doses = {dose};
  return pattern;
}

Cohort small_cohort() {
  Cohort cohort;
  CovariateDistribution age;
  age.name = "age";
  age.median = 45;
  cohort.covariates.push_back(age);
  CovariateDistribution weight;
  weight.name = "weight";
  weight.shape = CovariateDistribution::Shape::kLogNormal;
  weight.median = 74;
  weight.spread = 0.24;
  weight.low = 39;
  weight.high = 170;
  cohort.covariates.push_back(weight);
  return cohort;
}

struct Setting {
  model::CompiledModel model = small_model();
  regimen::Pattern pattern = powder_pattern();
  Cohort cohort = small_cohort();

  DrawContext context() const { return {&model, &pattern, &cohort, 7, study_inputs(model, pattern)}; }
  std::size_t slot(const char* name) const { return model.symbols.find(name)->slot; }
};

LaneIdentity person(std::uint64_t subject, std::optional<std::uint64_t> study = std::nullopt) {
  LaneIdentity identity;
  identity.subject = subject;
  identity.study = study;
  return identity;
}

std::vector<LaneIdentity> people(std::size_t count) {
  std::vector<LaneIdentity> lanes;
  for (std::uint64_t subject = 0; subject < count; ++subject) {
    lanes.push_back(person(subject));
  }
  return lanes;
}

regimen::Administration administration(std::uint32_t session, std::uint32_t number) {
  regimen::Administration result;
  result.session = session;
  result.number = number;
  return result;
}

struct Amounts {
  std::vector<double> nominal;
  std::vector<double> base;
};
Amounts give(Batch& batch, std::uint32_t session, std::uint32_t number) {
  Amounts amounts{std::vector<double>(batch.people()), std::vector<double>(batch.people())};
  batch.administer(administration(session, number), amounts.nominal, amounts.base);
  return amounts;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}
double covariance(const double* a, const double* b, std::size_t n) {
  const double mean_a = std::accumulate(a, a + n, 0.0) / static_cast<double>(n);
  const double mean_b = std::accumulate(b, b + n, 0.0) / static_cast<double>(n);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    sum += (a[i] - mean_a) * (b[i] - mean_b);
  }
  return sum / static_cast<double>(n - 1);
}

// Everything that the engine can see of one lane over two sessions, as bits.
std::vector<std::uint64_t> trace(const Setting& setting, const std::vector<LaneIdentity>& identities,
                                 std::size_t lane) {
  const DrawContext context = setting.context();
  Batch batch(context, identities);
  std::vector<double> values;
  for (std::uint32_t session = 0; session < 2; ++session) {
    batch.enter_occasion(session);
    for (std::uint32_t number = 1; number <= 3; ++number) {
      const Amounts amounts = give(batch, session, number);
      values.push_back(amounts.nominal[lane]);
      values.push_back(amounts.base[lane]);
      for (std::size_t slot = 0; slot < setting.model.symbols.size(); ++slot) {
        values.push_back(batch.frame().slot(slot)[lane]);
      }
    }
  }
  std::vector<std::uint64_t> bits(values.size());
  std::memcpy(bits.data(), values.data(), values.size() * sizeof(double));
  return bits;
}

TEST(Batch, ALaneDependsOnItsIdentityAlone) {
  const Setting setting;
  LaneIdentity held = person(5, 3);
  held.overridden_input = 1;
  held.override_value = 0.6;
  for (const LaneIdentity& identity : {person(41), person(41, 9), LaneIdentity{}, held}) {
    const std::vector<std::uint64_t> alone = trace(setting, {identity}, 0);
    std::vector<LaneIdentity> first = people(100);
    first[0] = identity;
    EXPECT_EQ(trace(setting, first, 0), alone);
    std::vector<LaneIdentity> last = people(37);
    for (std::uint64_t i = 0; i < 36; ++i) {
      last[i].study = i;
    }
    last[36] = identity;
    EXPECT_EQ(trace(setting, last, 36), alone);
  }
  EXPECT_NE(trace(setting, {person(41)}, 0), trace(setting, {person(42)}, 0));
}

TEST(Batch, PadsWithCopiesOfTheLast) {
  const Setting setting;
  const DrawContext context = setting.context();
  Batch batch(context, people(13));
  EXPECT_EQ(batch.people(), 13U);
  EXPECT_EQ(batch.lanes(), 16U);
  std::vector<double> nominal(16);
  std::vector<double> base(16);
  batch.administer(administration(0, 1), nominal, base);
  for (std::size_t lane = 13; lane < 16; ++lane) {
    EXPECT_EQ(nominal[lane], nominal[12]);
    EXPECT_EQ(batch.frame().slot(setting.slot("CL"))[lane], batch.frame().slot(setting.slot("CL"))[12]);
  }
}

TEST(Batch, TheTypicalPersonTakesTheStatedDose) {
  const Setting setting;
  const DrawContext context = setting.context();
  const std::vector<LaneIdentity> typical_person(1);
  Batch batch(context, typical_person);
  batch.enter_occasion(3);
  EXPECT_DOUBLE_EQ(batch.frame().slot(setting.slot("CL"))[0], 80 * std::pow(74.0 / 70, 0.75));
  EXPECT_NEAR(batch.frame().slot(setting.slot("F"))[0], 0.3, 1e-15);
  EXPECT_EQ(batch.frame().slot(setting.slot("height"))[0], 1.7) << "the model's reference";
  for (std::uint32_t number = 1; number <= 4; ++number) {
    const Amounts amounts = give(batch, 3, number);
    EXPECT_EQ(amounts.nominal[0], 100);
    EXPECT_DOUBLE_EQ(amounts.base[0], 100 * regimen::kBasePerHydrochloride * 0.8);
  }
}

TEST(Batch, DosesByWeightAreRoundedByNothingButTheCap) {
  Setting setting;
  setting.pattern.form = regimen::Form::kBase;
  setting.pattern.purity = {};
  setting.pattern.purity.value = 1;
  regimen::SessionDose& dose = setting.pattern.doses[0];
  dose.kind = regimen::DoseKind::kMilligramsPerKilogram;
  dose.amount = {};
  dose.amount.value = 0.5;
  ASSERT_TRUE(setting.cohort.fix("weight", 70, {}));
  {
    const DrawContext context = setting.context();
    EXPECT_EQ(context.inputs.size(), 1U) << "the model's F";
    Batch batch(context, people(3));
    const Amounts amounts = give(batch, 0, 1);
    EXPECT_THAT(amounts.nominal, Each(DoubleEq(35)));
    EXPECT_THAT(amounts.base, Each(DoubleEq(35)));
  }
  dose.cap_mg = 30;
  const DrawContext context = setting.context();
  Batch batch(context, people(3));
  EXPECT_THAT(give(batch, 0, 1).nominal, Each(DoubleEq(30)));
}

TEST(Batch, WithoutAWeightInTheCohortTheModelsReferenceDoses) {
  Setting setting;
  setting.cohort.covariates.clear();
  setting.pattern.doses[0].kind = regimen::DoseKind::kMilligramsPerKilogram;
  setting.pattern.doses[0].amount = {};
  setting.pattern.doses[0].amount.value = 1;
  const DrawContext context = setting.context();
  Batch batch(context, people(2));
  EXPECT_THAT(give(batch, 0, 1).nominal, Each(DoubleEq(70)));
}

TEST(Batch, FactorsHaveMeanOneAndTheirOwnLevel) {
  Setting setting;
  const auto year_of_doses = [&](double people_cv, double occasions_cv, double doses_cv) {
    setting.pattern.doses[0].amount.cv_between_people = people_cv;
    setting.pattern.doses[0].amount.cv_between_occasions = occasions_cv;
    setting.pattern.doses[0].amount.cv_between_doses = doses_cv;
    const DrawContext context = setting.context();
    Batch batch(context, people(kPeople));
    std::vector<Amounts> given;
    for (std::uint32_t session = 0; session < 2; ++session) {
      for (std::uint32_t number = 1; number <= 2; ++number) {
        given.push_back(give(batch, session, number));
      }
    }
    return given;
  };
  // Standard errors at 20,000 people are 0.0035 of the mean for a CV of 0.5; the bounds are about four of them.
  const auto check_cv = [](const std::vector<double>& amounts, double cv) {
    EXPECT_NEAR(mean(amounts), 100, 1.5);
    EXPECT_NEAR(std::sqrt(covariance(amounts.data(), amounts.data(), amounts.size())), 100 * cv, 3);
  };
  const std::vector<Amounts> by_person = year_of_doses(0.5, 0, 0);
  check_cv(by_person[0].nominal, 0.5);
  EXPECT_EQ(by_person[0].nominal, by_person[1].nominal);
  EXPECT_EQ(by_person[0].nominal, by_person[3].nominal) << "a habit stays";

  const std::vector<Amounts> by_occasion = year_of_doses(0, 0.5, 0);
  check_cv(by_occasion[0].nominal, 0.5);
  EXPECT_EQ(by_occasion[0].nominal, by_occasion[1].nominal) << "within a session";
  EXPECT_NEAR(covariance(by_occasion[0].nominal.data(), by_occasion[2].nominal.data(), kPeople) / 2500, 0, 0.04);

  const std::vector<Amounts> by_dose = year_of_doses(0, 0, 0.5);
  check_cv(by_dose[0].nominal, 0.5);
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_NEAR(covariance(by_dose[0].nominal.data(), by_dose[i].nominal.data(), kPeople) / 2500, 0, 0.04);
  }
}

TEST(Batch, EffectsHaveTheirCovariance) {
  const Setting setting;
  const DrawContext context = setting.context();
  Batch batch(context, people(kPeople));
  const double* cl = batch.frame().slot(setting.slot("eta.CL"));
  const double* f = batch.frame().slot(setting.slot("eta.F"));
  const double* v = batch.frame().slot(setting.slot("eta.V"));
  EXPECT_NEAR(covariance(cl, cl, kPeople), 0.04, 0.002);
  EXPECT_NEAR(covariance(f, f, kPeople), 0.09, 0.004);
  EXPECT_NEAR(covariance(cl, f, kPeople), 0.2 * 0.15, 0.002);
  EXPECT_NEAR(covariance(v, v, kPeople), 0.25, 0.01) << "an effect outside the blocks";
  EXPECT_NEAR(covariance(cl, v, kPeople), 0, 0.004);
}

TEST(Batch, OccasionEffectsBelongToTheSession) {
  const Setting setting;
  const DrawContext context = setting.context();
  Batch batch(context, people(kPeople));
  EXPECT_TRUE(batch.has_occasion_effects());
  const auto clearance = [&] {
    const double* values = batch.frame().slot(setting.slot("CL"));
    return std::vector<double>(values, values + kPeople);
  };
  const auto effects = [&] {
    const double* values = batch.frame().slot(setting.slot("iov.CL"));
    return std::vector<double>(values, values + kPeople);
  };
  batch.enter_occasion(0);
  const std::vector<double> first = clearance();
  const std::vector<double> first_effects = effects();
  batch.enter_occasion(1);
  const std::vector<double> second_effects = effects();
  EXPECT_NE(clearance(), first);
  EXPECT_NEAR(covariance(first_effects.data(), first_effects.data(), kPeople), 0.01, 0.0005);
  EXPECT_NEAR(covariance(first_effects.data(), second_effects.data(), kPeople), 0, 0.0004);
  batch.enter_occasion(0);
  EXPECT_EQ(clearance(), first) << "whatever came between";
}

TEST(Batch, CovariatesFollowTheCohort) {
  const Setting setting;
  const DrawContext context = setting.context();
  Batch batch(context, people(kPeople));
  std::vector<double> weight(batch.frame().slot(setting.slot("weight")),
                             batch.frame().slot(setting.slot("weight")) + kPeople);
  std::sort(weight.begin(), weight.end());
  EXPECT_NEAR(weight[kPeople / 2], 74, 0.7);
  EXPECT_GE(weight.front(), 39);
  EXPECT_LE(weight.back(), 170);
}

TEST(Batch, InputsAreDrawnOncePerStudy) {
  const Setting setting;
  const DrawContext context = setting.context();
  ASSERT_EQ(context.inputs.size(), 3U);
  EXPECT_EQ(context.inputs[0].name, "F");
  EXPECT_EQ(context.inputs[1].name, "purity");
  EXPECT_EQ(context.inputs[2].name, "dose");
  std::vector<LaneIdentity> lanes;
  for (std::uint64_t study = 0; study < 1000; ++study) {
    LaneIdentity identity;
    identity.study = study;
    lanes.push_back(identity);
  }
  Batch batch(context, lanes);
  const Amounts amounts = give(batch, 0, 1);
  const double* f = batch.frame().slot(setting.slot("theta.F"));
  double smallest = 1;
  double largest = 0;
  for (std::size_t lane = 0; lane < 1000; ++lane) {
    EXPECT_GE(f[lane], 0.15);
    EXPECT_LE(f[lane], 0.6);
    EXPECT_GE(amounts.nominal[lane], 50);
    EXPECT_LE(amounts.nominal[lane], 200);
    const double purity = amounts.base[lane] / amounts.nominal[lane] / regimen::kBasePerHydrochloride;
    smallest = std::min(smallest, purity);
    largest = std::max(largest, purity);
  }
  EXPECT_GE(smallest, 0.5 - 1e-12);
  EXPECT_LT(smallest, 0.51);
  EXPECT_LE(largest, 1 + 1e-12);
  EXPECT_GT(largest, 0.99);
  const std::vector<double> drawn_f(f, f + 1000);
  EXPECT_NEAR(covariance(drawn_f.data(), amounts.nominal.data(), 1000) / (0.13 * 40), 0, 0.13)
      << "inputs are independent of each other";
}

TEST(Batch, PeopleOfOneStudyShareItsInputsAndStayThemselves) {
  const Setting setting;
  const DrawContext context = setting.context();
  Batch batch(context, std::vector{person(1, 4), person(2, 4), person(1, 5)});
  const Amounts amounts = give(batch, 0, 1);
  const double* f = batch.frame().slot(setting.slot("theta.F"));
  EXPECT_EQ(f[0], f[1]);
  EXPECT_NE(f[0], f[2]);
  EXPECT_DOUBLE_EQ(amounts.base[0] / amounts.nominal[0], amounts.base[1] / amounts.nominal[1]);
  const double* eta = batch.frame().slot(setting.slot("eta.CL"));
  EXPECT_EQ(eta[0], eta[2]);
  EXPECT_NE(eta[0], eta[1]);
}

TEST(Batch, AnOverriddenInputIsHeldAndTheOthersAreNot) {
  const Setting setting;
  const DrawContext context = setting.context();
  LaneIdentity held;
  held.overridden_input = 2;
  held.override_value = 200;
  Batch batch(context, std::vector{held, LaneIdentity{}});
  const Amounts amounts = give(batch, 0, 1);
  EXPECT_EQ(amounts.nominal[0], 200);
  EXPECT_EQ(amounts.nominal[1], 100);
  EXPECT_DOUBLE_EQ(amounts.base[0], 2 * amounts.base[1]);
  EXPECT_EQ(batch.frame().slot(setting.slot("theta.F"))[0], 0.3);
}

TEST(Batch, DoseSlotsRunWithinASession) {
  const Setting setting;
  const DrawContext context = setting.context();
  Batch batch(context, std::vector<LaneIdentity>(1));
  const double base = 100 * regimen::kBasePerHydrochloride * 0.8;
  const auto value = [&](const char* name) { return batch.frame().slot(setting.slot(name))[0]; };
  give(batch, 0, 1);
  EXPECT_DOUBLE_EQ(value("dose.amount"), base);
  EXPECT_EQ(value("dose.number"), 1);
  EXPECT_DOUBLE_EQ(value("session.amount"), base);
  EXPECT_NEAR(value("share"), 0.3, 1e-12);
  give(batch, 0, 2);
  EXPECT_EQ(value("dose.number"), 2);
  EXPECT_DOUBLE_EQ(value("session.amount"), 2 * base);
  EXPECT_NEAR(value("share"), 0.3 * 0.5 * 2, 1e-12);
  give(batch, 1, 1);
  EXPECT_DOUBLE_EQ(value("session.amount"), base) << "a new session starts from nothing";
  give(batch, 1, 1);
  EXPECT_DOUBLE_EQ(value("session.amount"), base) << "so does the same session, begun again";
}

TEST(Batch, TwoDoseRulesHaveDrawsOfTheirOwn) {
  Setting setting;
  setting.pattern.doses.push_back(setting.pattern.doses[0]);
  setting.pattern.doses[1].amount.name = "second";
  const DrawContext context = setting.context();
  EXPECT_EQ(context.inputs.size(), 4U);
  Batch batch(context, people(8));
  const Amounts first = give(batch, 0, 1);
  regimen::Administration other = administration(1, 1);
  other.dose = 1;
  Amounts second{std::vector<double>(8), std::vector<double>(8)};
  batch.administer(other, second.nominal, second.base);
  for (std::size_t lane = 0; lane < 8; ++lane) {
    EXPECT_NE(first.nominal[lane], second.nominal[lane]);
  }
}

// Every shipped model, with its own covariates, effects and dose level, for people of the shipped cohort.
TEST(Batch, ShippedModelsGiveFinitePositiveRatesForEveryone) {
  const std::string source = RACEMATE_SOURCE_DIR;
  const Result<evidence::Library> library = evidence::load_library(source + "/evidence");
  ASSERT_TRUE(library) << to_string(library.error()[0]);
  const Result<Cohort> cohort = load_cohort(source + "/cohorts/adults-perez-ruixo-2021.toml", *library);
  ASSERT_TRUE(cohort) << to_string(cohort.error()[0]);
  const regimen::Pattern pattern = powder_pattern();
  std::size_t models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source + "/models")) {
    const Result<model::CompiledModel> model = model::load_model(entry.path().string(), *library);
    ASSERT_TRUE(model) << to_string(model.error()[0]);
    ++models;
    const DrawContext context{&*model, &pattern, &*cohort, 3, study_inputs(*model, pattern)};
    std::vector<LaneIdentity> lanes = people(500);
    for (LaneIdentity& lane : lanes) {
      lane.study = *lane.subject % 50;
    }
    Batch batch(context, lanes);
    batch.enter_occasion(0);
    give(batch, 0, 1);
    give(batch, 0, 2);
    for (std::size_t lane = 0; lane < batch.people(); ++lane) {
      for (const model::Flow& flow : model->flows) {
        const double rate = batch.frame().slot(flow.rate_slot)[lane];
        ASSERT_TRUE(std::isfinite(rate) && rate >= 0) << model->id << ", lane " << lane << ": " << rate;
      }
      for (const model::Output& output : model->outputs) {
        const double scale = batch.frame().slot(output.scale_slot)[lane];
        ASSERT_TRUE(std::isfinite(scale) && scale > 0) << model->id << ", lane " << lane << ": " << scale;
      }
      for (const model::Route& route : model->routes) {
        for (const model::RouteInput& input : route.inputs) {
          const double share = batch.frame().slot(input.fraction_slot)[lane];
          ASSERT_TRUE(std::isfinite(share) && share >= 0) << model->id << ", " << route.name << ": " << share;
        }
      }
    }
  }
  EXPECT_EQ(models, 12U);
}

TEST(BatchDeath, AmountsForAnotherNumberOfPeopleAreOurMistake) {
  const Setting setting;
  const DrawContext context = setting.context();
  Batch batch(context, people(13));
  std::vector<double> amounts(12);
  EXPECT_DEATH(batch.administer(administration(0, 1), amounts, amounts), "one amount for each person or lane");
}

}  // namespace
}  // namespace racemate::population
