// SPDX-License-Identifier: Apache-2.0
// How the ranks of a job are laid out over tensor-, expert-, data- and pipeline-parallel groups:
// sizes, and which ranks are neighbours. Who belongs to whom follows: workload/rank_layout.h. No
// unit of time.
#pragma once
#include <cstdint>
#include <vector>

namespace antares::platforms {

/// `data`: the data-parallel ranks beyond an expert group, so many are left.
enum class LayoutDimension : std::uint8_t { tensor, expert, data, pipeline };
inline constexpr unsigned kLayoutDimensions = 4;

using LayoutOrder = std::vector<LayoutDimension>;
inline const LayoutOrder kMegatronOrder = {LayoutDimension::tensor, LayoutDimension::expert,
                                           LayoutDimension::data, LayoutDimension::pipeline};

/// The key `order` of whoever lays ranks out.
template <class Visitor, class Struct>
void visit_order(Visitor& visit, LayoutOrder Struct::*order) {
  visit("order", order,
        "Dimensions from neighbouring ranks to distant ones, each once: rank = tensor + T (expert "
        "+ E (data + D pipeline)) is the first of all")
      .names({{"tensor", LayoutDimension::tensor},
              {"expert", LayoutDimension::expert},
              {"data", LayoutDimension::data},
              {"pipeline", LayoutDimension::pipeline}})
      .items(kLayoutDimensions, kLayoutDimensions)
      .source("public: Megatron-LM's order tp-ep-dp-pp (R)");
}

struct LayoutConfig {
  std::uint32_t ranks = 0;
  std::uint32_t tensor = 1;
  std::uint32_t pipeline = 1;
  std::uint32_t expert = 1;
  LayoutOrder order = kMegatronOrder;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = LayoutConfig;
    visit("ranks", &C::ranks, "The first accelerators, so many; 0: all").range(0, 65535);
    visit("tensor", &C::tensor, "Ranks of a tensor-parallel group").range(1, 1024);
    visit("pipeline", &C::pipeline, "Pipeline stages").range(1, 1024);
    visit("expert", &C::expert,
          "Ranks of an expert-parallel group; data-parallel ranks are what is left, a multiple of "
          "it")
        .range(1, 1024);
    visit_order(visit, &C::order);
  }
};

}  // namespace antares::platforms
