// SPDX-License-Identifier: Apache-2.0
// Workload `moe`: bytes of each way of naming against what tokens and experts say, changes of
// groups against the sets that were drawn, waits against the table's own times, and what few
// senders gain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "antares/platforms/build/moe_study.h"
#include "tb/support/simulation.h"
#include "tb/system/collectives/one_switch.h"

namespace antares::platforms {
namespace {

constexpr std::uint32_t kExperts = 6;
constexpr std::uint32_t kTokens = 100;
constexpr std::uint32_t kTop = 3;
constexpr double kUpdate_ns = 100;
constexpr double kReprogram_ns = 2000;
constexpr double kPayload_GBps = 4 * 64.0 / 8 * 236 / 256 * 256 / (256 + 16);  // x4, MWr64 of 256 B

class MoeRows : public ResultSink {
 public:
  std::vector<MoeRow> rows;
  void collective(const CollectiveRow&) override {}
  void traffic(const TrafficRow&) override {}
  void trace(const TraceRow&) override {}
  void moe(const MoeRow& row) override { rows.push_back(row); }
  void links(const std::vector<LinkRow>&) override {}
  void progress(const std::string&, double) override {}

  const MoeRow& at(const std::string& phase, const std::string& naming) const {
    for (const MoeRow& row : rows)
      if (row.phase == phase && row.naming == naming) return row;
    throw std::out_of_range(phase + " by " + naming);
  }
};

/// kExperts accelerators with experts and one that has the tokens.
PlatformConfig platform() {
  PlatformConfig config = one_switch(kExperts + 1);
  models::HypercastConfig& hypercast = *config.switches[0].hypercast;
  hypercast.outside_senders = true;
  hypercast.table_groups = 64;
  hypercast.update_latency_ns = kUpdate_ns;
  WorkloadDescription workload;
  workload.name = "w";
  workload.kind = WorkloadKind::moe;
  workload.moe.experts = {kExperts};
  workload.moe.top_k = {kTop};
  workload.moe.senders = 1;
  workload.moe.tokens = kTokens;
  workload.moe.reprogram_ns = {kReprogram_ns};
  workload.moe.lookahead_tokens = 1;
  config.workloads = {workload};
  config.run.train_bytes = 4 << 10;
  return config;
}

/// Runs it; `sets`: the tokens of the sender, as they were drawn.
MoeRows run(const PlatformConfig& config, std::vector<ExpertSet>* sets = nullptr) {
  tb::ReportGuard reports;
  EXPECT_THAT(moe_problems(config, config.workloads[0].moe), testing::IsEmpty());
  Platform platform(config);
  MoeRows rows;
  run_moe(platform, config.workloads[0], rows);
  if (sets != nullptr)
    *sets = moe_tokens(platform, "w", config.workloads[0].moe, kExperts, kTop).of_sender[0];
  for (const auto& fabric : platform.switches())
    EXPECT_THAT(fabric->quiescence_problems(), testing::IsEmpty());
  return rows;
}

TEST(MoeStudy, BytesAreThoseOfTheTokens) {
  const PlatformConfig config = platform();
  const MoeWorkload& moe = config.workloads[0].moe;
  const MoeRows rows = run(config);
  const double tokens = kTokens;
  const double out = tokens * moe.token_bytes;
  const double back = tokens * moe.combine_bytes;
  for (const char* naming : {"table", "bitmap", "list"}) {
    EXPECT_EQ(rows.at("dispatch", naming).sender_bytes, out) << naming;
    EXPECT_EQ(rows.at("dispatch", naming).receiver_bytes, out * kTop / kExperts) << naming;
  }
  EXPECT_EQ(rows.at("dispatch", "unicast").sender_bytes, out * kTop);
  EXPECT_EQ(rows.at("dispatch", "unicast").receiver_bytes, out * kTop / kExperts);
  // An expert sends what it has either way; the owner gets sums, or all.
  EXPECT_EQ(rows.at("combine", "unicast").sender_bytes, back * kTop / kExperts);
  EXPECT_EQ(rows.at("combine", "list").sender_bytes, back * kTop / kExperts);
  EXPECT_EQ(rows.at("combine", "unicast").receiver_bytes, back * kTop);
  EXPECT_EQ(rows.at("combine", "list").receiver_bytes, back);
}

TEST(MoeStudy, OneSenderGainsByItsLink) {
  PlatformConfig config = platform();
  config.workloads[0].moe.tokens = 1000;
  const MoeRows rows = run(config);
  const MoeWorkload& moe = config.workloads[0].moe;
  const double bytes_us = moe.tokens * 1e-3 / kPayload_GBps;  // of a byte a token
  for (const auto& [phase, naming, least_us] :
       {std::tuple{"dispatch", "unicast", kTop * moe.token_bytes * bytes_us},
        std::tuple{"dispatch", "list", moe.token_bytes * bytes_us},
        std::tuple{"combine", "unicast", kTop * moe.combine_bytes * bytes_us},
        std::tuple{"combine", "list", moe.combine_bytes * bytes_us}}) {
    const MoeRow& row = rows.at(phase, naming);
    EXPECT_GE(row.time_us, least_us) << phase << " " << naming;
    // Beside the stream: latency, and experts that are not drawn alike. 1.02 to 1.07 were seen.
    if (std::string(phase) == "dispatch") {
      EXPECT_LE(row.time_us, 1.1 * least_us) << naming;
    }
  }
  EXPECT_LE(rows.at("dispatch", "list").gain, kTop * 1.1);
}

// One token after the other, as many groups as there are sets: each set is written once, and each
// miss waits for the way to the table and for the table.
TEST(MoeStudy, ATableWithRoomWritesEachSetOnce) {
  std::vector<ExpertSet> sets;
  const MoeRows rows = run(platform(), &sets);
  const auto distinct =
      static_cast<std::int64_t>(std::set<ExpertSet>(sets.begin(), sets.end()).size());
  const MoeRow& row = rows.at("dispatch", "table");
  EXPECT_EQ(row.updates, distinct);
  EXPECT_DOUBLE_EQ(row.hit_rate, 1 - static_cast<double>(distinct) / kTokens);
  EXPECT_NEAR(row.miss_wait_ns, kReprogram_ns + kUpdate_ns, 1e-6);
  EXPECT_NEAR(row.reprogram_ns, kReprogram_ns + kUpdate_ns, 1e-6);
  EXPECT_GT(row.stalled_share, 0);
}

// One group: every change of the set from one token to the next is a change of the group.
TEST(MoeStudy, ATableOfOneGroupIsWrittenAllTheTime) {
  PlatformConfig config = platform();
  config.workloads[0].moe.table_groups = {1};
  std::vector<ExpertSet> sets;
  const MoeRows rows = run(config, &sets);
  std::int64_t changes = 1;
  for (std::size_t t = 1; t < sets.size(); ++t) changes += sets[t] == sets[t - 1] ? 0 : 1;
  EXPECT_EQ(rows.at("dispatch", "table").updates, changes);
  EXPECT_GT(rows.at("dispatch", "list").gain, rows.at("dispatch", "table").gain);
}

TEST(MoeStudy, WhoDoesNotWaitNeverStalls) {
  PlatformConfig config = platform();
  config.workloads[0].moe.on_miss = MoeMiss::unicast;
  const MoeRows rows = run(config);
  const MoeRow& row = rows.at("dispatch", "table");
  EXPECT_EQ(row.stalled_share, 0);
  // What missed went out three times.
  EXPECT_GT(row.sender_bytes, rows.at("dispatch", "list").sender_bytes);
  EXPECT_LT(row.sender_bytes, rows.at("dispatch", "unicast").sender_bytes);
}

TEST(MoeStudy, ChangesWaitForTheBanksOfTheTable) {
  PlatformConfig config = platform();
  auto& table = *config.switches[0].hypercast;
  table.banks = 1;
  table.update_interval_ns = 5000;
  table.updates_waiting = 1;
  config.workloads[0].moe.lookahead_tokens = 50;
  std::vector<ExpertSet> sets;
  const MoeRows rows = run(config, &sets);
  const std::size_t distinct = std::set<ExpertSet>(sets.begin(), sets.end()).size();
  // The last set comes into force behind all others.
  EXPECT_GE(rows.at("dispatch", "table").time_us, 5.0 * static_cast<double>(distinct - 1));
}

TEST(MoeStudy, ExpertsThatSendKeepTheirOwn) {
  PlatformConfig config = platform();
  config.workloads[0].moe.senders = 0;
  const MoeRows rows = run(config);
  // What a token's own accelerator holds takes no link: at most k copies a token.
  const double out = static_cast<double>(kTokens) * config.workloads[0].moe.token_bytes;
  EXPECT_LT(rows.at("dispatch", "unicast").sender_bytes, out * kTop);
  EXPECT_GT(rows.at("dispatch", "unicast").sender_bytes, out * (kTop - 1));
  EXPECT_EQ(rows.at("dispatch", "unicast").receiver_bytes,
            rows.at("dispatch", "bitmap").receiver_bytes);
}

TEST(MoeStudy, WhatCannotBeIsNamed) {
  PlatformConfig config = platform();
  MoeWorkload& moe = config.workloads[0].moe;
  const auto first = [&] { return moe_problems(config, moe).at(0).message; };
  moe.senders = 2;
  EXPECT_THAT(first(), testing::HasSubstr("6 experts and 2 senders"));
  moe.senders = 1;
  moe.top_k = {7};
  EXPECT_THAT(first(), testing::HasSubstr("can't go to 7 of 6"));
  moe.top_k = {2};
  moe.table_groups = {65};
  EXPECT_THAT(first(), testing::HasSubstr("room for 64 groups"));
  moe.table_groups = {};
  config.switches[0].hypercast->most_members = 1;
  EXPECT_THAT(first(), testing::HasSubstr("goes to 2 experts, and a group of"));
  config.switches[0].hypercast->most_members = 2;
  config.switches[0].hypercast->outside_senders = false;
  EXPECT_THAT(first(), testing::HasSubstr("members only"));
  config.switches[0].hypercast->outside_senders = true;
  config.switches[0].reduction.reset();
  EXPECT_THAT(first(), testing::HasSubstr("adds nothing up"));
  config.switches[0].reduction = models::ReductionConfig{};
  moe.combine_bytes = 7;
  EXPECT_THAT(first(), testing::HasSubstr("7 B are no whole number of BF16 elements"));
  moe.combine = false;
  EXPECT_THAT(moe_problems(config, moe), testing::IsEmpty());
}

}  // namespace
}  // namespace antares::platforms
