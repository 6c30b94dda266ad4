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

// Bytes [first, last) of each chunk of this size.
struct ScatterPart {
  std::uint64_t chunk_bytes = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

// What `rank` has for each other one, scattered. A part has one place and one size for all that
// get one, and chunks may differ by an element: those of each size are scattered together.
void scatter_chunks(ProgramBuilder& builder, std::uint32_t rank,
                    const std::vector<ScatterPart>& parts,
                    const std::function<Region(std::uint64_t)>& to) {
  for (const ScatterPart& part : parts) {
    std::vector<std::uint32_t> receivers;
    for (std::uint32_t other = 0; other < builder.ranks(); ++other)
      if (other != rank && builder.chunks().bytes(other) == part.chunk_bytes)
        receivers.push_back(other);
    const auto from = [&](std::uint32_t receiver) {
      return Region{Buffer::input, builder.chunks().offset_bytes(receiver) + part.first};
    };
    Region place = to(part.chunk_bytes);
    place.offset_bytes += part.first;
    builder.scatter(rank, receivers, from, place, part.last - part.first);
  }
}

// One sender: chunks of each size, one size after the other.
std::vector<ScatterPart> by_size(const ProgramBuilder& builder) {
  std::map<std::uint64_t, std::uint32_t> ranks;
  for (std::uint32_t rank = 0; rank < builder.ranks(); ++rank)
    ++ranks[builder.chunks().bytes(rank)];
  std::vector<ScatterPart> parts;
  for (const auto& [bytes, count] : ranks) parts.push_back({bytes, 0, bytes});
  return parts;
}

// All ranks send. Would all begin with the s ranks of smaller chunks, n senders would share s links
// for as long as n - s links take then: twice the time of chunks alike. So each begins with them
// when the rank before it has done so, round and round in the n - 1 steps that each takes: at any
// time s senders have the s links, and the others the others. Cut between pages; what is shorter is
// latency anyway.
std::vector<ScatterPart> in_turn(const ProgramBuilder& builder, std::uint32_t rank) {
  constexpr std::uint64_t kPage = 4096;
  const std::vector<ScatterPart> sizes = by_size(builder);
  if (sizes.size() < 2) return sizes;
  const auto is_smaller = [&](std::uint32_t one) {
    return builder.chunks().bytes(one) == sizes[0].chunk_bytes;
  };
  const std::uint64_t steps = builder.ranks() - 1;
  std::uint64_t all_smaller = 0;
  for (std::uint32_t one = 0; one <= steps; ++one) all_smaller += is_smaller(one) ? 1 : 0;
  const auto smaller_of = [&](std::uint32_t one) {
    return all_smaller - (is_smaller(one) ? 1 : 0);
  };
  std::uint64_t begin = 0;
  for (std::uint32_t one = 0; one < rank; ++one) begin = (begin + smaller_of(one)) % steps;
  const std::uint64_t smaller = smaller_of(rank);
  // What the smaller ones' steps cut in two, or are cut into where they go on in the next round.
  const bool wraps = begin + smaller > steps;
  const ScatterPart& whole = sizes[wraps ? 0 : 1];
  const std::uint64_t before = wraps ? begin + smaller - steps : begin;
  const std::uint64_t of_whole = wraps ? smaller : steps - smaller;
  const std::uint64_t cut =
      of_whole == 0 ? 0 : whole.chunk_bytes / kPage * before / of_whole * kPage;
  return {{whole.chunk_bytes, 0, cut}, sizes[wraps ? 1 : 0], {whole.chunk_bytes, cut, whole.last}};
}

}  // namespace

void build_pull_all_reduce(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  builder.set_buffers(builder.bytes(), builder.bytes(), 0);
  if (alone(builder)) return;
  builder.reserve(std::uint64_t{n} * (n + 1), n);
  const PageChunking chunks(builder.bytes(), builder.request().element_bytes, n);
  for (std::uint32_t rank = 0; rank < n; ++rank) {
    const std::uint64_t offset = chunks.offset_bytes(rank);
    const std::uint64_t bytes = chunks.bytes(rank);
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
  builder.reserve(2 * std::uint64_t{n} * (n - 1), 0);  // one size's chunks are cut in two
  builder.begin_dependencies();
  for (std::uint32_t rank = 0; rank < n; ++rank) {
    const std::uint64_t own = builder.chunks().bytes(rank);
    builder.copy(rank, {Buffer::input, builder.chunks().offset_bytes(rank)},
                 {Buffer::output, rank * own}, own);
    scatter_chunks(builder, rank, in_turn(builder, rank), [rank](std::uint64_t bytes) {
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
  scatter_chunks(builder, root, by_size(builder), [](std::uint64_t) {
    return Region{Buffer::output, 0};
  });
}

}  // namespace antares::platforms
