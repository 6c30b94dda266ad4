// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/rank_layout.h"

#include <algorithm>
#include <map>

namespace antares::platforms {

std::uint32_t RankLayout::size(LayoutDimension dimension) const {
  switch (dimension) {
    case LayoutDimension::tensor:
      return tensor;
    case LayoutDimension::expert:
      return expert;
    case LayoutDimension::data:
      return data / expert;
    case LayoutDimension::pipeline:
      break;
  }
  return stages;
}

RankLayout lay_out(std::uint32_t ranks, std::uint32_t tensor, std::uint32_t expert,
                   std::uint32_t stages, const LayoutOrder& order, const std::string& who) {
  RankLayout layout{ranks, tensor, expert, 1, stages, {}};
  const auto fail = [&](const std::string& why, std::uint64_t unit) {
    throw TraceError(who + ": " + std::to_string(ranks) + " ranks can't be shared out: " + why +
                     "; the number of ranks must be a multiple of " + std::to_string(unit));
  };
  const std::uint64_t unit = std::uint64_t{tensor} * stages;
  if (ranks == 0 || ranks % unit != 0)
    fail("the tensor-parallel group has " + std::to_string(tensor) + " and there are " +
             std::to_string(stages) + " pipeline stages",
         unit);
  layout.data = static_cast<std::uint32_t>(ranks / unit);
  if (layout.data % expert != 0)
    fail(std::to_string(layout.data) +
             " data-parallel ranks are no multiple of the expert group's " +
             std::to_string(expert) + " (ep)",
         unit * expert);
  std::uint32_t apart = 1;
  for (const LayoutDimension dimension : order) {
    layout.stride[static_cast<unsigned>(dimension)] = apart;
    apart *= layout.size(dimension);
  }
  if (order.size() != kLayoutDimensions ||
      std::count(layout.stride.begin(), layout.stride.end(), 0u) != 0)
    throw TraceError(who + ": order has to name tensor, expert, data and pipeline, each once");
  return layout;
}

std::vector<std::vector<std::uint32_t>> groups_along(
    const RankLayout& layout, const std::vector<LayoutDimension>& dimensions) {
  std::vector<std::vector<std::uint32_t>> groups;
  std::map<std::uint32_t, std::size_t> known;  // by first rank
  for (std::uint32_t rank = 0; rank < layout.ranks; ++rank) {
    std::uint32_t first = rank;
    for (const LayoutDimension dimension : dimensions) first = layout.at(first, dimension, 0);
    const auto [group, is_new] = known.emplace(first, groups.size());
    if (is_new) groups.emplace_back();
    groups[group->second].push_back(rank);
  }
  return groups;
}

std::vector<LayoutDimension> dimensions_of(LayerGroup group) {
  switch (group) {
    case LayerGroup::tensor:
      return {LayoutDimension::tensor};
    case LayerGroup::data:
      return {LayoutDimension::expert, LayoutDimension::data};
    case LayerGroup::expert:
      return {LayoutDimension::expert};
    case LayerGroup::expert_data:
      break;
  }
  return {LayoutDimension::data};
}

void make_groups(const RankLayout& layout, TraceSet& set) {
  set.rank_groups.assign(layout.ranks, {});
  for (unsigned kind = 0; kind < kLayerGroups; ++kind) {
    const auto group = static_cast<LayerGroup>(kind);
    std::uint32_t number = 0;
    for (std::vector<std::uint32_t>& ranks : groups_along(layout, dimensions_of(group))) {
      for (const std::uint32_t rank : ranks)
        set.rank_groups[rank].push_back(static_cast<std::uint32_t>(set.groups.size()));
      set.groups.push_back({to_string(group) + (" " + std::to_string(number++)), std::move(ranks)});
    }
  }
}

}  // namespace antares::platforms
