// Models and patterns as text for a terminal: what there is, and everything that one of them consists of, with units,
// sources and tiers. What is wrong with a model comes first.
#pragma once

#include <span>
#include <string>

#include "racemate/evidence/evidence.h"
#include "racemate/model/model.h"
#include "racemate/regimen/pattern.h"
#include "racemate/report/text_page.h"

namespace racemate::report {

[[nodiscard]] std::string render_model_list(std::span<const model::CompiledModel> models,
                                            const TerminalStyle& style = {});
[[nodiscard]] std::string render_model(const model::CompiledModel& model, const evidence::Library& library,
                                       const TerminalStyle& style = {});
[[nodiscard]] std::string render_pattern_list(std::span<const regimen::Pattern> patterns,
                                              const TerminalStyle& style = {});
[[nodiscard]] std::string render_pattern(const regimen::Pattern& pattern, const evidence::Library& library,
                                         const TerminalStyle& style = {});

}  // namespace racemate::report
