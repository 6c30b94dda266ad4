// SPDX-License-Identifier: Apache-2.0
#include "antares/models/fabric_switch/fabric_switch.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace antares::models {
namespace {

std::string problems_of(const SwitchConfig& config) {
  std::string problems;
  const auto add = [&](const std::string& text) {
    problems += (problems.empty() ? "" : "; ") + text;
  };
  if (config.ports.empty()) add("a switch needs at least one port");
  if (config.ports.size() > 320) add("a switch has at most 320 ports");
  if (!config.endpoints.empty() && config.endpoints.size() != config.ports.size())
    add("endpoints must be empty or name one endpoint a port");
  std::set<std::string> names;
  unsigned upstream = 0;
  for (const PortConfig& port : config.ports) {
    if (port.policy == nullptr) add("port '" + port.name + "' has no link policy");
    if (port.role == PortRole::upstream && ++upstream > 1)
      add("port '" + port.name + "' is a second upstream port");
    for (const PortId blocked : port.egress_blocked) {
      if (blocked.value() >= config.ports.size())
        add("port '" + port.name + "' blocks an egress port that does not exist");
    }
    if (!names.insert(port.name).second) add("two ports are called '" + port.name + "'");
  }
  for (const AddressWindow& window : config.windows) {
    if (window.port.value() >= config.ports.size())
      add("a window names port " + std::to_string(window.port.value()) + " of " +
          std::to_string(config.ports.size()));
  }
  return problems;
}

const SwitchConfig& checked(const SwitchConfig& config) {
  const std::string problems = problems_of(config);
  if (!problems.empty()) throw std::invalid_argument("FabricSwitch: " + problems);
  return config;
}

}  // namespace

FabricSwitch::FabricSwitch(const sc_core::sc_module_name& name, const SwitchConfig& config,
                           Scheduler* scheduler)
    : sc_core::sc_module(name), config_(checked(config)) {
  if (scheduler == nullptr) {
    own_scheduler_ = std::make_unique<Scheduler>("scheduler");
    scheduler = own_scheduler_.get();
  }
  for (const AddressWindow& window : config_.windows) routes_.add(window);
  context_.scheduler = scheduler;
  context_.routes = &routes_;
  context_.crossbar = this;
  context_.room = this;
  context_.observe = &observe_;
  context_.packets = &packets_;
  context_.transactions = &transactions_;
  context_.delays = HopDelays(config_.latency);
  context_.bridge = config_.bridge;
  context_.root_turnaround_ps = to_picoseconds(config_.root_turnaround_ns);
  context_.input_speedup = config_.crossbar.input_speedup;
  context_.output_speedup = config_.crossbar.output_speedup;
  // Output queueing is the ideal with no limit: theory has neither backpressure nor loss.
  context_.egress_queue_bytes = config_.crossbar.queueing == Queueing::output
                                    ? ~std::uint64_t{0} >> 1
                                    : config_.crossbar.egress_queue_bytes;
  context_.switch_index = config_.index;
  for (std::size_t i = 0; i < config_.ports.size(); ++i) {
    const PortId id(static_cast<std::uint16_t>(i));
    const EndpointId endpoint = config_.endpoints.empty()
                                    ? EndpointId(static_cast<std::uint16_t>(i))
                                    : config_.endpoints[i];
    const PortConfig& port = config_.ports[i];
    adapters_.push_back(
        std::make_unique<PortAdapter>(port.name.c_str(), id, endpoint, port, context_));
    context_.ports.push_back(adapters_.back().get());
    if (port.role == PortRole::upstream) context_.upstream = context_.ports.back();
  }
  unsigned channels = 1;
  for (const PortConfig& port : config_.ports)
    channels = std::max<unsigned>(channels, port.policy->receiver_credits().virtual_channels);
  crossbar_ = std::make_unique<Crossbar>(
      config_.index, config_.crossbar, static_cast<unsigned>(adapters_.size()),
      channels * protocols::kTrafficClasses, config_.seed, std::string(this->name()) + ".crossbar",
      *scheduler, static_cast<IngressStage&>(*this), static_cast<EgressStage&>(*this), observe_);
  cut_trains();
  check_trains();
}

FabricSwitch::~FabricSwitch() = default;

