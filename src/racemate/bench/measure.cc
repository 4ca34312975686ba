#include "racemate/bench/measure.h"

#include <malloc.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <string_view>

namespace racemate::bench {
namespace {

constexpr double kBytesPerKilobyte = 1024;

// A field of /proc/self/status, in bytes; 0 when it is not there.
double status_bytes(std::string_view field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::strtod(line.c_str() + field.size(), nullptr) * kBytesPerKilobyte;
  }
  return 0;
}

// The child: sends two doubles and ends without the destructors of the parent.
[[noreturn]] void measure_in_child(int to_parent, const std::function<void()>& prepare,
                                   const std::function<void()>& work) {
  malloc_trim(0);  // what the parent has freed must not count as there already
  prepare();
  const double before = status_bytes("VmRSS:");
  work();
  const double peak = status_bytes("VmHWM:");
  const std::array<double, 2> sent{peak - before, peak};
  const bool told = before > 0 && peak > 0 && write(to_parent, sent.data(), sizeof(sent)) == ssize_t{sizeof(sent)};
  _exit(told ? 0 : 1);
}

}  // namespace

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<double> repeat(const Repetitions& repetitions, const std::function<void()>& work,
                           const CancelToken& cancel) {
  std::vector<double> seconds;
  double total_s = 0;
  while (!cancel.cancelled()) {
    const bool enough = static_cast<int>(seconds.size()) >= repetitions.most || total_s >= repetitions.enough_s;
    const bool settled = total_s >= repetitions.least_s || seconds.size() >= kMostShortRepetitions;
    if (!seconds.empty() && enough && settled) break;
    seconds.push_back(seconds_of(work));
    total_s += seconds.back();
  }
  return seconds;
}

std::optional<MemoryUse> memory_of(const std::function<void()>& prepare, const std::function<void()>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return std::nullopt;
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return std::nullopt;
  }
  if (child == 0) {
    close(ends[0]);
    measure_in_child(ends[1], prepare, work);
  }
  close(ends[1]);
  std::array<double, 2> received{};
  const ssize_t bytes = read(ends[0], received.data(), sizeof(received));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (bytes != ssize_t{sizeof(received)} || status != 0) return std::nullopt;
  return MemoryUse{.beyond_bytes = received[0], .process_bytes = received[1]};
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  constexpr std::string_view kField = "model name";
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with(kField) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

}  // namespace racemate::bench
