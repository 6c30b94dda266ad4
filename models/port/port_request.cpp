// SPDX-License-Identifier: Apache-2.0
// PortAdapter: what may enter the fabric. A payload that breaks the rules of TLM-2.0, or that the
// device's own protocol cannot say, is refused at the socket; one that only the completer's
// protocol cannot say gets an error answer from the switch.
#include "antares/models/port/port.h"
#include "antares/models/sockets/packet_hint.h"

namespace antares::models {
namespace {

tlm::tlm_response_status status_of(protocols::Refusal::Why why) {
  switch (why) {
    case protocols::Refusal::Why::none:
      break;
    case protocols::Refusal::Why::command:
      return tlm::TLM_COMMAND_ERROR_RESPONSE;
    case protocols::Refusal::Why::address:
      return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    case protocols::Refusal::Why::size:
      return tlm::TLM_BURST_ERROR_RESPONSE;
    case protocols::Refusal::Why::byte_enables:
      return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  }
  return tlm::TLM_OK_RESPONSE;
}

constexpr std::uint8_t kRequesterFlags = protocols::kRelaxedOrdering | protocols::kIdBasedOrdering |
                                         protocols::kPoisoned | protocols::kWantsAnswer |
                                         protocols::kUnorderedIo;

unsigned operands_of(protocols::AtomicOp op) {
  return op == protocols::AtomicOp::compare_and_swap ? 2 : 1;
}

PacketKind kind_of(const tlm::tlm_generic_payload& payload, const PacketHint* hint) {
  if (payload.is_read()) return PacketKind::read;
  if (payload.is_write() || hint == nullptr) return PacketKind::write;
  return hint->kind;
}

std::string no_request_channel(const protocols::LinkPolicy& policy, protocols::VcId vc) {
  const unsigned has = policy.request_channels();
  return std::string(policy.protocol()) + ": requests cannot ask for virtual channel " +
         std::to_string(vc.value()) + "; this link has " +
         (has == 1 ? "0 only" : "0 to " + std::to_string(has - 1)) + " for them";
}

struct EnabledBytes {
  bool all = true;
  bool holes = false;  ///< a masked byte between two enabled ones
};

EnabledBytes enabled_bytes(const tlm::tlm_generic_payload& payload) {
  const unsigned char* enables = payload.get_byte_enable_ptr();
  const unsigned period = payload.get_byte_enable_length();
  EnabledBytes found;
  bool begun = false;
  bool ended = false;
  for (unsigned i = 0; i < payload.get_data_length(); ++i) {
    const bool enabled = enables[i % period] == TLM_BYTE_ENABLED;
    found.all = found.all && enabled;
    if (enabled && ended) found.holes = true;
    if (begun && !enabled) ended = true;
    if (enabled) begun = true;
  }
  return found;
}

}  // namespace

bool PortAdapter::legal(tlm::tlm_generic_payload& payload) {
  const auto refuse = [&](tlm::tlm_response_status status, const char* why) {
    payload.set_response_status(status);
    ++counts_.refused_requests;
    note(protocols::ErrorKind::malformed, nullptr);
    last_refusal_ = why;
    return false;
  };
  const bool no_command = payload.get_command() == tlm::TLM_IGNORE_COMMAND;
  const auto* hint = no_command ? payload.get_extension<PacketHint>() : nullptr;
  if (payload.get_data_length() == 0 && (hint == nullptr || hint->kind != PacketKind::message)) {
    return refuse(tlm::TLM_BURST_ERROR_RESPONSE, "the data length is 0");
  }
  // Streaming has no form on a packet fabric: a request covers consecutive addresses.
  if (payload.get_streaming_width() < payload.get_data_length())
    return refuse(tlm::TLM_BURST_ERROR_RESPONSE, "streaming has no form on a packet fabric");
  if (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0)
    return refuse(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE, "byte enables of length 0");
  if (!no_command) {
    return payload.get_data_ptr() != nullptr ||
           refuse(tlm::TLM_GENERIC_ERROR_RESPONSE, "no data pointer");
  }
  // A transfer without data, an atomic, a message: only a hint says what it stands for.
  if (hint == nullptr)
    return refuse(tlm::TLM_COMMAND_ERROR_RESPONSE, "TLM_IGNORE_COMMAND without a PacketHint");
  if (hint->kind == PacketKind::completion)
    return refuse(tlm::TLM_COMMAND_ERROR_RESPONSE, "a completion that nobody asked for");
  if (hint->kind == PacketKind::atomic &&
      payload.get_data_length() != operands_of(hint->atomic) * hint->operand_bytes) {
    return refuse(tlm::TLM_BURST_ERROR_RESPONSE,
                  "the data length of an atomic is that of its operands");
  }
  return true;
}

PortAdapter::Target PortAdapter::decode(const Transaction& transaction,
                                        tlm::tlm_generic_payload& payload) {
  const Target target = find_target(payload.get_address(), payload.get_data_length());
  if (target.window != nullptr && target.port->edge.has_device_target()) return target;
  ++counts_.unmapped_requests;
  note(protocols::ErrorKind::unsupported_request, &transaction);
  last_refusal_ =
      partition_->routes.find(payload.get_address(), payload.get_data_length()) == nullptr ||
              target.window != nullptr
          ? "no window holds the address range"
          : "the way to the address over other switches ends: a link on it does not speak " +
                std::string(policy().protocol()) + ", or a switch on it has no window there";
  return {};
}

void PortAdapter::begin(Transaction& transaction, tlm::tlm_generic_payload& payload) {
  transaction.payload = transaction.forwarded = &payload;
  transaction.requester = this;
  transaction.global_address = payload.get_address();
  transaction.bytes = payload.get_data_length();
  transaction.source = endpoint_;
  auto* hint = payload.get_extension<PacketHint>();
  transaction.kind = kind_of(payload, hint);
  if (hint != nullptr) {
    // What the fabric itself says by flags is not for a device to set.
    transaction.flags = hint->flags & kRequesterFlags;
    transaction.poisoned = (transaction.flags & protocols::kPoisoned) != 0 &&
                           transaction.bytes != 0 && transaction.kind != PacketKind::read;
    hint->executed = hint->answer_poisoned = false;
    hint->taken_in_ps = PacketHint::kNotSaid;
    transaction.request_bytes = hint->request_bytes;
    transaction.vc = protocols::VcId(hint->virtual_channel);
  }
  if (payload.get_byte_enable_ptr() != nullptr) {
    const EnabledBytes enabled = enabled_bytes(payload);
    if (!enabled.all) transaction.flags |= protocols::kByteEnables;
    transaction.byte_enable_holes = enabled.holes;
  }
  if (transaction.kind == PacketKind::read) {
    transaction.answer_bytes = transaction.bytes;
  } else if (transaction.kind == PacketKind::atomic) {
    transaction.atomic = hint->atomic;
    transaction.answer_bytes = hint->operand_bytes;
  }
}

bool PortAdapter::refused_here(const Transaction& transaction, tlm::tlm_generic_payload& payload) {
  if (transaction.vc.value() != 0 && transaction.vc.value() >= policy().request_channels()) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    ++counts_.refused_requests;
    note(protocols::ErrorKind::malformed, &transaction);
    last_refusal_ = no_request_channel(policy(), transaction.vc);
    return true;
  }
  const protocols::Refusal refusal = policy().refuses(transaction.shape());
  if (!refusal) return false;
  payload.set_response_status(status_of(refusal.why));
  ++counts_.refused_requests;
  note(protocols::ErrorKind::malformed, &transaction);
  last_refusal_ = refusal.text;
  return true;
}

