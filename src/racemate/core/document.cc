#include "racemate/core/document.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <system_error>

#include "racemate/core/check.h"
#include "racemate/core/digest.h"
#include "racemate/core/nesting.h"

// The library asserts what only good text fulfils ("[=" fails one in 3.3.0) and then reports the error properly; in
// optimised builds some compilers would even take the assertion for granted. Text from outside must reach the report.
#undef NDEBUG
#define TOML_ASSERT(condition) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace racemate {
namespace {

Diagnostic unreadable(const std::string& path, std::string_view reason) {
  return {.code = ErrorCode::kFileUnreadable,
          .where = {.file = path},
          .message = fmt::format("cannot be read: {}", reason),
          .expected = {},
          .hint = {}};
}

Diagnostic too_large(const std::string& path, std::size_t max_bytes) {
  return {.code = ErrorCode::kFileTooLarge,
          .where = {.file = path},
          .message = "the file is too large",
          .expected = fmt::format("at most {} bytes", max_bytes),
          .hint = {}};
}

std::string system_reason(int error_number) { return std::generic_category().message(error_number); }

class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  OpenFile(OpenFile&&) = delete;
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// Turns the library's tree into ours, in file order, and collects what we do not accept.
class TreeBuilder {
 public:
  TreeBuilder(const std::string& file, Diagnostics& diagnostics) : file_(file), diagnostics_(diagnostics) {}

  Node table(const toml::table& source, const SourcePosition& where, const SourcePosition& key_where) {
    std::vector<std::pair<const toml::key*, const toml::node*>> fields;
    fields.reserve(source.size());
    for (const auto& [key, value] : source) fields.emplace_back(&key, &value);
    std::stable_sort(fields.begin(), fields.end(),
                     [](const auto& a, const auto& b) { return a.first->source().begin < b.first->source().begin; });
    auto result = std::make_shared<NodeTable>();
    result->fields.reserve(fields.size());
    for (const auto& [key, value] : fields) {
      result->fields.emplace_back(std::string(key->str()), node(*value, position(key->source())));
    }
    return {std::shared_ptr<const NodeTable>(std::move(result)), where, key_where};
  }

 private:
  [[nodiscard]] SourcePosition position(const toml::source_region& region) const {
    return {.file = file_, .line = region.begin.line, .column = region.begin.column};
  }

  Node array(const toml::array& source, const SourcePosition& where, const SourcePosition& key_where) {
    auto result = std::make_shared<NodeArray>();
    result->items.reserve(source.size());
    for (const toml::node& item : source) result->items.push_back(node(item, position(item.source())));
    return {std::shared_ptr<const NodeArray>(std::move(result)), where, key_where};
  }

  Node node(const toml::node& source, const SourcePosition& key_where) {
    const SourcePosition where = position(source.source());
    if (const auto* value = source.as_table()) return table(*value, where, key_where);
    if (const auto* value = source.as_array()) return array(*value, where, key_where);
    if (const auto* value = source.as_string()) return {value->get(), where, key_where};
    if (const auto* value = source.as_boolean()) return {value->get(), where, key_where};
    if (const auto* value = source.as_integer()) return {value->get(), where, key_where};
    if (const auto* value = source.as_floating_point()) {
      if (!std::isfinite(value->get())) reject(where, ErrorCode::kOutOfRange, "the number is not finite");
      return {value->get(), where, key_where};
    }
    // What is left are dates and times. The document is refused, so what stands in their place is never read.
    reject(where, ErrorCode::kWrongType, "a date or time has no meaning here");
    return {false, where, key_where};
  }

  void reject(const SourcePosition& where, ErrorCode code, std::string message) {
    const bool number = code == ErrorCode::kOutOfRange;
    diagnostics_.push_back({.code = code,
                            .where = where,
                            .message = std::move(message),
                            .expected = number ? "a finite number" : "a string, number, boolean, array or table",
                            .hint = number ? "" : "write a duration as a string, as in \"40 min\""});
  }

  const std::string& file_;
  Diagnostics& diagnostics_;
};

Diagnostic shape_diagnostic(const ShapeProblem& problem, const std::string& name) {
  Diagnostic diagnostic{.code = ErrorCode::kSyntax,
                        .where = {.file = name, .line = problem.line, .column = problem.column},
                        .message = "nested too deeply",
                        .expected = fmt::format("at most {} levels", kMaxDocumentDepth),
                        .hint = {}};
  if (!problem.too_deep) {
    diagnostic.code = ErrorCode::kFileTooLarge;
    diagnostic.message = "too many values";
    diagnostic.expected = fmt::format("at most {} values in a file", kMaxDocumentValues);
  }
  return diagnostic;
}

// The deepest table or array; the root is 1.
int depth_of(const Node& node) {
  int below = 0;
  if (const NodeTable* table = node.as_table()) {
    for (const auto& [key, value] : table->fields) below = std::max(below, depth_of(value));
  } else if (const NodeArray* array = node.as_array()) {
    for (const Node& item : array->items) below = std::max(below, depth_of(item));
  } else {
    return 0;
  }
  return below + 1;
}

}  // namespace

