// One test for each thing that is wrong with a model file: where it is, what it is called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "racemate/model/model_fixture_test.h"

namespace racemate::model {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::problems_of;
using testing::small_model_with;
using ::testing::StartsWith;

struct Case {
  const char* name;
  const char* old_text;
  const char* new_text;
  const char* begins;  // of the only problem
  const char* contains;
};

class OneProblem : public ::testing::TestWithParam<Case> {};

TEST_P(OneProblem, IsFoundWhereItIs) {
  const Case& c = GetParam();
  EXPECT_THAT(problems_of(small_model_with(c.old_text, c.new_text)),
              ElementsAre(AllOf(StartsWith(c.begins), HasSubstr(c.contains))));
}

constexpr Case kHeader[] = {
    {"Schema", "model/1", "model/9", "1:10 RM-unknown-name", "racemate-model/1"},
    {"Id", "\"small\"", "\"Small Model\"", "2:6 RM-out-of-range", "lower-case"},
    {"MissingTitle", "title = \"A small model\"\n", "", "1:1 RM-missing-field", "title"},
    {"Tier", "\"V2\"", "\"V9\"", "4:8 RM-unknown-name", "V2"},
    {"Substance", "[\"racemic ketamine\"]", "[\"racemic ketamin\"]", "5:14 RM-unknown-name",
     "did you mean 'racemic ketamine'"},
    {"NoSubstance", "[\"racemic ketamine\"]", "[]", "5:14 RM-missing-field", "substances"},
    {"Citation", "source = [\"a-2020\"]", "source = [\"a-2021\"]", "6:10 RM-unknown-name", "did you mean 'a-2020'"},
    {"UnknownField", "summary", "sumary = \"x\"\nsummary", "7:1 RM-unknown-field", "did you mean 'summary'"},
    {"PublishedExtends", "summary", "extends = \"other\"\nsummary", "7:11 RM-inconsistent", "assembled"},
};

constexpr Case kCovariates[] = {
    {"UnknownCovariate", "weight = {", "wieght = {", "10:1 RM-unknown-name", "did you mean 'weight'"},
    {"CovariateUnit", "unit = \"kg\"", "unit = \"kgs\"", "10:19 RM-unknown-unit", "kgs"},
    {"CovariateUnitOfAnotherKind", "unit = \"kg\"", "unit = \"h\"", "10:19 RM-wrong-dimension", "weight"},
    {"CovariateRange", "low = \"40 kg\"", "low = \"90 kg\"", "10:52 RM-inconsistent", "low <= reference"},
    {"CovariateWithoutUnit", "\"70 kg\"", "70", "10:37 RM-unknown-unit", "no unit"},
};

constexpr Case kParameters[] = {
    {"UnknownUnit", "\"80 L/h\"", "\"80 L/hr\"", "13:9 RM-unknown-unit", "L/hr"},
    {"NegativeClearance", "\"80 L/h\"", "\"-80 L/h\"", "13:9 RM-out-of-range", "clearance"},
    {"ZeroVolume", "\"100 L\"", "\"0 L\"", "18:9 RM-out-of-range", "above 0"},
    {"NegativeRate", "\"2 1/h\"", "\"-2 1/h\"", "27:9 RM-out-of-range", "at least 0"},
    {"NotANumber", "value = 0.4", "value = nan", "22:9 RM-out-of-range", ""},
    {"MissingValue", "value = \"100 L\"\n", "", "17:1 RM-missing-field", "parameter V"},
    {"ValueOfAnotherType", "\"100 L\"", "true", "18:9 RM-wrong-type", "a boolean"},
    {"NegativeVariance", "omega2 = 0.04", "omega2 = -0.04", "15:51 RM-out-of-range", "omega2"},
    {"UnknownScale", "\"log-normal\", omega2 = 0.04", "\"lognormal\", omega2 = 0.04", "15:28 RM-unknown-name",
     "did you mean 'log-normal'"},
    {"LogitOfAVolume", "{ scale = \"log-normal\", omega2 = 0.09 }", "{ scale = \"logit-normal\", omega2 = 0.09 }",
     "19:28 RM-inconsistent", "share"},
    {"CvAndVariance", "omega2 = 0.04", "cv = 0.2, omega2 = 0.04", "15:47 RM-inconsistent", "one of"},
    {"RangeReversed", "low = 0.3, high = 0.5", "low = 0.5, high = 0.3", "24:46 RM-inconsistent", "low < high"},
    {"RangeWithoutTheValue", "low = 0.3, high = 0.5", "low = 0.41, high = 0.5", "24:46 RM-inconsistent",
     "outside its range"},
    {"RangeOfAnotherUnit", "low = 0.3", "low = \"0.3 L\"", "24:46 RM-wrong-dimension", ""},
    {"ShapeUnknown", "\"uniform\"", "\"unifrom\"", "24:29 RM-unknown-name", "did you mean 'uniform'"},
    {"CitationOfAParameter", "value = \"100 L\"", "value = \"100 L\"\nsource = \"c-2020\"", "19:10 RM-unknown-name",
     "c-2020"},
    {"AssumptionWithoutNote", "value = \"100 L\"", "value = \"100 L\"\ntier = \"assumption\"", "17:1 RM-missing-field",
     "note"},
    {"BorrowedAsFact", "omega2 = 0.04", R"(omega2 = 0.04, borrowed_from = "x", source = "a-2020", tier = "V1")",
     "15:104 RM-inconsistent", "assumption"},
    {"FieldOfAParameter", "value = \"100 L\"", "value = \"100 L\"\ntypcal = \"value\"", "19:1 RM-unknown-field",
     "did you mean 'typical'"},
    {"NameOfAFunction", "[derived]\n", "[derived]\nlog = \"1\"\n", "35:1 RM-unknown-name", "'log' cannot name"},
    {"NameTwice", "[derived]\n", "[derived]\nweight = \"1\"\n", "35:1 RM-inconsistent", "defined twice"},
};

constexpr Case kExpressions[] = {
    {"Syntax", "\"CL / V\"", "\"CL / \"", "35:11 RM-syntax", ""},
    {"UnknownName", "\"CL / V\"", "\"CL / Vc\"", "35:11 RM-unknown-name", "Vc"},
    {"UnknownFunction", "\"CL / V\"", "\"sqr(CL / V)\"", "35:6 RM-unknown-name", "did you mean 'sqrt'"},
    {"Dimensions", "\"CL / V\"", "\"CL + V\"", "35:9 RM-wrong-dimension", ""},
    {"TypicalOfAnotherDimension", "^0.75\"", "^0.75 * 1[h]\"", "14:12 RM-wrong-dimension", "L/h"},
    {"UnknownNameBehindValue", "value * (weight", "value * value / value * (wieght", "14:37 RM-unknown-name", "weight"},
    {"RateOfAnotherDimension", "clearance = \"CL\"", "rate = \"CL\"", "44:9 RM-wrong-dimension", "1/h"},
    {"FractionOfAnotherDimension", "fraction = \"F\"", "fraction = \"V\"", "48:13 RM-wrong-dimension", ""},
    {"Cycle", "k = \"CL / V\"", "k = \"m\"\nm = \"k\"", "35:6 RM-inconsistent", "k"},
};

constexpr Case kStructure[] = {
    {"FlowFromNowhere", "from = \"central\"", "from = \"centrl\"", "43:8 RM-unknown-name", "did you mean 'central'"},
    {"FlowToNowhere", "from = \"central\"", "from = \"central\"\nto = \"urine\"", "44:6 RM-unknown-name", "urine"},
    {"FlowToItself", "from = \"central\"", "from = \"central\"\nto = \"central\"", "44:6 RM-inconsistent", "itself"},
    {"RateAndClearance", "clearance = \"CL\"", "clearance = \"CL\"\nrate = \"k\"", "45:8 RM-inconsistent", "not both"},
    {"FractionOfElimination", "clearance = \"CL\"", "clearance = \"CL\"\nfraction = 0.5", "45:12 RM-inconsistent",
     "goes nowhere"},
    {"RouteUnknown", "routes.oral", "routes.orall", "46:10 RM-unknown-name", "did you mean 'oral'"},
    {"InputToNowhere", "to = \"central\"\nfraction", "to = \"gut\"\nfraction", "47:6 RM-unknown-name", "gut"},
    {"InputWithoutFraction", "fraction = \"F\"\n", "", "46:1 RM-missing-field", "fraction"},
    {"FractionAboveOne", "fraction = \"F\"", "fraction = 1.2", "48:12 RM-out-of-range", "scale_factor"},
    {"NegativeFraction", "fraction = \"F\"", "fraction = \"F - 1\"", "48:13 RM-out-of-range", "-0.6"},
    {"SystemicUnsaid", "systemic = true\n", "", "45:1 RM-missing-field", "systemic"},
    {"TransitCount", "ka = \"ka\"", "transit = { count = 99, mean_time = \"1[h]\" }", "49:21 RM-out-of-range", "count"},
    {"OutputWithoutVolume", "[outputs.ketamine]\ntitle = \"ketamine\"\ncompartment = \"central\"",
     "[compartments.deep]\n[outputs.ketamine]\ntitle = \"ketamine\"\ncompartment = \"deep\"", "54:15 RM-missing-field",
     "volume"},
    {"Site", "\"venous\"", "\"venus\"", "56:8 RM-unknown-name", "did you mean 'venous'"},
    {"Analyte", "analyte = \"ketamine\"\nmatrix", "analyte = \"ketamin\"\nmatrix", "54:11 RM-unknown-name",
     "did you mean 'ketamine'"},
    {"RateNegativeAtAnEnd", "clearance = \"CL\"", "rate = \"k * (100[kg] - weight) / 1[kg]\"", "44:9 RM-out-of-range",
     "high ends of the covariates"},
    {"RateNotFinite", "clearance = \"CL\"", "rate = \"k / (weight - 40[kg]) * 1[kg]\"", "44:9 RM-out-of-range",
     "low ends of the covariates"},
};

constexpr Case kCovariancesAndDomain[] = {
    {"CovarianceOfNothing", R"(["CL", "V"])", R"(["CL", "ka"])", "30:1 RM-unknown-name", "'ka' has no variability"},
    {"NotPositiveDefinite", "covariance = 0.03", "covariance = 0.06", "30:1 RM-inconsistent", "positive definite"},
    {"CovarianceOfThree", R"(["CL", "V"])", R"(["CL", "V", "F"])", "31:14 RM-inconsistent", "two parameters"},
    {"DomainAge", R"(["18 a", "80 a"])", R"(["80 a", "18 a"])", "60:7 RM-inconsistent", "low end"},
    {"DomainWeightUnit", "\"50 kg\"", "\"50 mg\"", "61:11 RM-wrong-dimension", "kg"},
    {"DomainRouteMissing", R"([{ route = "oral", low = "10 mg", high = "100 mg" }])", "[]", "62:10 RM-inconsistent",
     "oral"},
    {"DomainDoses", "low = \"10 mg\", high", "low = \"200 mg\", high", "62:35 RM-inconsistent", "low <= high"},
};

std::string name_of(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Header, OneProblem, ::testing::ValuesIn(kHeader), name_of);
INSTANTIATE_TEST_SUITE_P(Covariates, OneProblem, ::testing::ValuesIn(kCovariates), name_of);
INSTANTIATE_TEST_SUITE_P(Parameters, OneProblem, ::testing::ValuesIn(kParameters), name_of);
INSTANTIATE_TEST_SUITE_P(Expressions, OneProblem, ::testing::ValuesIn(kExpressions), name_of);
INSTANTIATE_TEST_SUITE_P(Structure, OneProblem, ::testing::ValuesIn(kStructure), name_of);
INSTANTIATE_TEST_SUITE_P(CovariancesAndDomain, OneProblem, ::testing::ValuesIn(kCovariancesAndDomain), name_of);

TEST(Problems, TheSmallModelHasNone) { EXPECT_THAT(problems_of(std::string(testing::kSmallModel)), IsEmpty()); }

TEST(Problems, AllOfAFileAtOnceInOrder) {
  std::string text = small_model_with("\"80 L/h\"", "\"-80 L/h\"");
  text.replace(text.find("\"CL / V\""), 8, "\"CL / Vx\"");
  text.replace(text.find("from = \"central\""), 16, "from = \"centre\"");
  text.replace(text.find("\"venous\""), 8, "\"arm\"");
  EXPECT_THAT(problems_of(text), ElementsAre(StartsWith("13:9 RM-out-of-range"), StartsWith("35:11 RM-unknown-name"),
                                             StartsWith("43:8 RM-unknown-name"), StartsWith("56:8 RM-unknown-name")));
}

TEST(Problems, AnAssembledModelHasThatTier) {
  EXPECT_THAT(problems_of(small_model_with("tier = \"V2\"", "kind = \"assembled\"\ntier = \"V2\"")),
              Contains(AllOf(StartsWith("5:8 RM-inconsistent"), HasSubstr("assembled"))));
}

TEST(Problems, ARouteHasInputs) {
  EXPECT_THAT(problems_of(small_model_with("[outputs.ketamine]", "[routes.rectal]\n[outputs.ketamine]")),
              Contains(AllOf(StartsWith("51:1 RM-missing-field"), HasSubstr("inputs"))));
}

TEST(Problems, ABrokenParameterIsComplainedAboutOnce) {
  EXPECT_THAT(problems_of(small_model_with("\"100 L\"", "\"100 litres\"")), ElementsAre(StartsWith("18:9")));
}

TEST(Problems, HintsNameWhatTheFileDefines) {
  EXPECT_THAT(problems_of(small_model_with("\"CL / V\"", "\"CL / quantity\"")),
              ElementsAre(HasSubstr("known: weight, CL, V, F, ka, k)")));
}

TEST(Problems, FractionsOfARouteAddUpToAtMostOne) {
  EXPECT_THAT(problems_of(small_model_with("[outputs.ketamine]",
                                           "[[routes.oral.inputs]]\nto = \"central\"\n"
                                           "fraction = 0.7\n\n[outputs.ketamine]")),
              ElementsAre(AllOf(HasSubstr("RM-inconsistent"), HasSubstr("add up to 1.1"))));
  EXPECT_THAT(problems_of(small_model_with("[outputs.ketamine]",
                                           "[[routes.oral.inputs]]\nto = \"central\"\nsystemic = 0\n"
                                           "fraction = 1.16\nscale_factor = true\n\n[outputs.ketamine]")),
              IsEmpty());
}

TEST(Problems, TooManyCompartments) {
  std::string more;
  for (int i = 0; i < 70; ++i) more += "[compartments.c" + std::to_string(i) + "]\n";
  EXPECT_THAT(problems_of(small_model_with("[[flows]]", more + "[[flows]]")), Contains(HasSubstr("at most 64")));
}

TEST(Problems, AnEmptyFileLacksEverything) {
  EXPECT_THAT(problems_of(""), AllOf(Contains(HasSubstr("schema")), Contains(HasSubstr("no compartments")),
                                     Contains(HasSubstr("no outputs")), Contains(HasSubstr("no routes"))));
}

TEST(Problems, TomlSyntaxIsReportedAlone) {
  EXPECT_THAT(problems_of("id = \"x\nfoo"), ElementsAre(HasSubstr("RM-syntax")));
}

// Models that build on another file.
class Extends : public ::testing::Test {
 public:
  Extends(const Extends&) = delete;
  Extends& operator=(const Extends&) = delete;
  Extends(Extends&&) = delete;
  Extends& operator=(Extends&&) = delete;

