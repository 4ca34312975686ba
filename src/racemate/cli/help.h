// Words that teach: what the program is for, examples, exit codes.
#pragma once

#include <string>

namespace racemate::cli {

[[nodiscard]] std::string program_summary();
[[nodiscard]] std::string program_footer();
[[nodiscard]] std::string simulate_footer();
[[nodiscard]] std::string merge_footer();
[[nodiscard]] std::string nca_footer();
[[nodiscard]] std::string bench_footer();
[[nodiscard]] std::string compare_footer();
[[nodiscard]] std::string noun_footer(const std::string& noun);  // "model" or "pattern"
[[nodiscard]] std::string version_text();                        // "racemate 0.1.0\n"

}  // namespace racemate::cli
