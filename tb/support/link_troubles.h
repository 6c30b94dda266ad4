// SPDX-License-Identifier: Apache-2.0
// Everything that can go wrong with a link, at random times: what a campaign plants. Times in
// picoseconds.
#pragma once
#include "antares/models/port/port.h"

namespace antares::tb {

/// How often in a run, for each link.
struct LinkTroubles {
  unsigned failures = 0;      ///< down and up again, within 3 us
  unsigned bursts = 0;        ///< units that fail in a row, up to more than a replay takes
  unsigned poison = 0;        ///< trains whose data is marked as damaged
  unsigned degradations = 0;  ///< fewer lanes, or a lower rate, as far as the protocol has them
  unsigned recoveries = 0;    ///< trained anew without loss
  unsigned disables = 0;      ///< turned off by software, and on
  unsigned stuck = 0;         ///< credits of a class that come home late
  unsigned leaks = 0;         ///< credits of a class that get lost, until the link is turned off
};

/// What was planted, over all links of a run.
struct Planted {
  unsigned bursts = 0;
  unsigned poison = 0;
  unsigned degradations = 0;
  unsigned recoveries = 0;
  unsigned disables = 0;
  unsigned stuck = 0;
  unsigned leaks = 0;
};

/// Spreads them over the time before until_ps. Whatever is turned off, stuck or contained is well
/// again at the end. The port's link may fail (PortConfig::faults).
void plant(models::PortAdapter& port, unsigned seed, const LinkTroubles& troubles,
           models::Picoseconds until_ps, Planted& planted);

}  // namespace antares::tb
