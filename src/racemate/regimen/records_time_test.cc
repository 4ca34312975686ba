#include "racemate/regimen/records_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "racemate/regimen/records.h"

namespace racemate::regimen {
namespace {

using ::testing::AllOf;
using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Times {
  std::vector<double> hours;
  std::vector<std::string> problems;
};

// Of "ID,AMT,..." rows whose first two cells are written here: one subject, no doses.
Times read(const std::string& columns, const std::vector<std::string>& rows, const RecordOptions& options = {}) {
  std::string text = "ID,AMT," + columns + "\n";
  for (const std::string& row : rows) text += "1,.," + row + "\n";
  const auto set = read_records(text, "d.csv", options);
  Times times;
  if (set) {
    for (const Record& record : set->records) times.hours.push_back(record.time_h);
  } else {
    for (const Diagnostic& problem : set.error()) times.problems.push_back(to_string(problem));
  }
  return times;
}

// The examples of the guide to NM-TRAN.
TEST(RecordsTime, ClockTimesCountFromTheFirstRecord) {
  EXPECT_THAT(read("TIME", {"8:00", "14:45", "14.75", "26:30:36"}).hours, ElementsAre(0, 6.75, 6.75, 18.51));
  // The clock time comes last: the hours before it were on the clock too.
  EXPECT_THAT(read("TIME", {"8", "9.5", "10:00"}).hours, ElementsAre(0, 1.5, 2));
  EXPECT_THAT(read("TIME", {"-1:30", "0:00"}).hours, ElementsAre(0, 1.5));
  // Without one, hours stay as they are written.
  EXPECT_THAT(read("TIME", {"8", "9.5"}).hours, ElementsAre(8, 9.5));
}

TEST(RecordsTime, EverySubjectHasItsOwnFirstRecord) {
  const auto set = read_records(
      "ID,AMT,TIME,DATE\n1,.,9:15,10-1-86\n1,.,8:30,10/2/1986\n2,.,8,10/12/86\n2,.,10,10/14/86\n", "d.csv");
  ASSERT_TRUE(set.has_value()) << to_string(set.error().front());
  EXPECT_EQ(set->records[0].time_h, 0);
  EXPECT_EQ(set->records[1].time_h, 23.25);
  EXPECT_EQ(set->records[2].time_h, 0);
  EXPECT_EQ(set->records[3].time_h, 50);
}

TEST(RecordsTime, TheNameOfADateColumnIsTheOrderOfItsParts) {
  // 28 February to 1 March of a leap year: two days.
  EXPECT_THAT(read("DATE,TIME", {"2/28/2024,0", "3/1/2024,0"}).hours, ElementsAre(0, 48));
  EXPECT_THAT(read("DAT1,TIME", {"28.2.2024,0", "1.3.2024,0"}).hours, ElementsAre(0, 48));
  EXPECT_THAT(read("dat2,TIME", {"2024-02-28,0", "2024-03-01,0"}).hours, ElementsAre(0, 48));
  EXPECT_THAT(read("DAT3,TIME", {"2024 28 2,0", "2024 1 3,0"}).hours, ElementsAre(0, 48));
  EXPECT_THAT(read("DATE,TIME", {"2/28/2023,0", "3/1/2023,0"}).hours, ElementsAre(0, 24));
  // 50 is 2050, 51 is 1951.
  EXPECT_THAT(read("DATE,TIME", {"1/1/51,0", "1/1/1952,0"}).hours, ElementsAre(0, 365 * 24));
  EXPECT_THAT(read("DATE,TIME", {"1/1/50,0", "1/1/2051,0"}).hours, ElementsAre(0, 365 * 24));
  // Day numbers.
  EXPECT_THAT(read("DATE,TIME", {"-1,23:00", "0,1:00", "12,1.5"}).hours, ElementsAre(0, 2, 290.5));
}

TEST(RecordsTime, DateTimes) {
  EXPECT_THAT(read("TIME", {"2024-02-28T23:59:30", "2024-02-29 00:00", "2024-03-01t12:30:00.5"}).hours,
              ElementsAre(0, DoubleEq(30.0 / 3600), DoubleEq(36.5 + 30.5 / 3600)));
  EXPECT_THAT(read("TIME", {"2024-03-31T01:30+01:00", "2024-03-31T03:30+02:00", "2024-03-31T02:30Z"}).hours,
              ElementsAre(0, 1, 2));
  EXPECT_THAT(read("TIME", {"2023-12-31T20:00-05:00", "2024-01-01T01:00Z"}).hours, ElementsAre(0, 0));
}

TEST(RecordsTime, EqualStepsOfADateAreEqualBits) {
  const auto times = read("DATE,TIME", {"1/1/24,8:20", "1/2/24,8:20", "1/3/24,8:20", "1/3/24,8:40", "1/3/24,9:00"});
  ASSERT_EQ(times.hours.size(), 5u);
  EXPECT_EQ(times.hours[1], 24);
  EXPECT_EQ(times.hours[2], 48);
  EXPECT_EQ(times.hours[3], 48 + Duration::from_minutes(20).hours());
}

TEST(RecordsTime, ANewAxisMayStepBackOnTheCalendar) {
  const auto set =
      read_records("ID,AMT,EVID,TIME,DATE\n1,.,0,9:00,1/2/24\n1,.,3,9:00,1/1/24\n1,.,0,10:00,1/1/24\n", "d.csv");
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(set->records[1].time_h, -24);
  EXPECT_EQ(set->records[2].time_h, -23);
}

TEST(RecordsTime, ProblemsOfClockTimes) {
  EXPECT_THAT(read("TIME", {"8:60", "8:5", "8:00 pm", "8:00:60", ":30", "nan"}).problems,
              ElementsAre(StartsWith("d.csv:2:5: error RM-wrong-type: TIME: '8:60' is not a time"), HasSubstr("'8:5'"),
                          HasSubstr("'8:00 pm'"), HasSubstr("'8:00:60'"), HasSubstr("':30'"), HasSubstr("'nan'")));
  EXPECT_THAT(read("TIME", {"23:00", "1:00"}).problems,
              ElementsAre(AllOf(StartsWith("d.csv:3:5: error RM-inconsistent: TIME: 1:00 is before the record above"),
                                HasSubstr("hours count on (26:30)"))));
  EXPECT_THAT(read("TIME", {"8:00"}, {.time_unit = RecordTimeUnit::kDays}).problems,
              ElementsAre(HasSubstr("TIME: '8:00' is a clock time, and TIME is in days")));
}

TEST(RecordsTime, ProblemsOfDates) {
  EXPECT_THAT(
      read("DATE,TIME", {"2/30/2024,0", "2/2,0", "20240301,0", "1/1/1/24,0", "1/1/124,0", ".,0", "-1/1/24,0", "x,0"})
          .problems,
      ElementsAre(StartsWith("d.csv:2:5: error RM-wrong-type: DATE: '2/30/2024' is not in the calendar"),
                  HasSubstr("'2/2' has no year"), HasSubstr("'20240301' is a date without separators"),
                  HasSubstr("'1/1/1/24' is not a date"), HasSubstr("'1/1/124' is not a date"),
                  HasSubstr("DATE: it is missing"), HasSubstr("'-1/1/24' is not a date"),
                  HasSubstr("'x' is not a date (expected month-day-year")));
  EXPECT_THAT(read("DAT2,TIME", {"3/1/2024,0"}).problems, ElementsAre(HasSubstr("DAT2: '3/1/2024' is not a date")));
  EXPECT_THAT(read("DATE,TIME", {"1/1/24,0", "2,0"}).problems,
              ElementsAre(StartsWith("d.csv:3:5: error RM-inconsistent: DATE: a day number and a calendar date")));
  EXPECT_THAT(read("DATE,TIME,DAT1", {"1/1/24,0,1/1/24"}).problems, ElementsAre(HasSubstr("column DAT1 beside DATE")));
  EXPECT_THAT(read("DATE,TIME", {"1,0"}, {.time_unit = RecordTimeUnit::kDays}).problems,
              ElementsAre(StartsWith("d.csv:1:8: error RM-inconsistent: column DATE, and TIME is in days")));
  EXPECT_THAT(read("DATE,TIME", {"1,3e6"}).problems, ElementsAre(HasSubstr("'3e6' is no time of a day")));
}

TEST(RecordsTime, ProblemsOfDateTimes) {
  EXPECT_THAT(read("TIME", {"2024-02-30T00:00", "2024-03-01", "2024-03-01T24:00", "24-03-01T10:00",
                            "2024-03-01T10:00+1x", "2024-03-01T10:00z1", "2024-3-1T10:00", "2024-03-01T10"})
                  .problems,
              ElementsAre(StartsWith("d.csv:2:5: error RM-wrong-type: TIME: '2024-02-30T00:00' is not a date-time"),
                          HasSubstr("'2024-03-01'"), HasSubstr("24:00"), HasSubstr("'24-03"), HasSubstr("+1x"),
                          HasSubstr("z1"), HasSubstr("2024-3-1"), HasSubstr("T10'")));
  EXPECT_THAT(read("TIME", {"2024-03-01T10:00", "11:00"}).problems,
              ElementsAre(HasSubstr("TIME: '11:00' in a file that begins with date-times")));
  EXPECT_THAT(read("TIME", {"11:00", "2024-03-01T10:00"}).problems,
              ElementsAre(HasSubstr("in a file that begins with hours or clock times")));
  EXPECT_THAT(read("TIME", {"2024-03-01T10:00", "2024-03-01T10:00Z"}).problems,
              ElementsAre(HasSubstr("TIME: an offset from UTC in some date-times")));
  EXPECT_THAT(read("DATE,TIME", {"1,2024-03-01T10:00"}).problems, ElementsAre(HasSubstr("there is a date column")));
  EXPECT_THAT(read("TIME", {"2024-03-01T10:00"}, {.time_unit = RecordTimeUnit::kDays}).problems,
              ElementsAre(HasSubstr("TIME is in days")));
}

}  // namespace
}  // namespace racemate::regimen
