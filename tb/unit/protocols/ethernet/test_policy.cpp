// SPDX-License-Identifier: Apache-2.0
// What the Ethernet policy says about classes, order, credits, answers and requests it cannot
// carry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/protocols/common/credit_ledger.h"
#include "antares/protocols/ethernet/ethernet_policy.h"

namespace antares::protocols {
namespace {

using testing::HasSubstr;

EthernetPolicy policy_of(EthernetFraming framing) {
  EthernetLinkConfig config;
  config.framing = framing;
  return EthernetPolicy(config);
}

RequestShape shape_of(PacketKind kind, std::uint32_t bytes, AtomicOp op = AtomicOp::fetch_add) {
  RequestShape shape;
  shape.kind = kind;
  shape.bytes = bytes;
  shape.atomic = op;
  return shape;
}

TEST(EthernetOrder, ResponsesPassRequestsAndNothingElsePassesInOneVc) {
  EthernetLinkConfig config;
  config.virtual_channels = 4;
  const EthernetPolicy policy(config);
  const PacketKind kinds[] = {PacketKind::write, PacketKind::read, PacketKind::atomic,
                              PacketKind::completion};
  for (const PacketKind later_kind : kinds) {
    for (const PacketKind earlier_kind : kinds) {
      Packet later, earlier;
      later.kind = later_kind;
      earlier.kind = earlier_kind;
      policy.classify(later);
      policy.classify(earlier);
      const bool one_is_response =
          (later_kind == PacketKind::completion) != (earlier_kind == PacketKind::completion);
      EXPECT_EQ(policy.may_pass(later, earlier), one_is_response);
      later.vc = VcId(1);
      EXPECT_TRUE(policy.may_pass(later, earlier)) << "another VC";
    }
  }
}

TEST(EthernetOrder, VirtualChannelsComeInPairs) {
  EthernetLinkConfig config;
  config.virtual_channels = 4;
  const EthernetPolicy policy(config);
  EXPECT_EQ(policy.receiver_credits().virtual_channels, 2u);
  Packet packet;
  packet.vc = VcId(1);
  policy.classify(packet);
  EXPECT_EQ(packet.vc, VcId(1));
  packet.vc = VcId(2);
  policy.classify(packet);
  EXPECT_EQ(packet.vc, VcId(0));
}

TEST(EthernetCredits, ABufferIsSoManyCellsAndAPacketTakesItsOwn) {
  const EthernetPolicy policy;
  CreditLedger ledger(policy.receiver_credits());
  const std::uint32_t cells = 307200 / 128;
  EXPECT_EQ(ledger.initial(VcId(0), TrafficClass::posted).data, cells);
  EXPECT_EQ(ledger.initial(VcId(0), TrafficClass::completion).data, cells);
  Packet write;
  write.bytes = 256;
  policy.classify(write);
  // 10 + 8 + 16 + 256 + 4 + FCS 4 = 298 B: three cells.
  EXPECT_EQ(policy.demand(write).data, 3u);
  // Requests that fill their buffer leave the responses theirs.
  ledger.consume(VcId(0), TrafficClass::posted, {1, cells}, 0);
  EXPECT_EQ(ledger.available_at(VcId(0), TrafficClass::posted, {1, 1}, 0), kNever);
  EXPECT_EQ(ledger.available_at(VcId(0), TrafficClass::completion, {1, 3}, 0), 0u);
}

TEST(EthernetCredits, ATrainOf64KiBIsAtMostAQuarterOfTheBuffer) {
  for (const EthernetFraming framing : {EthernetFraming::roce_v2, EthernetFraming::sue,
                                        EthernetFraming::sue_lite, EthernetFraming::esun}) {
    const EthernetPolicy policy = policy_of(framing);
    Packet packet;
    packet.bytes = 65536;
    EXPECT_LE(policy.demand(packet).data * 4, policy.receiver_credits().grants[0].dedicated.data);
  }
}

TEST(EthernetCredits, HeaderCreditsNeverBind) {
  const EthernetPolicy policy;
  for (const std::uint32_t bytes : {1u, 128u, 4096u, 65536u}) {
    Packet packet;
    packet.bytes = bytes;
    EXPECT_LE(policy.demand(packet).header, policy.demand(packet).data);
  }
}

TEST(EthernetCredits, PauseKeepsItsHeadroom) {
  EthernetLinkConfig config;
  config.flow_control = EthernetFlowControl::pfc;
  const CreditLedgerConfig credits = EthernetPolicy(config).receiver_credits();
  EXPECT_EQ(credits.grants[0].dedicated.data, (307200u - 32768) / 128);
}

TEST(EthernetAnswers, EveryRequestIsAnswered) {
  const EthernetPolicy policy;
  Packet packet;
  for (const PacketKind kind :
       {PacketKind::write, PacketKind::read, PacketKind::atomic, PacketKind::message}) {
    packet.kind = kind;
    EXPECT_TRUE(policy.completes(packet));
  }
  packet.kind = PacketKind::completion;
  EXPECT_FALSE(policy.completes(packet));
}

TEST(EthernetRefusals, RoceAtomicsAreOfEightBytesAndHaveNoSwap) {
  const EthernetPolicy roce = policy_of(EthernetFraming::roce_v2);
  using Why = Refusal::Why;
  EXPECT_FALSE(roce.refuses(shape_of(PacketKind::atomic, 8)));
  EXPECT_FALSE(roce.refuses(shape_of(PacketKind::atomic, 16, AtomicOp::compare_and_swap)));
  EXPECT_EQ(roce.refuses(shape_of(PacketKind::atomic, 4)).why, Why::size);
  EXPECT_EQ(roce.refuses(shape_of(PacketKind::atomic, 8, AtomicOp::compare_and_swap)).why,
            Why::size);
  const Refusal swap = roce.refuses(shape_of(PacketKind::atomic, 8, AtomicOp::swap));
  EXPECT_EQ(swap.why, Why::command);
  EXPECT_THAT(swap.text, HasSubstr("swap"));
  RequestShape crooked = shape_of(PacketKind::atomic, 8);
  crooked.address = 4;
  EXPECT_EQ(roce.refuses(crooked).why, Why::address);
}

TEST(EthernetRefusals, WhatNoFramingSays) {
  using Why = Refusal::Why;
  for (const EthernetFraming framing : {EthernetFraming::roce_v2, EthernetFraming::sue,
                                        EthernetFraming::sue_lite, EthernetFraming::esun}) {
    const EthernetPolicy policy = policy_of(framing);
    RequestShape partial = shape_of(PacketKind::write, 64);
    EXPECT_FALSE(policy.refuses(partial));
    EXPECT_FALSE(policy.refuses(shape_of(PacketKind::read, 1 << 20))) << "cut, not refused";
    partial.flags = kByteEnables;
    EXPECT_FALSE(policy.refuses(partial)) << "one range of bytes";
    partial.byte_enable_holes = true;
    EXPECT_EQ(policy.refuses(partial).why, Why::byte_enables);
    RequestShape atomic = shape_of(PacketKind::atomic, 8);
    atomic.flags = kByteEnables;
    EXPECT_EQ(policy.refuses(atomic).why, Why::byte_enables);
    EXPECT_EQ(policy.refuses(shape_of(PacketKind::completion, 64)).why, Why::command);
  }
}

TEST(EthernetRefusals, SueHasTransactionsOnly) {
  const EthernetPolicy sue;
  using Why = Refusal::Why;
  EXPECT_EQ(sue.refuses(shape_of(PacketKind::message, 16)).why, Why::command);
  EXPECT_EQ(sue.refuses(shape_of(PacketKind::write, 0)).why, Why::size);
  EXPECT_EQ(sue.refuses(shape_of(PacketKind::read, 0)).why, Why::size);
  EXPECT_FALSE(sue.refuses(shape_of(PacketKind::atomic, 8, AtomicOp::swap)))
      << "commands are the accelerator's own";
  EXPECT_EQ(sue.refuses(shape_of(PacketKind::atomic, 257)).why, Why::size);
  const EthernetPolicy roce = policy_of(EthernetFraming::roce_v2);
  EXPECT_FALSE(roce.refuses(shape_of(PacketKind::message, 16))) << "a SEND";
  EXPECT_FALSE(roce.refuses(shape_of(PacketKind::write, 0))) << "an RDMA write of length 0";
}

TEST(EthernetPolicy, TrainsAreCutToWholePackets) {
  // A PDU of 4096 B holds 15 transactions of 256 B with their commands of 16 B.
  EXPECT_EQ(EthernetPolicy().max_link_payload_bytes(PacketKind::write), 15u * 256);
  EXPECT_EQ(policy_of(EthernetFraming::sue_lite).max_link_payload_bytes(PacketKind::write),
            3u * 256);
  const EthernetPolicy roce = policy_of(EthernetFraming::roce_v2);
  EXPECT_EQ(roce.max_link_payload_bytes(PacketKind::write), 4096u);
  Packet whole;
  whole.bytes = 100'000;
  EXPECT_EQ(EthernetPolicy().train_bytes(whole, 0, 65536), 65536u / 3840 * 3840);
  EXPECT_EQ(roce.train_bytes(whole, 98'304, 65536), 100'000u - 98'304);
}

TEST(EthernetPolicy, AMessageLargerThanATrainIsCutToWholePackets) {
  EthernetLinkConfig config;
  config.framing = EthernetFraming::roce_v2;
  config.message_bytes = 65536;
  const EthernetPolicy policy(config);
  Packet whole;
  whole.bytes = 1 << 20;
  EXPECT_EQ(policy.train_bytes(whole, 0, 65536 + 5000), 65536u) << "whole messages";
  EXPECT_EQ(policy.train_bytes(whole, 0, 10'000), 8192u) << "whole packets";
  EXPECT_EQ(policy.train_bytes(whole, 0, 1), 4096u) << "one packet at least";
  whole.kind = PacketKind::read;
  EXPECT_EQ(policy.train_bytes(whole, 0, 10'000), 65536u) << "a request is not cut";
}

// The key by which a description gives a link so many channels to choose from: one in two is for
// requests; SUE has four in all, ESUN up to 32.
TEST(EthernetPolicy, SaysHowItGetsMoreRequestChannels) {
  EthernetLinkConfig config;
  EXPECT_EQ(EthernetPolicy(config).request_channels_setting(2), "ethernet.virtual_channels: 4");
  EXPECT_EQ(EthernetPolicy(config).request_channels_setting(3), "");
  config.framing = EthernetFraming::esun;
  EXPECT_EQ(EthernetPolicy(config).request_channels_setting(3), "ethernet.virtual_channels: 6");
  EXPECT_EQ(EthernetPolicy(config).request_channels_setting(17), "");
}

}  // namespace
}  // namespace antares::protocols
