// The main job on the shipped data: the arithmetic, honesty about bases, and refusals.
#include "racemate/study/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace racemate::study {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

const Library& shipped() {
  static const Library library = [] {
    Result<Library> loaded = load_library(RACEMATE_SOURCE_DIR);
    if (!loaded) {
      for (const Diagnostic& problem : loaded.error()) ADD_FAILURE() << to_string(problem);
      return Library{};
    }
    return std::move(*loaded);
  }();
  return library;
}

Result<Comparison> run(const CompareOptions& options) {
  static const CancelToken never;
  return compare(shipped(), options, {}, never);
}

CompareOptions few(std::vector<std::string> patterns) {
  CompareOptions options;
  options.patterns = std::move(patterns);
  options.subjects = 64;
  options.studies = 16;
  options.weight_kg = 70;
  return options;
}

const Metric& metric(const PatternResult& pattern, const std::string& key) {
  const auto found =
      std::find_if(pattern.metrics.begin(), pattern.metrics.end(), [&](const Metric& m) { return m.key == key; });
  EXPECT_NE(found, pattern.metrics.end()) << key;
  return *found;
}

// What exact propagation would leave out is refused: an output of its own, amounts at the start, rates that move.
TEST(Compare, RefusesModelsThatItCannotPropagate) {
  struct Refusal {
    const char* old_text;
    const char* new_text;
    const char* reason;
  };
  const Result<std::string> text = read_file(RACEMATE_SOURCE_DIR "/bench/models/w1.toml");
  ASSERT_TRUE(text);
  for (const Refusal& refusal :
       {Refusal{"systemic = true", "systemic = true\ninitial = \"50[mg]\"", "initial amounts"},
        Refusal{"[outputs.parent]",
                "[outputs.mass]\ntitle = \"m\"\nvalue = \"amount.central\"\nunit = \"mg\"\n[outputs.parent]",
                "not the concentration"},
        Refusal{"clearance = \"CL\"", "clearance = \"CL / (1 + concentration.central / 1[mg/L])\"",
                "depend on time or amounts"}}) {
    std::string changed = *text;
    changed.replace(changed.find(refusal.old_text), std::string(refusal.old_text).size(), refusal.new_text);
    const std::string path = ::testing::TempDir() + "racemate-compare-" + std::to_string(::getpid()) + ".toml";
    std::ofstream(path) << changed;
    CompareOptions options = few({"iv-clinic"});
    options.model_of_pattern["iv-clinic"] = path;
    const auto result = run(options);
    std::filesystem::remove(path);
    ASSERT_FALSE(result) << refusal.reason;
    EXPECT_THAT(result.error().front().message, HasSubstr(refusal.reason));
  }
}

