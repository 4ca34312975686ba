#include "racemate/study/data_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace racemate::study {
namespace {

class DataFolder : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::path(testing::TempDir()) /
            (std::string("data_folder_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::string make(const std::string& name, bool complete = true) {
    const std::filesystem::path place = root_ / name;
    for (const char* folder : {"models", "patterns", "cohorts"}) {
      std::filesystem::create_directories(place / folder);
    }
    if (complete) {
      std::filesystem::create_directories(place / "evidence");
    }
    return place.string();
  }
  std::string nowhere() const { return (root_ / "nowhere").string(); }

  std::filesystem::path root_;
};

TEST_F(DataFolder, EnvironmentComesFirst) {
  const auto found =
      find_data_folder({.environment = make("named"), .installed = make("installed"), .source_tree = make("source")});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(*found, (root_ / "named").string());
}

TEST_F(DataFolder, InstalledComesBeforeTheSourceTree) {
  const auto found = find_data_folder({.environment = "", .installed = make("installed"), .source_tree = make("src")});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(*found, (root_ / "installed").string());
}

TEST_F(DataFolder, AnIncompletePlaceIsPassedOver) {
  const auto found =
      find_data_folder({.environment = "", .installed = make("installed", false), .source_tree = make("source")});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(*found, (root_ / "source").string());
}

TEST_F(DataFolder, AWrongEnvironmentIsAnErrorNotIgnored) {
  const auto found =
      find_data_folder({.environment = make("named", false), .installed = make("installed"), .source_tree = ""});
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().front().code, ErrorCode::kFileUnreadable);
  EXPECT_NE(found.error().front().message.find("'evidence'"), std::string::npos);
}

TEST_F(DataFolder, NothingFoundNamesThePlaces) {
  const auto found = find_data_folder({.environment = "", .installed = nowhere(), .source_tree = ""});
  ASSERT_FALSE(found.has_value());
  EXPECT_NE(found.error().front().message.find(nowhere()), std::string::npos);
  EXPECT_NE(found.error().front().hint.find("RACEMATE_DATA"), std::string::npos);
}

TEST_F(DataFolder, ThisProcessKnowsItsPlaces) {
  const DataFolderPlaces places = data_folder_places();
  EXPECT_TRUE(places.installed.ends_with("share/racemate")) << places.installed;
  EXPECT_EQ(places.source_tree, RACEMATE_SOURCE_DIR);
}

}  // namespace
}  // namespace racemate::study
