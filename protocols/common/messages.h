// SPDX-License-Identifier: Apache-2.0
// Messages: packets that travel by a code and a routing instead of an address window. What the
// codes are and which routing they may have is the protocol's (LinkPolicy::route_message); how a
// message can be routed at all, and among which ports, is here. Pure; no unit of time.
#pragma once
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "antares/protocols/common/ids.h"

namespace antares::protocols {

/// Numbered as PCIe's routing field r[2:0], where 6 and 7 are reserved.
enum class MessageRouting : std::uint8_t {
  to_root_complex,
  by_address,
  by_id,
  broadcast_from_root,
  local,
  gathered
};

/// What a message says of itself.
struct MessageHead {
  std::uint8_t code = 0;  ///< PCIe: message code; UALink: type of the UPLI write message
  MessageRouting routing = MessageRouting::to_root_complex;
};

/// Ports of one virtual switch. `downstream`: all but the upstream one to which a message can go:
/// they have a device, and their link is up.
struct MessagePorts {
  std::optional<PortId> upstream;  ///< nothing: the switch has none
  std::vector<PortId> downstream;
  bool upstream_hears = true;  ///< the same of the upstream port
};

enum class MessageFate : std::uint8_t {
  forward,    ///< leaves by all of `ports`
  terminate,  ///< ends at the receiving port, or at a function of the switch
  gather,     ///< held until every downstream port has one (MessageGather)
  refuse      ///< see `why` and MessageFault
};

/// What is wrong with a message that is refused.
enum class MessageFault : std::uint8_t {
  none,
  malformed,    ///< its code does not travel so
  unsupported,  ///< unknown to the protocol, or this switch cannot route it
  no_target,    ///< its target is nobody
  no_way        ///< its target has no device, or a dead link
};

struct MessageRoute {
  MessageFate fate = MessageFate::refuse;
  std::vector<PortId> ports;
  const char* why = "";  ///< for a person; empty unless refused; static storage
  MessageFault fault = MessageFault::none;

  static MessageRoute to(std::vector<PortId> ports) {
    return {MessageFate::forward, std::move(ports), "", MessageFault::none};
  }
  static MessageRoute refused(MessageFault fault, const char* why) {
    return {MessageFate::refuse, {}, why, fault};
  }
  static MessageRoute ends_here() { return {MessageFate::terminate, {}, "", MessageFault::none}; }
};

/// Of a protocol whose messages go to an endpoint by its id and nowhere else. `target`: the port of
/// that endpoint; refused: there is none, it is `ingress`, or nothing is attached to it.
MessageRoute route_to_endpoint(PortId ingress, const MessagePorts& ports,
                               std::optional<PortId> target);

/// Waits until each downstream port has sent its message (PCIe: PME_TO_Ack), then lets one go
/// upstream.
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
