// Whole files or none: a file is written beside its target and renamed into place.
#pragma once

#include <string>
#include <string_view>

#include "racemate/core/diagnostic.h"

namespace racemate {

// Writes content to path atomically (temporary file in the same folder, flush, rename). On failure the target is
// untouched and nothing is left behind. Errors: kUnwritableOutput with the reason of the system.
[[nodiscard]] Result<void> write_file_atomically(const std::string& path, std::string_view content);
// Checks early that path could be written (its folder exists and is writable, it is not a directory).
[[nodiscard]] Result<void> check_writable(const std::string& path);

// Removes what an interrupted write would leave behind. Safe to call from anywhere but a signal handler.
void remove_unfinished_files();

}  // namespace racemate
