// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/mscclpp_channels.h"

#include <set>

namespace antares::platforms {

namespace {

constexpr std::uint32_t kMostChannels = 1u << 16;
constexpr std::uint32_t kMostIds = 1u << 20;
const char* const kKinds[] = {"memory", "port"};
constexpr const char* kSwitch = "switch";

int kind_of(const std::string& name) {
  for (int kind = 0; kind < 2; ++kind)
    if (name == kKinds[kind]) return kind;
  return -1;
}

}  // namespace

PlanBuffer MscclppChannels::buffer(const std::string& name, const std::string& path) const {
  if (name == "i") return PlanBuffer::input;
  if (name == "o") return PlanBuffer::output;
  if (name == "s") return PlanBuffer::scratch;
  json_.fail(path, "'" + printable(name) +
                       "' is no buffer; there are i (input), o (output) and s "
                       "(scratch)");
}

void MscclppChannels::read(const Json& gpu, std::uint32_t rank, std::uint32_t ranks,
                           const std::string& path) {
  for (auto& channels : channels_) channels.clear();
  switched_.clear();
  remote_.clear();
  const Json& entries = json_.list(gpu, "channels", path);
  for (std::size_t c = 0; c < entries.size(); ++c) {
    const std::string here = path + ".channels[" + std::to_string(c) + "]";
    const std::string name = json_.word(entries[c], "channel_type", here);
    const int kind = kind_of(name);
    if (name == kSwitch) read_switch(entries[c], rank, ranks, here);
    if (kind < 0) continue;  // refused where an operation uses it
    for (const Json& peer : json_.list(entries[c], "connected_to", here)) {
      Channel channel;
      channel.peer = json_.number(peer, here + ".connected_to", ranks - 1);
      for (const Channel& other : channels_[kind]) channel.number += other.peer == channel.peer;
      if (channels_[kind].size() >= kMostChannels) json_.fail(here, "too many channels");
      channels_[kind].push_back(channel);
    }
  }
  if (!gpu.contains("remote_buffers")) return;
  const Json& buffers = json_.list(gpu, "remote_buffers", path);
  for (std::size_t b = 0; b < buffers.size(); ++b) {
    const std::string here = path + ".remote_buffers[" + std::to_string(b) + "]";
    remote_.push_back({json_.number(buffers[b], "rank", here, ranks - 1),
                       buffer(json_.word(buffers[b], "type", here), here)});
  }
}

// One a group of ranks.
void MscclppChannels::read_switch(const Json& entry, std::uint32_t rank, std::uint32_t ranks,
                                  const std::string& path) {
  const char* const key = entry.contains("buffer_type") ? "buffer_type" : "buff";
  if (!entry.contains(key)) json_.fail(path, "there is no buffer_type");
  const PlanBuffer bound = buffer(json_.word(entry, key, path), path + "." + key);
  const Json& groups = json_.list(entry, "rank_groups", path);
  if (groups.empty()) json_.fail(path + ".rank_groups", "a switch channel without members");
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const std::string here = path + ".rank_groups[" + std::to_string(g) + "]";
    const Json& list = json_.list(groups[g], "ranks", here);
    if (list.empty()) json_.fail(here, "a switch channel without members");
    std::set<std::uint32_t> members;
    for (std::size_t m = 0; m < list.size(); ++m) {
      const std::string member = here + ".ranks[" + std::to_string(m) + "]";
      if (!members.insert(json_.number(list[m], member, ranks - 1)).second)
        json_.fail(member, "rank " + std::to_string(json_.number(list[m], member, kMostIds)) +
                               " is a member twice");
    }
    if (groups[g].contains("size") &&
        json_.number(groups[g], "size", here, kMostIds) != members.size())
      json_.fail(here + ".size", "there are " + std::to_string(members.size()) + " ranks");
    if (members.count(rank) == 0)
      json_.fail(here, "rank " + std::to_string(rank) + " is no member of its switch channel");
    if (members.size() != ranks)
      json_.fail(here, "a switch channel of " + std::to_string(members.size()) + " of " +
                           std::to_string(ranks) +
                           " ranks cannot be run: its members must be all ranks");
    switched_.push_back(bound);
  }
}

std::uint32_t MscclppChannels::reference(const Json& block, const char* key, const char* kind_key,
                                         const char* ids_key, const std::string& kind,
                                         const Json& id, const std::string& path) const {
  const std::uint32_t wanted = json_.number(id, path, kMostIds);
  for (const Json& entry : json_.list(block, key, path)) {
    if (json_.word(entry, kind_key, path) != kind) continue;
    const Json& ids = json_.list(entry, ids_key, path);
    if (wanted < ids.size()) return json_.number(ids[wanted], path, kMostIds);
  }
  json_.fail(path, std::string(key) + " of the thread block has no number " +
                       std::to_string(wanted) + " of kind " + kind);
}

MscclppChannels::Channel MscclppChannels::channel(const Json& block, const std::string& kind,
                                                  const Json& id, const std::string& path) const {
  const int known = kind_of(kind);
  if (known < 0)
    json_.fail(path, "channel_type '" + printable(kind) + "'; there are memory and port");
  const std::uint32_t index =
      reference(block, "channels", "channel_type", "channel_ids", kind, id, path);
  const std::vector<Channel>& channels = channels_[known];
  if (index >= channels.size())
    json_.fail(path, "channel " + std::to_string(index) + " of kind " + kind + " is not there");
  Channel channel = channels[index];
  channel.number += kMostChannels * static_cast<std::uint32_t>(known);
  return channel;
}

MscclppChannels::RemoteBuffer MscclppChannels::remote(const Json& block, const std::string& kind,
                                                      const Json& id,
                                                      const std::string& path) const {
  if (kind_of(kind) < 0)
    json_.fail(path, "channel_type '" + printable(kind) + "'; there are memory and port");
  const std::uint32_t index = reference(block, "remote_buffer_refs", "access_channel_type",
                                        "remote_buffer_ids", kind, id, path);
  if (index >= remote_.size())
    json_.fail(path, "remote buffer " + std::to_string(index) + " is not there");
  return remote_[index];
}

PlanBuffer MscclppChannels::switched(const Json& block, const Json& id,
                                     const std::string& path) const {
  const std::uint32_t index =
      reference(block, "channels", "channel_type", "channel_ids", kSwitch, id, path);
  if (index >= switched_.size())
    json_.fail(path, "switch channel " + std::to_string(index) + " is not there");
  return switched_[index];
}

}  // namespace antares::platforms
