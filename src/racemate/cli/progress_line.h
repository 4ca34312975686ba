// One line that says how far a run is, on a terminal, once the run has taken a second. Times come in as arguments.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace racemate::cli {

inline constexpr std::chrono::milliseconds kQuietStart{1'000};  // shorter runs need no progress
inline constexpr std::chrono::milliseconds kRefresh{100};       // a terminal needs no more than ten lines a second

class ProgressLine {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  using Write = std::function<void(std::string_view)>;

  // write receives what goes to the terminal.
  ProgressLine(Instant start, Write write);

  // fraction in [0, 1]; what is being done, in a few words. Not thread-safe.
  void update(double fraction, std::string_view what, Instant now);
  // Wipes the line, if one was shown. Call before anything else is printed.
  void finish();

 private:
  Instant start_;
  Instant last_;
  Write write_;
  bool shown_ = false;
};

}  // namespace racemate::cli
