// SPDX-License-Identifier: Apache-2.0
// A collective in several channels: the message is cut into equal parts (all_gather and its like:
// each rank's chunk is), every part is a program of its own, and all run beside each other. What
// one waits for (the overhead of a step, a neighbour) the others fill. Of all_reduce, whose ranks
// may stand in any order, each channel turns the ranks of a group (those of a switch) on by one, so
// that rings leave the switch by another rank each.
//
// A rank sends what is ready in turn, one message of each channel after the other. Left out:
// algorithms that leave work to the switch, whose requests fill the engines by themselves. Bytes;
// no time here.
#pragma once
#include "antares/models/accelerator/program.h"
#include "antares/platforms/workload/collective.h"

namespace antares::platforms {

/// As make_program(), in so many channels. Throws std::invalid_argument likewise, and where the
/// size can't be cut.
models::Program make_program_in_channels(const CollectiveRequest& request, std::uint32_t channels);

}  // namespace antares::platforms
