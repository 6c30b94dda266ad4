// SPDX-License-Identifier: Apache-2.0
#include "antares/models/accelerator/slice_arrivals.h"

#include <stdexcept>
#include <string>

namespace antares::models {

SliceArrivals::SliceArrivals(const Program& program, std::uint64_t slice_bytes)
    : program_(program), slice_bytes_(slice_bytes), in_order_(program.messages.size(), 0) {}

std::uint64_t SliceArrivals::slices_in(std::uint32_t message) const {
  const std::uint64_t bytes = in_order_[message];
  const bool all = bytes == program_.messages[message].bytes;
  return all ? (bytes + slice_bytes_ - 1) / slice_bytes_ : bytes / slice_bytes_;
}

std::uint64_t SliceArrivals::add(std::uint32_t message, std::uint64_t offset, std::uint64_t bytes) {
  std::uint64_t& in_order = in_order_[message];
  const bool outside = offset < in_order || offset + bytes > program_.messages[message].bytes;
  const std::uint64_t before = slices_in(message);
  if (outside || (offset != in_order && !early_.emplace(std::pair(message, offset), bytes).second))
    throw std::invalid_argument("bytes " + std::to_string(offset) + " to " +
                                std::to_string(offset + bytes) + " of message " +
                                std::to_string(message) + " do not belong to it, or came before");
  if (offset != in_order) return 0;
  in_order += bytes;
  for (auto next = early_.find({message, in_order}); next != early_.end();
       next = early_.find({message, in_order})) {
    in_order += next->second;
    early_.erase(next);
  }
  return slices_in(message) - before;
}

}  // namespace antares::models
