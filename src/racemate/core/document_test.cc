#include "racemate/core/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "racemate/core/digest.h"

namespace racemate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Document parsed(std::string text) {
  Result<Document> document = parse_document(std::move(text), "t.toml");
  if (!document) throw std::runtime_error(to_string(document.error().front()));
  return *std::move(document);
}

// "line:column code" of every problem.
std::vector<std::string> problems(const Diagnostics& diagnostics) {
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : diagnostics) {
    texts.push_back(to_string(diagnostic.where).substr(std::string("t.toml:").size()) + " " +
                    std::string(error_info(diagnostic.code).name));
  }
  return texts;
}

std::vector<std::string> problems_of(const std::string& text) {
  const Result<Document> document = parse_document(text, "t.toml");
  return document ? std::vector<std::string>{} : problems(document.error());
}

TEST(Documents, KeepKindsAndValues) {
  const Document document = parsed(
      "flag = true\n"
      "count = -7\n"
      "real = 2.5e3\n"
      "text = 'a \"b\"'\n"
      "list = [1, 2.0, 'x']\n"
      "[table]\n"
      "inner = {a = 1}\n");
  EXPECT_EQ(*document.root.find("flag")->as_boolean(), true);
  EXPECT_EQ(*document.root.find("count")->as_integer(), -7);
  EXPECT_EQ(document.root.find("count")->as_number(), -7.0);
  EXPECT_EQ(document.root.find("real")->as_number(), 2500.0);
  EXPECT_EQ(document.root.find("real")->as_integer(), nullptr);
  EXPECT_EQ(*document.root.find("text")->as_string(), "a \"b\"");
  EXPECT_EQ(document.root.find("text")->as_number(), std::nullopt);
  ASSERT_EQ(document.root.find("list")->as_array()->items.size(), 3U);
  EXPECT_EQ(document.root.find("list")->as_array()->items[1].as_number(), 2.0);
  EXPECT_EQ(*document.root.find("table")->find("inner")->find("a")->as_integer(), 1);
  EXPECT_EQ(document.root.find("nothing"), nullptr);
  EXPECT_EQ(document.root.find("flag")->find("x"), nullptr);
  EXPECT_EQ(document.root.find("flag")->as_table(), nullptr);
}

TEST(Documents, NameKindsForMessages) {
  const Document document = parsed("a = true\nb = 1\nc = 1.5\nd = ''\ne = []\nf = {}\n");
  std::vector<std::string_view> kinds;
  for (const auto& [key, value] : document.root.as_table()->fields) kinds.push_back(value.kind());
  EXPECT_THAT(kinds, ElementsAre("a boolean", "a whole number", "a number", "a string", "an array", "a table"));
}

TEST(Documents, KeepTheOrderOfTheFile) {
  const Document document = parsed("z = 1\na = 2\n[m]\nz = 1\nb = 2\n[b]\n[[q]]\nx = 1\n[[q]]\nx = 2\n[a2]\n");
  std::vector<std::string> keys;
  for (const auto& [key, value] : document.root.as_table()->fields) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("z", "a", "m", "b", "q", "a2"));
  EXPECT_EQ(document.root.find("m")->as_table()->fields.front().first, "z");
  EXPECT_EQ(*document.root.find("q")->as_array()->items[1].find("x")->as_integer(), 2);
}

TEST(Documents, EveryNodeKnowsItsPlace) {
  const Document document = parsed(
      "a = 1\n"
      "\n"
      "  b = [10,\n"
      "    20]\n"
      "[t]\n"
      "\"µ\" = 1\n"
      "'ä' = {x = 5}\n"
      "[t.u]\n"
      "[[list]]\n"
      "[[list]]\n"
      "v.w = 3\n");
  const auto where = [](const Node* node) { return to_string(node->where()); };
  EXPECT_EQ(where(&document.root), "t.toml:1:1");
  EXPECT_EQ(where(document.root.find("a")), "t.toml:1:5");
  EXPECT_EQ(to_string(document.root.find("a")->key_where()), "t.toml:1:1");
  EXPECT_EQ(to_string(document.root.find("b")->key_where()), "t.toml:3:3");
  EXPECT_EQ(where(&document.root.find("b")->as_array()->items[0]), "t.toml:3:8");
  EXPECT_EQ(where(&document.root.find("b")->as_array()->items[1]), "t.toml:4:5");
  const Node* table = document.root.find("t");
  EXPECT_EQ(where(table), "t.toml:5:1");
  EXPECT_EQ(where(table->find("ä")->find("x")), "t.toml:7:12");
  EXPECT_EQ(where(table->find("u")), "t.toml:8:1");
  EXPECT_EQ(where(&document.root.find("list")->as_array()->items[1]), "t.toml:10:1");
  EXPECT_EQ(where(document.root.find("list")->as_array()->items[1].find("v")->find("w")), "t.toml:11:7");
}

