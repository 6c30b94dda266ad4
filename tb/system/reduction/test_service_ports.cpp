// SPDX-License-Identifier: Apache-2.0
// Engines on service ports: what they reduce is the same, the ports of members have no engine's
// work, an address has its engine by a hash; over several switches, too.
#include <gtest/gtest.h>

#include "antares/models/port/port_reduction.h"
#include "tb/support/parameter_name.h"
#include "tb/system/reduction/tier_rig.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;
const std::vector<unsigned> kMembers = {0, 1, 3};
constexpr unsigned kElements = 250;
constexpr std::uint64_t kAddress = 0x840;

ReductionConfig on_service_ports(unsigned count) {
  ReductionConfig engines;
  engines.placement = models::EnginePlacement::service_ports;
  engines.service_ports = count;
  return engines;
}

/// Elements folded by the engines of each service port.
std::vector<std::uint64_t> folded(FabricSwitch& fabric) {
  std::vector<std::uint64_t> elements;
  const std::size_t ports = fabric.port_count();
  const auto& all = fabric.port(PortId(0)).adapter().fabric().ports;
  for (std::size_t p = 0; p < all.size(); ++p) {
    const std::uint64_t count = all[p]->reduction()->engine().alu().elements();
    if (p < ports)
      EXPECT_EQ(count, 0u) << "port " << p << " has a link";
    else
      elements.push_back(count);
  }
  return elements;
}

class OnService : public testing::TestWithParam<std::tuple<LinkKind, bool>> {};

TEST_P(OnService, PushAndPullGiveTheSum) {
  ReportGuard reports;
  std::vector<LinkKind> kinds(4, std::get<0>(GetParam()));
  if (std::get<1>(GetParam())) kinds[1] = LinkKind::pcie6_x16;
  ReductionRig rig(with_engines(mixed_switch(kinds), on_service_ports(2)));
  EXPECT_EQ(rig.fabric.port_count(), 4u);
  std::vector<tlm_generic_payload*> sent;
  for (const unsigned member : kMembers) {
    sent.push_back(&rig.contribution(member, kMembers, kAddress, kElements));
    rig.begin_at(kStart, member, *sent.back());
  }
  auto& load = rig.load(1, kMembers, kAddress + 0x10000, kElements);
  rig.begin_at(kStart, 1, load);
  sc_core::sc_start();
  for (const auto* payload : sent) EXPECT_EQ(ReductionRig::status(*payload), ReductionStatus::ok);
  EXPECT_EQ(load.get_response_status(), tlm::TLM_OK_RESPONSE);
  ReductionRig::expect_sum(load, kMembers, kElements);
  for (const unsigned member : kMembers) {
    rig.expect_sum(member, kAddress, kMembers, kElements);
    EXPECT_EQ(rig.initiator(member).responses(), member == 1 ? 2u : 1u);
    // A contribution and an answer in; a result, and for the one who asked what it asked for, out.
    EXPECT_EQ(rig.port(member).ingress_reading().payload_bytes, 2 * 4u * kElements);
    EXPECT_EQ(rig.port(member).egress_reading().payload_bytes,
              (member == 1 ? 2 : 1) * 4u * kElements);
  }
  const auto elements = folded(rig.fabric);
  ASSERT_EQ(elements.size(), 2u);
  EXPECT_EQ(elements[0] + elements[1], 2 * kMembers.size() * kElements);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Links, OnService,
                         testing::Combine(testing::ValuesIn(kLinkKinds), testing::Bool()),
                         [](const auto& info) {
                           return std::string(name_of(std::get<0>(info.param))) +
                                  (std::get<1>(info.param) ? "_and_pcie" : "");
                         });

// 64 steps of the address over 4 ports: by a hash each gets its share, if not to the last one.
TEST(ServicePorts, ShareTheAddresses) {
  ReportGuard reports;
  ReductionRig rig(with_engines(pcie_switch(4), on_service_ports(4)));
  constexpr unsigned kSteps = 64;
  for (unsigned k = 0; k < kSteps; ++k)
    for (const unsigned member : kMembers)
      rig.begin_at(kStart, member, rig.contribution(member, kMembers, k * 4096, 64));
  sc_core::sc_start();
  std::uint64_t all = 0;
  for (const std::uint64_t elements : folded(rig.fabric)) {
    all += elements;
    EXPECT_GE(elements, kSteps / 8 * kMembers.size() * 64);  // at least half of its share
  }
  EXPECT_EQ(all, kSteps * kMembers.size() * 64);
  for (const unsigned member : kMembers) EXPECT_EQ(rig.target(member).requests(), kSteps);
  rig.expect_done();
}

