// SPDX-License-Identifier: Apache-2.0
// A step of a model as a trace, made from its shape (config/model_config.h), sizes as in
// facts/product_and_collectives.md 4. With b sequences of s tokens a micro-batch, width h, e bytes
// an element, groups as in rank_layout.h:
//
// - tensor-parallel: two all-reduces a layer and pass of b s h e bytes, or as much in a
//   reduce-scatter and an all-gather each (sequence_parallel)
// - pipeline: b s h e / T bytes from each rank of a stage to its place in the next; all forward
//   passes of a step, then all backward ones
// - data-parallel: an all-reduce of each layer's gradients, 12 h h e / T bytes, once a step, beside
//   the rest of the last backward pass (moe: of the attention's, 4 h h e / T)
// - expert-parallel, in place of the second all-reduce: each token goes to top_k experts, b s h
//   top_k bytes of dispatch_element_bytes a rank all-to-all, and back with e; backward the same
//   with e both ways. With load_gini, ranks get unequal shares, as single messages
// - recommendation: all-to-all of global_batch x tables_a_rank x embedding x e bytes a rank, and
// back;
//   an all-reduce of the dense part's gradients beside the way back
//
// Leaves out: optimiser, sharded weights, recomputation. Times in picoseconds.
#pragma once
#include "antares/platforms/config/model_config.h"
#include "antares/platforms/workload/trace_set.h"

namespace antares::platforms {

/// Bytes of a buffer as the collective has it (whole buffer of a rank).
struct ModelSizes {
  std::uint64_t activation = 0;  ///< of a micro-batch: an all-reduce of the tensor group
  std::uint64_t stage = 0;       ///< from a rank to the next stage
  std::uint64_t gradient = 0;    ///< of a layer, on a rank
  std::uint64_t dispatch = 0;
  std::uint64_t combine = 0;
  std::uint64_t embedding = 0;
};
ModelSizes model_sizes(const ModelConfig& model);

/// Shares of `ranks` with this Gini coefficient (growing powers), smallest first; they add up to 1.
std::vector<double> unequal_shares(std::uint32_t ranks, double gini);

/// Throws TraceError: more ranks than there are, sizes that don't divide.
TraceSet make_model_set(const ModelConfig& model, std::uint32_t available_ranks);

}  // namespace antares::platforms
