// SPDX-License-Identifier: Apache-2.0
// FabricSwitch: how large a train may be. It holds its buffers from head to tail on every link of
// its way, so that the smallest pool of all linked switches decides.
#include <algorithm>
#include <set>

#include "antares/models/fabric_switch/fabric_switch.h"

namespace antares::models {
namespace {
constexpr PacketKind kKinds[] = {PacketKind::read, PacketKind::write, PacketKind::completion};

/// Credits that do not divide evenly among the virtual channels are the first one's.
protocols::VcId poorest_channel(const protocols::LinkPolicy& policy) {
  return protocols::VcId(static_cast<std::uint8_t>(policy.request_channels() - 1));
}
}  // namespace

void FabricSwitch::cut_trains() {
  // A train holds its buffers from head to tail: at most a quarter of the smallest pool on any
  // path, so that pools keep streaming. Found by doubling: policies say what a size demands, and in
  // which class.
  for (auto& bytes : context_.fitting_train_bytes) bytes = ~std::uint32_t{0};
  context_.fitting_read_requests = ~std::uint32_t{0};
  for (const auto& adapter : adapters_) {
    for (const PacketKind kind : kKinds) {
      Packet packet;
      packet.kind = kind;
      packet.bytes = adapter->policy().max_link_payload_bytes(kind);
      packet.vc = poorest_channel(adapter->policy());
      adapter->policy().classify(packet);
      std::uint32_t& limit = context_.fitting_train_bytes[static_cast<unsigned>(kind)];
      limit = std::min(limit, train_that_fits(*adapter, packet));
    }
    context_.fitting_read_requests =
        std::min(context_.fitting_read_requests, read_requests_that_fit(*adapter));
  }
  set_trains();
}

void FabricSwitch::set_trains() {
  for (unsigned kind = 0; kind < kTrainKinds; ++kind) {
    train_bytes_[kind] = context_.fitting_train_bytes[kind];
    for (const FabricContext* other : context_.linked)
      train_bytes_[kind] = std::min(train_bytes_[kind], other->fitting_train_bytes[kind]);
  }
  std::uint32_t read_requests = context_.fitting_read_requests;
  for (const FabricContext* other : context_.linked)
    read_requests = std::min(read_requests, other->fitting_read_requests);
  // By kind, since a train may leave on a link that puts it into another class.
  for (const auto& adapter : adapters_) {
    std::uint32_t limits[protocols::kTrafficClasses] = {};
    for (const PacketKind kind : kKinds) {
      Packet packet;
      packet.kind = kind;
      packet.bytes = adapter->policy().max_link_payload_bytes(kind);
      adapter->policy().classify(packet);
      std::uint32_t& limit = limits[static_cast<unsigned>(packet.traffic_class)];
      limit = limit == 0 ? train_bytes(kind) : std::min(limit, train_bytes(kind));
    }
    for (unsigned c = 0; c < protocols::kTrafficClasses; ++c) {
      if (limits[c] == 0) limits[c] = train_bytes(PacketKind::write);  // a class without a kind
      adapter->set_train_limit(static_cast<protocols::TrafficClass>(c), {limits[c], read_requests});
    }
  }
  if (reduction_ != nullptr) {
    set_reduction_requests();
    set_reduction_spans();
  }
}

// As much as one engine takes in turn, or a train; a quarter of an engine at most, as trains of
// their pools, so that one can be filled while others are emptied.
void FabricSwitch::set_reduction_requests() {
  const ReductionConfig& config = reduction_->config;
  const std::uint64_t held =
      std::min(std::uint64_t{config.contexts} * config.context_bytes, config.buffer_bytes);
  reduction_->largest_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(held, 1u << 30));
  reduction_->largest_of_several_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      {std::uint64_t{config.contexts / kShares} * config.context_bytes,
       config.buffer_bytes / kShares, std::uint64_t{reduction_->largest_bytes}}));
  const std::uint64_t wanted =
      std::max<std::uint64_t>(config.interleave_bytes, train_bytes(PacketKind::write));
  std::uint64_t bytes = 1;
  while (2 * bytes <= std::min(wanted, held / 4)) bytes *= 2;
  context_.reduction_request_bytes = bytes;
  // What one switch reduces, another takes in whole.
  std::uint64_t all = bytes;
  for (const FabricContext* other : context_.linked)
    if (other->reduction_request_bytes != 0) all = std::min(all, other->reduction_request_bytes);
  for (FabricContext* other : context_.linked)
    if (other->reduction_request_bytes != 0)
      other->reduction_request_bytes = other->reduction_span_bytes = all;
}

