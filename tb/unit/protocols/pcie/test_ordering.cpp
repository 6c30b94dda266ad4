// SPDX-License-Identifier: Apache-2.0
// The 16 cells of the ordering table (facts/pcie6.md 3.3) with all attribute variants: what the
// standard fixes (never, must), and what the model takes where the choice is open.
#include <gtest/gtest.h>

#include "antares/protocols/pcie/ordering.h"
#include "antares/protocols/pcie/pcie_policy.h"

namespace antares::protocols {
namespace {

enum class Rule { never, must, open };

struct Variant {
  bool relaxed, id_based, same_id;
};

constexpr OrderingType kTypes[] = {OrderingType::posted, OrderingType::read,
                                   OrderingType::non_posted_data, OrderingType::completion};

/// The standard's table, cell by cell, as the facts have it.
Rule standard(OrderingType later, OrderingType earlier, const Variant& variant) {
  const bool other_id = variant.id_based && !variant.same_id;
  if (earlier == OrderingType::posted) {
    if (later == OrderingType::read) return other_id ? Rule::open : Rule::never;
    return variant.relaxed || other_id ? Rule::open : Rule::never;
  }
  const bool non_posted = earlier == OrderingType::read || earlier == OrderingType::non_posted_data;
  if (later == OrderingType::posted) return non_posted ? Rule::must : Rule::open;
  if (later == OrderingType::completion) return non_posted ? Rule::must : Rule::open;
  return Rule::open;
}

class Ordering : public testing::TestWithParam<int> {
 protected:
  Variant variant() const {
    return {(GetParam() & 1) != 0, (GetParam() & 2) != 0, (GetParam() & 4) != 0};
  }
};

TEST_P(Ordering, NothingTheStandardForbidsAndEverythingItDemands) {
  for (const OrderingType later : kTypes) {
    for (const OrderingType earlier : kTypes) {
      SCOPED_TRACE(testing::Message() << "row " << int(later) << ", column " << int(earlier));
      const auto [relaxed, id_based, same_id] = variant();
      const bool passes = pcie_may_pass(later, earlier, relaxed, id_based, same_id);
      const Rule rule = standard(later, earlier, variant());
      if (rule == Rule::never) {
        EXPECT_FALSE(passes);
      }
      if (rule == Rule::must) {
        EXPECT_TRUE(passes);
      }
    }
  }
}

TEST_P(Ordering, OpenCellsKeepASwitchLive) {
  const auto [relaxed, id_based, same_id] = variant();
  const bool other_id = id_based && !same_id;
  for (const OrderingType later : kTypes) {
    for (const OrderingType earlier : kTypes) {
      if (standard(later, earlier, variant()) != Rule::open) continue;
      SCOPED_TRACE(testing::Message() << "row " << int(later) << ", column " << int(earlier));
      const auto class_of = [](OrderingType type) {
        return type == OrderingType::non_posted_data ? OrderingType::read : type;
      };
      // A blocked class never holds another; within a class, first in first out, but for posted
      // TLPs that their attributes let go.
      const bool expected = class_of(later) != class_of(earlier) ||
                            (later == OrderingType::posted && (relaxed || other_id));
      EXPECT_EQ(pcie_may_pass(later, earlier, relaxed, id_based, same_id), expected);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Attributes, Ordering, testing::Range(0, 8), [](const auto& instance) {
  return std::string(instance.param & 1 ? "Relaxed" : "Strict") +
         (instance.param & 2 ? "IdBased" : "") + (instance.param & 4 ? "SameId" : "OtherId");
});

Packet packet_of(PacketKind kind, std::uint8_t flags, std::uint16_t source) {
  Packet packet;
  packet.kind = kind;
  packet.flags = flags;
  packet.bytes = 64;
  packet.source = EndpointId(source);
  return packet;
}

TEST(OrderingOfPackets, ThePolicyReadsTheAttributesOfTheLaterPacket) {
  const PciePolicy policy;
  const Packet write = packet_of(PacketKind::write, 0, 1);
  const Packet relaxed = packet_of(PacketKind::write, kRelaxedOrdering, 1);
  EXPECT_FALSE(policy.may_pass(write, relaxed));
  EXPECT_TRUE(policy.may_pass(relaxed, write));
  EXPECT_FALSE(policy.may_pass(packet_of(PacketKind::read, kRelaxedOrdering, 1), write));
  EXPECT_FALSE(policy.may_pass(packet_of(PacketKind::read, kIdBasedOrdering, 1), write));
  EXPECT_TRUE(policy.may_pass(packet_of(PacketKind::read, kIdBasedOrdering, 2), write));
  EXPECT_TRUE(policy.may_pass(packet_of(PacketKind::atomic, kRelaxedOrdering, 1), write));
  EXPECT_TRUE(
      policy.may_pass(packet_of(PacketKind::message, 0, 1), packet_of(PacketKind::atomic, 0, 1)));
}

TEST(OrderingOfPackets, VirtualChannelsAreNotOrderedAgainstEachOther) {
  const PciePolicy policy;
  const Packet first = packet_of(PacketKind::write, 0, 1);
  Packet second = packet_of(PacketKind::write, 0, 1);
  EXPECT_FALSE(policy.may_pass(second, first));
  second.vc = VcId(1);
  EXPECT_TRUE(policy.may_pass(second, first));
}

}  // namespace
}  // namespace antares::protocols
