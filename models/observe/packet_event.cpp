// SPDX-License-Identifier: Apache-2.0
#include "antares/models/observe/packet_event.h"

namespace antares::models {

const char* to_string(PacketWhat what) {
  switch (what) {
    case PacketWhat::injected:
      return "injected";
    case PacketWhat::arrived:
      return "arrived";
    case PacketWhat::granted:
      return "granted";
    case PacketWhat::departed:
      return "departed";
    case PacketWhat::delivered:
      return "delivered";
    case PacketWhat::dropped:
      return "dropped";
    case PacketWhat::credit_blocked:
      return "credit_blocked";
    case PacketWhat::arbiter_blocked:
      return "arbiter_blocked";
  }
  return "unknown";
}

const char* to_string(DropReason reason) {
  switch (reason) {
    case DropReason::none:
      return "no reason given";
    case DropReason::no_route:
      return "no_route";
    case DropReason::refused:
      return "refused";
    case DropReason::link_down:
      return "link_down";
    case DropReason::poisoned:
      return "poisoned";
    case DropReason::timeout:
      return "timeout";
  }
  return "unknown";
}

const char* to_string(UnitKind unit) {
  switch (unit) {
    case UnitKind::endpoint:
      return "endpoint";
    case UnitKind::ingress:
      return "ingress";
    case UnitKind::crossbar:
      return "crossbar";
    case UnitKind::egress:
      return "egress";
    case UnitKind::link:
      return "link";
  }
  return "unknown";
}

}  // namespace antares::models