bool PortAdapter::completes(const Transaction& transaction) const {
  if (plain(transaction)) return transaction.kind == PacketKind::read || answers_writes_;
  Packet packet;
  packet.kind = transaction.kind;
  packet.flags = transaction.flags;
  packet.bytes = transaction.bytes;
  return policy().completes(packet);
}

void PortAdapter::direct(Transaction& transaction, const Target& target) {
  PortAdapter& to = *target.port;
  transaction.completer = &to;
  transaction.local_address = target.window->to_local(transaction.global_address);
  transaction.destination = target.window->endpoint;
  if (partition_->routes.has_channels())
    transaction.vc = partition_->routes.channel_to(transaction.destination);
  transaction.posted = !completes(transaction);
  transaction.completes = same_policy(to) ? !transaction.posted : to.completes(transaction);
}

tlm::tlm_response_status PortAdapter::refused_by_completer(const Transaction& transaction) {
  const PortAdapter& to = *transaction.completer;
  const protocols::Refusal refusal = to.policy().refuses(transaction.shape());
  if (refusal) {
    ++counts_.refused_crossings;
    note(protocols::ErrorKind::unsupported_request, &transaction);
    last_refusal_ = refusal.text;
    return status_of(refusal.why);
  }
  if (may_bridge_to(to)) return tlm::TLM_OK_RESPONSE;
  ++counts_.refused_crossings;
  note(protocols::ErrorKind::unsupported_request, &transaction);
  last_refusal_ = "bridging between " + std::string(policy().protocol()) + " and " +
                  std::string(to.policy().protocol()) + " is off (bridge.enabled: false)";
  return tlm::TLM_COMMAND_ERROR_RESPONSE;
}

}  // namespace antares::models
