// SPDX-License-Identifier: Apache-2.0
// MSCCL++ plans with switch channels, pipelines and semaphores: what they compute in any order of
// arrivals, what travels, and what is refused with its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/platforms/workload/collective_bytes.h"
#include "antares/platforms/workload/msccl_reader.h"
#include "antares/platforms/workload/plan_compiler.h"
#include "tb/unit/workload/plan_data.h"

namespace antares::platforms {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace testing;

constexpr std::uint32_t kRanks = 3;
constexpr const char* kWait =
    R"({"name": "wait", "channel_ids": [0, 1], "channel_type": "memory"})";
constexpr const char* kSignal =
    R"({"name": "signal", "channel_ids": [0, 1], "channel_type": "memory"})";

/// What a plan may say otherwise than the right one does.
struct Plan {
  std::string collective = "allreduce";
  bool in_place = true;
  std::string groups = R"([{"size": 3, "ranks": [0, 1, 2]}])";
  std::string bound = R"("buffer_type": "i")";
  std::string semaphores = R"([{"init_value": 0}, {"init_value": 2}])";
  /// Of each rank, instead of `@` its number; one list a thread block.
  std::vector<std::string> blocks;
};

std::string replaced(std::string text, std::uint32_t rank) {
  for (std::size_t at; (at = text.find('@')) != std::string::npos;)
    text.replace(at, 1, std::to_string(rank));
  return text;
}

std::string json(const Plan& plan) {
  std::string gpus;
  for (std::uint32_t rank = 0; rank < kRanks; ++rank) {
    std::string peers, blocks;
    for (std::uint32_t peer = 0; peer < kRanks; ++peer)
      if (peer != rank) peers += (peers.empty() ? "" : ", ") + std::to_string(peer);
    for (std::size_t b = 0; b < plan.blocks.size(); ++b)
      blocks += (b == 0 ? "" : ", ") + std::string("{\"id\": ") + std::to_string(b) +
                ", \"ops\": [" + replaced(plan.blocks[b], rank) +
                R"(], "channels": [{"channel_type": "memory", "channel_ids": [)" +
                std::to_string(2 * b) + ", " + std::to_string(2 * b + 1) +
                R"(]}, {"channel_type": "switch", "channel_ids": [0]}]})";
    gpus += (rank == 0 ? "\n" : ",\n") + std::string("{\"id\": ") + std::to_string(rank) +
            R"(, "input_chunks": 3, "output_chunks": 3, "scratch_chunks": 3, "channels": [)" +
            R"({"channel_type": "memory", "connected_to": [)" + peers + ", " + peers + ", " +
            peers + R"(]}, {"channel_type": "switch", )" + plan.bound + R"(, "rank_groups": )" +
            plan.groups + R"(}], "semaphores": )" + plan.semaphores + ", \"threadblocks\": [" +
            blocks + "]}";
  }
  return R"({"name": "t", "collective": ")" + plan.collective +
         R"(", "protocol": "Simple", "inplace": )" + (plan.in_place ? "true" : "false") +
         ", \"gpus\": [" + gpus + "]}";
}

std::string place(const std::string& what, const std::string& index = "@") {
  return "{" + what + ", \"index\": " + index + ", \"size\": 1}";
}
const std::string kSwitched = R"("switch_channel_id": 0)";

std::string op(const std::string& name, const std::string& from, const std::string& to,
               const std::string& more = "") {
  return "{\"name\": \"" + name + "\", \"src_buff\": [" + from + "], \"dst_buff\": [" + to +
         "], \"channel_type\": \"switch\"" + more + "}";
}
std::string semaphore(const std::string& name, int id) {
  return "{\"name\": \"sem_" + name + "\", \"semaphore_ids\": [" + std::to_string(id) + "]}";
}
std::string pipeline(const std::string& ops, const std::string& unit = "24") {
  return R"({"name": "pipeline", "iter_context": {"unit_size": )" + unit +
         R"(, "num_chunks": 1}, "ops": [)" + ops + "]}";
}
std::string all(const std::vector<std::string>& ops) {
  std::string text;
  for (const std::string& each : ops) text += (text.empty() ? "" : ", ") + each;
  return text;
}

const std::string kBarrier = all({kSignal, kWait});
const std::string kSum = op("glres", place(kSwitched), place(kSwitched));

Plan with(const std::string& ops) {
  Plan plan;
  plan.blocks = {ops};
  return plan;
}

