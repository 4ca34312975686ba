#include "racemate/report/html_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "racemate/report/comparison_view.h"
#include "racemate/report/number.h"
#include "racemate/report/svg.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

using study::Comparison;
using study::Curve;
using study::PatternResult;

constexpr double kHoursPerDay = 24;
constexpr double kHoursPerWeek = 168;
constexpr double kShownShareOfPeak = 0.03;  // a session is drawn until every line has fallen below this
constexpr double kShortestSession_h = 4;
constexpr std::size_t kMostBandsInOnePanel = 3;
constexpr double kLinearUpTo = 15;      // a linear axis shows a peak down to this share of the top
constexpr double kLinearDaysUpTo = 4;   // days are narrow too
constexpr double kLinearRowsUpTo = 8;   // rows are low
constexpr double kPeakOverFloor = 300;  // depth of a logarithmic concentration axis
constexpr int kLongestLevelLabel = 58;  // fits the frame on a phone
constexpr double kBarLimit = 8;

struct Panel {
  std::string label;
  std::vector<std::size_t> patterns;
};

std::vector<Panel> panels_of(const Comparison& comparison) {
  std::vector<Panel> panels;
  for (std::size_t i = 0; i < comparison.patterns.size(); ++i) {
    const std::string label = analyte_label(comparison.patterns[i]);
    const auto same = [&](const Panel& panel) { return panel.label == label; };
    auto panel = std::find_if(panels.begin(), panels.end(), same);
    if (panel == panels.end()) panel = panels.insert(panels.end(), {label, {}});
    panel->patterns.push_back(i);
  }
  return panels;
}

double highest(const std::vector<double>& values) {
  double result = 0;
  for (const double value : values) {
    if (std::isfinite(value)) result = std::max(result, value);
  }
  return result;
}

double lowest_positive(const std::vector<double>& values) {
  double result = 0;
  for (const double value : values) {
    if (std::isfinite(value) && value > 0 && (result == 0 || value < result)) result = value;
  }
  return result;
}

std::vector<double> scaled(std::vector<double> values, double divisor) {
  for (double& value : values) value /= divisor;
  return values;
}

Series series_of(std::size_t index, const Curve& curve, double hours_per_unit) {
  return {pattern_letter(index), index, scaled(curve.time_h, hours_per_unit), curve.median, curve.p5, curve.p95};
}

// From 0 when no median peaks lower than the top over linear_up_to; otherwise logarithmic, so that it can be seen.
Axis concentration_axis(const std::vector<Series>& series, double linear_up_to) {
  Axis axis{.title = "ng/mL"};
  double top = 0;
  std::vector<double> peaks;
  for (const Series& one : series) {
    top = std::max({top, highest(one.high), highest(one.middle)});
    peaks.push_back(highest(one.middle));
  }
  const double smallest = lowest_positive(peaks);
  if (smallest > 0 && top > linear_up_to * smallest) {
    set_logarithmic_range(axis, top / kPeakOverFloor, top);
    axis.title = "ng/mL, logarithmic";
  } else {
    set_linear_range(axis, top);
  }
  return axis;
}

// The levels that are stated for what the panel shows. A level of another sampling site says so on its line.
struct PanelLevels {
  std::vector<ReferenceLine> lines;
  std::string remark;  // on those outside the range
};
PanelLevels levels_of(const Comparison& comparison, const PatternResult& pattern, const Axis& axis) {
  PanelLevels result;
  for (const evidence::Level& level : comparison.levels) {
    const std::string matrix(to_string(level.matrix));
    const std::string site(to_string(level.site));
    if (level.analyte != pattern.analyte || matrix != pattern.matrix) continue;
    std::string label = fmt::format("{} ng/mL {}", format_number(level_ng_per_ml(level)), level.title);
    if (site != pattern.site) {
      label += fmt::format(
          " ({})", level.site == evidence::Site::kUnstated ? "no site stated" : fmt::format("{} {}", site, matrix));
    }
    const bool in_range = axis_position(axis, level_ng_per_ml(level)) <= 1;
    if (in_range && display_width(label) <= kLongestLevelLabel) {
      result.lines.push_back({level_ng_per_ml(level), label});
    } else if (in_range) {
      result.lines.push_back({level_ng_per_ml(level), format_number(level_ng_per_ml(level)) + " ng/mL"});
      result.remark += fmt::format(" Line at {}.", label);
    } else {
      result.remark += fmt::format(" {} lies above the range of this panel.", label);
    }
  }
  return result;
}

