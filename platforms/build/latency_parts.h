// SPDX-License-Identifier: Apache-2.0
// What the zero-load latency of one packet is made of, part by part, as `describe` and the pairs
// workload print it: flit collection, cables, the fixed delays of protocol and switch, the bridge
// where two protocols meet. The parts are worked out from the configuration and always add up to
// what PortAdapter::zero_load says: what serialisation is left stands last. Time: picoseconds.
#pragma once
#include <string>
#include <vector>

#include "antares/platforms/build/platform.h"

namespace antares::platforms {

struct LatencyPart {
  std::string name;
  models::Picoseconds ps = 0;
};

/// One packet, classified by the policy of `from`, through the switch of both ports.
std::vector<LatencyPart> crossing_parts(const SwitchDescription& part, const models::Packet& packet,
                                        const models::PortAdapter& from,
                                        const models::PortAdapter& to);

/// The completion of `request`, with answer_bytes, back from the port `to`; made in the switch
/// where its protocol sends none. Empty where the requester's protocol knows no such answer.
std::vector<LatencyPart> answer_parts(const SwitchDescription& part, const models::Packet& request,
                                      std::uint32_t answer_bytes, const models::PortAdapter& from,
                                      const models::PortAdapter& to);

/// "serdes_rx 28.000 + crossbar 26.000", in nanoseconds; parts of 0 are left out.
std::string to_text(const std::vector<LatencyPart>& parts);

/// What the memory behind an endpoint adds to an access that waits for its data, with the rate and
/// latency of the endpoint's kind.
models::MemoryConfig memory_of(const EndpointDescription& endpoint);
models::Picoseconds memory_ps(const models::MemoryConfig& memory, std::uint32_t bytes);

}  // namespace antares::platforms
