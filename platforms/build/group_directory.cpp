// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/group_directory.h"

#include <algorithm>

namespace antares::platforms {
namespace {

constexpr std::uint16_t kDirectoryPort =
    0xFFB;  // its place in the order of events: after endpoints
constexpr unsigned kWhatShift = 32;
/// A full queue of changes is asked again: assumption, no interface of a switch is public.
constexpr models::Picoseconds kAskAgain_ps = 100'000;

}  // namespace

GroupDirectory::GroupDirectory(Platform& platform, std::uint32_t first_group, std::uint32_t groups,
                               std::vector<std::size_t> members, Timing timing)
    : platform_(platform),
      origin_(models::Origin::kEndpoints, kDirectoryPort),
      first_(first_group),
      cache_(groups),
      members_(std::move(members)),
      timing_(timing),
      usable_(groups, false),
      asked_(groups, 0),
      in_force_ps_(groups, 0) {}

std::optional<GroupDirectory::Entry> GroupDirectory::take(const ExpertSet& set,
                                                          models::Picoseconds now_ps) {
  if (const auto known = cache_.take(set)) return Entry{*known, usable_[*known]};
  const auto entry = cache_.replace(set);
  if (!entry) return std::nullopt;
  // Held until it is in force, whoever asked for it: what is being written is not replaced.
  cache_.take(set);
  usable_[*entry] = false;
  asked_[*entry] = 0;
  in_force_ps_[*entry] = now_ps;
  ++updates_;
  way_free_ps_ = std::max(way_free_ps_, now_ps);
  post(kAsk, *entry, way_free_ps_ + timing_.reprogram_ps);
  way_free_ps_ += timing_.interval_ps;
  return Entry{*entry, false};
}

void GroupDirectory::post(What what, std::uint32_t entry, models::Picoseconds at_ps) {
  // Calls made while the wheel runs only post, never into the current instant.
  at_ps = std::max(at_ps, platform_.scheduler().now_ps() + 1);
  platform_.scheduler().post(at_ps, models::Phase::arrival, origin_, *this,
                             std::uint64_t{what} << kWhatShift | entry);
}

void GroupDirectory::ask(std::uint32_t entry, models::Picoseconds now_ps) {
  models::MemberList members;
  for (const std::uint16_t member : cache_.set_of(entry))
    members.push_back({platform_.endpoints()[members_[member]].id, 0});
  const auto& switches = platform_.switches();
  for (; asked_[entry] < switches.size(); ++asked_[entry]) {
    models::FabricSwitch& fabric = *switches[asked_[entry]];
    if (!fabric.knows_group(group(entry))) continue;
    const models::GroupUpdate update = fabric.group_changes().change(group(entry), members);
    if (update.refusal == models::HypercastRefusal::update_queue_full)
      return post(kAsk, entry, now_ps + kAskAgain_ps);
    if (update.refusal)
      throw RunFailure(std::string("a change of a group was refused: ") + name(*update.refusal));
    in_force_ps_[entry] = std::max(in_force_ps_[entry], update.in_force_at_ps);
  }
  post(kInForce, entry, in_force_ps_[entry]);
}

void GroupDirectory::fire(std::uint64_t what, models::Picoseconds now_ps) {
  const auto entry = static_cast<std::uint32_t>(what);
  if (what >> kWhatShift == kAsk) return ask(entry, now_ps);
  usable_[entry] = true;
  cache_.give_back(entry);
  if (listener_) listener_(now_ps);
}

}  // namespace antares::platforms
