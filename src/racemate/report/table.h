// Text tables for a terminal: framed, with wrapped cells. Every line of a rendered table has the same display width.
#pragma once

#include <string>
#include <vector>

namespace racemate::report {

enum class TextStyle { kPlain, kStrong, kDim, kWarning };

// The text with the ANSI sequences of the style around it, or as it is without colour.
[[nodiscard]] std::string styled(const std::string& text, TextStyle style, bool colour);

struct Paragraph {
  std::string text;
  TextStyle style = TextStyle::kPlain;
};
using Cell = std::vector<Paragraph>;  // one below the other

struct Column {
  int width = 10;  // of the content, without padding
  bool right_aligned = false;
  bool whole = false;  // never wrapped: ids are there to be copied
};

struct TextTable {
  std::vector<Column> columns;
  std::vector<Cell> header;  // as many as columns
  struct Row {
    std::vector<Cell> cells;  // as many as columns; a section has one, which spans the table
    bool section = false;
  };
  std::vector<Row> rows;
  bool rule_between_rows = false;  // for rows of several lines
};

// Columns that the frame and the padding take beside the content.
[[nodiscard]] int frame_width(std::size_t columns);

// Sets the widths so that the table is as wide as its content wants and at most `width` columns in all: the widest
// columns give way first, whole words are kept if they can be, no column goes below 6, and whole columns not at all.
void fit_columns(TextTable& table, int width);

[[nodiscard]] std::string render_table(const TextTable& table, bool colour);

// Wrapped text after a mark, following lines indented: "- text", "[3] text". `width` includes the mark.
[[nodiscard]] std::string render_item(const std::string& mark, const std::string& text, int width, int indent = 0);

}  // namespace racemate::report
