#include "racemate/core/file_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "racemate/core/gzip.h"

namespace racemate {
namespace {

// Temporary files that are written right now. Process-wide because an interrupt ends the whole process.
struct UnfinishedFiles {
  std::mutex mutex;
  std::set<std::string> paths;
};

UnfinishedFiles& unfinished_files() {
  static UnfinishedFiles files;
  return files;
}

std::string system_reason(int error_number) { return std::generic_category().message(error_number); }

Diagnostic unwritable(const std::string& path, std::string_view reason) {
  return {.code = ErrorCode::kUnwritableOutput,
          .where = {.file = path},
          .message = fmt::format("cannot be written: {}", reason),
          .expected = {},
          .hint = {}};
}

// nullopt when all bytes are written, else errno.
std::optional<int> write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return std::nullopt;
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// Links are followed, so that the file behind one is replaced and not the link.
std::string real_target(const std::string& path) {
  std::error_code error;
  const std::filesystem::path target = std::filesystem::canonical(path, error);
  return error ? path : target.string();
}

// A pipe, a device, a socket: nothing to rename over, so the bytes go straight in.
bool takes_bytes_directly(const struct stat& status) { return !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode); }

// A new file in `folder`, registered as unfinished until finish() or the destructor.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& folder) {
    static std::atomic<unsigned> counter{0};
    constexpr int kMostTries = 100;  // names can be taken only by leftovers of a process that died with our number
    for (int i = 0; i < kMostTries && descriptor_ < 0; ++i) {
      path_ = fmt::format("{}/.racemate-{}-{}.tmp", folder, ::getpid(), counter.fetch_add(1));
      // Registered before it exists: an interrupt in between finds nothing to remove, which is fine.
      register_path();
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      created_ = descriptor_ >= 0;
      if (created_) return;
      error_ = errno;
      forget_path();
      if (error_ != EEXIST) return;
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  TemporaryFile(TemporaryFile&&) = delete;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!created_ || moved_) return;
    ::unlink(path_.c_str());
    forget_path();
  }

  [[nodiscard]] bool created() const { return created_; }
  [[nodiscard]] int error() const { return error_; }

  // nullopt on success, else errno.
  std::optional<int> append(std::string_view content) const { return write_all(descriptor_, content); }
  std::optional<int> move_to(const std::string& target) {
    if (::fsync(descriptor_) != 0) return errno;
    const int descriptor = descriptor_;
    descriptor_ = -1;
    if (::close(descriptor) != 0) return errno;
    if (::rename(path_.c_str(), target.c_str()) != 0) return errno;
    moved_ = true;
    forget_path();
    return std::nullopt;
  }

 private:
  void register_path() const {
    const std::lock_guard lock(unfinished_files().mutex);
    unfinished_files().paths.insert(path_);
  }
  void forget_path() const {
    const std::lock_guard lock(unfinished_files().mutex);
    unfinished_files().paths.erase(path_);
  }

  std::string path_;
  int descriptor_ = -1;
  int error_ = 0;
  bool created_ = false;
  bool moved_ = false;
};

// By the effective user, as open() judges; sets errno.
bool allowed(const std::string& path, int mode) { return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0; }

std::optional<Diagnostic> reason_not_to_write(const std::string& path) {
  if (path.empty()) return unwritable(path, "the name is empty");
  if (path.find('\0') != std::string::npos) return unwritable(path, "the name holds a zero byte");
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return unwritable(path, "it is a directory");
    if (!allowed(path, W_OK)) return unwritable(path, system_reason(errno));
    if (takes_bytes_directly(status)) return std::nullopt;
  } else if (errno != ENOENT) {
    return unwritable(path, system_reason(errno));
  } else if (path.back() == '/') {
    return unwritable(path, "it names a directory");
  }
  const std::string folder = folder_of(real_target(path));
  if (::stat(folder.c_str(), &status) != 0) {
    return unwritable(path, fmt::format("folder '{}': {}", folder, system_reason(errno)));
  }
  if (!S_ISDIR(status.st_mode)) return unwritable(path, fmt::format("'{}' is not a folder", folder));
  if (!allowed(folder, W_OK | X_OK)) {
    return unwritable(path, fmt::format("folder '{}': {}", folder, system_reason(errno)));
  }
  return std::nullopt;
}

}  // namespace

