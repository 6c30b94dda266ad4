// SPDX-License-Identifier: Apache-2.0
// Ordering after facts/ualink_nvlink.md A.2 and A.3, in both modes.
#include <gtest/gtest.h>

#include <bitset>

#include "antares/protocols/common/random_stream.h"
#include "antares/protocols/ualink/region_order.h"
#include "antares/protocols/ualink/ualink_policy.h"
#include "tb/unit/protocols/ualink/piece_oracle.h"

namespace antares::protocols {
namespace {

constexpr PacketKind kRequests[] = {PacketKind::read, PacketKind::write, PacketKind::atomic};

Packet at(PacketKind kind, std::uint32_t address, std::uint32_t bytes = 64) {
  return ualink_packet(kind, bytes, address);
}

TEST(UalinkOrder, RequestsKeepTheirOrderInside256Bytes) {
  for (const PacketKind later : kRequests) {
    for (const PacketKind earlier : kRequests) {
      EXPECT_FALSE(ualink_may_pass(at(later, 0x140), at(earlier, 0x1C0), false));
      EXPECT_TRUE(ualink_may_pass(at(later, 0x140), at(earlier, 0x200), false));
      EXPECT_FALSE(ualink_may_pass(at(later, 0x1C0, 128), at(earlier, 0x200), false))
          << "reaches into the next region";
      EXPECT_FALSE(ualink_may_pass(at(later, 0x140), at(earlier, 0x200), true)) << "strict";
    }
  }
  // More than the rule asks: only 12 address bits are known, and trains may cover a page.
  EXPECT_FALSE(ualink_may_pass(at(PacketKind::write, 0x1000), at(PacketKind::write, 0), false));
  EXPECT_FALSE(
      ualink_may_pass(at(PacketKind::write, 0x800), at(PacketKind::write, 0, 8192), false));
}

TEST(UalinkOrder, RegionsTouchedAreThoseOfEachByte) {
  RandomStream random(3, "ualink.regions");
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t address = static_cast<std::uint32_t>(random.uniform_below(4096));
    const std::uint32_t bytes = 1 + static_cast<std::uint32_t>(random.uniform_below(6000));
    std::bitset<16> touched;
    for (std::uint32_t byte = 0; byte < bytes; ++byte) touched.set((address + byte) / 256 % 16);
    EXPECT_EQ(regions_touched(at(PacketKind::write, address, bytes)), touched.to_ulong())
        << bytes << " B at " << address;
  }
}

TEST(UalinkOrder, OtherPairsAndChannelsAreFree) {
  for (const bool strict : {false, true}) {
    const Packet earlier = at(PacketKind::write, 0);
    Packet later = at(PacketKind::write, 0);
    EXPECT_FALSE(ualink_may_pass(later, earlier, strict));
    later.source = EndpointId(1);
    EXPECT_TRUE(ualink_may_pass(later, earlier, strict));
    later = earlier;
    later.destination = EndpointId(1);
    EXPECT_TRUE(ualink_may_pass(later, earlier, strict));
    later = earlier;
    later.vc = VcId(1);
    EXPECT_TRUE(ualink_may_pass(later, earlier, strict));
  }
}

TEST(UalinkOrder, ResponsesAndRequestsNeverBlockEachOther) {
  for (const bool strict : {false, true}) {
    for (const PacketKind request : kRequests) {
      for (const std::uint32_t bytes : {0u, 64u}) {
        const Packet response = at(PacketKind::completion, 0, bytes);
        EXPECT_TRUE(ualink_may_pass(response, at(request, 0), strict));
        EXPECT_TRUE(ualink_may_pass(at(request, 0), response, strict));
      }
    }
  }
}

TEST(UalinkOrder, ResponsesAreOrderedInStrictModeWithinTheirSort) {
  const Packet read = at(PacketKind::completion, 0, 64);
  const Packet write = at(PacketKind::completion, 0, 0);
  Packet writes = at(PacketKind::completion, 0, 512);
  writes.flags = kWantsAnswer;
  EXPECT_FALSE(is_write_response(read));
  EXPECT_TRUE(is_write_response(write));
  EXPECT_TRUE(is_write_response(writes));
  for (const Packet& later : {read, write, writes}) {
    for (const Packet& earlier : {read, write, writes}) {
      EXPECT_TRUE(ualink_may_pass(later, earlier, false));
      EXPECT_EQ(ualink_may_pass(later, earlier, true),
                is_write_response(later) != is_write_response(earlier));
    }
  }
}

TEST(UalinkOrder, TrainsOfOneTransactionNeverOvertakeEachOther) {
  int transaction = 0;
  Packet later = at(PacketKind::completion, 4096 - 256, 256);
  Packet earlier = at(PacketKind::completion, 0, 256);
  later.owner = earlier.owner = &transaction;
  EXPECT_FALSE(ualink_may_pass(later, earlier, false));
  later.kind = earlier.kind = PacketKind::write;
  EXPECT_FALSE(ualink_may_pass(later, earlier, false));
}

TEST(UalinkOrder, MessagesKeepTheirPlace) {
  EXPECT_FALSE(ualink_may_pass(at(PacketKind::message, 0), at(PacketKind::read, 0x400), false));
  EXPECT_FALSE(ualink_may_pass(at(PacketKind::read, 0x400), at(PacketKind::message, 0), false));
}

TEST(UalinkOrder, ThePolicyFollowsItsConfiguration) {
  UalinkLinkConfig config;
  EXPECT_TRUE(UalinkPolicy(config).may_pass(at(PacketKind::read, 0), at(PacketKind::read, 256)));
  config.strict_ordering = true;
  EXPECT_FALSE(UalinkPolicy(config).may_pass(at(PacketKind::read, 0), at(PacketKind::read, 256)));
}

}  // namespace
}  // namespace antares::protocols
