// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/credit_ledger.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <stdexcept>

namespace antares::protocols {
namespace {

constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();
constexpr const char* kClassNames[kTrafficClasses] = {"posted", "non-posted", "completion"};
constexpr const char* kQuantityNames[] = {"header", "data"};

std::uint32_t narrow(std::uint64_t amount) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(amount, kUnlimited));
}

std::string pool_name(std::size_t index) {
  return "VC" + std::to_string(index / kTrafficClasses) + " " +
         kClassNames[index % kTrafficClasses];
}

}  // namespace

CreditLedger::CreditLedger(const CreditLedgerConfig& config)
    : virtual_channels_(config.virtual_channels),
      pools_(std::size_t{config.virtual_channels} * kTrafficClasses) {
  if (config.virtual_channels == 0) {
    throw std::invalid_argument("credit ledger: no virtual channel; at least one is needed");
  }
  if (config.grants.size() > pools_.size()) {
    throw std::invalid_argument("credit ledger: " + std::to_string(config.grants.size()) +
                                " grants for " + std::to_string(pools_.size()) +
                                " pools (virtual channels times traffic classes)");
  }
  for (std::size_t i = 0; i < config.grants.size(); ++i) {
    const CreditGrant& grant = config.grants[i];
    Pool& pool = pools_[i];
    pool.infinite[kHeader] = grant.infinite_header;
    pool.infinite[kData] = grant.infinite_data;
    pool.limit[kHeader] = grant.infinite_header ? kInfinite : grant.dedicated.header;
    pool.limit[kData] = grant.infinite_data ? kInfinite : grant.dedicated.data;
    for (const Quantity quantity : {kHeader, kData}) pool.free[quantity] = pool.limit[quantity];
  }
  for (unsigned i = 0; i < kTrafficClasses; ++i) {
    shared_[i][kHeader] = config.shared[i].header;
    shared_[i][kData] = config.shared[i].data;
    for (unsigned vc = 0; vc < virtual_channels_; ++vc) {
      pools_[vc * kTrafficClasses + i].shares =
          config.shared[i].header != 0 || config.shared[i].data != 0;
    }
  }
}

void CreditLedger::Pool::insert(const Return& entry) {
  if (returns() == places) {
    std::vector<Return> larger(std::max<std::uint32_t>(8, places * 2));
    for (std::uint32_t i = 0; i < returns(); ++i) larger[i] = at(i);
    end = returns();
    begin = 0;
    ring.swap(larger);
    places = static_cast<std::uint32_t>(ring.size());
  }
  const Picoseconds latest_ps = last_home_ps;
  append(entry);
  if (entry.to_ps >= latest_ps) return;
  std::uint32_t place = returns() - 1;
  for (; place != 0 && at(place - 1).to_ps > entry.to_ps; --place) at(place) = at(place - 1);
  at(place) = entry;
  first_home_ps = at(0).to_ps;
  last_home_ps = latest_ps;
}

std::uint32_t CreditLedger::arrived(const Return& entry, Quantity quantity, Picoseconds at_ps) {
  const std::uint32_t amount = entry.amount[quantity];
  if (at_ps >= entry.to_ps) return amount;
  if (at_ps < entry.from_ps || amount < 2) return 0;
  // Credit k of n (from 0) is home at from + k (to - from) / (n - 1), rounded up.
  return 1 + static_cast<std::uint32_t>((at_ps - entry.from_ps) * (amount - 1) /
                                        (entry.to_ps - entry.from_ps));
}

Picoseconds CreditLedger::arrival_ps(const Return& entry, Quantity quantity, std::uint64_t credit) {
  const std::uint64_t last = entry.amount[quantity] - 1;
  if (credit >= last) return entry.to_ps;
  return entry.from_ps + (credit * (entry.to_ps - entry.from_ps) + last - 1) / last;
}

std::uint64_t CreditLedger::loan(const Pool& pool, Quantity quantity, std::uint64_t out) {
  const auto own = static_cast<std::uint64_t>(pool.limit[quantity]);
  return out <= own ? 0 : out - own;
}

void CreditLedger::set_out(Pool& pool, unsigned traffic_class, Quantity quantity,
                           std::uint64_t out) {
  if (shared_[traffic_class][quantity] != 0) {
    lent_[traffic_class][quantity] += loan(pool, quantity, out);
    lent_[traffic_class][quantity] -= loan(pool, quantity, pool.out(quantity));
  }
  pool.free[quantity] = pool.limit[quantity] - static_cast<std::int64_t>(out);
}

