// A regimen simulated by the event engine: for models that engine::run() cannot take because their rates depend on time
// or amounts, and to hold any model's exact propagation against integration.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "racemate/core/time.h"
#include "racemate/engine/ode/solver.h"
#include "racemate/engine/run.h"
#include "racemate/population/batch.h"
#include "racemate/regimen/timeline.h"

namespace racemate::engine::events {

struct RegimenTableRequest {
  const model::CompiledModel* model = nullptr;
  std::string_view route;  // of the model
  const regimen::Timeline* timeline = nullptr;
  std::span<const Instant> times;        // rows, ascending
  std::span<const std::size_t> outputs;  // indices of the model's outputs
  ode::Options ode;
};

// As engine::fill_table(): writes one value per person, row and output, in internal units (mg/L for concentrations). A
// row at a dose is after it. Returns the failure of the lowest lane; all of them, by lane, go to `failures`. Rows of a
// person are not written from its failure on, and those of other people are right.
[[nodiscard]] std::optional<RunFailure> fill_table(const RegimenTableRequest& request, population::Batch& batch,
                                                   const ValueTable& table,
                                                   std::vector<RunFailure>* failures = nullptr);

}  // namespace racemate::engine::events
