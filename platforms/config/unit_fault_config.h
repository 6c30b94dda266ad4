// SPDX-License-Identifier: Apache-2.0
// Units that arrive broken, and data that arrives damaged, at a given time: an entry of
// faults.units. Unit of time: in the key.
#pragma once
#include "antares/models/port/link_errors.h"
#include "antares/platforms/config/fault_entry.h"

namespace antares::platforms {

struct UnitEvent {
  using Kind = models::UnitFault::Kind;

  double at_us = 0;
  std::string link;
  Kind what = Kind::fail;
  LinkDirection direction = LinkDirection::to_device;
  std::uint32_t count = 1;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = UnitEvent;
    visit_when_and_where<C>(visit);
    visit("what", &C::what,
          "failed (the next units of replay - flits, frames, packets - arrive broken, those sent "
          "again and requests for replay included: a burst) or poisoned (the data of the next "
          "trains that carry any is "
          "marked as damaged: it reaches its end, nobody uses it, and who asked gets an error)")
        .names({{"failed", Kind::fail}, {"poisoned", Kind::poison}})
        .required();
    visit_direction<C>(visit, "On which of the link's two directions");
    visit("count", &C::count, "Units that fail in a row, or trains that are poisoned")
        .range(1, 1'000'000);
  }
};

}  // namespace antares::platforms
