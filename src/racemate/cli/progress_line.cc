#include "racemate/cli/progress_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace racemate::cli {
namespace {

constexpr int kBarColumns = 24;
constexpr std::string_view kWipe = "\r\x1b[K";  // to the start of the line, and clear it

}  // namespace

ProgressLine::ProgressLine(Instant start, Write write) : start_(start), last_(start), write_(std::move(write)) {}

void ProgressLine::update(double fraction, std::string_view what, Instant now) {
  if (now - start_ < kQuietStart || (shown_ && now - last_ < kRefresh)) {
    return;
  }
  shown_ = true;
  last_ = now;
  const double share = std::clamp(fraction, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(share * kBarColumns);
  const std::string bar = std::string(filled, '#') + std::string(kBarColumns - filled, '.');
  const auto elapsed_s = std::chrono::duration_cast<std::chrono::seconds>(now - start_).count();
  write_(fmt::format("{}[{}] {:3.0f}%  {} s  {}", kWipe, bar, 100 * share, elapsed_s, what));
}

void ProgressLine::finish() {
  if (shown_) {
    write_(kWipe);
    shown_ = false;
  }
}

}  // namespace racemate::cli
