#include "racemate/regimen/pattern.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "racemate/regimen/testing.h"

namespace racemate::regimen {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::head_of_pattern;
using testing::parse_tables;
using testing::parse_text;

constexpr std::uint32_t kHeadLines = 7;  // lines of head_of_pattern()

const std::string kSaturdays = "[schedule]\nweekdays = [\"Sat\"]\n";

std::string all_messages(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    text += to_string(diagnostic) + "\n";
  }
  return text;
}

Pattern must_parse(const std::string& tables) {
  Result<Pattern> pattern = parse_tables(tables);
  EXPECT_TRUE(pattern) << (pattern ? "" : all_messages(pattern.error()));
  return pattern ? *pattern : Pattern{};
}

TEST(Pattern, ReadsTheSmallestFile) {
  const Pattern pattern = must_parse("[dose]\namount = \"400 mg\"\n" + kSaturdays);
  ASSERT_EQ(pattern.doses.size(), 1U);
  EXPECT_EQ(pattern.doses[0].kind, DoseKind::kMilligrams);
  EXPECT_EQ(pattern.doses[0].amount.value, 400);
  EXPECT_EQ(pattern.doses[0].amount.name, "dose");
  EXPECT_EQ(pattern.doses[0].amount.written, "400 mg");
  EXPECT_EQ(pattern.doses[0].units, 1);
  EXPECT_EQ(pattern.doses[0].duration, Duration());
  EXPECT_EQ(pattern.purity.value, 1);
  EXPECT_TRUE(pattern.purity.provenance.assumption());
  ASSERT_EQ(pattern.phases.size(), 1U);
  EXPECT_THAT(pattern.phases[0].weekdays, ElementsAre(5));
  EXPECT_EQ(pattern.phases[0].first_week, 1);
  EXPECT_FALSE(pattern.phases[0].last_week);
  EXPECT_EQ(pattern.file, "mine.toml");
  EXPECT_EQ(pattern.sha256.size(), 64U);
}

TEST(Pattern, DoseByWeightOverATime) {
  const Pattern pattern = must_parse(
      "[dose]\namount = \"0.5 mg/kg\"\nduration = \"40 min\"\ncap = \"60 mg\"\n[schedule]\nstart_time = "
      "\"20:30\"\nevery = "
      "\"14 d\"\n");
  ASSERT_EQ(pattern.doses.size(), 1U);
  EXPECT_EQ(pattern.doses[0].kind, DoseKind::kMilligramsPerKilogram);
  EXPECT_DOUBLE_EQ(nominal_mg(pattern.doses[0], 70), 35);
  EXPECT_DOUBLE_EQ(nominal_mg(pattern.doses[0], 200), 60) << "the cap";
  EXPECT_EQ(pattern.doses[0].duration, Duration::from_minutes(40));
  EXPECT_EQ(pattern.phases[0].every_days, 14);
  EXPECT_EQ(pattern.session_start, Duration::from_minutes(20 * 60 + 30));
}

TEST(Pattern, KetamineAloneIsNotCompletedToTheOtherProduct) {
  const Result<Document> document = parse_document("substance = \"ketamine\"\n", "mine.toml");
  ASSERT_TRUE(document);
  const Result<Pattern> pattern = parse_pattern(*document, "mine.toml", {});
  ASSERT_FALSE(pattern);
  bool said = false;
  for (const Diagnostic& problem : pattern.error()) {
    EXPECT_EQ(problem.hint.find("did you mean 'esketamine'"), std::string::npos);
    said = said || problem.message == "'ketamine' does not say which";
  }
  EXPECT_TRUE(said);
}

TEST(Pattern, EveryForCountsAdministrationsThatStartInTheTime) {
  EXPECT_EQ(must_parse("[dose]\namount = \"15 mg\"\nevery = \"20 min\"\nfor = \"8 h\"\n" + kSaturdays).doses[0].units,
            24);
  EXPECT_EQ(
      must_parse("[dose]\namount = \"15 mg\"\nevery = \"20 min\"\nfor = \"50 min\"\n" + kSaturdays).doses[0].units, 3)
      << "at 0, 20 and 40 min";
  EXPECT_EQ(must_parse("[dose]\namount = \"15 mg\"\nevery = \"20 min\"\nfor = \"1 min\"\n" + kSaturdays).doses[0].units,
            1);
}

