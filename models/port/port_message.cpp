// SPDX-License-Identifier: Apache-2.0
// PortAdapter: messages. They are routed by their code and routing, not by an address window: where
// to, the protocol of the link says that they came by. Where that posts them (PCIe), the requester
// has its answer when the switch has the message; else (UALink) when the completer's comes back. A
// broadcast crosses the ingress link once; the switch makes the copies.
#include <algorithm>

#include "antares/models/port/port.h"
#include "antares/models/sockets/packet_hint.h"
#include "antares/models/sockets/payload_pool.h"

namespace antares::models {

using protocols::MessageFate;
using protocols::MessageRoute;
using protocols::MessageRouting;

Transaction PortAdapter::message_of(const tlm::tlm_generic_payload& payload) {
  Transaction message;
  message.payload = const_cast<tlm::tlm_generic_payload*>(&payload);
  message.kind = PacketKind::message;
  message.bytes = payload.get_data_length();
  message.global_address = payload.get_address();
  return message;
}

MessageRoute PortAdapter::route_of(const tlm::tlm_generic_payload& payload) {
  const auto& hint = *payload.get_extension<PacketHint>();
  const auto routing = static_cast<MessageRouting>(hint.message_routing);
  protocols::MessagePorts ports;
  if (partition_->upstream != nullptr) ports.upstream = partition_->upstream->id_;
  for (const PortAdapter* port : partition_->ports) {
    if (port != partition_->upstream && port->edge.has_device_target())
      ports.downstream.push_back(port->id_);
  }
  std::optional<PortId> target;
  if (routing == MessageRouting::by_address) {
    const AddressWindow* window = partition_->routes.find(payload.get_address(), 1);
    if (window != nullptr) target = window->port;
  } else if (routing == MessageRouting::by_id) {
    for (const PortAdapter* port : partition_->ports)
      if (port->endpoint_.value() == hint.message_target) target = port->id_;
  }
  // Whom access control hides is nobody.
  if (target) {
    Transaction message = message_of(payload);
    message.completer = context_.ports[target->value()];
    if (hides(message)) target.reset();
  }
  MessageRoute route = policy().route_message({hint.message_code, routing}, id_, ports, target);
  if (route.fate == MessageFate::forward) admit(payload, route);
  if (route.fate != MessageFate::gather) return route;
  auto& gather =
      partition_->gathering.try_emplace(hint.message_code, ports.downstream).first->second;
  route.fate = MessageFate::terminate;
  if (gather.arrived(id_)) {
    partition_->gathering.erase(hint.message_code);
    route.fate = MessageFate::forward;
    route.ports = {partition_->upstream->id_};
  }
  return route;
}

void PortAdapter::admit(const tlm::tlm_generic_payload& payload, MessageRoute& route) {
  Transaction message = message_of(payload);
  const bool one = route.ports.size() == 1;
  if (one && !config_.access.empty()) {
    message.completer = context_.ports[route.ports.front().value()];
    if (judged(message) != tlm::TLM_OK_RESPONSE) {
      route = MessageRoute{};
      route.why = "access control does not let the message through";
      return;
    }
    if (message.via != nullptr) route.ports = {message.via->id_};  // the root decides what then
  }
  const auto cannot = [&](PortId port) {
    message.completer = context_.ports[port.value()];
    if (!one && hides(message)) return true;
    return refused_there(message) != tlm::TLM_OK_RESPONSE;
  };
  route.ports.erase(std::remove_if(route.ports.begin(), route.ports.end(), cannot),
                    route.ports.end());
  if (!route.ports.empty() || !one) return;  // a broadcast ends where nobody can hear it
  route = MessageRoute{};
  route.why = "the target's protocol has no messages, or the bridge to it is off";
}

RequestVerdict PortAdapter::send_message(Transaction& transaction,
                                         tlm::tlm_generic_payload& payload, Picoseconds at_ps) {
  // Copies go everywhere: none leaves while a port of the partition moves.
  payload.acquire();
  if (partition_->moving != 0) return hold(transaction, payload, at_ps);
  const MessageRoute route = route_of(payload);
  if (route.fate == MessageFate::refuse) {
    ++counts_.refused_requests;
    note(protocols::ErrorKind::malformed, &transaction);
    last_refusal_ = route.why;
    answer_refused(transaction, tlm::TLM_COMMAND_ERROR_RESPONSE, at_ps);
    return RequestVerdict::accepted;
  }
  ++counts_.messages;
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (route.ports.empty()) {  // ends in the switch
    answer_refused(transaction, tlm::TLM_OK_RESPONSE, at_ps);
    return RequestVerdict::accepted;
  }
  transaction.local_address = transaction.global_address;
  if (route.ports.size() == 1) {
    PortAdapter& to = *context_.ports[route.ports.front().value()];
    transaction.completer = &to;
    transaction.destination = to.endpoint_;
    transaction.posted = !completes(transaction);
    transaction.completes = to.completes(transaction);
    if (transaction.posted)
      answer_early(transaction, payload);
    else
      payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    return take_in(transaction, payload, at_ps);
  }
  answer_early(transaction, payload);
  transaction.completer = this;
  transaction.destination = endpoint_;
  transaction.copies = context_.replications.get();
  transaction.copies->made = true;
  for (const PortId port : route.ports) {
    PortAdapter& to = *context_.ports[port.value()];
    Transaction& copy =
        add_copy(transaction, to, {to.endpoint_, transaction.global_address, 0, transaction.bytes});
    copy.completer = &to;
    copy.local_address = copy.global_address;
  }
  return take_in(transaction, payload, at_ps);
}

void PortAdapter::lt_message(Transaction& transaction, tlm::tlm_generic_payload& payload,
                             sc_core::sc_time& delay) {
  const MessageRoute route = route_of(payload);
  if (route.fate == MessageFate::refuse) {
    ++counts_.refused_requests;
    note(protocols::ErrorKind::malformed, &transaction);
    last_refusal_ = route.why;
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  } else {
    ++counts_.messages;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  const sc_core::sc_time start = delay;
  const bool answered = route.ports.size() == 1 && completes(transaction);
  for (const PortId port : route.ports) {
    transaction.completer = context_.ports[port.value()];
    LatencyMemo memo;
    measure(transaction, memo);
    tlm::tlm_generic_payload& copy = copy_of(payload);
    sc_core::sc_time arrival = start + context_.scheduler->to_time(memo.request_ps);
    transaction.completer->edge.initiator->b_transport(copy, arrival);
    if (answered) {
      payload.set_response_status(copy.get_response_status());
      delay = arrival + context_.scheduler->to_time(memo.answer_ps);
    }
    copy.release();
  }
  if (answered) return;
  // Posted: the requester has its answer when the switch has the message.
  Packet packet;
  packet.kind = PacketKind::message;
  packet.bytes = transaction.bytes;
  packet.flags = transaction.flags;
  if (transaction.global_address >> 32 != 0) packet.flags |= protocols::kLongAddress;
  policy().classify(packet);
  delay = start +
          context_.scheduler->to_time(route.ports.empty() ? refusal_ps() : in_switch_ps(packet));
}

}  // namespace antares::models
