// SPDX-License-Identifier: Apache-2.0
// PCIe messages: their codes, and where a switch with one upstream port sends them. Follows
// facts/pcie6.md 2.3, 2.4. Routing bits are part of the TLP type, so a message of unknown code is
// routed like any other. Left out: the merging and swizzling of INTx in a switch, prefixes.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "antares/protocols/common/messages.h"

namespace antares::protocols {

struct MessageRow {
  std::uint8_t code;
  std::string_view name;
  MessageRouting routing;     ///< the usual one; vendor-defined messages may have others
  std::uint8_t data_dwords;   ///< 0: Msg, else MsgD
  bool any_routing;           ///< vendor-defined: to root, by ID, broadcast or local
  bool ignored_when_unknown;  ///< dropped silently; others are unsupported requests
  char grade;                 ///< of code and routing; D needs a licensed copy
};

/// nullptr for a code that the table does not have.
const MessageRow* find_message(std::uint8_t code);
const std::vector<MessageRow>& message_rows();
/// May a message of this code travel so? Unknown codes: never.
bool is_legal(std::uint8_t code, MessageRouting routing);

/// Where a switch sends a message of this routing that came in by `ingress`, a port of `ports`.
/// `target`: the port whose window (by address) or bus range (by ID) holds the message's
/// target; none if nobody's does. The upstream port as target means a function of the switch
/// itself. Ignored for the other routings.
MessageRoute route_pcie_message(MessageRouting routing, PortId ingress, const MessagePorts& ports,
                                std::optional<PortId> target = std::nullopt);
/// The same, of a code that may travel so; others are refused.
MessageRoute route_pcie_message(const MessageHead& head, PortId ingress, const MessagePorts& ports,
                                std::optional<PortId> target = std::nullopt);

}  // namespace antares::protocols
