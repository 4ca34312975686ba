#include "racemate/report/csv.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "racemate/report/comparison_fixture_test.h"
#include "racemate/report/number.h"

namespace racemate::report {
namespace {

using Record = std::vector<std::string>;

// RFC 4180 with LF; lines that start with '#' before the header are comments.
std::vector<Record> parse(const std::string& text) {
  std::vector<Record> records;
  std::size_t at = 0;
  while (at < text.size() && text[at] == '#') at = text.find('\n', at) + 1;
  Record record{""};
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char character = text[at];
    if (quoted) {
      if (character != '"') {
        record.back() += character;
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        record.back() += '"';
        ++at;
      } else {
        quoted = false;
      }
    } else if (character == '"') {
      EXPECT_TRUE(record.back().empty()) << "a quote inside a field";
      quoted = true;
    } else if (character == ',') {
      record.emplace_back();
    } else if (character == '\n') {
      records.push_back(std::move(record));
      record = {""};
    } else {
      record.back() += character;
    }
  }
  EXPECT_FALSE(quoted);
  return records;
}

TEST(RenderCsv, TidyAndComplete) {
  const study::Comparison comparison = example_comparison();
  const std::vector<Record> records = parse(render_csv(comparison));
  EXPECT_EQ(records.front(), (Record{"pattern", "metric", "unit", "basis", "statistic", "value", "note"}));
  std::map<std::string, std::string> values;
  for (const Record& record : records) {
    ASSERT_EQ(record.size(), 7U);
    values[record[0] + "/" + record[1] + "/" + record[4]] = record[5];
  }
  for (const study::PatternResult& pattern : comparison.patterns) {
    for (const study::Metric& metric : pattern.metrics) {
      const std::string key = pattern.id + "/" + metric.key + "/";
      if (metric.people) {
        EXPECT_EQ(values.at(key + "people_median"), format_exact(metric.people->median));
        EXPECT_EQ(values.at(key + "people_p95"), format_exact(metric.people->p95));
      } else {
        EXPECT_EQ(values.at(key + "not_computed"), "");
      }
      if (metric.inputs) {
        EXPECT_EQ(values.at(key + "inputs_p5"), format_exact(metric.inputs->p5));
      }
    }
  }
  EXPECT_EQ(values.at("saturday-400mg/sensitivity.purity/auc_per_year_at_low"),
            format_exact(comparison.patterns[3].sensitivity[1].auc_at_low));
  EXPECT_EQ(values.at("iv-clinic/observation/observed"), "185");
  EXPECT_EQ(values.at("iv-clinic/model.herd-anderson-2007.peak/model"), "253.4");
}

TEST(RenderCsv, ManifestInComments) {
  const std::string csv = render_csv(example_comparison());
  EXPECT_NE(csv.find("# command: racemate compare iv-clinic"), std::string::npos);
  EXPECT_NE(csv.find("# model kamp-2020 sha256:aaaa"), std::string::npos);
}

TEST(RenderCsv, HostileTextIsQuotedAndRunsNoFormula) {
  const std::vector<Record> records = parse(render_csv(hostile_comparison()));
  for (const Record& record : records) {
    ASSERT_EQ(record.size(), 7U);
    for (const std::size_t text_field : {0U, 1U, 2U, 3U, 4U, 6U}) {
      const std::string& field = record[text_field];
      EXPECT_TRUE(field.empty() || std::string("=+-@").find(field.front()) == std::string::npos) << field;
    }
  }
}

TEST(RenderCsv, SameBytesAgain) { EXPECT_EQ(render_csv(example_comparison()), render_csv(example_comparison())); }

}  // namespace
}  // namespace racemate::report