void FabricSwitch::cut_trains() {
  // A train holds its buffers from head to tail: at most a quarter of the smallest pool on any
  // path, so that pools keep streaming. Found by doubling: policies say what a size demands, and in
  // which class.
  using protocols::PacketKind;
  constexpr PacketKind kinds[] = {PacketKind::read, PacketKind::write, PacketKind::completion};
  for (auto& bytes : train_bytes_) bytes = ~std::uint32_t{0};
  for (const auto& adapter : adapters_) {
    for (const PacketKind kind : kinds) {
      Packet packet;
      packet.kind = kind;
      packet.bytes = adapter->policy().max_link_payload_bytes(kind);
      adapter->policy().classify(packet);
      std::uint32_t& limit = train_bytes_[static_cast<unsigned>(kind)];
      limit = std::min(limit, train_that_fits(*adapter, packet));
    }
  }
  // By kind, since a train may leave on a link that puts it into another class.
  for (const auto& adapter : adapters_) {
    std::uint32_t limits[protocols::kTrafficClasses] = {};
    for (const PacketKind kind : kinds) {
      Packet packet;
      packet.kind = kind;
      packet.bytes = adapter->policy().max_link_payload_bytes(kind);
      adapter->policy().classify(packet);
      std::uint32_t& limit = limits[static_cast<unsigned>(packet.traffic_class)];
      limit = limit == 0 ? train_bytes(kind) : std::min(limit, train_bytes(kind));
    }
    for (unsigned c = 0; c < protocols::kTrafficClasses; ++c) {
      if (limits[c] == 0) limits[c] = train_bytes(PacketKind::write);  // a class without a kind
      adapter->set_train_bytes(static_cast<protocols::TrafficClass>(c), limits[c]);
    }
  }
}

std::uint32_t FabricSwitch::train_that_fits(PortAdapter& adapter, Packet packet) const {
  const auto& policy = adapter.policy();
  const std::uint32_t link_packet = packet.bytes;
  const auto initial = adapter.ingress_link().ledger().initial(packet.vc, packet.traffic_class);
  packet.flags = protocols::kLongAddress;
  std::uint32_t fits = link_packet;
  const std::uint64_t wanted = std::max<std::uint64_t>(config_.train_bytes, link_packet);
  for (std::uint64_t bytes = 2 * link_packet; bytes <= wanted && bytes <= (1u << 20);
       bytes += link_packet) {
    packet.bytes = static_cast<std::uint32_t>(bytes);
    const auto demand = policy.demand(packet);
    if (demand.header > initial.header / 4 || demand.data > initial.data / 4 ||
        policy.wire_cost(packet).bytes > context_.egress_queue_bytes / 4) {
      break;
    }
    fits = packet.bytes;
  }
  return fits;
}

void FabricSwitch::check_trains() const {
  using protocols::PacketKind;
  std::set<std::pair<const protocols::LinkPolicy*, const protocols::LinkPolicy*>> seen;
  std::string problems;
  for (const auto& from : adapters_) {
    for (const auto& to : adapters_) {
      const auto& in = from->policy();
      const auto& out = to->policy();
      if (&in == &out || (!context_.bridge.enabled && in.protocol() != out.protocol())) continue;
      if (!seen.insert({&in, &out}).second) continue;
      for (const PacketKind kind : {PacketKind::read, PacketKind::write, PacketKind::completion}) {
        Packet packet;
        packet.kind = kind;
        packet.bytes = 1u << 20;
        packet.flags = protocols::kLongAddress;
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
  if (!problems.empty()) throw std::invalid_argument("FabricSwitch: " + problems);
}

FabricSwitch::PortHandle FabricSwitch::port(const std::string& name) const {
  std::string names;
  for (std::size_t i = 0; i < config_.ports.size(); ++i) {
    if (config_.ports[i].name == name) return PortHandle(*adapters_[i]);
    names += (names.empty() ? "" : ", ") + config_.ports[i].name;
  }
  throw std::out_of_range(std::string(this->name()) + " has no port '" + name + "'; it has " +
                          names);
}

std::vector<WaitFact> FabricSwitch::waits() const {
  std::vector<WaitFact> facts;
  for (const auto& adapter : adapters_) adapter->collect_waits(facts);
  crossbar_->collect_waits(facts);
  return facts;
}

std::vector<std::string> FabricSwitch::quiescence_problems() const {
  std::vector<std::string> problems;
  const std::string me = name();
  if (packets_.in_use() != 0)
    problems.push_back(me + ": " + std::to_string(packets_.in_use()) + " packets in flight");
  if (transactions_.in_use() != 0)
    problems.push_back(me + ": " + std::to_string(transactions_.in_use()) +
                       " transactions in flight");
  if (crossbar_->packets_waiting() != 0) problems.push_back(me + ": packets wait at the crossbar");
  for (const auto& adapter : adapters_) adapter->collect_problems(problems);
  return problems;
}

}  // namespace antares::models
