// The JSON of a run is the same bytes for any number of threads and any block size.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "racemate/report/json.h"
#include "racemate/study/compare.h"

namespace racemate::report {
namespace {

const study::Library& shipped() {
  static const study::Library library = [] {
    Result<study::Library> loaded = study::load_library(RACEMATE_SOURCE_DIR);
    EXPECT_TRUE(loaded) << to_string(loaded.error().front());
    return loaded ? std::move(*loaded) : study::Library{};
  }();
  return library;
}

std::string json_of(study::CompareOptions options, int threads, std::size_t block) {
  options.threads = threads;
  options.block = block;
  const CancelToken never;
  const Result<study::Comparison> result = study::compare(shipped(), options, {}, never);
  EXPECT_TRUE(result) << to_string(result.error().front());
  return result ? render_json(*result) : std::string();
}

TEST(Repeatable, BytesDoNotDependOnThreadsOrBlocks) {
  study::CompareOptions options;
  options.subjects = 300;  // not a multiple of any block or chunk
  options.studies = 21;
  options.days = 56;
  const std::string one = json_of(options, 1, 64);
  ASSERT_FALSE(one.empty());
  for (const auto& [threads, block] : {std::pair<int, std::size_t>{2, 64}, {7, 64}, {1, 8}, {2, 128}, {7, 10}}) {
    EXPECT_EQ(json_of(options, threads, block), one) << threads << " threads, blocks of " << block;
  }
}

TEST(Repeatable, AnotherSeedGivesOtherPeople) {
  study::CompareOptions options;
  options.patterns = {"iv-clinic"};
  options.subjects = 64;
  options.days = 28;
  const std::string one = json_of(options, 1, 64);
  options.seed = 2;
  EXPECT_NE(json_of(options, 1, 64), one);
}

}  // namespace
}  // namespace racemate::report