void CreditLedger::bring_home(Pool& pool, unsigned traffic_class, Return& entry,
                              Picoseconds at_ps) {
  for (const Quantity quantity : {kHeader, kData}) {
    const std::uint32_t coming = entry.amount[quantity] - arrived(entry, quantity, at_ps);
    if (coming >= entry.left[quantity]) continue;
    set_out(pool, traffic_class, quantity, pool.out(quantity) - (entry.left[quantity] - coming));
    entry.left[quantity] = coming;
  }
}

void CreditLedger::settle_complete(Pool& pool, unsigned traffic_class, Picoseconds at_ps) {
  while (pool.returns() != 0 && pool.first_home_ps <= at_ps) {
    const Return& entry = pool.at(0);
    for (const Quantity quantity : {kHeader, kData}) {
      set_out(pool, traffic_class, quantity, pool.out(quantity) - entry.left[quantity]);
    }
    pool.pop_front();
  }
}

void CreditLedger::settle(unsigned traffic_class, Picoseconds at_ps) {
  for (unsigned vc = 0; vc < virtual_channels_; ++vc) {
    Pool& each = pools_[vc * kTrafficClasses + traffic_class];
    settle_complete(each, traffic_class, at_ps);
    for (std::uint32_t i = 0; i < each.returns(); ++i) {
      Return& entry = each.at(i);
      // Sorted by `to`: nothing further on can have begun, since none is longer than longest_ps.
      if (entry.to_ps > at_ps + each.longest_ps) break;
      bring_home(each, traffic_class, entry, at_ps);
    }
  }
}

std::uint64_t CreditLedger::free_now(const Pool& pool, unsigned traffic_class,
                                     Quantity quantity) const {
  if (pool.infinite[quantity]) return kUnlimited;
  const std::uint64_t mine =
      pool.free[quantity] > 0 ? static_cast<std::uint64_t>(pool.free[quantity]) : 0;
  const std::uint64_t pooled = shared_[traffic_class][quantity];
  const std::uint64_t lent = lent_[traffic_class][quantity];
  return mine + (lent < pooled ? pooled - lent : 0);
}

bool CreditLedger::enough_now(const Pool& pool, unsigned traffic_class, CreditAmount need) const {
  return free_now(pool, traffic_class, kHeader) >= need.header &&
         free_now(pool, traffic_class, kData) >= need.data;
}

std::uint64_t CreditLedger::out_at(const Pool& pool, Quantity quantity, Picoseconds at_ps) {
  std::uint64_t out = pool.out(quantity);
  for (std::uint32_t i = 0; i < pool.returns(); ++i) {
    const Return& entry = pool.at(i);
    if (entry.to_ps > at_ps + pool.longest_ps) break;
    const std::uint32_t coming = entry.amount[quantity] - arrived(entry, quantity, at_ps);
    if (coming < entry.left[quantity]) out -= entry.left[quantity] - coming;
  }
  return out;
}

std::uint64_t CreditLedger::free_at(const Pool& pool, unsigned traffic_class, Quantity quantity,
                                    Picoseconds at_ps) const {
  if (pool.infinite[quantity]) return kUnlimited;
  const auto own = static_cast<std::uint64_t>(pool.limit[quantity]);
  const std::uint64_t out = out_at(pool, quantity, at_ps);
  std::uint64_t free = out < own ? own - out : 0;
  const std::uint64_t pooled = shared_[traffic_class][quantity];
  if (pooled == 0) return free;
  std::uint64_t lent = 0;
  for (unsigned vc = 0; vc < virtual_channels_; ++vc) {
    const Pool& each = pools_[vc * kTrafficClasses + traffic_class];
    lent += loan(each, quantity, out_at(each, quantity, at_ps));
  }
  return free + (lent < pooled ? pooled - lent : 0);
}

bool CreditLedger::enough_at(const Pool& pool, unsigned traffic_class, CreditAmount need,
                             Picoseconds at_ps) const {
  return free_at(pool, traffic_class, kHeader, at_ps) >= need.header &&
         free_at(pool, traffic_class, kData, at_ps) >= need.data;
}

