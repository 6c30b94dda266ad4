// SPDX-License-Identifier: Apache-2.0
// A payload that stands for a message, as tests of messages send it.
#pragma once
#include "antares/models/sockets/packet_hint.h"

namespace antares::tb {

inline tlm::tlm_generic_payload& as_message(tlm::tlm_generic_payload& payload, std::uint8_t code,
                                            protocols::MessageRouting routing,
                                            std::uint16_t target = models::PacketHint::kOwnSource) {
  auto* hint = new models::PacketHint;  // freed with the payload
  hint->kind = protocols::PacketKind::message;
  hint->message_code = code;
  hint->message_routing = static_cast<std::uint8_t>(routing);
  hint->message_target = target;
  payload.set_auto_extension(hint);
  return payload;
}

}  // namespace antares::tb
