// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/report/fabric_facts.h"

#include "antares/platforms/config/expansion.h"

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

/// Appends the parts of one pass; returns their sum.
Picoseconds add_parts(const models::HopLatency& latency, const models::Packet& packet,
                      const PortAdapter& from, const PortAdapter& to, const std::string& prefix,
                      std::vector<LatencyPart>& parts) {
  const auto& in = from.policy();
  const Picoseconds propagation = models::to_picoseconds(from.config().propagation_ns);
  protocols::LinkTiming first_link(in.rate());
  const models::Sent arrived = models::place_train(first_link, models::train_cost(in, packet),
                                                   models::Supply{}, 0, propagation);
  const Picoseconds cut_through =
      models::cut_through_ps(arrived, models::train_cost(to.policy(), packet));
  const Picoseconds total = from.zero_load(packet, to).tail_ps;
  Picoseconds sum = 0;
  const auto add = [&](const char* name, Picoseconds ps) {
    parts.push_back({prefix + name, ps});
    sum += ps;
  };
  add("first flit in", arrived.head_ps - propagation);
  add("propagation in", propagation);
  // A faster link out waits until it cannot run dry.
  if (cut_through > arrived.head_ps) add("rate matching", cut_through - arrived.head_ps);
  add("serdes_rx", models::to_picoseconds(latency.serdes_rx_ns));
  add("fec_crc", models::to_picoseconds(latency.fec_crc_ns));
  add("route_lookup", models::to_picoseconds(latency.route_lookup_ns));
  add("arbitration", models::to_picoseconds(latency.arbitration_ns));
  add("crossbar", models::to_picoseconds(latency.crossbar_ns));
  add("serdes_tx", models::to_picoseconds(latency.serdes_tx_ns));
  add("propagation out", models::to_picoseconds(to.config().propagation_ns));
  add("serialisation out", total - sum);
  return sum;
}

struct MemoryTimes {
  double latency_ns = 0;
  double rate_GBps = 1;
};

MemoryTimes memory_times(const EndpointDescription& endpoint) {
  switch (endpoint.kind) {
    case EndpointKind::accelerator:
      return {endpoint.accelerator.memory_latency_ns, endpoint.accelerator.memory_rate_GBps};
    case EndpointKind::host:
      return {endpoint.host.memory_latency_ns, endpoint.host.memory_rate_GBps};
    case EndpointKind::memory:
      break;
  }
  return {endpoint.memory.latency_ns, endpoint.memory.rate_GBps};
}

PathFacts one_way(const models::HopLatency& latency, std::uint32_t bytes, const PortAdapter& from,
                  const PortAdapter& to) {
  PathFacts path;
  path.what = std::to_string(bytes) + " B write";
  path.total_ps =
      add_parts(latency, packet_of(PacketKind::write, bytes, from), from, to, "", path.parts);
  return path;
}

PathFacts round_trip(const models::HopLatency& latency, std::uint32_t bytes,
                     const PortAdapter& from, const PortAdapter& to, const MemoryTimes& memory) {
  PathFacts path;
  path.what = std::to_string(bytes) + " B read, there and back";
  std::vector<LatencyPart> request;
  std::vector<LatencyPart> completion;
  path.parts.push_back({"request", add_parts(latency, packet_of(PacketKind::read, bytes, from),
                                             from, to, "", request)});
  path.parts.push_back(
      {"memory", models::to_picoseconds(memory.latency_ns) +
                     static_cast<Picoseconds>(bytes * (1000.0 / memory.rate_GBps))});
  path.parts.push_back(
      {"completion",
       add_parts(latency, packet_of(PacketKind::completion, bytes, to), to, from, "", completion)});
  for (const LatencyPart& part : path.parts) path.total_ps += part.ps;
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
        ports_(expand_ports(description_)) {}

  SwitchFacts read() {
    SwitchFacts facts;
    facts.name = description_.name;
    facts.lanes = description_.lanes;
    for (std::size_t p = 0; p < ports_.size(); ++p) add_port(p, facts);
    facts.trains = train_facts(fabric_);
    add_hops(facts);
    return facts;
  }

 private:
  PortAdapter& port(std::size_t p) const {
    return fabric_.port(models::PortId(static_cast<std::uint16_t>(p))).adapter();
  }

  const PlatformEndpoint* endpoint_of(std::size_t p) const {
    for (const PlatformEndpoint& endpoint : platform_.endpoints())
      if (endpoint.port == &port(p)) return &endpoint;
    return nullptr;
  }

  void add_port(std::size_t p, SwitchFacts& facts) const {
    const auto& policy = port(p).policy();
    PortFacts out;
    out.name = ports_[p].name;
    out.protocol = policy.protocol();
    out.lanes = description_.ports[ports_[p].group].lane_need().lanes();
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

  void add_hops(SwitchFacts& facts) const {
    std::vector<std::size_t> first(description_.ports.size(), ports_.size());
    for (std::size_t p = ports_.size(); p-- > 0;) first[ports_[p].group] = p;
    for (std::size_t a = 0; a < first.size(); ++a) {
      for (std::size_t b = a; b < first.size(); ++b) {
        const std::size_t from = first[a];
        const std::size_t to = a == b ? from + 1 : first[b];
        // A group of one port has no second one to go to.
        if (from >= ports_.size() || to >= ports_.size() || ports_[to].group != b) continue;
        facts.hops.push_back(hop(from, to));
      }
    }
  }

  HopFacts hop(std::size_t from, std::size_t to) const {
    const auto& latency = description_.latency;
    HopFacts facts;
    facts.from = ports_[from].name;
    facts.to = ports_[to].name;
    const models::HopDelays delays(latency);
    const auto first = packet_of(PacketKind::write, kDescribedBytes[0], port(from));
    facts.hop_ps = delays.rx_ps + delays.fixed_ps +
                   port(from).policy().rate().head_collect_ps(
                       port(from).policy().wire_cost(first).first_bytes);
    for (const std::uint32_t bytes : kDescribedBytes)
      facts.paths.push_back(one_way(latency, bytes, port(from), port(to)));
    const PlatformEndpoint* target = endpoint_of(to);
    if (target == nullptr) return facts;
    const auto expanded = expand_endpoints(platform_.config());
    const auto& described = platform_.config().endpoints[expanded[target->id.value()].description];
    for (const std::uint32_t bytes : kDescribedBytes)
      facts.paths.push_back(
          round_trip(latency, bytes, port(from), port(to), memory_times(described)));
    return facts;
  }

  const Platform& platform_;
  const SwitchDescription& description_;
  models::FabricSwitch& fabric_;
  std::vector<ExpandedPort> ports_;
};

}  // namespace

std::vector<SwitchFacts> fabric_facts(const Platform& platform) {
  std::vector<SwitchFacts> all;
  for (std::size_t i = 0; i < platform.switches().size(); ++i)
    all.push_back(SwitchReader(platform, i).read());
  return all;
}

}  // namespace antares::platforms
