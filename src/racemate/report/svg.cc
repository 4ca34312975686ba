#include "racemate/report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>

#include "racemate/report/text.h"

namespace racemate::report {
namespace {

constexpr std::array<const char*, kSeriesStyles> kDashes{"",     "7 3", "2 2.5", "9 3 2 3",
                                                         "12 4", "4 2", "1.5 4", "9 2 2 2 2 2"};

struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

constexpr double kWidth = 460;
constexpr double kLineHeight = 300;
constexpr Box kLineMargins{.left = 52, .top = 14, .right = 26, .bottom = 42};
constexpr double kStripRowHeight = 62;
constexpr double kStripGap = 16;
constexpr double kRidgeRowHeight = 56;
constexpr double kRidgeLabelHeight = 16;
constexpr double kLetterSpacing = 13;
constexpr double kFarOutside = 1e4;

std::string open_svg(const ChartText& text, double height) {
  const std::string id = escape_markup(text.id);
  return fmt::format(
      "<svg viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" aria-labelledby=\"{2}-title {2}-desc\" "
      "xmlns=\"http://www.w3.org/2000/svg\"><title id=\"{2}-title\">{3}</title><desc id=\"{2}-desc\">{4}</desc>",
      kWidth, height, id, escape_markup(text.title), escape_markup(text.description));
}

std::string clip_path(const std::string& id, const Box& box) {
  return fmt::format(R"(<clipPath id="{}"><rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/></clipPath>)", id,
                     box.left, box.top, box.right - box.left, box.bottom - box.top);
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view css_class, std::string_view content) {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}" class="{}">{}</text>)", x, y, anchor, css_class,
                     escape_markup(content));
}

std::string line_between(double x1, double y1, double x2, double y2, std::string_view css_class) {
  return fmt::format(R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="{}"/>)", x1, y1, x2, y2,
                     css_class);
}

double x_at(const Axis& axis, const Box& box, double value) {
  return box.left + std::clamp(axis_position(axis, value), -kFarOutside, kFarOutside) * (box.right - box.left);
}
double y_at(const Axis& axis, const Box& box, double value) {
  return box.bottom - std::clamp(axis_position(axis, value), -kFarOutside, kFarOutside) * (box.bottom - box.top);
}

std::string x_axis(const Axis& axis, const Box& box) {
  std::string out;
  double last_label_end = -kFarOutside;
  for (const double tick : axis_ticks(axis, 7)) {
    const double x = x_at(axis, box, tick);
    out += line_between(x, box.top, x, box.bottom, "grid");
    const std::string label = tick_label(tick);
    const double half = 3.6 * display_width(label);
    if (x - half < last_label_end) continue;
    last_label_end = x + half + 4;
    out += text_at(x, box.bottom + 15, "middle", "tick", label);
  }
  out += line_between(box.left, box.bottom, box.right, box.bottom, "axis");
  out += text_at((box.left + box.right) / 2, box.bottom + 33, "middle", "label", axis.title);
  return out;
}

std::string y_grid(const Axis& axis, const Box& box, int target) {
  std::string out;
  for (const double tick : axis_ticks(axis, target)) {
    const double y = y_at(axis, box, tick);
    out += line_between(box.left, y, box.right, y, "grid");
    out += text_at(box.left - 5, y + 4, "end", "tick", tick_label(tick));
  }
  return out;
}

std::string y_title(const Axis& axis, double middle) {
  return fmt::format(
      "<text transform=\"translate(12 {:.1f}) rotate(-90)\" text-anchor=\"middle\" class=\"label\">{}</text>", middle,
      escape_markup(axis.title));
}

// Points as "x,y x,y ...", those that cannot be told apart from their neighbours left out.
std::string points(const std::vector<double>& x, const std::vector<double>& y, const Axis& x_axis, const Axis& y_axis,
                   const Box& box) {
  std::string out;
  std::string last;
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
    std::string point = fmt::format("{:.1f},{:.1f}", x_at(x_axis, box, x[i]), y_at(y_axis, box, y[i]));
    if (point == last) continue;
    out += (out.empty() ? "" : " ") + point;
    last = std::move(point);
  }
  return out;
}

