// SPDX-License-Identifier: Apache-2.0
// Direct algorithms: every rank stores straight into every other one. Rotated: in step k rank r
// talks to rank r+k, so that in each step the ranks form a permutation and no receiver is overrun.
#include <vector>

#include "antares/platforms/workload/program_builder.h"

namespace antares::platforms {

using models::Buffer;
using models::OnArrival;

namespace {

std::uint64_t pairs(const ProgramBuilder& builder) {
  return std::uint64_t{builder.ranks()} * (builder.ranks() - 1);
}

// Where a rank's own chunk of the result is collected.
std::uint64_t home_offset(const ProgramBuilder& builder, std::uint32_t rank, bool at_zero) {
  return at_zero ? 0 : builder.chunks().offset_bytes(rank);
}

// Chunk c of every rank goes to rank c. Returns [receiver * (n-1) + step-1] = message.
std::vector<std::uint32_t> reduce_at_home(ProgramBuilder& builder, bool at_zero) {
  const std::uint32_t n = builder.ranks();
  for (std::uint32_t rank = 0; rank < n; ++rank) {
    builder.copy(rank, {Buffer::input, builder.chunks().offset_bytes(rank)},
                 {Buffer::output, home_offset(builder, rank, at_zero)},
                 builder.chunks().bytes(rank));
  }
  std::vector<std::uint32_t> arrived(pairs(builder), kNoMessage);
  builder.begin_dependencies();
  for (std::uint32_t step = 1; step < n; ++step) {
    for (std::uint32_t rank = 0; rank < n; ++rank) {
      const std::uint32_t home = (rank + step) % n;
      arrived[std::uint64_t{home} * (n - 1) + step - 1] =
          builder.send(rank, {Buffer::input, builder.chunks().offset_bytes(home)}, home,
                       {Buffer::output, home_offset(builder, home, at_zero)},
                       builder.chunks().bytes(home), OnArrival::reduce);
    }
  }
  return arrived;
}

}  // namespace

void build_direct_reduce_scatter(ProgramBuilder& builder) {
  builder.set_buffers(builder.bytes(), builder.chunks().largest_bytes(), 0);
  builder.reserve(pairs(builder), 0);
  reduce_at_home(builder, true);
}

// Two-shot: reduce_scatter, then every rank stores its finished chunk into all others. The n-1
// stores of a rank share one list of dependencies: n(n-1) of them, not n(n-1)^2.
void build_direct_all_reduce(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  builder.reserve(2 * pairs(builder), pairs(builder));
  const std::vector<std::uint32_t> arrived = reduce_at_home(builder, false);
  // Rank by rank: a rank's own order is by step all the same, and order between ranks has no
  // meaning.
  for (std::uint32_t rank = 0; rank < n; ++rank) {
    builder.begin_dependencies();
    for (std::uint32_t step = 1; step < n; ++step) {
      builder.require(arrived[std::uint64_t{rank} * (n - 1) + step - 1]);
    }
    const models::Region chunk{Buffer::output, builder.chunks().offset_bytes(rank)};
    for (std::uint32_t step = 1; step < n; ++step) {
      builder.send(rank, chunk, (rank + step) % n, chunk, builder.chunks().bytes(rank),
                   OnArrival::copy);
    }
  }
}

void build_direct_all_gather(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  builder.set_buffers(builder.chunks().largest_bytes(), builder.bytes(), 0);
  builder.reserve(pairs(builder), 0);
  for (std::uint32_t step = 0; step < n; ++step) {
    for (std::uint32_t rank = 0; rank < n; ++rank) {
      const models::Region to{Buffer::output, builder.chunks().offset_bytes(rank)};
      const std::uint64_t bytes = builder.chunks().bytes(rank);
      if (step == 0) {
        builder.copy(rank, {Buffer::input, 0}, to, bytes);
      } else {
        builder.send(rank, {Buffer::input, 0}, (rank + step) % n, to, bytes, OnArrival::copy);
      }
    }
  }
}

// Two-shot: a chunk to every rank, which hands it to all that have no copy yet. The root's own
// chunk goes straight to everybody. Ranks have their chunks one after the other: each begins as
// many ranks further on, or all would send to the same one at any time.
void build_direct_broadcast(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  const std::uint32_t root = builder.request().root;
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  builder.reserve(pairs(builder), pairs(builder));
  builder.copy(root, {Buffer::input, 0}, {Buffer::output, 0}, builder.bytes());
  std::vector<std::uint32_t> arrived(n, kNoMessage);
  const auto chunk = [&](std::uint32_t rank, Buffer buffer) {
    return models::Region{buffer, builder.chunks().offset_bytes(rank)};
  };
  builder.begin_dependencies();
  for (const bool own : {false, true})
    for (std::uint32_t position = 1; position < n; ++position) {
      const std::uint32_t rank = rank_at(position, root, n);
      const std::uint32_t which = own ? root : rank;
      const std::uint32_t message =
          builder.send(root, chunk(which, Buffer::input), rank, chunk(which, Buffer::output),
                       builder.chunks().bytes(which), OnArrival::copy);
      if (!own) arrived[rank] = message;
    }
  for (std::uint32_t position = 1; position < n; ++position) {
    const std::uint32_t rank = rank_at(position, root, n);
    builder.begin_dependencies();
    builder.require(arrived[rank]);
    for (std::uint32_t step = 1; step < n; ++step) {
      const std::uint32_t away = (step - 1 + position) % (n - 1) + 1;
      const std::uint32_t to = (rank + away) % n;
      if (to == root) continue;
      builder.send(rank, chunk(rank, Buffer::output), to, chunk(rank, Buffer::output),
                   builder.chunks().bytes(rank), OnArrival::copy);
    }
  }
}

// Two-shot: every chunk to its home rank, the sums to the root.
void build_direct_reduce(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  const std::uint32_t root = builder.request().root;
  builder.set_buffers(builder.bytes(), builder.bytes(),
                      n > 1 ? builder.chunks().largest_bytes() : 0);
  builder.reserve(pairs(builder) + n, pairs(builder));
  const auto home = [&](std::uint32_t rank) {
    return rank == root ? models::Region{Buffer::output, builder.chunks().offset_bytes(root)}
                        : models::Region{Buffer::scratch, 0};
  };
  for (std::uint32_t rank = 0; rank < n; ++rank)
    builder.copy(rank, {Buffer::input, builder.chunks().offset_bytes(rank)}, home(rank),
                 builder.chunks().bytes(rank));
  std::vector<std::vector<std::uint32_t>> arrived(n);
  builder.begin_dependencies();
  for (std::uint32_t step = 1; step < n; ++step)
    for (std::uint32_t rank = 0; rank < n; ++rank) {
      const std::uint32_t to = (rank + step) % n;
      arrived[to].push_back(builder.send(rank, {Buffer::input, builder.chunks().offset_bytes(to)},
                                         to, home(to), builder.chunks().bytes(to),
                                         OnArrival::reduce));
    }
  for (std::uint32_t rank = 0; rank < n; ++rank) {
    if (rank == root) continue;
    builder.begin_dependencies();
    for (const std::uint32_t message : arrived[rank]) builder.require(message);
    builder.send(rank, home(rank), root, {Buffer::output, builder.chunks().offset_bytes(rank)},
                 builder.chunks().bytes(rank), OnArrival::copy);
  }
}

// Chunk c of every input goes to rank c, which stores them in the order of their senders, without
// gaps: its output is n times its chunk.
void build_direct_all_to_all(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  builder.set_buffers(builder.bytes(), builder.chunks().largest_bytes() * n, 0);
  builder.reserve(pairs(builder), 0);
  for (std::uint32_t step = 0; step < n; ++step) {
    for (std::uint32_t rank = 0; rank < n; ++rank) {
      const std::uint32_t to_rank = (rank + step) % n;
      const std::uint64_t bytes = builder.chunks().bytes(to_rank);
      const models::Region from{Buffer::input, builder.chunks().offset_bytes(to_rank)};
      const models::Region to{Buffer::output, rank * bytes};
      if (step == 0) {
        builder.copy(rank, from, to, bytes);
      } else {
        builder.send(rank, from, to_rank, to, bytes, OnArrival::copy);
      }
    }
  }
}

void build_direct_gather(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  const std::uint32_t root = builder.request().root;
  builder.set_buffers(builder.chunks().largest_bytes(), builder.bytes(), 0);
  builder.reserve(n - 1, 0);
  for (std::uint32_t position = 0; position < n; ++position) {
    const std::uint32_t rank = rank_at(position, root, n);
    const models::Region to{Buffer::output, builder.chunks().offset_bytes(rank)};
    if (position == 0) {
      builder.copy(root, {Buffer::input, 0}, to, builder.chunks().bytes(rank));
    } else {
      builder.send(rank, {Buffer::input, 0}, root, to, builder.chunks().bytes(rank),
                   OnArrival::copy);
    }
  }
}

void build_direct_scatter(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  const std::uint32_t root = builder.request().root;
  builder.set_buffers(builder.bytes(), builder.chunks().largest_bytes(), 0);
  builder.reserve(n - 1, 0);
  for (std::uint32_t position = 0; position < n; ++position) {
    const std::uint32_t rank = rank_at(position, root, n);
    const models::Region from{Buffer::input, builder.chunks().offset_bytes(rank)};
    if (position == 0) {
      builder.copy(root, from, {Buffer::output, 0}, builder.chunks().bytes(rank));
    } else {
      builder.send(root, from, rank, {Buffer::output, 0}, builder.chunks().bytes(rank),
                   OnArrival::copy);
    }
  }
}

}  // namespace antares::platforms
