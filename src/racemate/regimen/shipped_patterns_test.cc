// The patterns that come with Racemate: they load, and their yearly arithmetic is that of their sources.
#include <gtest/gtest.h>

#include <filesystem>

#include "racemate/regimen/timeline.h"

namespace racemate::regimen {
namespace {

const std::string kSource = RACEMATE_SOURCE_DIR;
constexpr double kAdult_kg = 70;

// The keys that the patterns cite, so that their arithmetic is tested without the evidence files.
evidence::Library cited_keys() {
  evidence::Library library;
  for (const char* key : {"andrade-2017", "berman-2000", "darke-2021", "harding-2025", "rems-386", "sanacora-2017",
                          "seed-article", "spravato-label"}) {
    library.citations[key] = {key, key, "", "", ""};
  }
  return library;
}

Pattern shipped(const std::string& id) {
  static const evidence::Library library = cited_keys();
  const Result<Pattern> pattern = load_pattern(kSource + "/patterns/" + id + ".toml", library);
  if (!pattern) {
    for (const Diagnostic& diagnostic : pattern.error()) {
      ADD_FAILURE() << to_string(diagnostic);
    }
    return {};
  }
  EXPECT_EQ(pattern->id, id) << "a file is called after its pattern";
  return *pattern;
}

struct Year {
  std::size_t sessions = 0;
  double nominal_mg = 0;
};
Year year_of(const std::string& id) {
  const Pattern pattern = shipped(id);
  const Result<Timeline> timeline = expand(pattern, Duration::from_days(364));
  if (!timeline) {
    ADD_FAILURE() << to_string(timeline.error()[0]);
    return {};
  }
  Year year;
  year.sessions = timeline->sessions.size();
  for (const Administration& administration : timeline->administrations) {
    year.nominal_mg += nominal_mg(pattern.doses[administration.dose], kAdult_kg);
  }
  return year;
}

TEST(ShippedPatterns, ClinicInfusionIs910MilligramsAYear) {
  const Year year = year_of("iv-clinic");
  EXPECT_EQ(year.sessions, 26U);
  EXPECT_NEAR(year.nominal_mg, 910, 1e-9);
}

TEST(ShippedPatterns, SaturdaysAre22Point9TimesTheClinic) {
  const Year saturdays = year_of("saturday-400mg");
  EXPECT_EQ(saturdays.sessions, 52U);
  EXPECT_NEAR(saturdays.nominal_mg, 20'800, 1e-9);
  EXPECT_NEAR(saturdays.nominal_mg / year_of("iv-clinic").nominal_mg, 22.857, 5e-4);
}

TEST(ShippedPatterns, AHundredTimesTheClinicIs1750MilligramsAWeek) {
  const double hundredfold_mg = 100 * year_of("iv-clinic").nominal_mg;
  EXPECT_NEAR(hundredfold_mg, 91'000, 1e-6);
  EXPECT_NEAR(hundredfold_mg / 52, 1'750, 1e-6);
  EXPECT_LT(year_of("saturday-400mg").nominal_mg, hundredfold_mg) << "the article's own example stays below";
  EXPECT_GT(year_of("kud-sample-2g-daily").nominal_mg, hundredfold_mg);
}

TEST(ShippedPatterns, LabelHas34Or56SessionsInTheFirstYear) {
  const Year every_two_weeks = year_of("esketamine-label-trd");
  EXPECT_EQ(every_two_weeks.sessions, 34U);
  EXPECT_NEAR(every_two_weeks.nominal_mg, 56 + 33 * 84, 1e-9);
  const Year weekly = year_of("esketamine-label-trd-weekly");
  EXPECT_EQ(weekly.sessions, 56U);
  EXPECT_NEAR(weekly.nominal_mg, 56 + 55 * 84, 1e-9);
}

TEST(ShippedPatterns, LabelStartsWithTwoDevicesFiveMinutesApart) {
  const Result<Timeline> timeline = expand(shipped("esketamine-label-trd"), Duration::from_days(364));
  ASSERT_TRUE(timeline);
  ASSERT_EQ(timeline->sessions[0].administrations, 2U);
  EXPECT_EQ(timeline->sessions[1].administrations, 3U);
  EXPECT_EQ(timeline->administrations[1].time - timeline->administrations[0].time, Duration::from_minutes(5));
  EXPECT_EQ(timeline->sessions[1].start - timeline->sessions[0].start, Duration::from_days(3));
}

TEST(ShippedPatterns, TrialCourseThenMaintenance) {
  const Year year = year_of("iv-trial-course");
  EXPECT_EQ(year.sessions, 6U + 16U);
}

TEST(ShippedPatterns, WeekendsAndDailyUse) {
  const Year nights = year_of("snorted-weekend-nights");
  EXPECT_EQ(nights.sessions, 104U);
  EXPECT_NEAR(nights.nominal_mg, 104 * 150, 1e-6);
  const Year bumps = year_of("weekend-bumps");
  EXPECT_EQ(bumps.sessions, 52U);
  EXPECT_NEAR(bumps.nominal_mg, 52 * 24 * 15, 1e-6);
  const Year daily = year_of("kud-sample-2g-daily");
  EXPECT_EQ(daily.sessions, 364U);
  EXPECT_NEAR(daily.nominal_mg, 364 * 2000, 1e-6);
}

// The first TOML block of a document.
std::string first_example(const std::string& text) {
  const std::string opening = "```toml\n";
  const std::size_t begin = text.find(opening) + opening.size();
  return text.substr(begin, text.find("```", begin) - begin);
}

TEST(PatternFormat, TheFiveMinuteExampleIsAPattern) {
  const Result<std::string> text = read_file(kSource + "/docs/pattern-format.md");
  ASSERT_TRUE(text);
  const Result<Document> document = parse_document(first_example(*text), "mine.toml");
  ASSERT_TRUE(document);
  const Result<Pattern> pattern = parse_pattern(*document, "mine.toml", evidence::Library{});
  ASSERT_TRUE(pattern) << to_string(pattern.error()[0]);
  EXPECT_EQ(pattern->id, "mine");
  const Result<Timeline> timeline = expand(*pattern, Duration::from_days(364));
  ASSERT_TRUE(timeline);
  EXPECT_EQ(timeline->administrations.size(), 104U);
}

TEST(ShippedPatterns, EveryKeyIsInTheShippedEvidence) {
  const Result<evidence::Library> library = evidence::load_library(kSource + "/evidence");
  ASSERT_TRUE(library) << to_string(library.error()[0]);
  for (const auto& entry : std::filesystem::directory_iterator(kSource + "/patterns")) {
    const Result<Pattern> pattern = load_pattern(entry.path().string(), *library);
    EXPECT_TRUE(pattern) << to_string(pattern.error()[0]);
  }
}

TEST(ShippedPatterns, EveryFileLoadsAndNamesWhatItDoesNotKnow) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kSource + "/patterns")) {
    if (entry.path().extension() != ".toml") {
      continue;
    }
    ++files;
    const Pattern pattern = shipped(entry.path().stem().string());
    EXPECT_FALSE(pattern.summary.empty()) << pattern.id;
    EXPECT_FALSE(pattern.sources.empty()) << pattern.id;
    EXPECT_FALSE(pattern.setting.empty()) << pattern.id;
    EXPECT_FALSE(pattern.assumptions.empty()) << pattern.id;
    for (const SessionDose& dose : pattern.doses) {
      EXPECT_TRUE(dose.amount.provenance.assumption() || !dose.amount.provenance.sources.empty()) << pattern.id;
    }
    if (pattern.kind == Kind::kNonMedical) {
      EXPECT_TRUE(pattern.purity.range) << pattern.id << ": nobody knows the purity of street powder";
      EXPECT_EQ(pattern.form, Form::kHydrochloride) << pattern.id;
      EXPECT_TRUE(pattern.form_provenance.assumption()) << pattern.id;
    } else {
      EXPECT_EQ(pattern.form, Form::kBase) << pattern.id;
    }
  }
  EXPECT_EQ(files, 8U);
}

}  // namespace
}  // namespace racemate::regimen