std::optional<double> Node::as_number() const {
  if (const double* number = std::get_if<double>(&value_)) return *number;
  if (const std::int64_t* number = as_integer()) return static_cast<double>(*number);
  return std::nullopt;
}

const NodeArray* Node::as_array() const {
  const auto* array = std::get_if<std::shared_ptr<const NodeArray>>(&value_);
  return array == nullptr ? nullptr : array->get();
}

const NodeTable* Node::as_table() const {
  const auto* table = std::get_if<std::shared_ptr<const NodeTable>>(&value_);
  return table == nullptr ? nullptr : table->get();
}

const Node* Node::find(std::string_view key) const {
  const NodeTable* table = as_table();
  if (table == nullptr) return nullptr;
  const auto field = std::find_if(table->fields.begin(), table->fields.end(),
                                  [key](const auto& candidate) { return candidate.first == key; });
  return field == table->fields.end() ? nullptr : &field->second;
}

std::string_view Node::kind() const {
  static constexpr std::array<std::string_view, std::variant_size_v<Value>> kKinds{
      "a boolean", "a whole number", "a number", "a string", "an array", "a table"};
  return kKinds[value_.index()];
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  if (path.empty()) return fail(unreadable(path, "the name is empty"));
  if (path.find('\0') != std::string::npos) return fail(unreadable(path, "the name holds a zero byte"));
  const OpenFile file(path);
  struct stat status{};
  if (file.descriptor() < 0 || ::fstat(file.descriptor(), &status) != 0) {
    return fail(unreadable(path, system_reason(errno)));
  }
  if (S_ISDIR(status.st_mode)) return fail(unreadable(path, "it is a directory"));
  if (S_ISREG(status.st_mode) && status.st_size > 0 && static_cast<std::uintmax_t>(status.st_size) > max_bytes) {
    return fail(too_large(path, max_bytes));
  }
  // The size is not to be trusted: a device has none, and a file may grow while it is read.
  std::string text;
  std::array<char, 1U << 16U> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
  while (true) {
    const ssize_t count = ::read(file.descriptor(), buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count < 0 && errno == EINTR) {
      // A signal with a handler of ours: someone pressed Ctrl-C while we waited for a pipe.
      return fail(Diagnostic{ErrorCode::kInterrupted, {.file = path}, "interrupted while reading", {}, {}});
    }
    if (count < 0) return fail(unreadable(path, system_reason(errno)));
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > max_bytes) return fail(too_large(path, max_bytes));
  }
}

Result<Document> parse_document(std::string text, std::string name) {
  if (text.size() > kMaxDocumentBytes) return fail(too_large(name, kMaxDocumentBytes));
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string_view toml_text = text;
  if (toml_text.starts_with(kByteOrderMark)) toml_text.remove_prefix(kByteOrderMark.size());

  if (const auto problem = find_shape_problem(toml_text, {.depth = kMaxDocumentDepth, .values = kMaxDocumentValues})) {
    return fail(shape_diagnostic(*problem, name));
  }
  const toml::parse_result parsed = toml::parse(toml_text);
  if (!parsed) {
    const toml::source_position begin = parsed.error().source().begin;
    return fail(Diagnostic{.code = ErrorCode::kSyntax,
                           .where = {.file = name, .line = begin.line, .column = begin.column},
                           .message = std::string(parsed.error().description()),
                           .expected = {},
                           .hint = {}});
  }
  Diagnostics diagnostics;
  const SourcePosition start{.file = name, .line = 1, .column = 1};
  Node root = TreeBuilder(name, diagnostics).table(parsed.table(), start, start);
  if (depth_of(root) > kMaxDocumentDepth) {
    diagnostics.push_back(shape_diagnostic({.too_deep = true, .line = 0, .column = 0}, name));
  }
  if (!diagnostics.empty()) return fail(std::move(diagnostics));
  std::string hash = sha256_hex(text);
  return Document{.root = std::move(root), .text = std::move(text), .sha256 = std::move(hash)};
}

Result<Document> read_document(const std::string& path) {
  Result<std::string> text = read_file(path);
  if (!text) return fail(std::move(text.error()));
  return parse_document(*std::move(text), path);
}

}  // namespace racemate
