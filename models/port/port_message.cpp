// SPDX-License-Identifier: Apache-2.0
// PortAdapter: messages. They are routed by their code and routing field, not by an address window,
// and are posted: the requester has its answer when the switch has the message. A broadcast crosses
// the ingress link once; the switch makes the copies.
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
  MessageRoute refused;
  if (!protocols::is_legal(hint.message_code, routing)) {
    refused.why = "a message of this code is not routed so, or the code is unknown";
    return refused;
  }
  if (partition_->upstream == nullptr) {
    refused.why = "messages need a switch with an upstream port (role: upstream)";
    return refused;
  }
  protocols::MessagePorts ports;
  ports.upstream = partition_->upstream->id_;
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
  MessageRoute route = protocols::route_message(routing, id_, ports, target);
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
  answer_early(transaction, payload);
  transaction.local_address = transaction.global_address;
  if (route.ports.size() == 1) {
    transaction.completer = context_.ports[route.ports.front().value()];
    transaction.destination = transaction.completer->endpoint_;
    return take_in(transaction, payload, at_ps);
  }
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
  for (const PortId port : route.ports) {
    transaction.completer = context_.ports[port.value()];
    LatencyMemo memo;
    measure(transaction, memo);
    tlm::tlm_generic_payload& copy = copy_of(payload);
    sc_core::sc_time arrival = start + context_.scheduler->to_time(memo.request_ps);
    transaction.completer->edge.initiator->b_transport(copy, arrival);
    copy.release();
  }
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
