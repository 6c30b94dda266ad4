// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/group_writers.h"

#include <algorithm>

#include "antares/platforms/build/group_plan.h"

namespace antares::platforms {
namespace {
constexpr std::uint16_t kWritersPort = 0xFFA;  // its place in the order of events: after endpoints
}  // namespace

GroupWriters::GroupWriters(Platform& platform)
    : platform_(platform), origin_(models::Origin::kEndpoints, kWritersPort) {
  const PlatformConfig& config = platform.config();
  const auto endpoints = expand_endpoints(config);
  for (std::size_t g = 0; g < config.groups.size(); ++g) {
    const GroupDescription& group = config.groups[g];
    for (const GroupChange& change : group.updates) {
      if (change.sent_by.empty()) continue;
      Write write;
      write.sender = resolve_members(config, endpoints, change.sent_by).endpoints.front();
      write.group = group.name;
      const auto members = members_of(config, endpoints, change.members, group.offset_bytes);
      write.data = models::table_entry(members);
      const auto& part = config.switches[endpoints[write.sender].ports.front().switch_index];
      write.request.address = table_window(config, *part.hypercast)
                                  .address_of(models::GroupId(static_cast<std::uint32_t>(g)));
      write.request.bytes = static_cast<std::uint32_t>(write.data.size());
      writes_.push_back(std::move(write));
      platform.scheduler().post(models::to_picoseconds(change.at_us * 1000), models::Phase::arrival,
                                origin_, *this, writes_.size() - 1);
    }
  }
}

void GroupWriters::fire(std::uint64_t what, models::Picoseconds now_ps) {
  Write& write = writes_[what];
  write.sent_ns = static_cast<double>(now_ps) * 1e-3;
  write.request.data = write.data.data();
  const PlatformEndpoint& sender = platform_.endpoints()[write.sender];
  write.request.request_bytes = static_cast<std::uint16_t>(sender.request_bytes);
  sender.requester->issue_aside(
      write.request, [this, what](bool ok, models::Picoseconds) { writes_[what].failed = !ok; });
}

std::vector<GroupUpdateRow> GroupWriters::lost(const std::vector<GroupUpdateRow>& told) const {
  std::vector<bool> matched(told.size());
  std::vector<GroupUpdateRow> rows;
  // The last first: a refusal that the table tells belongs to the latest write that was handed over
  // before it.
  for (auto write = writes_.rbegin(); write != writes_.rend(); ++write) {
    if (!write->failed) continue;
    const PlatformEndpoint& sender = platform_.endpoints()[write->sender];
    std::size_t t = told.size();
    while (t != 0 && (matched[t - 1] || told[t - 1].sent_by != sender.name ||
                      told[t - 1].group != write->group || told[t - 1].refusal.empty() ||
                      told[t - 1].sent_ns < write->sent_ns))
      --t;
    if (t != 0) {
      matched[t - 1] = true;
      continue;
    }
    GroupUpdateRow row;
    row.switch_name = sender.port->fabric().ports.front()->get_parent_object()->name();
    row.group = write->group;
    row.members = write->data.size() / models::kTableMemberBytes;
    row.asked_ns = row.sent_ns = write->sent_ns;
    row.refusal = "not_delivered";
    row.sent_by = sender.name;
    row.sent_bytes = write->data.size();
    rows.push_back(std::move(row));
  }
  std::reverse(rows.begin(), rows.end());
  return rows;
}

}  // namespace antares::platforms