std::string swatch(std::size_t style, bool dashed) {
  const std::string dash = dashed ? dash_pattern(style) : std::string{};
  return fmt::format(
      "<svg class=\"swatch\" viewBox=\"0 0 30 8\" aria-hidden=\"true\"><line x1=\"0\" y1=\"4\" x2=\"30\" y2=\"4\" "
      "style=\"stroke:var(--series-{})\"{}/></svg>",
      style % kSeriesStyles, dash.empty() ? "" : fmt::format(" stroke-dasharray=\"{}\"", dash));
}

std::string legend(const Comparison& comparison, const Panel& panel, bool dashed) {
  std::string out = "<ul class=\"legend\">";
  for (const std::size_t i : panel.patterns) {
    out += fmt::format("<li>{} <b>{}</b> {}</li>", swatch(i, dashed), pattern_letter(i),
                       escape_markup(comparison.patterns[i].title));
  }
  return out + "</ul>";
}

std::string figure(const Comparison& comparison, const Panel& panel, const std::string& svg, bool dashed,
                   const std::string& remark = {}) {
  return fmt::format("<figure><figcaption><strong>{}</strong></figcaption>{}{}{}</figure>", escape_markup(panel.label),
                     svg, legend(comparison, panel, dashed),
                     remark.empty() ? "" : fmt::format("<p class=\"remark\">{}</p>", escape_markup(remark)));
}

std::string titles_text(const Comparison& comparison, const Panel& panel) {
  std::vector<std::string> titles;
  titles.reserve(panel.patterns.size());
  for (const std::size_t i : panel.patterns) {
    titles.push_back(fmt::format("{}: {}", pattern_letter(i), comparison.patterns[i].title));
  }
  return join(titles, "; ");
}

// The time after which every median of the panel stays low.
double session_end_h(const std::vector<Series>& series) {
  double peak = 0;
  for (const Series& one : series) peak = std::max(peak, highest(one.middle));
  double end = kShortestSession_h;
  double last = 0;
  for (const Series& one : series) {
    for (std::size_t i = 0; i < std::min(one.x.size(), one.middle.size()); ++i) {
      last = std::max(last, one.x[i]);
      if (one.middle[i] > kShownShareOfPeak * peak) end = std::max(end, one.x[i]);
    }
  }
  return std::min(std::ceil(end), std::ceil(last > 0 ? last : end));
}

// Medians on one pair of axes; with few patterns the bands too, otherwise a row for each pattern with its band below.
std::string session_figure(const Comparison& comparison, const Panel& panel, std::size_t number) {
  const bool separate_bands = panel.patterns.size() > kMostBandsInOnePanel;
  LineChart chart;
  StripChart rows;
  for (const std::size_t i : panel.patterns) {
    rows.rows.push_back(series_of(i, comparison.patterns[i].session_curve, 1));
    chart.series.push_back(rows.rows.back());
    if (separate_bands) chart.series.back().low = chart.series.back().high = {};
  }
  chart.x = {.title = "hours since the start of the session",
             .high = session_end_h(chart.series),
             .family = TickFamily::kHours};
  chart.y = concentration_axis(chart.series, kLinearUpTo);
  const PanelLevels levels = levels_of(comparison, comparison.patterns[panel.patterns.front()], chart.y);
  chart.references = levels.lines;
  chart.text = {fmt::format("session-{}", number), fmt::format("Concentration over one session, {}", panel.label),
                fmt::format("{} over people. {}.", separate_bands ? "Median" : "Median and 5th to 95th percentile",
                            titles_text(comparison, panel))};
  std::string drawing = render_svg(chart);
  if (separate_bands) {
    rows.x = chart.x;
    rows.y = concentration_axis(rows.rows, kLinearRowsUpTo);
    rows.text = {fmt::format("session-rows-{}", number), fmt::format("The same with bands, {}", panel.label),
                 fmt::format("One row per pattern on shared axes; median and 5th to 95th percentile over people. {}.",
                             titles_text(comparison, panel))};
    drawing += "<p class=\"remark\">Medians above; each with its 5th to 95th percentile over people below.</p>";
    drawing += render_svg(rows);
  }
  return figure(comparison, panel, drawing, true, levels.remark);
}

