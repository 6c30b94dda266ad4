// SPDX-License-Identifier: Apache-2.0
// Workload `concurrent`: several collectives at once, each in every group of a dimension of a rank
// layout, or of ranks by name, so that they contend for links; and each alone, to tell what that
// costs. Units: in the keys.
#pragma once
#include <optional>

#include "antares/platforms/config/collective_workload.h"
#include "antares/platforms/config/layout_config.h"

namespace antares::platforms {

/// `data`: all data-parallel ranks, experts' among them; `expert_data`: those that hold the same
/// experts.
enum class JobDimension : std::uint8_t { all, tensor, data, expert, expert_data, pipeline };

struct ConcurrentJob {
  std::string name;
  JobDimension dimension = JobDimension::all;
  double start_us = 0;
  CollectiveWorkload collective;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = ConcurrentJob;
    visit("name", &C::name, "Name in tables").required().identifier();
    visit("dimension", &C::dimension,
          "One collective in each group of this dimension of `layout`, all at once: tensor, data "
          "(all data-parallel ranks), expert, expert_data (the ranks that hold the same experts), "
          "pipeline (the same place in each stage); all: one, of all ranks or of "
          "`collective.ranks`")
        .names({{"all", JobDimension::all},
                {"tensor", JobDimension::tensor},
                {"data", JobDimension::data},
                {"expert", JobDimension::expert},
                {"expert_data", JobDimension::expert_data},
                {"pipeline", JobDimension::pipeline}});
    visit("start_us", &C::start_us, "After the first of all").range(0, 1e9);
    visit("collective", &C::collective,
          "The collective, as in a workload of that kind; one size, `iterations` runs of it one "
          "after the other")
        .required();
  }
};

struct ConcurrentWorkload {
  std::optional<LayoutConfig> layout;
  bool alone = true;
  std::vector<ConcurrentJob> jobs;

  template <class Visitor>
  static void fields(Visitor& visit) {
    using C = ConcurrentWorkload;
    visit("layout", &C::layout, "Groups that jobs name by their dimension");
    visit("alone", &C::alone,
          "Run each job without the others first: what `slowdown` is measured against");
    visit("jobs", &C::jobs, "What runs at once").items(1, 100);
  }
};

}  // namespace antares::platforms
