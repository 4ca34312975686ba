// Numbers from options: the whole text or nothing, with a message that says what is expected.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "racemate/core/diagnostic.h"

namespace racemate::cli {

struct CountRange {
  std::uint64_t low;
  std::uint64_t high;
};
inline constexpr CountRange kAnyCount{0, std::numeric_limits<std::uint64_t>::max()};

// "1000", digits only. Reports kUsage and returns nullopt otherwise.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view option, const std::string& text,
                                                       const CountRange& range, Diagnostics& diagnostics);
// "72.5"; finite. What range makes sense is for the receiver to say. Reports kUsage and returns nullopt otherwise.
[[nodiscard]] std::optional<double> parse_real(std::string_view option, const std::string& text,
                                               Diagnostics& diagnostics);

}  // namespace racemate::cli
