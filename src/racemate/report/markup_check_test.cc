#include "racemate/report/markup_check_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace racemate::report {
namespace {

bool known_entity(const std::string& markup, std::size_t at) {
  for (const char* entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&nbsp;", "&#8239;"}) {
    if (markup.compare(at, std::string(entity).size(), entity) == 0) return true;
  }
  return false;
}

std::string text_problem(const std::string& markup, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    if (markup[i] == '&' && !known_entity(markup, i)) return "bare & at " + markup.substr(i, 30);
    if (markup[i] == '>') return "bare > at " + markup.substr(i, 30);
  }
  return {};
}

// Parses name="value" pairs of a tag's inside.
std::string attributes_problem(const std::string& inside, std::size_t at) {
  std::set<std::string> names;
  while (true) {
    at = inside.find_first_not_of(' ', at);
    if (at == std::string::npos || inside.substr(at) == "/") return {};
    const std::size_t equals = inside.find("=\"", at);
    if (equals == std::string::npos) return "attribute without a quoted value in <" + inside + ">";
    const std::size_t quote = inside.find('"', equals + 2);
    if (quote == std::string::npos) return "unclosed attribute in <" + inside + ">";
    const std::string name = inside.substr(at, equals - at);
    if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") !=
        std::string::npos) {
      return "attribute name '" + name + "'";
    }
    if (!names.insert(name).second) return "attribute twice: " + name;
    for (std::size_t i = equals + 2; i < quote; ++i) {
      if (inside[i] == '&' && !known_entity(inside, i)) return "bare & in an attribute: " + inside;
    }
    at = quote + 1;
  }
}

// End of the tag that starts at `at`, quotes respected.
std::size_t tag_end(const std::string& markup, std::size_t at) {
  bool quoted = false;
  for (; at < markup.size(); ++at) {
    if (markup[at] == '"') quoted = !quoted;
    if (markup[at] == '>' && !quoted) return at;
  }
  return std::string::npos;
}

}  // namespace

std::string markup_problem(const std::string& markup) {
  static const std::set<std::string> kVoid{"meta", "br"};
  std::vector<std::string> open;
  std::size_t at = markup.starts_with("<!DOCTYPE html>") ? 15 : 0;
  while (at < markup.size()) {
    const std::size_t begin = std::min(markup.find('<', at), markup.size());
    if (std::string problem = text_problem(markup, at, begin); !problem.empty()) return problem;
    if (begin == markup.size()) break;
    const std::size_t end = tag_end(markup, begin);
    if (end == std::string::npos) return "unclosed tag at " + markup.substr(begin, 40);
    const std::string inside = markup.substr(begin + 1, end - begin - 1);
    at = end + 1;
    if (inside.starts_with('/')) {
      if (open.empty() || open.back() != inside.substr(1)) return "</" + inside + "> closes nothing";
      open.pop_back();
      continue;
    }
    const std::size_t name_end = std::min(inside.find_first_of(" /"), inside.size());
    const std::string name = inside.substr(0, name_end);
    if (name.empty()) return "tag without a name at " + markup.substr(begin, 40);
    if (std::string problem = attributes_problem(inside, name_end); !problem.empty()) return problem;
    if (inside.ends_with('/') || kVoid.contains(name)) continue;
    if (name == "style") {
      at = markup.find("</style>", at);
      if (at == std::string::npos) return "unclosed style";
      at += 8;
      continue;
    }
    open.push_back(name);
  }
  return open.empty() ? std::string{} : "<" + open.back() + "> is not closed";
}

namespace {

TEST(MarkupCheck, FindsWhatItIsFor) {
  EXPECT_EQ(markup_problem("<p class=\"a\">x &amp; y<br>z</p>"), "");
  EXPECT_NE(markup_problem("<p>x & y</p>"), "");
  EXPECT_NE(markup_problem("<p>x"), "");
  EXPECT_NE(markup_problem("<p><b>x</p></b>"), "");
  EXPECT_NE(markup_problem("<p class=a>x</p>"), "");
  EXPECT_NE(markup_problem("<p a=\"1\" a=\"2\">x</p>"), "");
}

}  // namespace
}  // namespace racemate::report
