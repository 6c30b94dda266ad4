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
  const std::uint64_t all = program_.messages[message].bytes;
  const auto refuse = [&] {
    throw std::invalid_argument("bytes " + std::to_string(offset) + " to " +
                                std::to_string(offset + bytes) + " of message " +
                                std::to_string(message) + " do not belong to it, or came before");
  };
  if (bytes == 0 || offset < in_order || bytes > all || offset > all - bytes) refuse();
  const auto found = early_.empty() ? early_.end() : early_.find(message);
  if (offset != in_order || found != early_.end()) {
    const auto piece = boost::icl::interval<std::uint64_t>::right_open(offset, offset + bytes);
    auto& early = found != early_.end() ? found->second : early_[message];
    if (boost::icl::intersects(early, piece)) refuse();
    if (offset != in_order) {
      early.add(piece);
      return 0;
    }
  }
  const std::uint64_t before = slices_in(message);
  in_order += bytes;
  if (found != early_.end()) {
    auto& early = found->second;
    if (!early.empty() && early.begin()->lower() == in_order) {
      in_order = early.begin()->upper();
      early.erase(early.begin());
    }
    if (in_order == all) early_.erase(found);
  }
  return slices_in(message) - before;
}

}  // namespace antares::models
