// SPDX-License-Identifier: Apache-2.0
// What the ports of one switch share, and what switches that links connect know of each other.
// Times in picoseconds.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "antares/models/observe/observe.h"
#include "antares/models/port/link_transmitter.h"
#include "antares/models/port/replication.h"
#include "antares/models/port/transaction.h"
#include "antares/models/port/zero_load.h"
#include "antares/models/routing/adaptive_routes.h"
#include "antares/models/scheduler/scheduler.h"
#include "antares/models/sockets/fabric_interfaces.h"
#include "antares/models/sockets/train_cost.h"

namespace antares::models {

class GroupChanges;
class MemberTimer;
class PayloadPool;
class PortAdapter;
class PortReduction;
struct ReductionShared;

/// Told when a transaction that it waits for is over (Transaction::kDrains).
class DrainListener {
 public:
  virtual void drained_one(Picoseconds now_ps) = 0;

 protected:
  virtual ~DrainListener() = default;
};

/// What the ports of one switch share.
struct FabricContext {
  Scheduler* scheduler = nullptr;
  PacketSink* crossbar = nullptr;
  RoomListener* room = nullptr;
  Observe* observe = nullptr;
  Pool<Packet>* packets = nullptr;
  Pool<Transaction>* transactions = nullptr;
  Hypercast* hypercast = nullptr;         ///< nullptr: the switch has none
  GroupChanges* group_changes = nullptr;  ///< of hypercast
  MemberTimer* member_timer = nullptr;    ///< nullptr: members may take any time
  PayloadPool* payloads = nullptr;        ///< of copies
  ReplicationPool replications;
  ReductionShared* reduction = nullptr;       ///< nullptr: the switch does not reduce
  std::uint64_t reduction_request_bytes = 0;  ///< FabricSwitch::reduction_request_bytes()
  std::uint64_t reduction_span_bytes = 0;     ///< FabricSwitch::reduction_span_bytes()
  std::uint16_t first_engine = 0;             ///< crossbar input of port 0's engine
  std::uint16_t service_ports = 0;            ///< the last of `ports`; 0: each port has an engine
  std::uint8_t engine_queue = 0;              ///< contributions' own, at each crossbar output
  std::vector<Packet*> copies_made;           ///< kept for its memory
  std::vector<PortAdapter*> ports;
  std::unique_ptr<AdaptiveRoutes> adaptive;     ///< nullptr: no linked switch has a choice of links
  bool has_choice = false;                      ///< SwitchConfig::other_ways: this one has
  std::vector<FabricContext*> linked = {this};  ///< the switches that links connect, this included
  /// What fits this switch alone, of reads, writes, completions (FabricSwitch::cut_trains).
  std::uint32_t fitting_train_bytes[3] = {};
  std::uint32_t fitting_read_requests = 0;  ///< of any size, in a train
  HopDelays delays{HopLatency{}};
  Picoseconds root_turnaround_ps = 0;
  double input_speedup = 1;
  double output_speedup = 1;
  std::uint64_t egress_queue_bytes = 0;
  std::uint64_t seed = 1;
  std::uint16_t switch_index = 0;
  bool ids_by_port = false;              ///< SwitchConfig::ids_by_port
  std::vector<DrainListener*> draining;  ///< of ports that move, on any linked switch

  /// Ports of one policy share what they know of its costs.
  std::shared_ptr<CostCache> costs_of(const protocols::LinkPolicy& policy) {
    auto& cache = caches[&policy];
    if (cache == nullptr) cache = std::make_shared<CostCache>(policy);
    return cache;
  }
  std::map<const protocols::LinkPolicy*, std::shared_ptr<CostCache>> caches;
};

}  // namespace antares::models
