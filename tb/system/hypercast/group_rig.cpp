// SPDX-License-Identifier: Apache-2.0
#include "tb/system/hypercast/group_rig.h"

#include <gtest/gtest.h>

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

namespace {
models::ScoreboardConfig posted_in_order() {
  models::ScoreboardConfig config;
  config.ordered_classes = 1u << static_cast<unsigned>(protocols::TrafficClass::posted);
  return config;
}
}  // namespace

GroupRig::GroupRig(const SwitchConfig& config) : Fabric(config), board(posted_in_order()) {
  fabric.observe().add_listener(board);
}

tlm::tlm_generic_payload& GroupRig::write(unsigned from, std::uint64_t address, unsigned bytes,
                                          unsigned pattern) {
  data_.emplace_back(bytes);
  for (unsigned i = 0; i < bytes; ++i) data_.back()[i] = data_at(pattern, i);
  return initiator(from).make(tlm::TLM_WRITE_COMMAND, address, data_.back().data(), bytes);
}

void GroupRig::queue(unsigned from, tlm::tlm_generic_payload& payload, Picoseconds at_ps) {
  auto& list = queued_[{from, at_ps}];
  list.push_back(&payload);
  if (list.size() != 1) return;
  at(at_ps, [this, from, &list] {
    for (auto* each : list) initiator(from).begin_in_turn(*each);
  });
}

void GroupRig::expect_data(unsigned port, std::uint64_t address, unsigned bytes, unsigned pattern,
                           unsigned from) {
  for (unsigned i = 0; i < bytes; ++i) {
    ASSERT_EQ(target(port).byte(address + i), data_at(pattern, from + i))
        << "member " << port << ", byte " << i;
  }
}

void GroupRig::expect_done() {
  expect_quiescent(fabric, wheel);
  for (const std::string& problem : board.problems()) ADD_FAILURE() << problem;
  EXPECT_TRUE(board.conserved());
  EXPECT_EQ(board.in_flight(), 0u);
}

}  // namespace antares::tb
