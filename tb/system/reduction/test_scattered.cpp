// SPDX-License-Identifier: Apache-2.0
// A push whose result is scattered: all contribute everything, each member gets its slice of the
// sum, where it would get all of it; in one switch, over two tiers, by AT and by LT.
#include <gtest/gtest.h>

#include "antares/models/hypercast/scatter.h"
#include "antares/models/port/port_reduction.h"
#include "tb/system/reduction/tier_rig.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;
constexpr unsigned kCount = 1003;   // slices differ
constexpr std::uint32_t kUnit = 8;  // bytes, two elements

class Scattered : public testing::TestWithParam<std::tuple<unsigned, LinkKind>> {
 protected:
  static TierConfig tiers() {
    TierConfig config;
    config.spines = std::get<0>(GetParam());
    config.leaves = config.spines == 0 ? 2 : 4;
    config.devices = 3;
    config.kind = config.trunk = std::get<1>(GetParam());
    return config;
  }
  /// Member m of `members` has its slice at `address`, and nothing else of it.
  static void expect_slices(TierRig& rig, const std::vector<unsigned>& members,
                            std::uint64_t address) {
    const auto kind = TierRig::u32_sum();
    const auto sums = rig.expected(members, kCount, kind, TierRig::kSpine);
    const auto count = static_cast<unsigned>(members.size());
    for (unsigned m = 0; m < count; ++m) {
      const models::Slice slice = models::scatter_slice(4 * kCount, kUnit, count, m);
      std::vector<std::uint64_t> wanted(kCount, 0);
      for (std::uint64_t i = slice.offset_bytes / 4; i < (slice.offset_bytes + slice.bytes) / 4;
           ++i)
        wanted[i] = sums[i];
      EXPECT_EQ(rig.memory(members[m], address, kCount, kind), wanted) << "member " << members[m];
    }
  }
};

TEST_P(Scattered, EachMemberGetsItsSliceOfTheSum) {
  ReportGuard reports;
  TierRig rig(tiers());
  const bool one_leaf = rig.config.spines == 1;
  std::vector<unsigned> members;
  for (unsigned e = 0; e < (one_leaf ? 3 : rig.config.endpoints()); ++e) members.push_back(e);
  for (const unsigned member : members) {
    auto& payload = rig.contribution(member, members, 0x1000, kCount, TierRig::u32_sum(), kUnit);
    rig.begin_at(kStart, member, payload);
  }
  sc_core::sc_start();
  expect_slices(rig, members, 0x1000);
  const auto count = static_cast<unsigned>(members.size());
  for (unsigned m = 0; m < count; ++m) {
    const models::Slice slice = models::scatter_slice(4 * kCount, kUnit, count, m);
    EXPECT_EQ(rig.target(members[m]).requests(), 1u);
    EXPECT_EQ(rig.initiator(members[m]).responses(), 1u);
    EXPECT_EQ(rig.port(members[m]).ingress_reading().payload_bytes, 4u * kCount);
    EXPECT_EQ(rig.port(members[m]).egress_reading().payload_bytes, slice.bytes);
  }
  for (const unsigned member : members)
    rig.initiator(member).blocking(
        rig.contribution(member, members, 0x9000, kCount, TierRig::u32_sum(), kUnit));
  expect_slices(rig, members, 0x9000);
  rig.expect_done();
}

/// Spines: 0 two leaves linked to each other, 1 all members on one leaf, 2 on four.
INSTANTIATE_TEST_SUITE_P(Links, Scattered,
                         testing::Combine(testing::Values(0u, 1u, 2u),
                                          testing::Values(LinkKind::pcie6_x16, LinkKind::ualink_x4,
                                                          LinkKind::sue_x4)),
                         [](const auto& info) {
                           return std::string(name_of(std::get<1>(info.param))) + "_" +
                                  std::to_string(std::get<0>(info.param));
                         });

TEST(ScatterRefusals, HaveTheirNames) {
  ReportGuard reports;
  TierConfig config;
  config.spines = 0;
  config.leaves = 2;
  TierRig rig(config);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  const std::vector<unsigned> members = {0, 1};
  const auto refused = [&](tlm_generic_payload& payload) {
    rig.initiator(0).blocking(payload);
    EXPECT_TRUE(payload.is_response_error());
    return rig.port(0).last_refusal();
  };
  const std::string engines = "refused by the reduction engines: ";
  EXPECT_EQ(refused(rig.contribution(0, members, 0, 64, TierRig::u32_sum(), 6)),
            engines + "scatter_unit_cuts_elements");
  auto& to_one = rig.contribution(0, members, 0, 64, TierRig::u32_sum(), 8);
  rig.give_to(to_one, 1);
  EXPECT_EQ(refused(to_one), engines + "owner_and_scatter");
  auto& load = rig.load(0, members, 0, 64);
  name_members(load, NamedBy::list, members, 8);
  EXPECT_EQ(refused(load), "refused by Hypercast: cannot_scatter");
  rig.expect_done();
}

// Those who do not agree on the slices do not add up.
TEST(ScatterMistakes, AContributionThatIsNotScatteredEndsAlone) {
  ReportGuard reports;
  TierConfig config;
  config.spines = 0;
  config.leaves = 2;
  config.engines.timeout_us = 20;
  TierRig rig(config);
  const std::vector<unsigned> members = {0, 1};
  auto& scattered = rig.contribution(0, members, 0, 64, TierRig::u32_sum(), 8);
  auto& whole = rig.contribution(1, members, 0, 64);
  rig.begin_at(kStart, 0, scattered);
  rig.begin_at(kStart + 1'000'000, 1, whole);
  sc_core::sc_start();
  EXPECT_EQ(ReductionRig::status(whole), ReductionStatus::group_changed);
  EXPECT_EQ(ReductionRig::status(scattered), ReductionStatus::timed_out);
  rig.expect_done();
}

}  // namespace
}  // namespace antares::tb
