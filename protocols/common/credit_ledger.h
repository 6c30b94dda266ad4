// SPDX-License-Identifier: Apache-2.0
// Credits that one receiver has granted to one transmitter: pools of header and data credits by VC
// and traffic class, dedicated and shared. No clock inside: time is an argument, and returns are
// entered with the (future) times at which they become usable, so that no event is needed for them.
// Invariant, checked by balanced(): consumed + available + returning = initial, always.
//
// Shared credits (PCIe flit mode, facts/pcie6.md 3.2): a demand is met from the VC's dedicated pool
// first and from the class's shared pool for the rest; what comes home fills the shared pool first,
// so that a VC's guaranteed share is the last to be lent and the last to be refilled... see .cpp.
// Times in picoseconds; queries must not go backwards in time.
#pragma once
#include <cstdint>
#include <vector>

#include "antares/protocols/common/link_policy.h"

namespace antares::protocols {

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

class CreditLedger {
 public:
  explicit CreditLedger(const CreditLedgerConfig& config);

  /// Earliest time >= at_ps at which `need` can be consumed, from credits at home and the returns
  /// entered so far; kNever when those do not suffice. O(1) while credits are at home.
  Picoseconds available_at(VcId vc, TrafficClass traffic_class, CreditAmount need,
                           Picoseconds at_ps);
  /// Takes the credits. Precondition: available_at(...) <= at_ps (asserted).
  void consume(VcId vc, TrafficClass traffic_class, CreditAmount need, Picoseconds at_ps);
  /// Enters a return that comes home linearly from from_ps (first link packet) to to_ps (last).
  /// from_ps <= to_ps; returns of one pool may overlap.
  void give_back(VcId vc, TrafficClass traffic_class, CreditAmount amount, Picoseconds from_ps,
                 Picoseconds to_ps);
  /// Could `need` ever be met with every credit at home? (A train larger than the pool never can.)
  bool can_ever(VcId vc, TrafficClass traffic_class, CreditAmount need) const;
  /// Credits not at home at at_ps (consumed or still returning), over all pools.
  std::uint64_t outstanding(Picoseconds at_ps);
  bool all_home(Picoseconds at_ps) { return outstanding(at_ps) == 0; }
  /// The invariant; false means a credit was lost or returned twice.
  bool balanced() const;
};

}  // namespace antares::protocols
