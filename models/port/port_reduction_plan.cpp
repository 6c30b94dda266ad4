// SPDX-License-Identifier: Apache-2.0
// PortReduction: what may be reduced, who contributes, and where. Nothing here takes time.
#include <algorithm>

#include "antares/models/hypercast/scatter.h"
#include "antares/models/port/port_reduction.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {
namespace {

/// No window reaches so far: who looks for a member there finds none, and says so.
constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  return (hash ^ value) * 0x100000001b3ull;
}

const char* why_not(const RouteTable& routes, const GroupMember& member) {
  return routes.window_of(member.endpoint) == nullptr ? name(HypercastRefusal::unknown_member)
                                                      : "no_way_between_members";
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

KnownMembers& PortReduction::known(const std::shared_ptr<const MemberList>& members) {
  KnownMembers& known = shared_.known_as(members, port_.partition_);
  if (known.members != nullptr) return known;
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

PortAdapter* PortReduction::port_behind(const GroupMember& member) const {
  const AddressWindow* const window = port_.partition_->routes.window_of(member.endpoint);
  if (window == nullptr) return nullptr;
  PortAdapter* const port = port_.find_target(window->base + member.offset_bytes, 1).port;
  return port != nullptr && port->edge.has_device_target() ? port : nullptr;
}

// Steps of the address, in turn: consecutive requests keep all engines of the group busy.
std::uint64_t PortReduction::turn_at(std::uint64_t offset_bytes, std::uint32_t bytes) const {
  return offset_bytes / shared_.config.step_bytes(bytes);
}

// Sums for one have an address in that one's memory: at equal ones all owners' would have one turn.
std::uint64_t PortReduction::turn_of(const ReductionPart& part, std::uint64_t further_bytes,
                                     std::uint32_t bytes) const {
  return turn_at(part.offset_bytes + further_bytes, bytes) + (part.owner ? part.owner->value() : 0);
}

std::size_t PortReduction::home_of(const ReductionPart& part) const {
  return turn_of(part) % part.members->size();
}

PortAdapter& PortReduction::engine_of(const ReductionPart& part) const {
  if (context_.service_ports != 0) {
    const std::uint64_t hash = turn_of(part) * 0x9E3779B97F4A7C15ull >> 32;
    const std::size_t first = context_.ports.size() - context_.service_ports;
    return *context_.ports[first + hash % context_.service_ports];
  }
  if (part.tree != nullptr) return *part.tree->nodes[part.node].engine;
  return port_of((*part.members)[home_of(part)]);
}

std::shared_ptr<const ReductionTree> PortReduction::tree_for(KnownMembers& set, PortAdapter& port,
                                                             KnownMembers::Home home) {
  auto& tree = set.trees[{port.endpoint().value(), home}];
  if (tree != nullptr) return tree;
  std::vector<PortAdapter*> ports;
  auto made = std::make_shared<ReductionTree>();
  for (const GroupMember& member : *set.members) {
    ports.push_back(port_behind(member));
    if (ports.back() == nullptr) made->problem = why_not(port_.partition_->routes, member);
    if (home == KnownMembers::Home::owner && member.endpoint == port.endpoint())
      ports.back() = nullptr;
  }
  if (made->problem == nullptr)
    *made = make_reduction_tree(*set.members, ports, port, home != KnownMembers::Home::member);
  return tree = made;
}

const char* PortReduction::place(KnownMembers& set, ReductionPart& part, std::ptrdiff_t own,
                                 std::ptrdiff_t owner) {
  const bool load = part.role == ReductionPart::Role::load;
  const auto home = load         ? KnownMembers::Home::requester
                    : owner >= 0 ? KnownMembers::Home::owner
                                 : KnownMembers::Home::member;
  const auto at = owner >= 0 ? static_cast<std::size_t>(owner) : home_of(part);
  PortAdapter* const port = load ? &port_ : port_behind((*set.members)[at]);
  if (port == nullptr) return why_not(port_.partition_->routes, (*set.members)[at]);
  part.tree = tree_for(set, *port, home);
  if (part.tree->problem != nullptr) return part.tree->problem;
  const ReductionTree::Place place = load ? ReductionTree::Place{part.tree->root, 0}
                                          : part.tree->places[static_cast<std::size_t>(own)];
  part.node = place.node;
  part.what.index = place.index;
  part.what.contributors =
      static_cast<std::uint32_t>(part.tree->nodes[place.node].contributors.size());
  part.what.goes_on = !load && place.node != part.tree->root;
  return nullptr;
}

MemberCopy PortReduction::copy_for(const ReductionPart& part, std::size_t member,
                                   std::uint32_t bytes) const {
  const GroupMember& who = (*part.members)[member];
  const AddressWindow* const window = port_.partition_->routes.window_of(who.endpoint);
  if (window == nullptr) return {who.endpoint, kNowhere, 0, bytes};  // it has moved away since
  Slice slice{0, bytes};
  if (part.scatter_unit_bytes != 0)
    slice =
        scatter_slice(bytes, part.scatter_unit_bytes, static_cast<unsigned>(part.members->size()),
                      static_cast<unsigned>(member));
  return {who.endpoint, window->base + who.offset_bytes + part.offset_bytes + slice.offset_bytes,
          static_cast<std::uint32_t>(slice.offset_bytes), static_cast<std::uint32_t>(slice.bytes)};
}

// Engines on service ports face nobody, so that two switches may each hold what the other waits
// for: README.md, "Why nothing waits in a circle", 7.
tlm::tlm_response_status PortReduction::plan_beyond(const Transaction& load, ReductionPart& part) {
  part.what.beyond = part.tree->nodes[part.node].beyond;
  if (part.what.beyond > kMostBeyond)
    return refuse(load, "too_many_switches_behind_each_other", tlm::TLM_ADDRESS_ERROR_RESPONSE);
  for (const ReductionTree::Node& node : part.tree->nodes)
    if (part.tree->nodes.size() > 1 &&
        load.bytes > node.fabric->reduction->largest_of_several_bytes)
      return refuse(load, name(ReductionStatus::too_large), tlm::TLM_BURST_ERROR_RESPONSE);
  return tlm::TLM_OK_RESPONSE;
}

tlm::tlm_response_status PortReduction::plan(const Transaction& transaction,
                                             const tlm::tlm_generic_payload& payload,
                                             ReductionPart& part) {
  auto& hint = *payload.get_extension<PacketHint>();
  hint.reduction_status = ReductionStatus::ok;
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
  const bool spans = transaction.bytes > shared_.largest_bytes;
  if (spans && (load || !may_span(transaction)))
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
  KnownMembers& set = known(named.members);
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
  part.scatter_unit_bytes = request.naming == nullptr ? 0 : request.naming->scatter_unit_bytes;
  if (spans && (part.scatter_unit_bytes != 0 || !set.here))
    return refuse(transaction, name(ReductionStatus::too_large), tlm::TLM_BURST_ERROR_RESPONSE);
  if (load && part.scatter_unit_bytes != 0)
    return port_.refuse_group(transaction, HypercastRefusal::cannot_scatter);
  if (load) {
    what.key = {ContextKey::kByTag, shared_.next_tag++};
    const char* const why = set.here ? nullptr : place(set, part, own, -1);
    if (why != nullptr) return refuse(transaction, why, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return set.here || context_.service_ports == 0 ? tlm::TLM_OK_RESPONSE
                                                   : plan_beyond(transaction, part);
  }
  // A group's own number, or one made of its members, which no number reaches. Over several
  // switches always that: numbers are a switch's own.
  what.key = {
      named.group != nullptr && set.here ? named.group->id.value() : ContextKey::by_members(set.id),
      named.offset_bytes};
  if (part.scatter_unit_bytes != 0) {
    if (part.scatter_unit_bytes % element_bytes(kind.type) != 0)
      return refuse(transaction, "scatter_unit_cuts_elements", tlm::TLM_BURST_ERROR_RESPONSE);
    if (hint.reduction->owner)
      return refuse(transaction, "owner_and_scatter", tlm::TLM_COMMAND_ERROR_RESPONSE);
    what.members = mixed(set.id, std::uint64_t{1} << 32 | part.scatter_unit_bytes);
  }
  std::ptrdiff_t owner = -1;
  if (hint.reduction->owner) {
    owner = place_of(*hint.reduction->owner);
    if (owner < 0) return refuse(transaction, "owner_outside", tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (owner == own)
      return refuse(transaction, "owner_contributes", tlm::TLM_COMMAND_ERROR_RESPONSE);
    part.owner = hint.reduction->owner;
    --what.contributors;
    if (own > owner) --what.index;
    what.members = mixed(set.id, 1u + part.owner->value());
    // Reductions for different owners may meet at one address: each has its own context.
    what.key.group = ContextKey::by_members(mixed(what.key.group, 1u + part.owner->value()));
  }
  const char* const why = set.here ? nullptr : place(set, part, own, owner);
  if (why != nullptr) return refuse(transaction, why, tlm::TLM_ADDRESS_ERROR_RESPONSE);
  if (spans) make_span(part);
  return tlm::TLM_OK_RESPONSE;
}

}  // namespace antares::models
