// SPDX-License-Identifier: Apache-2.0
// PARAM's list of communications and PyTorch's execution trace: what they become, what is counted,
// what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/workload/param_reader.h"
#include "antares/platforms/workload/trace_set.h"
#include "tb/unit/workload/replay_driver.h"
#include "tb/unit/workload/scratch_folder.h"

namespace antares::platforms {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using namespace testing;

std::string param_refusal(const std::string& text) {
  try {
    read_param(text, "p.json");
  } catch (const TraceError& error) {
    return error.what();
  }
  return "accepted";
}

std::vector<std::pair<CommType, std::uint64_t>> transfers(const TraceGraph& graph) {
  std::vector<std::pair<CommType, std::uint64_t>> result;
  for (const std::uint32_t index : graph.order)
    result.emplace_back(graph.nodes[index].comm_type, graph.nodes[index].bytes);
  return result;
}

TEST(ParamReader, SizesAreElementsAndTheWholeBufferCounts) {
  const TraceGraph graph = read_param(R"([
    {"comms": "all_reduce", "in_msg_size": 100, "out_msg_size": 100, "dtype": "float32"},
    {"comms": "all_gather_base", "in_msg_size": 10, "out_msg_size": 80, "dtype": "bfloat16"},
    {"comms": "reduce_scatter", "in_msg_size": 80, "out_msg_size": 10, "dtype": "torch.float16"},
    {"comms": "all_to_allv", "in_msg_size": 64, "out_msg_size": 64, "dtype": "Byte", "in_split": [8, 56]},
    {"comms": "wait"},
    {"compute": "gemm", "mm_dim": 1000},
    {"comms": "all_reduce", "in_msg_size": 0, "out_msg_size": 0, "dtype": "int"},
    {"comms": "barrier"}])",
                                      "p.json");
  EXPECT_THAT(transfers(graph),
              ElementsAre(Pair(CommType::all_reduce, 400u), Pair(CommType::all_gather, 160u),
                          Pair(CommType::reduce_scatter, 160u), Pair(CommType::all_to_all, 64u),
                          Pair(CommType::barrier, 4u)));
  for (std::size_t i = 1; i < graph.nodes.size(); ++i)
    EXPECT_EQ(graph.nodes[i].dependency_count, 1u) << "one after the other";
  EXPECT_THAT(graph.ignored, Contains(Pair(HasSubstr("computation without a duration"), 1u)));
  EXPECT_THAT(graph.ignored, Contains(Pair(HasSubstr("uneven splits"), 1u)));
  EXPECT_THAT(graph.ignored, Contains(Pair(HasSubstr("waits and set-up"), 1u)));
  EXPECT_THAT(graph.ignored, Contains(Pair(HasSubstr("of no bytes"), 1u)));
}

TEST(ParamReader, ExecutionTracesInBothSchemas) {
  for (
      const char* comm :
      {R"("attrs": [{"name": "collective_name", "value": "allreduce"}, {"name": "dtype", "value": "Float"},
            {"name": "in_msg_nelems", "value": 12}, {"name": "out_msg_nelems", "value": 12},
            {"name": "pg_name", "value": "0"}])",
       R"("collective_name": "allreduce", "dtype": "Float", "in_msg_nelems": 12, "out_msg_nelems": 12,
            "pg_name": "0")"}) {
    const TraceGraph graph = read_param(
        std::string(R"({"schema": "1.1.0-chakra.0.0.4", "nodes": [{"id": 1, "name": "aten::mm"},
      {"id": 2, "name": "## process_group:init ##",
       "inputs": {"values": ["[{\"pg_name\": \"0\", \"ranks\": []}]"]}},
      {"id": 3, "name": "record_param_comms", )") +
            comm + "}]}",
        "p.json");
    EXPECT_THAT(transfers(graph), ElementsAre(Pair(CommType::all_reduce, 48u)));
    EXPECT_THAT(graph.group_definitions, HasSubstr("pg_name"));
    EXPECT_THAT(graph.ignored, Contains(Pair(HasSubstr("no communication"), 1u)));
  }
}

TEST(ParamReader, RunsOnEveryRank) {
  const ScratchFolder folder;
  const std::string path = folder.write(
      "list.json",
      R"([{"comms": "all_reduce", "in_msg_size": 8, "out_msg_size": 8, "dtype": "float", "pg_id": 1,
           "global_ranks": [0, 1, 2, 3]},
          {"comms": "all_to_all", "in_msg_size": 8, "out_msg_size": 8, "dtype": "float"}])");
  TraceSetOptions options;
  options.available_ranks = 4;
  options.format = TraceFormat::param;
  const TraceSet set = load_traces(path, options);
  ReplayDriver driver(set, [](const TraceNode& node) { return node.bytes; });
  driver.run();
  EXPECT_EQ(driver.totals(3).end_ps, 2 * 8 * 4u);
  options.format = TraceFormat::chakra;
  EXPECT_THROW(load_traces(path, options), TraceError);
}

TEST(ParamReader, WhatCannotBeUnderstoodIsRefusedWithItsPlace) {
  const auto comm = [](const std::string& more) {
    return param_refusal("[{\"comms\": \"all_reduce\"" + more + "}]");
  };
  EXPECT_THAT(param_refusal("[{\"comms\": \"telepathy\", \"in_msg_size\": 1}]"),
              HasSubstr("p.json: element 0: comms \"telepathy\" is no communication"));
  EXPECT_THAT(param_refusal("[{\"comms\": \"send\"}]"),
              HasSubstr("sends and receives are not read"));
  for (const char* other : {"7", "\"text\"", "null", "1.5"})
    EXPECT_THAT(param_refusal(other), HasSubstr("a list of communications, or an object")) << other;
  EXPECT_THAT(param_refusal("{\"schema\": 7}"), HasSubstr("nodes: a list is expected"));
  EXPECT_THAT(param_refusal("{\"schema\": []}"), HasSubstr("nodes: a list is expected"));
  EXPECT_THAT(param_refusal("[{}]"), HasSubstr("element 0: comms \"\""));
  EXPECT_THAT(param_refusal("[7]"), HasSubstr("element 0: an object is expected"));
  EXPECT_THAT(comm(""), HasSubstr("in_msg_size is missing"));
  EXPECT_THAT(comm(", \"in_msg_size\": -1"), HasSubstr("is no number of elements"));
  EXPECT_THAT(comm(", \"in_msg_size\": 1.5"), HasSubstr("is no number of elements"));
  EXPECT_THAT(comm(", \"in_msg_size\": 99999999999999999"), HasSubstr("is no number of elements"));
  EXPECT_THAT(comm(", \"in_msg_size\": 1e999"), HasSubstr("p.json: "));
  EXPECT_THAT(comm(", \"in_msg_size\": 1"), HasSubstr("dtype \"\" is not known"));
  EXPECT_THAT(comm(", \"in_msg_size\": 1, \"dtype\": \"string\""), HasSubstr("dtype \"string\""));
  EXPECT_THAT(param_refusal("[{\"comms\": "), HasSubstr("line 1, column"));
  EXPECT_THAT(param_refusal("[]"), HasSubstr("no communication is in it"));
  EXPECT_THAT(param_refusal("{\"nodes\": 3}"), HasSubstr("nodes: a list is expected"));
  EXPECT_THAT(param_refusal("{\"nodes\": [3]}"), HasSubstr("node 0: an object with a name"));
  EXPECT_THAT(param_refusal(std::string(100'000, '[')), HasSubstr("deeper than 64"));
}

}  // namespace
}  // namespace antares::platforms
