// SPDX-License-Identifier: Apache-2.0
// What the reader understands: every trap of facts/ecosystem.md 1.1 as a hand-made file.
#include <gtest/gtest.h>

#include "antares/platforms/workload/chakra_reader.h"
#include "tb/unit/workload/et_bytes.h"

namespace antares::platforms {
namespace {

using namespace testing;

TraceGraph read(const std::string& bytes) { return read_chakra(bytes, "test.et"); }

std::vector<std::uint32_t> dependencies(const TraceGraph& graph, std::uint32_t node) {
  const auto begin = graph.dependencies.begin() + graph.nodes[node].first_dependency;
  return {begin, begin + graph.nodes[node].dependency_count};
}

TEST(ChakraReader, ReadsComputeAndItsUnit) {
  const std::string bytes = metadata() + node(3, "a", kCompute, duration(7));
  const TraceGraph graph = read(bytes);
  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_EQ(graph.name(graph.nodes[0]), "a");
  EXPECT_EQ(graph.nodes[0].duration_ps, 7'000'000u);
  EXPECT_EQ(graph.nodes[0].lane, TraceLane::gpu);
  ChakraOptions nanoseconds;
  nanoseconds.duration_unit_ps = 1000;
  EXPECT_EQ(read_chakra(bytes, "", nanoseconds).nodes[0].duration_ps, 7'000u);
}

TEST(ChakraReader, TakesPackedAndUnpackedDependenciesOfBothKindsOnce) {
  const TraceGraph graph =
      read(metadata() + node(0, "a", kCompute) + node(1, "b", kCompute, packed(kData, {0})) +
           node(300, "c", kCompute, number_field(kData, 1) + number_field(kControl, 0)) +
           node(4, "d", kCompute, packed(kData, {0, 300}) + packed(kControl, {300, 1})));
  EXPECT_EQ(dependencies(graph, 0), std::vector<std::uint32_t>{});
  EXPECT_EQ(dependencies(graph, 1), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(dependencies(graph, 2), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(dependencies(graph, 3), (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_TRUE(graph.ignored.empty());
}

TEST(ChakraReader, NodesMayStandBeforeWhatTheyDependOn) {
  const TraceGraph graph =
      read(metadata() + node(9, "late", kCompute, packed(kData, {2})) + node(2, "early", kCompute));
  EXPECT_EQ(dependencies(graph, 0), (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(graph.order, (std::vector<std::uint32_t>{1, 0}));
}

TEST(ChakraReader, FindsIdsHoweverFarApartTheyAre) {
  const std::uint64_t far = ~std::uint64_t{0};
  const TraceGraph graph =
      read(metadata() + node(far, "a", kCompute) + node(1ull << 40, "b", kCompute) +
           node(7, "c", kCompute, packed(kData, {far, 1ull << 40, 8, 0})));
  EXPECT_EQ(dependencies(graph, 2), (std::vector<std::uint32_t>{0, 1}));
  const TraceGraph dense = read(metadata() + node(5, "a", kCompute) +
                                node(9, "b", kCompute, packed(kData, {5, 4, 6, 10, 0})));
  EXPECT_EQ(dependencies(dense, 1), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(dense.ignored.begin()->second, 4u);
}

TEST(ChakraReader, CountsDependenciesOnAbsentNodesAndGoesOn) {
  const TraceGraph graph =
      read(metadata() + node(1, "a", kCompute, packed(kControl, {77, 78}) + packed(kData, {79})));
  EXPECT_EQ(graph.nodes[0].dependency_count, 0u);
  EXPECT_EQ(graph.ignored.at("control dependencies on nodes that are not in the file"), 2u);
  EXPECT_EQ(graph.ignored.at("data dependencies on nodes that are not in the file"), 1u);
}

// Real PyTorch traces: a caller is its callee's control dependency and waits for its data.
TEST(ChakraReader, ControlDependenciesThatCloseACycleAreCallNesting) {
  const std::string bytes =
      metadata() + node(1, "a", kCompute) +
      node(2, "caller", kCompute, packed(kControl, {3}) + packed(kData, {1})) +
      node(3, "kernel", kCompute, packed(kControl, {77}) + packed(kData, {2}));
  const TraceGraph graph = read(bytes);
  EXPECT_EQ(graph.order, (std::vector<std::uint32_t>{0, 1, 2}));
  ASSERT_EQ(graph.ignored.size(), 1u);
  EXPECT_EQ(graph.ignored.begin()->second, 2u);  // both, one of them on an absent node
  ChakraOptions options;
  options.control_dependencies = ControlDependencies::honoured;
  EXPECT_THROW(read_chakra(bytes, "", options), TraceError);
  options.control_dependencies = ControlDependencies::ignored;
  EXPECT_EQ(read_chakra(bytes, "", options).order, graph.order);
}

TEST(ChakraReader, KeepsAttributesOfOneNodeApartFromTheNext) {
  const TraceGraph graph =
      read(metadata() + node(1, "a", kCollective, collective(2, 64)) +
           node(2, "b", kCollective, collective(6, 128)) + node(3, "c", kCompute));
  EXPECT_EQ(graph.nodes[0].comm_type, CommType::all_gather);
  EXPECT_EQ(graph.nodes[1].comm_type, CommType::all_to_all);
  EXPECT_EQ(graph.nodes[1].bytes, 128u);
  EXPECT_EQ(graph.nodes[2].bytes, 0u);
}

TEST(ChakraReader, TheHostSideOfACollectiveIsCompute) {
  const TraceGraph graph =
      read(metadata() +
           node(1, "c10d::allreduce_", kCollective, attribute("is_cpu_op", 1, 27) + duration(5)) +
           node(2, "kernel", kCollective, attribute("is_cpu_op", 0, 27) + collective(0, 4096)));
  EXPECT_EQ(graph.nodes[0].kind, TraceNodeKind::compute);
  EXPECT_EQ(graph.nodes[0].lane, TraceLane::cpu);
  EXPECT_EQ(graph.nodes[0].duration_ps, 5'000'000u);
  EXPECT_EQ(graph.nodes[1].kind, TraceNodeKind::collective);
  EXPECT_EQ(graph.collective_nodes, 2u);
  EXPECT_EQ(graph.ignored.at("CPU collectives without comm_size: replayed as CPU compute"), 1u);
}

TEST(ChakraReader, SendAndReceiveIgnoreTheirCommType) {
  const TraceGraph graph =
      read(metadata() +
           node(1, "s", kSend,
                collective(5, 100) + attribute("comm_dst", 3) + attribute("comm_src", 0) +
                    attribute("comm_tag", 8)) +
           node(2, "r", kReceive,
                collective(6, 200) + attribute("comm_src", 4) + attribute("comm_dst", 0)));
  EXPECT_EQ(graph.nodes[0].kind, TraceNodeKind::send);
  EXPECT_EQ(graph.nodes[0].peer, 3u);
  EXPECT_EQ(graph.nodes[0].tag, 8u);
  EXPECT_EQ(graph.nodes[0].lane, TraceLane::communication);
  EXPECT_EQ(graph.nodes[1].kind, TraceNodeKind::receive);
  EXPECT_EQ(graph.nodes[1].peer, 4u);
  EXPECT_EQ(graph.nodes[1].lane, TraceLane::none);
}

TEST(ChakraReader, TakesTheVersionFromEitherPlaceOrNone) {
  EXPECT_EQ(read(delimited(bytes_field(1, "0.0.4")) + node(1, "a", kCompute)).version, "0.0.4");
  EXPECT_EQ(read(delimited(bytes_field(2, bytes_field(1, "pid") + number_field(13, 5)) +
                           bytes_field(2, bytes_field(1, "schema") +
                                              bytes_field(29, "1.0.2-chakra.0.0.4"))) +
                 node(1, "a", kCompute))
                .version,
            "1.0.2-chakra.0.0.4");
  EXPECT_EQ(read(delimited("") + node(1, "a", kCompute)).version, "");
}

TEST(ChakraReader, TakesNumbersOfAnyType) {
  const std::string fixed32("\x00\x10\x00\x00", 4);
  const std::string fixed64("\x00\x10\x00\x00\x00\x00\x00\x00", 8);
  const std::string float_4096("\x00\x00\x80\x45", 4);
  const std::string double_4096("\x00\x00\x00\x00\x00\x00\xb0\x40", 8);
  const auto sized = [](const std::string& value) {
    return metadata() + node(1, "a", kCollective,
                             attribute("comm_type", 0, 13) +
                                 bytes_field(10, bytes_field(1, "comm_size") + value));
  };
  const auto varint_field = [](unsigned field, std::uint64_t value) {
    return number_field(field, value);
  };
  const auto fixed_field = [](unsigned field, const std::string& bytes) {
    return varint(field << 3 | (bytes.size() == 4 ? 5 : 1)) + bytes;
  };
  for (const std::string& value :
       {varint_field(7, 4096), varint_field(9, 4096), varint_field(11, 4096),
        varint_field(13, 4096), varint_field(15, 2 * 4096), varint_field(17, 2 * 4096),
        fixed_field(19, fixed32), fixed_field(21, fixed64), fixed_field(23, fixed32),
        fixed_field(25, fixed64), fixed_field(5, float_4096), fixed_field(3, double_4096)}) {
    EXPECT_EQ(read(sized(value)).nodes[0].bytes, 4096u);
  }
}

TEST(ChakraReader, NumbersCollectivesByGroupAndSendsByFlow) {
  const auto group = [](const char* name) { return text_attribute("pg_name", name); };
  const TraceGraph graph =
      read(metadata() + node(1, "a0", kCollective, collective(0, 8) + group("a")) +
           node(2, "b0", kCollective, collective(0, 8) + group("b")) +
           node(3, "a2", kCollective, collective(0, 8) + group("a") + packed(kData, {4})) +
           node(4, "a1", kCollective, collective(0, 8) + group("a")) +
           node(5, "s0", kSend, attribute("comm_size", 8) + attribute("comm_dst", 1)) +
           node(6, "s1", kSend, attribute("comm_size", 8) + attribute("comm_dst", 1)) +
           node(7, "t0", kSend, attribute("comm_size", 8) + attribute("comm_dst", 2)));
  EXPECT_EQ(graph.groups, (std::vector<std::string>{"", "a", "b"}));
  const std::uint32_t expected[] = {0, 0, 2, 1, 0, 1, 0};
  for (std::uint32_t i = 0; i < 7; ++i) EXPECT_EQ(graph.nodes[i].instance, expected[i]) << i;
}

TEST(ChakraReader, KeepsTheProcessGroupsOfAMetadataNode) {
  const std::string list = R"([{"pg_name": "0", "ranks": [0, 1]}])";
  const TraceGraph graph =
      read(metadata() + node(3, "## process_group:init ##", kMetadata,
                             bytes_field(8, bytes_field(1, "['" + list + "']"))));
  EXPECT_EQ(graph.group_definitions, list);
  EXPECT_EQ(graph.nodes[0].kind, TraceNodeKind::other);
}

TEST(ChakraReader, ABarrierNeedsNoSize) {
  const TraceGraph graph =
      read(metadata() + node(1, "barrier", kCollective, attribute("comm_type", 9)));
  EXPECT_EQ(graph.nodes[0].kind, TraceNodeKind::collective);
  EXPECT_EQ(graph.nodes[0].comm_type, CommType::barrier);
}

TEST(ChakraReader, CountsWhatItCannotReplayInFull) {
  const TraceGraph graph =
      read(metadata() + node(1, "load", kLoad, duration(3)) + node(2, "new", 42, duration(9)) +
           node(3, "roofline", kCompute, attribute("num_ops", 1000)));
  EXPECT_EQ(graph.nodes[0].kind, TraceNodeKind::memory);
  EXPECT_EQ(graph.nodes[0].duration_ps, 3'000'000u);
  EXPECT_EQ(graph.nodes[1].kind, TraceNodeKind::other);
  EXPECT_EQ(graph.nodes[1].duration_ps, 0u);
  EXPECT_EQ(graph.ignored.size(), 3u);
}

}  // namespace
}  // namespace antares::platforms
