// Any bytes as a table of concentrations, the first three choosing the options: an analysis in which each quantity has
// either a finite value or a reason, or a list of problems.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_support.h"
#include "racemate/exposure/nca_table.h"
#include "racemate/report/nca_report.h"

namespace {

using namespace racemate;

exposure::NcaTableOptions table_options(std::uint8_t byte) {
  exposure::NcaTableOptions options;
  options.route = static_cast<exposure::NcaRoute>(byte % 3);
  options.infusion_duration = options.route == exposure::NcaRoute::kInfusion ? 0.5 : 0;
  if ((byte & 0x10U) != 0) options.dose = 100;
  if ((byte & 0x20U) != 0) options.dose_time = 1;
  if ((byte & 0x40U) != 0) options.lower_limit = 0.25;
  return options;
}

exposure::NcaOptions nca_options(std::uint8_t byte, std::uint8_t rules) {
  exposure::NcaOptions options;
  options.method = static_cast<exposure::NcaMethod>(byte % 3);
  options.blq = {.before_first = static_cast<exposure::BlqTreatment>(rules % 3),
                 .between = static_cast<exposure::BlqTreatment>(rules / 3 % 3),
                 .after_last = static_cast<exposure::BlqTreatment>(rules / 9 % 3)};
  if ((byte & 0x10U) != 0) options.tau = 8;
  options.steady_state = (byte & 0x30U) == 0x30U;
  if ((byte & 0x40U) != 0) options.terminal_window = exposure::NcaInterval{.from = 1, .to = 24};
  if ((byte & 0x80U) != 0) options.intervals = {{.from = 0, .to = 4}, {.from = 2, .to = 1e3}};
  return options;
}

void check_result(const exposure::NcaResult& result) {
  for (const exposure::NcaQuantity& quantity : result.quantities) {
    RACEMATE_CHECK(quantity.value.has_value() == quantity.reason.empty(), "a value or a reason");
    RACEMATE_CHECK(!quantity.value || std::isfinite(*quantity.value), "a value is finite");
    const bool is_area = quantity.metric == exposure::NcaMetric::kAucLast ||
                         quantity.metric == exposure::NcaMetric::kAucInfObserved ||
                         quantity.metric == exposure::NcaMetric::kAucInterval;
    RACEMATE_CHECK(!is_area || !quantity.value || *quantity.value >= 0, "an area under a curve is not negative");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kOptionBytes = 3;
  if (size < kOptionBytes) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + kOptionBytes, size - kOptionBytes);
  const auto profiles = exposure::read_nca_table(text, "table.csv", table_options(data[0]));
  if (!profiles) {
    fuzz::check_refusal(profiles.error());
    return 0;
  }
  static const auto units = exposure::parse_nca_units("h", "ng/mL", "mg");
  const exposure::NcaOptions options = nca_options(data[1], data[2]);
  const auto results = exposure::analyse_profiles(*profiles, *units, options);
  if (!results) {
    fuzz::check_refusal(results.error());
    return 0;
  }
  for (const exposure::NcaResult& result : *results) {
    check_result(result);
  }
  const std::string shown = report::render_nca({.file = "table.csv",
                                                .units = *units,
                                                .options = options,
                                                .results = *results,
                                                .summaries = exposure::summarise(*results)},
                                               {.width = 80});
  RACEMATE_CHECK(shown.find('\x1b') == std::string::npos, "a table cannot steer a terminal");
  return 0;
}