Picoseconds CreditLedger::bisect(const Pool& pool, unsigned traffic_class, CreditAmount need,
                                 Picoseconds at_ps, Picoseconds latest_ps) const {
  if (enough_at(pool, traffic_class, need, at_ps)) return at_ps;
  // All returns are known, so availability only grows with time.
  while (latest_ps - at_ps > 1) {
    const Picoseconds middle = at_ps + (latest_ps - at_ps) / 2;
    (enough_at(pool, traffic_class, need, middle) ? latest_ps : at_ps) = middle;
  }
  return latest_ps;
}

Picoseconds CreditLedger::from_own_returns(const Pool& pool, unsigned traffic_class,
                                           CreditAmount need, Picoseconds at_ps) const {
  const std::uint32_t wanted[kQuantities] = {need.header, need.data};
  std::uint64_t lacking[kQuantities];
  for (const Quantity quantity : {kHeader, kData}) {
    const std::uint64_t free = free_now(pool, traffic_class, quantity);
    lacking[quantity] = wanted[quantity] > free ? wanted[quantity] - free : 0;
  }
  Picoseconds previous_to_ps = 0;
  for (std::uint32_t i = 0; i < pool.returns(); ++i) {
    const Return& entry = pool.at(i);
    bool enough = true;
    for (const Quantity quantity : {kHeader, kData}) {
      enough = enough && lacking[quantity] <= entry.left[quantity];
    }
    if (enough) {
      const bool alone =
          previous_to_ps <= entry.from_ps &&
          (i + 1 == pool.returns() || pool.at(i + 1).to_ps > entry.to_ps + pool.longest_ps);
      if (!alone) return bisect(pool, traffic_class, need, at_ps, entry.to_ps);
      Picoseconds ready_ps = at_ps;
      for (const Quantity quantity : {kHeader, kData}) {
        if (lacking[quantity] == 0) continue;
        const std::uint64_t home = entry.amount[quantity] - entry.left[quantity];
        const std::uint64_t credit = home + lacking[quantity] - 1;
        ready_ps = std::max(ready_ps, arrival_ps(entry, quantity, credit));
      }
      return ready_ps;
    }
    for (const Quantity quantity : {kHeader, kData}) {
      lacking[quantity] -= std::min<std::uint64_t>(lacking[quantity], entry.left[quantity]);
    }
    previous_to_ps = entry.to_ps;
  }
  return kNever;
}

Picoseconds CreditLedger::available_later(VcId vc, TrafficClass traffic_class, CreditAmount need,
                                          Picoseconds at_ps) const {
  const unsigned index = static_cast<unsigned>(traffic_class);
  const Pool& own = pools_[index_of(vc, traffic_class)];
  if (enough_now(own, index, need)) return at_ps;
  if (!own.shares) {
    return from_own_returns(own, index, need, at_ps);
  }
  // What others repay to the shared pool counts, too.
  Picoseconds latest_ps = at_ps;
  for (unsigned i = 0; i < virtual_channels_; ++i) {
    const Pool& each = pools_[i * kTrafficClasses + index];
    latest_ps = std::max(latest_ps, each.last_home_ps);
  }
  if (!enough_at(own, index, need, latest_ps)) return kNever;
  return bisect(own, index, need, at_ps, latest_ps);
}

void CreditLedger::consume_slowly(VcId vc, TrafficClass traffic_class, CreditAmount need,
                                  Picoseconds at_ps) {
  const unsigned index = static_cast<unsigned>(traffic_class);
  Pool& own = pools_[index_of(vc, traffic_class)];
  settle_complete(own, index, at_ps);
  if (!enough_now(own, index, need)) settle(index, at_ps);
  if (!enough_now(own, index, need)) {
    assert(false && "credits consumed that are not at home");
    if (fault_.empty()) {
      fault_ = pool_name(&own - pools_.data()) + ": consumed " + std::to_string(need.header) +
               " header and " + std::to_string(need.data) + " data credits at " +
               std::to_string(at_ps) + " ps that were not at home";
    }
  }
  const std::uint32_t wanted[kQuantities] = {need.header, need.data};
  for (const Quantity quantity : {kHeader, kData}) {
    own.unreturned[quantity] += wanted[quantity];
    set_out(own, index, quantity, own.out(quantity) + wanted[quantity]);
  }
}

