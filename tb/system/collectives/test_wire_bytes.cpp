// SPDX-License-Identifier: Apache-2.0
// Table 3.0 of facts/product_and_collectives.md on a fabric: payload that the link of each rank
// carries up and down, by the link's own counters, for every number of ranks from 2 to 80 and every
// algorithm that the table has. Exact: S = n * kChunk bytes, so that n divides it; what n doesn't
// divide is held against expected_bytes(), which test_collective has against each program.
//
// All runs of an algorithm are one simulation: eighty accelerators, of which the first n take part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "antares/platforms/build/collective_driver.h"
#include "antares/platforms/workload/collective.h"
#include "antares/platforms/workload/collective_bytes.h"
#include "tb/support/simulation.h"
#include "tb/system/collectives/collective_rows.h"
#include "tb/system/collectives/one_switch.h"

namespace antares::platforms {
namespace {

constexpr std::uint32_t kMostRanks = 80;
constexpr std::uint64_t kChunk = 64;  ///< each rank's share of S
constexpr std::uint32_t kElement = 4;

struct LinkBytes {
  std::uint64_t up = 0;    ///< to the switch
  std::uint64_t down = 0;  ///< to the device
  friend bool operator==(const LinkBytes& a, const LinkBytes& b) {
    return a.up == b.up && a.down == b.down;
  }
  friend std::ostream& operator<<(std::ostream& out, const LinkBytes& bytes) {
    return out << bytes.up << " up, " << bytes.down << " down";
  }
};

struct Row {
  const char* collective;
  const char* algorithm;
  /// Of S bytes over n ranks, of this rank; the table's own words.
  LinkBytes (*table)(std::uint64_t S, std::uint64_t n, std::uint64_t rank);
};

const Row kTable[] = {
    {"all_reduce", "ring",
     [](auto S, auto n, auto) {
       return LinkBytes{2 * (n - 1) * S / n, 2 * (n - 1) * S / n};
     }},
    {"all_reduce", "direct",
     [](auto S, auto n, auto) {
       return LinkBytes{2 * (n - 1) * S / n, 2 * (n - 1) * S / n};
     }},
    {"all_reduce", "in_switch_pull",
     [](auto S, auto n, auto) {
       return LinkBytes{S + S / n, S + S / n};
     }},
    {"all_reduce", "in_switch_push",
     [](auto S, auto, auto) {
       return LinkBytes{S, S};
     }},
    {"reduce_scatter", "ring",
     [](auto S, auto n, auto) {
       return LinkBytes{(n - 1) * S / n, (n - 1) * S / n};
     }},
    {"reduce_scatter", "in_switch_pull",
     [](auto S, auto n, auto) {
       return LinkBytes{S, S / n};
     }},
    {"reduce_scatter", "in_switch_push",
     [](auto S, auto n, auto) {
       return LinkBytes{(n - 1) * S / n, S / n};
     }},
    {"all_gather", "ring",
     [](auto S, auto n, auto) {
       return LinkBytes{(n - 1) * S / n, (n - 1) * S / n};
     }},
    {"all_gather", "hypercast",
     [](auto S, auto n, auto) {
       return LinkBytes{S / n, (n - 1) * S / n};
     }},
    {"broadcast", "ring",
     [](auto S, auto n, auto rank) {
       return LinkBytes{rank + 1 < n ? S : 0, rank == 0 ? 0 : S};
     }},
    {"broadcast", "hypercast",
     [](auto S, auto, auto rank) {
       return LinkBytes{rank == 0 ? S : 0, rank == 0 ? 0 : S};
     }},
    {"all_to_all", "direct",
     [](auto S, auto n, auto) {
       return LinkBytes{(n - 1) * S / n, (n - 1) * S / n};
     }},
    {"all_to_all", "hypercast",
     [](auto S, auto n, auto) {
       return LinkBytes{(n - 1) * S / n, (n - 1) * S / n};
     }},
};

/// Counters of the last collective, by link.
struct Counters : Rows {
  std::map<std::string, LinkBytes> by_link;
  void links(const std::vector<LinkRow>& rows) override {
    by_link.clear();
    for (const LinkRow& row : rows)
      (row.direction == "to_switch" ? by_link[row.link].up : by_link[row.link].down) =
          row.payload_bytes;
  }
};

class WireBytes : public testing::TestWithParam<Row> {
 protected:
  void run(std::uint32_t n, std::uint64_t bytes) {
    WorkloadDescription workload;
    workload.name = "w";
    workload.kind = WorkloadKind::collective;
    workload.collective.collective = GetParam().collective;
    workload.collective.algorithm = GetParam().algorithm;
    workload.collective.bytes = {bytes};
    workload.collective.ranks = {"gpu[0.." + std::to_string(n - 1) + "]"};
    CollectiveDriver(platform_, workload, counters_).run();
    ASSERT_EQ(counters_.by_link.size(), kMostRanks);
    // Who takes no part carries nothing.
    for (std::uint32_t rank = n; rank < kMostRanks; ++rank)
      ASSERT_EQ(of(rank), LinkBytes{}) << "gpu" << rank << " of " << n;
  }
  LinkBytes of(std::uint32_t rank) const {
    return counters_.by_link.at("switch.gpu" + std::to_string(rank));
  }

  tb::ReportGuard reports_;
  Platform platform_{one_switch(kMostRanks)};
  Counters counters_;
};

TEST_P(WireBytes, AreThoseOfTheTableForEachNumberOfRanks) {
  for (std::uint32_t n = 2; n <= kMostRanks; ++n) {
    ASSERT_NO_FATAL_FAILURE(run(n, n * kChunk));
    for (std::uint32_t rank = 0; rank < n; ++rank)
      ASSERT_EQ(of(rank), GetParam().table(n * kChunk, n, rank)) << "rank " << rank << " of " << n;
  }
  for (const auto& fabric : platform_.switches())
    EXPECT_THAT(fabric->quiescence_problems(), testing::IsEmpty());
}

TEST_P(WireBytes, OfSizesThatNoChunkDividesAreTheClosedForm) {
  for (const std::uint32_t n : {3u, 7u, 20u, 79u}) {
    CollectiveRequest request;
    request.collective = GetParam().collective;
    request.algorithm = GetParam().algorithm;
    request.ranks = n;
    request.element_bytes = kElement;
    request.bytes = kElement * (16 * n + n / 2 + 1);
    ASSERT_NO_FATAL_FAILURE(run(n, request.bytes));
    for (std::uint32_t rank = 0; rank < n; ++rank) {
      const RankBytes expected = expected_bytes(request, rank);
      ASSERT_EQ(of(rank), (LinkBytes{expected.sent_bytes, expected.received_bytes}))
          << "rank " << rank << " of " << n;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table3_0, WireBytes, testing::ValuesIn(kTable), [](const auto& row) {
  return std::string(row.param.collective) + "_" + row.param.algorithm;
});

}  // namespace
}  // namespace antares::platforms
