// SPDX-License-Identifier: Apache-2.0
// What the policy answers beside sizes: classes, virtual channels, order, credits, answers, widths,
// delay. Tolerance 0: all expectations are counts or follow from the configuration.
#include <gtest/gtest.h>

#include "antares/protocols/common/credit_ledger.h"
#include "antares/protocols/nvlink/nvlink_policy.h"

namespace antares::protocols {
namespace {

constexpr std::uint32_t kCredits = 128;  ///< of a channel and link of 25 GB/s, by default

Packet packet_of(PacketKind kind, std::uint32_t bytes, std::uint8_t flags = 0) {
  Packet packet;
  packet.kind = kind;
  packet.bytes = bytes;
  packet.flags = flags;
  return packet;
}

template <class Change>
NvlinkPolicy policy_with(Change change) {
  NvlinkLinkConfig config;
  change(config);
  return NvlinkPolicy(config);
}

TEST(NvlinkChannels, RequestsAreOneClassResponsesAnother) {
  const NvlinkPolicy policy;
  for (const PacketKind kind : {PacketKind::read, PacketKind::write, PacketKind::atomic}) {
    Packet packet = packet_of(kind, 8);
    policy.classify(packet);
    EXPECT_EQ(packet.traffic_class, TrafficClass::posted);
  }
  Packet response = packet_of(PacketKind::completion, 8);
  policy.classify(response);
  EXPECT_EQ(response.traffic_class, TrafficClass::completion);
}

TEST(NvlinkChannels, ASetThatTheLinkLacksIsSetZero) {
  Packet packet = packet_of(PacketKind::write, 8);
  packet.vc = VcId(1);
  NvlinkPolicy().classify(packet);
  EXPECT_EQ(packet.vc, VcId(1));
  policy_with([](auto& c) { c.vc_sets = 1; }).classify(packet);
  EXPECT_EQ(packet.vc, VcId(0));
}

TEST(NvlinkOrder, AChannelIsAQueueAndResponsesPassRequests) {
  const NvlinkPolicy policy;
  const auto kinds = {PacketKind::read, PacketKind::write, PacketKind::atomic,
                      PacketKind::completion};
  for (const PacketKind a : kinds) {
    for (const PacketKind b : kinds) {
      Packet later = packet_of(a, 8);
      Packet earlier = packet_of(b, 8);
      policy.classify(later);
      policy.classify(earlier);
      const bool same = (a == PacketKind::completion) == (b == PacketKind::completion);
      EXPECT_EQ(policy.may_pass(later, earlier), !same);
      later.vc = VcId(1);
      EXPECT_TRUE(policy.may_pass(later, earlier)) << "sets are not ordered against each other";
    }
  }
}

TEST(NvlinkCredits, AreOnePacketEachInEveryChannelOfEveryLink) {
  const NvlinkPolicy policy = policy_with([](auto& c) { c.links = 18; });
  const CreditLedger ledger(policy.receiver_credits());
  for (const std::uint8_t set : {std::uint8_t{0}, std::uint8_t{1}}) {
    for (const TrafficClass each : {TrafficClass::posted, TrafficClass::completion})
      EXPECT_EQ(ledger.initial(VcId(set), each).header, 18 * kCredits);
    EXPECT_EQ(ledger.initial(VcId(set), TrafficClass::non_posted).header, 0u) << "not a class here";
  }
  EXPECT_EQ(policy.tags(), 18 * 1024u);
  // A small packet takes as much as a large one.
  EXPECT_EQ(policy.demand(packet_of(PacketKind::write, 1)).header, 1u);
  EXPECT_EQ(policy.demand(packet_of(PacketKind::write, 256)).header, 1u);
  EXPECT_EQ(policy.demand(packet_of(PacketKind::read, 1024)).header, 4u);
  EXPECT_EQ(policy.demand(packet_of(PacketKind::completion, 0)).header, 1u);
  EXPECT_TRUE(ledger.can_ever(VcId(0), TrafficClass::posted,
                              policy.demand(packet_of(PacketKind::write, 18 * kCredits * 256))));
  EXPECT_FALSE(
      ledger.can_ever(VcId(0), TrafficClass::posted,
                      policy.demand(packet_of(PacketKind::write, 18 * kCredits * 256 + 1))));
}

TEST(NvlinkCredits, GrowWithTheRateOfTheLinkUnlessTheyAreConfigured) {
  const auto credits = [](std::uint32_t generation, std::uint32_t configured) {
    const NvlinkPolicy policy = policy_with([&](auto& c) {
      c.generation = generation;
      c.credits_per_vc = configured;
    });
    return CreditLedger(policy.receiver_credits()).initial(VcId(0), TrafficClass::posted).header;
  };
  for (const std::uint32_t generation : {3u, 4u, 5u, 6u}) {
    EXPECT_EQ(credits(generation, 0), kCredits * nvlink_generation(generation).link_GBps / 25);
    EXPECT_EQ(credits(generation, 7), 7u);
  }
}

TEST(NvlinkCredits, RequestsThatUseAllOfTheirsLeaveResponsesTheirOwn) {
  const NvlinkPolicy policy;
  CreditLedger ledger(policy.receiver_credits());
  ledger.consume(VcId(0), TrafficClass::posted, {kCredits, 0}, 0);
  EXPECT_EQ(ledger.available_at(VcId(0), TrafficClass::posted, {1, 0}, 0), kNever);
  EXPECT_EQ(ledger.available_at(VcId(0), TrafficClass::completion, {1, 0}, 0), 0u);
  EXPECT_EQ(ledger.available_at(VcId(1), TrafficClass::posted, {1, 0}, 0), 0u);
}

TEST(NvlinkAnswers, WritesArePostedUnlessAcknowledgesCostSomethingOrAreAskedFor) {
  const NvlinkPolicy posted;
  const NvlinkPolicy acknowledged = policy_with([](auto& c) { c.write_ack_bytes = 16; });
  for (const NvlinkPolicy* policy : {&posted, &acknowledged}) {
    EXPECT_TRUE(policy->completes(packet_of(PacketKind::read, 8)));
    EXPECT_TRUE(policy->completes(packet_of(PacketKind::atomic, 8)));
    EXPECT_TRUE(policy->completes(packet_of(PacketKind::write, 8, kWantsAnswer)));
    EXPECT_TRUE(policy->completes(packet_of(PacketKind::write, 8, kUnorderedIo)));
  }
  EXPECT_FALSE(posted.completes(packet_of(PacketKind::write, 8)));
  EXPECT_TRUE(acknowledged.completes(packet_of(PacketKind::write, 8)));
}

TEST(NvlinkAnswers, CostTheConfiguredBytesOrElseAHeaderFlit) {
  const Packet answer = packet_of(PacketKind::completion, 0);
  for (std::uint32_t bytes = 1; bytes <= 16; ++bytes) {
    const WireCost cost =
        policy_with([bytes](auto& c) { c.write_ack_bytes = bytes; }).wire_cost(answer);
    EXPECT_EQ(cost.bytes, bytes);
    EXPECT_EQ(cost.first_bytes, bytes);
    EXPECT_EQ(cost.last_bytes, bytes);
    EXPECT_EQ(cost.link_packets, 1u);
  }
  EXPECT_EQ(NvlinkPolicy().wire_cost(answer).bytes, 16u) << "an answer that was asked for";
}

TEST(NvlinkExtension, IsOnRequestsOnlyAndByItsRule) {
  using Rule = NvlinkAddressExtension;
  for (const Rule rule : {Rule::never, Rule::when_needed, Rule::always}) {
    const NvlinkPolicy policy = policy_with([rule](auto& c) { c.address_extension = rule; });
    for (const std::uint8_t flags : {std::uint8_t{0}, kLongAddress}) {
      const bool extended = rule == Rule::always || (rule == Rule::when_needed && flags != 0);
      const std::uint64_t extra = extended ? 16 : 0;
      const auto bytes = [&](PacketKind kind, std::uint32_t size) {
        return policy.wire_cost(packet_of(kind, size, flags)).bytes;
      };
      EXPECT_EQ(bytes(PacketKind::write, 128), 144 + extra);
      EXPECT_EQ(bytes(PacketKind::read, 128), 16 + extra);
      EXPECT_EQ(bytes(PacketKind::atomic, 8), 32 + extra);
      EXPECT_EQ(bytes(PacketKind::completion, 128), 144u);
      EXPECT_EQ(bytes(PacketKind::completion, 0), 16u);
    }
  }
}

// facts/ualink_nvlink.md B.5, form B: 16 B more for each 128 B that a multicast stores at a member.
TEST(NvlinkMulticast, CopiesCarryTheConfiguredBytesInEachPacket) {
  NvlinkLinkConfig config;
  config.multicast_extra_bytes = 16;
  const NvlinkPolicy policy(config);
  const NvlinkPolicy plain{NvlinkLinkConfig{}};
  EXPECT_TRUE(policy.marks_copies());
  EXPECT_FALSE(plain.marks_copies());
  for (const PacketKind kind : {PacketKind::write, PacketKind::read, PacketKind::completion}) {
    for (const std::uint8_t crossing : {std::uint8_t{0}, kIsCopy}) {
      Packet packet;
      packet.kind = kind;
      packet.bytes = 1024;
      packet.request_bytes = 128;
      packet.crossing = crossing;
      policy.classify(packet);
      const WireCost cost = policy.wire_cost(packet);
      const CreditAmount demand = policy.demand(packet);
      plain.classify(packet);
      const WireCost before = plain.wire_cost(packet);
      const std::uint64_t extra = kind == PacketKind::write && crossing != 0 ? 16 : 0;
      EXPECT_EQ(cost.bytes, before.bytes + extra * before.link_packets);
      EXPECT_EQ(cost.first_bytes, before.first_bytes + extra);
      EXPECT_EQ(cost.last_bytes, before.last_bytes + extra);
      EXPECT_EQ(demand.header, plain.demand(packet).header);  // still one packet of room each
    }
  }
}

TEST(NvlinkEnables, CostAFlitForEach128Bytes) {
  const NvlinkPolicy policy;
  EXPECT_EQ(policy.wire_cost(packet_of(PacketKind::write, 128, kByteEnables)).bytes, 144 + 16u);
  EXPECT_EQ(policy.wire_cost(packet_of(PacketKind::write, 256, kByteEnables)).bytes,
            2 * (144 + 16u));
  EXPECT_EQ(policy.wire_cost(packet_of(PacketKind::write, 100)).bytes, 16 + 16 + 7 * 16u)
      << "100 B end within a flit";
  EXPECT_EQ(policy.wire_cost(packet_of(PacketKind::completion, 100)).bytes, 16 + 7 * 16u);
}

TEST(NvlinkWidths, ArePortsOfFewerLinks) {
  const NvlinkPolicy policy = policy_with([](auto& c) { c.links = 18; });
  EXPECT_EQ(policy.lanes(), 36u);
  const auto half = policy.at_lanes(18);
  ASSERT_NE(half, nullptr);
  EXPECT_EQ(half->lanes(), 18u);
  EXPECT_DOUBLE_EQ(half->rate().usable_GBps(), 207.0);
  EXPECT_EQ(half->receiver_credits().grants[0].dedicated.header, 18 * kCredits) << "buffers stay";
  EXPECT_EQ(policy.at_lanes(17), nullptr) << "half a link";
  EXPECT_EQ(policy.at_lanes(0), nullptr);
  EXPECT_EQ(policy.at_lanes(38), nullptr);
}

TEST(NvlinkDelay, IsACodewordAndItsCorrection) {
  // 5440 bits on a link of 212.5 Gb/s (generation 4), 425 (5), 850 (6).
  EXPECT_EQ(nvlink_codeword_ps(4), 25600u);
  EXPECT_EQ(nvlink_codeword_ps(5), 12800u);
  EXPECT_EQ(nvlink_codeword_ps(6), 6400u);
  EXPECT_EQ(NvlinkPolicy().link_delay_ps(), 25600u + 31000u);
  EXPECT_EQ(policy_with([](auto& c) { c.links = 18; }).link_delay_ps(), 25600u + 31000u)
      << "each link codes for itself";
  EXPECT_EQ(policy_with([](auto& c) { c.fec = NvlinkFec::off; }).link_delay_ps(), 0u);
  EXPECT_EQ(policy_with([](auto& c) { c.generation = 3; }).link_delay_ps(), 0u);
  EXPECT_EQ(policy_with([](auto& c) {
              c.generation = 3;
              c.fec = NvlinkFec::on;
            }).link_delay_ps(),
            25600u + 31000u)
      << "4 lanes of 53.125 Gb/s";
}

TEST(NvlinkLatency, CountsWholeFlits) {
  NvlinkLinkConfig config;
  config.link_derate = 1;  // 40 ps a byte
  const NvlinkPolicy policy(config);
  EXPECT_EQ(policy.rate().collect_ps(1), 640u);
  EXPECT_EQ(policy.rate().collect_ps(17), 2 * 640u);
  EXPECT_EQ(policy.rate().head_collect_ps(144), 640u);
}

// The key by which a description gives a link so many channels to choose from.
TEST(NvlinkPolicy, SaysHowItGetsMoreRequestChannels) {
  EXPECT_EQ(NvlinkPolicy().request_channels_setting(2), "nvlink.vc_sets: 2");
  EXPECT_EQ(NvlinkPolicy().request_channels_setting(3), "");
}

}  // namespace
}  // namespace antares::protocols
