// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/ualink/upli.h"

#include <array>
#include <cassert>

#include "antares/protocols/ualink/tl_items.h"

namespace antares::protocols {
namespace {

const std::array<UpliChannelRow, kUpliChannels>& channels() {
  // public: facts/ualink_nvlink.md A.3, SEC; parity left out
  static const std::array<UpliChannelRow, kUpliChannels> table = {{
      {UpliChannel::request,
       "Req",
       true,
       {{"valid", 1},
        {"port_id", 2},
        {"src_id", 10},
        {"dst_id", 10},
        {"tag", 11},
        {"addr", 57},
        {"cmd", 6},
        {"len", 6},
        {"num_beats", 2},
        {"attr", 8},
        {"metadata", 8},
        {"vc", 2},
        {"asi", 2},
        {"auth_tag", 64}}},
      {UpliChannel::originator_data,
       "OrigData",
       true,
       {{"data", 512},
        {"byte_en", 64},
        {"error", 1},
        {"offset", 2},
        {"last", 1},
        {"vc", 2},
        {"pool", 1}}},
      {UpliChannel::read_response,
       "RdRsp",
       false,
       {{"tag", 11},
        {"status", 4},
        {"offset", 2},
        {"last", 1},
        {"num_beats", 2},
        {"data_error", 1},
        {"dst_id", 10},
        {"vc", 2},
        {"pool", 1},
        {"auth_tag", 64},
        {"data", 512}}},
      {UpliChannel::write_response,
       "WrRsp",
       false,
       {{"tag", 11},
        {"status", 4},
        {"dst_id", 10},
        {"src_id", 10},
        {"vc", 2},
        {"pool", 1},
        {"auth_tag", 64}}},
  }};
  return table;
}

}  // namespace

const UpliChannelRow& upli_channel(UpliChannel channel) {
  return channels()[static_cast<unsigned>(channel)];
}

std::uint32_t upli_field_bits(UpliChannel channel, std::string_view field) {
  for (const UpliField& each : upli_channel(channel).fields) {
    if (each.name == field) return each.bits;
  }
  return 0;
}

const std::vector<UpliCommandRow>& upli_commands() {
  // public: facts/ualink_nvlink.md A.3, SEC
  static const std::vector<UpliCommandRow> table = {
      {UpliCommand::read, "Read", 0x03, 0x03, false},
      {UpliCommand::read, "Read, vendor", 0x08, 0x0F, true},
      {UpliCommand::write, "Write", 0x28, 0x28, false},
      {UpliCommand::write_full, "WriteFull", 0x29, 0x29, false},
      {UpliCommand::write_message, "UPLI Write Message", 0x2A, 0x2A, false},
      {UpliCommand::write, "Write, vendor", 0x2C, 0x2F, true},
      {UpliCommand::atomic_return, "AtomicR", 0x30, 0x30, false},
      {UpliCommand::atomic_no_return, "AtomicNR", 0x32, 0x32, false},
      {UpliCommand::atomic_return, "AtomicR, vendor", 0x3C, 0x3F, true},
  };
  return table;
}

const UpliCommandRow* upli_command(std::uint8_t code) {
  for (const UpliCommandRow& row : upli_commands()) {
    if (code >= row.first_code && code <= row.last_code) return &row;
  }
  return nullptr;
}

UpliCommand upli_command_of(const Packet& request) {
  switch (request.kind) {
    case PacketKind::read:
      return UpliCommand::read;
    case PacketKind::write: {
      const bool whole = request.address_low % kBeatBytes == 0 && request.bytes % kBeatBytes == 0 &&
                         (request.flags & kByteEnables) == 0;
      return whole ? UpliCommand::write_full : UpliCommand::write;
    }
    case PacketKind::atomic:
      return UpliCommand::atomic_return;
    case PacketKind::message:
      return UpliCommand::write_message;
    case PacketKind::completion:
      break;
  }
  assert(false && "a completion has no command");
  return UpliCommand::read;
}

MessageRoute route_upli_message(const MessageHead& head, PortId ingress, const MessagePorts& ports,
                                std::optional<PortId> target) {
  constexpr std::uint8_t kNop = 0x00;
  constexpr std::uint8_t kLastKeyRoll = 0x03;
  constexpr std::uint8_t kFirstVendor = 0xF0;
  if (head.code > kLastKeyRoll && head.code < kFirstVendor) {
    return MessageRoute::refused(
        MessageFault::malformed,
        "UALink: write messages have the types 0x00 to 0x03 and, of vendors, 0xF0 to 0xFF");
  }
  if (head.routing != MessageRouting::by_id)
    return MessageRoute::refused(MessageFault::malformed,
                                 "UALink: a write message goes to an accelerator's id");
  if (head.code == kNop) return MessageRoute::ends_here();
  return route_to_endpoint(ingress, ports, target);
}

std::optional<UpliStatus> upli_status_of(ErrorKind error) {
  switch (error) {
    case ErrorKind::unsupported_request:
    case ErrorKind::access_violation:  // as an address that is nobody's: it tells nothing more
      return UpliStatus::decode_error;
    case ErrorKind::malformed:
    case ErrorKind::completer_abort:
    case ErrorKind::poisoned:
    case ErrorKind::poison_blocked:
      return UpliStatus::target_abort;
    case ErrorKind::completion_timeout:
      return UpliStatus::completion_timeout;
    case ErrorKind::replay_rollover:
    case ErrorKind::surprise_down:
    case ErrorKind::unexpected_completion:
    case ErrorKind::replay_gave_up:
      break;
  }
  return std::nullopt;
}

const std::vector<UpliStatusRow>& upli_statuses() {
  // public: facts/ualink_nvlink.md A.3, SEC
  static const std::vector<UpliStatusRow> table = {
      {0x0, "OK", false},
      {0x2, "target abort", false},
      {0x3, "decode error", false},
      {0x6, "protection violation", false},
      {0x8, "completion timeout", false},
      {0xF, "isolate", true},
  };
  return table;
}

const UpliStatusRow* upli_status(std::uint8_t code) {
  for (const UpliStatusRow& row : upli_statuses()) {
    if (row.code == code) return &row;
  }
  return nullptr;
}

}  // namespace antares::protocols
