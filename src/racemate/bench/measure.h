// Time and memory of one call.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "racemate/core/parallel.h"

namespace racemate::bench {

// Wall time.
[[nodiscard]] double seconds_of(const std::function<void()>& work);

struct Repetitions {
  int most = 5;
  double enough_s = 20;  // no further repetition once they have taken this long together
  double least_s = 0;    // short work goes on until it has taken this long, at most kMostShortRepetitions times
};
inline constexpr std::size_t kMostShortRepetitions = 200;
// Seconds of each repetition, at least one unless cancelled before.
[[nodiscard]] std::vector<double> repeat(const Repetitions& repetitions, const std::function<void()>& work,
                                         const CancelToken& cancel);

struct MemoryUse {
  double beyond_bytes = 0;   // highest resident size during the work, over that before it
  double process_bytes = 0;  // highest resident size of the process
};
// In a child process, which starts with what this process has: `prepare` first (the result's memory, touched), then
// `work`, whose memory is measured. nullopt where the child failed or the system does not say. No threads may run.
[[nodiscard]] std::optional<MemoryUse> memory_of(const std::function<void()>& prepare,
                                                 const std::function<void()>& work);

// "model name" of the system's processor, or "unknown processor".
[[nodiscard]] std::string processor_name();

}  // namespace racemate::bench
