// SPDX-License-Identifier: Apache-2.0
// Ethernet credits (CBFC) heal: a CF_Update that got lost is made good by the next one of its
// channel, at the latest by a repetition; a frame that got lost by the next CC_Update. The device's
// receiver holds one frame, so that the next write shows when the credit is home. Times are exact.
#include <gtest/gtest.h>

#include "antares/protocols/ethernet/ethernet_policy.h"
#include "tb/support/link_kinds.h"
#include "tb/support/simulation.h"

namespace antares::tb {
namespace {

using protocols::CreditFault;
using protocols::EthernetLinkConfig;
using protocols::PortId;
using protocols::TrafficClass;
using protocols::VcId;

constexpr unsigned kBytes = 64;
constexpr Picoseconds kPlanted = 1'000'000;
constexpr Picoseconds kPerByte = 10;  // 800 Gb/s
constexpr Picoseconds kPerMicrosecond = 1'000'000;

EthernetLinkConfig one_frame() {
  EthernetLinkConfig link;
  link.mtu_bytes = 512;
  link.vc_buffer_bytes = 4096;
  link.cbfc.credit_bytes = 4096;
  return link;
}

class CbfcRig : public testing::Test {
 protected:
  void build(const EthernetLinkConfig& link) {
    policy = std::make_shared<protocols::EthernetPolicy>(link);
    SwitchConfig config = mixed_switch({policy, policy});
    for (auto& each : config.ports) {
      each.faults.emplace();
      each.faults->completion_timeout_us = 5000;
      each.faults->state.time_scale = 0;
    }
    rig = std::make_unique<Fabric>(config);
    port = &rig->fabric.port(PortId(1)).adapter();
    crossing_ps = models::crossing_ps(port->config());
    update_ps = models::to_picoseconds(config.ports[1].credit_update_ns) + crossing_ps;
  }
  void write(Picoseconds when) {
    auto& device = rig->initiator(0);
    auto& payload = device.make(tlm::TLM_WRITE_COMMAND, window(1), data, kBytes);
    at(when, [&device, &payload] { device.begin_in_turn(payload); });
  }
  Picoseconds arrival_ps(std::size_t request) const {
    return rig->targets[1]->phases().at(request).at_ps;
  }
  /// From the start on the device's link to its arrival: all of the frame, and the crossing.
  Picoseconds sent_ps() const {
    protocols::Packet packet;
    packet.bytes = kBytes;
    policy->classify(packet);
    return kPerByte * policy->wire_cost(packet).bytes + crossing_ps;
  }
  Picoseconds one_way_ps() const {
    protocols::Packet packet;
    packet.bytes = kBytes;
    packet.flags = protocols::kLongAddress;
    policy->classify(packet);
    auto& from = rig->fabric.port(PortId(0)).adapter();
    return from.zero_load(packet, *port).tail_ps;
  }
  void run() {
    sc_core::sc_start();
    EXPECT_EQ(port->credits_missing(), 0u);
    expect_quiescent(rig->fabric, rig->wheel);
  }
  ReportGuard reports;
  std::shared_ptr<const protocols::EthernetPolicy> policy;
  std::unique_ptr<Fabric> rig;
  models::PortAdapter* port = nullptr;
  Picoseconds crossing_ps = 0;
  Picoseconds update_ps = 0;
  unsigned char data[kBytes] = {};
};

class LostUpdate : public CbfcRig, public testing::WithParamInterface<std::uint32_t> {
 protected:
  void lose_one() {
    at(1000, [this] {
      port->schedule_credit_fault({CreditFault::Kind::lose, VcId(0), TrafficClass::posted, {0, 1}},
                                  false, kPlanted);
    });
  }
};

TEST_P(LostUpdate, IsRepeatedAtTheGreatestSpacing) {
  EthernetLinkConfig link = one_frame();
  link.cbfc.cf_max_spacing_bytes = GetParam();
  build(link);
  lose_one();
  write(kPlanted + 1000);
  write(kPlanted + 2000);
  run();
  // The first CF_Update needs no spacing. Repetitions go round the channels, two on this wire.
  const Picoseconds lost_ps = arrival_ps(0) + update_ps;
  const Picoseconds told_ps = lost_ps + 2 * kPerByte * GetParam();
  EXPECT_EQ(arrival_ps(1), told_ps + sent_ps());
}

TEST_P(LostUpdate, IsMadeGoodByTheNextOneOfItsChannel) {
  EthernetLinkConfig link = one_frame();
  link.cbfc.cf_max_spacing_bytes = GetParam();
  link.vc_buffer_bytes = 2 * 4096;  // two frames: the second write's update tells of both
  build(link);
  lose_one();
  write(kPlanted + 1000);
  write(kPlanted + 500'000);
  // Looks a picosecond before the second write's update and with it, known from a run without loss.
  const Picoseconds second_ps = kPlanted + 500'000 + one_way_ps() + update_ps;
  std::uint64_t before = 0;
  std::uint64_t with = 1;
  at(second_ps - 1, [&] { before = port->credits_missing(); });
  at(second_ps + 1, [&] { with = port->credits_missing(); });
  run();
  ASSERT_EQ(arrival_ps(1) + update_ps, second_ps);
  EXPECT_EQ(before, 1u + 1u) << "a frame and its cell";
  EXPECT_EQ(with, 0u) << "long before a repetition";
}

INSTANTIATE_TEST_SUITE_P(Spacings, LostUpdate, testing::Values(131072, 262144));

class LostFrame : public CbfcRig, public testing::WithParamInterface<std::uint32_t> {};

TEST_P(LostFrame, IsMadeGoodByTheNextRepairMessage) {
  EthernetLinkConfig link = one_frame();
  link.cbfc.cc_timer_us = GetParam();
  link.llr.flush_action = protocols::LlrFrameAction::best_effort;
  build(link);
  at(1000, [&] {
    port->schedule_unit_fault({models::UnitFault::Kind::fail, link.llr.replay_count + 1}, false,
                              kPlanted);
  });
  write(kPlanted + 1000);  // LLR gives up: it is lost, the link stays up
  write(kPlanted + 2000);
  run();
  EXPECT_EQ(port->counts().trains_lost, 1u);
  ASSERT_EQ(rig->target(1).requests(), 1u);
  // The timer's first CC_Update crosses the link, then the receiver's CF_Update comes back.
  const Picoseconds home_ps = kPerMicrosecond * GetParam() + crossing_ps + update_ps;
  EXPECT_EQ(arrival_ps(0), home_ps + sent_ps());
  for (const auto& count : port->credit_counters(false))
    if (count.name == std::string("repaired_credits")) EXPECT_EQ(count.value, 1u);
}

INSTANTIATE_TEST_SUITE_P(Timers, LostFrame, testing::Values(64, 256));

}  // namespace
}  // namespace antares::tb