TEST(Pattern, UnitsGivenTogether) {
  const Pattern pattern = must_parse("[dose]\namount = \"28 mg\"\nunits = 3\nevery = \"0 min\"\n" + kSaturdays);
  EXPECT_EQ(pattern.doses[0].units, 3);
  EXPECT_EQ(session_length(pattern.doses[0]), Duration());
}

TEST(Pattern, SessionTotalIsDivided) {
  const Pattern pattern = must_parse(
      "[dose]\nsession_total = { value = \"2 g\", low = \"1 g\", high = \"4 g\", shape = \"log-uniform\" }\n"
      "units = { value = 10, low = 4, high = 40, note = \"a guess\" }\nevery = \"90 min\"\n" +
      kSaturdays);
  const SessionDose& dose = pattern.doses[0];
  EXPECT_DOUBLE_EQ(dose.amount.value, 200);
  ASSERT_TRUE(dose.amount.range);
  EXPECT_EQ(dose.amount.range->shape, evidence::InputRange::Shape::kLogUniform);
  EXPECT_DOUBLE_EQ(dose.amount.range->low, 100);
  EXPECT_DOUBLE_EQ(dose.amount.range->high, 400);
  EXPECT_EQ(dose.amount.written, "2 g in 10");
  ASSERT_TRUE(dose.units_range);
  EXPECT_EQ(dose.units_range->low, 4);
  EXPECT_EQ(dose.units_range->high, 40);
  EXPECT_TRUE(dose.units_range->provenance.assumption());

  const Pattern coarse = divided_otherwise(pattern, 0, 4);
  EXPECT_EQ(coarse.doses[0].units, 4);
  EXPECT_DOUBLE_EQ(coarse.doses[0].amount.value * 4, 2000);
  EXPECT_DOUBLE_EQ(coarse.doses[0].amount.range->high * 4, 4000);
  EXPECT_EQ(coarse.doses[0].spacing, Duration::from_minutes(225));
}

TEST(Pattern, UncertainValuesCarryTheirRangeAndProvenance) {
  const Pattern pattern = must_parse(
      "source = \"some-paper\"\n"
      "purity = { value = 0.8, low = 0.5, high = 1, tier = \"assumption\", note = \"unknown\" }\n"
      "[dose]\namount = \"400 mg\"\nbetween_people = 0.3\nbetween_occasions = 0.2\nbetween_doses = 0.1\n" +
      kSaturdays);
  ASSERT_TRUE(pattern.purity.range);
  EXPECT_EQ(pattern.purity.range->low, 0.5);
  EXPECT_EQ(pattern.purity.range->shape, evidence::InputRange::Shape::kTriangular);
  EXPECT_TRUE(pattern.purity.provenance.assumption());
  EXPECT_EQ(pattern.purity.written, "0.8");
  EXPECT_THAT(pattern.doses[0].amount.provenance.sources, ElementsAre("some-paper")) << "inherited from the pattern";
  EXPECT_EQ(pattern.doses[0].amount.cv_between_people, 0.3);
  EXPECT_EQ(pattern.doses[0].amount.cv_between_occasions, 0.2);
  EXPECT_EQ(pattern.doses[0].amount.cv_between_doses, 0.1);
}

TEST(Pattern, WithoutASourceEverythingIsAnAssumption) {
  const Pattern pattern = must_parse("[dose]\namount = \"400 mg\"\n" + kSaturdays);
  EXPECT_TRUE(pattern.doses[0].amount.provenance.assumption());
  EXPECT_TRUE(pattern.form_provenance.assumption());
  EXPECT_TRUE(pattern.phases[0].provenance.assumption());
}

