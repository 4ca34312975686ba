// Simulation of a data set: NONMEM-style records in, one row per record out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/parallel.h"
#include "racemate/engine/ode/solver.h"
#include "racemate/regimen/record_events.h"
#include "racemate/regimen/records.h"
#include "racemate/study/backend.h"
#include "racemate/study/compare.h"
#include "racemate/study/library.h"
#include "racemate/study/simulate.h"

namespace racemate::study {

inline constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 30U;  // of a data set, which is held in memory

// Which covariates hold between two records.
enum class CovariateRule : std::uint8_t {
  kNextCarriedBackward,  // those of the record that ends the interval (NONMEM)
  kLastCarriedForward,   // those of the record that begins it
  kLinear,               // on the straight line between the two; needs integration
};
[[nodiscard]] const std::vector<std::string>& covariate_rule_names();  // "nocb", "locf", "linear"

struct RecordsOptions {
  std::string model;                 // id or path
  std::string data;                  // path; "-": standard input
  std::vector<std::string> outputs;  // names; empty: all of the model
  std::uint64_t seed = 1;
  bool typical = false;             // no random effects
  std::optional<double> weight_kg;  // in place of a column
  std::optional<double> age_a;
  std::vector<ParameterOverride> overrides;
  std::string occasion;       // column of the occasion, a whole number from 0; empty: effects between occasions are 0
  bool observations = false;  // a column DV_<output> beside each output with a residual error or a limit
  Backend backend = Backend::kAutomatic;
  CovariateRule covariates = CovariateRule::kNextCarriedBackward;
  regimen::LagBeyondInterval lag_beyond_interval = regimen::LagBeyondInterval::kPhysical;
  regimen::RecordTimeUnit time_unit = regimen::RecordTimeUnit::kHours;
  engine::ode::Options ode;
  int threads = 0;
};

// A subject that could not be computed: its rows from then on are '.', never zeros.
struct FailedSubject {
  std::string id;
  double time_h = 0;
  std::string reason;
};

struct RecordsResult {
  std::size_t subjects = 0;
  std::size_t records = 0;
  std::string simd_tier;
  std::string data_sha256;
  std::string model_id;
  std::string model_sha256;
  std::string model_tier;
  std::vector<std::string> model_assumptions;
  std::vector<std::string> model_defects;
  std::vector<std::string> outputs;
  std::vector<std::string> overrides;
  Backend backend{};  // that was used
  std::vector<FailedSubject> failed;
  // Subjects that integration carried with another method than the explicit one at their end.
  std::size_t stiff_subjects = 0;
  std::size_t cvode_subjects = 0;
};

// Writes "ID,TIME,<outputs>" and one row per record, in the order of the records. TIME in h; concentrations in ng/mL,
// other outputs in their own unit, measurements drawn by (seed, subject, record). A row at a dose is after it. Random
// effects between people are drawn by (seed, number of the subject in the file), those between occasions by (seed,
// subject, occasion). Errors: every problem of the data set (at file:line:column) and of the request; a back end
// that does not fit the model.
[[nodiscard]] Result<RecordsResult> simulate_records(const Library& library, const RecordsOptions& options,
                                                     const TextSink& write, const ProgressSink& progress,
                                                     const CancelToken& cancel);

}  // namespace racemate::study
