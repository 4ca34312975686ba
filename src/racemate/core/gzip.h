// gzip (RFC 1952) in both directions, piece by piece. The only place that includes zlib.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "racemate/core/diagnostic.h"

namespace racemate {

// Compresses a stream. The bytes depend on the content alone, not on the pieces in which it arrives: the header holds
// no time and no name, and the compressor is fed in pieces of one size. They may change with the version of zlib.
class GzipWriter {
 public:
  GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;
  GzipWriter(GzipWriter&&) = delete;
  GzipWriter& operator=(GzipWriter&&) = delete;
  ~GzipWriter();

  // Adds to `compressed` what is ready; the rest stays inside (at most some hundred KiB).
  void write(std::string_view content, std::string& compressed);
  // The end of the stream. Call once, last.
  void finish(std::string& compressed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] bool is_gzip_name(std::string_view path);  // ends in ".gz"

// Reads a file from its beginning, one line at a time; a file that begins as gzip does is unpacked on the way.
class LineFile {
 public:
  // Longest line that a file may have.
  static constexpr std::size_t kLongestLine = 16U << 20U;

  // Error: kFileUnreadable.
  [[nodiscard]] static Result<std::unique_ptr<LineFile>> open(const std::string& path);
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;
  LineFile(LineFile&&) = delete;
  LineFile& operator=(LineFile&&) = delete;
  ~LineFile();

  // The next line without its end, valid until the next call; false at the end of the file. A last line without an end
  // counts as a line. Errors: kFileUnreadable (damaged or cut short as gzip), kFileTooLarge (a line above the limit).
  [[nodiscard]] Result<bool> next(std::string_view& line);

 private:
  struct State;
  explicit LineFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace racemate
