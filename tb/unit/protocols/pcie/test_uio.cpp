// SPDX-License-Identifier: Apache-2.0
// Unordered I/O on its virtual channel: TLP types, credits, ordering, configuration, and a link
// without one. Follows facts/pcie6.md 2.2, 2.6. Tolerance 0.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/protocols/common/credit_ledger.h"
#include "antares/protocols/pcie/pcie_policy.h"

namespace antares::protocols {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PcieLinkConfig uio_link(std::uint32_t vc = 3) {
  PcieLinkConfig config;
  config.uio_vc = vc;
  config.virtual_channels = vc + 1;
  return config;
}

Packet packet_of(const PciePolicy& policy, PacketKind kind, std::uint32_t bytes,
                 std::uint8_t flags) {
  Packet packet;
  packet.kind = kind;
  packet.bytes = bytes;
  packet.flags = flags;
  policy.classify(packet);
  return packet;
}

struct Row {
  PacketKind kind;
  std::uint32_t bytes;
  TlpType type;
  TrafficClass credits;
};

constexpr Row kRows[] = {
    {PacketKind::read, 256, TlpType::uio_mrd, TrafficClass::non_posted},
    {PacketKind::write, 256, TlpType::uio_mwr, TrafficClass::posted},
    {PacketKind::completion, 256, TlpType::uio_rd_cpl_d, TrafficClass::completion},
    {PacketKind::completion, 0, TlpType::uio_wr_cpl, TrafficClass::completion},
};

TEST(Uio, EachKindHasItsOwnTypeOnItsOwnChannelWithItsClassOfCredits) {
  for (const std::uint32_t vc : {3u, 4u}) {
    const PciePolicy policy(uio_link(vc));
    for (const Row& row : kRows) {
      SCOPED_TRACE(std::string(tlp_row(row.type).name));
      const Packet packet = packet_of(policy, row.kind, row.bytes, kUnorderedIo);
      EXPECT_EQ(policy.tlp_type(packet), row.type);
      EXPECT_EQ(packet.traffic_class, row.credits);
      EXPECT_EQ(packet.vc, VcId(static_cast<std::uint8_t>(vc)));
    }
  }
}

TEST(Uio, PricesAreHeaderBasePlusPayload) {
  const PciePolicy policy(uio_link());
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(tlp_row(row.type).name));
    const Packet packet = packet_of(policy, row.kind, row.bytes, kUnorderedIo);
    const std::uint32_t payload = tlp_row(row.type).has_data ? row.bytes : 0;
    EXPECT_EQ(policy.wire_cost(packet).bytes, tlp_row(row.type).base_dwords * 4u + payload);
    EXPECT_EQ(policy.demand(packet).header, 1u);
    EXPECT_EQ(policy.demand(packet).data, payload / 16);
  }
}

TEST(Uio, ItsHeadersAreWideWhateverTheAddressWidthOfOtherRequests) {
  PcieLinkConfig config = uio_link();
  config.address64 = false;
  const PciePolicy policy(config);
  EXPECT_EQ(policy.wire_cost(packet_of(policy, PacketKind::write, 64, kUnorderedIo)).bytes,
            16u + 64u);
  EXPECT_EQ(policy.wire_cost(packet_of(policy, PacketKind::write, 64, 0)).bytes, 12u + 64u);
}

TEST(Uio, TheChannelCarriesNothingElse) {
  const PciePolicy policy(uio_link());
  Packet packet;
  packet.vc = VcId(3);
  policy.classify(packet);
  EXPECT_EQ(packet.vc, VcId(0));
  EXPECT_EQ(packet.form, 0);
  packet.vc = VcId(2);
  policy.classify(packet);
  EXPECT_EQ(packet.vc, VcId(0)) << "nobody says by traffic class which channel it would be";
  EXPECT_EQ(policy.request_channels(), 1u);
}

TEST(Uio, ClassifyForgetsWhatTheLinkBeforeSaid) {
  const PciePolicy with(uio_link());
  const PciePolicy without;
  Packet packet = packet_of(with, PacketKind::write, 64, kUnorderedIo);
  without.classify(packet);
  EXPECT_EQ(packet.form, 0);
  EXPECT_EQ(packet.vc, VcId(0));
  EXPECT_EQ(without.tlp_type(packet), TlpType::mwr64);
}

TEST(Uio, NothingOnItIsOrdered) {
  const PciePolicy policy(uio_link());
  for (const Row& later : kRows) {
    for (const Row& earlier : kRows) {
      EXPECT_TRUE(policy.may_pass(packet_of(policy, later.kind, later.bytes, kUnorderedIo),
                                  packet_of(policy, earlier.kind, earlier.bytes, kUnorderedIo)));
      // Ordinary traffic on VC0 is a flow of its own.
      EXPECT_TRUE(policy.may_pass(packet_of(policy, later.kind, later.bytes, kUnorderedIo),
                                  packet_of(policy, earlier.kind, earlier.bytes, 0)));
    }
  }
}