TEST(ServicePorts, OverTwoTiers) {
  ReportGuard reports;
  TierConfig config;
  config.engines = on_service_ports(3);
  config.engines.order = models::ReductionOrder::tree;
  TierRig rig(config);
  models::ReductionKind kind{models::ReductionOp::add, models::ElementType::f32, {}, {}};
  kind.order = config.engines.order;
  std::vector<unsigned> members;
  for (unsigned e = 0; e < config.endpoints(); ++e) members.push_back(e);
  for (const unsigned member : members)
    rig.begin_at(kStart, member, rig.contribution(member, members, kAddress, kElements, kind));
  auto& load = rig.load(5, members, kAddress + 0x10000, kElements, kind);
  rig.begin_at(kStart, 5, load);
  sc_core::sc_start();
  for (const unsigned member : members)
    EXPECT_EQ(rig.memory(member, kAddress, kElements, kind),
              rig.expected(members, kElements, kind, TierRig::kSpine));
  EXPECT_EQ(TierRig::numbers(load.get_data_ptr(), kElements, kind),
            rig.expected(members, kElements, kind, config.leaf_of(5)));
  for (auto& one : rig.switches) folded(*one);
  rig.expect_done();
}

// Two switches whose ranks ask for more than both engines hold: each holds contexts that wait for
// contexts of the other one. What waits for more than itself leaves those that it waits for a
// place.
TEST(ServicePorts, OfTwoSwitchesDoNotWaitForEachOther) {
  ReportGuard reports;
  constexpr unsigned kLoads = 24, kSmall = 32;  // of 4 B: one context of 128 B each
  TierConfig config;
  config.leaves = 2;
  config.spines = 0;
  config.engines = on_service_ports(1);
  config.engines.contexts = 4;
  config.engines.buffer_bytes = 4 * 128;
  config.engines.parking = 2 * kLoads;
  TierRig rig(config);
  const std::vector<unsigned> members = {0, 1, 2, 3};
  std::vector<tlm_generic_payload*> loads;
  for (unsigned k = 0; k < kLoads; ++k)
    for (const unsigned member : members) {
      loads.push_back(&rig.load(member, members, k * 4096, kSmall));
      rig.begin_at(kStart, member, *loads.back());
    }
  sc_core::sc_start();
  for (const auto* load : loads) EXPECT_EQ(ReductionRig::status(*load), ReductionStatus::ok);
  for (auto& one : rig.switches) {
    const auto& all = one->port(PortId(0)).adapter().fabric().ports;
    EXPECT_GT(all.back()->reduction()->engine().table().counts().parked, 0u) << "nothing waited";
  }
  rig.expect_done();
}

// More than a quarter of an engine, and none could be left to others.
TEST(ServicePorts, OfTwoSwitchesTakeAQuarterOfAnEngineAtMost) {
  ReportGuard reports;
  TierConfig config;
  config.leaves = 2;
  config.spines = 0;
  config.engines = on_service_ports(1);
  config.engines.contexts = 8;
  config.engines.buffer_bytes = 8 * 128;
  TierRig rig(config);
  const std::vector<unsigned> members = {0, 1, 2, 3};
  auto& fits = rig.load(0, members, 0, 2 * 32);
  auto& larger = rig.load(0, members, 0x10000, 2 * 32 + 1);
  rig.begin_at(kStart, 0, fits);
  rig.begin_at(kStart, 0, larger);
  sc_core::sc_start();
  EXPECT_EQ(ReductionRig::status(fits), ReductionStatus::ok);
  EXPECT_TRUE(larger.is_response_error());
  EXPECT_NE(rig.port(0).last_refusal().find("too_large"), std::string::npos);
  rig.expect_done();
}

TEST(ServicePorts, AndPartitionsAreNoConfiguration) {
  SwitchConfig config = with_engines(pcie_switch(2), on_service_ports(2));
  models::PartitionConfig one;
  one.name = "one";
  one.ports = {PortId(0), PortId(1)};
  config.partitions = {one};
  EXPECT_THROW(FabricSwitch("fabric", config), std::invalid_argument);
}

}  // namespace
}  // namespace antares::tb
