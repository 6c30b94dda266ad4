// SPDX-License-Identifier: Apache-2.0
// A group packet that meets nobody: LT = AT to the picosecond, and both the closed form. Where all
// members are alike that is the latency of one unicast write, for any number of them; in general
// the largest of the unicast latencies, a copy of a slower way never later for the others' sake
// except that all that need no bridge start together (with the fastest link out).
#include <gtest/gtest.h>

#include <algorithm>

#include "antares/protocols/nvlink/nvlink_policy.h"
#include "tb/support/closed_form.h"
#include "tb/system/hypercast/group_rig.h"

namespace antares::tb {
namespace {

using protocols::Packet;
using tlm::tlm_generic_payload;

/// Times of one write to the group of members 1.. of a switch of these links, from device 0.
struct Times {
  Picoseconds lt_ps = 0;
  Picoseconds at_ps = 0;
};

Times measure(GroupRig& rig, tlm_generic_payload& lt, tlm_generic_payload& at_payload) {
  Times times;
  constexpr Picoseconds kStart = 1'000'000;
  at(kStart, [&] { rig.initiator(0).begin(at_payload); });
  sc_core::sc_start();
  times.lt_ps = rig.initiator(0).blocking(lt);
  times.at_ps = rig.initiator(0).response_ps(at_payload) - kStart;
  EXPECT_EQ(lt.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(at_payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  return times;
}

Picoseconds unicast_ps(GroupRig& rig, unsigned to, std::uint32_t bytes) {
  Packet packet;
  packet.bytes = bytes;
  packet.flags = protocols::kLongAddress;
  rig.port(0).policy().classify(packet);
  return rig.port(0).zero_load(packet, rig.port(to)).tail_ps;
}

class AlikeMembers : public testing::TestWithParam<unsigned> {};

TEST_P(AlikeMembers, CostWhatOneDoes) {
  const unsigned members = GetParam();
  ReportGuard reports;
  std::vector<unsigned> ids;
  for (unsigned i = 0; i <= members; ++i) ids.push_back(i);
  GroupRig rig(with_groups(pcie_switch(members + 1), {group_of(0, ids)}));
  constexpr unsigned kBytes = 256;
  const Times times =
      measure(rig, rig.write(0, group_window(0), kBytes), rig.write(0, group_window(0), kBytes));
  EXPECT_EQ(times.at_ps, unicast_ps(rig, 1, kBytes));
  EXPECT_EQ(times.lt_ps, times.at_ps);
  EXPECT_EQ(rig.fabric.crossbar_counts().shared_reads, members - 1);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Numbers, AlikeMembers, testing::Values(1u, 2u, 3u, 5u, 8u, 16u, 40u));

// Where a copy has more bytes than what came in, it takes its member's link so much longer, in LT
// as in AT.
TEST(MarkedCopies, TakeTheirBytesInLtAndInAt) {
  ReportGuard reports;
  protocols::NvlinkLinkConfig link;
  link.fec = protocols::NvlinkFec::off;
  link.multicast_extra_bytes = 16;
  LinkList marked(4, std::make_shared<protocols::NvlinkPolicy>(link));
  GroupRig rig(with_groups(mixed_switch(marked), {group_of(0, {0, 1, 2, 3})}));
  constexpr unsigned kBytes = 256;
  const Times times =
      measure(rig, rig.write(0, group_window(0), kBytes), rig.write(0, group_window(0), kBytes));
  const double extra_ps = 16 * 1000.0 / (25 * link.link_derate);
  EXPECT_EQ(times.lt_ps, times.at_ps);
  EXPECT_NEAR(static_cast<double>(times.at_ps - unicast_ps(rig, 1, kBytes)), extra_ps, 1);
  rig.expect_done();
}

TEST(MixedWidths, TheSlowestLinkDecides) {
  ReportGuard reports;
  LinkList links;
  for (const unsigned lanes : {8u, 16u, 8u, 4u, 2u}) {
    protocols::PcieLinkConfig link;
    link.lanes = lanes;
    links.push_back(std::make_shared<protocols::PciePolicy>(link));
  }
  GroupRig rig(with_groups(mixed_switch(links), {group_of(0, {0, 1, 2, 3, 4})}));
  constexpr unsigned kBytes = 256;
  const Times times =
      measure(rig, rig.write(0, group_window(0), kBytes), rig.write(0, group_window(0), kBytes));
  // The x16 copy has to wait until its data will not run dry; the others start with it.
  Packet packet;
  packet.bytes = kBytes;
  packet.flags = protocols::kLongAddress;
  packet.traffic_class = protocols::TrafficClass::posted;
  const auto in = models::train_cost(*links[0], packet);
  const auto fastest = models::train_cost(*links[1], packet);
  const auto slowest = models::train_cost(*links[4], packet);
  const Picoseconds wait = in.first_collect_ps - fastest.first_occupancy_ps - in.head_collect_ps;
  EXPECT_GT(slowest.first_occupancy_ps, in.first_collect_ps);
  EXPECT_EQ(times.at_ps, unicast_ps(rig, 4, kBytes) + wait);
  EXPECT_EQ(times.lt_ps, times.at_ps);
  rig.expect_done();
}

class MixedProtocols : public testing::TestWithParam<std::tuple<LinkKind, std::uint32_t>> {};

TEST_P(MixedProtocols, LooselyTimedEqualsApproximatelyTimed) {
  const auto [from, bytes] = GetParam();
  ReportGuard reports;
  std::vector<LinkKind> kinds{from};
  std::vector<unsigned> ids{0};
  for (const LinkKind kind : kLinkKinds) {
    ids.push_back(static_cast<unsigned>(kinds.size()));
    kinds.push_back(kind);
  }
  GroupRig rig(with_groups(mixed_switch(kinds), {group_of(0, ids)}));
  const Times times = measure(rig, rig.write(0, group_window(0), bytes),
                              rig.write(0, group_window(0) + 4096, bytes));
  EXPECT_EQ(times.lt_ps, times.at_ps);
  // Not below the slowest unicast way.
  Picoseconds slowest = 0;
  for (unsigned to = 1; to < kinds.size(); ++to)
    slowest = std::max(slowest, unicast_ps(rig, to, bytes));
  EXPECT_GE(times.at_ps, slowest);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Links, MixedProtocols,
                         testing::Combine(testing::ValuesIn(kLinkKinds),
                                          testing::Values(4u, 64u, 128u)),
                         [](const auto& info) {
                           return std::string(name_of(std::get<0>(info.param))) + "_" +
                                  std::to_string(std::get<1>(info.param));
                         });

/// Where the requester waits for an answer it comes when all members have given theirs.
TEST(Acknowledged, TheAnswerStartsWhenTheLastAcknowledgementIsIn) {
  ReportGuard reports;
  GroupRig rig(with_groups(mixed_switch(std::vector<LinkKind>(4, LinkKind::ualink_x4)),
                           {group_of(0, {0, 1, 2, 3})}));
  constexpr unsigned kBytes = 64;
  constexpr Picoseconds kSlow = 3'000'000;  // member 2 takes its time
  rig.target(2).on_request = [&](tlm_generic_payload& copy, auto&, sc_core::sc_time& delay) {
    rig.target(2).serve(copy);
    delay += ps(kSlow);
    return tlm::TLM_COMPLETED;
  };
  rig.target(2).on_blocking = [&](tlm_generic_payload& copy, sc_core::sc_time& delay) {
    rig.target(2).serve(copy);
    delay += ps(kSlow);
  };
  const Times times = measure(rig, rig.write(0, group_window(0), kBytes),
                              rig.write(0, group_window(0) + 4096, kBytes));
  EXPECT_EQ(times.lt_ps, times.at_ps);
  EXPECT_GT(times.at_ps, unicast_ps(rig, 2, kBytes) + kSlow);
  for (unsigned to = 1; to < 4; ++to)
    EXPECT_GT(rig.port(to).ingress_reading().wire_bytes, 0u) << "its acknowledgement";
  EXPECT_EQ(rig.initiator(0).responses(), 1u);
  rig.expect_done();
}

class ScatterZeroLoad : public testing::TestWithParam<unsigned> {};

TEST_P(ScatterZeroLoad, LooselyTimedEqualsApproximatelyTimed) {
  ReportGuard reports;
  GroupRig rig(with_groups(pcie_switch(5), {}));
  tlm_generic_payload* payloads[2];
  for (auto*& payload : payloads) {
    payload = &rig.write(0, 0, GetParam());
    name_members(*payload, NamedBy::list, {1, 2, 3, 4}, 16);
  }
  const Times times = measure(rig, *payloads[0], *payloads[1]);
  EXPECT_EQ(times.lt_ps, times.at_ps);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Sizes, ScatterZeroLoad, testing::Values(16u, 64u, 128u, 256u));

}  // namespace
}  // namespace antares::tb