/// Everything is copied to scratch, summed there and copied back, by three thread blocks.
Plan pipelined(const std::string& unit = "24") {
  const auto copies = [](const char* from, const char* to) {
    std::vector<std::string> ops;
    for (const char* chunk : {"0", "1", "2"})
      ops.push_back(R"({"name": "copy", "src_buff": [)" +
                    place("\"type\": \"" + std::string(from) + "\"", chunk) + "], \"dst_buff\": [" +
                    place("\"type\": \"" + std::string(to) + "\"", chunk) + "]}");
    return all(ops);
  };
  Plan plan;
  plan.bound = R"("buff": "s")";
  plan.semaphores = R"([{"init_value": 0}, {"init_value": 0}, {"init_value": 2}])";
  plan.blocks = {
      pipeline(all({semaphore("acquire", 2), copies("i", "s"), kBarrier, semaphore("release", 0)}),
               unit),
      pipeline(all({semaphore("acquire", 0), kSum, semaphore("release", 1)}), unit),
      pipeline(all({semaphore("acquire", 1), kBarrier, copies("s", "i"), semaphore("release", 2)}),
               unit)};
  return plan;
}

std::string refusal(const Plan& plan) {
  try {
    read_mscclpp(json(plan), "p");
  } catch (const TraceError& error) {
    return error.what();
  }
  return "accepted";
}

/// A rank sends its operand of each chunk and its own sum, (1 + 1/n) S as table 3.0 has it, and
/// gets as much; a signal is 8 bytes to each of the others.
void expect_bytes(const CollectivePlan& plan, std::uint64_t bytes, std::uint64_t signals) {
  for (const RankBytes& rank : bytes_by_rank(compile_plan(plan, bytes, 8))) {
    const std::uint64_t expected = bytes + bytes / kRanks + signals * 8 * (kRanks - 1);
    EXPECT_EQ(rank.sent_bytes, expected) << bytes;
    EXPECT_EQ(rank.received_bytes, expected) << bytes;
  }
}

