// SPDX-License-Identifier: Apache-2.0
// PCIe messages: their codes, and where a switch with one upstream port sends them. Follows
// facts/pcie6.md 2.3, 2.4. Routing bits are part of the TLP type, so a message of unknown code is
// routed like any other. Left out: the merging and swizzling of INTx in a switch, prefixes.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "antares/protocols/common/ids.h"

namespace antares::protocols {

/// Routing field r[2:0]; 6 and 7 are reserved.
enum class MessageRouting : std::uint8_t {
  to_root_complex,
  by_address,
  by_id,
  broadcast_from_root,
  local,
  gathered
};

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

/// Ports of one virtual switch; `downstream` are those whose link is up.
struct MessagePorts {
  PortId upstream;
  std::vector<PortId> downstream;
};

enum class MessageFate : std::uint8_t {
  forward,    ///< leaves by all of `ports`
  terminate,  ///< ends at the receiving port, or at a function of the switch
  gather,     ///< held until every downstream port has one (MessageGather)
  refuse      ///< an unsupported request: `why`
};

struct MessageRoute {
  MessageFate fate = MessageFate::refuse;
  std::vector<PortId> ports;
  const char* why = "";  ///< for a person; empty unless refused
};

/// `ingress` is a port of `ports`. `target`: the port whose window (by address) or bus range (by
/// ID) holds the message's target; none if nobody's does. The upstream port as target means a
/// function of the switch itself. Ignored for the other routings.
MessageRoute route_message(MessageRouting routing, PortId ingress, const MessagePorts& ports,
                           std::optional<PortId> target = std::nullopt);

/// Waits until each downstream port has sent its message (PME_TO_Ack), then lets one go upstream.
class MessageGather {
 public:
  explicit MessageGather(std::vector<PortId> downstream) : missing_(std::move(downstream)) {}

  /// True when this was the last one: send one upstream now. A second message of a port, or one of
  /// a port that none is expected from, changes nothing.
  bool arrived(PortId from);
  /// A port whose link went down has nothing to acknowledge. True as above.
  bool link_down(PortId port) { return arrived(port); }
  const std::vector<PortId>& missing() const { return missing_; }

 private:
  std::vector<PortId> missing_;
};

}  // namespace antares::protocols
