// The syntax tree of one expression, in an arena: operands come before their user, so every pass over a tree is a
// plain loop and no text, however nested, can exhaust the stack.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/units.h"
#include "racemate/expr/operation.h"

namespace racemate::expr {

using NodeId = std::uint32_t;

struct AstNode {
  Operation operation = Operation::kInvalid;
  std::array<NodeId, 3> operands{};  // the first operand_count(operation) count; each is less than the node's own id
  double literal = 0;                // kLiteral: value in internal units
  Dimension dimension{};             // kLiteral
  std::uint32_t name = 0;            // kName: index into Ast::names
  std::uint32_t begin = 0;           // bytes of the text: [begin, end), parentheses around it included
  std::uint32_t end = 0;
  std::uint32_t mark = 0;  // where a message about the node points: the operator of a binary node, else the begin
};

struct Ast {
  std::vector<AstNode> nodes;      // the root is the last
  std::vector<std::string> names;  // distinct, in order of first use
};

// Parses one expression. Fails on the first syntax error; unknown functions, unknown units, numbers out of range and
// wrong numbers of arguments are all reported. where: of the first character of the text.
[[nodiscard]] Result<Ast> parse(std::string_view text, const SourcePosition& where);

// The same for a caller that goes on after problems: appends them to diagnostics. nullopt after a syntax error;
// otherwise a tree in which the reported parts are kInvalid.
[[nodiscard]] std::optional<Ast> parse_leniently(std::string_view text, const SourcePosition& where,
                                                 Diagnostics& diagnostics);

// The position of byte `offset` of a text that begins at `where`. Columns count characters (UTF-8), not bytes.
[[nodiscard]] SourcePosition position_in(std::string_view text, const SourcePosition& where, std::size_t offset);

// The text in quotes for a message: shortened when long, '?' for what is not printable ASCII.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace racemate::expr
