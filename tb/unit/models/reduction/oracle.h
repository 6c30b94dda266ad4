// SPDX-License-Identifier: Apache-2.0
// The reduction once more, written differently: a number is an exact integer multiple of the
// smallest code's value, a result is found by searching the codes for the two neighbours. Slow, no
// host floats.
#pragma once
#include <cstdint>
#include <vector>

#include "antares/models/reduction/reduction_types.h"

namespace antares::tb {

/// One element a contributor, in the order of `kind`; `arrival` as reduce() has it.
std::uint64_t oracle_reduce(const models::ReductionKind& kind,
                            const std::vector<std::uint64_t>& elements,
                            const std::vector<std::uint32_t>& arrival);

}  // namespace antares::tb
