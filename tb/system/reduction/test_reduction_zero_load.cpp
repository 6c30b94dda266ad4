// SPDX-License-Identifier: Apache-2.0
// A reduction that meets nobody: LT = AT to the picosecond, for each member that gets the result,
// and every parameter of an engine costs in both what it says. By push that is the contribution
// that comes last, the others having come long before; by pull the whole load-reduce. One link
// packet: of several, trains are within the time of one.
#include <gtest/gtest.h>

#include "antares/models/port/port_reduction.h"
#include "tb/support/parameter_name.h"
#include "tb/system/reduction/tier_rig.h"

namespace antares::tb {
namespace {

using tlm::tlm_generic_payload;

constexpr Picoseconds kStart = 1'000'000;
constexpr Picoseconds kLast = kStart + 20'000'000;
constexpr std::uint64_t kAddress = 0x840;

/// When each member's device got the result, from the last contribution's first bit on.
using Arrivals = std::map<unsigned, Picoseconds>;

/// Writes down when a device is called for a write, by AT and by LT.
template <class Rig>
void watch(Rig& rig, const std::vector<unsigned>& members, Arrivals& lt) {
  for (const unsigned m : members)
    rig.target(m).on_blocking = [&rig, &lt, m](tlm_generic_payload& payload,
                                               sc_core::sc_time& delay) {
      rig.target(m).serve(payload);
      if (payload.is_write()) lt[m] = delay.value() / ps(1).value();
    };
}

template <class Rig>
void expect_equal_pushes(Rig& rig, const std::vector<unsigned>& members, unsigned last,
                         unsigned elements, unsigned links, std::optional<unsigned> owner = {}) {
  Arrivals lt;
  watch(rig, members, lt);
  std::vector<unsigned> order;
  for (const unsigned m : members)
    if (m != last && m != owner) order.push_back(m);
  order.push_back(last);
  const auto make = [&](unsigned m) -> tlm_generic_payload& {
    auto& payload = rig.contribution(m, members, kAddress, elements);
    if (owner) rig.give_to(payload, *owner);
    return payload;
  };
  for (const unsigned m : order) rig.begin_at(m == last ? kLast : kStart, m, make(m));
  sc_core::sc_start();
  Arrivals at;
  for (const unsigned m : members)
    for (const Phase& phase : rig.target(m).phases())
      if (phase.phase == tlm::BEGIN_REQ) at[m] = phase.at_ps - kLast;
  Picoseconds took = 0;
  for (const unsigned m : order) {
    auto& payload = make(m);
    took = rig.initiator(m).blocking(payload);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  }
  EXPECT_EQ(lt.size(), owner ? 1u : members.size());
  // Where contributions are answered, all are when the sum is made: an answer may go first by each
  // of the outputs and links by which the result goes on, whose copy then misses the read that the
  // others share, and has its own.
  Picoseconds answers = 0;
  const protocols::LinkPolicy& policy = rig.port(last).policy();
  protocols::Packet packet;
  packet.bytes = 4 * elements;
  policy.classify(packet);
  if (policy.completes(packet)) {
    const Picoseconds read = models::train_cost(policy, packet).occupancy.whole_ps;
    packet.kind = protocols::PacketKind::completion;
    if (policy.acknowledges_each_packet())
      packet.flags |= protocols::kAcknowledges;
    else
      packet.bytes = 0;
    policy.classify(packet);
    answers = links * (read + models::train_cost(policy, packet).occupancy.whole_ps + 1);
  }
  Picoseconds latest = 0;
  for (const auto& [m, when] : lt) {
    EXPECT_GE(at[m], when) << "member " << m;
    EXPECT_LE(at[m], when + answers) << "member " << m;
    latest = std::max(latest, when);
  }
  EXPECT_EQ(took, latest);
  rig.expect_done();
}

template <class Rig>
void expect_equal_pulls(Rig& rig, const std::vector<unsigned>& members, unsigned from,
                        unsigned elements) {
  auto& timed = rig.load(from, members, kAddress, elements);
  rig.begin_at(kStart, from, timed);
  sc_core::sc_start();
  auto& loose = rig.load(from, members, kAddress, elements);
  EXPECT_EQ(rig.initiator(from).blocking(loose), rig.initiator(from).response_ps(timed) - kStart);
  EXPECT_EQ(timed.get_response_status(), tlm::TLM_OK_RESPONSE);
  EXPECT_EQ(loose.get_response_status(), tlm::TLM_OK_RESPONSE);
  rig.expect_done();
}

/// Link, one member of another kind, where engines stand, 64-bit (a slow ALU), latency.
struct Engines {
  models::EnginePlacement placement = models::EnginePlacement::egress_ports;
  double alu_Gops = 0;
  double latency_ns = 20;
};
const std::vector<Engines> kEngines = {{},
                                       {models::EnginePlacement::egress_ports, 0.5, 333},
                                       {models::EnginePlacement::service_ports}};

ReductionConfig config_of(const Engines& engines) {
  ReductionConfig config;
  config.placement = engines.placement;
  config.alu_Gops = engines.alu_Gops;
  config.latency_ns = engines.latency_ns;
  return config;
}

class OneSwitch : public testing::TestWithParam<std::tuple<LinkKind, bool, unsigned>> {
 protected:
  SwitchConfig config() const {
    std::vector<LinkKind> kinds(4, std::get<0>(GetParam()));
    if (std::get<1>(GetParam())) kinds[1] = LinkKind::pcie6_x16;
    return with_engines(mixed_switch(kinds), config_of(kEngines[std::get<2>(GetParam())]));
  }
  static constexpr unsigned kElements = 16;
};

TEST_P(OneSwitch, APushIsAsLongByLtAsByAt) {
  ReportGuard reports;
  ReductionRig rig(config());
  expect_equal_pushes(rig, {0, 1, 3}, 3, kElements, 1);
}

TEST_P(OneSwitch, APullIsAsLongByLtAsByAt) {
  ReportGuard reports;
  ReductionRig rig(config());
  expect_equal_pulls(rig, {0, 1, 3}, 0, kElements);
}

// Operands of several link packets cross in turns by AT, one behind the other by LT: within the
// time of one link packet an operand, on the slowest link.
TEST_P(OneSwitch, ALongPullIsWithinALinkPacketAnOperand) {
  ReportGuard reports;
  ReductionRig rig(config());
  constexpr unsigned kMany = 250;
  const std::vector<unsigned> members = {0, 1, 3};
  Picoseconds longest = 0;
  for (const unsigned m : members) {
    protocols::Packet packet;
    packet.kind = protocols::PacketKind::completion;
    packet.bytes = 4 * kMany;
    rig.port(m).policy().classify(packet);
    longest =
        std::max(longest, models::train_cost(rig.port(m).policy(), packet).first_occupancy_ps);
  }
  auto& timed = rig.load(0, members, kAddress, kMany);
  rig.begin_at(kStart, 0, timed);
  sc_core::sc_start();
  const Picoseconds lt = rig.initiator(0).blocking(rig.load(0, members, kAddress, kMany));
  const Picoseconds at = rig.initiator(0).response_ps(timed) - kStart;
  EXPECT_NEAR(static_cast<double>(lt), static_cast<double>(at),
              static_cast<double>(members.size() * longest));
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(Links, OneSwitch,
                         testing::Combine(testing::ValuesIn(kLinkKinds), testing::Bool(),
                                          testing::Values(0u, 1u, 2u)),
                         [](const auto& info) {
                           return std::string(name_of(std::get<0>(info.param))) +
                                  (std::get<1>(info.param) ? "_and_pcie_" : "_") +
                                  std::to_string(std::get<2>(info.param));
                         });

class TwoTiers : public testing::TestWithParam<std::tuple<LinkKind, unsigned, unsigned>> {
 protected:
  TierConfig config() const {
    TierConfig config;
    config.kind = config.trunk = std::get<0>(GetParam());
    config.spines = std::get<1>(GetParam());
    if (config.spines == 0) config.leaves = 2;
    config.devices = 3;
    config.engines = config_of(kEngines[std::get<2>(GetParam())]);
    return config;
  }
  static unsigned links(const TierConfig& config) { return config.spines == 0 ? 2 : 3; }
  static std::vector<unsigned> members(const TierConfig& config) {
    std::vector<unsigned> all;
    for (unsigned e = 0; e < config.endpoints(); ++e) all.push_back(e);
    return all;
  }
  static constexpr unsigned kElements = 16;
};

TEST_P(TwoTiers, APushIsAsLongByLtAsByAt) {
  ReportGuard reports;
  TierRig rig(config());
  expect_equal_pushes(rig, members(rig.config), 4, kElements, links(rig.config));
}

TEST_P(TwoTiers, APushForOneIsAsLongByLtAsByAt) {
  ReportGuard reports;
  TierRig rig(config());
  expect_equal_pushes(rig, members(rig.config), 4, kElements, links(rig.config), 1u);
}

TEST_P(TwoTiers, APullIsAsLongByLtAsByAt) {
  ReportGuard reports;
  TierRig rig(config());
  expect_equal_pulls(rig, members(rig.config), 1, kElements);
}

INSTANTIATE_TEST_SUITE_P(Links, TwoTiers,
                         testing::Combine(testing::ValuesIn(kLinkKinds), testing::Values(0u, 2u),
                                          testing::Values(0u, 1u, 2u)),
                         [](const auto& info) {
                           return std::string(name_of(std::get<0>(info.param))) + "_" +
                                  std::to_string(std::get<1>(info.param)) + "_spines_" +
                                  std::to_string(std::get<2>(info.param));
                         });

class Parameters : public testing::TestWithParam<double> {};

TEST_P(Parameters, ThePushIsItsClosedForm) {
  ReportGuard reports;
  constexpr unsigned kElements = 16;
  ReductionConfig engines;
  engines.latency_ns = GetParam();
  engines.alu_Gops = 0.25;  // 4 ns an element: longer than they take to come
  ReductionRig rig(with_engines(pcie_switch(4), engines));
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  Picoseconds took = 0;
  for (const unsigned m : {0u, 1u, 3u})
    took = rig.initiator(m).blocking(rig.contribution(m, {0, 1, 3}, kAddress, kElements));
  // To the look-up as a unicast does, whose header is in when its first flit is; there at the head,
  // folded, and as a write that is all at the look-up to its members: the unicast's rest.
  protocols::Packet packet;
  packet.bytes = 4 * kElements;
  packet.flags = 0;
  rig.port(3).policy().classify(packet);
  const auto cost = models::train_cost(rig.port(3).policy(), packet);
  const models::HopLatency hop;
  const models::HopDelays delays(hop);
  const Picoseconds crossing = models::crossing_ps(rig.port(3).config());
  const Picoseconds head =
      std::max(cost.head_collect_ps, cost.first_collect_ps - cost.first_occupancy_ps);
  const Picoseconds granted = head + crossing + delays.rx_ps;
  const auto folded = granted + static_cast<Picoseconds>(kElements * 4000);
  const Picoseconds sum = folded + models::to_picoseconds(GetParam());
  EXPECT_EQ(took, sum + delays.fixed_ps + cost.last_collect_ps + crossing);
  rig.expect_done();
}

INSTANTIATE_TEST_SUITE_P(LatencyNs, Parameters, testing::Values(0.0, 20.0, 123.456));

}  // namespace
}  // namespace antares::tb
