// Everything that ships as data, loaded and checked: evidence, models, cohorts, patterns and the default choices.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/evidence/evidence.h"
#include "racemate/model/model.h"
#include "racemate/population/cohort.h"
#include "racemate/regimen/pattern.h"

namespace racemate::study {

// Which model answers for a use when the pattern names none.
struct DefaultModel {
  std::string substance;
  std::string route;
  std::string model;
  std::string reason;
};

struct Library {
  std::string data_folder;
  evidence::Library evidence;
  std::map<std::string, model::CompiledModel> models;  // by id
  std::map<std::string, regimen::Pattern> patterns;
  std::map<std::string, population::Cohort> cohorts;
  std::vector<DefaultModel> default_models;
  std::vector<std::string> default_patterns;  // what `compare` shows when nothing is named, in order
  std::string default_cohort;
  std::map<std::string, std::string> evidence_sha256;  // file name -> digest

  [[nodiscard]] std::vector<std::string> model_ids() const;
  [[nodiscard]] std::vector<std::string> pattern_ids() const;
  [[nodiscard]] std::vector<std::string> cohort_ids() const;
};

// Loads models/, patterns/, cohorts/, evidence/ and defaults.toml of a data folder. All problems of all files at once;
// a file whose id is not its name, and two files of one id, are errors.
[[nodiscard]] Result<Library> load_library(const std::string& data_folder);

// A name on the command line is a bundled id, or a path when it has a '/' or ends in ".toml".
[[nodiscard]] bool is_path(std::string_view name);
[[nodiscard]] Result<regimen::Pattern> find_pattern(const Library& library, const std::string& name);
[[nodiscard]] Result<population::Cohort> find_cohort(const Library& library, const std::string& name);
[[nodiscard]] Result<model::CompiledModel> find_model(const Library& library, const std::string& name);

}  // namespace racemate::study