TEST(Pattern, PhasesFollowNamedDoses) {
  const Pattern pattern = must_parse(
      "[doses.first]\namount = \"56 mg\"\n[doses.later]\namount = \"84 mg\"\n"
      "[[phase]]\nname = \"day 1\"\nweeks = [1, 1]\nweekdays = [\"Mon\"]\ndose = \"first\"\n"
      "[[phase]]\nweeks = [1, 1]\nweekdays = [\"Thu\"]\ndose = \"later\"\n"
      "[[phase]]\nfrom_week = 2\nweekdays = [\"Thu\", \"Mon\"]\nevery_weeks = 2\nsessions = 5\ndose = \"later\"\n");
  ASSERT_EQ(pattern.phases.size(), 3U);
  EXPECT_EQ(pattern.phases[0].name, "day 1");
  EXPECT_EQ(pattern.phases[0].dose, 0U);
  EXPECT_EQ(pattern.phases[1].dose, 1U);
  EXPECT_EQ(pattern.phases[1].name, "phase 2");
  EXPECT_THAT(pattern.phases[2].weekdays, ElementsAre(0, 3));
  EXPECT_EQ(pattern.phases[2].first_week, 2);
  EXPECT_EQ(pattern.phases[2].every_weeks, 2);
  EXPECT_EQ(pattern.phases[2].sessions_limit, 5);
}

TEST(Pattern, PhasesMayShareWeeksButNotDays) {
  const std::string daily = "[[phase]]\nevery = \"7 d\"\n[[phase]]\nfrom_week = 3\nweekdays = [\"";
  must_parse("[dose]\namount = \"56 mg\"\n" + daily + "Tue\"]\n");
  EXPECT_FALSE(parse_tables("[dose]\namount = \"56 mg\"\n" + daily + "Mon\"]\n"));
}

TEST(Pattern, AlternatingWeeksDoNotOverlap) {
  must_parse(
      "[dose]\namount = \"56 mg\"\n"
      "[[phase]]\nweekdays = [\"Mon\"]\nevery_weeks = 2\n[[phase]]\nfrom_week = 2\nweekdays = [\"Mon\"]\nevery_weeks = "
      "2\n");
}

constexpr std::uint32_t kWholeFile = 0;  // something absent from the file itself

// One mistake, what it is called, the line (counted after the head) and what the message must say.
struct Mistake {
  const char* name;
  const char* tables;
  ErrorCode code;
  std::uint32_t line;
  const char* says;
};

void PrintTo(const Mistake& mistake, std::ostream* stream) { *stream << mistake.name; }

class PatternMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(PatternMistake, IsReportedOnceAtItsPlace) {
  const Mistake& mistake = GetParam();
  const Result<Pattern> pattern = parse_tables(mistake.tables);
  ASSERT_FALSE(pattern) << "accepted";
  ASSERT_EQ(pattern.error().size(), 1U) << all_messages(pattern.error());
  const Diagnostic& diagnostic = pattern.error()[0];
  EXPECT_EQ(diagnostic.code, mistake.code) << to_string(diagnostic);
  EXPECT_EQ(diagnostic.where.file, "mine.toml");
  const std::uint32_t line = mistake.line == kWholeFile ? 1 : kHeadLines + mistake.line;
  EXPECT_EQ(diagnostic.where.line, line) << to_string(diagnostic);
  EXPECT_GT(diagnostic.where.column, 0U);
  EXPECT_THAT(to_string(diagnostic), HasSubstr(mistake.says));
}

#define RM_SATURDAYS "[schedule]\nweekdays = [\"Sat\"]\n"
#define RM_DOSE "[dose]\namount = \"400 mg\"\n"

