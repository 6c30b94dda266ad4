// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/fabric_facts.h"

#include <algorithm>

#include "antares/platforms/config/expansion.h"
#include "antares/platforms/config/lane_map.h"

namespace antares::platforms {
namespace {

using models::PacketKind;
using models::Picoseconds;
using models::PortAdapter;

constexpr std::uint32_t kDescribedBytes[] = {64, 256};

models::Packet packet_of(PacketKind kind, std::uint32_t bytes, const PortAdapter& from) {
  models::Packet packet;
  packet.kind = kind;
  packet.bytes = bytes;
  packet.flags = protocols::kLastTrain;
  // Endpoint windows lie above 4 GiB.
  if (kind != PacketKind::completion) packet.flags |= protocols::kLongAddress;
  from.policy().classify(packet);
  return packet;
}

Picoseconds sum_of(const std::vector<LatencyPart>& parts) {
  Picoseconds sum = 0;
  for (const LatencyPart& part : parts) sum += part.ps;
  return sum;
}

PathFacts one_way(const SwitchDescription& part, std::uint32_t bytes, const PortAdapter& from,
                  const PortAdapter& to) {
  PathFacts path;
  path.what = std::to_string(bytes) + " B write";
  path.parts = crossing_parts(part, packet_of(PacketKind::write, bytes, from), from, to);
  path.total_ps = sum_of(path.parts);
  return path;
}

PathFacts round_trip(const SwitchDescription& part, std::uint32_t bytes, const PortAdapter& from,
                     const PortAdapter& to, const models::MemoryConfig& memory) {
  const models::Packet request = packet_of(PacketKind::read, bytes, from);
  PathFacts path;
  path.what = std::to_string(bytes) + " B read, there and back";
  path.parts = {{"request", sum_of(crossing_parts(part, request, from, to))},
                {"memory", memory_ps(memory, bytes)},
                {"completion", sum_of(answer_parts(part, request, bytes, from, to))}};
  path.total_ps = sum_of(path.parts);
  return path;
}

std::vector<TrainFacts> train_facts(const models::FabricSwitch& fabric) {
  std::vector<TrainFacts> trains;
  const std::pair<PacketKind, const char*> kinds[] = {{PacketKind::write, "writes"},
                                                      {PacketKind::read, "read requests"},
                                                      {PacketKind::completion, "read data"}};
  for (const auto& [kind, name] : kinds) {
    TrainFacts train;
    train.what = name;
    train.asked_bytes = fabric.config().train_bytes;
    train.effective_bytes = fabric.train_bytes(kind);
    train.link_packet_bytes = ~std::uint64_t{0};
    for (const auto& port : fabric.config().ports)
      train.link_packet_bytes = std::min<std::uint64_t>(train.link_packet_bytes,
                                                        port.policy->max_link_payload_bytes(kind));
    trains.push_back(train);
  }
  return trains;
}

class SwitchReader {
 public:
  SwitchReader(const Platform& platform, std::size_t index)
      : platform_(platform),
        description_(platform.config().switches[index]),
        fabric_(*platform.switches()[index]),
        ports_(expand_ports(description_)),
        lanes_(place_lanes(description_).ports) {}

  SwitchFacts read() {
    SwitchFacts facts;
    facts.name = description_.name;
    facts.lanes = description_.lanes;
    for (std::size_t p = 0; p < ports_.size(); ++p) add_port(p, facts);
    facts.trains = train_facts(fabric_);
    add_hops(facts);
    add_partitions(facts);
    return facts;
  }

 private:
  PortAdapter& port(std::size_t p) const {
    return fabric_.port(models::PortId(static_cast<std::uint16_t>(p))).adapter();
  }

  const PlatformEndpoint* endpoint_of(std::size_t p) const {
    for (const PlatformEndpoint& endpoint : platform_.endpoints())
      if (std::find(endpoint.ports.begin(), endpoint.ports.end(), &port(p)) != endpoint.ports.end())
        return &endpoint;
    return nullptr;
  }

  void add_port(std::size_t p, SwitchFacts& facts) const {
    const auto& policy = port(p).policy();
    PortFacts out;
    out.name = ports_[p].name;
    out.protocol = policy.protocol();
    out.first_lane = lanes_[p].first;
    out.lanes = lanes_[p].lanes;
    out.raw_GBps = policy.rate().raw_GBps;
    out.usable_GBps = policy.rate().usable_GBps();
    out.payload_GBps =
        out.raw_GBps *
        policy.efficiency(PacketKind::write, policy.max_link_payload_bytes(PacketKind::write));
    if (const PlatformEndpoint* endpoint = endpoint_of(p)) out.endpoint = endpoint->name;
    facts.lanes_used += out.lanes;
    facts.raw_GBps += out.raw_GBps;
    facts.usable_GBps += out.usable_GBps;
    if (p < ports_.size() / 2) {
      facts.bisection_raw_GBps += out.raw_GBps;
      facts.bisection_usable_GBps += out.usable_GBps;
    }
    facts.ports.push_back(out);
  }

