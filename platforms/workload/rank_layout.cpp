// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/rank_layout.h"

namespace antares::platforms {

RankLayout lay_out(std::uint32_t ranks, std::uint32_t tensor, std::uint32_t expert,
                   std::uint32_t stages, const std::string& who) {
  RankLayout layout{ranks, tensor, expert, 1, stages};
  const auto fail = [&](const std::string& why, std::uint64_t unit) {
    throw TraceError(who + ": " + std::to_string(ranks) + " ranks can't be shared out: " + why +
                     "; the number of ranks must be a multiple of " + std::to_string(unit));
  };
  const std::uint64_t unit = std::uint64_t{tensor} * stages;
  if (ranks % unit != 0)
    fail("the tensor-parallel group has " + std::to_string(tensor) + " and there are " +
             std::to_string(stages) + " pipeline stages",
         unit);
  layout.data = static_cast<std::uint32_t>(ranks / unit);
  if (layout.data % expert != 0)
    fail(std::to_string(layout.data) +
             " data-parallel ranks are no multiple of the expert group's " +
             std::to_string(expert) + " (ep)",
         unit * expert);
  return layout;
}

void make_groups(const RankLayout& layout, TraceSet& set) {
  const std::uint32_t blocks = layout.data / layout.expert;
  const std::uint32_t counts[kLayerGroups] = {
      layout.data * layout.stages, layout.tensor * layout.stages,
      layout.tensor * layout.stages * blocks, layout.tensor * layout.stages * layout.expert};
  std::uint32_t first[kLayerGroups];
  for (unsigned kind = 0; kind < kLayerGroups; ++kind) {
    first[kind] = static_cast<std::uint32_t>(set.groups.size());
    for (std::uint32_t i = 0; i < counts[kind]; ++i)
      set.groups.push_back(
          {to_string(static_cast<LayerGroup>(kind)) + (" " + std::to_string(i)), {}});
  }
  for (std::uint32_t rank = 0; rank < layout.ranks; ++rank) {
    const std::uint32_t tensor = rank % layout.tensor;
    const std::uint32_t data = rank / layout.tensor % layout.data;
    const std::uint32_t stage = rank / layout.tensor / layout.data;
    const std::uint32_t column = tensor + layout.tensor * stage;
    const std::uint32_t of_kind[kLayerGroups] = {data + layout.data * stage, column,
                                                 column * blocks + data / layout.expert,
                                                 column * layout.expert + data % layout.expert};
    std::vector<std::uint32_t> mine;
    for (unsigned kind = 0; kind < kLayerGroups; ++kind) {
      mine.push_back(first[kind] + of_kind[kind]);
      set.groups[mine.back()].ranks.push_back(rank);
    }
    set.rank_groups.push_back(std::move(mine));
  }
}

}  // namespace antares::platforms
