// SPDX-License-Identifier: Apache-2.0
// Requests that the UPLI command set cannot express, each by name (facts/ualink_nvlink.md A.2,
// A.3). Sizes above 256 B are not among them: they become several requests. Ids are not part of a
// request's shape: LinkPolicy::endpoint_ids() says how many there are. No unit of time.
#pragma once
#include "antares/protocols/common/link_policy.h"

namespace antares::protocols {

Refusal ualink_refuses(const RequestShape& request);

}  // namespace antares::protocols
