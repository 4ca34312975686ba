#include "racemate/study/simulate_shard.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "racemate/core/file_output.h"
#include "racemate/study/simulate_run.h"
#include "racemate/study/simulate_testing.h"

namespace racemate::study {
namespace {

using testing::clinic;
using testing::summary_of;
using testing::table_of;

RC_GTEST_PROP(WorkList, CutsEveryPersonOnceAndInOrder, ()) {
  const std::uint64_t subjects = *rc::gen::inRange<std::uint64_t>(1, 40);
  const std::uint64_t people = subjects * *rc::gen::inRange<std::uint64_t>(1, 8);
  const std::uint64_t first = *rc::gen::inRange<std::uint64_t>(0, people);
  const std::uint64_t last = *rc::gen::inRange<std::uint64_t>(first, people + 1);
  const std::uint64_t size = *rc::gen::inRange<std::uint64_t>(1, 50);
  const WorkList list({first, last}, subjects, size);
  std::uint64_t next = first;
  for (std::size_t i = 0; i < list.pieces(); ++i) {
    const Piece piece = list.at(i);
    RC_ASSERT(piece.trial * subjects + piece.first == next);
    RC_ASSERT(piece.people >= 1 && piece.people <= size);
    RC_ASSERT(piece.first + piece.people <= subjects);
    next += piece.people;
  }
  RC_ASSERT(next == last);
}

RC_GTEST_PROP(PeopleOfShards, AreEveryoneOnce, ()) {
  SimulateOptions options;
  options.subjects = *rc::gen::inRange<std::uint64_t>(1, 1000);
  options.replicates = *rc::gen::inRange<std::uint64_t>(0, 50);
  const std::uint64_t of = *rc::gen::inRange<std::uint64_t>(1, 100);
  std::uint64_t next = 0;
  for (std::uint64_t index = 1; index <= of; ++index) {
    options.shard = Shard{index, of};
    const PeopleRange range = people_of_shard(options);
    RC_ASSERT(range.first == next);
    next = range.last;
  }
  RC_ASSERT(next == options.trials() * options.subjects);
}

class Merge : public testing::Folder {
 protected:
  // The shards of a run as files, run with threads and blocks of their own.
  std::vector<std::string> shards_of(SimulateOptions options, std::uint64_t of, const std::string& ending,
                                     const std::function<std::string(const SimulateOptions&)>& run) const {
    std::vector<std::string> files;
    for (std::uint64_t index = 1; index <= of; ++index) {
      options.shard = Shard{index, of};
      options.threads = static_cast<int>(1 + index % 3);
      options.block = 8 + 8 * (index % 5);
      files.push_back(path("part" + std::to_string(index) + ending));
      write_file(files.back(), run(options));
    }
    return files;
  }
  static void write_file(const std::string& file, const std::string& text) {
    const auto encoding = file.ends_with(".gz") ? OutputFile::Encoding::kGzip : OutputFile::Encoding::kPlain;
    auto output = OutputFile::open(file, encoding);
    ASSERT_TRUE(output);
    ASSERT_TRUE((*output)->write(text));
    ASSERT_TRUE((*output)->finish());
  }
  static std::string merged(const std::vector<std::string>& files) {
    const CancelToken never;
    std::string text;
    const auto done = merge_shards(
        files,
        [&](std::string_view part) {
          text += part;
          return true;
        },
        {}, never);
    EXPECT_TRUE(done) << to_string(done.error().front());
    return text;
  }
  static Diagnostics refusal(const std::vector<std::string>& files) {
    const CancelToken never;
    const auto done = merge_shards(files, [](std::string_view) { return true; }, {}, never);
    EXPECT_FALSE(done);
    return done ? Diagnostics{{}} : done.error();
  }
  static std::string message(const std::vector<std::string>& files) {
    std::string all;
    for (const Diagnostic& problem : refusal(files)) all += to_string(problem) + "\n";
    return all;
  }
};

TEST_F(Merge, TablesOfAnyNumberOfShards) {
  SimulateOptions options = clinic("0:12:1.5h");
  options.subjects = 53;
  const std::string whole = table_of(options);
  for (const std::uint64_t of : std::vector<std::uint64_t>{1, 2, 3, 7, 60}) {
    for (const char* ending : {".csv", ".csv.gz"}) {
      auto files = shards_of(options, of, ending, table_of);
      EXPECT_EQ(merged(files), whole) << of << ending;
      std::reverse(files.begin(), files.end());
      EXPECT_EQ(merged(files), whole) << of << ending << " in reverse";
    }
  }
}

TEST_F(Merge, TablesOfTrialsThatShardsCut) {
  SimulateOptions options = clinic("0:12:3h");
  options.subjects = 10;
  options.studies = 3;
  options.replicates = 2;
  const std::string whole = table_of(options);
  for (const std::uint64_t of : std::vector<std::uint64_t>{2, 4, 7, 13})
    EXPECT_EQ(merged(shards_of(options, of, ".csv", table_of)), whole) << of;
}

TEST_F(Merge, PackedAgainTheBytesAreThoseOfTheWhole) {
  SimulateOptions options = clinic("0:12:0.1h");
  options.subjects = 40;
  write_file(path("whole.csv.gz"), table_of(options));
  write_file(path("merged.csv.gz"), merged(shards_of(options, 3, ".csv.gz", table_of)));
  EXPECT_EQ(read("merged.csv.gz"), read("whole.csv.gz"));
}

TEST_F(Merge, SummariesOfOneTrialAndOfMany) {
  for (const std::uint64_t replicates : std::vector<std::uint64_t>{0, 2, 30}) {
    SimulateOptions options = clinic("0:12:3h");
    options.subjects = 23;
    options.replicates = replicates;
    options.quantiles = options.exposure = true;
    options.above = {parse_level("ketamine=50ng/mL").value(), parse_level("ketamine=9mg/L").value()};
    const std::string whole = summary_of(options);
    for (const std::uint64_t of : std::vector<std::uint64_t>{1, 2, 3, 8, 40}) {
      EXPECT_EQ(merged(shards_of(options, of, ".txt", summary_of)), whole) << replicates << " x, " << of << " shards";
    }
  }
}

TEST_F(Merge, RefusesWhatDoesNotBelongTogether) {
  SimulateOptions options = clinic("0:12:3h");
  options.subjects = 20;
  auto files = shards_of(options, 4, ".csv", table_of);
  EXPECT_NE(message({files[0], files[3]}).find("shards 2 to 3 of 4 are missing"), std::string::npos);
  EXPECT_NE(message({files[1], files[2], files[3]}).find("shard 1/4 is missing"), std::string::npos);
  EXPECT_NE(message({files[0], files[1], files[1], files[2], files[3]}).find("shard 2 a second time"),
            std::string::npos);
  EXPECT_NE(message({}).find("nothing to merge"), std::string::npos);
  EXPECT_NE(message({path("nowhere")}).find("cannot be opened"), std::string::npos);
  EXPECT_NE(message({write("plain.csv", table_of(options))}).find("is not a shard"), std::string::npos);
  EXPECT_NE(message({write("empty.csv", "")}).find("is not a shard"), std::string::npos);

  SimulateOptions other = options;
  other.seed = 2;
  other.shard = Shard{2, 4};
  EXPECT_NE(message({files[0], write("other.csv", table_of(other)), files[2], files[3]}).find("another run"),
            std::string::npos);
  other = options;
  other.shard = Shard{2, 5};
  EXPECT_NE(message({files[0], write("fifth.csv", table_of(other))}).find("one of 5"), std::string::npos);
  other.shard = Shard{2, 4};
  other.quantiles = true;
  EXPECT_NE(message({files[0], write("kind.csv", summary_of(other))}).find("holds a summary"), std::string::npos);

  const std::string text = read("part2.csv");
  EXPECT_NE(message({files[0], write("cut.csv", text.substr(0, text.size() / 2)), files[2], files[3]}).find("rows"),
            std::string::npos);
  const std::size_t header = text.find("ID,");
  std::string columns = text;
  columns.replace(header, 2, "NO");
  EXPECT_NE(message({files[0], write("columns.csv", columns), files[2], files[3]}).find("other columns"),
            std::string::npos);
}

// A shard of a summary is data from outside: whatever a line says, it is an error or the right number.
TEST_F(Merge, DamagedSummariesAreRefused) {
  SimulateOptions options = clinic("0,12h");
  options.subjects = 20;
  options.replicates = 7;
  options.quantiles = true;
  options.above = {parse_level("ketamine=5ng/mL").value()};
  const auto files = shards_of(options, 3, ".txt", summary_of);
  const std::string good = read("part2.txt");
  ASSERT_NE(good.find("\ntrial "), std::string::npos) << "a shard that cuts a trial:\n" << good;
  ASSERT_NE(good.find("\nover "), std::string::npos);
  const auto replaced = [&](const std::string& old_text, const std::string& new_text) {
    std::string bad = good;
    const std::size_t at = bad.find(old_text);
    EXPECT_NE(at, std::string::npos) << old_text;
    return bad.replace(at, old_text.size(), new_text);
  };
  for (const auto& [old_text, new_text] :
       std::vector<std::pair<std::string, std::string>>{{"\npeople 20", "\npeople 21"},
                                                        {"\npeople 20", "\npeople -1"},
                                                        {"error 0.001", "error 0.01"},
                                                        {"\ntrial 2 ", "\ntrial 9 "},
                                                        {"\nover 0 0", "\nover 99 0"},
                                                        {"\nover 0 0", "\nover 0 9"},
                                                        {"\nsketch 1", "\nsketch 999999"},
                                                        {" quantiles ", " quantile "},
                                                        {"\nover 0 0", "\nunder 0 0"},
                                                        {"\ntrial 2 ", "\ntrial 2 2"},
                                                        {"items 4", "items 5"},
                                                        {"items 4", "items 99999999999"},
                                                        {"\nover 0 0 ", "\nover 0 0 9"},
                                                        {"\nover 1 0 0 ", "\nover 1 0 0 99999999999:1 "},
                                                        {"\nover 1 0 0 ", "\nover 1 0 0 x:1 "}}) {
    EXPECT_TRUE(!refusal({files[0], write("bad.txt", replaced(old_text, new_text)), files[2]}).empty())
        << old_text << " -> " << new_text;
  }
  EXPECT_EQ(merged(files), summary_of(options));
}

TEST(ShardLine, SaysWhatItReads) {
  const ShardHeader header{true, {3, 8}, std::string(64, 'a'), 17};
  std::string line = shard_line(header);
  ASSERT_EQ(line.back(), '\n');
  line.pop_back();
  const auto read = parse_shard_line(line, "f");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->summary);
  EXPECT_EQ(read->shard.index, 3);
  EXPECT_EQ(read->shard.of, 8);
  EXPECT_EQ(read->rows, 17);
  EXPECT_EQ(read->run_sha256, header.run_sha256);
  for (const std::string& bad : {std::string(), line + " x", line.substr(1), line.substr(0, 40)}) {
    EXPECT_FALSE(parse_shard_line(bad, "f")) << bad;
  }
}

}  // namespace
}  // namespace racemate::study
