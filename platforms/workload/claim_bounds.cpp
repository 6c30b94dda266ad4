// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/claim_bounds.h"

#include <algorithm>

#include "antares/platforms/workload/collective_bytes.h"

namespace antares::platforms {
namespace {

/// Payload that leaves the busiest crossbar output, for an engine or for a link. Contributions of a
/// push are spread over the outputs of all ranks; operands of a pull leave at the one who asked.
double output_bytes_of(const std::string& collective, const std::string& algorithm, double n,
                       double size, double link_bytes) {
  const bool push = algorithm == "in_switch_push";
  const bool pull = algorithm == "in_switch_pull";
  if (collective == "all_reduce" && push) return 2 * size;            // operands, results
  if (collective == "all_reduce" && pull) return (2 + 1 / n) * size;  // operands, sums, copies
  if (collective == "reduce_scatter" && push) return (n - 1) / n * size + size / n;
  if (collective == "reduce_scatter" && pull) return size + size / n;
  if (collective == "reduce" && push) return (n - 1) / n * size + size;
  if (collective == "reduce" && pull) return n * size + size;
  if (collective == "barrier" && push) return 2 * size;
  return link_bytes;
}

}  // namespace

std::vector<AlgorithmLoad> algorithm_loads(const std::string& collective, std::uint32_t ranks,
                                           std::uint64_t bytes, std::uint32_t element_bytes,
                                           bool in_switch) {
  std::vector<AlgorithmLoad> loads;
  CollectiveRequest request;
  request.collective = collective;
  request.ranks = ranks;
  request.element_bytes = element_bytes;
  request.bytes = bytes / element_bytes * element_bytes;
  for (const AlgorithmInfo& info : algorithms()) {
    if (info.collective != collective || uses_switch(info.algorithm) != in_switch) continue;
    request.algorithm = info.algorithm;
    AlgorithmLoad load;
    load.algorithm = info.algorithm;
    for (std::uint32_t rank = 0; rank < ranks; ++rank) {
      const RankBytes moved = expected_bytes(request, rank);
      load.sent_bytes = std::max(load.sent_bytes, static_cast<double>(moved.sent_bytes));
      load.link_bytes =
          std::max({load.link_bytes, load.sent_bytes, static_cast<double>(moved.received_bytes)});
    }
    load.output_bytes = output_bytes_of(collective, info.algorithm, ranks,
                                        static_cast<double>(request.bytes), load.link_bytes);
    loads.push_back(load);
  }
  std::stable_sort(loads.begin(), loads.end(), [](const AlgorithmLoad& a, const AlgorithmLoad& b) {
    return a.link_bytes < b.link_bytes;
  });
  return loads;
}

ClaimBounds claim_bounds(const std::string& collective, std::uint32_t ranks, std::uint64_t bytes,
                         std::uint32_t element_bytes, double output_speedup) {
  const auto software = algorithm_loads(collective, ranks, bytes, element_bytes, false);
  const auto in_switch = algorithm_loads(collective, ranks, bytes, element_bytes, true);
  ClaimBounds bounds;
  if (software.empty() || in_switch.empty() || software.front().link_bytes == 0) return bounds;
  bounds.any = true;
  double least = 0;
  double least_sent = 0;
  for (const AlgorithmLoad& load : in_switch) {
    const double time = std::max(load.link_bytes, load.output_bytes / output_speedup);
    least = least == 0 ? time : std::min(least, time);
    least_sent = least_sent == 0 ? load.sent_bytes : std::min(least_sent, load.sent_bytes);
  }
  bounds.ceiling = software.front().link_bytes / in_switch.front().link_bytes;
  bounds.ceiling_at_speed_up = software.front().link_bytes / least;
  // Where several move as few bytes over the busiest link, the one that sends least.
  double sent = software.front().sent_bytes;
  for (const AlgorithmLoad& load : software)
    if (load.link_bytes == software.front().link_bytes) sent = std::min(sent, load.sent_bytes);
  if (least_sent > 0) bounds.sender_load = sent / least_sent;
  return bounds;
}

std::vector<std::string> claim_collectives() {
  std::vector<std::string> names;
  for (const AlgorithmInfo& info : algorithms()) {
    if (uses_switch(info.algorithm) &&
        std::find(names.begin(), names.end(), info.collective) == names.end())
      names.push_back(info.collective);
  }
  return names;
}

}  // namespace antares::platforms
