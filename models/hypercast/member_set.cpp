// SPDX-License-Identifier: Apache-2.0
#include "antares/models/hypercast/member_set.h"

namespace antares::models {
namespace {

MemberSet refused(HypercastRefusal why, std::size_t culprit = 0) {
  return {PortSet(), why, culprit};
}

/// Bits in rising order, so that the culprit is the lowest port that does not exist.
MemberSet members_of_words(const std::uint64_t* words, std::size_t word_count,
                           const MemberLimits& limits) {
  PortSet ports;
  for (std::size_t word = 0; word < word_count; ++word) {
    for (std::uint64_t bits = words[word]; bits != 0; bits &= bits - 1) {
      const std::size_t port = word * kBitsPerWord + lowest_bit(bits);
      if (port >= limits.ports) return refused(HypercastRefusal::unknown_member, port);
      ports.set(protocols::PortId(static_cast<std::uint16_t>(port)));
    }
  }
  if (!ports.any()) return refused(HypercastRefusal::no_member);
  if (ports.count() > limits.most_members) return refused(HypercastRefusal::too_many_members);
  return {ports, std::nullopt, 0};
}

}  // namespace

const char* name(HypercastRefusal refusal) {
  switch (refusal) {
    case HypercastRefusal::no_member:
      return "no_member";
    case HypercastRefusal::unknown_member:
      return "unknown_member";
    case HypercastRefusal::duplicate_member:
      return "duplicate_member";
    case HypercastRefusal::too_many_members:
      return "too_many_members";
    case HypercastRefusal::unknown_group:
      return "unknown_group";
    case HypercastRefusal::update_queue_full:
      return "update_queue_full";
  }
  return "unknown";
}

MemberSet members_of_bitmap(const std::vector<std::uint64_t>& bitmap, const MemberLimits& limits) {
  return members_of_words(bitmap.data(), bitmap.size(), limits);
}

MemberSet checked(const PortSet& ports, const MemberLimits& limits) {
  return members_of_words(ports.data(), PortSet::kWords, limits);
}

MemberSet members_of_list(const std::vector<protocols::PortId>& list, const MemberLimits& limits) {
  PortSet ports;
  for (const protocols::PortId port : list) {
    if (port.value() >= limits.ports)
      return refused(HypercastRefusal::unknown_member, port.value());
    if (ports.test(port)) return refused(HypercastRefusal::duplicate_member, port.value());
    ports.set(port);
  }
  return checked(ports, limits);
}

}  // namespace antares::models
