// SPDX-License-Identifier: Apache-2.0
// Binary tree (heap numbering from the root) and recursive doubling: the algorithms with few steps.
#include <vector>

#include "antares/platforms/workload/program_builder.h"

namespace antares::platforms {

using models::Buffer;
using models::OnArrival;

namespace {

// Every position sends the sum of its subtree to its parent. Returns the message that each position
// sent, kNoMessage at the root.
std::vector<std::uint32_t> reduce_up(ProgramBuilder& builder, Buffer partial) {
  const std::uint32_t n = builder.ranks();
  const std::uint32_t root = builder.request().root;
  std::vector<std::uint32_t> sent(n, kNoMessage);
  for (std::uint32_t position = n - 1; position > 0; --position) {
    const std::uint32_t parent = (position - 1) / 2;
    builder.begin_dependencies();
    const std::uint32_t children = tree_children(position, n);
    for (std::uint32_t child = 1; child <= children; ++child) {
      builder.require(sent[2 * position + child]);
    }
    const Buffer from = children == 0 ? Buffer::input : partial;
    const Buffer to = parent == 0 ? Buffer::output : partial;
    sent[position] = builder.send(rank_at(position, root, n), {from, 0}, rank_at(parent, root, n),
                                  {to, 0}, builder.bytes(), OnArrival::reduce);
  }
  return sent;
}

// `ready`: the messages the root waits for.
void broadcast_down(ProgramBuilder& builder, Buffer root_from,
                    const std::vector<std::uint32_t>& ready) {
  const std::uint32_t n = builder.ranks();
  const std::uint32_t root = builder.request().root;
  std::vector<std::uint32_t> arrived(n, kNoMessage);
  for (std::uint32_t position = 0; position < n; ++position) {
    const std::uint32_t children = tree_children(position, n);
    if (children == 0) break;
    builder.begin_dependencies();
    if (position > 0) {
      builder.require(arrived[position]);
    } else {
      for (std::uint32_t message : ready) builder.require(message);
    }
    for (std::uint32_t child = 2 * position + 1; child <= 2 * position + children; ++child) {
      arrived[child] = builder.send(
          rank_at(position, root, n), {position == 0 ? root_from : Buffer::output, 0},
          rank_at(child, root, n), {Buffer::output, 0}, builder.bytes(), OnArrival::copy);
    }
  }
}

}  // namespace

// A result stored over a partial sum is safe: the root has it only after that sum came up to it.
void build_tree_all_reduce(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  builder.reserve(2ull * (n - 1), 2ull * n);
  for (std::uint32_t rank = 0; rank < n; ++rank) {
    builder.copy(rank, {Buffer::input, 0}, {Buffer::output, 0}, builder.bytes());
  }
  const std::vector<std::uint32_t> sent = reduce_up(builder, Buffer::output);
  const std::uint32_t children = tree_children(0, n);
  broadcast_down(builder, Buffer::output,
                 std::vector<std::uint32_t>(sent.begin() + (n > 1 ? 1 : 0),
                                            sent.begin() + (n > 1 ? 1 + children : 0)));
}

void build_tree_broadcast(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  builder.reserve(n - 1, n - 1);
  builder.copy(builder.request().root, {Buffer::input, 0}, {Buffer::output, 0}, builder.bytes());
  broadcast_down(builder, Buffer::input, {});
}

void build_tree_reduce(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  const std::uint32_t root = builder.request().root;
  builder.set_buffers(builder.bytes(), builder.bytes(), n > 3 ? builder.bytes() : 0);
  builder.reserve(n - 1, n - 1);
  for (std::uint32_t position = 0; position < n; ++position) {
    if (position > 0 && tree_children(position, n) == 0) continue;
    builder.copy(rank_at(position, root, n), {Buffer::input, 0},
                 {position == 0 ? Buffer::output : Buffer::scratch, 0}, builder.bytes());
  }
  reduce_up(builder, Buffer::scratch);
}

// Stage k: ranks r and r xor 2^k exchange their sums over 2^k ranks. The partner's sum is stored in
// a buffer of its own for each stage and the own sum is added there by a local message: it may
// arrive before the own sum of the stage has left, or even before it is complete, so nothing may be
// reduced into what is still to be sent. With ranks beyond the largest power of two m, rank m+i
// first adds its input to rank i's and gets the result from it at the end.
void build_recursive_doubling(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  const std::uint64_t bytes = builder.bytes();
  std::uint32_t stages = 0;
  while ((2u << stages) <= n) ++stages;
  const std::uint32_t core = 1u << stages;
  const std::uint32_t extra = n - core;
  const std::uint64_t sums = stages > 1 ? stages - 1 : 0;  // the last stage's sum is the output
  builder.set_buffers(bytes, bytes, (sums + (extra ? 1 : 0)) * bytes);
  builder.reserve(2ull * core * stages + 2ull * extra, 4ull * core * stages + 2ull * extra);
  if (n == 1) {
    builder.copy(0, {Buffer::input, 0}, {Buffer::output, 0}, bytes);
    return;
  }

  const models::Region folded{Buffer::scratch, sums * bytes};
  std::vector<std::uint32_t> complete(core, kNoMessage);  // completes a rank's sum of the stage
  builder.begin_dependencies();
  for (std::uint32_t rank = 0; rank < extra; ++rank) {
    builder.copy(rank, {Buffer::input, 0}, folded, bytes);
    complete[rank] =
        builder.send(core + rank, {Buffer::input, 0}, rank, folded, bytes, OnArrival::reduce);
  }
  std::vector<std::uint32_t> arrived(core, kNoMessage);
  for (std::uint32_t stage = 0; stage < stages; ++stage) {
    const models::Region next = stage + 1 == stages
                                    ? models::Region{Buffer::output, 0}
                                    : models::Region{Buffer::scratch, stage * bytes};
    const auto sum_of = [&](std::uint32_t rank) {
      if (stage > 0) return models::Region{Buffer::scratch, (stage - 1) * bytes};
      return rank < extra ? folded : models::Region{Buffer::input, 0};
    };
    for (std::uint32_t rank = 0; rank < core; ++rank) {
      const std::uint32_t partner = rank ^ (1u << stage);
      builder.begin_dependencies();
      builder.require(complete[rank]);
      arrived[partner] = builder.send(rank, sum_of(rank), partner, next, bytes, OnArrival::copy);
    }
    for (std::uint32_t rank = 0; rank < core; ++rank) {
      builder.begin_dependencies();
      builder.require(complete[rank]);
      builder.require(arrived[rank]);
      complete[rank] = builder.send(rank, sum_of(rank), rank, next, bytes, OnArrival::reduce);
    }
  }
  for (std::uint32_t rank = 0; rank < extra; ++rank) {
    builder.begin_dependencies();
    builder.require(complete[rank]);
    builder.send(rank, {Buffer::output, 0}, core + rank, {Buffer::output, 0}, bytes,
                 OnArrival::copy);
  }
}

}  // namespace antares::platforms
