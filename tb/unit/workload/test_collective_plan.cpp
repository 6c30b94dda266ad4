// SPDX-License-Identifier: Apache-2.0
// MSCCL programs and MSCCL++ plans: what is read and what refused, deadlocks diagnosed, and the
// compiled program run on real data in random legal orders. Sample files where they are at hand
// (ANTARES_DATA, or shared/data beside the source).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "antares/platforms/workload/msccl_reader.h"
#include "antares/platforms/workload/plan_compiler.h"
#include "tb/support/parameter_name.h"
#include "tb/support/paths.h"
#include "tb/unit/workload/plan_data.h"
#include "tb/unit/workload/scratch_folder.h"

namespace antares::platforms {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace testing;

// Two ranks; each sends a chunk and gets one.
std::string xml(const std::string& steps_0, const std::string& steps_1,
                const std::string& header = "coll='allreduce' inplace='1'") {
  return "<algo name='t' proto='LL' nchannels='1' nchunksperloop='2' ngpus='2' " + header +
         ">\n<gpu id='0' i_chunks='2' o_chunks='0' s_chunks='1'>\n"
         "<tb id='0' send='1' recv='1' chan='0'>\n" +
         steps_0 +
         "</tb></gpu>\n<gpu id='1' i_chunks='2' o_chunks='0' s_chunks='1'>\n"
         "<tb id='0' send='0' recv='0' chan='0'>\n" +
         steps_1 + "</tb></gpu></algo>\n";
}

std::string step(int s, const std::string& type, int offset, const std::string& more = "") {
  return "<step s='" + std::to_string(s) + "' type='" + type + "' srcbuf='i' srcoff='" +
         std::to_string(offset) + "' dstbuf='i' dstoff='" + std::to_string(offset) + "' cnt='1' " +
         (more.empty() ? "depid='-1' deps='-1'" : more) + " hasdep='0'/>\n";
}

/// A reduce-scatter, then an all-gather: rank r sums chunk r.
std::string good_steps(int rank) {
  return step(0, "s", 1 - rank) + step(1, "rrc", rank) + step(2, "s", rank) +
         step(3, "r", 1 - rank);
}

std::string plan_refusal(const std::string& text, bool json = false) {
  try {
    json ? read_mscclpp(text, "p") : read_msccl(text, "p");
  } catch (const TraceError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Msccl, AProgramComputesItsCollectiveInAnyOrderOfArrivals) {
  const CollectivePlan plan = read_msccl(xml(good_steps(0), good_steps(1)), "p");
  EXPECT_EQ(plan.chunks, 2u);
  EXPECT_TRUE(plan.in_place);
  for (const std::uint64_t bytes : {16u, 160u, 4096u}) EXPECT_EQ(wrong(plan, bytes), 0u) << bytes;
  // Nothing but the chunks travels, each twice: both for the sum and for the result.
  const models::Program program = compile_plan(plan, 4096, 8);
  std::uint64_t moved = 0;
  for (const models::Message& message : program.messages)
    if (message.from_rank != message.to_rank) moved += message.bytes;
  EXPECT_EQ(moved, 2 * 4096u);
}

TEST(Msccl, AWrongProgramIsFoundByItsData) {
  // Rank 1 forgets to reduce: r in place of rrc.
  const std::string forgets = step(0, "s", 0) + step(1, "r", 1) + step(2, "s", 1) + step(3, "r", 0);
  EXPECT_GT(wrong(read_msccl(xml(good_steps(0), forgets), "p"), 160), 0u);
}

TEST(Msccl, InputsStayAsTheyAreAndResultsOfAPartAreMoved) {
  const auto two_blocks = [](const char* header) {
    return xml(step(0, "s", 1) + step(1, "rrc", 0), step(0, "s", 0) + step(1, "rrc", 1), header);
  };
  // The interpreter refuses stores into the input and compares the output alone.
  const CollectivePlan in_place = read_msccl(two_blocks("coll='reduce_scatter' inplace='1'"), "p");
  EXPECT_EQ(wrong(in_place, 320), 0u);
}

TEST(Msccl, WhatIsWrongIsToldWithItsPlace) {
  const std::string good = xml(good_steps(0), good_steps(1));
  EXPECT_EQ(plan_refusal(good), "accepted");
  EXPECT_THAT(plan_refusal(""), HasSubstr("not valid XML"));
  EXPECT_THAT(plan_refusal("<system/>"), HasSubstr("no <algo>"));
  for (std::size_t length = 1; length + 2 < good.size(); length += 97)
    EXPECT_THAT(plan_refusal(good.substr(0, length)), HasSubstr("p:")) << length;
  EXPECT_THAT(
      plan_refusal("<?xml version='1.0'?><!DOCTYPE b [<!ENTITY a 'x'><!ENTITY b '&a;&a;&a;'>]>"
                   "<algo name='&b;'/>"),
      AllOf(HasSubstr("p:1:22: "), HasSubstr("DOCTYPE"), HasSubstr("not expanded")));
  const auto first = [&](const std::string& line) {
    return plan_refusal(xml(line, good_steps(1)));
  };
  EXPECT_THAT(first(step(0, "teleport", 0)), AllOf(HasSubstr("p:4:"), HasSubstr("'teleport'")));
  EXPECT_THAT(first(step(1, "s", 0)), HasSubstr("numbered from 0"));
  EXPECT_THAT(first("<step s='0' type='s'/>\n"), HasSubstr("has no depid"));
  EXPECT_THAT(first(step(0, "s", 2)), HasSubstr("chunk 2 of the input buffer, which has 2"));
  EXPECT_THAT(first(step(0, "s", 1000000000)), HasSubstr("srcoff is '1000000000'"));
  EXPECT_THAT(first(step(0, "cpy", 0, "depid='7' deps='0'")),
              HasSubstr("step 0 of thread block 7, which is not there"));
  EXPECT_THAT(first(step(0, "cpy", 0, "depid='0' deps='-1'")), HasSubstr("go together"));
  EXPECT_THAT(first(good_steps(0) + step(4, "s", 0)), HasSubstr("3 sends, but 2 receives"));
  const auto header = [&](const std::string& words) {
    return plan_refusal(xml(good_steps(0), good_steps(1), words));
  };
  EXPECT_THAT(header("coll='gossip' inplace='1'"), HasSubstr("collective 'gossip'"));
  EXPECT_THAT(header("coll='allreduce' inplace='yes'"), HasSubstr("inplace is 'yes'"));
  std::string more = good;
  more.replace(more.find("ngpus='2'"), 9, "ngpus='3'");
  EXPECT_THAT(plan_refusal(more), HasSubstr("there is no <gpu id=\"2\">"));
  more.replace(more.find("ngpus='3'"), 9, "ngpus='1'");
  EXPECT_THAT(plan_refusal(more), HasSubstr("send is '1'; expected a whole number of -1 to 0"));
  std::string idle = good;
  idle.replace(idle.find("send='1'"), 8, "send='-1'");
  EXPECT_THAT(plan_refusal(idle), HasSubstr("sends, but its thread block has send=\"-1\""));
}

TEST(Msccl, DeadlocksAreDiagnosed) {
  // Both receive before they send.
  const std::string waits = step(0, "r", 0) + step(1, "s", 1);
  EXPECT_THAT(plan_refusal(xml(waits, waits)),
              AllOf(HasSubstr("the program deadlocks"),
                    HasSubstr("rank 0, thread block 0, step 0 ('r', p:4:2) waits for what rank 1 "
                              "sends on channel 0"),
                    HasSubstr("rank 1, thread block 0, step 0")));
  EXPECT_THAT(plan_refusal(xml(step(0, "cpy", 0, "depid='0' deps='1'") + step(1, "cpy", 0), "")),
              HasSubstr("waits for step 1 of thread block 0"));
}

TEST(Msccl, SizesThatTheChunksDoNotDivideAreRefused) {
  const CollectivePlan plan = read_msccl(xml(good_steps(0), good_steps(1)), "p");
  try {
    compile_plan(plan, 100, 8);
    FAIL() << "100 bytes were cut into chunks of 8-byte elements";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("take a multiple of 16 bytes"));
  }
}

/// Two ranks; each reads the other's chunk r, reduces it into its own and stores the sum.
std::string json(const std::string& ops_0, const std::string& ops_1) {
  const auto gpu = [](int rank, const std::string& ops) {
    const std::string peer = std::to_string(1 - rank);
    return "{\"id\": " + std::to_string(rank) +
           ", \"input_chunks\": 2, \"output_chunks\": 2, \"scratch_chunks\": 1, \"channels\": "
           "[{\"channel_type\": \"memory\", \"connected_to\": [" +
           peer + "]}], \"remote_buffers\": [{\"rank\": " + peer +
           ", \"type\": \"i\"}], \"threadblocks\": [{\"id\": 0, \"ops\": [" + ops +
           "], \"channels\": [{\"channel_type\": \"memory\", \"channel_ids\": [0]}], "
           "\"remote_buffer_refs\": [{\"access_channel_type\": \"memory\", "
           "\"remote_buffer_ids\": [0]}]}]}";
  };
  return "{\"name\": \"t\", \"collective\": \"allreduce\", \"protocol\": \"Simple\", \"inplace\": "
         "true, \"gpus\": [" +
         gpu(0, ops_0) + ", " + gpu(1, ops_1) + "]}";
}

std::string sync(const std::string& name) {
  return "{\"name\": \"" + name + "\", \"channel_ids\": [0], \"channel_type\": \"memory\"}";
}

std::string data_op(const std::string& name, const std::string& from, const std::string& to) {
  return "{\"name\": \"" + name + "\", \"src_buff\": [" + from + "], \"dst_buff\": [" + to +
         "], \"channel_type\": \"memory\"}";
}
std::string here(int chunk) {
  return "{\"type\": \"i\", \"index\": " + std::to_string(chunk) + ", \"size\": 1}";
}
std::string there(int chunk) {
  return "{\"buffer_id\": 0, \"index\": " + std::to_string(chunk) + ", \"size\": 1}";
}

std::string good_ops(int rank) {
  const std::string both = here(rank) + ", " + there(rank);
  return sync("signal") + ", " + sync("wait") + ", " + data_op("rres", both, both) + ", " +
         sync("signal") + ", " + sync("wait");
}

TEST(Mscclpp, ReadsReductionsAndSignalsComputeTheirCollective) {
  const CollectivePlan plan = read_mscclpp(json(good_ops(0), good_ops(1)), "p");
  for (const std::uint64_t bytes : {16u, 160u, 4096u}) EXPECT_EQ(wrong(plan, bytes), 0u) << bytes;
}

TEST(Mscclpp, WhatIsWrongIsToldWithItsPlace) {
  const auto first = [&](const std::string& ops) {
    return plan_refusal(json(ops, good_ops(1)), true);
  };
  EXPECT_EQ(first(good_ops(0)), "accepted");
  EXPECT_THAT(plan_refusal("{\n\"name\": ]", true), HasSubstr("p:2:9: not valid JSON"));
  EXPECT_THAT(plan_refusal("{\"gpus\": [", true), HasSubstr("the file ends here"));
  EXPECT_THAT(plan_refusal("{\"gpus\": []}", true), HasSubstr("there is no name"));
  EXPECT_THAT(plan_refusal("[1e999]", true), HasSubstr("too large"));
  EXPECT_THAT(first("{\"name\": \"ppkt\"}"),
              AllOf(HasSubstr("gpus[0].threadblocks[0].ops[0]: operation 'ppkt' cannot be run"),
                    HasSubstr("glres, glre, gstore")));
  EXPECT_THAT(first("{\"name\": \"signal\"}"), HasSubstr("there is no channel_ids"));
  EXPECT_THAT(first("7"), HasSubstr("expected an object"));
  EXPECT_THAT(first(data_op("copy", here(0), there(1))), HasSubstr("into a local one"));
  EXPECT_THAT(first(data_op("put", here(0), here(1))), HasSubstr("into a remote one"));
  EXPECT_THAT(first(data_op("put", here(0), there(2))),
              HasSubstr("chunk 2 of the input buffer, which has 2"));
  EXPECT_THAT(first(data_op("re", there(0), here(0))), HasSubstr("needs a local source"));
  EXPECT_THAT(first(data_op("copy", "{\"buffer_id\": 3, \"index\": 0, \"size\": 1}", here(0))),
              HasSubstr("has no number 3"));
  EXPECT_THAT(first(data_op("copy", "{\"type\": \"i\", \"index\": -1, \"size\": 1}", here(0))),
              HasSubstr("expected a whole number"));
  EXPECT_THAT(first(good_ops(0) + ", " + sync("wait")), HasSubstr("2 signals, but 3 waits"));
}

TEST(Mscclpp, DeadlocksAreDiagnosed) {
  const std::string waits = sync("wait") + ", " + sync("signal");
  EXPECT_THAT(
      plan_refusal(json(waits, waits), true),
      AllOf(HasSubstr("the program deadlocks"), HasSubstr(": gpus[0].threadblocks[0].ops[0])"),
            HasSubstr("waits for signal 1 of rank 1 on channel 0")));
}

class PlanSamples : public ::testing::TestWithParam<const char*> {};

TEST_P(PlanSamples, ComputeTheirCollective) {
  const std::string path = tb::sample_data(GetParam());
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << path << " is not there; set ANTARES_DATA to the sample data";
  const CollectivePlan plan = load_plan(path);
  for (const std::uint64_t elements : {1u, 5u, 24u})
    EXPECT_EQ(wrong(plan, plan.chunks * elements * 8), 0u) << elements << " elements a chunk";
}

INSTANTIATE_TEST_SUITE_P(Files, PlanSamples,
                         ::testing::Values("msccl/a2a2ll.xml", "msccl/ag-1k-512k.xml",
                                           "msccl/ar_tree_12_LL.xml", "msccl/r48ll.xml",
                                           "mscclpp/allreduce.json", "mscclpp/reduce.json",
                                           "mscclpp/reduce_nvls.json",
                                           "mscclpp/allreduce_pipeline.json"),
                         [](const auto& info) { return tb::parameter_name(info.param); });

}  // namespace
}  // namespace antares::platforms
