// SPDX-License-Identifier: Apache-2.0
// How a request says that the switch is to reduce: beside Hypercast's naming of the group (or an
// address in its window). A write with it is a contribution (store-reduce): it meets those of the
// other members at the same address, and their sum is stored at each member, or at one. A read with
// it is a load-reduce: it returns the sum of what all members have there. Carried by PacketHint.
// Pure.
#pragma once
#include <optional>

#include "antares/models/reduction/reduction_types.h"
#include "antares/protocols/common/ids.h"

namespace antares::models {

struct ReductionNaming {
  ReductionKind kind;  ///< but for the order, which is the engine's
  /// Contributions: only this member gets the result, and it contributes nothing. Without it all
  /// members contribute and all get it.
  std::optional<protocols::EndpointId> owner;
};

}  // namespace antares::models
