// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/blocking_call.h"

#include "antares/models/sockets/payload_pool.h"

namespace antares::platforms {

BlockingCall blocking_call(Platform& platform, const PlatformEndpoint& from,
                           const models::Request& request) {
  models::PayloadPool pool;
  tlm::tlm_generic_payload& payload = pool.get();
  models::PacketHint& hint = models::PayloadPool::hint(payload);
  hint.kind = request.operand_bytes != 0 ? models::PacketKind::atomic
              : request.read             ? models::PacketKind::read
                                         : models::PacketKind::write;
  hint.atomic = request.atomic;
  hint.operand_bytes = request.operand_bytes;
  hint.flags = request.flags;
  payload.set_command(tlm::TLM_IGNORE_COMMAND);
  payload.set_address(request.address);
  payload.set_data_length(request.bytes);
  payload.set_streaming_width(request.bytes);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  from.requester->initiator->b_transport(payload, delay);
  BlockingCall result;
  result.status = payload.is_response_ok() ? "ok" : payload.get_response_string();
  if (payload.is_response_error()) result.refusal = from.port_to(request.address).last_refusal();
  result.delay_ps = platform.scheduler().to_ps(delay);
  payload.release();
  return result;
}

std::string links_not_up(const Platform& platform) {
  std::string text;
  for (const FaultRow& row : platform.fault_rows()) {
    if (row.state == to_string(protocols::LinkState::up)) continue;
    text += (text.empty() ? "these links are not up: " : ", ") + row.link + " (" + row.state + ")";
  }
  return text;
}

std::string refusal_of(Platform& platform, const PlatformEndpoint& from,
                       const models::Request& request) {
  if (const std::string down = links_not_up(platform); !down.empty()) return ": " + down;
  if (request.group != nullptr || request.reduction != nullptr) {
    // Not to be asked again: others take part in it.
    for (const models::PortAdapter* port : from.ports)
      if (!port->last_refusal().empty()) return ": " + port->last_refusal();
    return {};
  }
  const BlockingCall again = blocking_call(platform, from, request);
  return again.refusal.empty() ? again.refusal : ": " + again.refusal;
}

}  // namespace antares::platforms
