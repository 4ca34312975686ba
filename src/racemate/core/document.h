// A configuration document: TOML read into an immutable tree whose every node knows its line and column.
//
// Limits: a file is at most kMaxDocumentBytes; nesting and the parts of a dotted key at most kMaxDocumentDepth; values
// at most kMaxDocumentValues. Numbers must be finite, and there are no dates. Columns count characters, not bytes.
// TableReader is how loaders read a table: every accessor records a problem instead of stopping, and finish() reports
// the fields that nobody asked for, so that one pass finds all problems of a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/units.h"

namespace racemate {

inline constexpr std::size_t kMaxDocumentBytes = 4U << 20U;  // our largest shipped file is under 64 KiB
inline constexpr int kMaxDocumentDepth = 32;
inline constexpr std::uint32_t kMaxDocumentValues = 100'000;  // bounds the memory that a small file can ask for

class Node;
struct NodeTable {
  std::vector<std::pair<std::string, Node>> fields;  // in file order
};
struct NodeArray {
  std::vector<Node> items;
};

class Node {
 public:
  using Value = std::variant<bool, std::int64_t, double, std::string, std::shared_ptr<const NodeArray>,
                             std::shared_ptr<const NodeTable>>;
  // key_where: where the key that names this node begins; the same as `where` for items of arrays.
  Node(Value value, const SourcePosition& where) : Node(std::move(value), where, where) {}
  Node(Value value, SourcePosition where, const SourcePosition& key_where)
      : value_(std::move(value)), where_(std::move(where)), key_line_(key_where.line), key_column_(key_where.column) {}

  [[nodiscard]] const SourcePosition& where() const { return where_; }  // of the value; of the header of a table
  [[nodiscard]] SourcePosition key_where() const { return {where_.file, key_line_, key_column_}; }
  [[nodiscard]] const bool* as_boolean() const { return std::get_if<bool>(&value_); }
  [[nodiscard]] const std::int64_t* as_integer() const { return std::get_if<std::int64_t>(&value_); }
  [[nodiscard]] std::optional<double> as_number() const;  // integer or real
  [[nodiscard]] const std::string* as_string() const { return std::get_if<std::string>(&value_); }
  [[nodiscard]] const NodeArray* as_array() const;
  [[nodiscard]] const NodeTable* as_table() const;
  [[nodiscard]] const Node* find(std::string_view key) const;  // nullptr when absent or not a table
  [[nodiscard]] std::string_view kind() const;                 // "a string", "a table", ... for messages

 private:
  Value value_;
  SourcePosition where_;
  std::uint32_t key_line_;
  std::uint32_t key_column_;
};

struct Document {
  Node root;           // always a table
  std::string text;    // the bytes that were read
  std::string sha256;  // lower-case hex of text
};

// name is what messages call the file.
[[nodiscard]] Result<Document> parse_document(std::string text, const std::string& name);
// Refuses directories, unreadable and oversized files with their own codes.
[[nodiscard]] Result<Document> read_document(const std::string& path);
// The whole file, at most max_bytes.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t max_bytes = kMaxDocumentBytes);

struct NumberRange {
  double low;
  double high;
  bool low_open = false;                             // true: the value must be greater than low
  [[nodiscard]] bool contains(double value) const {  // false for NaN
    return (low_open ? value > low : value >= low) && value <= high;
  }
};

class TableReader {
 public:
  // what names the table in messages ("parameter CL"). A node that is not a table is reported at once.
  TableReader(const Node& node, std::string what, Diagnostics& diagnostics);

  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] const Node* node(std::string_view key);  // marks the field as known
  [[nodiscard]] const SourcePosition& where() const { return where_; }
  [[nodiscard]] const std::string& what() const { return what_; }

  // A required field reports its absence and returns a harmless value; the caller checks the diagnostics at the end.
  std::string required_string(std::string_view key);
  std::optional<std::string> optional_string(std::string_view key);
  bool optional_boolean(std::string_view key, bool default_value);
  std::optional<std::int64_t> optional_integer(std::string_view key, NumberRange range);
  double required_number(std::string_view key, NumberRange range);
  std::optional<double> optional_number(std::string_view key, NumberRange range);
  std::vector<std::string> optional_strings(std::string_view key);  // an array of strings, or one string
  // One of `choices`; otherwise an error with the nearest choice.
  std::string required_choice(std::string_view key, const std::vector<std::string>& choices);
  std::string optional_choice(std::string_view key, const std::vector<std::string>& choices, std::string default_value);
  // A string "40 min", "0.5 mg/kg", "14 d": number, blank, UCUM code. Returns the value in internal units;
  // `range` is in internal units too. A number without unit is an error unless the dimension is none.
  double required_quantity(std::string_view key, const Dimension& dimension, NumberRange range);
  std::optional<double> optional_quantity(std::string_view key, const Dimension& dimension, NumberRange range);
  // Sub-table and array of tables; absent -> nullptr / empty.
  const Node* optional_table(std::string_view key);
  std::vector<const Node*> optional_tables(std::string_view key);

  // Reports a problem at a field (or at the table when the field is absent).
  void problem(std::string_view key, ErrorCode code, std::string message, std::string expected = {},
               std::string hint = {});
  // Reports fields that no accessor asked for, with the nearest known one. Call once, at the end.
  void finish();

 private:
  const Node* take(std::string_view key);
  const Node* take_required(std::string_view key, std::string_view expected);
  void wrong_type(std::string_view key, const Node& value, std::string expected);
  bool in_range(std::string_view key, double value, const NumberRange& range, std::string_view unit);
  // The value of a field of that kind; nullopt when it is absent (nullptr) or wrong, which is then reported.
  std::optional<std::string> string_of(std::string_view key, const Node* value);
  std::optional<double> number_of(std::string_view key, const Node* value, const NumberRange& range);
  std::optional<std::string> choice_of(std::string_view key, const Node* value,
                                       const std::vector<std::string>& choices);
  std::optional<double> quantity_of(std::string_view key, const Node* value, const Dimension& dimension,
                                    const NumberRange& range);

  const NodeTable* table_;
  std::string what_;
  SourcePosition where_;
  Diagnostics* diagnostics_;
  std::vector<std::string> known_;
};

// "0.5 mg/kg" -> value in internal units and the unit as written. The number is decimal, with digits on both sides of
// a point, and may have an exponent; at least one blank stands before the unit. Diagnostics carry `where`.
struct ParsedQuantity {
  double internal_value;
  double written_value;
  Unit unit;
};
[[nodiscard]] Result<ParsedQuantity> parse_quantity(std::string_view text, const SourcePosition& where);

}  // namespace racemate
