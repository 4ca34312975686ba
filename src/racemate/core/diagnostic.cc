#include "racemate/core/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "racemate/core/check.h"

namespace racemate {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitBadInput = 3;
constexpr int kExitUnreadable = 4;
constexpr int kExitUnwritable = 5;
constexpr int kExitNumerical = 6;
constexpr int kExitInterrupted = 130;  // 128 + SIGINT, as shells report it

struct ErrorRow {
  ErrorCode code;
  ErrorInfo info;
};

constexpr std::array kErrorTable{
    ErrorRow{ErrorCode::kUsage, {"RM-usage", kExitUsage, 400, "invalid"}},
    ErrorRow{ErrorCode::kFileUnreadable, {"RM-file-unreadable", kExitUnreadable, 404, "not-found"}},
    ErrorRow{ErrorCode::kFileTooLarge, {"RM-file-too-large", kExitUnreadable, 413, "too-long"}},
    ErrorRow{ErrorCode::kSyntax, {"RM-syntax", kExitBadInput, 400, "structure"}},
    ErrorRow{ErrorCode::kMissingField, {"RM-missing-field", kExitBadInput, 422, "required"}},
    ErrorRow{ErrorCode::kUnknownField, {"RM-unknown-field", kExitBadInput, 422, "structure"}},
    ErrorRow{ErrorCode::kWrongType, {"RM-wrong-type", kExitBadInput, 422, "value"}},
    ErrorRow{ErrorCode::kUnknownUnit, {"RM-unknown-unit", kExitBadInput, 422, "code-invalid"}},
    ErrorRow{ErrorCode::kWrongDimension, {"RM-wrong-dimension", kExitBadInput, 422, "value"}},
    ErrorRow{ErrorCode::kOutOfRange, {"RM-out-of-range", kExitBadInput, 422, "value"}},
    ErrorRow{ErrorCode::kUnknownName, {"RM-unknown-name", kExitBadInput, 422, "code-invalid"}},
    ErrorRow{ErrorCode::kInconsistent, {"RM-inconsistent", kExitBadInput, 422, "invariant"}},
    ErrorRow{ErrorCode::kUnsupported, {"RM-unsupported", kExitBadInput, 422, "not-supported"}},
    ErrorRow{ErrorCode::kUnwritableOutput, {"RM-unwritable-output", kExitUnwritable, 500, "no-store"}},
    ErrorRow{ErrorCode::kNumericalFailure, {"RM-numerical-failure", kExitNumerical, 500, "processing"}},
    ErrorRow{ErrorCode::kInterrupted, {"RM-interrupted", kExitInterrupted, 503, "transient"}},
};

constexpr bool rows_stand_at_their_code() {
  for (std::size_t row = 0; row < kErrorTable.size(); ++row) {
    if (static_cast<std::size_t>(kErrorTable[row].code) != row) return false;
  }
  return true;
}
static_assert(rows_stand_at_their_code());

// Text from a file may hold anything; a message stays one line and never steers the terminal.
std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += character;
    }
  }
  return out;
}

char lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

// Longer names are no misspellings of ours; the bound keeps the cost of a hostile name small.
constexpr std::size_t kLongestNameToMatch = 128;

// Damerau-Levenshtein distance in its restricted form (optimal string alignment), ignoring ASCII case: insertions,
// deletions, substitutions and swaps of neighbours, each of cost 1.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last(to.size() + 1);
  std::vector<std::size_t> last(to.size() + 1);
  std::vector<std::size_t> current(to.size() + 1);
  for (std::size_t column = 0; column <= to.size(); ++column) last[column] = column;
  for (std::size_t row = 1; row <= from.size(); ++row) {
    current[0] = row;
    for (std::size_t column = 1; column <= to.size(); ++column) {
      const char left = lower(from[row - 1]);
      const char right = lower(to[column - 1]);
      const std::size_t substitution = last[column - 1] + (left == right ? 0 : 1);
      current[column] = std::min({last[column] + 1, current[column - 1] + 1, substitution});
      const bool swapped = row > 1 && column > 1 && left == lower(to[column - 2]) && lower(from[row - 2]) == right;
      if (swapped) current[column] = std::min(current[column], before_last[column - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, current);
  }
  return last[to.size()];
}

}  // namespace

const ErrorInfo& error_info(ErrorCode code) {
  const auto row = static_cast<std::size_t>(code);
  RACEMATE_CHECK(row < kErrorTable.size(), "every error code has a row in the table");
  return kErrorTable[row].info;
}

std::string to_string(const SourcePosition& position) {
  if (position.line == 0) return position.file;
  if (position.file.empty()) return fmt::format("{}:{}", position.line, position.column);
  return fmt::format("{}:{}:{}", position.file, position.line, position.column);
}

std::string to_string(const Diagnostic& diagnostic) {
  std::string text = to_string(diagnostic.where);
  if (!text.empty()) text += ": ";
  text += fmt::format("error {}: {}", error_info(diagnostic.code).name, diagnostic.message);
  std::string remark;
  if (!diagnostic.expected.empty()) remark = "expected " + diagnostic.expected;
  if (!remark.empty() && !diagnostic.hint.empty()) remark += "; ";
  remark += diagnostic.hint;
  if (!remark.empty()) text += " (" + remark + ")";
  return printable(text);
}

int exit_code(const Diagnostics& diagnostics) {
  return diagnostics.empty() ? 0 : error_info(diagnostics.front().code).exit_code;
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  if (name.size() > kLongestNameToMatch) return {};
  const std::size_t limit = std::max<std::size_t>(1, name.size() / 3);
  const std::string* nearest = nullptr;
  std::size_t nearest_distance = 0;
  for (const std::string& candidate : candidates) {
    const std::size_t difference =
        candidate.size() > name.size() ? candidate.size() - name.size() : name.size() - candidate.size();
    if (difference > limit) continue;
    const std::size_t distance = edit_distance(name, candidate);
    // A name that shares no letter with the candidate ("x" and "V") is no misspelling of it.
    if (distance > limit || distance >= std::max<std::size_t>(1, name.size())) continue;
    if (nearest == nullptr || distance < nearest_distance) {
      nearest = &candidate;
      nearest_distance = distance;
    }
  }
  return nearest == nullptr ? std::string{} : *nearest;
}

std::string suggest_name(std::string_view name, const std::vector<std::string>& candidates) {
  if (candidates.empty()) return {};
  const std::string nearest = nearest_name(name, candidates);
  if (!nearest.empty()) return fmt::format("did you mean '{}'?", nearest);
  constexpr std::size_t kMostNamesShown = 20;
  std::string text = "known: ";
  for (std::size_t i = 0; i < std::min(candidates.size(), kMostNamesShown); ++i) {
    if (i > 0) text += ", ";
    text += candidates[i];
  }
  if (candidates.size() > kMostNamesShown) text += fmt::format(" and {} more", candidates.size() - kMostNamesShown);
  return text;
}

}  // namespace racemate