 protected:
  Extends()
      : folder_(::testing::TempDir() + "racemate-model-" +
                ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    write("small", std::string(testing::kSmallModel));
  }
  ~Extends() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& id, const std::string& text) const {
    std::ofstream(folder_ + "/" + id + ".toml") << text;
  }
  [[nodiscard]] Result<CompiledModel> load(const std::string& id) const {
    return load_model(folder_ + "/" + id + ".toml", testing::small_library());
  }
  static std::string child(const std::string& base, const std::string& more) {
    return "schema = \"racemate-model/1\"\nid = \"child\"\ntitle = \"c\"\nkind = \"assembled\"\n"
           "tier = \"assembled\"\nextends = \"" +
           base + "\"\nsubstances = [\"racemic ketamine\"]\nsummary = \"s\"\n" + more +
           "\n[domain]\npopulation = \"p\"\nroutes = [{ route = \"rectal\" }]\n";
  }
  static constexpr const char* kRectal = "[[routes.rectal.inputs]]\nto = \"central\"\nfraction = \"F\"\n";
  std::string folder_;
};

TEST_F(Extends, TakesTheBaseButNotItsRoutes) {
  write("child", child("small", kRectal));
  const Result<CompiledModel> model = load("child");
  ASSERT_TRUE(model) << to_string(model.error().front());
  EXPECT_EQ(model->parameters.size(), 4U);
  EXPECT_EQ(model->find_route("oral"), nullptr);
  EXPECT_NE(model->find_route("rectal"), nullptr);
  EXPECT_NE(model->find_output("ketamine"), nullptr);
  EXPECT_EQ(model->extends, "small");
  EXPECT_EQ(model->parameters[0].provenance.tier, evidence::Tier::kV2) << "the base's values keep their tier";
  EXPECT_THAT(model->sources, ElementsAre("a-2020"));
}