Result<void> check_writable(const std::string& path) {
  if (std::optional<Diagnostic> problem = reason_not_to_write(path)) return fail(*std::move(problem));
  return {};
}

struct OutputFile::State {
  std::string path;
  std::string target;                      // what the temporary file becomes
  std::optional<TemporaryFile> temporary;  // absent: the bytes go straight into `descriptor`
  int descriptor = -1;
  bool owns_descriptor = false;
  std::optional<GzipWriter> gzip;
  std::string compressed;
};

OutputFile::OutputFile(std::unique_ptr<State> state) : state_(std::move(state)) {}

OutputFile::~OutputFile() {
  if (state_->owns_descriptor && state_->descriptor >= 0) ::close(state_->descriptor);
}

Result<std::unique_ptr<OutputFile>> OutputFile::open(const std::string& path, Encoding encoding) {
  if (Result<void> writable = check_writable(path); !writable) return fail(std::move(writable.error()));
  auto state = std::make_unique<State>();
  state->path = path;
  if (encoding == Encoding::kGzip) state->gzip.emplace();
  struct stat status{};
  if (path == "/dev/stdout") {
    // Standard output shares its position with what the program prints there, also when it is redirected to a file.
    std::fflush(stdout);
    state->descriptor = STDOUT_FILENO;
  } else if (::stat(path.c_str(), &status) == 0 && takes_bytes_directly(status)) {
    state->descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (state->descriptor < 0) return fail(unwritable(path, system_reason(errno)));
    state->owns_descriptor = true;
  } else {
    state->target = real_target(path);
    state->temporary.emplace(folder_of(state->target));
    if (!state->temporary->created()) return fail(unwritable(path, system_reason(state->temporary->error())));
  }
  return std::unique_ptr<OutputFile>(new OutputFile(std::move(state)));
}

Result<void> OutputFile::write(std::string_view content) {
  if (!state_->gzip) return write_bytes(content);
  state_->compressed.clear();
  state_->gzip->write(content, state_->compressed);
  return write_bytes(state_->compressed);
}

Result<void> OutputFile::write_bytes(std::string_view bytes) {
  const std::optional<int> error =
      state_->temporary ? state_->temporary->append(bytes) : write_all(state_->descriptor, bytes);
  if (error) return fail(unwritable(state_->path, system_reason(*error)));
  return {};
}

Result<void> OutputFile::finish() {
  if (state_->gzip) {
    state_->compressed.clear();
    state_->gzip->finish(state_->compressed);
    if (Result<void> written = write_bytes(state_->compressed); !written) return written;
  }
  std::optional<int> error;
  if (state_->temporary) {
    error = state_->temporary->move_to(state_->target);
  } else if (state_->owns_descriptor) {
    const int descriptor = state_->descriptor;
    state_->descriptor = -1;
    if (::close(descriptor) != 0) error = errno;
  }
  if (error) return fail(unwritable(state_->path, system_reason(*error)));
  return {};
}

Result<void> write_file_atomically(const std::string& path, std::string_view content) {
  const auto file = OutputFile::open(path);
  if (!file) return fail(file.error());
  if (Result<void> written = (*file)->write(content); !written) return written;
  return (*file)->finish();
}

void remove_unfinished_files() {
  const std::lock_guard lock(unfinished_files().mutex);
  for (const std::string& path : unfinished_files().paths) ::unlink(path.c_str());
  unfinished_files().paths.clear();
}

}  // namespace racemate