std::string series_band(const Series& series, const Axis& x, const Axis& y, const Box& box) {
  if (series.low.empty() || series.high.empty()) return {};
  std::vector<double> back_x(series.x.rbegin(), series.x.rend());
  std::vector<double> back_low(series.low.rbegin(), series.low.rend());
  return fmt::format("<polygon class=\"band\" style=\"fill:var(--series-{})\" points=\"{} {}\"/>",
                     series.style % kSeriesStyles, points(series.x, series.high, x, y, box),
                     points(back_x, back_low, x, y, box));
}

std::string series_line(const Series& series, const Axis& x, const Axis& y, const Box& box, const std::string& dash) {
  return fmt::format("<polyline class=\"line\" style=\"stroke:var(--series-{})\"{} points=\"{}\"/>",
                     series.style % kSeriesStyles, dash.empty() ? "" : fmt::format(" stroke-dasharray=\"{}\"", dash),
                     points(series.x, series.middle, x, y, box));
}

std::string reference_lines(const std::vector<ReferenceLine>& references, const Axis& axis, const Box& box,
                            bool labelled) {
  std::string out;
  for (const ReferenceLine& reference : references) {
    const double position = axis_position(axis, reference.y);
    if (position < 0 || position > 1) continue;
    const double y = y_at(axis, box, reference.y);
    out += line_between(box.left, y, box.right, y, "level");
    if (labelled) out += text_at(box.right - 4, y - 4, "end", "level-label", reference.label);
  }
  return out;
}

struct EndLetter {
  double y = 0;
  const Series* series = nullptr;
};

// Height of the line where it leaves the frame; at the bottom when it ends below it or inside.
double end_height(const Series& series, const LineChart& chart, const Box& box) {
  double y = box.bottom;
  for (std::size_t i = 0; i < std::min(series.x.size(), series.middle.size()); ++i) {
    if (series.x[i] > chart.x.high) break;
    y = y_at(chart.y, box, series.middle[i]);
  }
  return std::clamp(y, box.top, box.bottom);
}

// Letters at the right end of the lines, moved apart where they would cover each other.
std::string end_letters(const LineChart& chart, const Box& box) {
  std::vector<EndLetter> letters;
  letters.reserve(chart.series.size());
  for (const Series& series : chart.series) letters.push_back({end_height(series, chart, box), &series});
  std::stable_sort(letters.begin(), letters.end(), [](const EndLetter& a, const EndLetter& b) { return a.y < b.y; });
  for (std::size_t i = 1; i < letters.size(); ++i) {
    letters[i].y = std::max(letters[i].y, letters[i - 1].y + kLetterSpacing);
  }
  double lowest = box.bottom;
  for (EndLetter& letter : std::ranges::reverse_view(letters)) {
    letter.y = std::min(letter.y, lowest);
    lowest = letter.y - kLetterSpacing;
  }
  std::string out;
  for (const EndLetter& letter : letters) {
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"letter\" style=\"fill:var(--series-{})\">{}</text>",
                       box.right + 6, letter.y + 4, letter.series->style % kSeriesStyles,
                       escape_markup(letter.series->letter));
  }
  return out;
}

// Area of a histogram in the row's box: the height of a bin is its count over its width on the axis.
std::string ridge_area(const Ridge& ridge, const Axis& axis, const Box& box) {
  std::vector<double> heights;
  double highest = 0;
  const std::size_t bins = std::min(ridge.counts.size(), ridge.edges.empty() ? 0 : ridge.edges.size() - 1);
  for (std::size_t i = 0; i < bins; ++i) {
    const double width = axis_position(axis, ridge.edges[i + 1]) - axis_position(axis, ridge.edges[i]);
    heights.push_back(width > 0 ? static_cast<double>(ridge.counts[i]) / width : 0);
    highest = std::max(highest, heights.back());
  }
  if (!(highest > 0)) return {};
  std::string path = fmt::format("M{:.1f} {:.1f}", x_at(axis, box, ridge.edges.front()), box.bottom);
  for (std::size_t i = 0; i < bins; ++i) {
    path += fmt::format("V{:.1f}H{:.1f}", box.bottom - heights[i] / highest * (box.bottom - box.top),
                        x_at(axis, box, ridge.edges[i + 1]));
  }
  path += fmt::format("V{:.1f}Z", box.bottom);
  return fmt::format("<path class=\"ridge\" style=\"fill:var(--series-{0});stroke:var(--series-{0})\" d=\"{1}\"/>",
                     ridge.style % kSeriesStyles, path);
}

