#include "racemate/model/expression_text.h"

#include <algorithm>

namespace racemate::model {
namespace {

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9') || c == '.'; }

// Calls visit(offset, name) for every name; units in brackets and the exponents of numbers are not names.
template <class Visit>
void for_each_name(std::string_view text, Visit visit) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '[') {
      i = std::min(text.find(']', i), text.size());
    } else if (continues_name(text[i])) {
      const std::size_t begin = i;
      while (i < text.size() && continues_name(text[i])) {
        ++i;
      }
      if (begins_name(text[begin])) {
        visit(begin, text.substr(begin, i - begin));
      }
    } else {
      ++i;
    }
  }
}

}  // namespace

bool mentions(std::string_view expression, const std::set<std::string>& names) {
  bool found = false;
  for_each_name(expression,
                [&](std::size_t, std::string_view name) { found = found || names.contains(std::string(name)); });
  return found;
}

void collect_names(std::string_view expression, std::set<std::string>& names) {
  for_each_name(expression, [&](std::size_t, std::string_view name) { names.emplace(name); });
}

RenamedExpression rename(std::string_view expression, std::string_view name, std::string_view new_name) {
  RenamedExpression result;
  std::size_t copied = 0;
  for_each_name(expression, [&](std::size_t offset, std::string_view found) {
    if (found != name) {
      return;
    }
    result.text += expression.substr(copied, offset - copied);
    result.replacements.push_back({result.text.size(), name.size(), new_name.size()});
    result.text += new_name;
    copied = offset + name.size();
  });
  result.text += expression.substr(copied);
  return result;
}

void RenamedExpression::restore_column(const SourcePosition& where, Diagnostic& diagnostic) const {
  const SourcePosition& position = diagnostic.where;
  if (position.file != where.file || position.line != where.line || position.column < where.column ||
      position.column > where.column + text.size()) {
    return;
  }
  const std::size_t offset = position.column - where.column;
  std::size_t restored = offset;
  for (const Replacement& replacement : replacements) {
    if (offset < replacement.offset) {
      break;
    }
    // Inside the new name every column stands for the beginning of the old one.
    const std::size_t inside = std::min(offset - replacement.offset, replacement.new_length);
    restored -= inside < replacement.new_length ? inside : replacement.new_length - replacement.old_length;
  }
  diagnostic.where.column = where.column + static_cast<std::uint32_t>(restored);
}

}  // namespace racemate::model