const Mistake kMistakes[] = {
    {"EveryZeroDays", RM_DOSE "[schedule]\nevery = \"0 d\"\n", ErrorCode::kOutOfRange, 4, "never ends"},
    {"EveryHalfDay", RM_DOSE "[schedule]\nevery = \"12 h\"\n", ErrorCode::kOutOfRange, 4, "whole number of days"},
    {"NoDays", RM_DOSE "[schedule]\nstart_time = \"10:00\"\n", ErrorCode::kMissingField, 3, "never starts"},
    {"EmptyDays", RM_DOSE "[schedule]\nweekdays = []\n", ErrorCode::kOutOfRange, 4, "never starts"},
    {"NoSchedule", RM_DOSE, ErrorCode::kMissingField, kWholeFile, "no calendar"},
    {"WeeksReversed", RM_DOSE "[schedule]\nweekdays = [\"Sat\"]\nweeks = [8, 5]\n", ErrorCode::kInconsistent, 5,
     "weeks = [5, 8]"},
    {"WeekZero", RM_DOSE "[schedule]\nweekdays = [\"Sat\"]\nweeks = [0, 5]\n", ErrorCode::kOutOfRange, 5, "from 1"},
    {"WeeksOfOne", RM_DOSE "[schedule]\nweekdays = [\"Sat\"]\nweeks = [4]\n", ErrorCode::kWrongType, 5, "[1, 4]"},
    {"WeeksAndFromWeek", RM_DOSE "[schedule]\nweekdays = [\"Sat\"]\nweeks = [1, 4]\nfrom_week = 2\n",
     ErrorCode::kInconsistent, 6, "from_week"},
    {"WeekdaysAndEvery", RM_DOSE "[schedule]\nweekdays = [\"Sat\"]\nevery = \"7 d\"\n", ErrorCode::kInconsistent, 5,
     "one of the two"},
    {"EveryWeeksWithEvery", RM_DOSE "[schedule]\nevery = \"7 d\"\nevery_weeks = 2\n", ErrorCode::kInconsistent, 5,
     "weekdays"},
    {"UnknownWeekday", RM_DOSE "[schedule]\nweekdays = [\"Sut\"]\n", ErrorCode::kUnknownName, 4, "Sut"},
    {"WeekdayTwice", RM_DOSE "[schedule]\nweekdays = [\"Sat\", \"Sat\"]\n", ErrorCode::kInconsistent, 4, "twice"},
    {"StartTime", RM_DOSE "[schedule]\nweekdays = [\"Sat\"]\nstart_time = \"24:00\"\n", ErrorCode::kOutOfRange, 5,
     "HH:MM"},
    {"OverlappingPhases",
     RM_DOSE "[[phase]]\nweeks = [1, 4]\nweekdays = [\"Mon\"]\n[[phase]]\nfrom_week = 4\nweekdays = [\"Mon\"]\n",
     ErrorCode::kInconsistent, 6, "overlap"},
    {"OverlappingDailyPhase", RM_DOSE "[[phase]]\nweekdays = [\"Mon\"]\n[[phase]]\nfrom_week = 4\nevery = \"10 d\"\n",
     ErrorCode::kInconsistent, 5, "overlap"},
    {"SessionsOverlapWeekdays",
     "[dose]\namount = \"15 mg\"\nevery = \"20 min\"\nfor = \"25 h\"\n"
     "[schedule]\nweekdays = [\"Fri\", \"Sat\"]\n",
     ErrorCode::kInconsistent, 5,
     "starts at week 1, Sat 00:00 before the one of 'schedule' that started at week 1, Fri"},
    {"SessionsOverlapDaily", "[dose]\namount = \"15 mg\"\nduration = \"25 h\"\n[schedule]\nevery = \"1 d\"\n",
     ErrorCode::kInconsistent, 4, "lasts 25 h"},
    {"NoDose", RM_SATURDAYS, ErrorCode::kMissingField, kWholeFile, "no dose"},
    {"NoAmount", "[dose]\nunits = 1\n" RM_SATURDAYS, ErrorCode::kMissingField, 1, "amount"},
    {"DoseZero", "[dose]\namount = \"0 mg\"\n" RM_SATURDAYS, ErrorCode::kOutOfRange, 2, "amount"},
    {"DoseNegative", "[dose]\namount = \"-400 mg\"\n" RM_SATURDAYS, ErrorCode::kOutOfRange, 2, "amount"},
    {"DoseImplausible", "[dose]\namount = \"11 g\"\n" RM_SATURDAYS, ErrorCode::kOutOfRange, 2, "amount"},
    {"DoseByWeightImplausible", "[dose]\namount = \"101 mg/kg\"\n" RM_SATURDAYS, ErrorCode::kOutOfRange, 2, "amount"},
    {"DoseNaN", "[dose]\namount = \"nan mg\"\n" RM_SATURDAYS, ErrorCode::kWrongType, 2, "nan"},
    {"DoseWithoutUnit", "[dose]\namount = 400\n" RM_SATURDAYS, ErrorCode::kUnknownUnit, 2, "mg"},
    {"DoseUnknownUnit", "[dose]\namount = \"400 mgs\"\n" RM_SATURDAYS, ErrorCode::kUnknownUnit, 2, "mgs"},
    {"DoseWrongDimension", "[dose]\namount = \"400 mL\"\n" RM_SATURDAYS, ErrorCode::kWrongDimension, 2, "mg"},
    {"AmountAndTotal", "[dose]\namount = \"4 mg\"\nsession_total = \"4 mg\"\n" RM_SATURDAYS, ErrorCode::kInconsistent,
     3, "session_total"},
    {"DoseAndDoses", RM_DOSE "[doses.a]\namount = \"4 mg\"\n" RM_SATURDAYS, ErrorCode::kInconsistent, 3, "[dose]"},
    {"UnitsZero", "[dose]\namount = \"4 mg\"\nunits = 0\n" RM_SATURDAYS, ErrorCode::kOutOfRange, 3, "units"},
    {"UnitsWithoutEvery", "[dose]\namount = \"4 mg\"\nunits = 2\n" RM_SATURDAYS, ErrorCode::kMissingField, 3, "every"},
    {"ForWithoutEvery", "[dose]\namount = \"4 mg\"\nfor = \"2 h\"\n" RM_SATURDAYS, ErrorCode::kMissingField, 3,
     "every"},
    {"UnitsAndFor", "[dose]\namount = \"4 mg\"\nunits = 2\nevery = \"1 h\"\nfor = \"2 h\"\n" RM_SATURDAYS,
     ErrorCode::kInconsistent, 5, "units"},
    {"BumpsThatNeverEnd", "[dose]\namount = \"4 mg\"\nevery = \"0 min\"\nfor = \"2 h\"\n" RM_SATURDAYS,
     ErrorCode::kOutOfRange, 3, "never fill"},
    {"TooManyBumps", "[dose]\namount = \"4 mg\"\nevery = \"1 s\"\nfor = \"20 h\"\n" RM_SATURDAYS,
     ErrorCode::kOutOfRange, 3, "72000"},
    {"SessionTooLong", "[dose]\namount = \"4 mg\"\nunits = 100\nevery = \"1 d\"\n[schedule]\nevery = \"300 d\"\n",
     ErrorCode::kOutOfRange, 4, "lasts"},
    {"InfusionsInOneAnother",
     "[dose]\namount = \"4 mg\"\nunits = 2\nevery = \"1 h\"\nduration = \"2 h\"\n" RM_SATURDAYS,
     ErrorCode::kInconsistent, 5, "duration"},
    {"ValueOutsideRange", "[dose]\namount = { value = \"40 mg\", low = \"5 mg\", high = \"30 mg\" }\n" RM_SATURDAYS,
     ErrorCode::kInconsistent, 2, "outside its own range"},
    {"RangeReversed", "[dose]\namount = { value = \"20 mg\", low = \"30 mg\", high = \"5 mg\" }\n" RM_SATURDAYS,
     ErrorCode::kInconsistent, 2, "low < high"},
    {"HalfARange", "[dose]\namount = { value = \"20 mg\", low = \"5 mg\" }\n" RM_SATURDAYS, ErrorCode::kMissingField, 2,
     "high"},
    {"ShapeWithoutRange", "[dose]\namount = { value = \"20 mg\", shape = \"uniform\" }\n" RM_SATURDAYS,
     ErrorCode::kInconsistent, 2, "shape"},
    {"UnitsOutsideRange",
     "[dose]\namount = \"4 mg\"\nunits = { value = 4, low = 5, high = 8 }\nevery = \"1 h\"\n" RM_SATURDAYS,
     ErrorCode::kInconsistent, 3, "range"},
    {"PurityAboveOne", "purity = 1.2\n" RM_DOSE RM_SATURDAYS, ErrorCode::kOutOfRange, 1, "purity"},
    {"PurityZero", "purity = 0\n" RM_DOSE RM_SATURDAYS, ErrorCode::kOutOfRange, 1, "purity"},
    {"VariationNegative", RM_DOSE "between_people = -0.1\n" RM_SATURDAYS, ErrorCode::kOutOfRange, 3, "between_people"},
    {"UnknownCitation", "source = \"some-papers\"\n" RM_DOSE RM_SATURDAYS, ErrorCode::kUnknownName, 1, "some-paper"},
    {"UnknownField", RM_DOSE "durration = \"40 min\"\n" RM_SATURDAYS, ErrorCode::kUnknownField, 3, "duration"},
    {"UnknownDoseName",
     "[doses.a]\namount = \"4 mg\"\n[doses.b]\namount = \"5 mg\"\n[schedule]\nweekdays = "
     "[\"Sat\"]\ndose = \"c\"\n",
     ErrorCode::kUnknownName, 7, "'c'"},
    {"DoseThatNobodyFollows",
     "[doses.a]\namount = \"4 mg\"\n[doses.b]\namount = \"5 mg\"\n" RM_SATURDAYS "dose = \"a\"\n",
     ErrorCode::kInconsistent, 3, "'b'"},
    {"DoseOfPhaseNotSaid", "[doses.a]\namount = \"4 mg\"\n[doses.b]\namount = \"5 mg\"\n" RM_SATURDAYS,
     ErrorCode::kMissingField, 5, "a, b"},
};

