// SPDX-License-Identifier: Apache-2.0
// From workloads as described to the drivers that run them: the one place that knows which kind has
// which driver. Their names and sizes are checked before anything is simulated. Unit of time: none.
#pragma once
#include <memory>
#include <vector>

#include "antares/platforms/build/platform.h"
#include "antares/platforms/config/platform_loader.h"

namespace antares::platforms {

struct CollectivePlan;
struct PreparedTrace;

/// A workload with what it reads from outside.
struct ReadyWorkload {
  WorkloadDescription description;
  std::shared_ptr<const CollectivePlan> plan;  ///< of a collective with a program
  std::shared_ptr<PreparedTrace> trace;        ///< of a trace workload
  /// Of concurrent jobs, by job; nullptr: it has an algorithm.
  std::vector<std::shared_ptr<const CollectivePlan>> job_plans = {};
};

/// Looks at what no reader of the description can know: collectives and algorithms that there are,
/// roots that are ranks, buffers that fit into the memories, traces and programs that can be read.
/// The paths of a description are relative to its file, those of the command line to the current
/// folder. Throws ConfigError with every mistake.
std::vector<ReadyWorkload> prepare_workloads(const LoadedPlatform& platform);

/// Runs them in this order. Throws RunFailure when one fails a check or delivers nothing.
void run_workloads(Platform& platform, const std::vector<ReadyWorkload>& workloads,
                   ResultSink& sink);

}  // namespace antares::platforms