// 0.5 mg/kg x 70 kg x 26 sessions, 400 mg x 52 Saturdays; snorting is not infusion, so the systemic ratio is smaller.
TEST(Compare, TheArticlesArithmetic) {
  const auto result = run(few({"iv-clinic", "saturday-400mg"}));
  ASSERT_TRUE(result) << to_string(result.error().front());
  const PatternResult& clinic = result->patterns[0];
  const PatternResult& saturday = result->patterns[1];
  EXPECT_EQ(clinic.sessions, 26);
  EXPECT_EQ(saturday.sessions, 52);
  EXPECT_NEAR(*metric(clinic, "nominal_mg_per_year").typical, 910, 1e-9 * 910);
  EXPECT_NEAR(*metric(saturday, "nominal_mg_per_year").typical, 20'800, 1e-9 * 20'800);
  const double nominal_ratio = *metric(saturday, "nominal_mg_per_year").ratio_to_first.value;
  EXPECT_NEAR(nominal_ratio, 20'800.0 / 910, 1e-9);
  const double systemic_ratio = *metric(saturday, "systemic_mg_per_year").ratio_to_first.value;
  EXPECT_LT(systemic_ratio, nominal_ratio);
  // Powder is weighed as hydrochloride and is not pure: base = 0.867 x purity x nominal.
  const double base = *metric(saturday, "base_mg_per_year").typical;
  EXPECT_NEAR(base, 20'800 * 0.867 * 0.8, 1e-9 * base);
  // By vein everything is systemic.
  EXPECT_NEAR(*metric(clinic, "systemic_mg_per_year").typical, 910, 1e-9 * 910);
  // The article's "100 times": by the same arithmetic 91,000 mg a year, 1,750 mg a week.
  EXPECT_NEAR(100 * *metric(clinic, "nominal_mg_per_year").typical, 91'000, 1e-6);
  EXPECT_NEAR(91'000 / 52.0, 1'750, 1e-9);
}

TEST(Compare, TheLabelsFirstYear) {
  const auto result = run(few({"esketamine-label-trd", "esketamine-label-trd-weekly"}));
  ASSERT_TRUE(result) << to_string(result.error().front());
  EXPECT_EQ(result->patterns[0].sessions, 34);
  EXPECT_EQ(result->patterns[1].sessions, 56);
}

TEST(Compare, NoRatioAcrossSubstancesOrAnalytes) {
  const auto result = run(few({"iv-clinic", "esketamine-label-trd"}));
  ASSERT_TRUE(result) << to_string(result.error().front());
  for (const Metric& m : result->patterns[1].metrics) {
    EXPECT_FALSE(m.ratio_to_first.value) << m.key;
    EXPECT_THAT(m.ratio_to_first.reason, AnyOf(HasSubstr(" is not "), HasSubstr("not computed"))) << m.key;
  }
  for (const Metric& m : result->patterns[0].metrics) {
    if (!m.typical || *m.typical == 0) continue;
    EXPECT_EQ(m.ratio_to_first.value, 1.0) << m.key;
  }
}

TEST(Compare, ALevelIsReachedByNamedBridgesOrNotAtAll) {
  const auto result = run(few({"iv-clinic", "esketamine-label-trd"}));
  ASSERT_TRUE(result) << to_string(result.error().front());
  const Metric& racemate = metric(result->patterns[0], "hours_above.psychedelic-c50");
  ASSERT_TRUE(racemate.people);
  EXPECT_FALSE(racemate.notes.empty()) << "a bridge from racemate to S-ketamine must be printed with the number";
  const Metric& esketamine = metric(result->patterns[1], "hours_above.impairment");
  EXPECT_FALSE(esketamine.people);
  EXPECT_FALSE(esketamine.typical);
  EXPECT_THAT(esketamine.reason, HasSubstr("no bridge from S-ketamine to ketamine"));
}

// Dosing habits, evenings and lines have mean one: over people, the mean year is the stated one.
TEST(Compare, MeansOverPeopleAreThoseOfTheDraws) {
  CompareOptions options = few({"iv-clinic", "saturday-400mg"});
  options.subjects = 2000;
  options.studies = 0;
  const auto result = run(options);
  ASSERT_TRUE(result) << to_string(result.error().front());
  EXPECT_NEAR(metric(result->patterns[0], "nominal_mg_per_year").people->mean, 910, 1e-9 * 910);
  // CV between people 30%: the standard error of the mean of 2,000 is 0.7%; five of them.
  EXPECT_NEAR(metric(result->patterns[1], "nominal_mg_per_year").people->mean, 20'800, 0.035 * 20'800);
  for (const PatternResult& pattern : result->patterns) {
    for (const Metric& m : pattern.metrics) {
      if (!m.people || m.people->p95 == 0) continue;
      EXPECT_GT(m.people->mean, m.people->p5 * (1 - 2 * kSketchError)) << pattern.id << ", " << m.key;
      EXPECT_LT(m.people->mean, m.people->p95 * (1 + 2 * kSketchError)) << pattern.id << ", " << m.key;
    }
  }
}

// Inputs are drawn once per study: their relative spread over a year is that over a session, whatever the sessions.
TEST(Compare, UncertaintyOfInputsDoesNotAverageAway) {
  const auto result = run(few({"saturday-400mg"}));
  ASSERT_TRUE(result) << to_string(result.error().front());
  const OverInputs year = *metric(result->patterns[0], "auc_per_year").inputs;
  const OverInputs session = *metric(result->patterns[0], "auc_per_session").inputs;
  EXPECT_NEAR(year.p95 / year.p5, session.p95 / session.p5, 1e-9);
  EXPECT_GT(year.p95 / year.p5, 1.5) << "bioavailability between studies alone spans more than this";
  EXPECT_FALSE(result->patterns[0].sensitivity.empty());
}

TEST(Compare, ThePublishedPeakStandsBesideTheComputedOne) {
  const auto result = run(few({"iv-clinic"}));
  ASSERT_TRUE(result) << to_string(result.error().front());
  const auto& rows = result->patterns[0].observations;
  const auto zarate =
      std::find_if(rows.begin(), rows.end(), [](const ObservationRow& row) { return row.observed == 185; });
  ASSERT_NE(zarate, rows.end());
  EXPECT_NEAR(zarate->computed, 253.1, 0.005 * 253.1);
  // Two models cover adults by vein; the one in use comes first.
  const auto& spread = result->patterns[0].model_spread;
  ASSERT_GE(spread.size(), 2);
  EXPECT_TRUE(spread[0].used);
  EXPECT_EQ(spread[0].model, "kamp-2020");
}

TEST(Compare, EveryCitedKeyIsResolved) {
  CompareOptions options = few({});
  options.subjects = 8;
  options.studies = 4;
  const auto result = run(options);
  ASSERT_TRUE(result) << to_string(result.error().front());
  EXPECT_EQ(result->patterns.size(), shipped().default_patterns.size());
  for (const PatternResult& pattern : result->patterns) {
    EXPECT_FALSE(pattern.sources.empty()) << pattern.id;
    for (const std::string& key : pattern.sources) {
      EXPECT_TRUE(std::any_of(result->citations.begin(), result->citations.end(),
                              [&](const evidence::Citation& c) { return c.key == key; }))
          << pattern.id << ": " << key;
    }
    EXPECT_EQ(pattern.factors.size(), result->patterns.front().factors.size());
    EXPECT_EQ(pattern.metrics.size(), result->patterns.front().metrics.size());
  }
}

TEST(Compare, AllProblemsOfARequestAtOnce) {
  CompareOptions options = few({"iv-clinik", "saturday-400mg"});
  options.weight_kg = 900;
  options.overrides = {{"racemic-intranasal", "F26", "0.3"}};
  const auto result = run(options);
  ASSERT_FALSE(result);
  std::string all;
  for (const Diagnostic& problem : result.error()) all += to_string(problem) + "\n";
  EXPECT_THAT(all, HasSubstr("iv-clinic"));
  EXPECT_THAT(all, HasSubstr("900"));
  EXPECT_THAT(all, HasSubstr("F25"));
}

TEST(Compare, NumbersOutOfRangeAreRefused) {
  for (const auto& change : std::vector<void (*)(CompareOptions&)>{
           [](CompareOptions& o) { o.subjects = 0; }, [](CompareOptions& o) { o.days = -1; },
           [](CompareOptions& o) { o.days = 1e9; }, [](CompareOptions& o) { o.block = 4; },
           [](CompareOptions& o) { o.weight_kg = 0; }}) {
    CompareOptions options = few({"iv-clinic"});
    change(options);
    EXPECT_FALSE(run(options));
  }
}

TEST(Compare, AnOverrideChangesTheResultAndIsInTheManifest) {
  CompareOptions options = few({"iv-clinic"});
  const auto before = run(options);
  options.overrides = {{"kamp-2020", "CL", "42 L/h"}};
  const auto after = run(options);
  ASSERT_TRUE(before && after);
  EXPECT_NEAR(
      *metric(after->patterns[0], "auc_per_year").typical / *metric(before->patterns[0], "auc_per_year").typical, 2,
      0.01);
  EXPECT_THAT(after->manifest.overrides, ::testing::Contains("kamp-2020.CL = 42 L/h"));
  EXPECT_THAT(after->manifest.command, HasSubstr("--set 'kamp-2020.CL=42 L/h'"));
}

TEST(Compare, ACancelledRunReturnsNothing) {
  CancelToken cancel;
  cancel.cancel();
  const auto result = compare(shipped(), few({"iv-clinic"}), {}, cancel);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().front().code, ErrorCode::kInterrupted);
}

}  // namespace
}  // namespace racemate::study
