// SPDX-License-Identifier: Apache-2.0
// Turns a collective plan into a program of remote stores for a given size, so that what runs and
// checks the built-in algorithms runs plans too.
//
// A received chunk lands in memory of its own (as in NCCL's FIFO) and is put into place or reduced
// by a local message; a step waits for the step before it in its thread block, slices of one chunk
// stream through the parts of a step. A read is a request of 16 bytes that the data answers
// (assumption: the program form knows stores only; what a request costs the reader's peer is its
// message overhead). A signal is a store of 8 bytes (public: MSCCL++ semaphores are 64-bit
// counters), ordered behind earlier stores to the same peer. What a switch channel does is a
// load-reduce and a multicast of all ranks; a semaphore orders thread blocks of a rank and takes no
// time (assumption: its counter is in the accelerator). One pass over the whole message, but for
// the file's own pipelines (plan_loops.h): a library's loop over parts of a large one is not
// modelled. No time here.
#pragma once
#include "antares/models/accelerator/program.h"
#include "antares/platforms/workload/collective_plan.h"

namespace antares::platforms {

/// Throws std::invalid_argument when `bytes` (nccl-tests' size: the buffer of all ranks) is not a
/// multiple of the plan's chunks, in elements, or the program gets too large.
models::Program compile_plan(const CollectivePlan& plan, std::uint64_t bytes,
                             std::uint32_t element_bytes);

/// The same check alone.
void check_plan_size(const CollectivePlan& plan, std::uint64_t bytes, std::uint32_t element_bytes);

}  // namespace antares::platforms
