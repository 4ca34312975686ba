// Numbers from options: the whole text or nothing, in a stated range, with a message that says what is expected.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "racemate/core/diagnostic.h"

namespace racemate::cli {

struct CountRange {
  std::uint64_t low;
  std::uint64_t high;
};
struct RealRange {
  double low;
  double high;
  std::string_view unit;  // for the message; may be empty
};

// "1000", digits only. Reports kUsage and returns nullopt otherwise.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view option, const std::string& text,
                                                       const CountRange& range, Diagnostics& diagnostics);
// "72.5"; finite. Reports kUsage and returns nullopt otherwise.
[[nodiscard]] std::optional<double> parse_real(std::string_view option, const std::string& text, const RealRange& range,
                                               Diagnostics& diagnostics);

}  // namespace racemate::cli
