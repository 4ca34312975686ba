// Charts as SVG to put inside a page: lines with bands, strips of one line per row, ridges of histograms.
//
// A chart has a title and a description for screen readers, takes its colours from the page (CSS variables --series-0
// .. --series-7, --ink, --soft, --grid, --paper) and tells series apart by dash pattern and letter too. All text is
// escaped. Sizes are in user units; the drawing scales to the width of its container.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "racemate/report/axis.h"

namespace racemate::report {

inline constexpr std::size_t kSeriesStyles = 8;

// "dasharray" of a style, "" for a solid line.
[[nodiscard]] std::string dash_pattern(std::size_t style);

struct Series {
  std::string letter;     // drawn beside the line
  std::size_t style = 0;  // colour and dash, modulo kSeriesStyles
  std::vector<double> x;
  std::vector<double> middle;
  std::vector<double> low;  // band; both empty for none
  std::vector<double> high;
};

struct ReferenceLine {
  double y = 0;
  std::string label;
};

struct ChartText {
  std::string id;           // unique in the page; letters, digits, '-'
  std::string title;        // for screen readers; the page shows its own caption
  std::string description;  // what is to be seen
};

struct LineChart {
  ChartText text;
  Axis x;
  Axis y;
  std::vector<Series> series;
  std::vector<ReferenceLine> references;
};
[[nodiscard]] std::string render_svg(const LineChart& chart);

// One row per series on shared axes, so that shapes can be compared without lines crossing.
struct StripChart {
  ChartText text;
  Axis x;
  Axis y;
  std::vector<Series> rows;
  std::vector<ReferenceLine> references;
};
[[nodiscard]] std::string render_svg(const StripChart& chart);

struct Ridge {
  std::string letter;
  std::size_t style = 0;
  std::vector<double> edges;  // n + 1, ascending
  std::vector<std::uint64_t> counts;
  std::string label;  // numbers printed above the ridge
};
// Histograms as areas, one per row, on one axis. Height is people per unit of the axis as drawn, scaled so that the
// highest bin of each row fills the row.
struct RidgeChart {
  ChartText text;
  Axis x;
  std::vector<Ridge> rows;
};
[[nodiscard]] std::string render_svg(const RidgeChart& chart);

}  // namespace racemate::report
