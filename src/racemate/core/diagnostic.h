// Errors as values: what went wrong, where, what was expected, and what to try.
//
// Data from outside (files, options, records) never throws and never aborts. A function that can be handed bad
// data returns Result<T>: the value, or every problem found in one go. Our own broken invariants are a different
// matter: RACEMATE_CHECK (check.h) stops the program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace racemate {

// One table of error codes; error_info() maps each to an exit code, an HTTP status and a FHIR issue type.
enum class ErrorCode : std::uint8_t {
  kUsage,             // the command line itself
  kFileUnreadable,    // missing, a directory, no permission
  kFileTooLarge,      // larger than the documented limit
  kSyntax,            // TOML or expression syntax
  kMissingField,      // a required field is absent
  kUnknownField,      // a field that the format does not have
  kWrongType,         // a string where a number was expected
  kUnknownUnit,       // a unit that is missing or cannot be parsed
  kWrongDimension,    // a unit of another dimension than the field has
  kOutOfRange,        // a number outside its allowed range, NaN included
  kUnknownName,       // a name, function, route, model or pattern that does not exist
  kInconsistent,      // parts that are fine alone and wrong together
  kUnsupported,       // understood, and deliberately not done
  kUnwritableOutput,  // an output that cannot be written
  kNumericalFailure,  // a computation failed for a named subject
  kInterrupted,       // Ctrl-C
};

struct ErrorInfo {
  std::string_view name;  // stable, for machines: "RM-unknown-unit"
  int exit_code;          // process exit status
  int http_status;
  std::string_view fhir_issue;  // FHIR R4 IssueType
};

[[nodiscard]] const ErrorInfo& error_info(ErrorCode code);

// Where a problem is. line and column count from 1; 0 means "the whole file". file is empty for options.
struct SourcePosition {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// "file:line:column", "file", or "" when nothing is known.
[[nodiscard]] std::string to_string(const SourcePosition& position);

struct Diagnostic {
  ErrorCode code;
  SourcePosition where;
  std::string message;   // what is wrong, in one sentence
  std::string expected;  // what would be right; may be empty
  std::string hint;      // what to try, e.g. the nearest valid name; may be empty
};

// "file:3:14: error RM-unknown-unit: ... (expected ...; did you mean ...?)", one line, no colour.
[[nodiscard]] std::string to_string(const Diagnostic& diagnostic);

using Diagnostics = std::vector<Diagnostic>;

// Exit code of the first diagnostic; 0 for none.
[[nodiscard]] int exit_code(const Diagnostics& diagnostics);

template <class T>
using Result = tl::expected<T, Diagnostics>;

[[nodiscard]] inline tl::unexpected<Diagnostics> fail(Diagnostics diagnostics) {
  return tl::unexpected<Diagnostics>(std::move(diagnostics));
}
[[nodiscard]] inline tl::unexpected<Diagnostics> fail(Diagnostic diagnostic) {
  return tl::unexpected<Diagnostics>(Diagnostics{std::move(diagnostic)});
}

// The candidate closest to `name` by edit distance, if close enough to be a plausible misspelling; else "".
[[nodiscard]] std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// "did you mean 'x'?" or "known: a, b, c" when nothing is near; "" without candidates.
[[nodiscard]] std::string suggest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace racemate
