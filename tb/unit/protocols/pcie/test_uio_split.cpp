// SPDX-License-Identifier: Apache-2.0
// How unordered I/O is cut: at 256 B, answered in multiples of 64 B, and at 4 KiB where its 256 B
// rule is lifted (facts/pcie6.md 2.6). Closed forms against the slow splitter. Tolerance 0.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>

#include "antares/protocols/pcie/pcie_policy.h"
#include "tb/unit/protocols/pcie/split_oracle.h"

namespace antares::protocols {
namespace {

class Random {
 public:
  std::uint32_t pick(std::uint32_t low, std::uint32_t high) {
    return boost::random::uniform_int_distribution<std::uint32_t>(low, high)(engine_);
  }

 private:
  boost::random::mt19937 engine_{11};
};

struct Trial {
  PcieLinkConfig config;
  Packet packet;
  CompletionLimits limits;
  std::uint32_t limit_bytes;
  std::uint32_t boundary_bytes;

  explicit Trial(Random& random) {
    config.uio_vc = 3;
    config.virtual_channels = 4;
    config.mps_bytes = 128u << random.pick(0, 5);
    config.mrrs_bytes = 128u << random.pick(0, 5);
    config.rcb_bytes = 64u << random.pick(0, 1);
    config.uio_256b_rule = random.pick(0, 3) != 0;
    packet.kind = static_cast<PacketKind>(random.pick(0, 2));
    packet.bytes = std::max(4u, (1u << random.pick(0, 15)) + random.pick(0, 8)) - 3;
    packet.address_low = static_cast<std::uint16_t>(random.pick(0, 4095));
    packet.request_bytes =
        static_cast<std::uint16_t>(random.pick(0, 1) * (32u << random.pick(0, 4)));
    packet.flags = kUnorderedIo;
    const std::uint32_t own = packet.request_bytes == 0 ? ~0u : packet.request_bytes;
    limits = {std::min(config.mps_bytes, own), std::min(config.mrrs_bytes, own), 64};
    limit_bytes = packet.kind == PacketKind::read ? limits.read_bytes : limits.payload_bytes;
    boundary_bytes = config.uio_256b_rule ? 256 : 4096;
  }
  std::vector<oracle::Tlp> slow(std::uint64_t offset, std::uint64_t bytes) const {
    const std::uint64_t at = packet.address_low + offset;
    return packet.kind == PacketKind::completion
               ? oracle::split_completion(at, bytes, limits, boundary_bytes)
               : oracle::split_request(at, bytes, limit_bytes, boundary_bytes);
  }
};

testing::Message describe(const Trial& trial) {
  return testing::Message() << "kind " << int(trial.packet.kind) << ", " << trial.packet.bytes
                            << " B at " << trial.packet.address_low << ", MPS "
                            << trial.config.mps_bytes << ", MRRS " << trial.config.mrrs_bytes
                            << ", request_bytes " << trial.packet.request_bytes << ", boundary "
                            << trial.boundary_bytes;
}

TEST(UioSplit, CostAndDemandAgreeWithTheSlowSplitter) {
  Random random;
  for (int i = 0; i < 5000; ++i) {
    Trial trial(random);
    SCOPED_TRACE(describe(trial));
    const PciePolicy policy(trial.config);
    policy.classify(trial.packet);
    const auto tlps = trial.slow(0, trial.packet.bytes);
    const TlpTypeRow& row = tlp_row(policy.tlp_type(trial.packet));
    std::uint64_t bytes = 0;
    for (const oracle::Tlp& tlp : tlps) {
      const bool completion = trial.packet.kind == PacketKind::completion;
      const bool ohc = completion ? tlp.from % 4 != 0 : tlp.partial();
      bytes += row.base_dwords * 4 + (ohc ? 4 : 0) + (row.has_data ? tlp.dwords() * 4 : 0);
    }
    ASSERT_EQ(policy.wire_cost(trial.packet).link_packets, tlps.size());
    ASSERT_EQ(policy.wire_cost(trial.packet).bytes, bytes);
    ASSERT_EQ(policy.demand(trial.packet).header, tlps.size());
    ASSERT_EQ(policy.demand(trial.packet).data, row.has_data ? oracle::data_credits(tlps) : 0);
  }
}

TEST(UioSplit, TrainsOfAnySizeMakeTheSameTlps) {
  Random random;
  for (int i = 0; i < 2000; ++i) {
    Trial trial(random);
    const std::uint32_t limit = 32u << random.pick(0, 8);
    SCOPED_TRACE(describe(trial) << ", trains of " << limit);
    const PciePolicy policy(trial.config);
    policy.classify(trial.packet);
    const auto whole = trial.slow(0, trial.packet.bytes);
    std::vector<oracle::Tlp> cut;
    for (std::uint32_t offset = 0; offset < trial.packet.bytes;) {
      const std::uint32_t next = policy.train_bytes(trial.packet, offset, limit);
      ASSERT_GT(next, 0u);
      const auto tlps = trial.slow(offset, next);
      ASSERT_TRUE(next <= limit || tlps.size() == 1) << next;
      cut.insert(cut.end(), tlps.begin(), tlps.end());
      offset += next;
    }
    ASSERT_TRUE(
        std::equal(whole.begin(), whole.end(), cut.begin(), cut.end(),
                   [](const auto& a, const auto& b) { return a.from == b.from && a.to == b.to; }))
        << whole.size() << " and " << cut.size() << " TLPs";
  }
}

TEST(UioSplit, WorkedExamples) {
  PcieLinkConfig config;
  config.uio_vc = 3;
  config.virtual_channels = 4;
  config.mps_bytes = 512;
  const auto packets = [&config](PacketKind kind, std::uint16_t address_low, std::uint32_t bytes) {
    const PciePolicy policy(config);
    Packet packet;
    packet.kind = kind;
    packet.bytes = bytes;
    packet.address_low = address_low;
    packet.flags = kUnorderedIo;
    policy.classify(packet);
    return policy.wire_cost(packet).link_packets;
  };
  EXPECT_EQ(packets(PacketKind::write, 0, 512), 2u) << "one for each 256 B, although MPS is 512";
  EXPECT_EQ(packets(PacketKind::write, 0xc0, 128), 2u) << "64 B on either side of 100h";
  EXPECT_EQ(packets(PacketKind::read, 0, 512), 2u);
  EXPECT_EQ(packets(PacketKind::completion, 0, 512), 2u) << "each read is answered for itself";
  EXPECT_EQ(packets(PacketKind::completion, 0x40, 192), 1u) << "40h is a multiple of 64 B";
  config.uio_256b_rule = false;
  EXPECT_EQ(packets(PacketKind::write, 0, 512), 1u);
  EXPECT_EQ(packets(PacketKind::write, 4096 - 64, 128), 2u) << "4 KiB holds all the same";
}

}  // namespace
}  // namespace antares::protocols