INSTANTIATE_TEST_SUITE_P(All, PatternMistake, ::testing::ValuesIn(kMistakes),
                         [](const ::testing::TestParamInfo<Mistake>& tested) { return tested.param.name; });

TEST(PatternHead, NamesAreClosedAndSuggested) {
  std::string text = head_of_pattern() + "[dose]\namount = \"4 mg\"\n" + kSaturdays;
  text.replace(text.find("intravenous"), 11, "intravenus");
  text.replace(text.find("racemic ketamine"), 16, "racemic ketamin");
  text.replace(text.find("clinical"), 8, "clinicle");
  text.replace(text.find("\"base\""), 6, "\"salt\"");
  text.replace(text.find("\"mine\""), 6, "\"My Id\"");
  const Result<Pattern> pattern = parse_text(text);
  ASSERT_FALSE(pattern);
  EXPECT_EQ(pattern.error().size(), 5U);
  EXPECT_THAT(all_messages(pattern.error()),
              AllOf(HasSubstr("mine.toml:7:"), HasSubstr("intravenous"), HasSubstr("mine.toml:5:"),
                    HasSubstr("racemic ketamine"), HasSubstr("mine.toml:4:"), HasSubstr("mine.toml:6:"),
                    HasSubstr("mine.toml:2:")));
}

