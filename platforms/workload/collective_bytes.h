// SPDX-License-Identifier: Apache-2.0
// How many payload bytes a collective moves: measured on its program, and in closed form. The
// closed forms are those of facts/product_and_collectives.md 3.0, made exact for sizes that n
// doesn't divide (chunk formula: chunking.h). Local operations are not counted: they take no link.
// No time here.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "antares/platforms/workload/collective.h"

namespace antares::platforms {

struct RankBytes {
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
};

/// busbw = algbw * factor, as nccl-tests defines it: 2(n-1)/n for all_reduce, (n-1)/n for
/// all_gather, reduce_scatter, all_to_all, gather and scatter, 1 for broadcast, reduce, send_recv;
/// of a barrier, which moves no data, 1.
double busbw_factor(const std::string& collective, std::uint32_t ranks);

/// Payload each rank puts on and takes from the fabric, added up from the messages.
std::vector<RankBytes> bytes_by_rank(const models::Program& program);

/// The same from the closed form of the collective and algorithm; throws std::invalid_argument as
/// make_program does.
RankBytes expected_bytes(const CollectiveRequest& request, std::uint32_t rank);

}  // namespace antares::platforms
