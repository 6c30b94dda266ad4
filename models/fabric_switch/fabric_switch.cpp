// SPDX-License-Identifier: Apache-2.0
#include "antares/models/fabric_switch/fabric_switch.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <stdexcept>

#include "antares/models/observe/text.h"

namespace antares::models {
namespace {

SwitchConfig checked(const SwitchConfig& config) {
  const std::string problems = problems_of(config);
  if (!problems.empty()) throw std::invalid_argument("FabricSwitch: " + problems);
  if (service_ports_of(config) == 0) return config;
  SwitchConfig with_numbers = config;
  for (std::size_t i = 0; config.endpoints.empty() && i < config.ports.size(); ++i)
    with_numbers.endpoints.emplace_back(static_cast<std::uint16_t>(i));
  return with_service_ports(std::move(with_numbers));
}

}  // namespace

FabricSwitch::FabricSwitch(const sc_core::sc_module_name& name, const SwitchConfig& config,
                           Scheduler* scheduler)
    : sc_core::sc_module(name), config_(checked(config)) {
  if (scheduler == nullptr) {
    own_scheduler_ = std::make_unique<Scheduler>("scheduler");
    scheduler = own_scheduler_.get();
  }
  context_.scheduler = scheduler;
  context_.crossbar = this;
  context_.room = this;
  context_.observe = &observe_;
  context_.packets = &packets_;
  context_.transactions = &transactions_;
  context_.payloads = &payloads_;
  context_.delays = HopDelays(config_.latency);
  context_.root_turnaround_ps = to_picoseconds(config_.root_turnaround_ns);
  context_.input_speedup = config_.crossbar.input_speedup;
  context_.output_speedup = config_.crossbar.output_speedup;
  // Output queueing is the ideal with no limit: theory has neither backpressure nor loss.
  context_.egress_queue_bytes = config_.crossbar.queueing == Queueing::output
                                    ? ~std::uint64_t{0} >> 1
                                    : config_.crossbar.egress_queue_bytes;
  context_.switch_index = config_.index;
  context_.ids_by_port = config_.ids_by_port;
  context_.seed = config_.seed;
  context_.has_choice = !config_.other_ways.empty();
  make_partitions();
  if (config_.hypercast) make_groups();
  if (config_.reduction) make_engines();
  for (std::size_t i = 0; i < config_.ports.size(); ++i) {
    const PortId id(static_cast<std::uint16_t>(i));
    const EndpointId endpoint = config_.endpoints.empty()
                                    ? EndpointId(static_cast<std::uint16_t>(i))
                                    : config_.endpoints[i];
    const PortConfig& port = config_.ports[i];
    Partition& partition = partition_of(id);
    adapters_.push_back(
        std::make_unique<PortAdapter>(port.name.c_str(), id, endpoint, port, context_, partition));
    context_.ports.push_back(adapters_.back().get());
    partition.ports.push_back(context_.ports.back());
    if (port.role == PortRole::upstream) partition.upstream = context_.ports.back();
  }
  unsigned channels = 1;
  for (const PortConfig& port : config_.ports)
    channels = std::max<unsigned>(channels, port.policy->receiver_credits().virtual_channels);
  // Engines read from inputs of their own, behind those of the ports; no output is as high.
  const unsigned crossbar_ports =
      static_cast<unsigned>(adapters_.size()) * (reduction_ == nullptr ? 1 : 2);
  context_.engine_queue = static_cast<std::uint8_t>(channels * protocols::kTrafficClasses);
  crossbar_ = std::make_unique<Crossbar>(
      config_.index, config_.crossbar, crossbar_ports,
      channels * protocols::kTrafficClasses + (reduction_ == nullptr ? 0 : 1), config_.seed,
      std::string(this->name()) + ".crossbar", *scheduler, static_cast<IngressStage&>(*this),
      static_cast<EgressStage&>(*this), observe_);
  cut_trains();
  if (const std::string problems = train_problems(); !problems.empty())
    throw std::invalid_argument("FabricSwitch: " + problems);
}

FabricSwitch::~FabricSwitch() {
  // A run that is given up ends with requests in flight: their private copies are nobody else's.
  transactions_.for_each_in_use([](Transaction& transaction) {
    if (transaction.owns_copy())
      static_cast<tlm::tlm_generic_payload*>(transaction.forwarded)->release();
  });
}

void FabricSwitch::make_partitions() {
  const auto add = [&](const std::string& name, const BridgeConfig& bridge) {
    partitions_.push_back(std::make_unique<Partition>());
    partitions_.back()->name = name;
    partitions_.back()->bridge = bridge;
  };
  for (const PartitionConfig& partition : config_.partitions)
    add(partition.name, partition.bridge.value_or(config_.bridge));
  // With no partitions everything is one; else the last one is that of the spare ports, who do not
  // see each other either: it gets no routes.
  add("", config_.bridge);
  for (const AddressWindow& window : config_.windows) {
    Partition& partition = partition_of(window.port);
    if (&partition != partitions_.back().get() || partitions_.size() == 1)
      partition.routes.add(window);
  }
  for (const auto& partition : partitions_)
    for (const auto& way : config_.way_channels)
      partition->routes.set_channel(way.endpoint, way.channel);
}

void FabricSwitch::make_groups() {
  hypercast_ = std::make_unique<Hypercast>(*config_.hypercast);
  context_.hypercast = hypercast_.get();
  group_changes_ = std::make_unique<GroupChanges>(*hypercast_, *context_.scheduler, config_.index);
  context_.group_changes = group_changes_.get();
  if (config_.hypercast->slow_member != SlowMember::stall) {
    member_timer_ =
        std::make_unique<MemberTimer>(to_picoseconds(config_.hypercast->member_timeout_us * 1000),
                                      *context_.scheduler, config_.index);
    context_.member_timer = member_timer_.get();
  }
  for (const GroupConfig& group : config_.hypercast->groups) {
    if (group.members.empty())
      throw std::invalid_argument("FabricSwitch: group '" + group.name + "' has no member");
    const EndpointId first = group.members.front().endpoint;
    const auto has_it = [&](const auto& partition) {
      return partition->routes.window_of(first) != nullptr;
    };
    const auto it = std::find_if(partitions_.begin(), partitions_.end(), has_it);
    if (it == partitions_.end())
      throw std::invalid_argument("FabricSwitch: group '" + group.name + "': endpoint " +
                                  std::to_string(first.value()) + " has no address window");
    for (const auto& partition : partitions_) {
      for (const AddressWindow& window : partition->routes.windows()) {
        const bool apart = window.base + (window.size_bytes - 1) < group.base ||
                           group.base + (group.window_bytes - 1) < window.base;
        if (group.window_bytes != 0 && !apart)
          throw std::invalid_argument("FabricSwitch: the window of group '" + group.name +
                                      "' overlaps that of endpoint " +
                                      std::to_string(window.endpoint.value()));
      }
    }
    try {
      hypercast_->add(group, (*it)->routes);
    } catch (const std::invalid_argument& problem) {
      throw std::invalid_argument(std::string("FabricSwitch: ") + problem.what());
    }
  }
}

void FabricSwitch::make_engines() {
  if (hypercast_ == nullptr)
    throw std::invalid_argument(
        "FabricSwitch: reduction needs hypercast, which says who contributes; give the switch "
        "both");
  reduction_ = std::make_unique<ReductionShared>();
  reduction_->config = *config_.reduction;
  context_.reduction = reduction_.get();
  context_.first_engine = static_cast<std::uint16_t>(config_.ports.size());
  context_.service_ports = static_cast<std::uint16_t>(service_ports_of(config_));
}

void FabricSwitch::copies_left(Packet& original, const Transfer& transfer) {
  if (original.input.value() < adapters_.size())
    return adapters_[original.input.value()]->copies_left(original, transfer);
  port_at(original.input).reduction()->result_left(original, scheduler().now_ps());
  packets_.put(&original);
}

Partition& FabricSwitch::partition_of(PortId port) {
  for (std::size_t i = 0; i < config_.partitions.size(); ++i) {
    const auto& ports = config_.partitions[i].ports;
    if (std::find(ports.begin(), ports.end(), port) != ports.end()) return *partitions_[i];
  }
  return *partitions_.back();
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

void FabricSwitch::move_port(PortId port, const std::string& partition, Picoseconds at_ps) {
  if (mover_ == nullptr) mover_ = std::make_unique<PortMover>(config_, context_, partitions_);
  mover_->schedule(port, partition, at_or_soon(at_ps));
}

void FabricSwitch::reset_partition(const std::string& partition, Picoseconds at_ps) {
  if (reset_ == nullptr) reset_ = std::make_unique<PartitionReset>(context_, partitions_);
  reset_->schedule(partition, at_or_soon(at_ps));
}

Picoseconds FabricSwitch::at_or_soon(Picoseconds at_ps) const {
  const Scheduler& wheel = *context_.scheduler;
  return at_ps != kAtOnce ? at_ps : wheel.now_ps() + (wheel.running() ? 0 : 1);
}

GroupChanges& FabricSwitch::group_changes() {
  if (group_changes_ == nullptr)
    throw std::logic_error(std::string(name()) +
                           " has no groups: SwitchConfig::hypercast is not set");
  return *group_changes_;
}

const std::vector<PortMove>& FabricSwitch::moves() const {
  static const std::vector<PortMove> none;
  return mover_ == nullptr ? none : mover_->moves();
}

std::vector<WaitFact> FabricSwitch::waits() const {
  std::vector<WaitFact> facts;
  std::vector<std::string> names;
  for (const auto& adapter : adapters_) {
    adapter->collect_waits(facts);
    names.emplace_back(adapter->name());
  }
  const std::size_t ports = adapters_.size();
  for (std::size_t i = 0; reduction_ != nullptr && i < ports; ++i)
    names.push_back(names[i] + " engine");
  crossbar_->collect_waits(names, facts);
  return facts;
}

std::string FabricSwitch::waits_since(Picoseconds before_ps) {
  const Transaction* oldest = nullptr;
  transactions_.for_each_in_use([&](const Transaction& each) {
    // Stand-ins of the switch itself have no completer, or nobody who waits for them.
    if (each.completer == nullptr || each.answered || each.ends_in_bridge) return;
    if (each.entered_ps > before_ps) return;
    if (oldest == nullptr || each.entered_ps < oldest->entered_ps) oldest = &each;
  });
  if (oldest == nullptr) return {};
  char text[96];
  std::snprintf(text, sizeof text, " of %u B at 0x%llx", unsigned{oldest->bytes},
                static_cast<unsigned long long>(oldest->global_address));
  return std::string(oldest->requester->name()) + " waits for the answer to its " +
         to_string(oldest->kind) + text + " to " + oldest->completer->name() + " since " +
         time_text(oldest->entered_ps);
}

std::size_t FabricSwitch::reduction_contexts_open() const {
  std::size_t open = 0;
  for (const auto& adapter : adapters_)
    if (reduction_ != nullptr) open += adapter->reduction()->engine().table().open();
  return open;
}

std::vector<std::string> FabricSwitch::quiescence_problems() const {
  std::vector<std::string> problems;
  const std::string me = name();
  if (packets_.in_use() != 0)
    problems.push_back(me + ": " + std::to_string(packets_.in_use()) + " packets in flight");
  if (transactions_.in_use() != 0)
    problems.push_back(me + ": " + std::to_string(transactions_.in_use()) +
                       " transactions in flight");
  if (context_.replications.in_use() != 0 || crossbar_->fan_outs() != 0 || payloads_.in_use() != 0)
    problems.push_back(me + ": copies are in flight");
  if (crossbar_->packets_waiting() != 0) problems.push_back(me + ": packets wait at the crossbar");
  for (const auto& adapter : adapters_) {
    adapter->collect_problems(problems);
    if (reduction_ == nullptr) continue;
    const ContextTable& table = adapter->reduction()->engine().table();
    if (table.contexts_taken() + table.open() + table.parked() != 0)
      problems.push_back(std::string(adapter->name()) + ": its reduction engine holds contexts");
  }
  return problems;
}

}  // namespace antares::models
