// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/crossing_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "antares/platforms/config/binder.h"

namespace antares::platforms {
namespace {

using protocols::LinkPolicy;
using protocols::Packet;
using protocols::PacketKind;

/// A port group whose link can be built.
struct Side {
  const SwitchDescription* part;
  const PortGroup* group;
  std::string path;
  std::shared_ptr<const LinkPolicy> policy;
};

bool bridges_everywhere(const SwitchDescription& part) {
  return part.bridge.enabled &&
         std::all_of(part.partitions.begin(), part.partitions.end(),
                     [](const auto& one) { return !one.bridge || one.bridge->enabled; });
}

/// The smallest train of its kind that `in` makes, wherever it starts.
Packet smallest_train(const LinkPolicy& in, PacketKind kind) {
  Packet packet;
  packet.kind = kind;
  packet.bytes = 1u << 20;
  packet.flags = protocols::kLongAddress;
  in.classify(packet);
  packet.bytes = in.train_bytes(packet, 0, 1);
  packet.address_low = 1;  // most link packets
  return packet;
}

void check_crossing(const Side& from, const Side& to, const TellMistake& tell) {
  for (const PacketKind kind : {PacketKind::read, PacketKind::write, PacketKind::completion}) {
    Packet packet = smallest_train(*from.policy, kind);
    to.policy->classify(packet);
    const protocols::CreditAmount needs = to.policy->demand(packet);
    const protocols::CreditAmount has =
        protocols::granted(*to.policy, packet.vc, packet.traffic_class);
    if (needs.header <= has.header && needs.data <= has.data) continue;
    return tell(
        to.path + "." + to.group->key(),
        fmt::format("port \"{}\" ({}) sends link packets of {} B, which on port \"{}\" ({}) need "
                    "{} header and {} data credits, but its receiver has {} and {}: they would "
                    "wait for ever",
                    from.group->name, from.policy->protocol(), packet.bytes, to.group->name,
                    to.policy->protocol(), needs.header, needs.data, has.header, has.data),
        "raise its credits, or make the other's link packets smaller");
  }
}

}  // namespace

void check_virtual_channel(const PlatformConfig& config, const EndpointDescription& endpoint,
                           const std::vector<PortRef>& attached, const std::string& path,
                           const TellMistake& tell) {
  if (endpoint.kind != EndpointKind::accelerator || endpoint.accelerator.virtual_channel == 0)
    return;
  for (const PortRef& port : attached) {
    const PortGroup& group = group_of(config, port);
    if (!group.problems().empty()) return;  // told at its own place
    const auto policy = group.make_policy();
    const unsigned has = policy->request_channels();
    if (endpoint.accelerator.virtual_channel < has) continue;
    return tell(path + ".accelerator.virtual_channel",
                fmt::format("virtual_channel {}, but the {} port \"{}\" has {} for requests",
                            endpoint.accelerator.virtual_channel, policy->protocol(), group.name,
                            has == 1 ? std::string("0 only") : fmt::format("0 to {}", has - 1)),
                "leave it out for channel 0, or give the link more channels");
  }
}

void check_crossings(const PlatformConfig& config, const ReadState& state,
                     const TellMistake& tell) {
  std::vector<Side> sides;
  for (std::size_t s = 0; s < config.switches.size(); ++s) {
    const SwitchDescription& part = config.switches[s];
    for (std::size_t g = 0; g < part.ports.size(); ++g) {
      const std::string path = index_path(index_path("switches", s) + ".ports", g);
      if (state.failed(path) || !part.ports[g].problems().empty()) continue;
      sides.push_back({&part, &part.ports[g], path, part.ports[g].make_policy()});
    }
  }
  // Groups alike are told once: a description that counts its switches lists them one by one.
  std::set<std::string> told;
  const TellMistake once = [&](const std::string& path, const std::string& message,
                               const std::string& hint) {
    if (told.insert(message).second) tell(path, message, hint);
  };
  for (const Side& from : sides) {
    for (const Side& to : sides) {
      if (from.policy->protocol() == to.policy->protocol()) continue;
      const bool meet = from.part == to.part || !config.links.empty();
      if (meet && bridges_everywhere(*to.part)) check_crossing(from, to, once);
    }
  }
}

void check_card_delays(const PlatformConfig& config, const EndpointDescription& endpoint,
                       const std::vector<PortRef>& attached, const std::string& path,
                       const TellMistake& warn) {
  const bool host = endpoint.kind == EndpointKind::host;
  const auto& nic = host ? endpoint.host.nic : endpoint.accelerator.nic;
  if (!nic || endpoint.kind == EndpointKind::memory || attached.empty()) return;
  const PortGroup& group = group_of(config, attached.front());
  if (!group.carries_network_packets() || group.ethernet.bridge_ns == 0) return;
  warn(path + (host ? ".host.nic" : ".accelerator.nic"),
       fmt::format("a card on port \"{}\", whose link has bridge_ns {:g} for an accelerator's own "
                   "protocol bridge: both are counted",
                   group.name, group.ethernet.bridge_ns),
       "with a card, ethernet.bridge_ns: 0");
}

}  // namespace antares::platforms
