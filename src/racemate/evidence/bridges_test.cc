#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "racemate/evidence/evidence.h"

namespace racemate::evidence {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Bridge site_bridge(const char* id, Site from, Site to) {
  Bridge bridge;
  bridge.id = id;
  bridge.from_site = from;
  bridge.to_site = to;
  return bridge;
}

Bridge half() {
  Bridge bridge;
  bridge.id = "half";
  bridge.from_analyte = "ketamine";
  bridge.to_analyte = "S-ketamine";
  bridge.factor = 0.5;
  return bridge;
}

Level level_of(const char* analyte, Matrix matrix, Site site) {
  Level level;
  level.analyte = analyte;
  level.matrix = matrix;
  level.site = site;
  return level;
}

std::vector<std::string> ids(const BridgePath& path) {
  std::vector<std::string> result;
  result.reserve(path.steps.size());
  for (const Bridge* step : path.steps) result.push_back(step->id);
  return result;
}

const Level kArterialS = level_of("S-ketamine", Matrix::kPlasma, Site::kArterial);

TEST(FindBridge, NoneIsNeededWhereAllAgrees) {
  const auto path = find_bridge(Library{}, "S-ketamine", Matrix::kPlasma, Site::kArterial, kArterialS);
  ASSERT_TRUE(path);
  EXPECT_THAT(path->steps, IsEmpty());
  EXPECT_EQ(path->factor, 1);
}

TEST(FindBridge, TwoStepsMultiply) {
  Library library;
  library.bridges = {site_bridge("mixed", Site::kMixed, Site::kArterial), half()};
  library.bridges[0].factor = 1.5;
  const auto path = find_bridge(library, "ketamine", Matrix::kPlasma, Site::kMixed, kArterialS);
  ASSERT_TRUE(path);
  EXPECT_THAT(ids(*path), ElementsAre("mixed", "half"));
  EXPECT_DOUBLE_EQ(path->factor, 0.75);
}

TEST(FindBridge, TheShortestChainWinsThenTheFirstInTheFile) {
  Library library;
  library.bridges = {
      site_bridge("to-mixed", Site::kVenous, Site::kMixed), site_bridge("from-mixed", Site::kMixed, Site::kArterial),
      site_bridge("direct", Site::kVenous, Site::kArterial), site_bridge("direct-too", Site::kVenous, Site::kArterial)};
  const auto path = find_bridge(library, "S-ketamine", Matrix::kPlasma, Site::kVenous, kArterialS);
  ASSERT_TRUE(path);
  EXPECT_THAT(ids(*path), ElementsAre("direct"));
}

TEST(FindBridge, BridgesHaveOneDirection) {
  Library library;
  library.bridges = {half()};
  const auto path = find_bridge(library, "S-ketamine", Matrix::kPlasma, Site::kUnstated,
                                level_of("ketamine", Matrix::kPlasma, Site::kUnstated));
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error(), "no bridge from S-ketamine to ketamine");
}

TEST(FindBridge, TheReasonNamesTheSiteWhereTheAnalyteIsReached) {
  Library library;
  library.bridges = {half()};
  const auto path = find_bridge(library, "ketamine", Matrix::kSerum, Site::kVenous, kArterialS);
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error(), "no bridge from venous serum to arterial plasma");
}

TEST(FindBridge, CirclesEnd) {
  Library library;
  library.bridges = {site_bridge("there", Site::kVenous, Site::kMixed),
                     site_bridge("back", Site::kMixed, Site::kVenous)};
  EXPECT_FALSE(find_bridge(library, "S-ketamine", Matrix::kPlasma, Site::kVenous, kArterialS));
}

// What the shipped bridges allow and, as important, what they do not.
TEST(ShippedBridges, EverySiteReachesBothLevelsButSKetamineNeverTheRacemicOne) {
  const Result<Library> library = load_library(RACEMATE_SOURCE_DIR "/evidence");
  ASSERT_TRUE(library);
  const Level& psychedelic = library->levels[0];
  const Level& impairment = library->levels[1];
  for (const Site site : {Site::kArterial, Site::kVenous, Site::kMixed, Site::kUnstated}) {
    const auto s_to_s = find_bridge(*library, "S-ketamine", Matrix::kPlasma, site, psychedelic);
    ASSERT_TRUE(s_to_s);
    EXPECT_EQ(s_to_s->steps.size(), site == Site::kArterial ? 0U : 1U);
    const auto racemate_to_s = find_bridge(*library, "ketamine", Matrix::kPlasma, site, psychedelic);
    ASSERT_TRUE(racemate_to_s);
    EXPECT_EQ(racemate_to_s->factor, 0.5);
    EXPECT_TRUE(find_bridge(*library, "ketamine", Matrix::kPlasma, site, impairment));
    const auto s_to_racemate = find_bridge(*library, "S-ketamine", Matrix::kPlasma, site, impairment);
    ASSERT_FALSE(s_to_racemate);
    EXPECT_EQ(s_to_racemate.error(), "no bridge from S-ketamine to ketamine");
  }
}

}  // namespace
}  // namespace racemate::evidence
