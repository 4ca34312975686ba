// Our own invariants, always on. A failed check is a defect of Racemate, never of its input.
#pragma once

#include <source_location>
#include <string_view>

namespace racemate {

[[noreturn]] void check_failed(std::string_view condition, std::string_view message, const std::source_location& where);

}  // namespace racemate

// RACEMATE_CHECK(condition, "what must hold"): prints the place and aborts when the condition is false.
#define RACEMATE_CHECK(condition, message)             \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::racemate::check_failed(#condition, (message), std::source_location::current()))
