// Whole files or none: a file is written beside its target and renamed into place.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "racemate/core/diagnostic.h"

namespace racemate {

// A file that is written piece by piece and appears whole at finish(), or not at all: until then the bytes are in a
// temporary file beside the target, which the destructor removes. Pipes, devices and standard output take the bytes as
// they come. One thread at a time.
class OutputFile {
 public:
  // kGzip: what is written arrives compressed (gzip.h). Errors as check_writable().
  enum class Encoding { kPlain, kGzip };
  [[nodiscard]] static Result<std::unique_ptr<OutputFile>> open(const std::string& path,
                                                                Encoding encoding = Encoding::kPlain);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  OutputFile(OutputFile&&) = delete;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

  // Error: kUnwritableOutput with the reason of the system; nothing more can be written then.
  [[nodiscard]] Result<void> write(std::string_view content);
  // Flush and rename. Call once, last.
  [[nodiscard]] Result<void> finish();

 private:
  struct State;
  [[nodiscard]] Result<void> write_bytes(std::string_view bytes);
  explicit OutputFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Writes content to path atomically (temporary file in the same folder, flush, rename). On failure the target is
// untouched and nothing is left behind. Errors: kUnwritableOutput with the reason of the system.
[[nodiscard]] Result<void> write_file_atomically(const std::string& path, std::string_view content);
// Checks early that path could be written (its folder exists and is writable, it is not a directory).
[[nodiscard]] Result<void> check_writable(const std::string& path);

// Removes what an interrupted write would leave behind. Safe to call from anywhere but a signal handler.
void remove_unfinished_files();

}  // namespace racemate
