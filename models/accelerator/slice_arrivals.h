// SPDX-License-Identifier: Apache-2.0
// Which slices of a program's messages are complete, whatever order their bytes come in: requests
// of one message overtake each other where they go over several planes, and are cut there. A slice
// counts once all before it are in, as a receiver counts that polls them one after the other. Pure;
// bytes. What has come in order takes no memory beyond 8 B a message.
#pragma once
#include <boost/icl/interval_set.hpp>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "antares/models/accelerator/program.h"

namespace antares::models {

class SliceArrivals {
 public:
  SliceArrivals(const Program& program, std::uint64_t slice_bytes);

  /// [offset, offset + bytes) of the message has come; returns how many more slices are complete.
  /// Throws std::invalid_argument for no bytes, or such outside of the message, or that have come
  /// before.
  std::uint64_t add(std::uint32_t message, std::uint64_t offset, std::uint64_t bytes);

 private:
  std::uint64_t slices_in(std::uint32_t message) const;

  const Program& program_;
  std::uint64_t slice_bytes_;
  std::vector<std::uint64_t> in_order_;  ///< by message: bytes from its beginning
  /// Of messages that are not complete: what has come too early. Thousands of pieces where a
  /// message goes over planes of which one is late, but as many intervals as there are gaps.
  std::unordered_map<std::uint32_t, boost::icl::interval_set<std::uint64_t>> early_;
};

}  // namespace antares::models