std::string first_days_figure(const Comparison& comparison, const Panel& panel, std::size_t number) {
  StripChart chart;
  double last_day = 0;
  for (const std::size_t i : panel.patterns) {
    chart.rows.push_back(series_of(i, comparison.patterns[i].first_days_curve, kHoursPerDay));
    last_day = std::max(last_day, highest(chart.rows.back().x));
  }
  chart.x = {.title = "days since the start of the first week", .high = last_day > 0 ? last_day : 1};
  chart.y = concentration_axis(chart.rows, kLinearDaysUpTo);
  const PanelLevels levels = levels_of(comparison, comparison.patterns[panel.patterns.front()], chart.y);
  chart.references = levels.lines;
  chart.text = {fmt::format("first-days-{}", number), fmt::format("Concentration over the first days, {}", panel.label),
                fmt::format("One row per pattern on shared axes; median and 5th to 95th percentile over people. {}.",
                            titles_text(comparison, panel))};
  return figure(comparison, panel, render_svg(chart), false, levels.remark);
}

// Points before anything has been taken have no place on a logarithmic axis.
void drop_before_start(Series& series) {
  const auto first = std::find_if(series.middle.begin(), series.middle.end(), [](double value) { return value > 0; });
  const auto count = first - series.middle.begin();
  for (std::vector<double>* values : {&series.x, &series.middle, &series.low, &series.high}) {
    values->erase(values->begin(), values->begin() + std::min(count, std::ssize(*values)));
  }
}

std::string cumulative_figure(const Comparison& comparison, const Panel& panel, std::size_t number) {
  LineChart chart;
  double top = 0;
  double bottom = 0;
  for (const std::size_t i : panel.patterns) {
    chart.series.push_back(series_of(i, comparison.patterns[i].cumulative_auc, kHoursPerWeek));
    Series& series = chart.series.back();
    drop_before_start(series);
    top = std::max({top, highest(series.high), highest(series.middle)});
    const double low = lowest_positive(series.middle);
    if (low > 0) bottom = bottom > 0 ? std::min(bottom, low) : low;
  }
  double last_week = 1;
  for (const Series& series : chart.series) last_week = std::max(last_week, highest(series.x));
  chart.x = {.title = "weeks", .high = last_week, .family = TickFamily::kWeeks};
  chart.y = {.title = "ng·h/mL since the start, logarithmic"};
  if (bottom > 0) {
    set_logarithmic_range(chart.y, bottom, top);
  } else {
    set_linear_range(chart.y, top);
  }
  chart.text = {fmt::format("cumulative-{}", number), fmt::format("Cumulative AUC, {}", panel.label),
                fmt::format("AUC added up from the start; median and 5th to 95th percentile over people. {}.",
                            titles_text(comparison, panel))};
  return figure(comparison, panel, render_svg(chart), true);
}

const study::Metric* find_metric(const PatternResult& pattern, study::MetricId id) {
  for (const study::Metric& metric : pattern.metrics) {
    if (metric.id == id) return &metric;
  }
  return nullptr;
}

struct Distribution {
  const char* key;
  const char* title;
  const char* axis_title;
  study::Histogram PatternResult::* histogram;
  study::MetricId metric;
};

// The ends of the bins that hold anyone.
void widen_to(const Ridge& ridge, double& low, double& high) {
  for (std::size_t i = 0; i < std::min(ridge.counts.size(), ridge.edges.empty() ? 0 : ridge.edges.size() - 1); ++i) {
    if (ridge.counts[i] == 0) continue;
    const double from = ridge.edges[i] > 0 ? ridge.edges[i] : ridge.edges[i + 1] / 10;
    if (from > 0) low = low > 0 ? std::min(low, from) : from;
    high = std::max(high, ridge.edges[i + 1]);
  }
}

