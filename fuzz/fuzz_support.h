// What the fuzz targets share: the shipped citations, and the check that every refusal explains itself.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include "racemate/core/check.h"
#include "racemate/core/diagnostic.h"
#include "racemate/evidence/evidence.h"

namespace racemate::fuzz {

inline const evidence::Library& shipped_evidence() {
  static const evidence::Library library = [] {
    auto loaded = evidence::load_library(RACEMATE_SOURCE_DIR "/evidence");
    if (!loaded) {
      for (const Diagnostic& diagnostic : loaded.error()) {
        std::fprintf(stderr, "%s\n", to_string(diagnostic).c_str());
      }
      std::abort();
    }
    return *loaded;
  }();
  return library;
}

// Whatever the input: a refusal has at least one problem, and each says something.
inline void check_refusal(const Diagnostics& diagnostics) {
  RACEMATE_CHECK(!diagnostics.empty(), "a refusal has a reason");
  for (const Diagnostic& diagnostic : diagnostics) {
    RACEMATE_CHECK(!diagnostic.message.empty(), "a reason has words");
    RACEMATE_CHECK(to_string(diagnostic).find('\n') == std::string::npos, "a problem is one line");
  }
}

}  // namespace racemate::fuzz
