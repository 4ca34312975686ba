#include "racemate/core/nesting.h"

#include <algorithm>
#include <cstddef>

namespace racemate {
namespace {

class ShapeScanner {
 public:
  ShapeScanner(std::string_view text, const ShapeLimits& limits) : text_(text), limits_(limits) {}

  std::optional<ShapeProblem> scan() {
    while (at_ < text_.size()) {
      const char character = text_[at_];
      if (character == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        continue;
      }
      if (character == '"' || character == '\'') {
        if (!skip_string(character)) return std::nullopt;
        continue;
      }
      if (!count(character)) return problem();
      advance();
    }
    return std::nullopt;
  }

 private:
  // False when a limit is passed at this character.
  bool count(char character) {
    switch (character) {
      case '[':
      case '{':
        key_parts_ = 0;
        too_deep_ = ++brackets_ > limits_.depth;
        return !too_deep_;
      case ']':
      case '}':
        key_parts_ = 0;
        brackets_ = std::max(0, brackets_ - 1);
        return true;
      case '.':
        too_deep_ = ++key_parts_ > limits_.depth;
        return !too_deep_;
      case '=':
      case ',':
        key_parts_ = 0;
        return ++values_ <= limits_.values;
      case '\n':
        key_parts_ = 0;
        return true;
      default:
        return true;
    }
  }

  void advance() {
    if (text_[at_] == '\n') {
      ++line_;
      line_start_ = at_ + 1;
    }
    ++at_;
  }

  // From the opening quote to behind the closing one. False at a string that does not end: a syntax error.
  bool skip_string(char quote) {
    const std::string_view rest = text_.substr(at_);
    const bool multi_line = rest.size() >= 3 && rest[1] == quote && rest[2] == quote;
    at_ += multi_line ? 3 : 1;
    while (at_ < text_.size()) {
      const char character = text_[at_];
      if (character == '\\' && quote == '"' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
        at_ += 2;
        continue;
      }
      if (character == '\n' && !multi_line) return false;
      if (character != quote) {
        advance();
        continue;
      }
      if (!multi_line) {
        ++at_;
        return true;
      }
      // Up to two quotes may stand before the three that close: the last three of a run of quotes close the string.
      const std::size_t run = std::min(text_.find_first_not_of(quote, at_), text_.size()) - at_;
      at_ += std::min<std::size_t>(run, 5);
      if (run >= 3) return true;
    }
    return false;
  }

  [[nodiscard]] ShapeProblem problem() const {
    return {.too_deep = too_deep_, .line = line_, .column = static_cast<std::uint32_t>(at_ - line_start_ + 1)};
  }

  std::string_view text_;
  ShapeLimits limits_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
  int brackets_ = 0;
  int key_parts_ = 0;
  std::uint32_t values_ = 0;
  bool too_deep_ = false;
};

}  // namespace

std::optional<ShapeProblem> find_shape_problem(std::string_view text, const ShapeLimits& limits) {
  return ShapeScanner(text, limits).scan();
}

}  // namespace racemate