void CreditLedger::give_back_slowly(VcId vc, TrafficClass traffic_class, CreditAmount amount,
                                    Picoseconds from_ps, Picoseconds to_ps) {
  Pool& own = pools_[index_of(vc, traffic_class)];
  if (amount.header > own.unreturned[kHeader] || amount.data > own.unreturned[kData]) {
    if (fault_.empty()) {
      fault_ = pool_name(&own - pools_.data()) + ": " + std::to_string(amount.header) +
               " header and " + std::to_string(amount.data) + " data credits returned at " +
               std::to_string(to_ps) + " ps, but only " + std::to_string(own.unreturned[kHeader]) +
               " and " + std::to_string(own.unreturned[kData]) + " are held (returned twice?)";
    }
    for (const auto& [back, held] :
         {std::pair{std::uint64_t{amount.header}, own.unreturned[kHeader]},
          std::pair{std::uint64_t{amount.data}, own.unreturned[kData]}}) {
      if (back > held) surplus_ += back - held;
    }
    return;
  }
  if (amount.header == 0 && amount.data == 0) return;
  own.unreturned[kHeader] -= amount.header;
  own.unreturned[kData] -= amount.data;
  own.insert({from_ps, to_ps, {amount.header, amount.data}, {amount.header, amount.data}});
}

bool CreditLedger::can_ever(VcId vc, TrafficClass traffic_class, CreditAmount need) const {
  const CreditAmount most = initial(vc, traffic_class);
  return need.header <= most.header && need.data <= most.data;
}

CreditAmount CreditLedger::initial(VcId vc, TrafficClass traffic_class) const {
  const unsigned index = static_cast<unsigned>(traffic_class);
  const Pool& own = pools_[index_of(vc, traffic_class)];
  std::uint32_t most[kQuantities];
  for (const Quantity quantity : {kHeader, kData}) {
    most[quantity] =
        own.infinite[quantity]
            ? kUnlimited
            : narrow(static_cast<std::uint64_t>(own.limit[quantity]) + shared_[index][quantity]);
  }
  return {most[kHeader], most[kData]};
}

CreditAmount CreditLedger::available(VcId vc, TrafficClass traffic_class, Picoseconds at_ps) const {
  const unsigned index = static_cast<unsigned>(traffic_class);
  const Pool& own = pools_[index_of(vc, traffic_class)];
  return {narrow(free_at(own, index, kHeader, at_ps)), narrow(free_at(own, index, kData, at_ps))};
}

CreditAmount CreditLedger::held(VcId vc, TrafficClass traffic_class) const {
  const Pool& own = pools_[index_of(vc, traffic_class)];
  return {narrow(own.unreturned[kHeader]), narrow(own.unreturned[kData])};
}

std::uint64_t CreditLedger::outstanding(Picoseconds at_ps) const {
  std::uint64_t total = 0;
  for (const Pool& each : pools_) {
    total += out_at(each, kHeader, at_ps) + out_at(each, kData, at_ps);
  }
  return total;
}

bool CreditLedger::all_promised() const {
  for (const Pool& each : pools_) {
    if (each.unreturned[kHeader] != 0 || each.unreturned[kData] != 0) return false;
  }
  return true;
}

bool CreditLedger::balanced() const { return imbalance().empty(); }

std::string CreditLedger::imbalance() const {
  if (!fault_.empty()) return fault_;
  std::uint64_t lent[kTrafficClasses][kQuantities] = {};
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const Pool& each = pools_[i];
    for (const Quantity quantity : {kHeader, kData}) {
      std::uint64_t on_the_way = 0;
      for (std::uint32_t k = 0; k < each.returns(); ++k) on_the_way += each.at(k).left[quantity];
      if (each.out(quantity) != each.unreturned[quantity] + on_the_way) {
        return pool_name(i) + ": " + std::to_string(each.out(quantity)) + " " +
               kQuantityNames[quantity] + " credits are out, but " +
               std::to_string(each.unreturned[quantity]) + " are held and " +
               std::to_string(on_the_way) + " returning";
      }
      lent[i % kTrafficClasses][quantity] += loan(each, quantity, each.out(quantity));
    }
  }
  for (unsigned index = 0; index < kTrafficClasses; ++index) {
    for (const Quantity quantity : {kHeader, kData}) {
      if (lent[index][quantity] != lent_[index][quantity] ||
          lent[index][quantity] > shared_[index][quantity]) {
        return std::string(kClassNames[index]) + ": " + std::to_string(lent[index][quantity]) +
               " shared " + kQuantityNames[quantity] + " credits lent of " +
               std::to_string(shared_[index][quantity]);
      }
    }
  }
  return {};
}

}  // namespace antares::protocols
