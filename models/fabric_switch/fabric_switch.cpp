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
  for (const auto& route : config.id_routes) {
    if (route.port.value() >= config.ports.size())
      add("the route to endpoint " + std::to_string(route.endpoint.value()) + " names port " +
          std::to_string(route.port.value()) + " of " + std::to_string(config.ports.size()));
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
  if (const std::string problems = train_problems(); !problems.empty())
    throw std::invalid_argument("FabricSwitch: " + problems);
}

FabricSwitch::~FabricSwitch() = default;

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
