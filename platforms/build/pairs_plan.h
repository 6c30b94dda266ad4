// SPDX-License-Identifier: Apache-2.0
// The pairs workload as a list: which endpoints stand for each pair of port kinds, and which
// requests are tried between them. A kind of port is a port group of one switch; its first endpoint
// stands for it, and within a group the first asks the second. No unit of time.
#pragma once
#include <vector>

#include "antares/models/sockets/requester.h"
#include "antares/platforms/build/platform.h"

namespace antares::platforms {

struct PlannedPair {
  std::size_t from = 0;  ///< indices into Platform::endpoints(); `from` can issue
  std::size_t to = 0;
  std::size_t switch_index = 0;
};

std::vector<PlannedPair> plan_pairs(const PlatformConfig& config, PairScope scope);

struct PairRequest {
  PairOperation operation = PairOperation::write;
  std::uint32_t bytes = 0;  ///< payload; of an atomic: all operands
  std::uint8_t flags = 0;   ///< of protocols::Packet, that the requester sets

  models::PacketKind kind() const;
  bool is_atomic() const { return kind() == models::PacketKind::atomic; }
  /// Payload that comes back.
  std::uint32_t answer_bytes() const;
  /// As an endpoint issues it to this address, without data.
  models::Request at(std::uint64_t address) const;
};

/// The request as this endpoint makes it: an accelerator may do all its reads and writes unordered.
PairRequest as_asked_by(const EndpointDescription& requester, PairRequest request);

const char* to_string(PairOperation operation);
std::vector<PairRequest> plan_requests(const PairsWorkload& workload);

/// What such a workload cannot be compared over; path: empty where it is the workload itself.
struct PairsProblem {
  std::string path;
  std::string message;
  std::string hint;
};
std::vector<PairsProblem> pairs_problems(const PlatformConfig& config,
                                         const PairsWorkload& workload);

}  // namespace antares::platforms
