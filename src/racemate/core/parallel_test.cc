#include "racemate/core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace racemate {
namespace {

class Parallel : public ::testing::TestWithParam<int> {};

TEST_P(Parallel, DoesEveryBlockOnce) {
  constexpr std::size_t kBlocks = 1000;
  std::vector<int> visits(kBlocks);  // no lock: each block is visited by one worker
  std::atomic<bool> worker_in_range{true};
  const CancelToken cancel;
  EXPECT_TRUE(parallel_blocks(kBlocks, GetParam(), cancel, [&](std::size_t block, int worker) {
    ++visits[block];
    if (worker < 0 || worker >= std::max(1, GetParam())) worker_in_range = false;
  }));
  EXPECT_EQ(visits, std::vector<int>(kBlocks, 1));
  EXPECT_TRUE(worker_in_range);
}

TEST_P(Parallel, AWorkerNumberIsNeverUsedTwiceAtATime) {
  const auto threads = static_cast<std::size_t>(std::max(1, GetParam()));
  // Plain counters: the thread sanitizer would see two threads with one number.
  std::vector<std::uint64_t> sums(threads);
  const CancelToken cancel;
  EXPECT_TRUE(parallel_blocks(500, GetParam(), cancel,
                              [&](std::size_t block, int worker) { sums[static_cast<std::size_t>(worker)] += block; }));
  std::uint64_t total = 0;
  for (const std::uint64_t sum : sums) total += sum;
  EXPECT_EQ(total, 500U * 499U / 2U);
}

TEST_P(Parallel, StopsSoonAfterCancelAndSaysSo) {
  CancelToken cancel;
  std::atomic<int> started{0};
  EXPECT_FALSE(parallel_blocks(1'000'000, GetParam(), cancel, [&](std::size_t, int) {
    // Past the tenth nobody returns before the token is set, so how the threads are scheduled does not matter.
    const int mine = ++started;
    if (mine == 10) cancel.cancel();
    while (mine > 10 && !cancel.cancelled()) std::this_thread::yield();
  }));
  // A worker that had passed its check when the token was set may begin one more block.
  EXPECT_GE(started, 10);
  EXPECT_LE(started, 10 + std::max(1, GetParam()));
}

TEST_P(Parallel, DoesNothingWhenCancelledBefore) {
  CancelToken cancel;
  cancel.cancel();
  std::atomic<int> started{0};
  EXPECT_FALSE(parallel_blocks(100, GetParam(), cancel, [&](std::size_t, int) { ++started; }));
  EXPECT_EQ(started, 0);
}

TEST_P(Parallel, RethrowsInTheCallerAndStopsTheRest) {
  const CancelToken cancel;
  std::atomic<int> started{0};
  const auto run = [&] {
    parallel_blocks(1'000'000, GetParam(), cancel, [&](std::size_t block, int) {
      ++started;
      if (block == 20) throw std::runtime_error("block 20");
      // So slow that the worker that throws gets its turn long before the others are through.
      if (block > 1000) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
  };
  try {
    run();
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "block 20");
  }
  EXPECT_LT(started, 1'000'000);
}

TEST_P(Parallel, SurvivesAnExceptionInEveryBlock) {
  const CancelToken cancel;
  EXPECT_THROW(parallel_blocks(100, GetParam(), cancel, [](std::size_t, int) { throw std::runtime_error("each"); }),
               std::runtime_error);
}

INSTANTIATE_TEST_SUITE_P(Threads, Parallel, ::testing::Values(-1, 0, 1, 2, 7, 32));

TEST(ParallelLimits, NoBlocksAreDoneAtOnce) {
  CancelToken cancel;
  const auto never = [](std::size_t, int) { FAIL() << "there is no block"; };
  EXPECT_TRUE(parallel_blocks(0, 4, cancel, never));
  cancel.cancel();
  EXPECT_TRUE(parallel_blocks(0, 4, cancel, never));
}

TEST(ParallelLimits, CancelInTheLastBlockIsNoCancel) {
  CancelToken cancel;
  EXPECT_TRUE(parallel_blocks(3, 1, cancel, [&](std::size_t block, int) {
    if (block == 2) cancel.cancel();
  }));
}

TEST(ParallelLimits, ThreadsAreNeverMoreThanBlocks) {
  const CancelToken cancel;
  std::atomic<int> highest{0};
  parallel_blocks(2, 1'000'000'000, cancel, [&](std::size_t, int worker) {
    int seen = highest;
    while (worker > seen && !highest.compare_exchange_weak(seen, worker)) {
    }
  });
  EXPECT_LE(highest, 1);
}

TEST(ResolveThreads, ZeroMeansTheProcessorsAtHand) {
  EXPECT_GE(resolve_threads(0), 1);
  EXPECT_EQ(resolve_threads(0), resolve_threads(0));
  EXPECT_EQ(resolve_threads(3), 3);
  EXPECT_EQ(resolve_threads(-1), resolve_threads(0));
}

}  // namespace
}  // namespace racemate
