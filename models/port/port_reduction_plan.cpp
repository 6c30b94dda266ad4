// SPDX-License-Identifier: Apache-2.0
// PortReduction: what may be reduced, who contributes, and where. Nothing here takes time.
#include <algorithm>

#include "antares/models/port/port_reduction.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {
namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  return (hash ^ value) * 0x100000001b3ull;
}

}  // namespace

bool PortReduction::asked_for(const tlm::tlm_generic_payload& payload) {
  const auto* hint = payload.get_extension<PacketHint>();
  return hint != nullptr && hint->reduction != nullptr;
}

tlm::tlm_response_status PortReduction::refuse(const Transaction& transaction, const char* why,
                                               tlm::tlm_response_status status) {
  ++port_.counts_.reductions_refused;
  port_.note(protocols::ErrorKind::unsupported_request, &transaction);
  port_.last_refusal_ = std::string("refused by the reduction engines: ") + why;
  return status;
}

const KnownMembers& PortReduction::known(const std::shared_ptr<const MemberList>& members) {
  const auto [entry, is_new] = shared_.known.try_emplace(members.get());
  KnownMembers& known = entry->second;
  if (!is_new) return known;
  known.members = members;
  known.id = 0xcbf29ce484222325ull;
  known.here = true;
  for (const GroupMember& member : *members) {
    known.id = mixed(mixed(known.id, member.endpoint.value()), member.offset_bytes);
    const AddressWindow* const window = port_.partition_->routes.window_of(member.endpoint);
    const PortAdapter* const port =
        window == nullptr ? nullptr : context_.ports[window->port.value()];
    known.here = known.here && port != nullptr && port->edge.has_device_target();
    if (window == nullptr) continue;
    const std::uint64_t room =
        window->size_bytes - std::min(window->size_bytes, member.offset_bytes);
    known.room_bytes = std::min(known.room_bytes, room);
  }
  return known;
}

PortAdapter& PortReduction::port_of(const GroupMember& member) const {
  return *context_.ports[port_.partition_->routes.window_of(member.endpoint)->port.value()];
}

// Steps of the address, in turn: consecutive requests keep all engines of the group busy.
PortAdapter& PortReduction::home_of(const ReductionPart& part) const {
  const MemberList& members = *part.members;
  std::uint64_t step = shared_.config.interleave_bytes;
  while (step < part.what.bytes) step *= 2;
  return port_of(members[part.offset_bytes / step % members.size()]);
}

MemberCopy PortReduction::copy_for(const ReductionPart& part, std::size_t member,
                                   std::uint32_t bytes) const {
  const GroupMember& who = (*part.members)[member];
  const AddressWindow* const window = port_.partition_->routes.window_of(who.endpoint);
  return {who.endpoint, window->base + who.offset_bytes + part.offset_bytes, 0, bytes};
}

tlm::tlm_response_status PortReduction::plan(const Transaction& transaction,
                                             const tlm::tlm_generic_payload& payload,
                                             ReductionPart& part) {
  const auto& hint = *payload.get_extension<PacketHint>();
  const bool load = transaction.kind == PacketKind::read;
  if (!load && transaction.kind != PacketKind::write)
    return refuse(transaction, "not_a_read_or_write", tlm::TLM_COMMAND_ERROR_RESPONSE);
  if ((transaction.flags & protocols::kByteEnables) != 0)
    return refuse(transaction, "byte_enables", tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  ReductionKind kind = hint.reduction->kind;
  kind.order = shared_.config.order;
  if (const auto why = refusal(kind, load ? ReductionPath::pull : ReductionPath::push))
    return refuse(transaction, name(*why), tlm::TLM_COMMAND_ERROR_RESPONSE);
  if (const auto why = operand_refusal(kind.type, transaction.global_address, transaction.bytes))
    return refuse(transaction, name(*why), tlm::TLM_BURST_ERROR_RESPONSE);
  if (transaction.bytes > shared_.largest_bytes)
    return refuse(transaction, name(ReductionStatus::too_large), tlm::TLM_BURST_ERROR_RESPONSE);
  NamedMembers named;
  GroupRequest request;
  request.address = transaction.global_address;
  request.bytes = transaction.bytes;
  request.sender = port_.endpoint();
  request.naming = hint.group.get();
  if (const auto why = context_.hypercast->find_members(request, port_.partition_->routes,
                                                        port_.now_ps(), named))
    return port_.refuse_group(transaction, *why);
  const KnownMembers& set = known(named.members);
  if (!set.here)
    return refuse(transaction, "member_behind_another_switch", tlm::TLM_ADDRESS_ERROR_RESPONSE);
  const MemberList& members = *named.members;
  if (named.offset_bytes > set.room_bytes ||
      transaction.bytes > set.room_bytes - named.offset_bytes)
    return refuse(transaction, name(HypercastRefusal::outside_window),
                  tlm::TLM_ADDRESS_ERROR_RESPONSE);
  const auto place_of = [&](EndpointId endpoint) {
    const auto at = std::lower_bound(
        members.begin(), members.end(), endpoint,
        [](const GroupMember& m, EndpointId id) { return m.endpoint.value() < id.value(); });
    return at != members.end() && at->endpoint == endpoint ? at - members.begin() : -1;
  };
  const auto own = place_of(port_.endpoint());
  if (own < 0 && !load)
    return refuse(transaction, name(HypercastRefusal::sender_outside),
                  tlm::TLM_ADDRESS_ERROR_RESPONSE);
  part.role = load ? ReductionPart::Role::load : ReductionPart::Role::contribution;
  part.members = named.members;
  part.offset_bytes = named.offset_bytes;
  Contribution& what = part.what;
  what.source = port_.endpoint();
  what.index = static_cast<std::uint32_t>(std::max<std::ptrdiff_t>(own, 0));
  what.contributors = static_cast<std::uint32_t>(members.size());
  what.members = set.id;
  what.bytes = transaction.bytes;
  what.kind = kind;
  what.is_request = load;
  if (transaction.poisoned) what.defect = ReductionStatus::poisoned;
  if (load) {
    what.key = {ContextKey::kByTag, shared_.next_tag++};
    return tlm::TLM_OK_RESPONSE;
  }
  // A group's own number, or one made of its members, which no number reaches.
  what.key = {named.group != nullptr ? named.group->id.value()
                                     : static_cast<std::uint32_t>(set.id) | 0x80000000u,
              named.offset_bytes};
  if (hint.reduction->owner) {
    const auto owner = place_of(*hint.reduction->owner);
    if (owner < 0) return refuse(transaction, "owner_outside", tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (owner == own)
      return refuse(transaction, "owner_contributes", tlm::TLM_COMMAND_ERROR_RESPONSE);
    part.owner = hint.reduction->owner;
    --what.contributors;
    if (own > owner) --what.index;
    what.members = mixed(set.id, 1u + part.owner->value());
  }
  return tlm::TLM_OK_RESPONSE;
}

}  // namespace antares::models
