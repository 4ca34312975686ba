// Checks the dimensions of a syntax tree.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "racemate/core/diagnostic.h"
#include "racemate/core/units.h"
#include "racemate/expr/ast.h"

namespace racemate::expr {

// Dimension of the root. Appends every mistake to diagnostics. names[i]: dimension of ast.names[i], nullopt when it
// is not known because of an error reported elsewhere. What depends on something unknown is not complained about;
// nullopt is returned when the root is unknown.
[[nodiscard]] std::optional<Dimension> check_dimensions(const Ast& ast, std::string_view text,
                                                        const SourcePosition& where,
                                                        std::span<const std::optional<Dimension>> names,
                                                        Diagnostics& diagnostics);

}  // namespace racemate::expr
