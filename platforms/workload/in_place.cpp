// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/in_place.h"

#include <algorithm>
#include <stdexcept>

#include "antares/platforms/workload/chunking.h"

namespace antares::platforms {

namespace {

using models::Buffer;
using models::Message;
using models::MessageKind;
using models::Region;

std::uint64_t own_part(const CollectiveRequest& request, std::uint32_t rank) {
  return Chunking(request.bytes, request.element_bytes, request.ranks).offset_bytes(rank);
}

bool same(const Region& a, const Region& b) {
  return a.buffer == b.buffer && a.offset_bytes == b.offset_bytes;
}

class Mover {
 public:
  explicit Mover(const CollectiveRequest& request) : request_(request) {}

  Region moved(Region region, std::uint32_t rank) const {
    if (region.buffer == Buffer::scratch) return region;
    region.offset_bytes += region.buffer == Buffer::input ? input_in_place(request_, rank)
                                                          : result_in_place(request_, rank);
    region.buffer = Buffer::output;
    return region;
  }
  /// Of a region that a request to the switch names for all its members.
  Region moved_for_all(const Region& region, const std::string& algorithm) const {
    const Region first = moved(region, 0);
    if (!same(first, moved(region, request_.ranks - 1)))
      throw std::invalid_argument(request_.collective + " by " + algorithm +
                                  " cannot be done in place: the part of the buffer is another "
                                  "in each rank, and the switch knows one place for all");
    return first;
  }

 private:
  const CollectiveRequest& request_;
};

// Its first exchange reads inputs while the sums of others are made where they stand: it works on
// a copy, made at time 0 as all copies within a rank are.
void keep_input(models::Program& program) {
  const Region kept{Buffer::scratch, program.scratch_bytes};
  const auto move = [&](Region& region) {
    if (region.buffer == Buffer::input)
      region = {Buffer::scratch, kept.offset_bytes + region.offset_bytes};
  };
  for (Message& message : program.messages) move(message.from);
  for (models::LocalCopy& copy : program.initial_copies) move(copy.from);
  std::vector<models::LocalCopy> copies;
  for (std::uint16_t rank = 0; rank < program.ranks; ++rank)
    copies.push_back({rank, {Buffer::input, 0}, kept, program.input_bytes});
  program.initial_copies.insert(program.initial_copies.begin(), copies.begin(), copies.end());
  program.scratch_bytes += program.input_bytes;
}

}  // namespace

bool has_in_place(const std::string& collective) {
  return collective != "all_to_all" && collective != "send_recv" && collective != "barrier";
}

std::uint64_t input_in_place(const CollectiveRequest& request, std::uint32_t rank) {
  const bool part = request.collective == "all_gather" || request.collective == "gather";
  return part ? own_part(request, rank) : 0;
}

std::uint64_t result_in_place(const CollectiveRequest& request, std::uint32_t rank) {
  const bool part = request.collective == "reduce_scatter" || request.collective == "scatter";
  return part ? own_part(request, rank) : 0;
}

std::uint64_t input_bytes_in_place(const CollectiveRequest& request, std::uint32_t rank) {
  const bool part = request.collective == "all_gather" || request.collective == "gather";
  const Chunking chunks(request.bytes, request.element_bytes, request.ranks);
  return part ? chunks.bytes(rank) : request.bytes;
}

models::Program in_place(models::Program program, const CollectiveRequest& request) {
  if (!has_in_place(request.collective))
    throw std::invalid_argument(request.collective + " has no in-place form (nccl-tests has none)");
  if (program.algorithm == "recursive_doubling") keep_input(program);
  const Mover mover(request);
  for (Message& message : program.messages) {
    const bool loads = message.kind == MessageKind::load_reduce;
    const bool parts = message.kind == MessageKind::scatter || message.kind == MessageKind::slice;
    const bool several =
        message.kind == MessageKind::multicast || message.kind == MessageKind::copy;
    message.from = loads ? mover.moved_for_all(message.from, program.algorithm)
                         : mover.moved(message.from, message.from_rank);
    // Of a contribution: where the result goes.
    const std::uint16_t receiver = message.kind == MessageKind::contribution
                                       ? program.messages[message.first].to_rank
                                       : message.to_rank;
    message.to = parts || several ? mover.moved_for_all(message.to, program.algorithm)
                                  : mover.moved(message.to, receiver);
  }
  for (models::LocalCopy& copy : program.initial_copies) {
    copy.from = mover.moved(copy.from, copy.rank);
    copy.to = mover.moved(copy.to, copy.rank);
  }
  auto& copies = program.initial_copies;
  copies.erase(std::remove_if(copies.begin(), copies.end(),
                              [](const auto& copy) { return same(copy.from, copy.to); }),
               copies.end());
  program.output_bytes = std::max(program.output_bytes, program.input_bytes);
  program.input_bytes = 0;
  return program;
}

}  // namespace antares::platforms
