// SPDX-License-Identifier: Apache-2.0
#include "tb/support/link_troubles.h"

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>

#include "tb/support/flap_run.h"

namespace antares::tb {
namespace {

using models::LinkDegradation;
using models::UnitFault;
using protocols::CreditFault;
using protocols::LinkEvent;
using protocols::TrafficClass;

constexpr Picoseconds kFirst = 2'000'000;
constexpr Picoseconds kLongest = 3'000'000;  ///< that a link or a credit is gone
constexpr std::uint32_t kLongestBurst = 60;  ///< past replay's limit, and past some trainings

class Planter {
 public:
  Planter(models::PortAdapter& port, unsigned seed, Picoseconds until_ps)
      : port_(port), engine_(seed), until_ps_(until_ps) {}

  /// Calls act(time, duration) `count` times, one after the other, never overlapping.
  template <class Act>
  void spread(unsigned count, const Act& act) {
    for (unsigned i = 0; i < count; ++i) {
      const Picoseconds each = std::max<Picoseconds>(2, until_ps_ / count);
      const Picoseconds begin = kFirst + i * each + pick(0, each / 2);
      act(begin, pick(1, std::max<Picoseconds>(1, std::min(each / 2, kLongest))));
    }
  }
  std::uint64_t pick(std::uint64_t low, std::uint64_t high) {
    return boost::random::uniform_int_distribution<std::uint64_t>(low, high)(engine_);
  }
  bool coin() { return pick(0, 1) == 1; }

  /// False: the protocol has no such width or rate.
  bool degrade(Picoseconds when) {
    LinkDegradation less;
    less.slower = coin();
    if (!less.slower) less.lanes = 1u << pick(0, 3);
    if (models::degraded(port_.policy(), less) == nullptr) return false;
    port_.schedule_degradation(less, when);
    return true;
  }

  /// A class that the link has credits of: not every link has all.
  TrafficClass any_class() {
    auto place = static_cast<unsigned>(pick(0, protocols::kTrafficClasses - 1));
    const auto has = [&](unsigned i) {
      const auto initial =
          port_.ingress_link().ledger().initial(protocols::VcId(0), static_cast<TrafficClass>(i));
      return initial.header != 0 || initial.data != 0;
    };
    while (!has(place)) place = (place + 1) % protocols::kTrafficClasses;
    return static_cast<TrafficClass>(place);
  }

  void stick(Picoseconds when, Picoseconds lasts) {
    const TrafficClass traffic_class = any_class();
    const bool into_switch = coin();
    for (const auto& [kind, at_ps] : {std::pair{CreditFault::Kind::stick, when},
                                      std::pair{CreditFault::Kind::release, when + lasts}})
      port_.schedule_credit_fault({kind, protocols::VcId(0), traffic_class, {}}, into_switch,
                                  at_ps);
  }

  void leak(Picoseconds when, Picoseconds lasts) {
    const auto header = static_cast<std::uint32_t>(pick(1, 40));
    const auto data = static_cast<std::uint32_t>(pick(0, 300));
    port_.schedule_credit_fault(
        {CreditFault::Kind::lose, protocols::VcId(0), any_class(), {header, data}}, coin(), when);
    port_.schedule_link(LinkEvent::disable, when + lasts);
    port_.schedule_link(LinkEvent::enable, when + lasts + 1);
  }

 private:
  models::PortAdapter& port_;
  boost::random::mt19937 engine_;
  Picoseconds until_ps_;
};

}  // namespace

void plant(models::PortAdapter& port, unsigned seed, const LinkTroubles& troubles,
           Picoseconds until_ps, Planted& planted) {
  flap(port, seed, troubles.failures, until_ps);
  Planter planter(port, seed + 7919, until_ps);
  planter.spread(troubles.bursts, [&](Picoseconds when, Picoseconds) {
    const auto units = static_cast<std::uint32_t>(planter.pick(1, kLongestBurst));
    port.schedule_unit_fault({UnitFault::Kind::fail, units}, planter.coin(), when);
    ++planted.bursts;
  });
  planter.spread(troubles.poison, [&](Picoseconds when, Picoseconds) {
    const auto trains = static_cast<std::uint32_t>(planter.pick(1, 3));
    port.schedule_unit_fault({UnitFault::Kind::poison, trains}, planter.coin(), when);
    planted.poison += trains;
  });
  planter.spread(troubles.degradations, [&](Picoseconds when, Picoseconds) {
    planted.degradations += planter.degrade(when) ? 1 : 0;
  });
  planter.spread(troubles.recoveries, [&](Picoseconds when, Picoseconds) {
    port.schedule_link(LinkEvent::recover, when);
    ++planted.recoveries;
  });
  planter.spread(troubles.disables, [&](Picoseconds when, Picoseconds lasts) {
    port.schedule_link(LinkEvent::disable, when);
    port.schedule_link(LinkEvent::enable, when + lasts);
    ++planted.disables;
  });
  planter.spread(troubles.stuck, [&](Picoseconds when, Picoseconds lasts) {
    planter.stick(when, lasts);
    ++planted.stuck;
  });
  planter.spread(troubles.leaks, [&](Picoseconds when, Picoseconds lasts) {
    planter.leak(when, lasts);
    ++planted.leaks;
  });
  const bool contains = port.config().faults->containment != models::Containment::never;
  const models::LinkErrors& errors = *port.ingress_link().errors();
  const auto gives_up =
      errors.replay() == nullptr ? protocols::GaveUp::reset : errors.after_giving_up();
  const bool waits =
      gives_up == protocols::GaveUp::hold_down || gives_up == protocols::GaveUp::block;
  if (!contains && !waits) return;
  // Somebody who looks now and then; the last look is behind everything.
  for (Picoseconds when = kFirst; when < until_ps + 50'000'000; when += kLongest)
    port.schedule_link(LinkEvent::release, when);
}

}  // namespace antares::tb
