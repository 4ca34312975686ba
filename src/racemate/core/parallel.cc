#include "racemate/core/parallel.h"

#include <sched.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace racemate {
namespace {

// What the workers of one call share.
struct Crew {
  Crew(std::size_t all_blocks, const CancelToken& token, const std::function<void(std::size_t, int)>& job)
      : blocks(all_blocks), cancel(token), work(job) {}

  std::size_t blocks;
  const CancelToken& cancel;
  const std::function<void(std::size_t, int)>& work;

  std::atomic<std::size_t> next_block{0};
  std::atomic<std::size_t> finished_blocks{0};
  std::atomic<bool> failed{false};
  std::mutex failure_mutex{};
  std::exception_ptr failure{};
};

void take_blocks(Crew& crew, int worker) {
  while (!crew.cancel.cancelled() && !crew.failed.load(std::memory_order_relaxed)) {
    const std::size_t block = crew.next_block.fetch_add(1, std::memory_order_relaxed);
    if (block >= crew.blocks) return;
    try {
      crew.work(block, worker);
    } catch (...) {
      const std::lock_guard lock(crew.failure_mutex);
      if (!crew.failure) crew.failure = std::current_exception();
      crew.failed.store(true, std::memory_order_relaxed);
      return;
    }
    crew.finished_blocks.fetch_add(1, std::memory_order_relaxed);
  }
}

// False when the system grants no more threads. Those that run, and the caller, then do all the blocks: only slower.
bool start_helper(std::vector<std::jthread>& helpers, Crew& crew, int worker) {
  try {
    helpers.emplace_back([&crew, worker] { take_blocks(crew, worker); });
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace

int resolve_threads(int requested) {
  if (requested > 0) return requested;
  cpu_set_t processors;
  CPU_ZERO(&processors);
  if (sched_getaffinity(0, sizeof processors, &processors) == 0) return std::max(1, CPU_COUNT(&processors));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

bool parallel_blocks(std::size_t blocks, int threads, const CancelToken& cancel,
                     const std::function<void(std::size_t block, int worker)>& work) {
  Crew crew(blocks, cancel, work);
  {
    std::vector<std::jthread> helpers;  // joined at the end of this scope
    const int useful_threads = static_cast<int>(std::min(blocks, static_cast<std::size_t>(std::max(1, threads))));
    for (int worker = 1; worker < useful_threads && start_helper(helpers, crew, worker);) ++worker;
    take_blocks(crew, 0);
  }
  if (crew.failure) std::rethrow_exception(crew.failure);
  return crew.finished_blocks.load(std::memory_order_relaxed) == blocks;
}

}  // namespace racemate
