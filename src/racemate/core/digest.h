// SHA-256, for manifests: which bytes a result was computed from.
#pragma once

#include <string>
#include <string_view>

namespace racemate {

[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace racemate
