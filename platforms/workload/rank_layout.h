// SPDX-License-Identifier: Apache-2.0
// Who belongs to whom when a job is laid out over tensor-, expert-, data- and pipeline-parallel
// groups: a rank is a number with one digit a dimension, in the order of config/layout_config.h. No
// unit of time.
#pragma once
#include <array>

#include "antares/platforms/config/layout_config.h"
#include "antares/platforms/workload/layer_file.h"
#include "antares/platforms/workload/trace_set.h"

namespace antares::platforms {

struct RankLayout {
  std::uint32_t ranks = 0, tensor = 1, expert = 1;
  std::uint32_t data = 1;  ///< all data-parallel ranks, experts' among them
  std::uint32_t stages = 1;
  /// By dimension: how far apart the neighbours of a group are.
  std::array<std::uint32_t, kLayoutDimensions> stride = {};

  std::uint32_t size(LayoutDimension dimension) const;
  std::uint32_t stride_of(LayoutDimension dimension) const {
    return stride[static_cast<unsigned>(dimension)];
  }
  /// The rank's place along a dimension.
  std::uint32_t place(std::uint32_t rank, LayoutDimension dimension) const {
    return rank / stride_of(dimension) % size(dimension);
  }
  /// The rank that differs in this dimension only.
  std::uint32_t at(std::uint32_t rank, LayoutDimension dimension, std::uint32_t place) const {
    return rank + place * stride_of(dimension) -
           this->place(rank, dimension) * stride_of(dimension);
  }
};

/// `ranks`, `tensor`, `expert` and `stages` are given, `data` follows. Throws TraceError where
/// ranks can't be shared out, or a dimension is missing in the order; `who` begins the sentence.
RankLayout lay_out(std::uint32_t ranks, std::uint32_t tensor, std::uint32_t expert,
                   std::uint32_t stages, const LayoutOrder& order, const std::string& who);

/// The ranks that differ in these dimensions only, a list for each group; groups in the order of
/// their first ranks.
std::vector<std::vector<std::uint32_t>> groups_along(
    const RankLayout& layout, const std::vector<LayoutDimension>& dimensions);

/// Dimensions that a group of a layer file runs along.
std::vector<LayoutDimension> dimensions_of(LayerGroup group);

/// Adds the groups of each kind in turn; set.rank_groups[rank][kind] is the rank's own of that
/// LayerGroup.
void make_groups(const RankLayout& layout, TraceSet& set);

}  // namespace antares::platforms
