#include "racemate/report/text_page.h"

#include <algorithm>

#include "racemate/report/text.h"

namespace racemate::report {
namespace {

constexpr int kWidestText = 110;  // running text is not read well in longer lines

}  // namespace

TextPage::TextPage(const TerminalStyle& style)
    : width_(std::max(kNarrowestTerminal, style.width)),
      text_width_(std::min(width_, kWidestText)),
      colour_(style.colour) {}

void TextPage::lines(const std::string& text, TextStyle style) {
  for (const std::string& line : wrap_text(text, text_width_)) out_ += styled(line, style, colour_) + "\n";
}

void TextPage::title(const std::string& text) { lines(text, TextStyle::kStrong); }

void TextPage::heading(const std::string& text) {
  empty_line();
  lines(text, TextStyle::kStrong);
}

void TextPage::item(const std::string& mark, const std::string& text, int indent) {
  out_ += render_item(mark, text, text_width_, indent);
}

void TextPage::warning(const std::string& mark, const std::string& text) {
  for (const std::string& line : wrap_text(mark + " " + text, text_width_ - 2)) {
    out_ += "  " + styled(line, TextStyle::kWarning, colour_) + "\n";
  }
}

void TextPage::remark(const std::string& text) { lines(text, TextStyle::kDim); }

void TextPage::table(TextTable table) {
  fit_columns(table, width_);
  fixed_table(table);
}

void TextPage::fixed_table(const TextTable& table) { out_ += render_table(table, colour_); }

}  // namespace racemate::report
