// SPDX-License-Identifier: Apache-2.0
// One end of a link whose width changes while traffic goes on, by agreement of both ends. What the
// ends say to each other is the protocol's business (PCIe: L0p). Time is an argument, picoseconds.
#pragma once
#include <cstdint>
#include <optional>

#include "antares/protocols/common/units.h"

namespace antares::protocols {

struct WidthMessage {
  std::uint8_t command = 0;  ///< the protocol's own
  bool priority = false;
  unsigned lanes = 0;
};

class WidthEnd {
 public:
  virtual ~WidthEnd() = default;
  /// This end wants another width: what to send. Nothing: it cannot ask for that, or not before
  /// ready_ps().
  virtual std::optional<WidthMessage> ask(unsigned lanes, Picoseconds now_ps) = 0;
  /// A message of the other end; returns what to send back, if anything.
  virtual std::optional<WidthMessage> receive(const WidthMessage& message, Picoseconds now_ps) = 0;
  /// When poll() has something to do; kNever: nothing is under way.
  virtual Picoseconds next_ps() const = 0;
  virtual std::optional<WidthMessage> poll(Picoseconds now_ps) = 0;
  /// Width that this end sends with.
  virtual unsigned lanes() const = 0;
  /// Before this, ask() backs off; 0 when it does not.
  virtual Picoseconds ready_ps() const = 0;
};

}  // namespace antares::protocols
