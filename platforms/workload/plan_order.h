// SPDX-License-Identifier: Apache-2.0
// An order in which the steps of a collective plan can be done: each after the step before it in
// its thread block, after what it names, and after the sends and signals it receives. No time here.
#pragma once
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "antares/platforms/workload/collective_plan.h"

namespace antares::platforms {

/// Sends or signals of one rank to another on one channel; the k-th belongs to the k-th receive or
/// wait. What thread blocks of one rank tell each other by a semaphore is one from the rank to
/// itself.
struct PlanFlow {
  bool signals = false;
  std::uint32_t from = 0, to = 0, channel = 0;
  bool operator<(const PlanFlow& other) const {
    return std::tie(signals, from, to, channel) <
           std::tie(other.signals, other.from, other.to, other.channel);
  }
};

/// The flow that an action of `rank` is one end of; only where one of the next two says so.
PlanFlow flow_of(std::uint32_t rank, const PlanAction& action);
/// Whether it is the end that waits.
inline bool takes_from_flow(PlanKind kind) {
  return kind == PlanKind::receive || kind == PlanKind::wait || kind == PlanKind::acquire;
}
inline bool gives_to_flow(PlanKind kind) {
  return kind == PlanKind::send || kind == PlanKind::signal || kind == PlanKind::release;
}
/// What is taken before anything was given.
std::uint64_t given_at_start(const CollectivePlan& plan, const PlanFlow& flow);
/// "channel 2 from rank 0 to rank 1", "semaphore 3 of rank 0".
std::string flow_name(const PlanFlow& flow);

struct PlanPosition {
  std::uint32_t block = 0;  ///< index into CollectivePlan::blocks
  std::uint32_t step = 0;
};

/// All steps; thread blocks take turns. Throws TraceError naming who waits for what when the plan
/// deadlocks.
std::vector<PlanPosition> plan_order(const CollectivePlan& plan);

}  // namespace antares::platforms
