// SPDX-License-Identifier: Apache-2.0
// Atomic operations as a completer executes them on its memory, little endian, on unsigned integers
// of 4, 8 or 16 bytes (facts/pcie6.md 2.5: FetchAdd and Swap 4 or 8, compare-and-swap 4, 8 or 16).
// Pure.
#pragma once
#include "antares/protocols/common/link_policy.h"

namespace antares::models {

/// Executes `op` on `operand_bytes` at `memory`; `operands` holds one or (compare-and-swap) two of
/// them, and has the old value in front afterwards. False, and nothing done, for a size it does not
/// know.
bool execute_atomic(protocols::AtomicOp op, unsigned operand_bytes, unsigned char* memory,
                    unsigned char* operands);

}  // namespace antares::models
