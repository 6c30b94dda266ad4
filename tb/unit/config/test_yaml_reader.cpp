// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "antares/platforms/config/yaml_reader.h"

namespace antares::platforms {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Node read(const std::string& text) {
  Diagnostics diagnostics;
  Node root = parse_yaml(text, "t.yaml", diagnostics);
  diagnostics.throw_if_any();
  return root;
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "not refused";
}

std::string file_refusal(const std::string& path) {
  try {
    read_description_file(path);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "not refused";
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_(std::filesystem::path(testing::TempDir()) /
              ("antares_" +
               std::string(testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST(YamlReader, KeepsPlacesOfKeysAndValues) {
  const Node root = read("a: 1\nb:\n  - x\n  - {c: d}\n");
  ASSERT_EQ(root.entries.size(), 2u);
  EXPECT_EQ(to_string(root.entries[0].value.place), "t.yaml:1:4");
  EXPECT_EQ(to_string(root.entries[1].key_place), "t.yaml:2:1");
  EXPECT_EQ(to_string(root.find("b")->items[1].find("c")->place), "t.yaml:4:9");
}

TEST(YamlReader, RefusesDuplicateKeysWithBothPlaces) {
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"),
            "t.yaml:3:1: duplicate key \"a\"; it is first written at t.yaml:1:1, keep one of them");
}

TEST(YamlReader, AppliesMergeKeys) {
  const Node root = read(
      "one: &one {a: 1, b: 2}\ntwo: &two {b: 3, c: 4}\n"
      "merged:\n  <<: [*one, *two]\n  a: 9\n");
  const Node& merged = *root.find("merged");
  EXPECT_EQ(merged.find("a")->text, "9");
  EXPECT_EQ(merged.find("b")->text, "2");
  EXPECT_EQ(merged.find("c")->text, "4");
  EXPECT_EQ(merged.entries.size(), 3u);
  EXPECT_THAT(refusal("a: {<<: 3}"), HasSubstr("<< takes a mapping"));
}

TEST(YamlReader, KnowsQuotedFromPlain) {
  const Node root = read("a: true\nb: \"true\"\nc: ~\nd:\ne: ''\n");
  EXPECT_FALSE(root.find("a")->quoted);
  EXPECT_TRUE(root.find("b")->quoted);
  EXPECT_EQ(root.find("c")->type, Node::Type::null);
  EXPECT_EQ(root.find("d")->type, Node::Type::null);
  EXPECT_TRUE(root.find("e")->is_scalar());
}

TEST(YamlReader, SaysWhereItIsNoYaml) {
  EXPECT_THAT(refusal("a: [1, 2\n"), HasSubstr("this is not YAML"));
  EXPECT_THAT(refusal("a: b: c"), HasSubstr("t.yaml:1:"));
  EXPECT_THAT(refusal("a: 1\n---\nb: 2\n"), HasSubstr("second YAML document"));
  EXPECT_THAT(refusal("? [1]\n: 2\n"), HasSubstr("a key must be a word"));
  EXPECT_THAT(refusal("a: !mine 3\n"), HasSubstr("tag"));
  EXPECT_THAT(refusal("a: &a [*a]\n"), HasSubstr("refers to the value it stands in"));
  EXPECT_THAT(refusal("a: *nobody\n"), HasSubstr("t.yaml:1:4"));
  EXPECT_THAT(refusal("a: {b: ${c}, d: 1}\ne: 2\n"), HasSubstr("a reference needs quotes"));
  EXPECT_THAT(refusal("a:\n\tb: 1\n"), HasSubstr("not with tabs"));
  EXPECT_THAT(refusal("# only this\n"), HasSubstr("nothing but comments"));
}

TEST(YamlReader, RefusesWhatIsNoText) {
  EXPECT_THAT(refusal(std::string("a: 1\nb: \0", 9)), HasSubstr("t.yaml:2:4: this is not text"));
  EXPECT_THAT(refusal("a: \xff\xfe"), HasSubstr("not text"));
  EXPECT_EQ(refusal("a: \xc3\xa9\n"), "not refused");
}

/// Names come back in messages, and a terminal does what control characters say.
TEST(YamlReader, RefusesEscapesThatMakeControlCharacters) {
  EXPECT_THAT(refusal("a: 1\nb: \"x\\e[31m\"\n"),
              AllOf(HasSubstr("t.yaml:2:4:"), HasSubstr("control character here (byte 0x1b)")));
  EXPECT_THAT(refusal("\"k\\0\": 1\n"), HasSubstr("t.yaml:1:1:"));
  EXPECT_EQ(refusal("a: \"x\\n\\ty\\u00e9\"\n"), "not refused");
}

TEST(YamlReader, CapsAliasBombs) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 9; ++k) text += (k > 0 ? ", " : "") + last;
    text += "]\n";
  }
  EXPECT_THAT(refusal(text), HasSubstr("values once"));
}

TEST(YamlReader, AScheduleThatIsTooLongIsToldWhereItStandsAndWhatToDo) {
  std::string text = "faults:\n  events:\n";
  for (int i = 0; i < 100'000; ++i) text += "    - {at_us: 1, link: s.p, what: recover}\n";
  // An entry is 7 values: itself, three keys, three values.
  const std::string most = std::to_string((kMaxDescriptionNodes - 4) / 7);
  EXPECT_THAT(refusal(text), AllOf(HasSubstr("with " + most + " entries of faults.events so far"),
                                   HasSubstr("a schedule has at most 25000 entries"),
                                   HasSubstr("faults.ports.errors")));
}

TEST(YamlReader, CapsDepth) {
  EXPECT_THAT(refusal(std::string(100, '[') + std::string(100, ']')), HasSubstr("levels deep"));
  EXPECT_THAT(refusal(std::string(100000, '[')), HasSubstr("t.yaml:1:"));
  EXPECT_THAT(refusal(std::string(100000, '{')), HasSubstr("t.yaml:1:"));
}

// Inputs that made YAML readers slow. The bound is generous: what it must catch takes minutes.
TEST(YamlReader, HostileInputTakesNoLongTime) {
  std::string many_keys;
  for (int i = 0; i < 90000; ++i) many_keys += "k" + std::to_string(i) + ": 1\n";
  std::string dashes;
  for (int i = 0; i < 2000000; ++i) dashes += "- ";
  for (const std::string& text :
       {std::string(1 << 20, '['), std::string(1 << 20, '{'), std::string(1 << 20, ':'),
        std::string(1 << 20, '?'), std::string(1 << 20, '&'), std::string(1 << 20, '"'),
        std::string(1 << 20, '\n'), std::string(1 << 20, 'a'), many_keys, dashes}) {
    const auto start = std::chrono::steady_clock::now();
    try {
      read(text);
    } catch (const ConfigError&) {
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    EXPECT_LT(seconds.count(), 30) << text.substr(0, 20) << "...";
  }
}

TEST(DescriptionFile, SaysWhatIsWrongWithIt) {
  EXPECT_THAT(file_refusal("/nowhere/x.yaml"), HasSubstr("/nowhere/x.yaml: no such file"));
  EXPECT_THAT(file_refusal(testing::TempDir()), HasSubstr("this is a directory"));
}

TEST(DescriptionFile, APipeIsRefusedUnopened) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("antares_pipe_" + std::to_string(getpid()));
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(file_refusal(path), HasSubstr("only regular files are read"));
  std::filesystem::remove(path);
  EXPECT_THAT(file_refusal("/dev/null"), HasSubstr("only regular files are read"));
}

TEST(DescriptionFile, EmptyIsRefused) {
  const TemporaryFile file(" \n\n");
  EXPECT_THAT(file_refusal(file.path()), HasSubstr("empty"));
}

TEST(DescriptionFile, LargeIsRefusedUnread) {
  const TemporaryFile file("a: 1\n");
  std::filesystem::resize_file(file.path(), 100u << 20);
  EXPECT_THAT(file_refusal(file.path()), HasSubstr("larger than 8 MiB"));
}

TEST(DescriptionFile, TextIsReturnedWhole) {
  const TemporaryFile file("a: 1\n");
  EXPECT_EQ(read_description_file(file.path()), "a: 1\n");
}

}  // namespace
}  // namespace antares::platforms
