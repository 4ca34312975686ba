#include "racemate/study/backend.h"

namespace racemate::study {

const std::vector<std::string>& backend_names() {
  static const std::vector<std::string> names = {"automatic", "reference", "linear", "ode"};
  return names;
}

std::string_view to_string(Backend backend) { return backend_names()[static_cast<std::size_t>(backend)]; }

}  // namespace racemate::study
