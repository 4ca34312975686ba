#include "racemate/study/data_folder.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace racemate::study {
namespace {

constexpr std::array<std::string_view, 4> kFolders{"models", "patterns", "cohorts", "evidence"};

// The first of the four folders that is not there; empty when all are.
std::string_view missing_folder(const std::filesystem::path& place) {
  for (const std::string_view folder : kFolders) {
    std::error_code error;
    if (!std::filesystem::is_directory(place / folder, error)) {
      return folder;
    }
  }
  return {};
}

}  // namespace

DataFolderPlaces data_folder_places() {
  DataFolderPlaces places;
  // Read once, before any thread starts.
  if (const char* value = std::getenv("RACEMATE_DATA"); value != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    places.environment = value;
  }
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    places.installed = (program.parent_path() / RACEMATE_DATA_FROM_BIN).lexically_normal().string();
  }
  places.source_tree = RACEMATE_SOURCE_DATA;
  return places;
}

Result<std::string> find_data_folder(const DataFolderPlaces& places) {
  if (!places.environment.empty()) {
    const std::string_view missing = missing_folder(places.environment);
    if (missing.empty()) {
      return places.environment;
    }
    return fail({.code = ErrorCode::kFileUnreadable,
                 .where = {.file = places.environment},
                 .message = fmt::format("RACEMATE_DATA names this folder, and it has no folder '{}'", missing),
                 .expected = "a folder with models, patterns, cohorts and evidence",
                 .hint = "correct RACEMATE_DATA, or unset it to use the shipped data"});
  }
  for (const std::string& place : {places.installed, places.source_tree}) {
    if (!place.empty() && missing_folder(place).empty()) {
      return place;
    }
  }
  return fail(
      {.code = ErrorCode::kFileUnreadable,
       .where = {},
       .message = fmt::format("the shipped data are neither in '{}' nor in '{}'", places.installed, places.source_tree),
       .expected = "a folder with models, patterns, cohorts and evidence",
       .hint = "set RACEMATE_DATA to that folder"});
}

}  // namespace racemate::study
