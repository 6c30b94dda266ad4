// SPDX-License-Identifier: Apache-2.0
// From workloads as described to the drivers that run them: the one place that knows which kind has
// which driver. Their names and sizes are checked before anything is simulated. Unit of time: none.
#pragma once
#include <vector>

#include "antares/platforms/build/platform.h"
#include "antares/platforms/config/platform_loader.h"

namespace antares::platforms {

/// What no reader of the description can know: collectives and algorithms that there are, roots
/// that are ranks, buffers that fit into the memories, trace files that exist. Empty when all is
/// well.
std::vector<Diagnostic> check_workloads(const LoadedPlatform& platform);

/// What `input` or `groups_file` of a chakra workload means: in a description relative to its file,
/// on the command line to the current folder.
std::string workload_path(const LoadedPlatform& platform, std::size_t workload,
                          const std::string& key);

/// The workloads with their paths resolved like that.
std::vector<WorkloadDescription> resolved_workloads(const LoadedPlatform& platform);

/// Runs them in this order. Throws RunFailure when one fails a check or delivers nothing,
/// std::invalid_argument or TraceError for input that shows to be wrong only now.
void run_workloads(Platform& platform, const std::vector<WorkloadDescription>& workloads,
                   ResultSink& sink);

}  // namespace antares::platforms
