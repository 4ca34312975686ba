// A request made concrete: every name resolved, every override applied, every calendar written out.
#pragma once

#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/evidence/evidence.h"
#include "racemate/model/model.h"
#include "racemate/population/cohort.h"
#include "racemate/regimen/pattern.h"
#include "racemate/regimen/timeline.h"
#include "racemate/study/compare.h"
#include "racemate/study/library.h"

namespace racemate::study {

// A level as a threshold on a model's own output, or why it cannot be one.
struct LevelInModel {
  const evidence::Level* level = nullptr;
  bool reachable = false;
  double threshold_mg_per_l = 0;     // in the output's analyte and site
  std::vector<std::string> bridges;  // statements of the steps taken
  std::string reason;                // when not reachable
};

struct PatternRequest {
  regimen::Pattern pattern;
  model::CompiledModel model;
  regimen::Timeline timeline;
  std::vector<LevelInModel> levels;  // one per level of the evidence, in its order

  // The output that concentrations are reported for: the model's first, its parent compound.
  [[nodiscard]] const model::Output& output() const { return model.outputs.front(); }
};

struct Request {
  std::vector<PatternRequest> patterns;
  population::Cohort cohort;
  std::vector<std::string> overrides;  // as text, for the manifest
};

// Every problem of the options, the files they name and their combination.
[[nodiscard]] Result<Request> resolve(const Library& library, const CompareOptions& options);

[[nodiscard]] std::vector<LevelInModel> levels_in_model(const evidence::Library& evidence, const model::Output& output);

// Applies those that name this model; adds to `applied` what was set, as text for the manifest.
void apply_overrides(const std::vector<ParameterOverride>& overrides, model::CompiledModel& model,
                     std::vector<std::string>& applied, Diagnostics& problems);

// The model for a pattern when the request names none: the pattern's own, else the default for its substance and route.
[[nodiscard]] Result<std::string> default_model(const Library& library, const regimen::Pattern& pattern);

}  // namespace racemate::study