TEST(PatternHead, AnotherSchemaIsRefused) {
  std::string text = head_of_pattern() + "[dose]\namount = \"4 mg\"\n" + kSaturdays;
  text.replace(text.find("pattern/1"), 9, "pattern/9");
  const Result<Pattern> pattern = parse_text(text);
  ASSERT_FALSE(pattern);
  EXPECT_EQ(pattern.error()[0].where.line, 1U);
}

TEST(Pattern, ReportsAllProblemsOfAFile) {
  const Result<Pattern> pattern = parse_tables(
      "purity = 3\n[dose]\namount = \"0 mg\"\nevery = \"20 min\"\nfor = \"8 parsec\"\ncolour = 1\n"
      "[schedule]\nweekdays = [\"Caturday\"]\nweeks = [2, 1]\n");
  ASSERT_FALSE(pattern);
  EXPECT_EQ(pattern.error().size(), 6U) << all_messages(pattern.error());
}

TEST(Pattern, TomlNanIsRefused) {
  const Result<Pattern> pattern = parse_tables("purity = nan\n[dose]\namount = \"4 mg\"\n" + kSaturdays);
  ASSERT_FALSE(pattern);
  EXPECT_EQ(pattern.error()[0].where.line, kHeadLines + 1);
}

TEST(Pattern, MissingFileAndDirectory) {
  const evidence::Library library;
  const Result<Pattern> missing = load_pattern("/nonexistent/mine.toml", library);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error()[0].code, ErrorCode::kFileUnreadable);
  const Result<Pattern> directory = load_pattern("/", library);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error()[0].code, ErrorCode::kFileUnreadable);
}

}  // namespace
}  // namespace racemate::regimen
