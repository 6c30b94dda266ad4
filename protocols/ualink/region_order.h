// SPDX-License-Identifier: Apache-2.0
// What may overtake what on a UALink, after facts/ualink_nvlink.md A.3 [SEC] and A.2 [VEND]:
// requests of one source, destination and virtual channel stay in order within a region of 256 B;
// responses are unordered, and neither blocks the other. Strict mode: all requests of a pair in
// order, read responses among themselves, write responses among themselves, nothing between the
// two. A packet knows its address modulo 4 KiB only: requests to the same place of different 4 KiB
// pages keep their order, too, which is more than the rule asks. No unit of time.
#pragma once
#include "antares/protocols/common/packet.h"

namespace antares::protocols {

/// The 256 B regions of a 4 KiB page that a request touches, one bit each.
std::uint16_t regions_touched(const Packet& request);

/// A completion that answers a write or message rather than a read or atomic: it carries no data.
bool is_write_response(const Packet& completion);

bool ualink_may_pass(const Packet& later, const Packet& earlier, bool strict);

}  // namespace antares::protocols
