#include "racemate/evidence/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

namespace racemate::evidence {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Shape = InputRange::Shape;

TEST(Names, EveryEnumeratorHasOneNameAndIsFoundByIt) {
  for (const std::string& name : tier_names()) EXPECT_EQ(to_string(parse_tier(name).value()), name);
  for (const std::string& name : matrix_names()) EXPECT_EQ(to_string(parse_matrix(name).value()), name);
  for (const std::string& name : site_names()) EXPECT_EQ(to_string(parse_site(name).value()), name);
  for (const std::string& name : shape_names()) EXPECT_EQ(to_string(parse_shape(name).value()), name);
  EXPECT_EQ(tier_names().size(), 5U);
  EXPECT_FALSE(parse_tier("v1").has_value());
  EXPECT_FALSE(parse_site("Venous").has_value());
}

TEST(Quantile, UniformAndLogUniformMedians) {
  EXPECT_DOUBLE_EQ(quantile({Shape::kUniform, 2, 6, {}}, 3, 0.5), 4);
  EXPECT_NEAR(quantile({Shape::kLogUniform, 0.13, 0.45, {}}, 0.2, 0.5), std::sqrt(0.13 * 0.45), 1e-15);
}

TEST(Quantile, TriangularInvertsItsDistributionFunction) {
  const InputRange range{Shape::kTriangular, 1, 5, {}};
  const double mode = 2;
  const auto below = [&](double x) {
    return x <= mode ? (x - 1) * (x - 1) / (4 * (mode - 1)) : 1 - (5 - x) * (5 - x) / (4 * (5 - mode));
  };
  for (const double u : {1e-9, 0.1, 0.25, 0.5, 0.9, 1 - 1e-9}) {
    EXPECT_NEAR(below(quantile(range, mode, u)), u, 1e-12) << u;
  }
}

TEST(Quantile, TheModeOfATriangleMayBeItsEnd) {
  const InputRange range{Shape::kTriangular, 1, 2, {}};
  EXPECT_NEAR(quantile(range, 1, 0.75), 1.5, 1e-12);
  EXPECT_NEAR(quantile(range, 2, 0.25), 1.5, 1e-12);
}

RC_GTEST_PROP(QuantileLaws, StaysInsideAndRises, ()) {
  const double low = 0.01 * *rc::gen::inRange(1, 1000);
  const double width = 0.01 * *rc::gen::inRange(1, 1000);
  const double central = low + width * 0.01 * *rc::gen::inRange(0, 101);
  const double u = 0.001 * *rc::gen::inRange(1, 999);
  for (const Shape shape : {Shape::kUniform, Shape::kTriangular, Shape::kLogUniform}) {
    const InputRange range{shape, low, low + width, {}};
    const double here = quantile(range, central, u);
    RC_ASSERT(here >= low * (1 - 1e-12) && here <= (low + width) * (1 + 1e-12));
    RC_ASSERT(quantile(range, central, u + 0.001) > here);
  }
}

// Reads the provenance of one table and returns the problems.
Provenance read(const std::string& text, Tier tier, Diagnostics& diagnostics) {
  const Result<Document> document = parse_document(text, "x.toml");
  TableReader table(document->root, "it", diagnostics);
  Provenance provenance = read_provenance(table, tier, diagnostics);
  table.finish();
  return provenance;
}

TEST(ReadProvenance, OneSourceOrSeveral) {
  Diagnostics diagnostics;
  EXPECT_THAT(read("source = \"a\"", Tier::kV1, diagnostics).sources, ElementsAre("a"));
  const Provenance both = read("source = [\"a\", \"b\"]\ntier = \"V3\"\nnote = \"n\"", Tier::kV1, diagnostics);
  EXPECT_THAT(both.sources, ElementsAre("a", "b"));
  EXPECT_EQ(both.tier, Tier::kV3);
  EXPECT_EQ(both.note, "n");
  EXPECT_TRUE(diagnostics.empty());
}

TEST(ReadProvenance, AValueWithoutSourceMustBeAnAssumptionOrAssembled) {
  Diagnostics diagnostics;
  EXPECT_TRUE(read("tier = \"assumption\"", Tier::kV1, diagnostics).assumption());
  EXPECT_EQ(read("", Tier::kAssembled, diagnostics).tier, Tier::kAssembled);
  EXPECT_TRUE(diagnostics.empty());
  read("tier = \"V2\"", Tier::kAssumption, diagnostics);
  ASSERT_EQ(diagnostics.size(), 1U);
  EXPECT_EQ(diagnostics[0].code, ErrorCode::kMissingField);
  EXPECT_THAT(diagnostics[0].expected, HasSubstr("source"));
}

TEST(ReadProvenance, UnknownTierOffersTheNearest) {
  Diagnostics diagnostics;
  read("tier = \"asumption\"", Tier::kV1, diagnostics);
  ASSERT_EQ(diagnostics.size(), 1U);
  EXPECT_EQ(diagnostics[0].code, ErrorCode::kUnknownName);
  EXPECT_THAT(to_string(diagnostics[0]), HasSubstr("x.toml:1:8"));
  EXPECT_THAT(to_string(diagnostics[0]), HasSubstr("assumption"));
}

// A folder with the four files, small ones unless replaced.
class LibraryFolder : public ::testing::Test {
 public:
  LibraryFolder(const LibraryFolder&) = delete;
  LibraryFolder& operator=(const LibraryFolder&) = delete;
  LibraryFolder(LibraryFolder&&) = delete;
  LibraryFolder& operator=(LibraryFolder&&) = delete;