// Contexts of several engines in one request. Its results' trains come to a member in any order, so
// nothing of it may get lost on the way, links must not need the order, and requests have to be cut
// where engines change. assumption: eight contexts of 64 KiB, as much as a library's bulk step.
void FabricSwitch::set_reduction_spans() {
  const std::uint64_t part = context_.reduction_request_bytes;
  Packet whole;
  whole.bytes = static_cast<std::uint32_t>(ReductionSpan::kMostParts * part);
  const bool plain = std::all_of(adapters_.begin(), adapters_.end(), [&](const auto& port) {
    Packet its = whole;
    port->policy().classify(its);
    return !port->config().faults && !port->link.bound() && !port->ingress_link().encodes() &&
           part % port->policy().train_bytes(its, 0, train_bytes(PacketKind::write)) == 0;
  });
  // One behind the other, such requests have to begin at pages, as PortReduction::may_span() asks.
  constexpr std::uint64_t kPage = 4096;
  const bool spread = plain && member_timer_ == nullptr &&
                      ReductionSpan::kMostParts * part % kPage == 0 &&
                      reduction_->config.placement == EnginePlacement::egress_ports;
  context_.reduction_span_bytes = spread ? ReductionSpan::kMostParts * part : part;
}

bool FabricSwitch::takes_a_quarter(PortAdapter& adapter, const Packet& train) const {
  const auto initial = adapter.ingress_link().ledger().initial(train.vc, train.traffic_class);
  const auto demand = adapter.policy().demand(train);
  return demand.header <= initial.header / 4 && demand.data <= initial.data / 4 &&
         adapter.policy().wire_cost(train).bytes <= context_.egress_queue_bytes / 4;
}

std::uint32_t FabricSwitch::train_that_fits(PortAdapter& adapter, Packet packet) const {
  const std::uint32_t link_packet = packet.bytes;
  packet.flags = protocols::kLongAddress;
  std::uint32_t fits = link_packet;
  const std::uint64_t wanted = std::max<std::uint64_t>(config_.train_bytes, link_packet);
  for (std::uint64_t bytes = 2 * link_packet; bytes <= wanted && bytes <= (1u << 20);
       bytes += link_packet) {
    packet.bytes = static_cast<std::uint32_t>(bytes);
    if (!takes_a_quarter(adapter, packet)) break;
    fits = packet.bytes;
  }
  return fits;
}

// Requests carry no payload: what they ask for does not count, only how many they are.
std::uint32_t FabricSwitch::read_requests_that_fit(PortAdapter& adapter) const {
  const auto& policy = adapter.policy();
  Packet packet;
  packet.kind = PacketKind::read;
  packet.flags = protocols::kLongAddress;
  packet.request_bytes =
      static_cast<std::uint16_t>(std::min(policy.max_link_payload_bytes(packet.kind), 64u));
  packet.vc = poorest_channel(policy);
  packet.bytes = packet.request_bytes;
  policy.classify(packet);
  std::uint32_t fits = 1;
  for (std::uint32_t requests = 2; requests <= 4096; requests *= 2) {
    packet.bytes = requests * packet.request_bytes;
    if (!takes_a_quarter(adapter, packet)) break;
    fits = requests;
  }
  return fits;
}

bool FabricSwitch::could_meet(const PortAdapter& from, const PortAdapter& to) const {
  if (from.may_bridge_to(to)) return true;
  // Ports move: into any partition of their switch, also one that bridges.
  return &from.partition() != &to.partition() &&
         std::any_of(partitions_.begin(), partitions_.end(),
                     [](const auto& partition) { return partition->bridge.enabled; });
}

std::string FabricSwitch::train_problems() const {
  std::set<std::pair<const protocols::LinkPolicy*, const protocols::LinkPolicy*>> seen;
  std::string problems;
  std::vector<PortAdapter*> all;
  for (const FabricContext* other : context_.linked)
    all.insert(all.end(), other->ports.begin(), other->ports.end());
  for (const auto& from : adapters_) {
    for (PortAdapter* to : all) {
      const auto& in = from->policy();
      const auto& out = to->policy();
      if (&in == &out || !could_meet(*from, *to)) continue;
      if (!seen.insert({&in, &out}).second) continue;
      for (const PacketKind kind : kKinds) {
        Packet packet;
        packet.kind = kind;
        packet.bytes = 1u << 20;
        packet.flags = protocols::kLongAddress;
        packet.vc = poorest_channel(in);
        in.classify(packet);
        packet.bytes = in.train_bytes(packet, 0, train_bytes(kind));
        packet.address_low = 1;  // most link packets
        out.classify(packet);
        const auto demand = out.demand(packet);
        auto& ledger = to->egress().link().ledger();
        if (ledger.can_ever(packet.vc, packet.traffic_class, demand)) continue;
        const auto has = ledger.initial(packet.vc, packet.traffic_class);
        problems += (problems.empty() ? "" : "; ") + std::string("port '") + from->config().name +
                    "' (" + std::string(in.protocol()) + ") sends " + std::to_string(packet.bytes) +
                    " B at once, which on port '" + to->config().name + "' (" +
                    std::string(out.protocol()) + ") need " + std::to_string(demand.header) +
                    " header and " + std::to_string(demand.data) +
                    " data credits, but its receiver has " + std::to_string(has.header) + " and " +
                    std::to_string(has.data) +
                    ": they would wait for ever; raise its credits, or make the other's link "
                    "packets smaller";
        break;
      }
    }
  }
  return problems;
}

}  // namespace antares::models
