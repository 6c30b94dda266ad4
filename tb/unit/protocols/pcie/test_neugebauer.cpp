// SPDX-License-Identifier: Apache-2.0
// Table 7.2 of facts/pcie6.md: the bandwidth model of Neugebauer et al. (SIGCOMM 2018) for links
// without flits. The TLP-layer column is the input, through dllp_share. Streams of writes, of
// reads, and of both are priced by the policy and reserved on one LinkTiming a direction. Tolerance
// 0.001 Gb/s: input and cells are both rounded to 0.0005.
#include <gtest/gtest.h>

#include "antares/protocols/pcie/pcie_policy.h"

namespace antares::protocols {
namespace {

struct Cell {
  std::uint32_t bytes;
  double write_Gbps, read_Gbps, both_Gbps;
};
struct Link {
  const char* name;
  std::uint32_t generation, lanes, mps_bytes;
  double raw_Gbps, tlp_layer_Gbps;
  std::vector<Cell> cells;
};

const Link kTable72[] = {
    {"Gen3x8",
     3,
     8,
     256,
     63.015,
     57.885,
     {{64, 42.098, 44.103, 33.077},
      {128, 48.745, 50.063, 42.098},
      {256, 52.923, 53.690, 48.745},
      {257, 48.775, 50.089, 45.217},
      {512, 52.923, 53.690, 50.748},
      {1500, 52.815, 53.597, 50.599}}},
    {"Gen3x16",
     3,
     16,
     256,
     126.031,
     113.700,
     {{64, 82.691, 86.629, 64.971}, {256, 103.954, 105.461, 95.747}}},
    {"Gen4x16",
     4,
     16,
     256,
     252.062,
     227.400,
     {{64, 165.382, 173.257, 129.943}, {256, 207.909, 210.922, 191.495}}},
    {"Gen5x16",
     5,
     16,
     256,
     504.123,
     454.800,
     {{64, 330.764, 346.514, 259.886}, {256, 415.817, 421.844, 382.990}}},
    {"Gen5x16Mps512", 5, 16, 512, 504.123, 458.493, {{512, 437.964, 441.257, 419.194}}}};

PciePolicy policy_of(const Link& link) {
  PcieLinkConfig config;
  config.generation = link.generation;
  config.lanes = link.lanes;
  config.mps_bytes = link.mps_bytes;
  config.mrrs_bytes = 512;
  config.dllp_share = 1 - link.tlp_layer_Gbps / link.raw_Gbps;
  config.dword_padding = false;  // the model counts payload bytes, not double words
  return PciePolicy(config);
}

/// Gb/s of each of `transfers` transfers that share the link: the busier direction decides.
double rate_Gbps(const PciePolicy& policy, std::uint32_t bytes, bool writes, bool reads) {
  constexpr int kTransfers = 10000;
  LinkTiming out(policy.rate());
  LinkTiming back(policy.rate());
  const auto send = [&](LinkTiming& timing, PacketKind kind) {
    Packet packet;
    packet.kind = kind;
    packet.bytes = bytes;
    const WireCost cost = policy.wire_cost(packet);
    timing.reserve(0, cost.bytes, cost.last_bytes);
  };
  for (int i = 0; i < kTransfers; ++i) {
    if (writes) send(out, PacketKind::write);
    if (reads) send(out, PacketKind::read);
    if (reads) send(back, PacketKind::completion);
  }
  const Picoseconds longest = std::max(out.free_ps(), back.free_ps());
  return 8000.0 * bytes * kTransfers / static_cast<double>(longest);
}

class Neugebauer : public testing::TestWithParam<Link> {};

TEST_P(Neugebauer, EveryCellOfTable72WithinItsRounding) {
  const Link& link = GetParam();
  const PciePolicy policy = policy_of(link);
  EXPECT_NEAR(policy.rate().raw_GBps * 8, link.raw_Gbps, 0.001);
  EXPECT_NEAR(policy.rate().usable_GBps() * 8, link.tlp_layer_Gbps, 0.001);
  for (const Cell& cell : link.cells) {
    SCOPED_TRACE(testing::Message() << cell.bytes << " B");
    EXPECT_NEAR(rate_Gbps(policy, cell.bytes, true, false), cell.write_Gbps, 0.001);
    EXPECT_NEAR(rate_Gbps(policy, cell.bytes, false, true), cell.read_Gbps, 0.001);
    EXPECT_NEAR(rate_Gbps(policy, cell.bytes, true, true), cell.both_Gbps, 0.001);
    // The closed form for reports: writes and reads on their own.
    const double raw = policy.rate().raw_GBps * 8;
    EXPECT_NEAR(policy.efficiency(PacketKind::write, cell.bytes) * raw, cell.write_Gbps, 0.001);
    EXPECT_NEAR(policy.efficiency(PacketKind::read, cell.bytes) * raw, cell.read_Gbps, 0.001);
  }
}

INSTANTIATE_TEST_SUITE_P(Links, Neugebauer, testing::ValuesIn(kTable72),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(SawTooth, TheSawToothAtMpsPlusOneIsSteeperWithDoubleWordPadding) {
  PcieLinkConfig config;
  config.generation = 3;
  Packet write;
  write.bytes = 257;
  EXPECT_EQ(PciePolicy(config).wire_cost(write).bytes, 2 * 24u + 260u);
  config.dword_padding = false;
  EXPECT_EQ(PciePolicy(config).wire_cost(write).bytes, 2 * 24u + 257u);
}

}  // namespace
}  // namespace antares::protocols