std::string row_letter(std::size_t style, const std::string& letter, double y) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"letter\" style=\"fill:var(--series-{})\">{}</text>",
                     kWidth - 20, y, style % kSeriesStyles, escape_markup(letter));
}

}  // namespace

std::string dash_pattern(std::size_t style) { return kDashes[style % kSeriesStyles]; }

std::string render_svg(const LineChart& chart) {
  const Box box{kLineMargins.left, kLineMargins.top, kWidth - kLineMargins.right, kLineHeight - kLineMargins.bottom};
  const std::string clip = escape_markup(chart.text.id) + "-clip";
  std::string out = open_svg(chart.text, kLineHeight) + clip_path(clip, box);
  out += y_grid(chart.y, box, 6) + x_axis(chart.x, box) + y_title(chart.y, (box.top + box.bottom) / 2);
  out += fmt::format("<g clip-path=\"url(#{})\">", clip);
  for (const Series& series : chart.series) out += series_band(series, chart.x, chart.y, box);
  for (const Series& series : chart.series) {
    out += series_line(series, chart.x, chart.y, box, dash_pattern(series.style));
  }
  out += "</g>" + reference_lines(chart.references, chart.y, box, true) + end_letters(chart, box) + "</svg>";
  return out;
}

std::string render_svg(const StripChart& chart) {
  const double rows = static_cast<double>(chart.rows.size());
  const double bottom = kLineMargins.top + rows * (kStripRowHeight + kStripGap) - kStripGap;
  const double height = bottom + kLineMargins.bottom;
  const Box whole{kLineMargins.left, kLineMargins.top, kWidth - kLineMargins.right, bottom};
  std::string out = open_svg(chart.text, height) + x_axis(chart.x, whole);
  out += y_title(chart.y, (whole.top + whole.bottom) / 2);
  for (std::size_t i = 0; i < chart.rows.size(); ++i) {
    Box box = whole;
    box.top = whole.top + static_cast<double>(i) * (kStripRowHeight + kStripGap);
    box.bottom = box.top + kStripRowHeight;
    const std::string clip = fmt::format("{}-clip-{}", escape_markup(chart.text.id), i);
    const Series& series = chart.rows[i];
    out += clip_path(clip, box) + y_grid(chart.y, box, 3) +
           line_between(box.left, box.bottom, box.right, box.bottom, "axis");
    out += fmt::format("<g clip-path=\"url(#{})\">", clip) + series_band(series, chart.x, chart.y, box) +
           series_line(series, chart.x, chart.y, box, "") + "</g>";
    out += reference_lines(chart.references, chart.y, box, i == 0);
    out += row_letter(series.style, series.letter, (box.top + box.bottom) / 2 + 4);
  }
  return out + "</svg>";
}

std::string render_svg(const RidgeChart& chart) {
  const double rows = static_cast<double>(chart.rows.size());
  const double bottom = kLineMargins.top + rows * kRidgeRowHeight;
  const Box whole{16, kLineMargins.top, kWidth - kLineMargins.right, bottom};
  std::string out = open_svg(chart.text, bottom + kLineMargins.bottom) + x_axis(chart.x, whole);
  for (std::size_t i = 0; i < chart.rows.size(); ++i) {
    const Ridge& ridge = chart.rows[i];
    Box box = whole;
    const double row_top = whole.top + static_cast<double>(i) * kRidgeRowHeight;
    box.top = row_top + kRidgeLabelHeight;
    box.bottom = row_top + kRidgeRowHeight;
    out += ridge_area(ridge, chart.x, box) + line_between(box.left, box.bottom, box.right, box.bottom, "axis");
    out += text_at(box.left + 2, row_top + 12, "start", "ridge-label", ridge.label);
    out += row_letter(ridge.style, ridge.letter, box.bottom - 6);
  }
  return out + "</svg>";
}

}  // namespace racemate::report
