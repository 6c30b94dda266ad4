// SPDX-License-Identifier: Apache-2.0
// A requester and a memory, each behind a PlaneSpreader, on two switches of two ports. Picoseconds.
#pragma once
#include <gtest/gtest.h>

#include "antares/models/memory/memory.h"
#include "antares/models/plane_spreader/plane_spreader.h"
#include "antares/models/sockets/packet_hint.h"
#include "tb/support/fabric_fixture.h"
#include "tb/support/simulation.h"

namespace antares::tb {

constexpr std::uint64_t kGranule = 1024;
constexpr std::uint64_t kMemoryBytes = 1 << 20;
constexpr double kLatency_ns = 100;
constexpr double kMemoryRate_GBps = 1000;  // two links never wait for it
constexpr unsigned kPlanes = 2;

/// Port 0 of both switches: the requester. Port 1 of both: the memory, at window(1).
struct Rig {
  explicit Rig(const models::PlaneTags& tags = {},
               models::PlaneSpread how = models::PlaneSpread::hash)
      : wheel("wheel"), initiator("initiator") {
    for (std::uint16_t p = 0; p < kPlanes; ++p) {
      SwitchConfig config = pcie_switch(2);
      config.index = p;
      config.windows.erase(config.windows.begin());  // the requester has no memory
      config.windows.front().size_bytes = kMemoryBytes;
      planes.push_back(
          std::make_unique<FabricSwitch>(("plane" + std::to_string(p)).c_str(), config, &wheel));
    }
    models::MemoryConfig config;
    config.memory_bytes = kMemoryBytes;
    config.latency_ns = kLatency_ns;
    config.rate_GBps = kMemoryRate_GBps;
    memory = std::make_unique<models::Memory>("memory", config);
    models::PlaneConfig spread;
    spread.granule_bytes = kGranule;
    spread.spread = how;
    const auto make = [&](const char* name, std::uint16_t endpoint) {
      return std::make_unique<models::PlaneSpreader>(
          name, endpoint, models::PlaneTable(spread, {{window(1), kMemoryBytes, {1, 1}}}),
          std::vector<models::PlaneTags>(kPlanes, tags), wheel);
    };
    requests = make("requests", 0);
    answers = make("answers", 1);
    initiator.socket.bind(requests->host_target());
    answers->memory_initiator.bind(memory->target);
    requests->memory_initiator.bind(nobody.socket);
    for (unsigned p = 0; p < kPlanes; ++p) {
      requests->wire_initiator(p).bind(port(p, 0).target());
      answers->wire_initiator(p).bind(port(p, 1).target());
      port(p, 1).initiator().bind(answers->wire_target(p));
    }
  }

  FabricSwitch::PortHandle port(unsigned plane, unsigned number) {
    return planes[plane]->port(protocols::PortId(static_cast<std::uint16_t>(number)));
  }
  unsigned plane_of(std::uint64_t offset) const {
    return requests->table().plane_of(window(1) + offset);
  }
  /// An offset within a granule of this plane whose next granule is the other's.
  std::uint64_t on(unsigned plane) const {
    std::uint64_t offset = 0;
    while (plane_of(offset) != plane || plane_of(offset + kGranule) == plane) offset += kGranule;
    return offset;
  }
  void expect_at_rest() {
    for (const auto& plane : planes) expect_quiescent(*plane, wheel);
    for (const auto* spreader : {requests.get(), answers.get()})
      for (const std::string& problem : spreader->quiescence_problems()) ADD_FAILURE() << problem;
  }

  models::Scheduler wheel;
  std::vector<std::unique_ptr<FabricSwitch>> planes;
  std::unique_ptr<models::Memory> memory;
  std::unique_ptr<models::PlaneSpreader> requests;
  std::unique_ptr<models::PlaneSpreader> answers;
  Target nobody{"nobody"};
  Initiator initiator;
};

inline std::vector<unsigned char> pattern(std::size_t bytes, unsigned seed = 1) {
  std::vector<unsigned char> data(bytes);
  for (std::size_t i = 0; i < bytes; ++i)
    data[i] = static_cast<unsigned char>(i * 7 + i / 251 + seed);
  return data;
}

constexpr Picoseconds kStart = 1'000'000;

}  // namespace antares::tb
