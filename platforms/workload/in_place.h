// SPDX-License-Identifier: Apache-2.0
// Collectives in place, as nccl-tests means it: a rank's input and result are parts of one buffer.
// all_reduce, broadcast and reduce have both at its beginning; the input of an all_gather and of a
// gather is the rank's own part of the whole, and so is the result of a reduce_scatter and of a
// scatter. all_to_all and send_recv have no such form; a barrier has no data. No time here.
#pragma once
#include <string>

#include "antares/platforms/workload/collective.h"

namespace antares::platforms {

bool has_in_place(const std::string& collective);

/// Where in the one buffer, which is the program's output, a rank's input and result begin.
std::uint64_t input_in_place(const CollectiveRequest& request, std::uint32_t rank);
std::uint64_t result_in_place(const CollectiveRequest& request, std::uint32_t rank);
std::uint64_t input_bytes_in_place(const CollectiveRequest& request, std::uint32_t rank);

/// The program with its input within its output; what it copied from one to the other at time 0
/// stands there already. Throws std::invalid_argument where the collective has no such form, or the
/// switch would have to know another place for each rank.
models::Program in_place(models::Program program, const CollectiveRequest& request);

}  // namespace antares::platforms
