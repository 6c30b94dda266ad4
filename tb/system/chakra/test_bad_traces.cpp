// SPDX-License-Identifier: Apache-2.0
// Traces and settings that cannot be: refused before time 0 by name, or, where only the run shows
// it, a failure that says who waits for what.
#include <functional>

#include "antares/platforms/workload/trace_graph.h"
#include "tb/system/chakra/chakra_run.h"

namespace antares::tb {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace platforms::testing;
using platforms::TraceError;

template <class Error>
std::string text_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

/// The refusal of a trace; it must come before time 0 and leave no rows.
std::string refusal(unsigned ranks, const platforms::WorkloadDescription& workload) {
  Bench bench(accelerators(ranks));
  const std::string text = text_of<TraceError>([&] { bench.replay(workload); });
  EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
  EXPECT_TRUE(bench.sink.collectives.empty() && bench.sink.traces.empty());
  return text;
}

std::string ends(unsigned from, unsigned to) {
  return attribute("comm_src", from) + attribute("comm_dst", to) + attribute("comm_tag", 1) +
         attribute("comm_size", 4096);
}

TEST(BadTraces, AMissingRankIsNamed) {
  ScratchFolder folder;
  const std::string path = generate(folder, "--pattern dp --ranks 4 --bytes 4KiB");
  std::filesystem::remove(path + "/step.2.et");
  EXPECT_THAT(refusal(4, replay_of(path)), HasSubstr("2"));
}

TEST(BadTraces, ATruncatedFileIsNamed) {
  ScratchFolder folder;
  const std::string path = generate(folder, "--pattern dp --ranks 4 --bytes 4KiB");
  const std::string file = path + "/step.3.et";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 5);
  EXPECT_THAT(refusal(4, replay_of(path)), HasSubstr("step.3.et"));
}

TEST(BadTraces, ACycleIsNamed) {
  ScratchFolder folder;
  const std::string file = folder.write(
      "x.et", metadata() + node(1, "chicken", kCompute, packed(kData, {2}) + duration(1)) +
                  node(2, "egg", kCompute, packed(kData, {1}) + duration(1)));
  EXPECT_THAT(refusal(2, replay_of(file)), AllOf(HasSubstr("chicken"), HasSubstr("egg")));
}

TEST(BadTraces, MoreRanksThanAccelerators) {
  ScratchFolder folder;
  EXPECT_THAT(refusal(4, replay_of(generate(folder, "--pattern dp --ranks 8 --bytes 4KiB"))),
              AllOf(HasSubstr("8 ranks"), HasSubstr("4 accelerators")));
}

TEST(BadTraces, AReceiveWithoutASend) {
  ScratchFolder folder;
  folder.write("t/x.0.et", metadata() + node(0, "idle", kCompute, duration(1)));
  folder.write("t/x.1.et", metadata() + node(0, "hope", kReceive, ends(0, 1)));
  EXPECT_THAT(refusal(2, replay_of(folder.path("t"))),
              AllOf(HasSubstr("hope"), HasSubstr("no send")));
}

TEST(BadTraces, BuffersLargerThanTheMemory) {
  ScratchFolder folder;
  const auto file =
      folder.write("x.et", metadata() + node(0, "giant", kCollective, collective(0, 1ull << 40)));
  EXPECT_THAT(refusal(2, replay_of(file)),
              AllOf(HasSubstr("giant"), HasSubstr("accelerator.memory_bytes")));
}

TEST(BadTraces, AFileThatIsNotThere) {
  EXPECT_THAT(refusal(2, replay_of("/nowhere/at/all.et")), HasSubstr("/nowhere/at/all.et"));
}

TEST(BadSettings, AnUnknownAlgorithm) {
  ScratchFolder folder;
  auto workload = replay_of(generate(folder, "--pattern moe --ranks 2 --bytes 4KiB"));
  Bench bench(accelerators(2));
  workload.trace.algorithm = "magic";
  EXPECT_THAT(text_of<std::invalid_argument>([&] { bench.replay(workload); }),
              AllOf(HasSubstr("magic"), HasSubstr("recursive_doubling")));
  // Known, but an all-to-all doesn't offer it, and there is nothing else in this trace.
  workload.trace.algorithm = "ring";
  EXPECT_THAT(text_of<std::invalid_argument>([&] { bench.replay(workload); }),
              AllOf(HasSubstr("ring"), HasSubstr("all_to_all")));
}

TEST(StuckReplays, TwoReceivesThatWaitForEachOther) {
  ScratchFolder folder;
  for (unsigned rank = 0; rank < 2; ++rank) {
    folder.write("t/x." + std::to_string(rank) + ".et",
                 metadata() + node(0, "after_you", kReceive, ends(1 - rank, rank)) +
                     node(1, "reply", kSend, packed(kData, {0}) + ends(rank, 1 - rank)));
  }
  Bench bench(accelerators(2));
  EXPECT_THAT(text_of<platforms::RunFailure>([&] { bench.replay(folder.path("t")); }),
              AllOf(HasSubstr("rank 0 (gpu0)"), HasSubstr("rank 1 (gpu1)"), HasSubstr("after_you"),
                    HasSubstr("from rank 1")));
  EXPECT_TRUE(bench.sink.traces.empty());
}

TEST(StuckReplays, GroupsUsedInOppositeOrder) {
  ScratchFolder folder;
  for (unsigned rank = 0; rank < 2; ++rank) {
    const auto step = [&](unsigned id, const std::string& group, const std::string& rest) {
      return node(id, "sum_" + group, kCollective,
                  rest + collective(0, 4096) + text_attribute("pg_name", group));
    };
    folder.write("t/x." + std::to_string(rank) + ".et",
                 metadata() + step(0, rank == 0 ? "a" : "b", "") +
                     step(1, rank == 0 ? "b" : "a", packed(kData, {0})));
  }
  auto workload = replay_of(folder.path("t"));
  workload.trace.groups_file = folder.write("groups.json", R"({"a": [0, 1], "b": [0, 1]})");
  Bench bench(accelerators(2));
  EXPECT_THAT(text_of<platforms::RunFailure>([&] { bench.replay(workload); }),
              AllOf(HasSubstr("'sum_a' of rank 0 waits for rank 1"),
                    HasSubstr("'sum_b' of rank 1 waits for rank 0")));
}

}  // namespace
}  // namespace antares::tb
