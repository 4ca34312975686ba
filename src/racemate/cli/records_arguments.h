// What was asked of `racemate simulate MODEL --data`.
#pragma once

#include <string>

#include "racemate/core/diagnostic.h"
#include "racemate/study/simulate_records.h"

namespace racemate::cli {

struct RecordsArguments {
  study::RecordsOptions options;
  std::string out;  // kStandardOutput or a file
  std::string json;  // kStandardOutput or a file; empty: not asked for
  bool quiet = false;
};

// The words of the options that only a data set has, as they were written; empty: not given.
struct WrittenRecords {
  std::string data;
  std::string backend;
  std::string covariates;  // nocb, locf, linear
  std::string long_lag;    // physical, nonmem
  std::string time_unit;   // h, d
  std::string method;      // automatic, explicit, stiff, cvode
  std::string relative_tolerance;
  std::string absolute_tolerance;
};

// Fills in what `written` says. Problems: kUsage.
void read_records_options(const WrittenRecords& written, study::RecordsOptions& options, Diagnostics& diagnostics);

}  // namespace racemate::cli
