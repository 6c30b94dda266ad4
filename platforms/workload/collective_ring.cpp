// SPDX-License-Identifier: Apache-2.0
// Ring algorithms: every rank talks to its right-hand neighbour only.
#include <vector>

#include "antares/platforms/workload/program_builder.h"

namespace antares::platforms {

using models::Buffer;
using models::OnArrival;

namespace {

// Chunk c sets out at rank c+1, is added to at each rank it passes, and is complete at rank c.
// `last_to_offset_zero`: a reduce_scatter's output holds the own chunk only. Returns the message
// that completed each rank's chunk.
std::vector<std::uint32_t> reduce_around(ProgramBuilder& builder, Buffer partial,
                                         bool last_to_offset_zero) {
  const std::uint32_t n = builder.ranks();
  std::vector<std::uint32_t> arrived(n, kNoMessage);
  std::vector<std::uint32_t> arriving(n, kNoMessage);
  for (std::uint32_t step = 0; step + 1 < n; ++step) {
    const bool last = step + 2 == n;
    for (std::uint32_t rank = 0; rank < n; ++rank) {
      const std::uint32_t next = (rank + 1) % n;
      const std::uint32_t chunk = (rank + 2 * n - 1 - step) % n;
      const std::uint64_t offset = builder.chunks().offset_bytes(chunk);
      const models::Region to = last && last_to_offset_zero ? models::Region{Buffer::output, 0}
                                                            : models::Region{partial, offset};
      builder.begin_dependencies();
      builder.require(arrived[rank]);
      arriving[next] = builder.send(rank, {step == 0 ? Buffer::input : partial, offset}, next, to,
                                    builder.chunks().bytes(chunk), OnArrival::reduce);
    }
    arrived.swap(arriving);
  }
  return arrived;
}

// Chunk c sets out at rank c and is stored by every rank it passes. `arrived`: what a rank waits
// for before it sends its own chunk.
void gather_around(ProgramBuilder& builder, models::Region own_chunk_from,
                   std::vector<std::uint32_t> arrived) {
  const std::uint32_t n = builder.ranks();
  std::vector<std::uint32_t> arriving(n, kNoMessage);
  for (std::uint32_t step = 0; step + 1 < n; ++step) {
    for (std::uint32_t rank = 0; rank < n; ++rank) {
      const std::uint32_t next = (rank + 1) % n;
      const std::uint32_t chunk = (rank + n - step) % n;
      const std::uint64_t offset = builder.chunks().offset_bytes(chunk);
      const bool from_input = step == 0 && own_chunk_from.buffer == Buffer::input;
      builder.begin_dependencies();
      builder.require(arrived[rank]);
      arriving[next] = builder.send(
          rank, from_input ? own_chunk_from : models::Region{Buffer::output, offset}, next,
          {Buffer::output, offset}, builder.chunks().bytes(chunk), OnArrival::copy);
    }
    arrived.swap(arriving);
  }
}

std::uint64_t ring_messages(const ProgramBuilder& builder) {
  return std::uint64_t{builder.ranks()} * (builder.ranks() - 1);
}

}  // namespace

// Storing a finished chunk over a partial one is safe: it comes only after that partial chunk has
// travelled on to all other ranks.
void build_ring_all_reduce(ProgramBuilder& builder) {
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  builder.reserve(2 * ring_messages(builder), 2 * ring_messages(builder));
  for (std::uint32_t rank = 0; rank < builder.ranks(); ++rank) {
    builder.copy(rank, {Buffer::input, 0}, {Buffer::output, 0}, builder.bytes());
  }
  std::vector<std::uint32_t> complete = reduce_around(builder, Buffer::output, false);
  gather_around(builder, {Buffer::output, 0}, std::move(complete));
}

void build_ring_reduce_scatter(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  // With two ranks each chunk makes one hop, from input to output: nothing is passed on.
  const bool passes_on = n > 2;
  builder.set_buffers(builder.bytes(), builder.chunks().largest_bytes(),
                      passes_on ? builder.bytes() : 0);
  builder.reserve(ring_messages(builder), ring_messages(builder));
  for (std::uint32_t rank = 0; rank < n; ++rank) {
    if (passes_on) {
      builder.copy(rank, {Buffer::input, 0}, {Buffer::scratch, 0}, builder.bytes());
    }
    builder.copy(rank, {Buffer::input, builder.chunks().offset_bytes(rank)}, {Buffer::output, 0},
                 builder.chunks().bytes(rank));
  }
  reduce_around(builder, Buffer::scratch, true);
}

void build_ring_all_gather(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  builder.set_buffers(builder.chunks().largest_bytes(), builder.bytes(), 0);
  builder.reserve(ring_messages(builder), ring_messages(builder));
  for (std::uint32_t rank = 0; rank < n; ++rank) {
    builder.copy(rank, {Buffer::input, 0}, {Buffer::output, builder.chunks().offset_bytes(rank)},
                 builder.chunks().bytes(rank));
  }
  gather_around(builder, {Buffer::input, 0}, std::vector<std::uint32_t>(n, kNoMessage));
}

// A chain from the root; slices follow one another, so a long message streams through all ranks.
void build_ring_broadcast(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  const std::uint32_t root = builder.request().root;
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  builder.reserve(n - 1, n - 1);
  builder.copy(root, {Buffer::input, 0}, {Buffer::output, 0}, builder.bytes());
  std::uint32_t arrived = kNoMessage;
  for (std::uint32_t position = 0; position + 1 < n; ++position) {
    builder.begin_dependencies();
    builder.require(arrived);
    arrived = builder.send(
        rank_at(position, root, n), {position == 0 ? Buffer::input : Buffer::output, 0},
        rank_at(position + 1, root, n), {Buffer::output, 0}, builder.bytes(), OnArrival::copy);
  }
}

// A pipelined chain to the root: every position adds its input to what comes from behind it and
// hands the sum on, slice by slice. What is handed on is complete: nothing else is reduced into it.
void build_ring_reduce(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  const std::uint32_t root = builder.request().root;
  builder.set_buffers(builder.bytes(), builder.bytes(), n > 2 ? builder.bytes() : 0);
  builder.reserve(n - 1, n - 1);
  for (std::uint32_t position = 0; position == 0 || position + 1 < n; ++position)
    builder.copy(rank_at(position, root, n), {Buffer::input, 0},
                 {position == 0 ? Buffer::output : Buffer::scratch, 0}, builder.bytes());
  std::uint32_t arrived = kNoMessage;
  for (std::uint32_t position = n - 1; position > 0; --position) {
    builder.begin_dependencies();
    builder.require(arrived);
    arrived = builder.send(
        rank_at(position, root, n), {position + 1 == n ? Buffer::input : Buffer::scratch, 0},
        rank_at(position - 1, root, n), {position == 1 ? Buffer::output : Buffer::scratch, 0},
        builder.bytes(), OnArrival::reduce);
  }
}

// What nccl-tests' sendrecv does: every rank sends to the next one.
void build_ring_shift(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  if (n == 1) {
    builder.copy(0, {Buffer::input, 0}, {Buffer::output, 0}, builder.bytes());
    return;
  }
  builder.reserve(n, 0);
  for (std::uint32_t rank = 0; rank < n; ++rank) {
    builder.send(rank, {Buffer::input, 0}, (rank + 1) % n, {Buffer::output, 0}, builder.bytes(),
                 OnArrival::copy);
  }
}

void build_pair(ProgramBuilder& builder) {
  const std::uint32_t sender = builder.request().root;
  const std::uint32_t receiver = builder.request().peer;
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  if (sender == receiver) {
    builder.copy(sender, {Buffer::input, 0}, {Buffer::output, 0}, builder.bytes());
    return;
  }
  builder.send(sender, {Buffer::input, 0}, receiver, {Buffer::output, 0}, builder.bytes(),
               OnArrival::copy);
}

}  // namespace antares::platforms
