#include "racemate/core/gzip.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "racemate/core/file_output.h"

namespace racemate {
namespace {

namespace fs = std::filesystem;

class Gzip : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("gzip_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::string write(const std::string& name, const std::vector<std::string>& pieces, OutputFile::Encoding encoding) {
    auto file = OutputFile::open(path(name), encoding);
    EXPECT_TRUE(file);
    for (const std::string& piece : pieces) EXPECT_TRUE((*file)->write(piece));
    EXPECT_TRUE((*file)->finish());
    return bytes(name);
  }
  std::string bytes(const std::string& name) const {
    std::ifstream stream(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::vector<std::string> lines(const std::string& name) const {
    std::vector<std::string> all;
    auto file = LineFile::open(path(name));
    EXPECT_TRUE(file);
    std::string_view line;
    while (true) {
      const auto more = (*file)->next(line);
      EXPECT_TRUE(more);
      if (!more || !*more) return all;
      all.emplace_back(line);
    }
  }

  fs::path folder_;
};

std::string table(int rows) {
  std::string text;
  for (int i = 0; i < rows; ++i) text += std::to_string(i) + "," + std::to_string(i * 0.37) + "\n";
  return text;
}

TEST_F(Gzip, TheBytesDoNotDependOnThePieces) {
  const std::string text = table(30'000);
  const std::string whole = write("a.gz", {text}, OutputFile::Encoding::kGzip);
  std::vector<std::string> pieces;
  for (std::size_t at = 0, size = 1; at < text.size(); at += size, size = size * 3 + 1) {
    pieces.push_back(text.substr(at, size));
  }
  EXPECT_EQ(write("b.gz", pieces, OutputFile::Encoding::kGzip), whole);
  EXPECT_LT(whole.size(), text.size() / 2);
  ASSERT_GE(whole.size(), 10U);
  EXPECT_EQ(whole.substr(0, 4), "\x1f\x8b\x08" + std::string(1, '\0')) << "gzip, deflate, no name";
  EXPECT_EQ(whole.substr(4, 4), std::string(4, '\0')) << "no time";
}

TEST_F(Gzip, LinesOfPlainAndPackedFilesAreTheSame) {
  const std::string text = "first\n\n" + table(20'000) + "last without an end";
  write("a.csv", {text}, OutputFile::Encoding::kPlain);
  write("a.csv.gz", {text}, OutputFile::Encoding::kGzip);
  const auto plain = lines("a.csv");
  EXPECT_EQ(plain.size(), 20'003U);
  EXPECT_EQ(plain[1], "");
  EXPECT_EQ(plain.back(), "last without an end");
  EXPECT_EQ(lines("a.csv.gz"), plain);
  EXPECT_TRUE(write("empty.gz", {}, OutputFile::Encoding::kGzip).size() > 10);
  EXPECT_TRUE(lines("empty.gz").empty());
}

TEST_F(Gzip, ADamagedFileIsAnErrorAndNotAShortOne) {
  const std::string whole = write("a.gz", {table(20'000)}, OutputFile::Encoding::kGzip);
  std::string flipped = whole;
  flipped[flipped.size() - 6] = static_cast<char>(flipped[flipped.size() - 6] ^ 1);  // in the checksum
  for (const std::string& damaged : {whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 1), flipped}) {
    std::ofstream(path("b.gz"), std::ios::binary) << damaged;
    auto file = LineFile::open(path("b.gz"));
    ASSERT_TRUE(file);
    std::string_view line;
    Result<bool> more = true;
    while (more && *more) more = (*file)->next(line);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().front().code, ErrorCode::kFileUnreadable);
  }
}

TEST_F(Gzip, WhatIsNoFileIsRefused) {
  EXPECT_FALSE(LineFile::open(path("nowhere")));
  auto folder = LineFile::open(folder_.string());
  std::string_view line;
  EXPECT_TRUE(!folder || !(*folder)->next(line));
}

TEST_F(Gzip, NothingIsLeftOfAnUnfinishedFile) {
  {
    auto file = OutputFile::open(path("a.gz"), OutputFile::Encoding::kGzip);
    ASSERT_TRUE(file);
    EXPECT_TRUE((*file)->write(table(50'000)));
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace racemate
