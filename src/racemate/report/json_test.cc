#include "racemate/report/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "racemate/report/comparison_fixture_test.h"

namespace racemate::report {
namespace {

using nlohmann::json;

json parsed(const study::Comparison& comparison) { return json::parse(render_json(comparison)); }

TEST(RenderJson, NumbersReadBackToTheSameBits) {
  const study::Comparison comparison = example_comparison();
  const json document = parsed(comparison);
  EXPECT_EQ(document["schema"], "racemate-comparison/1");
  ASSERT_EQ(document["patterns"].size(), comparison.patterns.size());
  for (std::size_t i = 0; i < comparison.patterns.size(); ++i) {
    const study::PatternResult& pattern = comparison.patterns[i];
    const json& written = document["patterns"][i];
    EXPECT_EQ(written["id"], pattern.id);
    EXPECT_EQ(written["first_days_curve"]["people"]["median"].get<std::vector<double>>(),
              pattern.first_days_curve.median);
    EXPECT_EQ(written["peak_histogram"]["people"].get<std::vector<std::uint64_t>>(), pattern.peak_histogram.counts);
    for (std::size_t j = 0; j < pattern.metrics.size(); ++j) {
      const json& metric = written["metrics"][j];
      EXPECT_EQ(metric["key"], pattern.metrics[j].key);
      if (!pattern.metrics[j].people) continue;
      EXPECT_EQ(metric["people"]["p95"].get<double>(), pattern.metrics[j].people->p95);
    }
  }
  EXPECT_EQ(document["manifest"]["seed"], 1);
  EXPECT_EQ(document["manifest"]["horizon"]["unit"], "d");
}

TEST(RenderJson, AbsenceIsNullWithAReason) {
  const json metric = parsed(example_comparison())["patterns"][2]["metrics"][7];
  EXPECT_TRUE(metric["people"].is_null());
  EXPECT_TRUE(metric["typical"].is_null());
  EXPECT_TRUE(metric["ratio_to_first"]["value"].is_null());
  EXPECT_NE(metric["not_computed_because"], "");
}

TEST(RenderJson, NothingThatIsNotFinite) {
  study::Comparison comparison = example_comparison();
  comparison.patterns[0].metrics[0].people->mean = std::numeric_limits<double>::infinity();
  comparison.patterns[0].session_curve.p5[0] = std::numeric_limits<double>::quiet_NaN();
  const json document = parsed(comparison);
  EXPECT_TRUE(document["patterns"][0]["metrics"][0]["people"]["mean"].is_null());
  EXPECT_TRUE(document["patterns"][0]["session_curve"]["people"]["p5"][0].is_null());
}

// Every object that holds a number of the field holds its unit: all numbers but those of the listed keys.
void expect_units(const json& value, const std::string& path) {
  static const std::set<std::string> kCounts{"seed", "subjects", "studies", "sessions", "administrations"};
  if (value.is_array()) {
    for (const json& item : value) {
      if (item.is_structured()) expect_units(item, path + "[]");
    }
    return;
  }
  for (const auto& [key, item] : value.items()) {
    if (item.is_number() && !kCounts.contains(key)) {
      EXPECT_TRUE(value.contains("unit")) << path << "." << key;
    }
    if (item.is_structured()) expect_units(item, path + "." + key);
  }
}

TEST(RenderJson, EveryNumberHasAUnit) { expect_units(parsed(example_comparison()), ""); }

TEST(RenderJson, TextThatIsNotUtf8IsReplaced) {
  const json document = parsed(hostile_comparison());
  EXPECT_EQ(document["notes"].size(), 1U);
}

TEST(RenderJson, SameBytesAgain) { EXPECT_EQ(render_json(example_comparison()), render_json(example_comparison())); }

}  // namespace
}  // namespace racemate::report
