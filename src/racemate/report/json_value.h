// What the JSON writers share. Include in .cc files only: the JSON library is a heavy header.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "racemate/evidence/evidence.h"

namespace racemate::report {

using Json = nlohmann::ordered_json;

// null when not finite.
inline Json json_number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

inline Json json_quantity(double value, const std::string& unit) {
  return {{"value", json_number(value)}, {"unit", unit}};
}

inline Json json_strings(const std::vector<std::string>& values) {
  Json array = Json::array();
  for (const std::string& value : values) array.push_back(value);
  return array;
}

template <class Items, class Function>
Json json_list(const Items& items, const Function& to_json) {
  Json array = Json::array();
  for (const auto& item : items) array.push_back(to_json(item));
  return array;
}

inline Json json_citation(const evidence::Citation& citation) {
  return {{"key", citation.key},
          {"text", citation.text},
          {"doi", citation.doi},
          {"url", citation.url},
          {"read_as", citation.read_as}};
}

// Bytes that are not UTF-8 become U+FFFD.
inline std::string json_text(const Json& document) {
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace racemate::report
