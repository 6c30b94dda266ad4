// SPDX-License-Identifier: Apache-2.0
// Who belongs to whom when a job is laid out over tensor-, data-, pipeline- and expert-parallel
// groups: rank = tensor + T (data + D stage), expert groups are neighbours among the data-parallel
// ranks (public: Megatron-LM's order tp-ep-dp-pp). No unit of time.
#pragma once
#include "antares/platforms/workload/layer_file.h"
#include "antares/platforms/workload/trace_set.h"

namespace antares::platforms {

struct RankLayout {
  std::uint32_t ranks = 0, tensor = 1, expert = 1, data = 1, stages = 1;

  std::uint32_t stage_of(std::uint32_t rank) const { return rank / tensor / data; }
  /// The same place in another stage.
  std::uint32_t in_stage(std::uint32_t rank, std::uint32_t stage) const {
    return rank % (tensor * data) + stage * tensor * data;
  }
};

/// `ranks`, `tensor`, `expert` and `stages` are given, `data` follows. Throws TraceError where
/// ranks can't be shared out; `who` begins the sentence.
RankLayout lay_out(std::uint32_t ranks, std::uint32_t tensor, std::uint32_t expert,
                   std::uint32_t stages, const std::string& who);

/// Adds the groups of each kind in turn; set.rank_groups[rank][kind] is the rank's own of that
/// LayerGroup.
void make_groups(const RankLayout& layout, TraceSet& set);

}  // namespace antares::platforms
