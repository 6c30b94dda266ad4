// SPDX-License-Identifier: Apache-2.0
#include "tb/support/groups.h"

namespace antares::tb {

GroupConfig group_of(unsigned number, const std::vector<unsigned>& members,
                     std::uint64_t offset_step) {
  GroupConfig group;
  group.name = "group" + std::to_string(number);
  group.id = GroupId(number);
  group.base = group_window(number);
  group.window_bytes = kGroupBytes;
  for (std::size_t k = 0; k < members.size(); ++k)
    group.members.push_back({EndpointId(static_cast<std::uint16_t>(members[k])), offset_step * k});
  return group;
}

SwitchConfig with_groups(SwitchConfig config, const std::vector<GroupConfig>& groups) {
  config.hypercast = HypercastConfig{};
  config.hypercast->groups = groups;
  return config;
}

void name_members(tlm::tlm_generic_payload& payload, NamedBy by,
                  const std::vector<unsigned>& members, std::uint32_t scatter_unit_bytes) {
  auto naming = std::make_shared<GroupNaming>();
  naming->by = by;
  naming->scatter_unit_bytes = scatter_unit_bytes;
  for (const unsigned member : members) {
    if (by == NamedBy::list) naming->list.push_back(EndpointId(static_cast<std::uint16_t>(member)));
    if (by == NamedBy::group) naming->group = GroupId(member);
    if (by != NamedBy::bitmap) continue;
    naming->bitmap.resize(std::max<std::size_t>(naming->bitmap.size(), member / 64 + 1));
    naming->bitmap[member / 64] |= 1ull << (member % 64);
  }
  auto* hint = payload.get_extension<models::PacketHint>();
  if (hint == nullptr) hint = &add_hint(payload);
  hint->group = naming;
}

}  // namespace antares::tb
