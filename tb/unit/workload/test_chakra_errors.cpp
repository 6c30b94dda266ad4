// SPDX-License-Identifier: Apache-2.0
// Bad traces are refused with file, byte offset and reason, and never crash the reader.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "antares/platforms/workload/chakra_reader.h"
#include "tb/unit/workload/et_bytes.h"

namespace antares::platforms {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string chakra_refusal(const std::string& bytes) {
  try {
    read_chakra(bytes, "test.et");
  } catch (const TraceError& error) {
    return error.what();
  }
  return "";
}

std::string at_byte(std::size_t offset) {
  return "test.et: at byte " + std::to_string(offset) + ":";
}

TEST(ChakraErrors, Empty) { EXPECT_THAT(chakra_refusal(""), HasSubstr("test.et: empty file")); }

TEST(ChakraErrors, TruncatedWithinANodeNamesWhereItBegins) {
  const std::string head = metadata() + node(1, "a", kCompute);
  const std::string last = node(2, "b", kCompute);
  EXPECT_THAT(chakra_refusal(head + last.substr(0, last.size() - 1)),
              AllOf(HasSubstr(at_byte(head.size())), HasSubstr("truncated"),
                    HasSubstr(std::to_string(last.size() - 2) + " bytes are left")));
  EXPECT_THAT(chakra_refusal(head + "\x80"),
              AllOf(HasSubstr(at_byte(head.size())), HasSubstr("length")));
}

TEST(ChakraErrors, AnAbsurdLengthAllocatesNothing) {
  EXPECT_THAT(chakra_refusal(metadata() + varint(1ull << 62)),
              HasSubstr("truncated: a message of 4611"));
  EXPECT_THAT(chakra_refusal(std::string(11, '\xff')), HasSubstr("garbage"));
  // The same within a node: a packed list that claims more than there is.
  EXPECT_THAT(chakra_refusal(metadata() + delimited(varint(kData << 3 | 2) + varint(1ull << 60))),
              AllOf(HasSubstr(at_byte(metadata().size())), HasSubstr("garbage")));
}

TEST(ChakraErrors, GarbageAndTextFiles) {
  EXPECT_THAT(chakra_refusal("hello, this is a text file\n"), HasSubstr(at_byte(0)));
  EXPECT_THAT(chakra_refusal("\x02\xff\xff"), HasSubstr("not a GlobalMetadata"));
  // A known field of another type: an id that is a string.
  EXPECT_THAT(chakra_refusal(metadata() + delimited(bytes_field(1, "seven"))),
              HasSubstr("field 1"));
  EXPECT_THAT(chakra_refusal(metadata() + delimited(number_field(2, 7))), HasSubstr("field 2"));
  EXPECT_THAT(chakra_refusal(metadata() + delimited(bytes_field(10, bytes_field(9, "x")))),
              HasSubstr("field 9"));
}

TEST(ChakraErrors, AreSentencesOfOurs) {
  const std::string long_field = varint(kData << 3 | 2) + varint(100);
  const std::string long_number = varint(1 << 3) + std::string(11, '\xff');
  const std::string number_zero = varint(0 << 3) + varint(1);
  const std::string no_type = varint(1 << 3 | 7) + varint(1);
  for (const auto& [bytes, words] : std::vector<std::pair<std::string, std::string>>{
           {long_field, "longer than what is left"},
           {long_number, "more than ten bytes"},
           {number_zero, "number that no field may have"},
           {no_type, "in no way that protobuf knows"},
           {bytes_field(1, "seven"), "field 1 has another type"}}) {
    const std::string told = chakra_refusal(metadata() + delimited(bytes));
    EXPECT_THAT(told, HasSubstr(words));
    EXPECT_THAT(told, ::testing::Not(HasSubstr("exception")));
  }
}

// Found by fuzzing: protozero reads a bool's byte before it looks whether there is one. Only the
// sanitizers see it, and only where no terminator stands behind the bytes.
TEST(ChakraErrors, ABoolWithoutItsByteEndsAtTheLastByte) {
  const std::string bytes = metadata() + delimited(bytes_field(10, varint(27 << 3)));
  const std::vector<char> exactly(bytes.begin(), bytes.end());
  EXPECT_THROW(read_chakra({exactly.data(), exactly.size()}, "test.et"), TraceError);
}

TEST(ChakraErrors, ANodeWhereTheMetadataBelongs) {
  EXPECT_THAT(chakra_refusal(node(1, "a", kCompute)), HasSubstr("begins with GlobalMetadata"));
}

TEST(ChakraErrors, DuplicateIdsNameBothPlaces) {
  const std::string first = metadata() + node(5, "one", kCompute);
  EXPECT_THAT(
      chakra_refusal(first + node(5, "two", kCompute)),
      AllOf(HasSubstr("id 5"), HasSubstr("'one' at byte " + std::to_string(metadata().size())),
            HasSubstr("'two' at byte " + std::to_string(first.size()))));
}

TEST(ChakraErrors, CyclesNameTheirNodesAndOnlyThose) {
  const std::string bytes =
      metadata() + node(1, "start", kCompute) + node(2, "a", kCompute, packed(kData, {4})) +
      node(3, "b", kCompute, packed(kData, {1, 2})) + node(4, "c", kCompute, packed(kData, {3})) +
      node(5, "after", kCompute, packed(kData, {4}));
  EXPECT_THAT(
      chakra_refusal(bytes),
      AllOf(HasSubstr("a cycle of 3 node(s)"), HasSubstr("'a'"), HasSubstr("'b'"), HasSubstr("'c'"),
            ::testing::Not(HasSubstr("start")), ::testing::Not(HasSubstr("after"))));
  EXPECT_THAT(chakra_refusal(metadata() + node(1, "self", kCompute, packed(kData, {1}))),
              HasSubstr("node 1 'self' waits for node 1 'self'"));
}

TEST(ChakraErrors, ALongCycleIsCutShort) {
  std::string bytes = metadata();
  const std::uint64_t count = 100000;  // deep enough to overflow the stack of a recursive search
  for (std::uint64_t id = 0; id < count; ++id) {
    bytes += node(id, "n", kCompute, packed(kData, {(id + 1) % count}));
  }
  const std::string text = chakra_refusal(bytes);
  EXPECT_THAT(text, HasSubstr("a cycle of 100000 node(s)"));
  EXPECT_LT(text.size(), 1000u);
}

TEST(ChakraErrors, ValuesThatMakeNoSense) {
  const auto one = [](unsigned type, const std::string& rest) {
    return chakra_refusal(metadata() + node(1, "x", type, rest));
  };
  EXPECT_THAT(one(kCollective, attribute("comm_size", 8)), HasSubstr("no comm_type"));
  EXPECT_THAT(one(kCollective, collective(10, 8)), HasSubstr("comm_type 10"));
  EXPECT_THAT(one(kCollective, collective(0, ~0ull)), HasSubstr("-1 bytes"));
  EXPECT_THAT(one(kCollective, collective(0, 1ull << 51)), HasSubstr("2^50"));
  EXPECT_THAT(one(kSend, attribute("comm_size", 8)), HasSubstr("without comm_dst"));
  EXPECT_THAT(one(kReceive, attribute("comm_src", 1)), HasSubstr("without comm_size"));
  EXPECT_THAT(one(kCompute, duration(1ull << 40)), HasSubstr("11 days"));
  EXPECT_THAT(one(kSend, attribute("comm_size", 8) + attribute("comm_dst", ~0ull)),
              HasSubstr("comm_dst is -1"));
}

std::string varied_trace() {
  return metadata() + node(0, "a", kCompute, duration(5)) +
         node(1, "b", kCollective, collective(0, 4096) + packed(kData, {0})) +
         node(2, "c", kSend, attribute("comm_size", 8) + attribute("comm_dst", 1)) +
         node(3, "d", kCompute, packed(kControl, {0, 1, 2}) + text_attribute("pg_name", "0"));
}

TEST(ChakraErrors, EveryTruncationIsEitherWholeOrRefused) {
  const std::string bytes = varied_trace();
  ASSERT_EQ(chakra_refusal(bytes), "");
  std::size_t whole = 0;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    if (chakra_refusal(bytes.substr(0, length)).empty()) ++whole;
  }
  EXPECT_EQ(whole, 4u);  // after the metadata and after each of the first three nodes
}

TEST(ChakraErrors, RandomDamageNeverDoesHarm) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = varied_trace();
    for (std::uint64_t hits = 1 + random() % 4; hits > 0; --hits) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    chakra_refusal(bytes);  // any TraceError or none; anything else fails the test
  }
}

}  // namespace
}  // namespace antares::platforms
