// SPDX-License-Identifier: Apache-2.0
// What a request takes from its issue to its answer when it meets nobody: closed form from the
// ports (PortAdapter::zero_load), the cards (NicEngine) and the target's memory, remembered by
// (source, target, shape). A group is a target like an endpoint, numbered behind all of those. Over
// planes: by the fastest of them, of what goes over one. The base against which waiting is
// measured. Time: picoseconds.
#pragma once
#include <vector>

#include "antares/models/accelerator/traffic_source.h"
#include "antares/platforms/build/platform.h"

namespace antares::platforms {

class ZeroLoadTable {
 public:
  ZeroLoadTable(const Platform& platform, std::vector<models::RequestShape> shapes);

  /// source and target: indices into Platform::endpoints(). Both on the same switch.
  models::Picoseconds answer_ps(std::uint32_t source, std::uint32_t target, std::uint32_t shape) {
    auto& row = rows_[source];
    if (row.empty()) row.resize((endpoints_.size() + groups_.size()) * shapes_.size(), 0);
    models::Picoseconds& known = row[target * shapes_.size() + shape];
    if (known == 0) known = compute_ps(source, target, shapes_[shape]);
    return known;
  }

 private:
  models::Picoseconds compute_ps(std::uint32_t source, std::uint32_t target,
                                 const models::RequestShape& shape) const;

  const std::vector<PlatformEndpoint>& endpoints_;
  std::vector<std::uint64_t> groups_;  ///< where their windows begin
  std::vector<models::RequestShape> shapes_;
  std::vector<models::MemoryConfig> memories_;  ///< of each endpoint
  std::vector<std::vector<models::Picoseconds>> rows_;
};

/// The packet that a port makes of a request of this shape (kind read or write), or of the answer
/// to a read (completion), for asking a LinkPolicy what it costs.
models::Packet packet_of(const protocols::LinkPolicy& policy, models::PacketKind kind,
                         std::uint32_t bytes, std::uint64_t address, std::uint32_t request_bytes);

}  // namespace antares::platforms
