// SPDX-License-Identifier: Apache-2.0
// Algorithms that leave copying and reducing to the switch (facts/product_and_collectives.md 3.0):
// pull (load-reduce a chunk, multicast it), push (contribute everything, the switch stores the
// sums), hypercast (multicast or scatter alone). What a rank has itself does not travel, but for
// the two all-reduces, where its own operand and copy go through the switch as everybody's do.
#include <map>

#include "antares/platforms/workload/program_builder.h"

namespace antares::platforms {

using models::Buffer;
using models::Region;

namespace {

// Of one rank nothing travels: its result is its input.
bool alone(ProgramBuilder& builder) {
  if (builder.ranks() > 1) return false;
  builder.copy(0, {Buffer::input, 0}, {Buffer::output, 0}, builder.bytes());
  return true;
}

// What `rank` has for each other one, scattered. A part has one place and one size for all that
// get one, and chunks may differ by an element: those of each size are scattered together.
void scatter_chunks(ProgramBuilder& builder, std::uint32_t rank,
                    const std::function<Region(std::uint64_t)>& to) {
  std::map<std::uint64_t, std::vector<std::uint32_t>> receivers;
  for (std::uint32_t other = 0; other < builder.ranks(); ++other)
    if (other != rank) receivers[builder.chunks().bytes(other)].push_back(other);
  const auto from = [&](std::uint32_t receiver) {
    return Region{Buffer::input, builder.chunks().offset_bytes(receiver)};
  };
  for (const auto& [bytes, ranks] : receivers) builder.scatter(rank, ranks, from, to(bytes), bytes);
}

}  // namespace

void build_pull_all_reduce(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  if (alone(builder)) return;
  builder.reserve(std::uint64_t{n} * (n + 1), n);
  for (std::uint32_t rank = 0; rank < n; ++rank) {
    const std::uint64_t offset = builder.chunks().offset_bytes(rank);
    const std::uint64_t bytes = builder.chunks().bytes(rank);
    builder.begin_dependencies();
    const std::uint32_t sum =
        builder.load_reduce(rank, {Buffer::input, offset}, {Buffer::output, offset}, bytes);
    builder.begin_dependencies();
    builder.require(sum);
    builder.multicast(rank, {Buffer::output, offset}, {Buffer::output, offset}, bytes, true);
  }
}

void build_push_all_reduce(ProgramBuilder& builder) {
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  if (alone(builder)) return;
  builder.begin_dependencies();
  builder.push_reduction({Buffer::input, 0}, {Buffer::output, 0}, builder.bytes());
}

void build_pull_reduce_scatter(ProgramBuilder& builder) {
  builder.set_buffers(builder.bytes(), builder.chunks().largest_bytes(), 0);
  if (alone(builder)) return;
  builder.begin_dependencies();
  for (std::uint32_t rank = 0; rank < builder.ranks(); ++rank) {
    builder.load_reduce(rank, {Buffer::input, builder.chunks().offset_bytes(rank)},
                        {Buffer::output, 0}, builder.chunks().bytes(rank));
  }
}

void build_push_reduce_scatter(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  builder.set_buffers(builder.bytes(), builder.chunks().largest_bytes(), 0);
  builder.reserve(std::uint64_t{n} * n, 0);
  builder.begin_dependencies();
  for (std::uint32_t owner = 0; owner < n; ++owner) {
    const Region chunk{Buffer::input, builder.chunks().offset_bytes(owner)};
    builder.copy(owner, chunk, {Buffer::output, 0}, builder.chunks().bytes(owner));
    if (n > 1)
      builder.push_reduction_to(owner, chunk, {Buffer::output, 0}, builder.chunks().bytes(owner));
  }
}

void build_pull_reduce(ProgramBuilder& builder) {
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  if (alone(builder)) return;
  builder.begin_dependencies();
  builder.load_reduce(builder.request().root, {Buffer::input, 0}, {Buffer::output, 0},
                      builder.bytes());
}

void build_push_reduce(ProgramBuilder& builder) {
  const std::uint32_t root = builder.request().root;
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  builder.copy(root, {Buffer::input, 0}, {Buffer::output, 0}, builder.bytes());
  if (builder.ranks() == 1) return;
  builder.begin_dependencies();
  builder.push_reduction_to(root, {Buffer::input, 0}, {Buffer::output, 0}, builder.bytes());
}

void build_hypercast_all_gather(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  builder.set_buffers(builder.chunks().largest_bytes(), builder.bytes(), 0);
  builder.reserve(std::uint64_t{n} * (n - 1), 0);
  builder.begin_dependencies();
  for (std::uint32_t rank = 0; rank < n; ++rank) {
    const Region to{Buffer::output, builder.chunks().offset_bytes(rank)};
    builder.copy(rank, {Buffer::input, 0}, to, builder.chunks().bytes(rank));
    if (n > 1) builder.multicast(rank, {Buffer::input, 0}, to, builder.chunks().bytes(rank), false);
  }
}

void build_hypercast_broadcast(ProgramBuilder& builder) {
  const std::uint32_t root = builder.request().root;
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  builder.copy(root, {Buffer::input, 0}, {Buffer::output, 0}, builder.bytes());
  if (builder.ranks() == 1) return;
  builder.begin_dependencies();
  builder.multicast(root, {Buffer::input, 0}, {Buffer::output, 0}, builder.bytes(), false);
}

void build_hypercast_all_to_all(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  builder.set_buffers(builder.bytes(), builder.chunks().largest_bytes() * n, 0);
  builder.reserve(std::uint64_t{n} * (n - 1), 0);
  builder.begin_dependencies();
  for (std::uint32_t rank = 0; rank < n; ++rank) {
    const std::uint64_t own = builder.chunks().bytes(rank);
    builder.copy(rank, {Buffer::input, builder.chunks().offset_bytes(rank)},
                 {Buffer::output, rank * own}, own);
    scatter_chunks(builder, rank, [rank](std::uint64_t bytes) {
      return Region{Buffer::output, rank * bytes};
    });
  }
}

void build_hypercast_scatter(ProgramBuilder& builder) {
  const std::uint32_t root = builder.request().root;
  builder.set_buffers(builder.bytes(), builder.chunks().largest_bytes(), 0);
  builder.reserve(builder.ranks() - 1, 0);
  builder.begin_dependencies();
  builder.copy(root, {Buffer::input, builder.chunks().offset_bytes(root)}, {Buffer::output, 0},
               builder.chunks().bytes(root));
  scatter_chunks(builder, root, [](std::uint64_t) { return Region{Buffer::output, 0}; });
}

}  // namespace antares::platforms
