#include "racemate/core/file_output.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace racemate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class FileOutput : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string("racemate-write-") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) names.push_back(entry.path().filename());
    return names;
  }
  [[nodiscard]] std::string content(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name), std::ios::binary).rdbuf();
    return text.str();
  }
  // The message of a failure with kUnwritableOutput, else a complaint.
  static std::string failure(const Result<void>& result) {
    if (result) return "no failure";
    const bool expected_code = result.error().front().code == ErrorCode::kUnwritableOutput;
    if (result.error().size() != 1 || !expected_code) return "another error";
    return result.error().front().message;
  }

  std::filesystem::path folder_;
};

TEST_F(FileOutput, WritesAllBytesAndLeavesNothingElse) {
  const std::string bytes = std::string("a\0b\r\n", 5) + std::string(300'000, 'x');
  ASSERT_TRUE(write_file_atomically(path("out.json"), bytes));
  EXPECT_EQ(content("out.json"), bytes);
  EXPECT_THAT(names(), ElementsAre("out.json"));
  ASSERT_TRUE(write_file_atomically(path("out.json"), "shorter"));
  EXPECT_EQ(content("out.json"), "shorter");
  ASSERT_TRUE(write_file_atomically(path("out.json"), ""));
  EXPECT_EQ(content("out.json"), "");
  EXPECT_THAT(names(), ElementsAre("out.json"));
}

TEST_F(FileOutput, PermissionsFollowTheMask) {
  const mode_t before = ::umask(027);
  const bool written = write_file_atomically(path("out"), "x").has_value();
  ::umask(before);
  ASSERT_TRUE(written);
  EXPECT_EQ(std::filesystem::status(path("out")).permissions(), static_cast<std::filesystem::perms>(0640));
}

TEST_F(FileOutput, TakesNamesOfTheLongestKind) {
  const std::string longest(255, 'n');
  EXPECT_TRUE(write_file_atomically(path(longest), "x"));
  EXPECT_EQ(failure(write_file_atomically(path(longest + "n"), "x")), "cannot be written: File name too long");
  EXPECT_THAT(names(), ElementsAre(longest));
}

TEST_F(FileOutput, ADirectoryIsRefused) {
  for (const std::string& target : {folder_.string(), folder_.string() + "/"}) {
    EXPECT_EQ(failure(write_file_atomically(target, "x")), "cannot be written: it is a directory");
    EXPECT_EQ(failure(check_writable(target)), "cannot be written: it is a directory");
  }
  EXPECT_EQ(failure(check_writable(path("new/"))), "cannot be written: it names a directory");
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(FileOutput, AMissingFolderIsNamed) {
  const std::string target = path("missing/out.json");
  EXPECT_EQ(failure(write_file_atomically(target, "x")),
            "cannot be written: folder '" + path("missing") + "': No such file or directory");
  EXPECT_EQ(failure(check_writable(target)), failure(write_file_atomically(target, "x")));
  EXPECT_EQ(check_writable(target).error().front().where.file, target);
}

TEST_F(FileOutput, AFileInPlaceOfAFolderIsRefused) {
  ASSERT_TRUE(write_file_atomically(path("file"), "x"));
  EXPECT_EQ(failure(write_file_atomically(path("file/out.json"), "x")), "cannot be written: Not a directory");
}

TEST_F(FileOutput, OddNamesAreRefused) {
  EXPECT_EQ(failure(write_file_atomically("", "x")), "cannot be written: the name is empty");
  EXPECT_EQ(failure(write_file_atomically(path(std::string("a\0b", 3)), "x")),
            "cannot be written: the name holds a zero byte");
}

// A folder in which even the superuser cannot create a file.
TEST_F(FileOutput, AFolderWithoutPlaceForFilesIsRefused) {
  EXPECT_THAT(failure(write_file_atomically("/proc/self/racemate.json", "x")), HasSubstr("cannot be written: "));
}

TEST_F(FileOutput, AFolderWithoutPermissionIsRefused) {
  // The superuser may write everywhere, so it steps down for this test.
  constexpr uid_t kNobody = 65534;
  const uid_t user = ::geteuid();
  std::filesystem::permissions(folder_, static_cast<std::filesystem::perms>(0555));
  if (user == 0 && ::seteuid(kNobody) != 0) GTEST_SKIP() << "cannot step down from the superuser";
  const std::string message = failure(write_file_atomically(path("out.json"), "x"));
  const std::string early = failure(check_writable(path("out.json")));
  ASSERT_EQ(::seteuid(user), 0);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
  EXPECT_EQ(message, "cannot be written: folder '" + folder_.string() + "': Permission denied");
  EXPECT_EQ(early, message);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(FileOutput, TheFileBehindALinkIsReplacedAndNotTheLink) {
  std::filesystem::create_directory(folder_ / "real");
  ASSERT_TRUE(write_file_atomically(path("real/file"), "old"));
  std::filesystem::create_symlink(folder_ / "real" / "file", folder_ / "link");
  ASSERT_TRUE(write_file_atomically(path("link"), "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
  EXPECT_EQ(content("real/file"), "new");
}

TEST_F(FileOutput, ADeviceAndAPipeTakeTheBytesDirectly) {
  EXPECT_TRUE(check_writable("/dev/null"));
  EXPECT_TRUE(write_file_atomically("/dev/null", "x"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_EQ(failure(write_file_atomically("/dev/full", "x")), "cannot be written: No space left on device");

  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  // Open for reading first, without waiting for the writer, so that neither end ever waits.
  const int reader = ::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  EXPECT_TRUE(write_file_atomically(path("pipe"), "through"));
  std::array<char, 16> buffer{};
  const ssize_t count = ::read(reader, buffer.data(), buffer.size());
  ::close(reader);
  EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(0, count))), "through");
  EXPECT_TRUE(std::filesystem::is_fifo(path("pipe")));
}

// "program --json /dev/stdout > file": what is printed and what is written come one after the other.
TEST_F(FileOutput, StandardOutputKeepsItsPositionInAFile) {
  std::fflush(stdout);
  const int saved = ::dup(STDOUT_FILENO);
  const int file = ::open(path("out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(::dup2(file, STDOUT_FILENO), 0);
  std::fputs("printed, ", stdout);
  const bool written = write_file_atomically("/dev/stdout", "written, ").has_value();
  std::fputs("printed", stdout);
  std::fflush(stdout);
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  ::close(file);
  EXPECT_TRUE(written);
  EXPECT_EQ(content("out"), "printed, written, printed");
}

TEST_F(FileOutput, ManyWritersNeverMixTheirFiles) {
  {
    std::vector<std::jthread> writers;
    for (char letter = 'a'; letter < 'i'; ++letter) {
      writers.emplace_back([this, letter] {
        for (int i = 0; i < 10; ++i) {
          EXPECT_TRUE(write_file_atomically(path("shared"), std::string(10'000, letter)));
          EXPECT_TRUE(write_file_atomically(path(std::string(1, letter)), std::string(1, letter)));
        }
      });
    }
  }
  const std::string shared = content("shared");
  EXPECT_EQ(shared, std::string(10'000, shared.front()));
  EXPECT_EQ(names().size(), 9U);
  EXPECT_EQ(content("c"), "c");
}

TEST_F(FileOutput, NothingUnfinishedLeavesNothingToRemove) {
  ASSERT_TRUE(write_file_atomically(path("done"), "x"));
  remove_unfinished_files();
  EXPECT_THAT(names(), UnorderedElementsAre("done"));
}

// Removal races with a writer. Whatever the outcome, the target is whole or absent and nothing else stays.
TEST_F(FileOutput, RemovingInTheMiddleLeavesAWholeFileOrNone) {
  const std::string bytes(200'000, 'x');
  bool written = false;
  {
    const std::jthread writer([&] {
      for (int i = 0; i < 20; ++i) written = write_file_atomically(path("out"), bytes).has_value();
    });
    for (int i = 0; i < 200; ++i) remove_unfinished_files();
  }
  remove_unfinished_files();
  const bool exists = std::filesystem::exists(path("out"));
  EXPECT_TRUE(exists || !written);
  EXPECT_TRUE(!exists || content("out") == bytes);
  for (const std::string& name : names()) EXPECT_EQ(name, "out");
}

}  // namespace
}  // namespace racemate
