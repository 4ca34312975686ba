#include "racemate/core/check.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>

namespace racemate {

void check_failed(std::string_view condition, std::string_view message, const std::source_location& where) {
  std::fflush(stdout);
  fmt::print(stderr, "{}:{}: racemate: a check failed, which is a defect of Racemate: {} ({})\n", where.file_name(),
             where.line(), message, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace racemate
