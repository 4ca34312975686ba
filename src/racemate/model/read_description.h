// Parts of read_description() (description.h), split by subject. Internal to the room.
#pragma once

#include <string_view>

#include "racemate/model/description.h"

namespace racemate::model {

// What the readers of parts share.
struct Reading {
  const evidence::Library* evidence = nullptr;
  Diagnostics* diagnostics = nullptr;
  Description* description = nullptr;
};

// A field that holds an expression: a string, or a plain number. nullopt when absent or of another type (reported).
[[nodiscard]] std::optional<ExpressionText> optional_expression(TableReader& table, std::string_view key);
// The same, its absence being a problem.
[[nodiscard]] std::optional<ExpressionText> required_expression(TableReader& table, std::string_view key,
                                                                std::string_view expected);
// A name that expressions may use: a valid name without dots, not `value`, used once. Problems are reported.
void claim_name(const std::string& name, const SourcePosition& where, const Reading& reading);

// `source`, `tier` and `note` of a value; unknown citations and an assumption without a note are reported.
[[nodiscard]] evidence::Provenance read_checked_provenance(TableReader& table, evidence::Tier default_tier,
                                                           const Reading& reading);

// [parameters.X] and [[covariances]]: read_parameters.cc.
void read_parameters(TableReader& file, const Reading& reading);
void read_covariances(TableReader& file, const Reading& reading);
// [compartments.X], [[flows]], [[exchanges]], [routes.X], [outputs.X]: read_structure.cc.
void read_structure(TableReader& file, const Reading& reading);
// [domain]: read_domain.cc.
void read_domain(TableReader& file, const Reading& reading);

}  // namespace racemate::model
