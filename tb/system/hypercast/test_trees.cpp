// SPDX-License-Identifier: Apache-2.0
// Groups over several switches: one copy a link, split where the ways part; no copy twice, none
// missing, none sent back; LT = AT over the whole tree, with one wheel or several.
#include <gtest/gtest.h>

#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/support/switch_chain.h"
#include "tb/system/hypercast/group_rig.h"

namespace antares::tb {
namespace {

struct Case {
  LinkKind kind;
  bool one_wheel;
  unsigned from;
  unsigned bytes;
  unsigned switches = 4;
};

class Chain : public testing::TestWithParam<Case> {};

ChainConfig chain_of(unsigned switches, LinkKind kind, bool one_wheel) {
  ChainConfig config;
  const auto policy = make_policy(kind);
  config.device_links.assign(switches, policy);
  config.trunks.assign(switches - 1, policy);
  config.one_wheel = one_wheel;
  std::vector<unsigned> all;
  for (unsigned i = 0; i < switches; ++i) all.push_back(i);
  config.adjust = [all](SwitchConfig& one) { one = with_groups(one, {group_of(0, all, 64)}); };
  return config;
}

/// A link packet's time on each link of the longest way, if a copy to some member is several of
/// them: LT takes each copy, and each acknowledgement, as one train, where AT sends the original's
/// link packets one by one. Else 0. A member's memory begins 64 B after the one before it, which is
/// enough to cut a write of 128 B.
Picoseconds lt_tolerance_ps(const protocols::LinkPolicy& policy, unsigned switches, unsigned from,
                            unsigned bytes) {
  const auto cost_of = [&](unsigned payload_bytes, unsigned address) {
    protocols::Packet packet;
    packet.bytes = payload_bytes;
    packet.flags = protocols::kLongAddress;
    packet.address_low = static_cast<std::uint16_t>(address);
    policy.classify(packet);
    return models::train_cost(policy, packet);
  };
  const unsigned links = std::max(from, switches - 1 - from) + 2;
  for (unsigned i = 0; i < switches; ++i) {
    if (i == from || cost_of(bytes, 64 * i + 128).wire.link_packets == 1) continue;
    const unsigned largest =
        std::min(bytes, policy.max_link_payload_bytes(protocols::PacketKind::write));
    return links * cost_of(largest, 0).occupancy.whole_ps;
  }
  return 0;
}

TEST_P(Chain, OneCopyALinkAndOneAMember) {
  const auto [kind, one_wheel, from, bytes, kSwitches] = GetParam();
  ReportGuard reports;
  SwitchChain chain(chain_of(kSwitches, kind, one_wheel));
  models::Scoreboard board;
  for (unsigned i = 0; i < kSwitches; ++i) chain.fabric(i).observe().add_listener(board);
  std::vector<unsigned char> data(bytes);
  for (unsigned i = 0; i < bytes; ++i) data[i] = GroupRig::data_at(1, i);
  auto& initiator = chain.initiator(from);
  auto& at_payload =
      initiator.make(tlm::TLM_WRITE_COMMAND, group_window(0) + 128, data.data(), bytes);
  auto& lt_payload =
      initiator.make(tlm::TLM_WRITE_COMMAND, group_window(0) + 8192, data.data(), bytes);
  constexpr Picoseconds kStart = 1'000'000;
  at(kStart, [&, from = from] { chain.initiator(from).begin(at_payload); });
  sc_core::sc_start();
  EXPECT_EQ(at_payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  for (unsigned i = 0; i < kSwitches; ++i) {
    EXPECT_EQ(chain.target(i).requests(), i == from ? 0u : 1u) << "member " << i;
    for (unsigned b = 0; b < bytes && i != from; ++b)
      ASSERT_EQ(chain.target(i).byte(64 * i + 128 + b), data[b]) << "member " << i << " byte " << b;
    // Each link carries the data once, away from the sender.
    if (i + 1 == kSwitches) continue;
    auto& right = chain.fabric(i).port("right").adapter();
    EXPECT_EQ(right.egress_reading().payload_bytes, i >= from ? bytes : 0u) << "link " << i;
    EXPECT_EQ(right.ingress_reading().payload_bytes, i < from ? bytes : 0u) << "link " << i;
  }
  const Picoseconds took = initiator.response_ps(at_payload) - kStart;
  const Picoseconds tolerance = lt_tolerance_ps(*make_policy(kind), kSwitches, from, bytes);
  const Picoseconds lt = initiator.blocking(lt_payload);
  EXPECT_LE(lt, took + tolerance);
  EXPECT_GE(lt + tolerance, took);
  EXPECT_EQ(lt_payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  chain.expect_all_quiescent();
  for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
  EXPECT_TRUE(board.conserved());
}

INSTANTIATE_TEST_SUITE_P(Ways, Chain,
                         testing::Values(Case{LinkKind::pcie6_x16, true, 1, 128},
                                         Case{LinkKind::pcie6_x16, false, 0, 128},
                                         Case{LinkKind::pcie6_x16, true, 3, 256},
                                         Case{LinkKind::ualink_x4, true, 1, 64},
                                         Case{LinkKind::ualink_x4, false, 2, 64},
                                         Case{LinkKind::sue_x4, true, 1, 128},
                                         Case{LinkKind::nvlink4_x2_acknowledged, true, 0, 128},
                                         Case{LinkKind::nvlink4_x2_acknowledged, true, 0, 32},
                                         Case{LinkKind::nvlink4_x2_acknowledged, true, 0, 256},
                                         Case{LinkKind::nvlink4_x2_acknowledged, true, 0, 128, 3},
                                         Case{LinkKind::nvlink4_x2, true, 0, 256},
                                         Case{LinkKind::pcie6_x16, true, 0, 1024},
                                         Case{LinkKind::nvlink4_x2_acknowledged, false, 3, 256},
                                         Case{LinkKind::ideal, true, 1, 128}));

TEST(Trees, ManyWritesFromAllKeepTheirOrderAndArriveOnce) {
  ReportGuard reports;
  constexpr unsigned kSwitches = 3;
  constexpr unsigned kWrites = 50;
  ChainConfig config = chain_of(kSwitches, LinkKind::pcie6_x16, true);
  config.train_bytes = 4096;
  SwitchChain chain(config);
  models::Scoreboard board;
  for (unsigned i = 0; i < kSwitches; ++i) chain.fabric(i).observe().add_listener(board);
  std::vector<unsigned char> data(10'000, 7);
  for (unsigned k = 0; k < kWrites; ++k) {
    for (unsigned from = 0; from < kSwitches; ++from) {
      auto& initiator = chain.initiator(from);
      initiator.begin_in_turn(
          initiator.make(tlm::TLM_WRITE_COMMAND, group_window(0) + k * 10'000, data.data(), 10'000),
          1'000'000);
    }
  }
  sc_core::sc_start();
  for (unsigned i = 0; i < kSwitches; ++i) {
    EXPECT_EQ(chain.initiator(i).responses(), kWrites);
    EXPECT_EQ(chain.target(i).requests(), (kSwitches - 1) * kWrites);
  }
  chain.expect_all_quiescent();
  for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
}

TEST(Trees, AMemberFarAwayThatFailsGivesTheWholeItsStatus) {
  ReportGuard reports;
  SwitchChain chain(chain_of(3, LinkKind::ualink_x4, true));
  chain.target(2).on_request = [](tlm::tlm_generic_payload& copy, auto&, auto&) {
    copy.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  };
  std::vector<unsigned char> data(64, 1);
  auto& payload = chain.initiator(0).make(tlm::TLM_WRITE_COMMAND, group_window(0), data.data(), 64);
  at(1'000'000, [&] { chain.initiator(0).begin(payload); });
  sc_core::sc_start();
  EXPECT_EQ(payload.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
  EXPECT_EQ(chain.target(1).requests(), 1u);
  chain.expect_all_quiescent();
}

}  // namespace
}  // namespace antares::tb
