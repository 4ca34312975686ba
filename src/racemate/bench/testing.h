// For tests of the room: scenarios from text, and small workloads of the shipped models of the benchmarks.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "racemate/bench/scenario.h"
#include "racemate/bench/workload.h"
#include "racemate/core/document.h"
#include "racemate/study/library.h"

namespace racemate::bench::testing {

inline const study::Library& shipped_library() {
  static const study::Library kLibrary = [] {
    Result<study::Library> library = study::load_library(RACEMATE_SOURCE_DIR);
    if (!library) ADD_FAILURE() << to_string(library.error().front());
    return library ? std::move(*library) : study::Library{};
  }();
  return kLibrary;
}

inline Result<Scenario> scenario_from(const std::string& text) {
  const Result<Document> document = parse_document(text, "test.toml");
  if (!document) return fail(document.error());
  return parse_scenario(*document, "folder");
}

inline Scenario shipped_scenario(const std::string& id) {
  Result<Scenario> scenario = load_scenario(RACEMATE_SOURCE_DIR "/bench/" + id + ".toml");
  if (!scenario) {
    ADD_FAILURE() << to_string(scenario.error().front());
    return {};
  }
  return std::move(*scenario);
}

inline std::unique_ptr<Workload> workload_of(const Scenario& scenario, std::size_t of = 0) {
  auto workload = Workload::make(scenario, scenario.cases.at(of), shipped_library());
  if (!workload) {
    ADD_FAILURE() << to_string(workload.error().front());
    return nullptr;
  }
  return std::move(*workload);
}

}  // namespace racemate::bench::testing
