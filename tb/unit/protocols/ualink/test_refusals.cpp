// SPDX-License-Identifier: Apache-2.0
// What the UPLI command set cannot say: each rule from both sides of its edge, and a text that
// names the protocol.
#include <gtest/gtest.h>

#include <string>

#include "antares/protocols/ualink/ualink_policy.h"

namespace antares::protocols {
namespace {

using Why = Refusal::Why;

Refusal refusal(PacketKind kind, std::uint32_t bytes, std::uint64_t address = 0,
                std::uint8_t flags = 0, AtomicOp atomic = AtomicOp::fetch_add) {
  return UalinkPolicy().refuses({kind, atomic, flags, bytes, address});
}

void expect_refused(const Refusal& refused, Why why, const char* words) {
  EXPECT_EQ(refused.why, why);
  EXPECT_TRUE(refused);
  EXPECT_EQ(std::string(refused.text).find("UALink: "), 0u) << refused.text;
  EXPECT_NE(std::string(refused.text).find(words), std::string::npos) << refused.text;
}

TEST(UalinkRefusals, OrdinaryReadsAndWritesOfAnySizeAndPlace) {
  for (const PacketKind kind : {PacketKind::read, PacketKind::write}) {
    for (const std::uint32_t bytes : {1u, 4u, 64u, 100u, 256u, 257u, 1u << 20}) {
      for (const std::uint64_t address : {0ull, 1ull, 63ull, 1ull << 56}) {
        EXPECT_FALSE(refusal(kind, bytes, address)) << bytes << " at " << address;
      }
    }
  }
  EXPECT_FALSE(refusal(PacketKind::write, 256, 0, kByteEnables));
}

TEST(UalinkRefusals, AddressesOf57Bits) {
  const std::uint64_t end = std::uint64_t{1} << 57;
  EXPECT_FALSE(refusal(PacketKind::write, 256, end - 256));
  for (const PacketKind kind : {PacketKind::read, PacketKind::write, PacketKind::atomic}) {
    expect_refused(refusal(kind, 8, end), Why::address, "57 bits");
    expect_refused(refusal(kind, 8, end - 4), Why::address, "57 bits");
    expect_refused(refusal(kind, 8, ~std::uint64_t{0}), Why::address, "57 bits");
  }
}

TEST(UalinkRefusals, NothingToMove) {
  for (const PacketKind kind : {PacketKind::read, PacketKind::write, PacketKind::atomic}) {
    expect_refused(refusal(kind, 0), Why::size, "4 B at least");
  }
}

TEST(UalinkRefusals, AtomicsOfOneOperand) {
  for (const AtomicOp op : {AtomicOp::fetch_add, AtomicOp::swap}) {
    EXPECT_FALSE(refusal(PacketKind::atomic, 4, 60, 0, op));
    EXPECT_FALSE(refusal(PacketKind::atomic, 8, 56, 0, op));
    for (const std::uint32_t bytes : {1u, 2u, 6u, 16u, 64u}) {
      expect_refused(refusal(PacketKind::atomic, bytes, 0, 0, op), Why::size, "one-operand");
    }
    expect_refused(refusal(PacketKind::atomic, 4, 62, 0, op), Why::address, "inside 64 B");
    expect_refused(refusal(PacketKind::atomic, 8, 60, 0, op), Why::address, "inside 64 B");
  }
}

TEST(UalinkRefusals, AtomicsOfTwoOperands) {
  const AtomicOp cas = AtomicOp::compare_and_swap;
  EXPECT_FALSE(refusal(PacketKind::atomic, 8, 28, 0, cas)) << "2 x 4 B";
  EXPECT_FALSE(refusal(PacketKind::atomic, 16, 24, 0, cas)) << "2 x 8 B";
  for (const std::uint32_t bytes : {4u, 9u, 12u, 17u, 32u}) {
    expect_refused(refusal(PacketKind::atomic, bytes, 0, 0, cas), Why::size, "two-operand");
  }
  expect_refused(refusal(PacketKind::atomic, 16, 28, 0, cas), Why::address, "inside 32 B");
}

TEST(UalinkRefusals, ByteEnables) {
  RequestShape read{PacketKind::read, AtomicOp::fetch_add, kByteEnables, 64, 0, false};
  EXPECT_FALSE(UalinkPolicy().refuses(read)) << "its ends alone are masked";
  read.byte_enable_holes = true;
  expect_refused(UalinkPolicy().refuses(read), Why::byte_enables, "Attr");
  RequestShape write = read;
  write.kind = PacketKind::write;
  EXPECT_FALSE(UalinkPolicy().refuses(write)) << "64 enables a beat travel with the data";
  expect_refused(refusal(PacketKind::atomic, 8, 0, kByteEnables), Why::byte_enables, "operands");
}

TEST(UalinkRefusals, MessagesOfOneBeatAndNothingThatIsNoRequest) {
  for (const std::uint32_t bytes : {0u, 4u, 64u}) {
    EXPECT_FALSE(refusal(PacketKind::message, bytes)) << bytes;
  }
  expect_refused(refusal(PacketKind::message, 65), Why::size, "one data beat");
  expect_refused(refusal(PacketKind::completion, 64), Why::command, "completion");
}

}  // namespace
}  // namespace antares::protocols
