// SPDX-License-Identifier: Apache-2.0
// The vocabulary of link-level flow control: amounts of credit, and what one receiver grants to one
// transmitter. Protocols describe their receivers with it (LinkPolicy::receiver_credits), and
// CreditLedger keeps the accounts. A credit's unit is the protocol's own (PCIe data: 16 B).
#pragma once
#include <cstdint>
#include <vector>

#include "antares/protocols/common/packet.h"

namespace antares::protocols {

/// Credits of one class and VC that a train needs at the receiver.
struct CreditAmount {
  std::uint32_t header = 0;  ///< header credits: one a link packet
  std::uint32_t data = 0;    ///< data credits in the protocol's unit (PCIe: 16 B, rounded up a TLP)
};

/// Credits advertised for one VC and class. `infinite` (advertised as zero at initialisation) is
/// allowed for receivers that never forward (endpoints), never for a switch port.
struct CreditGrant {
  CreditAmount dedicated;
  bool infinite_header = false;
  bool infinite_data = false;
};

struct CreditLedgerConfig {
  std::uint8_t virtual_channels = 1;
  /// [vc * kTrafficClasses + class]; missing entries grant nothing.
  std::vector<CreditGrant> grants;
  /// Shared pool by class, used by all VCs; zero = dedicated credits only.
  CreditAmount shared[kTrafficClasses] = {};
};

}  // namespace antares::protocols
