// SPDX-License-Identifier: Apache-2.0
// The protocol-level interface above the transaction layer: its four channels with the width of
// each field, its commands and its status codes, as tables. Follows facts/ualink_nvlink.md A.3,
// graded [SEC] (a third party's notes): correct the rows with a licensed copy. Left out: parity
// wires, the cycle-by-cycle rules, the list of atomic operators, which nobody published, and what
// the key-roll messages roll. No unit of time.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "antares/protocols/common/error_log.h"
#include "antares/protocols/common/messages.h"
#include "antares/protocols/common/packet.h"

namespace antares::protocols {

// public: facts/ualink_nvlink.md A.2, VEND
inline constexpr std::uint32_t kUalinkIds = 1024;  ///< 10-bit accelerator ids
inline constexpr unsigned kUalinkAddressBits = 57;

enum class UpliChannel : std::uint8_t { request, originator_data, read_response, write_response };
inline constexpr unsigned kUpliChannels = 4;

struct UpliField {
  std::string_view name;
  std::uint16_t bits;
};

struct UpliChannelRow {
  UpliChannel channel;
  std::string_view name;
  bool from_originator;  ///< originator to completer; false: the way back
  std::vector<UpliField> fields;
};

const UpliChannelRow& upli_channel(UpliChannel channel);
/// Width of a field, 0 where the channel has none of this name.
std::uint32_t upli_field_bits(UpliChannel channel, std::string_view field);

enum class UpliCommand : std::uint8_t {
  read = 0x03,
  write = 0x28,  ///< with byte enables
  write_full = 0x29,
  write_message = 0x2A,
  atomic_return = 0x30,
  atomic_no_return = 0x32
};

struct UpliCommandRow {
  UpliCommand command;  ///< of a vendor range: the command it is a variant of
  std::string_view name;
  std::uint8_t first_code;
  std::uint8_t last_code;
  bool vendor;
};

/// The row that this 6-bit code belongs to, vendor ranges included; nullptr for one that isn't
/// used.
const UpliCommandRow* upli_command(std::uint8_t code);
const std::vector<UpliCommandRow>& upli_commands();

/// Cmd[5]: data travels with the request.
constexpr bool upli_carries_data(std::uint8_t code) { return (code & 0x20) != 0; }
/// Cmd[5:4]: 00 read, 10 write, 11 atomic.
constexpr bool upli_is_read(std::uint8_t code) { return (code & 0x30) == 0x00; }
constexpr bool upli_is_write(std::uint8_t code) { return (code & 0x30) == 0x20; }
constexpr bool upli_is_atomic(std::uint8_t code) { return (code & 0x30) == 0x30; }

/// The command by which a request packet travels; a train of writes that has any partial beat is
/// called `write`, though its whole link packets are write_full. Precondition: not a completion.
UpliCommand upli_command_of(const Packet& request);

/// Types of the write message that travel by the id of an accelerator: 0x00 (no operation, which
/// ends where it comes in), 0x01-0x03 (key roll), 0xF0-0xFF (vendor). Others are refused.
/// assumption: facts/ualink_nvlink.md A.3 has the types [SEC], nobody says how a switch routes
/// them.
MessageRoute route_upli_message(const MessageHead& head, PortId ingress, const MessagePorts& ports,
                                std::optional<PortId> target);

enum class UpliStatus : std::uint8_t {
  ok = 0x0,
  target_abort = 0x2,
  decode_error = 0x3,
  protection_violation = 0x6,
  completion_timeout = 0x8,
  isolate = 0xF  ///< write responses only; the model has no cause for it that is public
};
/// The status with which a request that ended in such an error is answered; nothing: no answer has
/// one (the link itself, or an answer, was at fault). assumption: which error takes which status.
std::optional<UpliStatus> upli_status_of(ErrorKind error);

struct UpliStatusRow {
  std::uint8_t code;
  std::string_view meaning;
  bool write_response_only;
};
/// nullptr for a code that isn't used.
const UpliStatusRow* upli_status(std::uint8_t code);
const std::vector<UpliStatusRow>& upli_statuses();

}  // namespace antares::protocols
