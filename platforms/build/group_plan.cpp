// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/group_plan.h"

#include <algorithm>

#include "antares/platforms/config/group_checks.h"

namespace antares::platforms {
namespace {

/// Windows of endpoints stand at (endpoint + 1) << 44, of at most 1,024 endpoints.
constexpr std::uint64_t kFirstGroup = 1ull << 56;

models::MemberList members_of(const PlatformConfig& config,
                              const std::vector<ExpandedEndpoint>& endpoints,
                              const std::vector<std::string>& names, std::uint64_t offset_bytes) {
  models::MemberList members;
  for (const std::string& name : names)
    for (const std::size_t e : resolve_members(config, endpoints, name).endpoints)
      members.push_back({models::EndpointId(static_cast<std::uint16_t>(e)), offset_bytes});
  return members;
}

bool all_have_windows(const models::MemberList& members,
                      const std::vector<models::AddressWindow>& windows) {
  return std::all_of(members.begin(), members.end(), [&](const models::GroupMember& member) {
    return std::any_of(windows.begin(), windows.end(), [&](const models::AddressWindow& window) {
      return window.endpoint == member.endpoint;
    });
  });
}

}  // namespace

std::uint64_t group_base(std::size_t group) {
  return kFirstGroup + (static_cast<std::uint64_t>(group) << 44);
}

std::vector<models::GroupConfig> group_configs(const PlatformConfig& config,
                                               const std::vector<models::AddressWindow>& windows) {
  const auto endpoints = expand_endpoints(config);
  std::vector<models::GroupConfig> groups;
  for (std::size_t g = 0; g < config.groups.size(); ++g) {
    const GroupDescription& description = config.groups[g];
    models::GroupConfig group;
    group.name = description.name;
    group.id = models::GroupId(static_cast<std::uint32_t>(g));
    group.base = group_base(g);
    group.window_bytes = description.window_bytes;
    group.copy_to_sender = description.copy_to_sender;
    group.members = members_of(config, endpoints, description.members, description.offset_bytes);
    if (all_have_windows(group.members, windows)) groups.push_back(std::move(group));
  }
  return groups;
}

void schedule_group_updates(const PlatformConfig& config,
                            const std::vector<std::unique_ptr<models::FabricSwitch>>& switches) {
  const auto endpoints = expand_endpoints(config);
  for (std::size_t g = 0; g < config.groups.size(); ++g) {
    const GroupDescription& group = config.groups[g];
    const models::GroupId id(static_cast<std::uint32_t>(g));
    for (const GroupChange& change : group.updates) {
      const auto members = members_of(config, endpoints, change.members, group.offset_bytes);
      for (const auto& fabric : switches) {
        if (fabric->knows_group(id))
          fabric->group_changes().schedule(id, members,
                                           models::to_picoseconds(change.at_us * 1000));
      }
    }
  }
}

}  // namespace antares::platforms