TEST(Documents, HashTheBytesAsTheyWereRead) {
  const std::string text =
      "\xEF\xBB\xBF"
      "a = 1\r\n";
  const Document document = parsed(text);
  EXPECT_EQ(document.text, text);
  EXPECT_EQ(document.sha256, sha256_hex(text));
  EXPECT_EQ(to_string(document.root.find("a")->where()), "t.toml:1:5");
}

TEST(Documents, LettersBeyondAsciiMayFollowALineThatIsContinued) {
  const Document document = parsed("a = \"\"\"b\\\n  éc\"\"\" # µ\n");
  EXPECT_EQ(*document.root.find("a")->as_string(), "béc");
}

TEST(Documents, MayBeEmpty) {
  EXPECT_TRUE(parsed("").root.as_table()->fields.empty());
  EXPECT_TRUE(parsed("# only a comment").root.as_table()->fields.empty());
  EXPECT_TRUE(parsed("\xEF\xBB\xBF").root.as_table()->fields.empty());
}

struct BadText {
  std::string text;
  std::vector<std::string> problems;
};

class BadDocuments : public ::testing::TestWithParam<BadText> {};

TEST_P(BadDocuments, SayWhere) { EXPECT_EQ(problems_of(GetParam().text), GetParam().problems) << GetParam().text; }

INSTANTIATE_TEST_SUITE_P(
    Syntax, BadDocuments,
    ::testing::Values(BadText{"a = 1\nb = \n", {"2:5 RM-syntax"}}, BadText{"a = 1\na = 2\n", {"2:5 RM-syntax"}},
                      BadText{"a = 'x\n", {"1:7 RM-syntax"}}, BadText{"[t\n", {"1:3 RM-syntax"}},
                      BadText{"a = 1µ\n", {"1:6 RM-syntax"}}, BadText{"a = \"\"\"\\é\"\"\"\n", {"1:9 RM-syntax"}},
                      BadText{"é = 1\n", {"1:1 RM-syntax"}}, BadText{"[=\n", {"1:2 RM-syntax"}},
                      BadText{"[[.a]]\n", {"1:3 RM-syntax"}}, BadText{"a = .5\n", {"1:5 RM-syntax"}},
                      BadText{"a = 5.\n", {"1:7 RM-syntax"}}, BadText{"a = \"\xFF\"\n", {"1:5 RM-syntax"}},
                      BadText{std::string("a = 1\n\0", 7), {"2:1 RM-syntax"}}));

INSTANTIATE_TEST_SUITE_P(Values, BadDocuments,
                         ::testing::Values(BadText{"a = 1\nb = nan\nc = [0, -inf]\n",
                                                   {"2:5 RM-out-of-range", "3:9 RM-out-of-range"}},
                                           BadText{"a = 1979-05-27\nb = 07:32:00\nc = 1979-05-27T07:32:00Z\n",
                                                   {"1:5 RM-wrong-type", "2:5 RM-wrong-type", "3:5 RM-wrong-type"}}));

std::string repeated(std::string_view piece, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += piece;
  return text;
}

TEST(DocumentLimits, NestingEndsAtItsBound) {
  const auto arrays = [](int depth) { return "a = " + repeated("[", depth) + repeated("]", depth) + "\n"; };
  EXPECT_THAT(problems_of(arrays(kMaxDocumentDepth - 1)), ElementsAre());  // the root counts as one
  EXPECT_THAT(problems_of(arrays(kMaxDocumentDepth + 1)), ElementsAre("1:37 RM-syntax"));
  const auto dotted = [](int parts) { return "x" + repeated(".x", parts - 1) + " = 1\n"; };
  EXPECT_THAT(problems_of(dotted(kMaxDocumentDepth)), ElementsAre());
  EXPECT_THAT(problems_of(dotted(kMaxDocumentDepth + 2)), ElementsAre("1:66 RM-syntax"));
}

TEST(DocumentLimits, NestingMayNotHideInSeveralForms) {
  const std::string half = "x" + repeated(".x", kMaxDocumentDepth / 2);
  const Result<Document> document = parse_document("[" + half + "]\n" + half + " = 1\n", "t.toml");
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().front().code, ErrorCode::kSyntax);
  EXPECT_THAT(document.error().front().message, HasSubstr("nested too deeply"));
}

TEST(DocumentLimits, HostileDepthEndsWithAMessage) {
  const std::string dots = repeated(".x", 1'000'000);
  for (const std::string& text :
       {"x" + dots + " = 1", "[x" + dots + "]", "[[x" + dots + "]]", "a = {x" + dots + " = 1}", "\"x\"" + dots + " = 1",
        "a = \"\"\"\"\"\"\"\"\nx" + dots + " = 1", "a = '''x''''\nx" + dots + " = 1",
        "a = \"\\\"\" #\"\nx" + dots + " = 1", "a = " + repeated("[", 1'000'000),
        "a = " + repeated("{x=", 1'000'000)}) {
    EXPECT_THAT(problems_of(text), ElementsAre(HasSubstr("RM-syntax"))) << text.substr(0, 40);
  }
}

