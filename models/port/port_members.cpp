// SPDX-License-Identifier: Apache-2.0
// PortAdapter: whom a packet for several is for. What would be refused is refused at the door, as
// an unmapped address is; the members are those that the packet finds when it gets to the look-up.
// Members behind one other switch get one copy together, over one link.
#include <algorithm>

#include "antares/models/port/group_changes.h"
#include "antares/models/port/port.h"
#include "antares/models/sockets/packet_hint.h"
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {
namespace {

/// A payload for bytes [from, from + bytes) of the original's data.
tlm::tlm_generic_payload& part_of(const tlm::tlm_generic_payload& original, std::uint32_t from,
                                  std::uint32_t bytes, bool own_data, PayloadPool& pool) {
  tlm::tlm_generic_payload& part = own_data ? copy_of(original) : pool.get();
  if (!own_data) {
    part.set_command(original.get_command());
    part.set_data_ptr(original.get_data_ptr());
    part.set_byte_enable_ptr(original.get_byte_enable_ptr());
    part.set_byte_enable_length(original.get_byte_enable_length());
    auto& hint = PayloadPool::hint(part);
    hint = PacketHint();
    if (const auto* said = original.get_extension<PacketHint>()) hint = *said;
  }
  if (auto* const hint = part.get_extension<PacketHint>()) hint->forget_names();
  if (part.get_data_ptr() != nullptr) part.set_data_ptr(part.get_data_ptr() + from);
  part.set_data_length(bytes);
  part.set_streaming_width(bytes);
  part.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  return part;
}

}  // namespace

bool PortAdapter::for_several(const tlm::tlm_generic_payload& payload) const {
  const auto* hint = payload.get_extension<PacketHint>();
  return (hint != nullptr && hint->group != nullptr) ||
         context_.hypercast->in_window(payload.get_address());
}

bool PortAdapter::to_table(const tlm::tlm_generic_payload& payload) const {
  const auto* hint = payload.get_extension<PacketHint>();
  return (hint == nullptr || hint->group == nullptr) &&
         context_.hypercast->in_table(payload.get_address());
}

std::optional<HypercastRefusal> PortAdapter::members_of(const Transaction& transaction,
                                                        const tlm::tlm_generic_payload& payload,
                                                        std::vector<MemberCopy>& members) {
  const auto* hint = payload.get_extension<PacketHint>();
  const GroupNaming* const naming = hint == nullptr ? nullptr : hint->group.get();
  if (transaction.kind == PacketKind::read) return HypercastRefusal::read;
  if (to_table(payload)) {
    const bool masked = (transaction.flags & protocols::kByteEnables) != 0;
    if (transaction.kind != PacketKind::write || masked) return HypercastRefusal::no_table_entry;
    GroupId group;
    MemberList entry;
    return context_.hypercast->read_entry(transaction.global_address, payload.get_data_ptr(),
                                          transaction.bytes, partition_->routes, group, entry);
  }
  const bool whole =
      transaction.kind == PacketKind::atomic || (transaction.flags & protocols::kByteEnables) != 0;
  if (whole && naming != nullptr && naming->scatter_unit_bytes != 0)
    return HypercastRefusal::cannot_scatter;
  GroupRequest request{
      transaction.global_address, transaction.bytes, endpoint_, true, false, naming};
  request.plain_posted = transaction.kind == PacketKind::write && !completes(transaction);
  request.untranslated = hint == nullptr || hint->address_type == 0;
  return context_.hypercast->resolve(request, partition_->routes, now_ps(), members);
}

tlm::tlm_response_status PortAdapter::refuse_group(const Transaction& transaction,
                                                   HypercastRefusal why) {
  ++counts_.multicast_refused;
  note(protocols::ErrorKind::unsupported_request, &transaction);
  last_refusal_ = std::string("refused by Hypercast: ") + models::name(why);
  switch (why) {
    case HypercastRefusal::read:
    case HypercastRefusal::not_posted:
    case HypercastRefusal::cannot_scatter:
      return tlm::TLM_COMMAND_ERROR_RESPONSE;
    default:
      return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
}

void PortAdapter::refuse_change(const Transaction& write, HypercastRefusal why,
                                std::uint64_t wire_bytes) {
  const auto group = context_.hypercast->table_window().group_at(write.global_address, write.bytes);
  if (!group || write.kind != PacketKind::write) return;  // no change of any
  context_.group_changes->refuse(*group, write.bytes / kTableMemberBytes, why,
                                 {endpoint_, write.entered_ps, write.bytes, wire_bytes});
}

RequestVerdict PortAdapter::send_to_several(Transaction& transaction,
                                            tlm::tlm_generic_payload& payload, Picoseconds at_ps) {
  payload.acquire();
  // Members may be anywhere: none gets a copy while a port of the partition moves.
  if (partition_->moving != 0) return hold(transaction, payload, at_ps);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  transaction.entered_ps = at_ps;
  Replication& set = *context_.replications.get();
  // What would be refused now is refused at the door, as an unmapped address is; the members are
  // those that the packet finds when it gets to the look-up.
  if (const auto why = members_of(transaction, payload, set.members)) {
    ReplicationPool::put(&set);
    if (to_table(payload)) refuse_change(transaction, *why, 0);
    answer_refused(transaction, refuse_group(transaction, *why), at_ps);
    return RequestVerdict::accepted;
  }
  set.members.clear();
  set.to_table = to_table(payload);
  transaction.copies = &set;
  transaction.completer = this;
  transaction.destination = endpoint_;
  transaction.local_address = transaction.global_address;
  transaction.posted = !completes(transaction);
  transaction.answer_bytes = 0;  // of an atomic nobody's old value is the answer
  return take_in(transaction, payload, at_ps);
}

void PortAdapter::look_up(Transaction& original) {
  Replication& set = *original.copies;
  set.made = true;
  if (set.to_table) return;  // for nobody
  const auto& payload = payload_of(original.forwarded);
  if (!set.known) {
    if (const auto why = members_of(original, payload, set.members)) {
      set.add_status(refuse_group(original, *why));
      return;
    }
  }
  ++counts_.multicast_packets;
  // Members behind one other switch get one copy together, which is split there.
  std::vector<Beyond> beyond;
  for (const MemberCopy& member : set.members) {
    // The switch that named it knows nothing of what has been dropped from groups here.
    if (set.known && context_.hypercast->expelled(member.endpoint)) continue;
    add_member(original, member, beyond);
  }
  if (beyond.size() > 1) gather(original, beyond);
  for (const Beyond& next : beyond)
    if (!next.members.empty()) add_beyond(original, next, beyond.size());
}

void PortAdapter::gather(const Transaction& original, std::vector<Beyond>& beyond) {
  // Where several switches lead on to a member by ways of the same length (spines), one of them
  // gets the copy for all it can: by sender, so that they share the work.
  const auto hops = [](const PortAdapter* exit, const MemberCopy& member) {
    unsigned count = 0;
    while (exit != nullptr && exit->far_ != nullptr && count < protocols::kMostHops) {
      exit = exit->goes_on_by(member.address, member.bytes);
      ++count;
    }
    return exit == nullptr ? protocols::kMostHops : count;
  };
  for (std::size_t i = 0; i < beyond.size(); ++i) {
    Beyond& one = beyond[(original.source.value() + i) % beyond.size()];
    if (one.members.empty()) continue;
    for (Beyond& other : beyond) {
      if (&other == &one) continue;
      const auto joins = [&](const MemberCopy& member) {
        return hops(one.exits.front(), member) <= hops(other.exits.front(), member);
      };
      const auto stays = std::stable_partition(other.members.begin(), other.members.end(),
                                               [&](const auto& member) { return !joins(member); });
      one.members.insert(one.members.end(), stays, other.members.end());
      other.members.erase(stays, other.members.end());
    }
  }
}

void PortAdapter::add_member(Transaction& original, const MemberCopy& member,
                             std::vector<Beyond>& beyond) {
  Replication& set = *original.copies;
  const Target target = find_target(member.address, member.bytes);
  // Who drains still gets the sums of what it has contributed: its contributions are answered by
  // then.
  const bool is_sum = (original.ending & Transaction::kIsSum) != 0;
  if (target.window == nullptr || !target.port->edge.has_device_target() ||
      (target.port->moving_ && !is_sum)) {
    ++counts_.copies_refused;
    note(protocols::ErrorKind::unsupported_request, &original);
    last_refusal_ = "a member of the group cannot be reached";
    return set.add_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  PortAdapter& exit = exit_to(*target.port);
  if (exit.far_ != nullptr) {
    const FabricContext* const next = &exit.far_->adapter().context_;
    auto it = std::find_if(beyond.begin(), beyond.end(),
                           [&](const Beyond& one) { return one.next == next; });
    if (it == beyond.end()) it = beyond.insert(it, Beyond{next, {}, {}});
    if (std::find(it->exits.begin(), it->exits.end(), &exit) == it->exits.end())
      it->exits.push_back(&exit);
    it->members.push_back(member);
    return;
  }
  Transaction& copy = add_copy(original, exit, member);
  direct(copy, target);
  const auto status = hides(copy) ? tlm::TLM_ADDRESS_ERROR_RESPONSE : refused_there(copy);
  if (status == tlm::TLM_OK_RESPONSE) return;
  ++counts_.copies_refused;
  set.copies.pop_back();
  payload_of(copy.forwarded).set_response_status(status);
  end_copy(copy, 0);
}

void PortAdapter::add_beyond(Transaction& original, const Beyond& next, std::size_t switches) {
  // Slices of several members go as the run of bytes that holds them all.
  std::uint32_t from = ~std::uint32_t{0};
  std::uint32_t end = 0;
  for (const MemberCopy& member : next.members) {
    from = std::min(from, member.from_bytes);
    end = std::max(end, member.from_bytes + member.bytes);
  }
  // Parallel links: senders are spread over them, and the packets of one stay in order. Divided, as
  // gather() has spread them over switches already: else those of one would all be even, or odd.
  std::vector<PortAdapter*> up;
  for (PortAdapter* exit : next.exits)
    if (exit->link_up()) up.push_back(exit);
  if (up.empty()) up = next.exits;
  PortAdapter& exit = *up[original.source.value() / switches % up.size()];
  Transaction& copy =
      add_copy(original, exit,
               {next.members.front().endpoint, original.global_address + from, from, end - from});
  PortAdapter& far = exit.far_->adapter();
  copy.completer = &far;
  copy.local_address = copy.global_address;
  copy.answer_bytes = 0;
  copy.completes = !original.posted;
  copy.copies = far.context_.replications.get();
  copy.copies->known = true;
  for (MemberCopy member : next.members) {
    member.from_bytes -= from;
    copy.copies->members.push_back(member);
  }
}

Transaction& PortAdapter::add_copy(Transaction& original, PortAdapter& exit,
                                   const MemberCopy& member) {
  Replication& set = *original.copies;
  Transaction& copy = *context_.transactions->get();
  const auto& payload = payload_of(original.forwarded);
  // A device whose link fails may still look at what it has not answered; an atomic writes there.
  const bool own_data = exit.faults_ != nullptr || original.kind == PacketKind::atomic ||
                        (original.kind == PacketKind::read && payload.get_data_ptr() != nullptr) ||
                        context_.member_timer != nullptr;
  copy.forwarded = &part_of(payload, member.from_bytes, member.bytes, own_data, *context_.payloads);
  copy.payload = copy.forwarded;
  copy.ending = Transaction::kIsCopy | Transaction::kOwnsCopy |
                static_cast<std::uint8_t>(original.ending & Transaction::kIsSum);
  copy.answered = true;  // no requester waits at an edge for this one
  copy.then = &original;
  copy.requester = this;
  copy.global_address = member.address;
  copy.bytes = member.bytes;
  copy.request_bytes = original.request_bytes;
  copy.source = original.source;
  copy.destination = member.endpoint;
  copy.kind = original.kind;
  copy.atomic = original.atomic;
  copy.vc = original.vc;
  copy.flags = original.flags;
  copy.byte_enable_holes = original.byte_enable_holes;
  copy.poisoned = original.poisoned;
  copy.posted = original.posted;
  if (original.kind == PacketKind::atomic)
    copy.answer_bytes = payload.get_extension<PacketHint>()->operand_bytes;
  set.copies.push_back({&copy, &exit, member.from_bytes, member.bytes});
  ++set.open;
  ++counts_.multicast_copies;
  return copy;
}

}  // namespace antares::models