  /// The first port of a group that sees one of the other, and that one.
  void add_hops(SwitchFacts& facts) const {
    for (std::size_t a = 0; a < description_.ports.size(); ++a) {
      for (std::size_t b = a; b < description_.ports.size(); ++b) add_hop(a, b, facts);
    }
  }

  void add_hop(std::size_t from_group, std::size_t to_group, SwitchFacts& facts) const {
    for (std::size_t from = 0; from < ports_.size(); ++from) {
      if (ports_[from].group != from_group) continue;
      for (std::size_t to = 0; to < ports_.size(); ++to) {
        const bool other = ports_[to].group == to_group && to != from;
        if (other && see_each_other(from, to)) return facts.hops.push_back(hop(from, to));
      }
    }
  }

  /// Two devices: a link to another switch ends nobody's way.
  bool see_each_other(std::size_t one, std::size_t other) const {
    if (port(one).link.bound() || port(other).link.bound()) return false;
    const models::Partition& mine = port(one).partition();
    return &mine == &port(other).partition() && !is_spare(mine);
  }

  bool is_spare(const models::Partition& partition) const {
    return !description_.partitions.empty() && &partition == fabric_.partitions().back().get();
  }

  void add_partitions(SwitchFacts& facts) const {
    if (description_.partitions.empty()) return;
    for (const auto& partition : fabric_.partitions()) {
      PartitionFacts out;
      out.name = is_spare(*partition) ? kSpare : partition->name;
      out.bridges = partition->bridge.enabled;
      for (std::size_t p = 0; p < ports_.size(); ++p) {
        if (&port(p).partition() != partition.get()) continue;
        out.ports.push_back(ports_[p].name);
        if (const PlatformEndpoint* endpoint = endpoint_of(p))
          out.endpoints.push_back(endpoint->name);
      }
      if (!out.ports.empty()) facts.partitions.push_back(out);
    }
  }

  HopFacts hop(std::size_t from, std::size_t to) const {
    HopFacts facts;
    facts.from = ports_[from].name;
    facts.to = ports_[to].name;
    const models::HopDelays delays(description_.latency);
    const auto first = packet_of(PacketKind::write, kDescribedBytes[0], port(from));
    facts.hop_ps = delays.rx_ps + delays.fixed_ps +
                   port(from).policy().rate().head_collect_ps(
                       port(from).policy().wire_cost(first).first_bytes);
    for (const std::uint32_t bytes : kDescribedBytes)
      facts.paths.push_back(one_way(description_, bytes, port(from), port(to)));
    const PlatformEndpoint* target = endpoint_of(to);
    if (target == nullptr) return facts;
    const auto expanded = expand_endpoints(platform_.config());
    const auto& described = platform_.config().endpoints[expanded[target->id.value()].description];
    for (const std::uint32_t bytes : kDescribedBytes)
      facts.paths.push_back(
          round_trip(description_, bytes, port(from), port(to), memory_of(described)));
    return facts;
  }

  const Platform& platform_;
  const SwitchDescription& description_;
  models::FabricSwitch& fabric_;
  std::vector<ExpandedPort> ports_;
  std::vector<PortLanes> lanes_;
};

}  // namespace

bool SwitchFacts::same_part_as(const SwitchFacts& other) const {
  const auto same_port = [](const PortFacts& a, const PortFacts& b) {
    return a.name == b.name && a.protocol == b.protocol && a.first_lane == b.first_lane &&
           a.lanes == b.lanes && a.raw_GBps == b.raw_GBps && a.usable_GBps == b.usable_GBps &&
           a.payload_GBps == b.payload_GBps && a.endpoint.empty() == b.endpoint.empty();
  };
  const auto same_hop = [](const HopFacts& a, const HopFacts& b) {
    return a.hop_ps == b.hop_ps &&
           std::equal(
               a.paths.begin(), a.paths.end(), b.paths.begin(), b.paths.end(),
               [](const PathFacts& x, const PathFacts& y) { return x.total_ps == y.total_ps; });
  };
  const auto same_train = [](const TrainFacts& a, const TrainFacts& b) {
    return a.effective_bytes == b.effective_bytes;
  };
  return lanes == other.lanes && partitions.empty() && other.partitions.empty() &&
         std::equal(ports.begin(), ports.end(), other.ports.begin(), other.ports.end(),
                    same_port) &&
         std::equal(hops.begin(), hops.end(), other.hops.begin(), other.hops.end(), same_hop) &&
         std::equal(trains.begin(), trains.end(), other.trains.begin(), other.trains.end(),
                    same_train);
}

std::vector<SwitchFacts> fabric_facts(const Platform& platform) {
  std::vector<SwitchFacts> all;
  for (std::size_t i = 0; i < platform.switches().size(); ++i)
    all.push_back(SwitchReader(platform, i).read());
  return all;
}

}  // namespace antares::platforms
