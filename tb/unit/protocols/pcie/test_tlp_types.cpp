// SPDX-License-Identifier: Apache-2.0
// Sizes and codes of TLP types against facts/pcie6.md 1.5, 2.1, 2.2. Tolerance 0.
#include <gtest/gtest.h>

#include <set>

#include "antares/protocols/pcie/pcie_link_config.h"
#include "antares/protocols/pcie/tlp_types.h"

namespace antares::protocols {
namespace {

PcieLinkConfig without_flits() {
  PcieLinkConfig config;
  config.generation = 5;
  return config;
}

TEST(TlpTypes, OverheadsOfFactsSection15) {
  const PcieLinkConfig flits;
  EXPECT_EQ(tlp_overhead_bytes(flits, TlpType::mwr64), 16u);
  EXPECT_EQ(tlp_overhead_bytes(flits, TlpType::cpl_d), 12u);
  EXPECT_EQ(tlp_overhead_bytes(flits, TlpType::mrd64), 16u);
  EXPECT_EQ(tlp_overhead_bytes(flits, TlpType::mrd32), 12u);
  EXPECT_EQ(tlp_overhead_bytes(without_flits(), TlpType::mwr64), 24u);
  EXPECT_EQ(tlp_overhead_bytes(without_flits(), TlpType::cpl_d), 20u);
}

TEST(TlpTypes, Generation1And2FrameWithEightBytesToo) {
  PcieLinkConfig config = without_flits();
  for (const std::uint32_t generation : {1u, 2u, 3u, 4u, 5u}) {
    config.generation = generation;
    EXPECT_EQ(tlp_overhead_bytes(config, TlpType::mwr64), 24u) << generation;
  }
}

TEST(TlpTypes, EcrcAndOhcAddWholeDoubleWords) {
  PcieLinkConfig config;
  config.ecrc = true;
  EXPECT_EQ(tlp_overhead_bytes(config, TlpType::mwr64), 20u);
  config.request_ohc_dwords = 2;
  EXPECT_EQ(tlp_overhead_bytes(config, TlpType::mwr64), 28u);
  EXPECT_EQ(tlp_overhead_bytes(config, TlpType::cpl_d), 16u) << "ECRC only";
  config.completion_ohc_dwords = 1;
  EXPECT_EQ(tlp_overhead_bytes(config, TlpType::cpl_d), 20u);
}

TEST(TlpTypes, ConfigurationAndIoAlwaysCarryTheirOhcInFlitMode) {
  for (const TlpType type : {TlpType::cfg_rd0, TlpType::cfg_wr1, TlpType::io_rd, TlpType::io_wr}) {
    EXPECT_EQ(tlp_overhead_bytes(PcieLinkConfig{}, type), 16u) << tlp_row(type).name;
    EXPECT_EQ(tlp_overhead_bytes(without_flits(), type), 12u + 8u) << tlp_row(type).name;
  }
}

TEST(TlpTypes, WireBytesOfOperations) {
  const PcieLinkConfig flits;
  EXPECT_EQ(tlp_wire_bytes(flits, TlpType::fetch_add64, 8), 24u);
  EXPECT_EQ(tlp_wire_bytes(flits, TlpType::swap32, 4), 16u);
  EXPECT_EQ(tlp_wire_bytes(flits, TlpType::cas64, 32), 48u);
  EXPECT_EQ(tlp_wire_bytes(flits, TlpType::dmwr64, 64), 80u);
  EXPECT_EQ(tlp_wire_bytes(flits, TlpType::msg, 0), 16u);
  EXPECT_EQ(tlp_wire_bytes(flits, TlpType::uio_mwr, 256), 272u);
  EXPECT_EQ(tlp_wire_bytes(flits, TlpType::uio_wr_cpl, 0), 16u);
}

TEST(TlpTypes, TheTableIsConsistent) {
  std::set<unsigned> codes;
  for (unsigned i = 0; i < kTlpTypes; ++i) {
    const TlpTypeRow& row = tlp_row(static_cast<TlpType>(i));
    SCOPED_TRACE(std::string(row.name));
    EXPECT_EQ(static_cast<unsigned>(row.type), i);
    EXPECT_TRUE(codes.insert(row.code).second) << "two types with one code";
    EXPECT_TRUE(row.base_dwords == 3 || row.base_dwords == 4);
    EXPECT_TRUE(row.grade >= 'A' && row.grade <= 'D');
    EXPECT_FALSE(row.source.empty());
    // In flit mode, bit 6 of the type says that there is data.
    EXPECT_EQ((row.code & 0x40) != 0, row.has_data);
  }
}

TEST(TlpTypes, CreditClassesFollowTheTable) {
  EXPECT_EQ(tlp_row(TlpType::mwr64).traffic_class, TrafficClass::posted);
  EXPECT_EQ(tlp_row(TlpType::msg_d).traffic_class, TrafficClass::posted);
  EXPECT_EQ(tlp_row(TlpType::dmwr64).traffic_class, TrafficClass::non_posted);
  EXPECT_EQ(tlp_row(TlpType::cas64).traffic_class, TrafficClass::non_posted);
  EXPECT_EQ(tlp_row(TlpType::cpl).traffic_class, TrafficClass::completion);
  EXPECT_EQ(tlp_row(TlpType::uio_mwr).traffic_class, TrafficClass::posted);
  EXPECT_EQ(tlp_row(TlpType::uio_mrd).traffic_class, TrafficClass::non_posted);
  EXPECT_EQ(tlp_row(TlpType::uio_wr_cpl).traffic_class, TrafficClass::completion);
}

}  // namespace
}  // namespace antares::protocols
