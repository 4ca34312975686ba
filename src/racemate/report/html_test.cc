#include "racemate/report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "racemate/report/comparison_fixture_test.h"
#include "racemate/report/html_charts.h"
#include "racemate/report/markup_check_test.h"

namespace racemate::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t result = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++result;
  return result;
}

std::vector<std::string> attribute_values(const std::string& html, const std::string& name) {
  std::vector<std::string> values;
  const std::string mark = " " + name + "=\"";
  for (std::size_t at = html.find(mark); at != std::string::npos; at = html.find(mark, at + 1)) {
    const std::size_t begin = at + mark.size();
    values.push_back(html.substr(begin, html.find('"', begin) - begin));
  }
  return values;
}

TEST(RenderHtml, WellFormed) {
  EXPECT_EQ(markup_problem(render_html(example_comparison())), "");
  EXPECT_EQ(markup_problem(render_html({})), "");
}

TEST(RenderHtml, HostileTextStaysText) {
  const std::string html = render_html(hostile_comparison());
  EXPECT_EQ(markup_problem(html), "");
  for (const char* part : {"<script", "<img", "\x1b", "\u202E", "href=\"javascript"}) {
    EXPECT_THAT(html, Not(HasSubstr(part)));
  }
}

TEST(RenderHtml, AsksTheNetworkForNothing) {
  const std::string html = render_html(example_comparison());
  EXPECT_THAT(html, HasSubstr("default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
  for (const char* part : {" src=", "<link", "@import", "url(http", "<script", "<iframe"}) {
    EXPECT_THAT(html, Not(HasSubstr(part)));
  }
  for (const std::string& target : attribute_values(html, "href")) {
    EXPECT_TRUE(target.starts_with("#") || target.starts_with("https://")) << target;
  }
}

TEST(RenderHtml, IdsAreUniqueAndLinksInsideThePageArrive) {
  const std::string html = render_html(example_comparison());
  const std::vector<std::string> ids = attribute_values(html, "id");
  const std::set<std::string> unique(ids.begin(), ids.end());
  EXPECT_EQ(unique.size(), ids.size());
  for (const std::string& target : attribute_values(html, "href")) {
    if (!target.starts_with("#")) continue;
    EXPECT_TRUE(unique.contains(target.substr(1))) << target;
  }
}

TEST(RenderHtml, SaysWhatATableAloneWouldNot) {
  const std::string html = render_html(example_comparison());
  for (const char* part :
       {"What varies between people", "What we do not know", "not a dose recommendation", "Known defect: Noresketamine",
        "href=\"https://doi.org/10.1007/s40262-020-00953-4\"", "class=\"assumed\"", "no ratio to A [1]", "--seed 1"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
}

TEST(RenderCharts, OnePanelPerAnalyte) {
  const std::string charts = render_charts(example_comparison());
  EXPECT_EQ(count(charts, "<figcaption><strong>ketamine, arterial and venous plasma pooled</strong>"), 5U);
  EXPECT_EQ(count(charts, "<figcaption><strong>S-ketamine, plasma (site not stated)</strong>"), 5U);
}

TEST(RenderCharts, ALevelIsDrawnOnlyWhereItsAnalyteIs) {
  study::Comparison comparison = example_comparison();
  comparison.levels.resize(1);  // S-ketamine
  const auto with_both = render_charts(comparison);
  EXPECT_EQ(count(with_both, "121 ng/mL C50 of the psychedelic effect (arterial plasma)"), 2U);
  comparison.patterns.erase(comparison.patterns.begin() + 2);  // the only pattern of S-ketamine
  EXPECT_EQ(count(render_charts(comparison), "C50 of the psychedelic effect"), 0U);
}

TEST(RenderCharts, ALevelAboveThePanelIsSaidInWords) {
  study::Comparison comparison = example_comparison();
  comparison.levels.resize(1);
  comparison.levels[0].concentration_mg_per_l = 50;
  EXPECT_THAT(render_charts(comparison), HasSubstr("50,000 ng/mL C50 of the psychedelic effect (arterial plasma) "
                                                   "lies above the range of this panel."));
}

TEST(RenderCharts, ALongLevelIsNamedBelowThePanel) {
  study::Comparison comparison = example_comparison();
  comparison.levels[1].title = "impairment (mind-altering and psychomotor effects together)";
  const std::string charts = render_charts(comparison);
  EXPECT_THAT(charts, HasSubstr(">50 ng/mL</text>"));
  EXPECT_THAT(charts, HasSubstr("Line at 50 ng/mL impairment (mind-altering"));
}

TEST(RenderCharts, MissingCurvesAndHistogramsDoNoHarm) {
  study::Comparison comparison = example_comparison();
  for (study::PatternResult& pattern : comparison.patterns) {
    pattern.session_curve = pattern.first_days_curve = pattern.cumulative_auc = {};
    pattern.peak_histogram = pattern.auc_histogram = {};
  }
  EXPECT_EQ(markup_problem(render_charts(comparison)), "");
  EXPECT_EQ(render_charts({}), "");
}

TEST(DoiLink, CannotLeaveTheAttribute) {
  EXPECT_EQ(doi_link("10.1/a\"b<c"), "https://doi.org/10.1/a%22b%3Cc");
  EXPECT_FALSE(linkable("javascript:alert(1)"));
  EXPECT_TRUE(linkable("https://example.org"));
}

TEST(RenderHtml, SameBytesAgain) { EXPECT_EQ(render_html(example_comparison()), render_html(example_comparison())); }

}  // namespace
}  // namespace racemate::report