 protected:
  LibraryFolder() : folder_(::testing::TempDir() + "racemate-evidence-" + test_name()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    write("citations", "[citations.a-2020]\ntext = \"A 2020\"\nread_as = \"abstract\"\n");
    write("levels",
          "[levels.l]\ntitle = \"L\"\nconcentration = \"50 ng/mL\"\nanalyte = \"ketamine\"\nmatrix = \"plasma\"\n"
          "site = \"unstated\"\nsource = \"a-2020\"\n");
    write("bridges", "[bridges]\n");
    write("observations", "[observations]\n");
  }
  ~LibraryFolder() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& file, const std::string& body) const {
    std::ofstream(folder_ + "/" + file + ".toml") << "schema = \"racemate-evidence/1\"\n" << body;
  }
  // The problems, each as one line with the folder left out.
  [[nodiscard]] std::vector<std::string> problems() const {
    std::vector<std::string> lines;
    const Result<Library> library = load_library(folder_);
    if (!library) {
      for (const Diagnostic& diagnostic : library.error()) {
        lines.push_back(to_string(diagnostic).substr(folder_.size() + 1));
      }
    }
    return lines;
  }
  static std::string test_name() { return ::testing::UnitTest::GetInstance()->current_test_info()->name(); }

  std::string folder_;
};

TEST_F(LibraryFolder, SmallFilesAreRead) {
  const Result<Library> library = load_library(folder_);
  ASSERT_TRUE(library) << problems().front();
  EXPECT_EQ(library->citations.at("a-2020").text, "A 2020");
  ASSERT_EQ(library->levels.size(), 1U);
  EXPECT_DOUBLE_EQ(library->levels[0].concentration_mg_per_l, 0.05);
  EXPECT_EQ(library->levels[0].provenance.tier, Tier::kV2);
}

TEST_F(LibraryFolder, ProblemsOfAllFilesAreReportedAtOnce) {
  write("levels",
        "[levels.l]\ntitle = \"L\"\nconcentration = \"50 mg\"\nanalyte = \"ketamin\"\nmatrix = \"plasma\"\n"
        "site = \"unstated\"\nsource = \"b-2020\"\n");
  write("bridges", "[bridges.b]\nstatment = \"x\"\nfrom = { site = \"venous\" }\nto = { site = \"arterial\" }\n");
  write("observations", "[observations.o]\nvalue = \"0 ng/mL\"\n");
  const std::vector<std::string> lines = problems();
  const auto has = [&](const char* place, const char* code) {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.starts_with(place) && line.find(code) != std::string::npos;
    });
  };
  EXPECT_TRUE(has("levels.toml:4:17", "RM-wrong-dimension"));
  EXPECT_TRUE(has("levels.toml:5:11", "did you mean 'ketamine'"));
  EXPECT_TRUE(has("levels.toml:8:10", "RM-unknown-name"));
  EXPECT_TRUE(has("bridges.toml:3:1", "did you mean 'statement'"));
  EXPECT_TRUE(has("bridges.toml:2", "RM-missing-field"));
  EXPECT_TRUE(has("observations.toml:3:9", "RM-out-of-range"));
}

TEST_F(LibraryFolder, AnIntervalEnclosesItsValue) {
  write("levels",
        "[levels.l]\ntitle = \"L\"\nconcentration = \"50 ng/mL\"\nlow = \"60 ng/mL\"\nhigh = \"70 ng/mL\"\n"
        "analyte = \"ketamine\"\nmatrix = \"plasma\"\nsite = \"unstated\"\nsource = \"a-2020\"\n");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("levels.toml:5:7: error RM-inconsistent")));
}

TEST_F(LibraryFolder, AMissingFileIsUnreadable) {
  std::filesystem::remove(folder_ + "/bridges.toml");
  const Result<Library> library = load_library(folder_);
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().front().code, ErrorCode::kFileUnreadable);
  EXPECT_THAT(library.error().front().where.file, HasSubstr("bridges.toml"));
}

TEST_F(LibraryFolder, AnotherSchemaIsRefused) {
  std::ofstream(folder_ + "/bridges.toml") << "schema = \"racemate-evidence/2\"\n[bridges]\n";
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("bridges.toml:1:10")));
}

TEST(ShippedEvidence, LoadsAndKeepsItsTwoLevels) {
  const Result<Library> library = load_library(RACEMATE_SOURCE_DIR "/evidence");
  ASSERT_TRUE(library) << to_string(library.error().front());
  ASSERT_EQ(library->levels.size(), 2U);
  const Level& psychedelic = library->levels[0];
  EXPECT_EQ(psychedelic.id, "psychedelic-c50");
  EXPECT_NEAR(psychedelic.concentration_mg_per_l, 0.121, 1e-12);
  EXPECT_EQ(psychedelic.site, Site::kArterial);
  EXPECT_EQ(psychedelic.analyte, "S-ketamine");
  EXPECT_NEAR(library->levels[1].concentration_mg_per_l, 0.05, 1e-12);
  for (const Bridge& bridge : library->bridges) {
    EXPECT_TRUE(bridge.provenance.assumption()) << bridge.id << " must be shown as an assumption";
    EXPECT_FALSE(bridge.provenance.note.empty()) << bridge.id;
  }
}

}  // namespace
}  // namespace racemate::evidence
