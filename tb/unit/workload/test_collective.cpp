// SPDX-License-Identifier: Apache-2.0
// Sizes, closed forms and refusals of the collective programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "antares/platforms/workload/chunking.h"
#include "antares/platforms/workload/collective_bytes.h"
#include "antares/platforms/workload/program_builder.h"

namespace antares::platforms {
namespace {

using ::testing::HasSubstr;

CollectiveRequest request(const std::string& collective, const std::string& algorithm,
                          std::uint32_t ranks, std::uint64_t bytes) {
  CollectiveRequest asked;
  asked.collective = collective;
  asked.algorithm = algorithm;
  asked.ranks = ranks;
  asked.bytes = bytes;
  return asked;
}

std::string refusal(const CollectiveRequest& asked) {
  try {
    make_program(asked);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

// Together they are everything; each begins at a page, within a page of where equal shares would.
TEST(PageChunking, CutsLargeChunksAtPagesAndSmallOnesAnywhere) {
  constexpr std::uint64_t kPage = 4096;
  for (const std::uint32_t n : {1u, 3u, 7u, 80u}) {
    for (const std::uint64_t bytes :
         {64 * kPage * n, 64 * kPage * n + 12, (std::uint64_t{1} << 30) + 4, 64 * kPage * n - 4}) {
      const Chunking equal(bytes, 4, n);
      const PageChunking chunks(bytes, 4, n);
      const bool large = bytes / n >= 64 * kPage;
      EXPECT_EQ(chunks.offset_bytes(0), 0u);
      EXPECT_EQ(chunks.offset_bytes(n), bytes);
      std::uint64_t sum = 0;
      for (std::uint32_t k = 0; k < n; ++k) {
        const std::uint64_t offset = equal.offset_bytes(k);
        EXPECT_EQ(chunks.offset_bytes(k), large ? offset - offset % kPage : offset);
        sum += chunks.bytes(k);
      }
      EXPECT_EQ(sum, bytes);
    }
  }
}

TEST(Chunking, FollowsTheFloorFormulaAndNeverOverflows) {
  for (std::uint64_t count : {0ull, 1ull, 5ull, 7ull, 1000003ull}) {
    for (std::uint32_t n : {1u, 2u, 3u, 7u, 80u, 1024u}) {
      const Chunking chunks(count * 4, 4, n);
      for (std::uint64_t k = 0; k <= n; ++k) ASSERT_EQ(chunks.offset_bytes(k), k * count / n * 4);
    }
  }
  const std::uint64_t huge = (1ull << 50) + 1;
  const Chunking chunks(huge, 1, 65535);
  EXPECT_EQ(chunks.offset_bytes(65535), huge);
  EXPECT_EQ(chunks.largest_bytes(), (huge + 65534) / 65535);
}

TEST(BusbwFactor, IsThatOfNcclTests) {
  EXPECT_DOUBLE_EQ(busbw_factor("all_reduce", 8), 2.0 * 7 / 8);
  for (const char* name : {"all_gather", "reduce_scatter", "all_to_all"}) {
    EXPECT_DOUBLE_EQ(busbw_factor(name, 8), 7.0 / 8);
  }
  for (const char* name : {"broadcast", "reduce", "send_recv"}) {
    EXPECT_DOUBLE_EQ(busbw_factor(name, 8), 1);
  }
}

// Table 3.0: with sizes that n divides, every rank's payload is the table's fraction of the size.
TEST(WireBytes, AreThoseOfTheTableWhereNDividesTheSize) {
  for (std::uint32_t n = 2; n <= 80; ++n) {
    const std::uint64_t bytes = 4ull * n * 100;
    const struct {
      const char *collective, *algorithm;
      std::uint64_t wire_bytes;
    } rows[] = {{"all_reduce", "ring", 2 * (n - 1) * (bytes / n)},
                {"all_reduce", "direct", 2 * (n - 1) * (bytes / n)},
                {"reduce_scatter", "ring", (n - 1) * (bytes / n)},
                {"reduce_scatter", "direct", (n - 1) * (bytes / n)},
                {"all_gather", "ring", (n - 1) * (bytes / n)},
                {"all_gather", "direct", (n - 1) * (bytes / n)},
                {"all_to_all", "direct", (n - 1) * (bytes / n)},
                {"send_recv", "ring", bytes}};
    for (const auto& row : rows) {
      const auto program = make_program(request(row.collective, row.algorithm, n, bytes));
      for (const RankBytes& rank : bytes_by_rank(program)) {
        ASSERT_EQ(rank.sent_bytes, row.wire_bytes) << row.collective << " " << n;
        ASSERT_EQ(rank.received_bytes, row.wire_bytes) << row.collective << " " << n;
      }
    }
  }
}

// The in-switch columns of table 3.0, up and down, for each n; the reduce is that of one chunk of a
// reduce_scatter that is the whole size.
TEST(WireBytes, OfInSwitchAlgorithmsAreThoseOfTheTable) {
  for (std::uint32_t n = 2; n <= 80; ++n) {
    const std::uint64_t chunk = 400, bytes = chunk * n;
    const struct {
      const char *collective, *algorithm;
      std::uint64_t up, down;
    } rows[] = {{"all_reduce", "in_switch_pull", bytes + chunk, bytes + chunk},
                {"all_reduce", "in_switch_push", bytes, bytes},
                {"reduce_scatter", "in_switch_pull", bytes, chunk},
                {"reduce_scatter", "in_switch_push", (n - 1) * chunk, chunk},
                {"all_gather", "hypercast", chunk, (n - 1) * chunk},
                {"all_to_all", "hypercast", (n - 1) * chunk, (n - 1) * chunk},
                {"barrier", "in_switch_push", bytes, bytes}};
    for (const auto& row : rows) {
      const auto program = make_program(request(row.collective, row.algorithm, n, bytes));
      for (const RankBytes& rank : bytes_by_rank(program)) {
        ASSERT_EQ(rank.sent_bytes, row.up) << row.collective << " " << row.algorithm << " " << n;
        ASSERT_EQ(rank.received_bytes, row.down)
            << row.collective << " " << row.algorithm << " " << n;
      }
    }
    const auto broadcast = bytes_by_rank(make_program(request("broadcast", "hypercast", n, bytes)));
    for (std::uint32_t rank = 0; rank < n; ++rank) {
      ASSERT_EQ(broadcast[rank].sent_bytes, rank == 0 ? bytes : 0);
      ASSERT_EQ(broadcast[rank].received_bytes, rank == 0 ? 0 : bytes);
    }
  }
}

// Whom each rank has heard of when its last flag is in: what it depends on, and the sender's own
// coming. Broken once: a round fewer, and somebody is not heard of.
TEST(Barrier, LetsNobodyGoBeforeAllHaveCome) {
  for (const char* algorithm : {"dissemination", "in_switch_push"}) {
    for (std::uint32_t n = 1; n <= 40; ++n) {
      const models::Program program = make_program(request("barrier", algorithm, n, 8));
      std::vector<std::vector<bool>> carried(program.messages.size());
      std::vector<std::vector<bool>> heard(n, std::vector<bool>(n, false));
      for (std::uint32_t r = 0; r < n; ++r) heard[r][r] = true;
      for (std::uint32_t m = 0; m < program.messages.size(); ++m) {
        const models::Message& message = program.messages[m];
        carried[m].assign(n, message.kind == models::MessageKind::result);
        if (message.kind == models::MessageKind::contribution) continue;
        carried[m][message.from_rank] = true;
        for (std::uint32_t d = 0; d < message.dependency_count; ++d) {
          const auto& before = carried[program.dependencies[message.first_dependency + d].message];
          for (std::uint32_t r = 0; r < n; ++r) carried[m][r] = carried[m][r] || before[r];
        }
        for (std::uint32_t r = 0; r < n; ++r)
          heard[message.to_rank][r] = heard[message.to_rank][r] || carried[m][r];
      }
      for (std::uint32_t r = 0; r < n; ++r)
        ASSERT_EQ(std::count(heard[r].begin(), heard[r].end(), true), n) << algorithm << " " << n;
    }
  }
}

TEST(Program, FindsTheMessageByWhichAMulticastArrives) {
  for (const char* collective : {"all_gather", "broadcast", "all_to_all"}) {
    // 19 elements over 7 ranks: some scatters are for ranks that do not follow each other.
    CollectiveRequest asked = request(collective, "hypercast", 7, 76);
    asked.root = collective[0] == 'b' ? 3 : 0;
    const models::Program program = make_program(asked);
    for (std::uint32_t m = 0; m < program.messages.size(); ++m) {
      const models::Message& message = program.messages[m];
      EXPECT_EQ(models::arrival_at(program, message.first, message.to_rank), m);
    }
  }
}

// One request a rank and size of chunk, whatever the number of receivers.
TEST(Program, OfAScatteredAllToAllHasOneStoreARankAndSizeOfChunk) {
  for (std::uint32_t n = 2; n <= 80; ++n) {
    for (const std::uint64_t elements : {1ull * n, 3ull * n + 1, n - 1ull}) {
      const auto program = make_program(request("all_to_all", "hypercast", n, 4 * elements));
      std::vector<std::uint32_t> stores(n);
      for (const models::Message& message : program.messages)
        if (!models::is_passive(message.kind)) ++stores[message.from_rank];
      for (const std::uint32_t of_rank : stores)
        ASSERT_LE(of_rank, elements % n == 0 ? 1u : 2u) << n << " " << elements;
      const CollectiveRequest asked = request("all_to_all", "hypercast", n, 4 * elements);
      const auto bytes = bytes_by_rank(program);
      for (std::uint32_t rank = 0; rank < n; ++rank) {
        ASSERT_EQ(bytes[rank].sent_bytes, expected_bytes(asked, rank).sent_bytes) << n;
        ASSERT_EQ(bytes[rank].received_bytes, expected_bytes(asked, rank).received_bytes) << n;
      }
    }
  }
}

// Chunks of two sizes are two scatters a rank: by when each has sent a share of all it sends, each
// receiver is to have had that share of all it gets. A rank sends itself nothing, so that it may be
// one step of the n - 1 early or late, and chunks are cut between pages.
TEST(Program, OfAScatteredAllToAllEveryReceiverGetsItsShareAllTheTime) {
  constexpr std::uint64_t kChunk = 1 << 20;
  for (const std::uint32_t n : {8u, 20u, 33u, 80u}) {
    for (const std::uint32_t longer : {1u, n / 4, n / 2, n - 1}) {
      const auto program =
          make_program(request("all_to_all", "hypercast", n, kChunk * n + 4 * longer));
      for (const double share : {0.1, 0.25, 0.5, 0.75, 0.9}) {
        std::vector<double> received(n);
        std::vector<double> left(n, share * (n - 1) * kChunk);
        for (std::size_t m = 0; m < program.messages.size();) {
          std::size_t end = m + 1;  // of the scatter
          while (end < program.messages.size() &&
                 program.messages[end].kind == models::MessageKind::slice)
            ++end;
          const models::Message& first = program.messages[m];
          const bool travels = first.kind == models::MessageKind::scatter;
          const double all = static_cast<double>(first.bytes) * static_cast<double>(end - m);
          const double part = travels ? std::min(1.0, left[first.from_rank] / all) : 0;
          left[first.from_rank] -= part * all;
          for (; m < end; ++m)
            received[program.messages[m].to_rank] += part * static_cast<double>(first.bytes);
        }
        for (const double bytes : received)
          ASSERT_NEAR(bytes / ((n - 1) * kChunk), share, 1.0 / (n - 1) + 2 * 4096.0 / kChunk)
              << n << " ranks, " << longer << " of them with longer chunks";
      }
    }
  }
}

TEST(Program, OfARingOf1024RanksHas2046MessagesARankAndOneDependencyEach) {
  const auto program = make_program(request("all_reduce", "ring", 1024, 1ull << 30));
  EXPECT_EQ(program.messages.size(), 2046u * 1024);
  EXPECT_EQ(program.dependencies.size(), 2045u * 1024);  // the first step waits for nothing
  EXPECT_EQ(program.messages.capacity(), program.messages.size());
}

TEST(Program, OfADirectAllReduceSharesItsDependencyLists) {
  const auto program = make_program(request("all_reduce", "direct", 1024, 1ull << 30));
  EXPECT_EQ(program.messages.size(), 2u * 1023 * 1024);
  EXPECT_EQ(program.dependencies.size(), 1023u * 1024);
}

TEST(Program, OfAnAllToAllStartsEveryStepWithAPermutation) {
  const std::uint32_t n = 12;
  const auto program = make_program(request("all_to_all", "direct", n, 4800));
  for (std::size_t first = 0; first < program.messages.size(); first += n) {
    std::vector<bool> hit(n);
    for (std::size_t i = first; i < first + n; ++i) hit[program.messages[i].to_rank] = true;
    EXPECT_EQ(std::count(hit.begin(), hit.end(), true), n);
  }
}

TEST(DefaultAlgorithm, ChangesAtOneMebibyte) {
  EXPECT_EQ(make_program(request("all_reduce", "auto", 4, (1 << 20) - 4)).algorithm, "direct");
  EXPECT_EQ(make_program(request("all_reduce", "auto", 4, 1 << 20)).algorithm, "ring");
  EXPECT_EQ(default_algorithm(request("broadcast", "auto", 4, 4)), "tree");
  EXPECT_EQ(default_algorithm(request("all_to_all", "auto", 4, 4)), "direct");
  for (const AlgorithmInfo& info : algorithms()) {
    EXPECT_NO_THROW(make_program(request(info.collective, "auto", 3, 64)));
  }
}

// What `auto` takes of a switch puts no more bytes on any direction than what it takes without, and
// fewer on one.
TEST(DefaultAlgorithm, TakesTheSwitchWhereItSavesBytes) {
  for (const char* collective : {"all_reduce", "all_gather", "broadcast"}) {
    for (const std::uint32_t n : {3u, 8u, 72u}) {
      CollectiveRequest asked = request(collective, "auto", n, n << 20);
      const auto most = [&] {
        RankBytes most;
        for (const RankBytes& rank : bytes_by_rank(make_program(asked))) {
          most.sent_bytes = std::max(most.sent_bytes, rank.sent_bytes);
          most.received_bytes = std::max(most.received_bytes, rank.received_bytes);
        }
        return most;
      };
      const RankBytes software = most();
      asked.in_switch = {true, true};
      EXPECT_TRUE(uses_switch(default_algorithm(asked))) << collective;
      const RankBytes in_switch = most();
      EXPECT_LE(in_switch.sent_bytes, software.sent_bytes) << collective << " " << n;
      EXPECT_LE(in_switch.received_bytes, software.received_bytes) << collective << " " << n;
      if (collective[0] != 'b')  // a broadcast gains hops, not bytes
        EXPECT_LT(in_switch.sent_bytes + in_switch.received_bytes,
                  software.sent_bytes + software.received_bytes);
    }
  }
  // Table 3.0: no byte less on any rank's link, so it only waits for the switch.
  CollectiveRequest scattered = request("reduce_scatter", "auto", 8, 8 << 20);
  scattered.in_switch = {true, true};
  EXPECT_FALSE(uses_switch(default_algorithm(scattered)));
  CollectiveRequest two = request("all_reduce", "auto", 2, 1 << 20);
  two.in_switch = {true, true};
  EXPECT_EQ(default_algorithm(two), "ring");
}

TEST(Refusal, NamesWhatIsWrongAndWhatThereIs) {
  EXPECT_THAT(refusal(request("all_reduse", "ring", 4, 64)), HasSubstr("all_reduce, all_gather"));
  EXPECT_THAT(refusal(request("all_reduse", "auto", 4, 64)), HasSubstr("'all_reduse'"));
  EXPECT_THAT(refusal(request("all_to_all", "ring", 4, 64)), HasSubstr("there are auto, direct"));
  EXPECT_THAT(refusal(request("all_reduce", "ring", 0, 64)), HasSubstr("1 to 65535"));
  EXPECT_THAT(refusal(request("all_reduce", "ring", 65536, 64)), HasSubstr("1 to 65535"));
  EXPECT_THAT(refusal(request("all_reduce", "ring", 4, 63)), HasSubstr("whole number of elements"));
  EXPECT_THAT(refusal(request("all_reduce", "ring", 4, ~0ull << 2)), HasSubstr("2^50"));
  EXPECT_THAT(refusal(request("all_to_all", "direct", 65535, 1 << 20)), HasSubstr("messages"));
  CollectiveRequest asked = request("broadcast", "tree", 4, 64);
  asked.root = 4;
  EXPECT_THAT(refusal(asked), HasSubstr("ranks 0 to 3"));
  asked = request("send_recv", "pair", 4, 64);
  asked.peer = 9;
  EXPECT_THAT(refusal(asked), HasSubstr("peer 9"));
  asked.element_bytes = 0;
  EXPECT_THAT(refusal(asked), HasSubstr("element_bytes"));
}

/// What crosses between groups of m ranks: the rank's part, an m-th of the size, there and back.
TEST(Hierarchical, SendsAnMthOfARingBetweenGroups) {
  constexpr std::uint32_t kGroup = 16, kGroups = 4, kRanks = kGroup * kGroups;
  CollectiveRequest asked = request("all_reduce", "hierarchical", kRanks, kRanks * 400);
  asked.group_ranks = kGroup;
  std::vector<std::uint64_t> across(kRanks, 0);
  for (const models::Message& message : make_program(asked).messages)
    if (message.from_rank / kGroup != message.to_rank / kGroup)
      across[message.from_rank] += message.bytes;
  for (const std::uint64_t bytes : across)
    EXPECT_EQ(bytes, 2 * (kGroups - 1) * (asked.bytes / kGroups) / kGroup);
  for (const RankBytes& rank : bytes_by_rank(make_program(asked)))
    EXPECT_EQ(rank.sent_bytes, 2 * (kRanks - 1) * (asked.bytes / kRanks)) << "as in a ring";
}

TEST(Hierarchical, GroupsThatDoNotDivideTheRanksAreRefused) {
  CollectiveRequest asked = request("all_reduce", "hierarchical", 10, 4000);
  asked.group_ranks = 4;
  EXPECT_THAT(refusal(asked), HasSubstr("groups of 4 do not divide them"));
  asked.group_ranks = 0;  // not known: twos, since 2 is the divisor next below the root of 10
  EXPECT_EQ(tier_group_ranks(asked), 2u);
}

}  // namespace
}  // namespace antares::platforms
