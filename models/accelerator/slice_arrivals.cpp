// SPDX-License-Identifier: Apache-2.0
#include "antares/models/accelerator/slice_arrivals.h"

#include <algorithm>
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
  const std::uint64_t all = program_.messages[message].bytes;
  const auto refuse = [&] {
    throw std::invalid_argument("bytes " + std::to_string(offset) + " to " +
                                std::to_string(offset + bytes) + " of message " +
                                std::to_string(message) + " do not belong to it, or came before");
  };
  if (offset < in_order || offset + bytes > all) refuse();
  if (offset != in_order) {
    std::vector<Piece>& early = early_[message];
    const auto place = std::lower_bound(
        early.begin(), early.end(), offset,
        [](const Piece& piece, std::uint64_t wanted) { return piece.offset > wanted; });
    if (place != early.end() && place->offset == offset) refuse();
    early.insert(place, {offset, bytes});
    return 0;
  }
  const std::uint64_t before = slices_in(message);
  in_order += bytes;
  if (!early_.empty()) {
    if (const auto found = early_.find(message); found != early_.end()) {
      std::vector<Piece>& early = found->second;
      for (; !early.empty() && early.back().offset == in_order; early.pop_back())
        in_order += early.back().bytes;
      if (in_order == all) early_.erase(found);
    }
  }
  return slices_in(message) - before;
}

}  // namespace antares::models