TEST(DocumentLimits, DotsInStringsAndCommentsAreNoNesting) {
  const std::string dots = repeated(".x", 100);
  EXPECT_THAT(problems_of("a = '" + dots + "' # " + dots + "\nb = \"\\\"" + dots + "\"\nc = \"\"\"\n\"\"" + dots +
                          "\\\n\"\"\"\"\"\nd = '''" + dots + "'''\n'" + dots + "' = 1\n"),
              ElementsAre());
}

TEST(DocumentLimits, TooManyValuesAreRefused) {
  EXPECT_THAT(problems_of("a = [" + repeated("0,", 99'000) + "]"), ElementsAre());
  EXPECT_THAT(problems_of("a = [" + repeated("0,", 101'000) + "]"), ElementsAre(HasSubstr("RM-file-too-large")));
}

TEST(DocumentLimits, SizeEndsAtItsBound) {
  std::string text = "#" + std::string(kMaxDocumentBytes - 1, ' ');
  EXPECT_TRUE(parse_document(text, "t.toml"));
  text += ' ';
  const Result<Document> document = parse_document(text, "t.toml");
  ASSERT_FALSE(document);
  EXPECT_EQ(to_string(document.error().front()),
            "t.toml: error RM-file-too-large: the file is too large (expected at most 4194304 bytes)");
}

// Text that is nearly TOML, so that the parser gets past the first byte.
RC_GTEST_PROP(DocumentProperty, AnyTextIsParsedOrRefused, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(
      std::vector<std::string>{"a",  "b",      ".",   " = ",  "=",          "\n", "\r\n", "[",        "]",    "[[",
                               "]]", "{",      "}",   ",",    "'",          "\"", "'''",  "\"\"\"",   "\\",   "#",
                               "1",  "-1.5e3", "nan", "true", "1979-05-27", "\t", " ",    "\xC2\xB5", "\xFF", "mg"}));
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  const Result<Document> document = parse_document(text, "t.toml");
  if (document) {
    RC_ASSERT(document->root.as_table() != nullptr);
  } else {
    RC_ASSERT(!document.error().empty());
    RC_ASSERT(exit_code(document.error()) == 3);
    RC_ASSERT(std::all_of(document.error().begin(), document.error().end(), [](const Diagnostic& diagnostic) {
      return diagnostic.where.line > 0 && diagnostic.where.column > 0;
    }));
  }
}

class ReadFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string("racemate-read-") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::string write(const std::string& name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  static ErrorCode code_of(const Diagnostics& diagnostics) { return diagnostics.front().code; }

  std::filesystem::path folder_;
};

TEST_F(ReadFile, GivesTheBytes) {
  const std::string content("a\0b\r\n", 5);
  EXPECT_EQ(read_file(write("f", content)), content);
  EXPECT_EQ(read_file(write("empty", "")), "");
}

TEST_F(ReadFile, TheLimitItselfIsAllowed) {
  const std::string file = write("f", "12345");
  EXPECT_TRUE(read_file(file, 5));
  const Result<std::string> refused = read_file(file, 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(code_of(refused.error()), ErrorCode::kFileTooLarge);
}

TEST_F(ReadFile, ADirectoryIsNamedAsSuch) {
  const Result<std::string> text = read_file(folder_.string());
  ASSERT_FALSE(text);
  EXPECT_EQ(to_string(text.error().front()),
            folder_.string() + ": error RM-file-unreadable: cannot be read: it is a directory");
}

TEST_F(ReadFile, AMissingFileAndBadNames) {
  for (const std::string& name : {path("missing"), path("missing/deeper"), std::string(), std::string("a\0b", 3)}) {
    const Result<std::string> text = read_file(name);
    ASSERT_FALSE(text);
    EXPECT_EQ(code_of(text.error()), ErrorCode::kFileUnreadable);
  }
  EXPECT_THAT(read_file(path("missing")).error().front().message, HasSubstr("No such file"));
}

TEST_F(ReadFile, AnEndlessDeviceEndsAtTheLimit) {
  const Result<std::string> text = read_file("/dev/zero");
  ASSERT_FALSE(text);
  EXPECT_EQ(code_of(text.error()), ErrorCode::kFileTooLarge);
}

TEST_F(ReadFile, AHugeSparseFileIsRefusedByItsSize) {
  const std::string file = write("huge", "");
  std::filesystem::resize_file(file, std::uintmax_t{1} << 33U);
  const Result<Document> document = read_document(file);
  ASSERT_FALSE(document);
  EXPECT_EQ(code_of(document.error()), ErrorCode::kFileTooLarge);
}

TEST_F(ReadFile, DocumentsNameTheirFile) {
  const std::string file = write("bad.toml", "a = 1\nb = = 2\n");
  const Result<Document> document = read_document(file);
  ASSERT_FALSE(document);
  EXPECT_THAT(to_string(document.error().front()), HasSubstr("bad.toml:2:5: error RM-syntax: "));
}

}  // namespace
}  // namespace racemate
