#include "racemate/report/table.h"

#include <algorithm>

#include "racemate/core/check.h"
#include "racemate/report/text.h"

namespace racemate::report {
namespace {

constexpr int kNarrowestColumn = 6;
constexpr int kNarrowestItem = 16;

struct Line {
  std::string text;
  TextStyle style = TextStyle::kPlain;
};

std::string repeat(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

std::vector<Line> lines_of(const Cell& cell, int width) {
  std::vector<Line> lines;
  for (const Paragraph& paragraph : cell) {
    for (std::string& text : wrap_text(paragraph.text, width)) lines.push_back({std::move(text), paragraph.style});
  }
  return lines;
}

std::string padded(const Line& line, const Column& column, bool colour) {
  const std::string blanks(static_cast<std::size_t>(std::max(0, column.width - display_width(line.text))), ' ');
  const std::string text = styled(line.text, line.style, colour);
  return column.right_aligned ? blanks + text : text + blanks;
}

int longest_word_width(const std::string& text) {
  int longest = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    longest = std::max(longest, display_width(std::string_view(text).substr(begin, end - begin)));
    begin = end + 1;
  }
  return longest;
}

// Takes from the widest column that is above its floor, until the widths fit or every column is at its floor.
void shrink(std::vector<Column>& columns, int available, const std::vector<int>& floors) {
  int total = 0;
  for (const Column& column : columns) total += column.width;
  for (; total > available; --total) {
    Column* widest = nullptr;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].width <= floors[i]) continue;
      if (widest == nullptr || columns[i].width > widest->width) widest = &columns[i];
    }
    if (widest == nullptr) return;
    --widest->width;
  }
}

class Renderer {
 public:
  Renderer(const TextTable& table, bool colour) : table_(table), colour_(colour) {}

  std::string render() {
    rule("╭", "┬", "╮");
    cells(table_.header);
    bool below_section = false;
    for (std::size_t i = 0; i < table_.rows.size(); ++i) {
      const TextTable::Row& row = table_.rows[i];
      if (row.section) {
        rule("├", below_section ? "─" : "┴", "┤");
        section(row.cells.front());
      } else {
        if (below_section) {
          rule("├", "┬", "┤");
        } else if (i == 0 || table_.rule_between_rows) {
          rule("├", "┼", "┤");
        }
        cells(row.cells);
      }
      below_section = row.section;
    }
    rule("╰", "┴", "╯");
    return std::move(out_);
  }

 private:
  void rule(std::string_view left, std::string_view middle, std::string_view right) {
    std::string line(left);
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
      if (i > 0) line += middle;
      line += repeat("─", table_.columns[i].width + 2);
    }
    line += right;
    out_ += styled(line, TextStyle::kDim, colour_) + "\n";
  }

  void cells(const std::vector<Cell>& cells) {
    RACEMATE_CHECK(cells.size() == table_.columns.size(), "a row has as many cells as the table has columns");
    std::vector<std::vector<Line>> lines;
    std::size_t height = 1;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      lines.push_back(lines_of(cells[i], table_.columns[i].width));
      height = std::max(height, lines.back().size());
    }
    const std::string bar = styled("│", TextStyle::kDim, colour_);
    for (std::size_t y = 0; y < height; ++y) {
      out_ += bar;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const Line line = y < lines[i].size() ? lines[i][y] : Line{};
        out_ += " " + padded(line, table_.columns[i], colour_) + " " + bar;
      }
      out_ += "\n";
    }
  }

  void section(const Cell& cell) {
    Column whole;
    whole.width = 3 * (static_cast<int>(table_.columns.size()) - 1);
    for (const Column& column : table_.columns) whole.width += column.width;
    const std::string bar = styled("│", TextStyle::kDim, colour_);
    for (const Line& line : lines_of(cell, whole.width)) {
      out_ += bar + " " + padded(line, whole, colour_) + " " + bar + "\n";
    }
  }

  const TextTable& table_;
  bool colour_;
  std::string out_;
};

}  // namespace

std::string styled(const std::string& text, TextStyle style, bool colour) {
  if (!colour || text.empty()) return text;
  switch (style) {
    case TextStyle::kPlain:
      return text;
    case TextStyle::kStrong:
      return "\x1b[1m" + text + "\x1b[0m";
    case TextStyle::kDim:
      return "\x1b[2m" + text + "\x1b[0m";
    case TextStyle::kWarning:
      return "\x1b[33m" + text + "\x1b[0m";
  }
  return text;
}

int frame_width(std::size_t columns) { return 3 * static_cast<int>(columns) + 1; }

void fit_columns(TextTable& table, int width) {
  std::vector<int> longest_words(table.columns.size(), kNarrowestColumn);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    table.columns[i].width = 1;
    const auto measure = [&](const Cell& cell) {
      for (const Paragraph& paragraph : cell) {
        const std::string text = clean_text(paragraph.text);
        table.columns[i].width = std::max(table.columns[i].width, display_width(text));
        longest_words[i] = std::max(longest_words[i], longest_word_width(text));
      }
    };
    measure(table.header[i]);
    for (const TextTable::Row& row : table.rows) {
      if (!row.section) measure(row.cells[i]);
    }
  }
  const int available = width - frame_width(table.columns.size());
  std::vector<int> narrowest(table.columns.size(), kNarrowestColumn);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].whole) longest_words[i] = narrowest[i] = table.columns[i].width;
  }
  shrink(table.columns, available, longest_words);
  shrink(table.columns, available, narrowest);
}

std::string render_table(const TextTable& table, bool colour) { return Renderer(table, colour).render(); }

std::string render_item(const std::string& mark, const std::string& text, int width, int indent) {
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  const std::string lead = mark.empty() ? margin : margin + mark + " ";
  const std::string follow(static_cast<std::size_t>(display_width(lead)), ' ');
  std::string result;
  for (const std::string& line : wrap_text(text, std::max(kNarrowestItem, width - display_width(lead)))) {
    result += (result.empty() ? lead : follow) + line + "\n";
  }
  return result;
}

}  // namespace racemate::report
