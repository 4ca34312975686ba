// Patterns for tests: a small valid one to vary, and an evidence library of its own.
#pragma once

#include <string>

#include "racemate/regimen/pattern.h"

namespace racemate::regimen::testing {

inline evidence::Library small_library() {
  evidence::Library library;
  library.citations["some-paper"] = {"some-paper", "Some Paper 2020", "", "", "abstract"};
  return library;
}

inline std::string head_of_pattern() {
  return R"(schema = "racemate-pattern/1"
id = "mine"
title = "Mine"
kind = "clinical"
substance = "racemic ketamine"
form = "base"
route = "intravenous"
)";
}

inline Result<Pattern> parse_text(const std::string& text) {
  const Result<Document> document = parse_document(text, "mine.toml");
  if (!document) {
    return fail(document.error());
  }
  return parse_pattern(*document, "mine.toml", small_library());
}

// The head with these tables after it.
inline Result<Pattern> parse_tables(const std::string& tables) { return parse_text(head_of_pattern() + tables); }

}  // namespace racemate::regimen::testing
