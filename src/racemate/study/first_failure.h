// The failure of the lowest of several pieces of work on threads, so that a report does not depend on threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include "racemate/core/diagnostic.h"

namespace racemate::study {

// Thread-safe up to get().
class FirstFailure {
 public:
  void report(std::size_t piece, Diagnostic failure) {
    const std::lock_guard lock(mutex_);
    seen_.store(true, std::memory_order_relaxed);
    if (failure_ && failure_->first <= piece) return;
    failure_.emplace(piece, std::move(failure));
  }
  // Pieces start in ascending order, so once one has failed every lower one is already running: the rest may stop.
  [[nodiscard]] bool seen() const { return seen_.load(std::memory_order_relaxed); }
  // After the parallel part.
  [[nodiscard]] const std::optional<std::pair<std::size_t, Diagnostic>>& get() const { return failure_; }

 private:
  std::mutex mutex_;
  std::atomic<bool> seen_{false};
  std::optional<std::pair<std::size_t, Diagnostic>> failure_;
};

}  // namespace racemate::study