TEST(Uio, OrdinaryTrafficOfTheSameLinkKeepsItsOrder) {
  const PciePolicy policy(uio_link());
  const Packet write = packet_of(policy, PacketKind::write, 64, 0);
  EXPECT_FALSE(policy.may_pass(write, write));
  EXPECT_FALSE(policy.may_pass(packet_of(policy, PacketKind::read, 64, 0), write));
  // Without the channel such packets are ordinary ones; refuses() keeps them off.
  const PciePolicy without;
  const Packet unordered = packet_of(without, PacketKind::write, 64, kUnorderedIo);
  EXPECT_FALSE(without.may_pass(unordered, unordered));
}

TEST(Uio, EveryRequestIsAnswered) {
  const PciePolicy policy(uio_link());
  EXPECT_TRUE(policy.completes(packet_of(policy, PacketKind::write, 64, kUnorderedIo)));
  EXPECT_TRUE(policy.completes(packet_of(policy, PacketKind::read, 64, kUnorderedIo)));
  EXPECT_FALSE(policy.completes(packet_of(policy, PacketKind::write, 64, 0)));
}

TEST(Uio, ItsChannelHasCreditsOfAllThreeClassesAndStarvesNobody) {
  const PcieLinkConfig config = uio_link();
  const PciePolicy policy(config);
  CreditLedger ledger(policy.receiver_credits());
  const Packet write = packet_of(policy, PacketKind::write, 256, kUnorderedIo);
  const CreditAmount all = ledger.initial(write.vc, TrafficClass::posted);
  EXPECT_EQ(all.header, config.posted_header_credits / config.virtual_channels);
  ledger.consume(write.vc, write.traffic_class, all, 0);
  EXPECT_EQ(ledger.available_at(write.vc, write.traffic_class, policy.demand(write), 0), kNever);
  for (const TrafficClass other : {TrafficClass::non_posted, TrafficClass::completion}) {
    EXPECT_EQ(ledger.available_at(write.vc, other, {1, 1}, 0), 0u);
  }
  EXPECT_EQ(ledger.available_at(VcId(0), TrafficClass::posted, policy.demand(write), 0), 0u);
}

TEST(UioConfig, NeedsFlitsAndItsChannel) {
  EXPECT_THAT(problems(uio_link(3)), IsEmpty());
  EXPECT_THAT(problems(uio_link(4)), IsEmpty());
  PcieLinkConfig config = uio_link();
  config.generation = 5;
  EXPECT_THAT(problems(config),
              ElementsAre(AllOf(HasSubstr("uio_vc is 3 without flit mode"), HasSubstr("set"))));
  config.flit_mode = FlitMode::on;
  EXPECT_THAT(problems(config), IsEmpty()) << "flit mode exists at every speed";
  config = uio_link();
  config.virtual_channels = 3;
  EXPECT_THAT(problems(config),
              ElementsAre("uio_vc is 3, but virtual_channels is 3; it must be above uio_vc"));
  config = uio_link();
  config.uio_vc = 1;
  EXPECT_THAT(problems(config), ElementsAre("uio_vc is 1; it must be 0, 3 or 4"));
}

TEST(UioConfig, ALinkWithoutTheChannelRefusesByName) {
  RequestShape write;
  write.bytes = 64;
  write.flags = kUnorderedIo;
  const Refusal refusal = PciePolicy().refuses(write);
  EXPECT_EQ(refusal.why, Refusal::Why::command);
  EXPECT_STREQ(refusal.text,
               "PCIe: unordered I/O (UIO) needs a virtual channel of its own, which this link "
               "lacks (uio_vc)");
  EXPECT_FALSE(PciePolicy(uio_link()).refuses(write));
}

TEST(UioConfig, AtomicsAndMessagesHaveNoUnorderedForm) {
  const PciePolicy policy(uio_link());
  RequestShape request;
  request.bytes = 8;
  request.flags = kUnorderedIo;
  request.kind = PacketKind::atomic;
  EXPECT_STREQ(policy.refuses(request).text,
               "PCIe: unordered I/O (UIO) has reads and writes only, no atomics");
  request.kind = PacketKind::message;
  EXPECT_STREQ(policy.refuses(request).text,
               "PCIe: unordered I/O (UIO) has reads and writes only, no messages");
}

}  // namespace
}  // namespace antares::protocols
