// SPDX-License-Identifier: Apache-2.0
// The zero-load latency as the tests expect it, written from the rules of the design, link packet
// by link packet, and not with the code under test:
//   a link sends link packets behind each other at its rate and a receiver uses whole flits;
//   one may leave a switch when its header is in and it will not run dry (cut-through);
//   each input and each output of the crossbar passes one after the other, at its speed;
//   the last byte leaves neither before the outgoing link nor before the source has passed it on.
// Picoseconds, as double: no floors.
#pragma once
#include <memory>
#include <vector>

#include "antares/models/fabric_switch/fabric_switch.h"

namespace antares::tb {

using LinkList = std::vector<std::shared_ptr<const protocols::LinkPolicy>>;

/// One way over links[0], a switch, links[1], a switch, ...: from the first bit sent to the last
/// byte held. All switches are configured alike, all links have one propagation.
double zero_load_closed_form_ps(const LinkList& links, const protocols::Packet& packet,
                                const models::SwitchConfig& config, double propagation_ps);

}  // namespace antares::tb
