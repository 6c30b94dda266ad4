// SPDX-License-Identifier: Apache-2.0
#include "antares/models/fabric_switch/partition_reset.h"

#include <iterator>
#include <stdexcept>

#include "antares/models/port/port_reduction.h"

namespace antares::models {
namespace {

constexpr std::uint16_t kResetPort = 0xFFD;  ///< behind all ports; the mover of ports has 0xFFE

}  // namespace

PartitionReset::PartitionReset(FabricContext& context,
                               const std::vector<std::unique_ptr<Partition>>& partitions)
    : context_(context), partitions_(partitions), origin_(context.switch_index, kResetPort) {}

void PartitionReset::schedule(const std::string& partition, Picoseconds at_ps) {
  // The last one is that of the spare ports, who have nothing in common that could be reset.
  for (std::size_t i = 0; i + 1 < partitions_.size(); ++i) {
    if (partitions_[i]->name != partition) continue;
    for (const PortAdapter* port : partitions_[i]->ports) {
      if (port->config().faults) continue;
      throw std::logic_error("partition '" + partition + "' can't be reset: the link of port '" +
                             port->config().name + "' can't go down (PortConfig::faults)");
    }
    context_.scheduler->post(at_ps, Phase::arrival, origin_, *this, i);
    return;
  }
  throw std::invalid_argument("there is no partition '" + partition + "' to reset");
}

void PartitionReset::fire(std::uint64_t what, Picoseconds now_ps) {
  Partition& partition = *partitions_[what];
  // What is in the switch would go on once the links are up again: it ends without being used.
  context_.packets->for_each_in_use([&](Packet& packet) {
    const bool from_engine = packet.input.value() >= context_.ports.size();
    // What an engine's copies are made of is nobody's transaction (port_reduction.cpp).
    if (from_engine && (packet.crossing & protocols::kIsCopy) == 0) return;
    const auto port = packet.input.value() - (from_engine ? context_.first_engine : 0u);
    const PortAdapter& input = *context_.ports[port];
    if (&input.partition() == &partition && packet.owner != nullptr)
      static_cast<Transaction*>(packet.owner)->failed = true;
  });
  if (context_.reduction != nullptr) {
    for (PortAdapter* port : context_.ports)
      if (PortReduction* const reduction = port->reduction()) reduction->abandon(partition, now_ps);
    auto& untimed = context_.reduction->untimed;
    for (auto one = untimed.begin(); one != untimed.end();)
      one = one->second.partition == &partition ? untimed.erase(one) : std::next(one);
  }
  partition.gathering.clear();
  // Ports that have come here since it was scheduled may have a link that can't go down.
  for (PortAdapter* port : partition.ports)
    if (port->config().faults) port->schedule_link(protocols::LinkEvent::hot_reset, now_ps + 1);
}

}  // namespace antares::models
