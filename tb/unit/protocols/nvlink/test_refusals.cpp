// SPDX-License-Identifier: Apache-2.0
// What an NVLink-class port refuses, why, and in whose name. The limits are the room's assumptions
// (README) except where the test says otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "antares/protocols/nvlink/nvlink_policy.h"

namespace antares::protocols {
namespace {

using Why = Refusal::Why;

RequestShape shape_of(PacketKind kind, std::uint32_t bytes, std::uint64_t address = 0) {
  RequestShape shape;
  shape.kind = kind;
  shape.bytes = bytes;
  shape.address = address;
  return shape;
}

RequestShape atomic_of(AtomicOp op, std::uint32_t bytes, std::uint64_t address = 0) {
  RequestShape shape = shape_of(PacketKind::atomic, bytes, address);
  shape.atomic = op;
  return shape;
}

void expect_refused(const RequestShape& shape, Why why, const NvlinkLinkConfig& config = {}) {
  const Refusal refusal = NvlinkPolicy(config).refuses(shape);
  EXPECT_EQ(refusal.why, why) << refusal.text;
  if (why == Why::none) return;
  EXPECT_THAT(refusal.text, testing::StartsWith("NVLink: "));
}

TEST(NvlinkRefuses, CommandsWithoutAPublicEncoding) {
  expect_refused(shape_of(PacketKind::message, 0), Why::command);
  expect_refused(shape_of(PacketKind::message, 64), Why::command);
  expect_refused(shape_of(PacketKind::completion, 64), Why::command);
}

TEST(NvlinkRefuses, RequestsForNothing) {
  for (const PacketKind kind : {PacketKind::read, PacketKind::write, PacketKind::atomic})
    expect_refused(shape_of(kind, 0), Why::size);
}

TEST(NvlinkRefuses, NothingOfPlainReadsAndWrites) {
  for (const PacketKind kind : {PacketKind::read, PacketKind::write}) {
    for (const std::uint32_t bytes : {1u, 3u, 128u, 256u, 1u << 20})
      expect_refused(shape_of(kind, bytes, 0x12345), Why::none);
  }
}

TEST(NvlinkRefuses, AtomicsOfOtherSizesOrAlignments) {
  for (std::uint32_t bytes = 0; bytes <= 40; ++bytes) {
    const bool one = bytes == 4 || bytes == 8;
    const bool two = bytes == 8 || bytes == 16;
    expect_refused(atomic_of(AtomicOp::fetch_add, bytes), one ? Why::none : Why::size);
    expect_refused(atomic_of(AtomicOp::swap, bytes), one ? Why::none : Why::size);
    expect_refused(atomic_of(AtomicOp::compare_and_swap, bytes), two ? Why::none : Why::size);
  }
  expect_refused(atomic_of(AtomicOp::fetch_add, 8, 4), Why::address);
  expect_refused(atomic_of(AtomicOp::compare_and_swap, 8, 4), Why::none);
  expect_refused(atomic_of(AtomicOp::compare_and_swap, 16, 4), Why::address);
}

TEST(NvlinkRefuses, AddressesBeyondItsWidth) {
  const std::uint64_t end = std::uint64_t{1} << 52;
  expect_refused(shape_of(PacketKind::read, 256, end - 256), Why::none);
  expect_refused(shape_of(PacketKind::read, 257, end - 256), Why::address);
  expect_refused(shape_of(PacketKind::write, 1, end), Why::address);
  NvlinkLinkConfig lr10;
  lr10.generation = 3;
  lr10.address_bits = 47;  // public: B.3, LR10 remaps bits 46:36
  expect_refused(shape_of(PacketKind::read, 1, std::uint64_t{1} << 47), Why::address, lr10);
  NvlinkLinkConfig wide;
  wide.address_bits = 64;
  expect_refused(shape_of(PacketKind::read, 256, ~std::uint64_t{0} - 255), Why::none, wide);
  expect_refused(shape_of(PacketKind::read, 257, ~std::uint64_t{0} - 255), Why::address, wide);
}

TEST(NvlinkRefuses, ByteEnablesOnAnythingButWrites) {
  RequestShape shape = shape_of(PacketKind::write, 64);
  shape.flags = kByteEnables;
  expect_refused(shape, Why::none);
  shape.kind = PacketKind::read;
  expect_refused(shape, Why::byte_enables);
  shape = atomic_of(AtomicOp::swap, 8);
  shape.flags = kByteEnables;
  expect_refused(shape, Why::byte_enables);
}

}  // namespace
}  // namespace antares::protocols
