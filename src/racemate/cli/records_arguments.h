// What was asked of `racemate simulate MODEL --data`.
#pragma once

#include <string>

#include "racemate/core/diagnostic.h"
#include "racemate/study/simulate_records.h"

namespace racemate::cli {

struct RecordsArguments {
  study::RecordsOptions options;
  std::string out;   // kStandardOutput or a file
  std::string json;  // kStandardOutput or a file; empty: not asked for
  bool quiet = false;
};

// The words of the options of records and engines, as they were written; empty: not given.
struct WrittenRecords {
  std::string data;
  std::string covariates;  // nocb, locf, linear
  std::string long_lag;    // physical, nonmem
  std::string time_unit;   // h, d
  std::string occasion;    // a column
};
struct WrittenEngine {
  std::string backend;
  std::string method;  // automatic, explicit, stiff, cvode
  std::string relative_tolerance;
  std::string absolute_tolerance;
};

// Fill in what `written` says. Problems: kUsage.
void read_records_options(const WrittenRecords& written, study::RecordsOptions& options, Diagnostics& diagnostics);
void read_engine_options(const WrittenEngine& written, study::Backend& backend, engine::ode::Options& ode,
                         Diagnostics& diagnostics);

}  // namespace racemate::cli
