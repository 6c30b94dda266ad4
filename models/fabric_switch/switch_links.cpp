// SPDX-License-Identifier: Apache-2.0
// FabricSwitch: its place among the switches that links connect. What depends on how the sockets
// are bound can be known at elaboration only, so its mistakes are reports, not exceptions.
#include <algorithm>

#include "antares/models/fabric_switch/fabric_switch.h"
#include "antares/models/report_ids.h"

namespace antares::models {

void FabricSwitch::end_of_elaboration() {
  enter_ids();
  find_linked();
  if (context_.linked.size() == 1) return;
  set_trains();
  if (const std::string problems = train_problems(); !problems.empty())
    SC_REPORT_ERROR(kReportLink, (std::string(name()) + ": " + problems).c_str());
}

void FabricSwitch::enter_ids() {
  // Only packets from other switches are routed so.
  const bool linked = std::any_of(adapters_.begin(), adapters_.end(),
                                  [](const auto& adapter) { return adapter->link.bound(); });
  if (!linked) return;
  const auto enter = [&](EndpointId endpoint, PortId port) {
    try {
      partition_of(port).routes.add_id(endpoint, port);
    } catch (const std::invalid_argument& problem) {
      SC_REPORT_ERROR(kReportRoute, (std::string(name()) + ": " + problem.what()).c_str());
    }
  };
  for (const auto& adapter : adapters_) {
    const bool device = adapter->edge.has_device_initiator() || adapter->edge.has_device_target();
    if (device && !adapter->link.bound()) enter(adapter->endpoint(), adapter->id());
  }
  for (const AddressWindow& window : config_.windows) {
    if (adapters_[window.port.value()]->link.bound()) enter(window.endpoint, window.port);
  }
  for (const auto& route : config_.id_routes) enter(route.endpoint, route.port);
  for (const auto& way : config_.other_ways) {
    try {
      if (!adapters_[way.port.value()]->link.bound())
        throw std::invalid_argument("port " + std::to_string(way.port.value()) +
                                    " is no link between switches, so no other way to endpoint " +
                                    std::to_string(way.endpoint.value()));
      partition_of(way.port).routes.add_way(way.endpoint, way.port);
    } catch (const std::invalid_argument& problem) {
      SC_REPORT_ERROR(kReportRoute, (std::string(name()) + ": " + problem.what()).c_str());
    }
  }
}

void FabricSwitch::find_linked() {
  auto& linked = context_.linked;
  for (std::size_t i = 0; i < linked.size(); ++i) {
    // By index, not by iterator: found switches are appended on the way.
    FabricContext* const here = linked[i];
    for (PortAdapter* port : here->ports) {
      if (!port->link.bound()) continue;
      FabricContext* const there = &port->link.far().adapter().fabric();
      if (std::find(linked.begin(), linked.end(), there) == linked.end()) linked.push_back(there);
    }
  }
  // Where one switch has a choice, all count what is under way: a choice is kept as long as that.
  if (std::none_of(linked.begin(), linked.end(), [](const auto* each) { return each->has_choice; }))
    return;
  context_.adaptive = std::make_unique<AdaptiveRoutes>(config_.choose_by_hash);
  for (const auto& adapter : adapters_) adapter->route_by_load();
}

void FabricSwitch::start_of_simulation() {
  for (const auto& adapter : adapters_) {
    if (const std::string problem = adapter->link_problem(); !problem.empty())
      SC_REPORT_ERROR(kReportLink, problem.c_str());
    // Those without memory, too: their requests name them. (Memory's: problems_of().)
    if (adapter->edge.has_device_initiator() &&
        adapter->endpoint().value() >= adapter->policy().endpoint_ids())
      SC_REPORT_ERROR(kReportRoute, (std::string(adapter->name()) + " has endpoint " +
                                     std::to_string(adapter->endpoint().value()) + ", and " +
                                     std::string(adapter->policy().protocol()) + " has ids below " +
                                     std::to_string(adapter->policy().endpoint_ids()))
                                        .c_str());
  }
  if (context_.linked.size() > 1) check_ways();
  for (const auto& way : config_.other_ways) {
    PortAdapter& port = *adapters_[way.port.value()];
    if (!port.link.bound()) continue;  // told
    const std::string problem = port.link.far().adapter().way_problem(way.endpoint);
    if (!problem.empty())
      SC_REPORT_ERROR(kReportRoute,
                      (std::string(name()) + ": other way to endpoint " +
                       std::to_string(way.endpoint.value()) + " by " + port.name() + ": " + problem)
                          .c_str());
  }
}

void FabricSwitch::check_ways() const {
  for (const AddressWindow& window : config_.windows) {
    const PortAdapter& exit = *adapters_[window.port.value()];
    const auto tell = [&](const std::string& what) {
      char text[32];
      std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(window.base));
      SC_REPORT_ERROR(kReportRoute, (std::string(name()) + ": window at " + text + " to endpoint " +
                                     std::to_string(window.endpoint.value()) + ": " + what)
                                        .c_str());
    };
    if (!const_cast<PortAdapter&>(exit).link.bound()) continue;
    const PortAdapter* completer = exit.find_completer(window.base, window.size_bytes);
    if (completer == nullptr) {
      tell(exit.way_problem(window.base, window.size_bytes));
      continue;
    }
    if (const std::string problem = exit.way_problem(window.endpoint); !problem.empty()) {
      tell(problem);
      continue;
    }
    for (const auto& requester : adapters_) {
      if (!requester->edge.has_device_initiator() || &requester->partition() != &exit.partition()) {
        continue;
      }
      const std::string problem = completer->way_problem(requester->endpoint());
      if (!problem.empty()) {
        tell("completions to " + std::string(requester->name()) + " (endpoint " +
             std::to_string(requester->endpoint().value()) + ") do not come back: " + problem);
      }
    }
  }
}

}  // namespace antares::models
