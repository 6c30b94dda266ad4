// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/messages.h"

#include <algorithm>

namespace antares::protocols {

MessageRoute route_to_endpoint(PortId ingress, const MessagePorts& ports,
                               std::optional<PortId> target) {
  if (!target)
    return MessageRoute::refused(MessageFault::no_target,
                                 "no endpoint that the message's sender sees has this id");
  if (*target == ingress)
    return MessageRoute::refused(MessageFault::unsupported,
                                 "the target of this message is its sender");
  const auto& below = ports.downstream;
  const bool hears = target == ports.upstream
                         ? ports.upstream_hears
                         : std::find(below.begin(), below.end(), *target) != below.end();
  if (!hears)
    return MessageRoute::refused(
        MessageFault::no_way,
        "the port of this message's target has no device, or its link is down");
  return MessageRoute::to({*target});
}

bool MessageGather::arrived(PortId from) {
  const auto found = std::find(missing_.begin(), missing_.end(), from);
  if (found == missing_.end()) return false;
  missing_.erase(found);
  return missing_.empty();
}

}  // namespace antares::protocols