std::string distribution_figure(const Comparison& comparison, const Panel& panel, const Distribution& distribution,
                                std::size_t number) {
  RidgeChart chart;
  double low = 0;
  double high = 0;
  for (const std::size_t i : panel.patterns) {
    const PatternResult& pattern = comparison.patterns[i];
    const study::Histogram& histogram = pattern.*distribution.histogram;
    const study::Metric* metric = find_metric(pattern, distribution.metric);
    const bool known = metric != nullptr && metric->people.has_value();
    chart.rows.push_back({pattern_letter(i), i, histogram.edges, histogram.counts,
                          known ? format_interval(metric->people->median, metric->people->p5, metric->people->p95)
                                : std::string(kNoValue)});
    widen_to(chart.rows.back(), low, high);
  }
  if (!(low > 0)) return {};
  chart.x.title = distribution.axis_title;
  set_logarithmic_range(chart.x, low, high);
  chart.text = {fmt::format("{}-{}", distribution.key, number), fmt::format("{}, {}", distribution.title, panel.label),
                fmt::format("One histogram per pattern. {}.", titles_text(comparison, panel))};
  return figure(comparison, panel, render_svg(chart), false);
}

template <class Function>
std::string section(const char* id, const char* heading, const char* text, const std::vector<Panel>& panels,
                    const Function& figure_of) {
  std::string figures;
  for (std::size_t i = 0; i < panels.size(); ++i) figures += figure_of(panels[i], i + 1);
  if (figures.empty()) return {};
  return fmt::format("<section id=\"{}\"><h2>{}</h2><p>{}</p><div class=\"figures\">{}</div></section>\n", id, heading,
                     text, figures);
}

}  // namespace

std::string render_charts(const Comparison& comparison) {
  const std::vector<Panel> panels = panels_of(comparison);
  std::string out = section(
      "one-session", "Concentration over one session",
      "The first session of each pattern. Line: median; band: 5th to 95th percentile over people. One panel for each "
      "analyte and sampling site: values of two panels are different things and cannot be compared.",
      panels, [&](const Panel& panel, std::size_t number) { return session_figure(comparison, panel, number); });
  out += section("first-days", "Concentration over the first days",
                 "How the sessions are spaced. One row per pattern; rows of a panel share both axes.", panels,
                 [&](const Panel& panel, std::size_t number) { return first_days_figure(comparison, panel, number); });
  out += section("cumulative", "Exposure as it adds up",
                 "AUC since the start, on a logarithmic axis: equal distances are equal ratios.", panels,
                 [&](const Panel& panel, std::size_t number) { return cumulative_figure(comparison, panel, number); });
  const Distribution peak{"peaks", "Distribution of the peak of a session", "peak of a session, ng/mL, logarithmic",
                          &PatternResult::peak_histogram, study::MetricId::kPeakPerSession};
  const Distribution auc{"aucs", "Distribution of the AUC of a year", "AUC a year, ng·h/mL, logarithmic",
                         &PatternResult::auc_histogram, study::MetricId::kAucPerYear};
  out += section("peak-distribution", "How people differ: peak of a session",
                 "How many people have which value, inputs at their central values. Each row is scaled to its own "
                 "highest bin. Numbers: median (5th–95th percentile).",
                 panels, [&](const Panel& panel, std::size_t number) {
                   return distribution_figure(comparison, panel, peak, number);
                 });
  out += section(
      "auc-distribution", "How people differ: AUC of a year", "As above, for the AUC of a year.", panels,
      [&](const Panel& panel, std::size_t number) { return distribution_figure(comparison, panel, auc, number); });
  return out;
}

std::string render_relative_bar(double low, double high) {
  if (!(low > 0) || !(high > 0) || !std::isfinite(low) || !std::isfinite(high)) return {};
  const auto place = [](double ratio) {
    return 60 + 58 * std::clamp(std::log(ratio) / std::log(kBarLimit), -1.0, 1.0);
  };
  const double left = place(std::min(low, high));
  const double right = place(std::max(low, high));
  return fmt::format(
      "<svg class=\"bar\" viewBox=\"0 0 120 14\" role=\"img\" aria-label=\"{} to {} times the central value\">"
      "<line x1=\"2\" y1=\"7\" x2=\"118\" y2=\"7\" class=\"grid\"/><rect x=\"{:.1f}\" y=\"3\" width=\"{:.1f}\" "
      "height=\"8\" class=\"inputs-bar\"/><line x1=\"60\" y1=\"0\" x2=\"60\" y2=\"14\" class=\"axis\"/></svg>",
      format_number(low), format_number(high), left, std::max(1.0, right - left));
}

}  // namespace racemate::report
