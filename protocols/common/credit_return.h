// SPDX-License-Identifier: Apache-2.0
// How freed credits travel home where they do not do so one by one: a protocol that collects them
// into update messages with a least spacing. One a link direction, at its receiver. Pure;
// picoseconds. Left out: line time of the messages (a policy's rate has it).
#pragma once
#include <cstdint>
#include <vector>

#include "antares/protocols/common/credits.h"
#include "antares/protocols/common/named_count.h"
#include "antares/protocols/common/units.h"

namespace antares::protocols {

/// First and last of credits that come home linearly.
struct CreditSpan {
  Picoseconds from_ps = 0;
  Picoseconds to_ps = 0;
};

class CreditReturn {
 public:
  virtual ~CreditReturn() = default;
  /// Credits that are freed linearly over `freed`: the updates with which the first and the last of
  /// them start to travel, at or after. Spans may come in any order.
  virtual CreditSpan home(VcId vc, TrafficClass traffic_class, CreditAmount amount,
                          CreditSpan freed) = 0;
  /// May an update get lost without harm, since the next one of its channel makes it good?
  virtual bool repeats() const { return false; }
  /// As home(), but the update that tells of it gets lost: when it would have come.
  virtual Picoseconds lose(VcId vc, TrafficClass traffic_class, CreditAmount amount,
                           CreditSpan freed) {
    return home(vc, traffic_class, amount, freed).to_ps;
  }
  /// The next update of the channel after `lost_ps` that gets there, as far as is known now: one
  /// that is planned, or a repetition where nothing else is freed on any channel until then.
  virtual Picoseconds told_again_ps(VcId vc, TrafficClass traffic_class, Picoseconds lost_ps) {
    static_cast<void>(vc);
    static_cast<void>(traffic_class);
    return lost_ps;
  }
  /// Credits of packets that never reached the receiver, which cannot free them: when it has heard
  /// that it has to.
  virtual Picoseconds repaired_ps(CreditAmount lost, Picoseconds lost_ps) {
    static_cast<void>(lost);
    return lost_ps;
  }
  /// All that came of it so far, what is planned included. The first
  /// counts the messages.
  virtual std::vector<NamedCount> counters() const = 0;
};

}  // namespace antares::protocols
