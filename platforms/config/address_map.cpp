// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/config/address_map.h"

#include <fmt/format.h>

#include <map>

#include "antares/platforms/config/access_checks.h"
#include "antares/platforms/config/binder.h"
#include "antares/platforms/config/pods.h"

namespace antares::platforms {

std::uint64_t window_base(std::size_t endpoint) {
  return (static_cast<std::uint64_t>(endpoint) + 1) << 44;
}

namespace {

/// Why the link cannot ask for the last byte of this memory; no reason: it can.
protocols::Refusal out_of_reach(const protocols::LinkPolicy& policy, std::size_t endpoint,
                                const EndpointDescription& description) {
  protocols::RequestShape shape;
  shape.kind = protocols::PacketKind::read;
  shape.bytes = 1;
  shape.address = window_base(endpoint) + memory_bytes(description) - 1;
  const auto refusal = policy.refuses(shape);
  return refusal.why == protocols::Refusal::Why::address ? refusal : protocols::Refusal{};
}

}  // namespace

void check_addresses(const PlatformConfig& config, const TellMistake& tell) {
  const auto endpoints = expand_endpoints(config);
  const PartitionView view(config);
  std::map<const PortGroup*, std::shared_ptr<const protocols::LinkPolicy>> looked_at;
  const auto reaches_all = [&](const protocols::LinkPolicy& policy) {
    for (std::size_t e = 0; e < endpoints.size(); ++e)
      if (out_of_reach(policy, e, config.endpoints[endpoints[e].description])) return false;
    return true;
  };
  for (const ExpandedEndpoint& from : endpoints) {
    if (config.endpoints[from.description].kind == EndpointKind::memory) continue;
    for (const PortRef& port : from.ports) {
      const PortGroup& group = group_of(config, port);
      // Groups are few, and almost all of them reach everything.
      const auto [known, is_new] = looked_at.emplace(&group, nullptr);
      if (is_new && group.problems().empty()) {
        known->second = group.make_policy();
        if (reaches_all(*known->second)) known->second = nullptr;
      }
      if (known->second == nullptr) continue;
      for (std::size_t e = 0; e < endpoints.size(); ++e) {
        if (&endpoints[e] == &from || !view.sees(from, endpoints[e])) continue;
        const auto refusal =
            out_of_reach(*known->second, e, config.endpoints[endpoints[e].description]);
        if (!refusal) continue;
        const std::size_t g =
            static_cast<std::size_t>(&group - config.switches[port.switch_index].ports.data());
        tell(
            index_path(index_path("switches", port.switch_index) + ".ports", g) + "." + group.key(),
            fmt::format("port \"{}\" cannot address the memory of endpoint \"{}\", which begins at "
                        "{:#x}: {}",
                        group.name, endpoints[e].name, window_base(e), refusal.text),
            "endpoints are numbered in the order of the description, and the n-th memory begins at "
            "n x 2^44");
        known->second = nullptr;  // once a group
        break;
      }
    }
  }
}

}  // namespace antares::platforms
