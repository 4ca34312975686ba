// What was asked of `racemate nca`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/exposure/nca.h"
#include "racemate/exposure/nca_table.h"

namespace racemate::cli {

struct NcaArguments {
  std::string file;  // of the table; kStandardInput
  exposure::NcaTableOptions table;
  exposure::NcaOptions options;
  std::string time_unit = "h";
  std::string concentration_unit = "ng/mL";
  std::string dose_unit = "mg";
  std::string json;  // files; empty: not asked for
  std::string csv;
  std::optional<int> width;
  bool quiet = false;
};

inline constexpr const char* kStandardInput = "-";

// The words of the options as they were written; empty: not given.
struct WrittenNca {
  std::string file;
  std::vector<std::string> outputs;  // names, also several by comma
  std::string method;                // linear-up-log-down, linear, linear-log
  std::string dose;
  std::string dose_time;
  std::string route;     // bolus, infusion, extravascular
  std::string duration;  // of the infusion
  std::string time_unit;
  std::string concentration_unit;
  std::string dose_unit;
  std::string blq;  // one rule for all places, or "before=zero,between=missing,after=half"
  std::string lloq;
  std::vector<std::string> partial;  // "0:24", also several by comma
  std::string tau;
  bool steady_state = false;
  std::string lambda_z;  // "8:24"
  std::string json;
  std::string csv;
  bool quiet = false;
};

// Without the width. Problems: kUsage.
[[nodiscard]] NcaArguments read_nca(const WrittenNca& written, Diagnostics& diagnostics);

}  // namespace racemate::cli
