// SPDX-License-Identifier: Apache-2.0
// The endpoints of a platform: made, and bound to their ports, by a card or a spreader where they
// have one.
#include <optional>

#include "antares/platforms/build/plane_plan.h"
#include "antares/platforms/build/platform.h"

namespace antares::platforms {
namespace {

/// What the link of a port lets a requester have in flight.
models::PlaneTags tags_of(const models::PortAdapter& port) {
  return {port.policy().tags(), port.policy().max_link_payload_bytes(models::PacketKind::read)};
}

}  // namespace

std::vector<Way> ways(const PlatformEndpoint& from, const PlatformEndpoint& to) {
  if (from.ports.size() == 1 && to.ports.size() == 1) return {{from.port, to.port}};
  std::vector<Way> all;
  for (const models::PortAdapter* port : from.ports) {
    const models::PortAdapter* const out = port->find_completer(to.window_base, 1);
    if (out != nullptr) all.push_back({port, out});
  }
  return all;
}

void Platform::build_endpoints() {
  const auto expanded = expand_endpoints(config_);
  std::optional<PlanePlan> plan;
  if (has_planes(config_)) plan.emplace(config_);
  for (std::size_t e = 0; e < expanded.size(); ++e) {
    const EndpointDescription& description = config_.endpoints[expanded[e].description];
    PlatformEndpoint endpoint;
    endpoint.name = expanded[e].name;
    endpoint.kind = description.kind;
    endpoint.id = models::EndpointId(static_cast<std::uint16_t>(e));
    for (const PortRef& port : expanded[e].ports) endpoint.ports.push_back(&handle(port).adapter());
    endpoint.port = endpoint.ports.front();
    endpoint.window_base = window_base(e);
    const auto id = static_cast<std::uint16_t>(e);
    const char* name = endpoint.name.c_str();
    switch (description.kind) {
      case EndpointKind::accelerator: {
        accelerators_.push_back(
            std::make_unique<models::Accelerator>(name, id, description.accelerator, *scheduler_));
        models::Accelerator& accelerator = *accelerators_.back();
        endpoint.requester = &accelerator.requester;
        endpoint.memory = &accelerator.memory;
        endpoint.accelerator = &accelerator.config();
        endpoint.window_bytes = description.accelerator.memory_bytes;
        endpoint.request_bytes = description.accelerator.request_bytes();
        add_nic(endpoint, description.accelerator.nic, description.accelerator.memory_latency_ns);
        break;
      }
      case EndpointKind::host: {
        hosts_.push_back(std::make_unique<models::Host>(name, id, description.host, *scheduler_));
        endpoint.requester = &hosts_.back()->requester;
        endpoint.memory = &hosts_.back()->memory;
        endpoint.window_bytes = description.host.memory_bytes;
        endpoint.request_bytes = description.host.request_bytes;
        add_nic(endpoint, description.host.nic, description.host.memory_latency_ns);
        break;
      }
      case EndpointKind::memory:
        memories_.push_back(std::make_unique<models::Memory>(name, description.memory));
        endpoint.memory = memories_.back().get();
        endpoint.window_bytes = description.memory.memory_bytes;
        break;
    }
    if (description.planes)
      add_spreader(endpoint, plan->table_of(e));
    else if (endpoint.requester != nullptr)
      endpoint.requester->limit_tags(tags_of(*endpoint.port).tags,
                                     tags_of(*endpoint.port).largest_read_bytes);
    bind(endpoint, expanded[e]);
    endpoints_.push_back(endpoint);
  }
}

void Platform::add_nic(PlatformEndpoint& endpoint, const std::optional<models::NicConfig>& nic,
                       double memory_latency_ns) {
  if (!nic) return;
  nics_.push_back(std::make_unique<models::Nic>(
      (endpoint.name + ":nic").c_str(), endpoint.id.value(), *nic,
      static_cast<models::Picoseconds>(memory_latency_ns * 1000 + 0.5), *scheduler_));
  endpoint.nic = nics_.back().get();
  endpoint.request_bytes = 0;  // the card makes packets as large as the link allows
}

void Platform::add_spreader(PlatformEndpoint& endpoint, models::PlaneTable table) {
  std::vector<models::PlaneTags> tags;
  for (const models::PortAdapter* port : endpoint.ports) tags.push_back(tags_of(*port));
  spreaders_.push_back(std::make_unique<models::PlaneSpreader>(
      (endpoint.name + ":planes").c_str(), endpoint.id.value(), std::move(table), tags,
      *scheduler_));
  endpoint.spreader = spreaders_.back().get();
  if (config_.faults)
    endpoint.spreader->watch_links(
        [ports = endpoint.ports](std::uint32_t plane) { return ports[plane]->link_up(); });
}

void Platform::bind(PlatformEndpoint& endpoint, const ExpandedEndpoint& expanded) {
  if (endpoint.spreader != nullptr) {
    if (endpoint.requester != nullptr)
      endpoint.requester->initiator.bind(endpoint.spreader->host_target());
    endpoint.spreader->memory_initiator.bind(endpoint.memory->target);
    for (std::size_t p = 0; p < expanded.ports.size(); ++p) {
      auto port = handle(expanded.ports[p]);
      endpoint.spreader->wire_initiator(p).bind(port.target());
      port.initiator().bind(endpoint.spreader->wire_target(p));
    }
    return;
  }
  auto port = handle(expanded.ports.front());
  if (endpoint.nic == nullptr) {
    if (endpoint.requester != nullptr) endpoint.requester->initiator.bind(port.target());
    port.initiator().bind(endpoint.memory->target);
    return;
  }
  endpoint.requester->initiator.bind(endpoint.nic->host_target);
  endpoint.nic->memory_initiator.bind(endpoint.memory->target);
  endpoint.nic->wire_initiator.bind(port.target());
  port.initiator().bind(endpoint.nic->wire_target);
}

}  // namespace antares::platforms
