// SPDX-License-Identifier: Apache-2.0
// Workload `moe`: a row for each number of experts, of experts a token, way of naming and time of
// reprogramming, each a run of its own on the idle fabric: tokens to their experts, then results
// back. Unicast comes first, for the gain of the others. What is counted and what is assumed:
// moe_items.h, group_directory.h. Microseconds and bytes in rows.
#pragma once
#include "antares/platforms/build/moe_items.h"

namespace antares::platforms {

struct MoeProblem {
  std::string key;  ///< of the workload's section; empty: the section
  std::string message;
  std::string hint;
};
/// What cannot be on this platform.
std::vector<MoeProblem> moe_problems(const PlatformConfig& config, const MoeWorkload& moe);

/// Groups that moe workloads of this platform write, by number: behind those of the description.
/// `windows`: those of a switch.
std::vector<models::GroupConfig> moe_groups(const PlatformConfig& config,
                                            const SwitchDescription& part,
                                            const std::vector<models::AddressWindow>& windows);

void run_moe(Platform& platform, const WorkloadDescription& workload, ResultSink& sink);

}  // namespace antares::platforms
