// SPDX-License-Identifier: Apache-2.0
// What PCIe cannot say, each with its reason, and at the edges what it can; the prices and classes
// of deferrable writes, atomics and byte enables. Follows facts/pcie6.md 2.1, 2.2, 2.5.
#include <gtest/gtest.h>

#include "antares/protocols/pcie/ordering.h"
#include "antares/protocols/pcie/pcie_policy.h"
#include "antares/protocols/pcie/pcie_refusals.h"

namespace antares::protocols {
namespace {

using Why = Refusal::Why;

RequestShape shape(PacketKind kind, std::uint32_t bytes, std::uint64_t address = 0,
                   std::uint8_t flags = 0) {
  RequestShape request;
  request.kind = kind;
  request.bytes = bytes;
  request.address = address;
  request.flags = flags;
  return request;
}

RequestShape atomic(AtomicOp op, std::uint32_t bytes, std::uint64_t address = 0,
                    std::uint8_t flags = 0) {
  RequestShape request = shape(PacketKind::atomic, bytes, address, flags);
  request.atomic = op;
  return request;
}

TEST(Refusals, AtomicsHaveTheOperandSizesOfTheStandard) {
  const PciePolicy policy;
  for (std::uint32_t bytes = 0; bytes <= 40; ++bytes) {
    SCOPED_TRACE(bytes);
    for (const AtomicOp op : {AtomicOp::fetch_add, AtomicOp::swap}) {
      const Refusal refusal = policy.refuses(atomic(op, bytes));
      EXPECT_EQ(refusal.why, bytes == 4 || bytes == 8 ? Why::none : Why::size);
      if (refusal) {
        EXPECT_STREQ(refusal.text, "PCIe: a FetchAdd or Swap has one operand of 4 or 8 B");
      }
    }
    const Refusal refusal = policy.refuses(atomic(AtomicOp::compare_and_swap, bytes));
    EXPECT_EQ(refusal.why, bytes == 8 || bytes == 16 || bytes == 32 ? Why::none : Why::size);
    if (refusal) {
      EXPECT_STREQ(refusal.text,
                   "PCIe: a CAS has two operands of 4, 8 or 16 B each (8, 16 or 32 B in all)");
    }
  }
}

TEST(Refusals, AtomicsAreNaturallyAlignedAndSoCrossNothing) {
  const PciePolicy policy;
  const RequestShape all[] = {atomic(AtomicOp::fetch_add, 4),
                              atomic(AtomicOp::fetch_add, 8),
                              atomic(AtomicOp::swap, 4),
                              atomic(AtomicOp::swap, 8),
                              atomic(AtomicOp::compare_and_swap, 8),
                              atomic(AtomicOp::compare_and_swap, 16),
                              atomic(AtomicOp::compare_and_swap, 32)};
  for (RequestShape request : all) {
    const std::uint32_t operand = pcie_operand_bytes(request.atomic, request.bytes);
    for (request.address = 4096 - 32; request.address < 4096 + 32; ++request.address) {
      const Refusal refusal = policy.refuses(request);
      if (request.address % operand == 0) {
        EXPECT_FALSE(refusal) << request.address << " " << request.bytes << ": " << refusal.text;
        EXPECT_EQ(request.address / 4096, (request.address + operand - 1) / 4096);
      } else {
        EXPECT_EQ(refusal.why, Why::address) << request.address << " " << request.bytes;
        EXPECT_STREQ(refusal.text,
                     "PCIe: an atomic's address must be a multiple of its operand size");
      }
    }
  }
}

TEST(Refusals, AtomicsHaveNoByteEnables) {
  const Refusal refusal = PciePolicy().refuses(atomic(AtomicOp::swap, 8, 0, kByteEnables));
  EXPECT_EQ(refusal.why, Why::byte_enables);
  EXPECT_STREQ(refusal.text, "PCIe: an atomic has no byte enables; it acts on whole operands");
}

TEST(Refusals, DeferrableWritesAreOnePacketOf128Bytes) {
  const PciePolicy policy;
  const auto refusal = [&policy](std::uint32_t bytes, std::uint64_t address) {
    return policy.refuses(shape(PacketKind::write, bytes, address, kWantsAnswer));
  };
  EXPECT_FALSE(refusal(1, 3));
  EXPECT_FALSE(refusal(64, 0));
  EXPECT_FALSE(refusal(128, 4096 - 128));
  EXPECT_EQ(refusal(129, 0).why, Why::size);
  EXPECT_EQ(refusal(128, 2).why, Why::size) << "33 double words";
  EXPECT_STREQ(refusal(256, 0).text,
               "PCIe: a deferrable write (DMWr) is one packet of at most 32 double words (128 B)");
  EXPECT_EQ(refusal(128, 4096 - 64).why, Why::address);
  EXPECT_STREQ(refusal(128, 4096 - 64).text,
               "PCIe: a deferrable write (DMWr) is one packet and may not cross a 4 KiB boundary");
}

TEST(Refusals, WhatTheNonPostedPoolCanNeverHoldIsRefusedAndDoesNotHang) {
  PcieLinkConfig config;
  config.non_posted_data_credits = 4;
  const PciePolicy one(config);
  EXPECT_FALSE(one.refuses(shape(PacketKind::write, 64, 0, kWantsAnswer)));
  EXPECT_EQ(one.refuses(shape(PacketKind::write, 68, 0, kWantsAnswer)).why, Why::size);
  config.non_posted_data_credits = 8;
  config.virtual_channels = 2;
  const PciePolicy two(config);
  EXPECT_FALSE(two.refuses(shape(PacketKind::write, 64, 0, kWantsAnswer)));
  EXPECT_EQ(two.refuses(shape(PacketKind::write, 68, 0, kWantsAnswer)).why, Why::size);
  config.non_posted_data_credits = 9;  // the odd one is VC0's; the request may be on VC1
  EXPECT_EQ(PciePolicy(config).refuses(shape(PacketKind::write, 68, 0, kWantsAnswer)).why,
            Why::size);
  config.non_posted_data_credits = 8;
  config.shared_credits = 1;
  EXPECT_FALSE(PciePolicy(config).refuses(shape(PacketKind::write, 128, 0, kWantsAnswer)));
  EXPECT_FALSE(PciePolicy(config).refuses(atomic(AtomicOp::compare_and_swap, 32)));
}

TEST(Refusals, MessagesAreOnePostedPacket) {
  const PciePolicy policy;
  EXPECT_FALSE(policy.refuses(shape(PacketKind::message, 0)));
  EXPECT_FALSE(policy.refuses(shape(PacketKind::message, 256)));
  EXPECT_EQ(policy.refuses(shape(PacketKind::message, 257)).why, Why::size);
  EXPECT_STREQ(policy.refuses(shape(PacketKind::message, 257)).text,
               "PCIe: a message is one packet, of mps_bytes at most");
  EXPECT_STREQ(policy.refuses(shape(PacketKind::message, 8, 0, kWantsAnswer)).text,
               "PCIe: a message is posted and is never answered");
  EXPECT_STREQ(policy.refuses(shape(PacketKind::message, 8, 0, kByteEnables)).text,
               "PCIe: a message has no byte enables");
}

TEST(Refusals, HolesInByteEnablesFitTwoDoubleWordsAtMost) {
  const PciePolicy policy;
  for (const PacketKind kind : {PacketKind::write, PacketKind::read}) {
    for (std::uint64_t address = 0; address < 16; ++address) {
      for (std::uint32_t bytes = 1; bytes <= 12; ++bytes) {
        const bool one_dword = address / 4 == (address + bytes - 1) / 4;
        const bool one_quadword = address / 8 == (address + bytes - 1) / 8;
        RequestShape holes = shape(kind, bytes, address, kByteEnables);
        EXPECT_FALSE(policy.refuses(holes)) << "a contiguous run within the request";
        holes.byte_enable_holes = true;
        const Refusal refusal = policy.refuses(holes);
        EXPECT_EQ(refusal.why, one_dword || one_quadword ? Why::none : Why::byte_enables)
            << bytes << " B at " << address;
      }
    }
  }
  RequestShape large = shape(PacketKind::write, 64, 0, kByteEnables);
  EXPECT_FALSE(policy.refuses(large));
  large.byte_enable_holes = true;
  EXPECT_STREQ(policy.refuses(large).text,
               "PCIe: byte enables with holes fit one double word, or two at a multiple of 8 B; "
               "cut the request at 8 B boundaries");
}

TEST(Refusals, LargeAndMisalignedReadsAndWritesAreSplitAndNotRefused) {
  const PciePolicy policy;
  for (const PacketKind kind : {PacketKind::write, PacketKind::read}) {
    EXPECT_FALSE(policy.refuses(shape(kind, 0, 5)));
    EXPECT_FALSE(policy.refuses(shape(kind, 1 << 20, 4095)));
    EXPECT_FALSE(policy.refuses(shape(kind, 256, ~std::uint64_t{0} - 255)));
    const Refusal beyond = policy.refuses(shape(kind, 256, ~std::uint64_t{0} - 254));
    EXPECT_EQ(beyond.why, Why::address);
    EXPECT_STREQ(beyond.text, "PCIe: the request runs past the end of the 64-bit address space");
  }
  EXPECT_STREQ(policy.refuses(shape(PacketKind::completion, 64)).text,
               "PCIe: a completion is no request");
}

TEST(DeferrableWrites, AreNonPostedWithDataAndAnswered) {
  for (const bool wide : {false, true}) {
    PcieLinkConfig config;
    config.address64 = wide;
    const PciePolicy policy(config);
    Packet packet;
    packet.bytes = 64;
    packet.flags = kWantsAnswer;
    policy.classify(packet);
    EXPECT_EQ(policy.tlp_type(packet), wide ? TlpType::dmwr64 : TlpType::dmwr32);
    EXPECT_EQ(packet.traffic_class, TrafficClass::non_posted);
    EXPECT_EQ(policy.wire_cost(packet).bytes, (wide ? 16u : 12u) + 64u);
    EXPECT_EQ(policy.demand(packet).header, 1u);
    EXPECT_EQ(policy.demand(packet).data, 64u / 16);
    EXPECT_TRUE(policy.completes(packet));
    EXPECT_EQ(ordering_type(packet), OrderingType::non_posted_data);
    packet.kind = PacketKind::completion;  // flags of the request travel back with it
    packet.bytes = 0;
    EXPECT_EQ(policy.tlp_type(packet), TlpType::cpl);
    EXPECT_EQ(ordering_type(packet), OrderingType::completion);
  }
}

TEST(Atomics, TheThreeHaveOneHeaderSoThatAPacketNeedNotTellThemApart) {
  for (const std::uint32_t generation : {5u, 6u}) {
    PcieLinkConfig config;
    config.generation = generation;
    const auto overhead = [&config](TlpType type) { return tlp_overhead_bytes(config, type); };
    for (const TlpType type : {TlpType::swap32, TlpType::cas32}) {
      EXPECT_EQ(overhead(type), overhead(TlpType::fetch_add32));
    }
    for (const TlpType type : {TlpType::swap64, TlpType::cas64}) {
      EXPECT_EQ(overhead(type), overhead(TlpType::fetch_add64));
    }
  }
}

TEST(Atomics, TheRequestCarriesAllOperandsAndTheCompletionOne) {
  const PciePolicy policy;
  struct Row {
    AtomicOp op;
    std::uint32_t operand, operands;
  };
  for (const Row& row :
       {Row{AtomicOp::fetch_add, 4, 1}, Row{AtomicOp::fetch_add, 8, 1}, Row{AtomicOp::swap, 8, 1},
        Row{AtomicOp::compare_and_swap, 4, 2}, Row{AtomicOp::compare_and_swap, 8, 2},
        Row{AtomicOp::compare_and_swap, 16, 2}}) {
    const std::uint32_t bytes = row.operand * row.operands;
    EXPECT_EQ(pcie_operand_bytes(row.op, bytes), row.operand);
    Packet request;
    request.kind = PacketKind::atomic;
    request.bytes = bytes;
    EXPECT_EQ(policy.wire_cost(request).bytes, 16 + bytes);
    EXPECT_EQ(policy.demand(request).data, bytes <= 16 ? 1u : 2u);
    Packet answer;
    answer.kind = PacketKind::completion;
    answer.bytes = row.operand;
    EXPECT_EQ(policy.wire_cost(answer).bytes, 12 + row.operand);
    EXPECT_EQ(policy.demand(answer).data, 1u);
  }
}

TEST(ByteEnables, CostADoubleWordOfOhcATlpInFlitModeOnly) {
  PcieLinkConfig config;
  Packet packet;
  packet.bytes = 8;
  packet.flags = kByteEnables;
  EXPECT_EQ(PciePolicy(config).wire_cost(packet).bytes, 16u + 8u + 4u);
  packet.address_low = 1;
  packet.bytes = 2;
  EXPECT_EQ(PciePolicy(config).wire_cost(packet).bytes, 16u + 4u + 4u) << "once, not twice";
  packet.bytes = 1024;
  packet.address_low = 0;
  EXPECT_EQ(PciePolicy(config).wire_cost(packet).bytes, 4 * (16u + 256u + 4u))
      << "each TLP, so that it does not matter how trains are cut";
  packet.bytes = 2;
  config.request_ohc_dwords = 1;
  EXPECT_EQ(PciePolicy(config).wire_cost(packet).bytes, 20u + 4u) << "there already";
  config.request_ohc_dwords = 0;
  config.generation = 5;
  EXPECT_EQ(PciePolicy(config).wire_cost(packet).bytes, 24u + 4u) << "part of the header";
  packet = {};
  packet.kind = PacketKind::completion;
  packet.flags = kByteEnables;
  EXPECT_EQ(PciePolicy().wire_cost(packet).bytes, 15u) << "12 B, 16 to a flit of 236 B";
}

}  // namespace
}  // namespace antares::protocols
