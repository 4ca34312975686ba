#include "racemate/report/csv_field.h"

#include "racemate/report/text.h"

namespace racemate::report {

std::string csv_field(std::string_view text) {
  std::string clean = clean_text(text);
  if (!clean.empty() && std::string_view("=+-@").find(clean.front()) != std::string_view::npos) {
    clean.insert(0, 1, '\'');
  }
  if (clean.find_first_of(",\"") == std::string::npos) {
    return clean;
  }
  std::string quoted = "\"";
  for (const char character : clean) {
    if (character == '"') {
      quoted += '"';
    }
    quoted += character;
  }
  return quoted + '"';
}

}  // namespace racemate::report
