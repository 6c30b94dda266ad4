// SPDX-License-Identifier: Apache-2.0
// Two memories behind cards on one switch with RoCE ports, and whoever is to use them: the scripted
// Initiator of the fabric's tests, or a Requester that keeps a list of requests going. Picoseconds.
#pragma once
#include <gtest/gtest.h>

#include "antares/models/memory/memory.h"
#include "antares/models/nic/nic.h"
#include "antares/models/observe/scoreboard.h"
#include "antares/models/sockets/requester.h"
#include "antares/protocols/ethernet/ethernet_policy.h"
#include "tb/support/fabric_fixture.h"
#include "tb/support/simulation.h"

namespace antares::tb {

inline constexpr std::uint64_t kNicMemoryBytes = 1 << 24;
inline constexpr double kNicMemoryLatency_ns = 350;
inline constexpr double kNicMemoryRate_GBps = 3350;

inline SwitchConfig roce_switch() {
  SwitchConfig config = pcie_switch(2);
  protocols::EthernetLinkConfig link;
  link.framing = protocols::EthernetFraming::roce_v2;
  for (auto& port : config.ports) port.policy = std::make_shared<protocols::EthernetPolicy>(link);
  for (auto& window : config.windows) window.size_bytes = 2 * kNicMemoryBytes;
  return config;
}

/// Wheel, switch, memories, cards; the initiating sides are bound by the test.
struct NicRig {
  explicit NicRig(const models::NicConfig& nic)
      : wheel("wheel"), fabric("fabric", roce_switch(), &wheel) {
    fabric.observe().add_listener(scoreboard);
    models::MemoryConfig memory;
    memory.memory_bytes = kNicMemoryBytes;
    memory.latency_ns = kNicMemoryLatency_ns;
    memory.rate_GBps = kNicMemoryRate_GBps;
    for (std::uint16_t i = 0; i < 2; ++i) {
      const std::string number = std::to_string(i);
      memories.push_back(std::make_unique<models::Memory>(("memory" + number).c_str(), memory));
      nics.push_back(std::make_unique<models::Nic>(
          ("nic" + number).c_str(), i, nic, static_cast<Picoseconds>(1000 * kNicMemoryLatency_ns),
          wheel));
      auto port = fabric.port(protocols::PortId(i));
      nics[i]->wire_initiator.bind(port.target());
      port.initiator().bind(nics[i]->wire_target);
      nics[i]->memory_initiator.bind(memories[i]->target);
    }
  }

  models::PortAdapter& port(std::uint16_t i) { return fabric.port(protocols::PortId(i)).adapter(); }
  /// A request of port 0 for port 1 as its port sees it.
  protocols::Packet packet(bool read, std::uint32_t bytes) {
    protocols::Packet packet;
    packet.kind = read ? protocols::PacketKind::read : protocols::PacketKind::write;
    packet.bytes = bytes;
    packet.flags = protocols::kLongAddress;
    port(0).policy().classify(packet);
    return packet;
  }
  /// The wire alone, there and back: what load and store would pay on these links.
  Picoseconds wire_ps(bool read, std::uint32_t bytes) {
    const protocols::Packet request = packet(read, bytes);
    return port(0).zero_load(request, port(1)).tail_ps +
           port(1).zero_load_answer_ps(request, read ? bytes : 0, port(0));
  }
  void expect_at_rest() {
    expect_quiescent(fabric, wheel);
    for (const auto& nic : nics)
      for (const std::string& problem : nic->quiescence_problems()) ADD_FAILURE() << problem;
    scoreboard.finish(wheel.now_ps());
    for (const std::string& problem : scoreboard.problems()) ADD_FAILURE() << problem;
  }

  models::Scheduler wheel;
  models::Scoreboard scoreboard;
  FabricSwitch fabric;
  std::vector<std::unique_ptr<models::Memory>> memories;
  std::vector<std::unique_ptr<models::Nic>> nics;
};

/// Two cards, an Initiator in front of each.
struct ScriptedNics : NicRig {
  explicit ScriptedNics(const models::NicConfig& nic = {})
      : NicRig(nic), initiator("initiator0"), other("initiator1") {
    initiator.socket.bind(nics[0]->host_target);
    other.socket.bind(nics[1]->host_target);
  }
  Initiator initiator;
  Initiator other;
};

/// Keeps a list of requests going as fast as the card takes them.
class Pump : public sc_core::sc_module,
             public models::RequesterClient,
             private models::EventTarget {
 public:
  Pump(const sc_core::sc_module_name& name, models::Scheduler& wheel, std::uint16_t endpoint,
       models::Nic& nic)
      : sc_core::sc_module(name), requester(wheel, endpoint, limits()), origin_(0xFFF, endpoint) {
    requester.set_client(this);
    requester.initiator.bind(nic.host_target);
    wheel.post(1'000'000, models::Phase::arrival, origin_, *this);
  }

  models::Requester requester;
  std::vector<models::Request> requests;
  std::vector<Picoseconds> done_ps;  ///< when each answer came, in the order of the answers

  void request_done(const models::Request&, bool ok, Picoseconds now_ps) override {
    EXPECT_TRUE(ok);
    done_ps.push_back(now_ps);
  }
  void may_issue(Picoseconds) override {
    while (next_ < requests.size() && requester.try_issue(requests[next_])) ++next_;
  }

 private:
  static models::RequesterLimits limits() {
    models::RequesterLimits limits;
    limits.outstanding_reads = limits.outstanding_write_bytes = ~std::uint64_t{0};
    return limits;
  }
  void fire(std::uint64_t, Picoseconds now_ps) override { may_issue(now_ps); }

  models::Origin origin_;
  std::size_t next_ = 0;
};

/// Two cards, a Pump in front of each.
struct PumpedNics : NicRig {
  explicit PumpedNics(const models::NicConfig& nic = {})
      : NicRig(nic), pump("pump0", wheel, 0, *nics[0]), other("pump1", wheel, 1, *nics[1]) {}
  Pump pump;
  Pump other;
};

}  // namespace antares::tb
