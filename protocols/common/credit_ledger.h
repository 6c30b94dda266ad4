// SPDX-License-Identifier: Apache-2.0
// Credits that one receiver has granted to one transmitter: pools of header and data credits by VC
// and traffic class, dedicated and shared. No clock inside: time is an argument, and returns are
// entered with the (future) times at which they become usable, so that no event is needed for them.
// Invariant, checked by balanced(): consumed + available + returning = initial, always.
//
// Shared credits (PCIe flit mode, facts/pcie6.md 3.2): a VC borrows from the class's shared pool
// only what exceeds its dedicated share, and repays the pool first. So a VC's loan depends on what
// it has outstanding and on nothing else, and a VC with nothing outstanding always has its whole
// dedicated share: nobody can starve it. A real link tags each TLP as shared or dedicated instead.
// Times in picoseconds. Questions may be about any time from the last consume() on and change
// nothing; consume() must not go backwards in time.
#pragma once
#include <boost/circular_buffer.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "antares/protocols/common/credits.h"
#include "antares/protocols/common/units.h"

namespace antares::protocols {

class CreditLedger {
 public:
  /// Throws std::invalid_argument if there are more grants than VCs times classes, or no VC.
  explicit CreditLedger(const CreditLedgerConfig& config);

  /// Earliest time >= at_ps at which `need` can be consumed, from credits at home and the returns
  /// entered so far; kNever when those do not suffice. O(1) while credits are at home, else the
  /// number of returns that it takes (shared pools: all returns of the class).
  Picoseconds available_at(VcId vc, TrafficClass traffic_class, CreditAmount need,
                           Picoseconds at_ps) const;
  /// Takes the credits. Precondition: available_at(...) <= at_ps (asserted; without assertions
  /// balanced() turns false).
  void consume(VcId vc, TrafficClass traffic_class, CreditAmount need, Picoseconds at_ps);
  /// Enters a return that comes home linearly: the first credit at from_ps (first link packet), the
  /// last at to_ps, a single one at to_ps. from_ps <= to_ps; returns of one pool may overlap and be
  /// entered in any order. A return of more than was consumed is not credited: balanced() turns
  /// false and imbalance() says what happened.
  void give_back(VcId vc, TrafficClass traffic_class, CreditAmount amount, Picoseconds from_ps,
                 Picoseconds to_ps);
  /// Could `need` ever be met with every credit at home? (A train larger than the pool never can.)
  bool can_ever(VcId vc, TrafficClass traffic_class, CreditAmount need) const;
  /// What can be consumed at at_ps; infinite credits read as the largest 32-bit number.
  CreditAmount available(VcId vc, TrafficClass traffic_class, Picoseconds at_ps) const;
  /// What can be consumed when every credit is at home; infinite as above.
  CreditAmount initial(VcId vc, TrafficClass traffic_class) const;
  /// Credits not at home at at_ps (consumed or still returning), over all pools, header plus data.
  /// Infinite credits count too: whoever consumes them gives them back like others.
  std::uint64_t outstanding(Picoseconds at_ps) const;
  bool all_home(Picoseconds at_ps) const { return outstanding(at_ps) == 0; }
  /// The invariant; false means a credit was lost, overdrawn, or returned twice.
  bool balanced() const;
  /// What broke the invariant, for a person; empty while balanced.
  std::string imbalance() const;

 private:
  enum Quantity : unsigned { kHeader, kData, kQuantities };

  /// A return on its way: `amount` credits linearly over from..to, of which `home` have been
  /// booked.
  struct Return {
    Picoseconds from_ps;
    Picoseconds to_ps;
    std::uint32_t amount[kQuantities];
    std::uint32_t home[kQuantities];
  };
  /// One VC and class. `out` = consumed and not home yet; `unreturned` = consumed and not yet
  /// entered by give_back, so out - unreturned is on its way.
  struct Pool {
    std::uint32_t dedicated[kQuantities] = {};
    bool infinite[kQuantities] = {};
    std::uint64_t out[kQuantities] = {};
    std::uint64_t unreturned[kQuantities] = {};
    boost::circular_buffer<Return> returns;  ///< by to_ps
    Picoseconds longest_ps = 0;              ///< longest to - from among `returns`
  };

  static std::uint32_t arrived(const Return& entry, Quantity quantity, Picoseconds at_ps);
  static Picoseconds arrival_ps(const Return& entry, Quantity quantity, std::uint64_t credit);
  static std::uint64_t loan(const Pool& pool, Quantity quantity, std::uint64_t out);
  static std::uint64_t out_at(const Pool& pool, Quantity quantity, Picoseconds at_ps);
  std::size_t index_of(VcId vc, TrafficClass traffic_class) const;
  void set_out(Pool& pool, unsigned traffic_class, Quantity quantity, std::uint64_t out);
  void bring_home(Pool& pool, unsigned traffic_class, Return& entry, Picoseconds at_ps);
  void settle_complete(Pool& pool, unsigned traffic_class, Picoseconds at_ps);
  void settle(unsigned traffic_class, Picoseconds at_ps);
  std::uint64_t free_now(const Pool& pool, unsigned traffic_class, Quantity quantity) const;
  std::uint64_t free_at(const Pool& pool, unsigned traffic_class, Quantity quantity,
                        Picoseconds at_ps) const;
  bool enough_now(const Pool& pool, unsigned traffic_class, CreditAmount need) const;
  bool enough_at(const Pool& pool, unsigned traffic_class, CreditAmount need,
                 Picoseconds at_ps) const;
  Picoseconds from_own_returns(const Pool& pool, unsigned traffic_class, CreditAmount need,
                               Picoseconds at_ps) const;
  Picoseconds bisect(const Pool& pool, unsigned traffic_class, CreditAmount need, Picoseconds at_ps,
                     Picoseconds latest_ps) const;

  unsigned virtual_channels_;
  std::vector<Pool> pools_;
  std::uint64_t shared_[kTrafficClasses][kQuantities] = {};
  std::uint64_t lent_[kTrafficClasses][kQuantities] = {};
  bool has_shared_[kTrafficClasses] = {};
  std::string fault_;  ///< the first misuse seen
};

}  // namespace antares::protocols
