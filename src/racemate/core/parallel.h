// Blocks of work on threads, with cancellation. Order of execution is free; results must be keyed by block.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace racemate {

// Set from a signal handler or another thread; polled between blocks.
class CancelToken {
 public:
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

// Threads to use for a request: 0 means the processors this process may run on.
[[nodiscard]] int resolve_threads(int requested);

// Calls work(block, worker) for every block in [0, blocks), on `threads` threads (the caller is one of them);
// worker in [0, threads). Returns false when cancelled before the end. An exception in work stops the rest and is
// rethrown in the caller.
bool parallel_blocks(std::size_t blocks, int threads, const CancelToken& cancel,
                     const std::function<void(std::size_t block, int worker)>& work);

}  // namespace racemate
