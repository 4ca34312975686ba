// The subjects of a data set, a block at a time: what is the same for all of them, and one block's run. Internal to
// simulate_records.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "racemate/population/batch.h"
#include "racemate/population/cohort.h"
#include "racemate/regimen/pattern.h"
#include "racemate/regimen/records.h"
#include "racemate/study/simulate_records.h"

namespace racemate::study {

inline constexpr std::uint32_t kLargestOccasion = 1'000'000;

// Subjects that go in step. Wide enough for the ODE engine to share the reading of expressions.
inline constexpr std::size_t kRecordBlock = 16;

// Everything that is the same for every block.
struct PreparedRecords {
  const RecordsOptions* options = nullptr;
  model::CompiledModel model;
  regimen::RecordSet set;
  std::vector<std::size_t> outputs;  // indices
  Backend backend{};
  population::Cohort cohort;
  regimen::Pattern no_pattern;
  population::DrawContext context;
  // The model's covariates that the data have: index in the model and column in the set.
  struct Column {
    std::size_t covariate = 0;
    std::size_t column = 0;
  };
  std::vector<Column> columns;
  std::optional<std::size_t> occasion_column;  // of the set
  std::vector<int> dosed;                      // per text of CMT: the compartment
  std::vector<int> infused;                    // compartments that some record infuses into
  std::string data_sha256;
  std::vector<std::string> overrides;

  [[nodiscard]] std::uint32_t occasion(std::size_t record) const {
    return static_cast<std::uint32_t>(set.covariate_values[record * set.covariates.size() + *occasion_column]);
  }
  [[nodiscard]] double covariate(std::size_t record, const Column& column) const {
    return set.covariate_values[record * set.covariates.size() + column.column];
  }
};

struct RecordBlockResult {
  std::string text;  // the rows
  std::vector<FailedSubject> failed;
  std::size_t stiff = 0;  // subjects that the stiff method carried at the end
  std::size_t cvode = 0;  // and CVODE
};

// Subjects first_subject to first_subject + kRecordBlock - 1, or to the last one. Errors: those of expand_records().
[[nodiscard]] Result<RecordBlockResult> run_record_block(const PreparedRecords& prepared, std::size_t first_subject);

}  // namespace racemate::study
