// Phrases that the text and the JSON of a listing share.
#pragma once

#include <string>
#include <vector>

#include "racemate/evidence/evidence.h"
#include "racemate/model/model.h"
#include "racemate/regimen/pattern.h"
#include "racemate/report/text_page.h"

namespace racemate::report {

inline constexpr double kHoursPerYear = 365.25 * 24;

// "V1, perez-ruixo-2021", "assumption".
[[nodiscard]] std::string provenance_text(const evidence::Provenance& provenance);
// A value in internal units as written in the unit; as it is for a code that is not understood.
[[nodiscard]] double in_unit(double internal_value, const std::string& unit_code);
// "0.25 to 0.60 (uniform)", the ends in the unit.
[[nodiscard]] std::string range_text(const evidence::InputRange& range, const std::string& unit_code);

[[nodiscard]] std::string kind_name(model::Kind kind);
[[nodiscard]] std::string kind_name(regimen::Kind kind);
[[nodiscard]] std::string form_name(regimen::Form form);
[[nodiscard]] std::string scale_name(model::EffectScale scale);

// "61.3 % CV": the spread of an effect on the scale of its parameter; for logit and normal scales the SD.
[[nodiscard]] std::string spread_text(const model::RandomEffect& effect);
// "0.5 mg/kg, 18 times, 20 min apart", "28 mg, over 40 min".
[[nodiscard]] std::string dose_text(const regimen::SessionDose& dose);
// "weeks 1 to 4: Monday, Thursday", "from week 9: every 14 days".
[[nodiscard]] std::string phase_text(const regimen::Phase& phase);
[[nodiscard]] std::string weekday_name(int weekday);

// "10:00".
[[nodiscard]] std::string time_of_day(Duration time);
// "40 min", "1.5 h".
[[nodiscard]] std::string duration_text(Duration duration);

// Citation keys of everything in a model or pattern, each once, in order of first use.
[[nodiscard]] std::vector<std::string> cited_keys(const model::CompiledModel& model);
[[nodiscard]] std::vector<std::string> cited_keys(const regimen::Pattern& pattern);

// The heading "Sources" and the citations; a key that the library lacks stands alone.
void add_sources(TextPage& page, const std::vector<std::string>& keys, const evidence::Library& library);

}  // namespace racemate::report
