// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/credit_loss.h"

#include <algorithm>

namespace antares::protocols {
namespace {

CreditAmount sum(CreditAmount a, CreditAmount b) { return {a.header + b.header, a.data + b.data}; }

/// Moves as much as there is from `from` to `lost`, out of what `order` still asks for.
std::uint32_t take(std::uint32_t& from, std::uint32_t& order) {
  const std::uint32_t taken = std::min(from, order);
  from -= taken;
  order -= taken;
  return taken;
}

}  // namespace

CreditAmount CreditLoss::suffer(const CreditFault& fault) {
  Pool& own = pool(fault.vc, fault.traffic_class);
  switch (fault.kind) {
    case CreditFault::Kind::lose:
      own.to_lose = sum(own.to_lose, fault.amount);
      return {};
    case CreditFault::Kind::stick:
      own.stuck = true;
      return {};
    case CreditFault::Kind::repeat:
      return {};
    case CreditFault::Kind::release:
      break;
  }
  own.stuck = false;
  const CreditAmount home = own.kept;
  own.kept = {};
  return home;
}

bool CreditLoss::changes(const CreditFault& fault) const {
  const bool stuck = pool(fault.vc, fault.traffic_class).stuck;
  if (fault.kind == CreditFault::Kind::release) return stuck;
  return fault.kind != CreditFault::Kind::stick || !stuck;
}

CreditAmount CreditLoss::pass(VcId vc, TrafficClass traffic_class, CreditAmount freed) {
  Pool& own = pool(vc, traffic_class);
  const std::uint32_t header = take(freed.header, own.to_lose.header);
  const std::uint32_t data = take(freed.data, own.to_lose.data);
  own.lost = sum(own.lost, {header, data});
  if (header != 0 || data != 0 || own.stuck) ++own.withheld;
  if (!own.stuck) return freed;
  own.kept = sum(own.kept, freed);
  return {};
}

bool CreditLoss::loses_update(VcId vc, TrafficClass traffic_class, CreditAmount freed) {
  Pool& own = pool(vc, traffic_class);
  if (own.to_lose.header == 0 && own.to_lose.data == 0) return false;
  // Of what the update tells nothing gets there: it is lost whole.
  const CreditAmount all = freed;
  take(freed.header, own.to_lose.header);
  take(freed.data, own.to_lose.data);
  if (freed.header == all.header && freed.data == all.data) return false;
  own.late = sum(own.late, all);
  ++own.withheld;
  return true;
}

bool CreditLoss::late(VcId vc, TrafficClass traffic_class) const {
  const Pool& own = pool(vc, traffic_class);
  return own.late.header != 0 || own.late.data != 0;
}

CreditAmount CreditLoss::take_late(VcId vc, TrafficClass traffic_class) {
  Pool& own = pool(vc, traffic_class);
  const CreditAmount told = own.late;
  own.late = {};
  own.late_since_ps = 0;
  return told;
}

CreditAmount CreditLoss::missing(VcId vc, TrafficClass traffic_class) const {
  const Pool& own = pool(vc, traffic_class);
  return sum(sum(own.lost, own.kept), own.late);
}

CreditAmount CreditLoss::heal(VcId vc, TrafficClass traffic_class) {
  const CreditAmount home = missing(vc, traffic_class);
  Pool& own = pool(vc, traffic_class);
  const std::uint64_t withheld = own.withheld;
  own = Pool{};
  own.withheld = withheld;
  return home;
}

}  // namespace antares::protocols
