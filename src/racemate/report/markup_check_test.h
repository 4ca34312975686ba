// A small checker of markup, for tests: enough XML to see that tags balance and that text is escaped.
#pragma once

#include <string>

namespace racemate::report {

// "" when every element is closed in order, attributes are quoted and unique, and every '&' begins a known entity;
// otherwise what is wrong first. void elements of HTML (meta, br) need no closing tag; <style> is skipped; a doctype
// is allowed at the start.
[[nodiscard]] std::string markup_problem(const std::string& markup);

}  // namespace racemate::report
