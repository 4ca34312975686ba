// Small text work on expressions that the language itself need not know about. Internal to the room.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/diagnostic.h"

namespace racemate::model {

// True when the expression refers to one of the names.
[[nodiscard]] bool mentions(std::string_view expression, const std::set<std::string>& names);

// Adds the names that the expression refers to.
void collect_names(std::string_view expression, std::set<std::string>& names);

// An expression with one name replaced, and the way back from columns of the new text to those of the old one.
struct RenamedExpression {
  std::string text;
  // A problem in the new text that begins at `where` -> the same problem in the text of the file.
  void restore_column(const SourcePosition& where, Diagnostic& diagnostic) const;

  struct Replacement {
    std::size_t offset = 0;  // in the new text
    std::size_t old_length = 0;
    std::size_t new_length = 0;
  };
  std::vector<Replacement> replacements;
};
[[nodiscard]] RenamedExpression rename(std::string_view expression, std::string_view name, std::string_view new_name);

}  // namespace racemate::model
