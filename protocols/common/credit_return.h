// SPDX-License-Identifier: Apache-2.0
// How freed credits travel home where they do not do so one by one: a protocol that collects them
// into update messages with a least spacing. One a link direction, at its receiver. Pure;
// picoseconds. Left out: line time of the messages (a policy's rate has it).
#pragma once
#include <cstdint>
#include <vector>

#include "antares/protocols/common/credits.h"
#include "antares/protocols/common/units.h"

namespace antares::protocols {

/// First and last of credits that come home linearly.
struct CreditSpan {
  Picoseconds from_ps = 0;
  Picoseconds to_ps = 0;
};

/// One counter of a protocol's own, by its published name.
struct NamedCount {
  const char* name;
  std::uint64_t value;
};

class CreditReturn {
 public:
  virtual ~CreditReturn() = default;
  /// Credits that are freed linearly over `freed`: the updates with which the first and the last of
  /// them start to travel, at or after. Spans may come in any order.
  virtual CreditSpan home(VcId vc, TrafficClass traffic_class, CreditAmount amount,
                          CreditSpan freed) = 0;
  /// All that came of it so far, what is planned included. The first
  /// counts the messages.
  virtual std::vector<NamedCount> counters() const = 0;
};

}  // namespace antares::protocols
