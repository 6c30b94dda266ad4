// SPDX-License-Identifier: Apache-2.0
// What several tests ask for.
#pragma once
#include "antares/platforms/workload/collective_bytes.h"
#include "antares/platforms/workload/trace_set.h"

namespace antares::platforms {

/// Of 8 B elements; the root, where there is one, is no rank at either end, the peer is the last.
inline CollectiveRequest request(const AlgorithmInfo& info, std::uint32_t ranks,
                                 std::uint64_t elements) {
  CollectiveRequest asked;
  asked.collective = info.collective;
  asked.algorithm = info.algorithm;
  asked.ranks = ranks;
  asked.bytes = elements * 8;
  asked.element_bytes = 8;
  asked.root = has_root(info.collective) ? ranks / 2 : 0;
  asked.peer = ranks - 1;
  return asked;
}

inline TraceSetOptions with_ranks(std::uint32_t count) {
  TraceSetOptions options;
  options.available_ranks = count;
  return options;
}

}  // namespace antares::platforms
