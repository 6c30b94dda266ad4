// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/pcie/ordering.h"

namespace antares::protocols {

OrderingType ordering_type(const Packet& packet) {
  switch (packet.kind) {
    case PacketKind::read:
      return OrderingType::read;
    case PacketKind::atomic:
      return OrderingType::non_posted_data;
    case PacketKind::completion:
      return OrderingType::completion;
    case PacketKind::write:
      // A deferrable write: it wants an answer, so it is no posted one.
      if ((packet.flags & kWantsAnswer) != 0) return OrderingType::non_posted_data;
      break;
    case PacketKind::message:
      break;
  }
  return OrderingType::posted;
}

bool pcie_may_pass(OrderingType later, OrderingType earlier, bool relaxed, bool id_based,
                   bool same_id) {
  const bool other_id = id_based && !same_id;
  if (earlier == OrderingType::posted) {
    // A read has no relaxed-ordering exception: it may not overtake the write whose data it wants.
    return other_id || (relaxed && later != OrderingType::read);
  }
  switch (later) {
    case OrderingType::posted:
      return true;
    case OrderingType::read:
    case OrderingType::non_posted_data:
      return earlier == OrderingType::completion;
    case OrderingType::completion:
      return earlier != OrderingType::completion;
  }
  return false;
}

}  // namespace antares::protocols
