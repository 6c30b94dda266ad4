// SPDX-License-Identifier: Apache-2.0
// The runs of `antares claim`, each in a child process: a collective by one algorithm over some
// sizes, a model's step by one choice of algorithms. No unit of time.
#pragma once
#include "antares/platforms/cli/child_process.h"
#include "antares/platforms/cli/claim_options.h"
#include "antares/platforms/cli/commands.h"

namespace antares::platforms::cli {

struct ClaimCollectiveRun {
  ClaimPoint point;
  std::string algorithm;
};
void run_claim_collective(const DescriptionOptions& platform, const ClaimCollectiveRun& run,
                          const Tell& tell);

struct ClaimModelRun {
  WorkloadDescription model;
  std::string algorithm;
  bool in_switch = false;
  std::uint32_t ranks = 0;
};
void run_claim_model(const DescriptionOptions& platform, const ClaimModelRun& run,
                     const Tell& tell);

}  // namespace antares::platforms::cli
