// SPDX-License-Identifier: Apache-2.0
// What PCIe cannot say: requests whose command, size, address or byte enables no TLP of this link
// can carry. Follows facts/pcie6.md 2.1, 2.5, 2.6. Requests that are merely too large for one TLP
// or cross 4 KiB are not refused: they are split. Atomics and deferrable writes can't be split.
#pragma once
#include <cstdint>

#include "antares/protocols/common/link_policy.h"

namespace antares::protocols {

struct PcieLinkConfig;

/// `config` must be free of problems(). `non_posted_data_credits`: what one virtual channel can get
/// of them at most (16 B each), since an atomic or a deferrable write needs all of its own at once.
Refusal pcie_refusal(const PcieLinkConfig& config, std::uint32_t non_posted_data_credits,
                     const RequestShape& request);

/// Bytes of one operand when all of them together have `bytes`; also the payload of the completion,
/// which holds the old value.
std::uint32_t pcie_operand_bytes(AtomicOp op, std::uint32_t bytes);

}  // namespace antares::protocols
