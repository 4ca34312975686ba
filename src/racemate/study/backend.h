// Which engine carries amounts through time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace racemate::study {

// Automatic: exact propagators for linear models, integration for others.
enum class Backend : std::uint8_t { kAutomatic, kReference, kLinear, kOde };
[[nodiscard]] const std::vector<std::string>& backend_names();  // "automatic", ... in the order of Backend
[[nodiscard]] std::string_view to_string(Backend backend);

// Of integration, relative and absolute.
inline constexpr double kSmallestTolerance = 1e-13;
inline constexpr double kLargestTolerance = 0.1;

}  // namespace racemate::study
