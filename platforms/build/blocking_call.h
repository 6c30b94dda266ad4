// SPDX-License-Identifier: Apache-2.0
// One request as a loosely timed initiator makes it, from an endpoint's own socket: status, delay,
// and the reason of a refusal. It takes no simulated time and moves no data.
#pragma once
#include <string>

#include "antares/platforms/build/platform.h"

namespace antares::platforms {

struct BlockingCall {
  std::string status;   ///< "ok", or TLM-2.0's own name of the response status
  std::string refusal;  ///< why the endpoint's port has refused it, in words; empty: it has not
  models::Picoseconds delay_ps = 0;  ///< zero-load latency of request, memory and answer
};

/// `from` must be able to issue requests. An atomic is carried out at the target without operands.
BlockingCall blocking_call(Platform& platform, const PlatformEndpoint& from,
                           const models::Request& request);

/// "these links are not up: switch.port (down), ..."; empty: all are.
std::string links_not_up(const Platform& platform);

/// Why a request was answered with an error: links that are not up, else what the fabric refuses,
/// found by asking again; ": <why>". Empty where asking again succeeds, where the far end says no
/// without a reason, and for groups and reductions, which cannot be asked for once more.
std::string refusal_of(Platform& platform, const PlatformEndpoint& from,
                       const models::Request& request);

}  // namespace antares::platforms
