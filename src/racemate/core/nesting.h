// A look at the shape of a TOML text before it is parsed: how deep it nests and how many values it has.
//
// The TOML library builds one table per part of a dotted key and destroys them by recursion, without a limit; a key of
// a million dots would end the program. This scan agrees with the library on where strings and comments are, up to the
// first syntax error, which the library finds by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace racemate {

struct ShapeLimits {
  int depth;             // of brackets and braces, and of the parts of one dotted key
  std::uint32_t values;  // counted as keys and commas
};

struct ShapeProblem {
  bool too_deep;  // else: too many values
  std::uint32_t line;
  std::uint32_t column;
};

[[nodiscard]] std::optional<ShapeProblem> find_shape_problem(std::string_view text, const ShapeLimits& limits);

}  // namespace racemate
