// SPDX-License-Identifier: Apache-2.0
#include "antares/models/port/port_messages.h"

#include <algorithm>

#include "antares/models/sockets/packet_hint.h"
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {

using protocols::ErrorKind;
using protocols::MessageFate;
using protocols::MessageFault;
using protocols::MessageRoute;
using protocols::MessageRouting;

bool PortMessages::hears(const PortAdapter& to) const {
  return to.edge.has_device_target() && to.link_up();
}

protocols::MessagePorts PortMessages::ports() const {
  const Partition& partition = *port_.partition_;
  protocols::MessagePorts ports;
  if (partition.upstream != nullptr) {
    ports.upstream = partition.upstream->id_;
    ports.upstream_hears = hears(*partition.upstream);
  }
  for (const PortAdapter* port : partition.ports)
    if (port != partition.upstream && hears(*port)) ports.downstream.push_back(port->id_);
  return ports;
}

std::optional<PortId> PortMessages::target_of(MessageRouting routing,
                                              const tlm::tlm_generic_payload& payload) const {
  const Partition& partition = *port_.partition_;
  if (routing == MessageRouting::by_address) {
    const AddressWindow* window = partition.routes.find(payload.get_address(), 1);
    if (window != nullptr) return window->port;
  } else if (routing == MessageRouting::by_id) {
    const std::uint16_t id = payload.get_extension<PacketHint>()->message_target;
    for (const PortAdapter* port : partition.ports)
      if (port->endpoint_.value() == id && !port->link.bound()) return port->id_;
  }
  return std::nullopt;
}

PortMessages::Way PortMessages::way_of(Transaction& message,
                                       const tlm::tlm_generic_payload& payload) {
  const auto& hint = *payload.get_extension<PacketHint>();
  const protocols::MessageHead head{hint.message_code,
                                    static_cast<MessageRouting>(hint.message_routing)};
  const protocols::MessagePorts known = ports();
  std::optional<PortId> target = target_of(head.routing, payload);
  bool hidden = false;
  if (target) {  // whom access control hides is nobody
    message.completer = port_.context_.ports[target->value()];
    message.destination = message.completer->endpoint_;
    hidden = port_.hides(message);
    message.completer = nullptr;
    if (hidden) target.reset();
  }
  Way way;
  way.route = port_.policy().route_message(head, port_.id_, known, target);
  if (way.route.fate == MessageFate::gather) gather(head.code, known, way.route);
  if (way.route.fate == MessageFate::forward) admit(message, way);
  if (way.route.fate == MessageFate::refuse && way.status == tlm::TLM_OK_RESPONSE) {
    way.status = way.route.fault == MessageFault::no_target ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                 : way.route.fault == MessageFault::no_way  ? tlm::TLM_GENERIC_ERROR_RESPONSE
                                                            : tlm::TLM_COMMAND_ERROR_RESPONSE;
    ++port_.counts_.refused_requests;
    if (!hidden)
      port_.note(way.route.fault == MessageFault::malformed ? ErrorKind::malformed
                                                            : ErrorKind::unsupported_request,
                 &message);
    port_.last_refusal_ = way.route.why;
  }
  return way;
}

void PortMessages::gather(std::uint8_t code, const protocols::MessagePorts& known,
                          MessageRoute& route) {
  auto& gathering = port_.partition_->gathering;
  auto& one = gathering.try_emplace(code, known.downstream).first->second;
  if (!one.arrived(port_.id_)) {
    route = MessageRoute::ends_here();
    return;
  }
  gathering.erase(code);
  route = known.upstream_hears ? MessageRoute::to({*known.upstream}) : MessageRoute::ends_here();
}

void PortMessages::admit(Transaction& message, Way& way) {
  std::vector<PortId>& to = way.route.ports;
  const bool one = to.size() == 1;
  if (one) {
    direct(message, *port_.context_.ports[to.front().value()]);
    if (!port_.config_.access.empty()) way.status = port_.judged(message);
    if (way.status == tlm::TLM_OK_RESPONSE) way.status = port_.refused_there(message);
    if (way.status != tlm::TLM_OK_RESPONSE)
      way.route.fate = MessageFate::refuse;
    else if (message.via != nullptr)
      to = {message.via->id_};  // the root decides what then
    return;
  }
  const auto cannot = [&](PortId port) {  // a broadcast ends where nobody can hear it
    direct(message, *port_.context_.ports[port.value()]);
    return port_.hides(message) || port_.refused_there(message) != tlm::TLM_OK_RESPONSE;
  };
  to.erase(std::remove_if(to.begin(), to.end(), cannot), to.end());
}

void PortMessages::direct(Transaction& message, PortAdapter& to) const {
  message.completer = &to;
  message.destination = to.endpoint_;
  message.local_address = message.global_address;
  message.posted = !port_.completes(message);
  message.completes = to.completes(message);
}

RequestVerdict PortMessages::send(Transaction& message, tlm::tlm_generic_payload& payload,
                                  Picoseconds at_ps) {
  // Copies go everywhere: none leaves while a port of the partition moves.
  payload.acquire();
  if (port_.partition_->moving != 0) return port_.hold(message, payload, at_ps);
  const Way way = way_of(message, payload);
  if (way.route.fate == MessageFate::refuse) {
    port_.answer_refused(message, way.status, at_ps);
    return RequestVerdict::accepted;
  }
  ++port_.counts_.messages;
  if (way.route.ports.empty()) {  // ends in the switch
    port_.answer_refused(message, tlm::TLM_OK_RESPONSE, at_ps);
    return RequestVerdict::accepted;
  }
  if (way.route.ports.size() == 1) {
    direct(message, *port_.context_.ports[way.route.ports.front().value()]);
    if (message.posted)
      port_.answer_early(message, payload);
    else
      payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    return port_.take_in(message, payload, at_ps);
  }
  port_.answer_early(message, payload);
  message.local_address = message.global_address;
  message.posted = true;
  message.completer = &port_;
  message.destination = port_.endpoint_;
  message.copies = port_.context_.replications.get();
  message.copies->made = true;
  for (const PortId port : way.route.ports) {
    PortAdapter& to = *port_.context_.ports[port.value()];
    Transaction& copy =
        port_.add_copy(message, to, {to.endpoint_, message.global_address, 0, message.bytes});
    copy.completer = &to;
    copy.local_address = copy.global_address;
    copy.completes = to.completes(copy);
  }
  return port_.take_in(message, payload, at_ps);
}

void PortMessages::lt(Transaction& message, tlm::tlm_generic_payload& payload,
                      sc_core::sc_time& delay) {
  Way way;
  if (port_.link_up()) {
    way = way_of(message, payload);
  } else {
    way.status = tlm::TLM_GENERIC_ERROR_RESPONSE;
  }
  payload.set_response_status(way.status);
  const bool passes = way.status == tlm::TLM_OK_RESPONSE && !way.route.ports.empty();
  if (way.status == tlm::TLM_OK_RESPONSE) ++port_.counts_.messages;
  if (!passes) {
    delay += port_.context_.scheduler->to_time(port_.refusal_ps());
    return;
  }
  PortAdapter& first = *port_.context_.ports[way.route.ports.front().value()];
  direct(message, first);
  if (way.route.ports.size() == 1 && !message.posted)
    return port_.lt_deliver(message, payload, delay);
  for (const PortId port : way.route.ports) {
    direct(message, *port_.context_.ports[port.value()]);
    call(message, payload, delay);
  }
  // In the switch, and through its bridge where it goes to one (as at_accept has it for writes).
  Picoseconds accepted_ps = port_.in_switch_ps(port_.packet_of(message));
  if (way.route.ports.size() == 1) accepted_ps += port_.bridge_ps(first);
  delay += port_.context_.scheduler->to_time(accepted_ps);
}

/// One that the requester does not wait for: it goes on with a copy of its own.
void PortMessages::call(Transaction& message, const tlm::tlm_generic_payload& payload,
                        sc_core::sc_time delay) {
  tlm::tlm_generic_payload& copy = copy_of(payload);
  Transaction sent = message;
  sent.payload = sent.forwarded = &copy;
  port_.lt_deliver(sent, copy, delay);
  if (copy.is_response_error()) ++sent.completer->counts_.lost_posted_errors;
  copy.release();
}

void PortMessages::left() {
  auto& gathering = port_.partition_->gathering;
  for (auto each = gathering.begin(); each != gathering.end();) {
    const std::uint8_t code = each->first;
    const bool all = each->second.link_down(port_.id_);
    each = all ? gathering.erase(each) : std::next(each);
    if (all) send_up(code);
  }
}

// Nobody sends the last of them any more: the switch does, from the port that was waited for.
void PortMessages::send_up(std::uint8_t code) {
  PortAdapter* const up = port_.partition_->upstream;
  if (up == nullptr || !hears(*up)) return;
  tlm::tlm_generic_payload pattern;
  PacketHint hint;
  hint.kind = PacketKind::message;
  hint.message_code = code;
  hint.message_routing = static_cast<std::uint8_t>(MessageRouting::gathered);
  pattern.set_command(tlm::TLM_IGNORE_COMMAND);
  pattern.set_extension(&hint);
  Transaction& message = *port_.context_.transactions->get();
  message.payload = message.forwarded = &copy_of(pattern);
  pattern.clear_extension(&hint);
  message.kind = PacketKind::message;
  message.requester = &port_;
  message.source = port_.endpoint_;
  direct(message, *up);
  message.posted = message.answered = true;
  message.ending = Transaction::kOwnsCopy;
  Packet& packet = *port_.context_.packets->get();
  port_.device_.shape(port_.job_of(message, false, port_.now_ps()), 0, packet);
  packet.id = port_.next_id();
  packet.input = port_.id_;
  packet.output = up->id_;
  port_.set_crossing(packet, *up);
  packet.crossing |= protocols::kMadeByBridge;
  packet.head_ps = packet.tail_ps = port_.now_ps() + port_.bridge_ps(*up);
  if (!port_.context_.scheduler->running()) packet.head_ps = ++packet.tail_ps;
  port_.observe(PacketWhat::injected, UnitKind::endpoint, port_.now_ps(), packet);
  port_.post_arrival(packet);
}

}  // namespace antares::models
