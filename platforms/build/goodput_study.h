// SPDX-License-Identifier: Apache-2.0
// Workload `goodput`: what a saturated link loses to replay, by port group, cable and probability
// that a unit (flit, frame, packet) fails, closed form beside simulation. The link is the model's
// own (LinkTransmitter with LinkErrors), fed with trains of writes and never short of credits;
// nothing else of a switch is in it, and no simulated time of the platform passes.
//
// Closed form: a failure costs the link time C that the protocol takes for one failure that stands
// alone (go-back-N: the round trip; selective: one unit; NVLink: its timer), and with a replay
// buffer of D units a unit takes max(u, round trip / D), so that u / (max(u, trip / D) + p C) of
// the line is left. facts/pcie6.md 6: 0.05 % lost at 5e-6 and 200 ns on x16. Of second order: of
// the units and requests of an episode one fails, too (the state machines say what each costs: of
// selective replay a timeout), and units sent within an episode begin none of their own. Of third
// order and left to the tolerance: two of them do. Nanoseconds in rows.
#pragma once
#include "antares/platforms/config/platform_config.h"
#include "antares/platforms/report/results.h"

namespace antares::platforms {

/// Has any port a protocol with a replay?
bool any_replay(const PlatformConfig& config);

/// A row for each port group with a replay, cable and probability. Throws RunFailure behind the
/// last of them if one differs by more than its tolerance.
void run_goodput(const PlatformConfig& config, const WorkloadDescription& workload,
                 ResultSink& sink);

}  // namespace antares::platforms
