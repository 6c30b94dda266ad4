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
#include <cassert>
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
                           Picoseconds at_ps) const {
    const Pool& own = pools_[index_of(vc, traffic_class)];
    return own.covers(need) ? at_ps : available_later(vc, traffic_class, need, at_ps);
  }
  /// Takes the credits. Precondition: available_at(...) <= at_ps (asserted; without assertions
  /// balanced() turns false).
  void consume(VcId vc, TrafficClass traffic_class, CreditAmount need, Picoseconds at_ps) {
    Pool& own = pools_[index_of(vc, traffic_class)];
    if (own.first_home_ps <= at_ps && !own.settle(at_ps)) {
      return consume_slowly(vc, traffic_class, need, at_ps);
    }
    if (!own.covers(need)) return consume_slowly(vc, traffic_class, need, at_ps);
    // Within its own share a pool owes nothing to the shared one, before or after.
    own.free[kHeader] -= need.header;
    own.free[kData] -= need.data;
    own.unreturned[kHeader] += need.header;
    own.unreturned[kData] += need.data;
  }
  /// Enters a return that comes home linearly: the first credit at from_ps (first link packet), the
  /// last at to_ps, a single one at to_ps. from_ps <= to_ps; returns of one pool may overlap and be
  /// entered in any order. A return of more than was consumed is not credited: balanced() turns
  /// false and imbalance() says what happened.
  void give_back(VcId vc, TrafficClass traffic_class, CreditAmount amount, Picoseconds from_ps,
                 Picoseconds to_ps) {
    assert(from_ps <= to_ps);
    Pool& own = pools_[index_of(vc, traffic_class)];
    const bool simple = amount.header <= own.unreturned[kHeader] &&
                        amount.data <= own.unreturned[kData] && to_ps >= own.last_home_ps &&
                        own.end - own.begin < own.places;
    if (!simple) return give_back_slowly(vc, traffic_class, amount, from_ps, to_ps);
    own.unreturned[kHeader] -= amount.header;
    own.unreturned[kData] -= amount.data;
    own.append({from_ps, to_ps, {amount.header, amount.data}, {amount.header, amount.data}});
  }
  unsigned virtual_channels() const { return virtual_channels_; }
  /// Could `need` ever be met with every credit at home? (A train larger than the pool never can.)
  bool can_ever(VcId vc, TrafficClass traffic_class, CreditAmount need) const;
  /// What can be consumed at at_ps; infinite credits read as the largest 32-bit number.
  CreditAmount available(VcId vc, TrafficClass traffic_class, Picoseconds at_ps) const;
  /// What can be consumed when every credit is at home; infinite as above.
  CreditAmount initial(VcId vc, TrafficClass traffic_class) const;
  /// Consumed and not entered by give_back: what trains at the receiver hold.
  CreditAmount held(VcId vc, TrafficClass traffic_class) const;
  /// Credits not at home at at_ps (consumed or still returning), over all pools, header plus data.
  /// Infinite credits count too: whoever consumes them gives them back like others.
  std::uint64_t outstanding(Picoseconds at_ps) const;
  /// Every credit is home or on its way: nobody holds one.
  bool all_promised() const;
  bool all_home(Picoseconds at_ps) const { return outstanding(at_ps) == 0; }
  /// The invariant; false means a credit was lost, overdrawn, or returned twice.
  bool balanced() const;
  /// Credits that came back without being held (a return made twice), header plus data, not
  /// credited.
  std::uint64_t surplus() const { return surplus_; }
  /// What broke the invariant, for a person; empty while balanced.
  std::string imbalance() const;

 private:
  enum Quantity : unsigned { kHeader, kData, kQuantities };

  /// A return on its way: `amount` credits linearly over from..to, of which `left` are not booked
  /// as home yet.
  struct Return {
    Picoseconds from_ps;
    Picoseconds to_ps;
    std::uint32_t amount[kQuantities];
    std::uint32_t left[kQuantities];
  };
  /// One VC and class. What the fast paths touch comes first and is one cache line.
  struct alignas(64) Pool {
    /// Credits of its own at home; negative by what it borrowed from the shared pool. Infinite
    /// credits start from kInfinite, which no run uses up.
    std::int64_t free[kQuantities] = {};
    /// Consumed and not yet entered by give_back; what else is out is on its way.
    std::uint64_t unreturned[kQuantities] = {};
    Picoseconds first_home_ps = kNever;  ///< earliest `to` among the returns
    Picoseconds last_home_ps = 0;        ///< latest `to` among the returns, 0 if there is none
    // Returns by `to`: a ring, counted without end; place i is ring[i % places].
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t places = 0;  ///< a power of two, or 0 before the first return
    bool shares = false;       ///< the class has a shared pool

    std::vector<Return> ring;
    Picoseconds longest_ps = 0;            ///< longest to - from among the returns
    std::int64_t limit[kQuantities] = {};  ///< `free` with every credit at home
    bool infinite[kQuantities] = {};

    bool covers(CreditAmount need) const {
      return free[kHeader] >= std::int64_t{need.header} && free[kData] >= std::int64_t{need.data};
    }
    std::uint64_t out(Quantity quantity) const {
      return static_cast<std::uint64_t>(limit[quantity] - free[quantity]);
    }
    std::uint32_t returns() const { return end - begin; }
    Return& at(std::uint32_t i) { return ring[(begin + i) & (places - 1)]; }
    const Return& at(std::uint32_t i) const { return ring[(begin + i) & (places - 1)]; }
    void append(const Return& entry) {  // the latest of its pool, as almost always
      ring[end & (places - 1)] = entry;
      if (begin == end) first_home_ps = entry.to_ps;
      ++end;
      last_home_ps = entry.to_ps;
      if (entry.to_ps - entry.from_ps > longest_ps) longest_ps = entry.to_ps - entry.from_ps;
    }
    void pop_front() {
      if (++begin != end) {
        first_home_ps = at(0).to_ps;
      } else {
        first_home_ps = kNever;
        last_home_ps = longest_ps = 0;
      }
    }
    /// Books the returns that are wholly home. False, and nothing done, where it has borrowed: then
    /// the shared pool is repaid first.
    bool settle(Picoseconds at_ps) {
      if (shares && (free[kHeader] < 0 || free[kData] < 0)) return false;
      while (begin != end && first_home_ps <= at_ps) {
        const Return& first = ring[begin & (places - 1)];
        free[kHeader] += first.left[kHeader];
        free[kData] += first.left[kData];
        pop_front();
      }
      return true;
    }
    void insert(const Return& entry);
  };
  static constexpr std::int64_t kInfinite = std::int64_t{1} << 62;

  static std::uint32_t arrived(const Return& entry, Quantity quantity, Picoseconds at_ps);
  static Picoseconds arrival_ps(const Return& entry, Quantity quantity, std::uint64_t credit);
  static std::uint64_t loan(const Pool& pool, Quantity quantity, std::uint64_t out);
  static std::uint64_t out_at(const Pool& pool, Quantity quantity, Picoseconds at_ps);
  std::size_t index_of(VcId vc, TrafficClass traffic_class) const {
    assert(vc.value() < virtual_channels_);
    return vc.value() * kTrafficClasses + static_cast<unsigned>(traffic_class);
  }
  Picoseconds available_later(VcId vc, TrafficClass traffic_class, CreditAmount need,
                              Picoseconds at_ps) const;
  void consume_slowly(VcId vc, TrafficClass traffic_class, CreditAmount need, Picoseconds at_ps);
  void give_back_slowly(VcId vc, TrafficClass traffic_class, CreditAmount amount,
                        Picoseconds from_ps, Picoseconds to_ps);
  void set_out(Pool& pool, unsigned traffic_class, Quantity quantity, std::uint64_t out);
  void bring_home(Pool& pool, unsigned traffic_class, Return& entry, Picoseconds at_ps);
  /// Books the returns that are wholly home.
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
  std::uint64_t surplus_ = 0;
  std::string fault_;  ///< the first misuse seen
};

}  // namespace antares::protocols
