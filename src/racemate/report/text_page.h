// A page of text for a terminal, put together from headings, items and tables.
#pragma once

#include <string>

#include "racemate/report/table.h"

namespace racemate::report {

inline constexpr int kNarrowestTerminal = 60;  // narrower requests are laid out at this width

struct TerminalStyle {
  int width = 100;      // columns
  bool colour = false;  // ANSI sequences
};

class TextPage {
 public:
  explicit TextPage(const TerminalStyle& style);

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] bool colour() const { return colour_; }

  void title(const std::string& text);
  void heading(const std::string& text);  // after an empty line
  // A mark and wrapped text, following lines indented; the text alone when the mark is empty.
  void item(const std::string& mark, const std::string& text, int indent = 0);
  void warning(const std::string& mark, const std::string& text);  // an item in the colour of warnings
  void remark(const std::string& text);                            // small print
  void table(TextTable table);                                     // with columns fitted to the width
  void fixed_table(const TextTable& table);                        // with the columns as they are
  void empty_line() { out_ += "\n"; }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void lines(const std::string& text, TextStyle style);

  int width_;
  int text_width_;
  bool colour_;
  std::string out_;
};

}  // namespace racemate::report
