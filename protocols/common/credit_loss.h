// SPDX-License-Identifier: Apache-2.0
// A fault of one link direction: credits that the receiver has freed and that do not come home.
// Either their updates got lost, for good, or they are stuck until somebody releases them. Real
// links with cumulative counts heal a lost update with the next one (PCIe repeats UpdateFC within
// 30 us, facts/pcie6.md 3.2); what stays lost is a leak in a receiver's or transmitter's count.
// Where the protocol's updates are modelled (CreditReturn::repeats), what gets lost is an update
// with all that it tells of, and the next one makes it good.
// A link that is trained anew starts with all its credits. Pure; no time.
#pragma once
#include <vector>

#include "antares/protocols/common/credits.h"
#include "antares/protocols/common/units.h"

namespace antares::protocols {

/// What happens to credits of one VC and class.
struct CreditFault {
  enum class Kind : std::uint8_t {
    lose,     ///< the next `amount` freed credits never come home
    stick,    ///< from here on none does,
    release,  ///< until now: what was kept comes home
    repeat    ///< the port's own: a lost update may have been made good
  };
  Kind kind = Kind::lose;
  VcId vc;
  TrafficClass traffic_class = TrafficClass::posted;
  CreditAmount amount;  ///< of lose
};

class CreditLoss {
 public:
  explicit CreditLoss(unsigned virtual_channels) : pools_(virtual_channels * kTrafficClasses) {}

  /// The credits that come home now because of it (release), in full.
  CreditAmount suffer(const CreditFault& fault);
  /// Would it change anything? No: credits released that nobody holds, or stuck that are.
  bool changes(const CreditFault& fault) const;
  /// Freed credits: those of them that come home.
  CreditAmount pass(VcId vc, TrafficClass traffic_class, CreditAmount freed);
  /// Does the update that tells of these freed credits get lost? Then they are late.
  bool loses_update(VcId vc, TrafficClass traffic_class, CreditAmount freed);
  /// When that was.
  void late_from(VcId vc, TrafficClass traffic_class, Picoseconds lost_ps) {
    Pool& own = pool(vc, traffic_class);
    if (lost_ps > own.late_since_ps) own.late_since_ps = lost_ps;
  }
  /// Is anything of the pool late, and since when?
  bool late(VcId vc, TrafficClass traffic_class) const;
  Picoseconds late_since_ps(VcId vc, TrafficClass traffic_class) const {
    return pool(vc, traffic_class).late_since_ps;
  }
  /// It is told now.
  CreditAmount take_late(VcId vc, TrafficClass traffic_class);
  /// Times that something freed did not come home because of a fault.
  const std::uint64_t& withheld(VcId vc, TrafficClass traffic_class) const {
    return pool(vc, traffic_class).withheld;
  }
  /// Freed, and not home because of the fault.
  CreditAmount missing(VcId vc, TrafficClass traffic_class) const;
  /// The link was trained anew: ends all faults of the pool; what comes home now, in full.
  CreditAmount heal(VcId vc, TrafficClass traffic_class);

 private:
  struct Pool {
    CreditAmount to_lose;  ///< of what is freed from here on
    CreditAmount lost;
    CreditAmount kept;
    CreditAmount late;  ///< of updates that got lost
    Picoseconds late_since_ps = 0;
    bool stuck = false;
    std::uint64_t withheld = 0;
  };
  const Pool& pool(VcId vc, TrafficClass traffic_class) const {
    return pools_[queue_index(vc, traffic_class)];
  }
  Pool& pool(VcId vc, TrafficClass traffic_class) { return pools_[queue_index(vc, traffic_class)]; }
  std::vector<Pool> pools_;
};

}  // namespace antares::protocols
