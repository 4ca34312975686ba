// Shards: what a file of one share of a run says about itself, and how the shares become the whole again.
//
// A shard begins with one line:
//
//   # racemate-shard/1 table 2/4 run=<64 hex digits> rows=24100
//
// `run` is the digest of everything that decides the bytes of the whole run, `rows` the lines after the CSV header. The
// shard of a table goes on with the CSV text, header included. That of a summary (`summary`; `rows` counts all lines
// after the first) holds counts, one record per line, blanks between the words:
//
//   people 1000 trials 1000 error 0.001 items 2 done 120
//                                       of one trial; of the whole run; relative error of the sketches; items of the
//                                       summary; trials that lie in this shard with all their people
//   item concentration ketamine 0.5 quantiles ng/mL      name, output, hour or -, quantiles or fraction, unit
//   over 0 1 0 3410:7 3411:9            the complete trials: item, statistic, zeros, then bin:count of the sketch
//   trial 120 64                        a trial with only some of its people here, and how many
//   sketch 0 0 3410:7                   item, zeros, bin:count of the sketch over those people
//   above 1 33                          item, people above the level
//
// Counts are integers, so that merging loses nothing. What is 0 is left out. (A run of one trial has no complete ones:
// its people are kept as those of a trial.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "racemate/core/diagnostic.h"
#include "racemate/core/parallel.h"
#include "racemate/study/simulate.h"

namespace racemate::study {

struct ShardHeader {
  bool summary = false;
  Shard shard;
  std::string run_sha256;
  std::uint64_t rows = 0;
};

[[nodiscard]] std::string shard_line(const ShardHeader& header);  // with its end
// Error: kSyntax at `file`.
[[nodiscard]] Result<ShardHeader> parse_shard_line(std::string_view line, const std::string& file);

// Writes what the whole run would have written. The shards may come in any order and be packed by gzip. Errors, found
// before the first byte where possible: a file that is no shard, shards of different runs or kinds or counts, one that
// is missing or comes twice, one that is cut short; kUnwritableOutput, kInterrupted.
[[nodiscard]] Result<void> merge_shards(const std::vector<std::string>& files, const TextSink& write,
                                        const ProgressSink& progress, const CancelToken& cancel);

}  // namespace racemate::study
