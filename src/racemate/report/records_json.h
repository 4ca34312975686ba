// What a simulation of records was made from and how it went, as JSON: schema racemate-records/1.
#pragma once

#include <string>

#include "racemate/study/simulate_records.h"

namespace racemate::report {

[[nodiscard]] std::string render_records_json(const study::RecordsOptions& options, const study::RecordsResult& result);

}  // namespace racemate::report
