// SPDX-License-Identifier: Apache-2.0
// The PCIe ordering table (facts/pcie6.md 3.3): may a later TLP of a VC overtake an earlier one?
// Where the standard leaves the choice, the model takes what keeps a switch live with one first-in
// first-out queue a class: classes pass each other, TLPs of one class keep their order, except
// posted ones that relaxed or ID-based ordering lets go. protocols/README.md has the table.
#pragma once
#include <cstdint>

#include "antares/protocols/common/packet.h"

namespace antares::protocols {

/// Rows and columns of the table, in its order.
enum class OrderingType : std::uint8_t { posted, read, non_posted_data, completion };

OrderingType ordering_type(const Packet& packet);

/// `relaxed`, `id_based`: attributes of the later TLP. `same_id`: both come from one requester (or
/// completer), so that ID-based ordering does not apply.
bool pcie_may_pass(OrderingType later, OrderingType earlier, bool relaxed, bool id_based,
                   bool same_id);

}  // namespace antares::protocols
