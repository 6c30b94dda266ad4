// SPDX-License-Identifier: Apache-2.0
// CollectiveEngine: how far its jobs are, and what keeps them, for a person.
#include "antares/platforms/build/collective_job.h"

namespace antares::platforms {

std::string CollectiveEngine::failed_requests() const {
  if (requests_failed_ == 0) return {};
  return std::to_string(requests_failed_) + " requests were answered with an error, first " +
         first_failure_;
}

double CollectiveEngine::fraction_done() const {
  std::uint64_t all = 0;
  std::uint64_t received = 0;
  for (const auto& job : jobs_) {
    if (job == nullptr) continue;
    all += job->slices;
    received += job->runner->slices_received();
  }
  return all == 0 ? 1.0 : static_cast<double>(received) / static_cast<double>(all);
}

std::vector<std::string> CollectiveEngine::unfinished() const {
  std::vector<std::string> lines;
  if (requests_failed_ != 0) lines.push_back(failed_requests());
  for (const auto& job : jobs_) {
    if (job == nullptr) continue;
    for (const std::uint32_t m : job->runner->unfinished(4)) {
      const models::Message& message = job->spec.program.messages[m];
      const auto name = [&](std::uint16_t rank) {
        return platform_.endpoints()[job->spec.endpoints[rank]].name;
      };
      lines.push_back(job->spec.program.collective + ": message " + std::to_string(m) + " from " +
                      name(message.from_rank) + " to " + name(message.to_rank) + " (" +
                      std::to_string(message.bytes) + " bytes) has not arrived");
    }
  }
  return lines;
}

}  // namespace antares::platforms
