#include "racemate/core/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "racemate/core/check.h"

namespace racemate {

namespace {

// The compressor is fed in pieces of this size whatever the caller's are.
constexpr std::size_t kPiece = 64U << 10U;
// Tables of numbers: level 6 takes four times as long for files that are a tenth smaller.
constexpr int kLevel = 2;
constexpr int kGzipWindow = 15 + 16;  // the largest window, with gzip's header instead of zlib's
constexpr int kMemoryLevel = 8;

}  // namespace

struct GzipWriter::State {
  z_stream stream{};
  std::string waiting;
  std::array<Bytef, kPiece> out{};

  void compress(bool last, std::string& compressed) {
    // zlib does not write through next_in, which lacks the const.
    stream.next_in = reinterpret_cast<Bytef*>(waiting.data());
    stream.avail_in = static_cast<uInt>(waiting.size());
    do {
      stream.next_out = out.data();
      stream.avail_out = static_cast<uInt>(out.size());
      const int status = deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
      RACEMATE_CHECK(status != Z_STREAM_ERROR, "the state of the compressor is whole");
      compressed.append(reinterpret_cast<const char*>(out.data()), out.size() - stream.avail_out);
    } while (stream.avail_out == 0);
    waiting.clear();
  }
};

GzipWriter::GzipWriter() : state_(std::make_unique<State>()) {
  const int status = deflateInit2(&state_->stream, kLevel, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY);
  RACEMATE_CHECK(status == Z_OK, "zlib can be used");
}

GzipWriter::~GzipWriter() { deflateEnd(&state_->stream); }

void GzipWriter::write(std::string_view content, std::string& compressed) {
  while (!content.empty()) {
    const std::size_t taken = std::min(content.size(), kPiece - state_->waiting.size());
    state_->waiting.append(content.substr(0, taken));
    content.remove_prefix(taken);
    if (state_->waiting.size() == kPiece) state_->compress(false, compressed);
  }
}

void GzipWriter::finish(std::string& compressed) { state_->compress(true, compressed); }

bool is_gzip_name(std::string_view path) { return path.ends_with(".gz"); }

struct LineFile::State {
  std::string path;
  gzFile file = nullptr;
  std::string buffer;
  std::size_t at = 0;  // of what has not been handed out
  bool ended = false;

  Result<void> read_more() {
    buffer.erase(0, at);
    at = 0;
    const std::size_t held = buffer.size();
    buffer.resize(held + kPiece);
    const int got = gzread(file, buffer.data() + held, static_cast<unsigned>(kPiece));
    buffer.resize(held + static_cast<std::size_t>(std::max(got, 0)));
    int status = Z_OK;
    const char* reason = gzerror(file, &status);
    // Z_BUF_ERROR: the file ends inside the compressed stream.
    if (got < 0 || (got == 0 && status != Z_OK && status != Z_STREAM_END)) {
      return fail(Diagnostic{ErrorCode::kFileUnreadable,
                             {path},
                             fmt::format("cannot be read to its end: {}",
                                         status == Z_ERRNO ? std::generic_category().message(errno) : reason),
                             "a whole file",
                             {}});
    }
    ended = got == 0;
    return {};
  }
};

LineFile::LineFile(std::unique_ptr<State> state) : state_(std::move(state)) {}

LineFile::~LineFile() { gzclose(state_->file); }

Result<std::unique_ptr<LineFile>> LineFile::open(const std::string& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  errno = 0;
  state->file = gzopen(path.c_str(), "rb");
  if (state->file == nullptr) {
    return fail(Diagnostic{ErrorCode::kFileUnreadable,
                           {path},
                           fmt::format("cannot be opened: {}", std::generic_category().message(errno)),
                           {},
                           {}});
  }
  return std::unique_ptr<LineFile>(new LineFile(std::move(state)));
}

Result<bool> LineFile::next(std::string_view& line) {
  std::size_t searched = state_->at;
  while (true) {
    const std::size_t end = state_->buffer.find('\n', searched);
    if (end != std::string::npos) {
      line = std::string_view(state_->buffer).substr(state_->at, end - state_->at);
      state_->at = end + 1;
      return true;
    }
    if (state_->ended) {
      line = std::string_view(state_->buffer).substr(state_->at);
      state_->at = state_->buffer.size();
      return !line.empty();
    }
    if (state_->buffer.size() - state_->at > kLongestLine) {
      return fail(Diagnostic{ErrorCode::kFileTooLarge,
                             {state_->path},
                             "a line is too long",
                             fmt::format("at most {} bytes", kLongestLine),
                             {}});
    }
    searched = state_->buffer.size() - state_->at;
    if (Result<void> read = state_->read_more(); !read) return fail(std::move(read.error()));
  }
}

}  // namespace racemate