TEST(SwitchPlan, LoadReduceAndMulticastComputeTheirCollective) {
  const CollectivePlan plan = read_mscclpp(json(with(all({kBarrier, kSum, kBarrier}))), "p");
  for (const std::uint64_t bytes : {24u, 480u, 24'000u}) {
    EXPECT_EQ(wrong(plan, bytes), 0u) << bytes;
    expect_bytes(plan, bytes, 2);
  }
}

// In two operations, by way of a local buffer.
TEST(SwitchPlan, LoadReduceAloneAndMulticastAloneDoTheSame) {
  const std::string local = place("\"type\": \"s\"");
  const CollectivePlan plan =
      read_mscclpp(json(with(all({kBarrier, op("glre", place(kSwitched), local),
                                  op("gstore", local, place(kSwitched)), kBarrier}))),
                   "p");
  EXPECT_EQ(wrong(plan, 480), 0u);
  expect_bytes(plan, 480, 2);
  EXPECT_TRUE(switch_use(plan).copies);
  EXPECT_TRUE(switch_use(plan).reduces);
}

// Without the last barrier but with a copy of the result that waits for nobody.
TEST(SwitchPlan, AForgottenBarrierIsFoundByTheData) {
  Plan plan = pipelined();
  std::string& last = plan.blocks[2];
  last.erase(last.find(kBarrier), kBarrier.size() + 2);
  // The signals of block 0 have no match any longer only where they are counted by channel.
  EXPECT_GT(wrong(read_mscclpp(json(plan), "p"), 480), 0u);
}

// 72 bytes a chunk and rank: three units; 80: three and a third; 8: less than one.
TEST(SwitchPlan, PipelinesPassOverTheirChunks) {
  const CollectivePlan plan = read_mscclpp(json(pipelined()), "p");
  const struct { std::uint64_t chunk_bytes, passes; } sizes[] = {{72, 3}, {80, 4}, {8, 1}, {24, 1}};
  for (const auto& size : sizes) {
    EXPECT_EQ(wrong(plan, size.chunk_bytes * kRanks), 0u) << size.chunk_bytes;
    expect_bytes(plan, size.chunk_bytes * kRanks, 2 * size.passes);
  }
}

TEST(SwitchPlan, WhatPassesCannotDoIsRefusedForItsSize) {
  const CollectivePlan plan = read_mscclpp(json(pipelined("12")), "p");
  const auto refused = [](const CollectivePlan& what, std::uint64_t bytes) -> std::string {
    try {
      check_plan_size(what, bytes, 8);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(refused(plan, 240), HasSubstr("unit_size 12 of a pipeline is not a whole number"));
  EXPECT_THAT(refused(read_mscclpp(json(pipelined("8")), "p"), std::uint64_t{24} << 20),
              HasSubstr("more than 1000000 steps"));
  // Three passes, but the third waits for a release that nobody makes.
  Plan stuck = pipelined();
  const std::string release = ", " + semaphore("release", 2);
  stuck.blocks[2].erase(stuck.blocks[2].find(release), release.size());
  const CollectivePlan once = read_mscclpp(json(stuck), "p");
  EXPECT_EQ(refused(once, 2 * 24 * kRanks), "accepted");
  EXPECT_THAT(refused(once, 3 * 24 * kRanks),
              AllOf(HasSubstr("the program deadlocks"),
                    HasSubstr("waits for a release of semaphore 2 of rank 0")));
}

TEST(SwitchPlan, WhatIsWrongIsToldWithItsPlace) {
  const std::string good = all({kBarrier, kSum, kBarrier});
  EXPECT_EQ(refusal(with(good)), "accepted");
  const auto groups = [&](const std::string& text) {
    Plan plan = with(good);
    plan.groups = text;
    return refusal(plan);
  };
  const std::string at = "p:2:";  // the first rank's line
  EXPECT_THAT(groups("[]"), AllOf(HasSubstr(at), HasSubstr("gpus[0].channels[1].rank_groups"),
                                  HasSubstr("a switch channel without members")));
  EXPECT_THAT(groups(R"([{"size": 0, "ranks": []}])"), HasSubstr("without members"));
  EXPECT_THAT(groups(R"([{"size": 3, "ranks": [0, 1, 3]}])"),
              AllOf(HasSubstr("ranks[2]: "), HasSubstr("expected a whole number of 0 to 2")));
  EXPECT_THAT(groups(R"([{"size": 3, "ranks": [0, 1, 1]}])"),
              HasSubstr("rank 1 is a member twice"));
  EXPECT_THAT(groups(R"([{"size": 2, "ranks": [0, 1, 2]}])"), HasSubstr("there are 3 ranks"));
  EXPECT_THAT(groups(R"([{"ranks": [0, 1]}])"), HasSubstr("2 of 3 ranks cannot be run"));
  EXPECT_THAT(groups(R"([{"ranks": [1, 2]}])"), HasSubstr("rank 0 is no member"));
  Plan plan = with(good);
  plan.bound = R"("buffer_type": "x")";
  EXPECT_THAT(refusal(plan), AllOf(HasSubstr(at), HasSubstr("'x' is no buffer")));
  plan.bound = R"("buffer": "i")";
  EXPECT_THAT(refusal(plan), HasSubstr("there is no buffer_type"));
  plan = with(good);
  plan.semaphores = "[{}]";
  EXPECT_THAT(refusal(plan), HasSubstr("gpus[0].semaphores[0]: there is no init_value"));

  const auto first = [&](const std::string& text) { return refusal(with(text)); };
  const std::string local = place("\"type\": \"i\"");
  EXPECT_THAT(first(op("glres", place(kSwitched, "3"), place(kSwitched, "3"))),
              AllOf(HasSubstr(at), HasSubstr("chunk 3 of the input buffer, which has 3")));
  EXPECT_THAT(first(op("glres", local, place(kSwitched))),
              HasSubstr("goes from a switch channel to a switch channel"));
  EXPECT_THAT(first(op("gstore", place(kSwitched), place(kSwitched))),
              HasSubstr("goes from a local buffer to a switch channel"));
  EXPECT_THAT(first(op("glre", place(kSwitched) + ", " + place(kSwitched), local)),
              HasSubstr("one source and one target"));
  EXPECT_THAT(first(op("glres", place("\"switch_channel_id\": 1"), place(kSwitched))),
              HasSubstr("channels of the thread block has no number 1"));
  EXPECT_THAT(first(op("copy", local, local)), HasSubstr("'copy' cannot use"));
  EXPECT_THAT(first(R"({"name": "glres", "channel_type": "memory"})"), HasSubstr("'glres' needs"));
  EXPECT_THAT(first(R"({"name": "signal", "channel_ids": [0], "channel_type": "switch"})"),
              HasSubstr("channel_type 'switch'; there are memory and port"));
  EXPECT_THAT(first(op("glres", place(kSwitched), place(kSwitched), R"(, "reduce_op": "avg")")),
              HasSubstr("'avg' is no operator"));
  EXPECT_THAT(
      first(all({op("glres", place(kSwitched), place(kSwitched), R"(, "reduce_op": "sum")"),
                 op("glres", place(kSwitched), place(kSwitched), R"(, "reduce_op": "min")")})),
      HasSubstr("a collective has one operator"));
  EXPECT_THAT(first(semaphore("acquire", 0)),
              HasSubstr("semaphore 0 of rank 0: 0 releases, but 1"));
  EXPECT_THAT(first(semaphore("acquire", 7)), HasSubstr("semaphore 7 of rank 0 is not there"));
  EXPECT_THAT(first(pipeline("")), HasSubstr("a pipeline without operations"));
  EXPECT_THAT(first(pipeline(kSum, "0")),
              AllOf(HasSubstr("iter_context.unit_size"), HasSubstr("a whole number of 1 to")));
  EXPECT_THAT(first(pipeline(pipeline(kSum))), HasSubstr("operation 'pipeline' cannot be run"));
  EXPECT_THAT(first(R"({"name": "pipeline", "ops": []})"), HasSubstr("there is no iter_context"));
}

TEST(SwitchPlan, ABufferThatIsAnotherPartInEachRankIsRefused) {
  Plan plan = with(kSum);
  plan.collective = "reducescatter";
  plan.bound = R"("buffer_type": "o")";
  EXPECT_THAT(refusal(plan),
              HasSubstr("the output buffer of an in-place reduce_scatter is another part"));
}

}  // namespace
}  // namespace antares::platforms