TEST_F(Extends, TheDigestCoversBothFiles) {
  write("child", child("small", kRectal));
  const std::string before = load("child")->sha256;
  write("small", small_model_with("\"80 L/h\"", "\"81 L/h\""));
  EXPECT_NE(load("child")->sha256, before);
}

TEST_F(Extends, AMissingBaseGetsTheNearest) {
  write("child", child("smal", kRectal));
  const Result<CompiledModel> model = load("child");
  ASSERT_FALSE(model);
  EXPECT_THAT(to_string(model.error().front()), AllOf(HasSubstr("child.toml:6:11"), HasSubstr("did you mean 'small'")));
}

TEST_F(Extends, NamesOfTheBaseAreTaken) {
  write("child",
        child("small", std::string(kRectal) + "[parameters.F]\nvalue = 0.2\ntier = \"assumption\"\nnote = \"n\"\n"));
  const Result<CompiledModel> model = load("child");
  ASSERT_FALSE(model);
  ASSERT_EQ(model.error().size(), 1U);
  EXPECT_THAT(model.error().front().message, HasSubstr("'F' is defined here and in small"));
}

TEST_F(Extends, OneLevelOnly) {
  write("child", child("small", kRectal));
  write("grandchild", child("child", ""));
  const Result<CompiledModel> model = load("grandchild");
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().front().message, HasSubstr("builds on 'small' itself"));
}

TEST_F(Extends, ABaseNeverLeavesItsFolder) {
  write("child", child("../small", kRectal));
  const Result<CompiledModel> model = load("child");
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().front().message, HasSubstr("not a model id"));
}

TEST_F(Extends, ProblemsOfTheBaseNameTheBase) {
  write("child", child("small", kRectal));
  write("small", small_model_with("\"80 L/h\"", "\"80 L/hr\""));
  const Result<CompiledModel> model = load("child");
  ASSERT_FALSE(model);
  ASSERT_EQ(model.error().size(), 1U);
  EXPECT_THAT(to_string(model.error().front()), HasSubstr("small.toml:13:9"));
}

TEST_F(Extends, AFolderIsNotAModel) {
  const Result<CompiledModel> model = load_model(folder_, testing::small_library());
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().front().code, ErrorCode::kFileUnreadable);
}

}  // namespace
}  // namespace racemate::model
