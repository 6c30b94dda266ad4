// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/workload/collective_bytes.h"

#include <stdexcept>

#include "antares/platforms/workload/program_builder.h"

namespace antares::platforms {

namespace {

// Ranks beyond the largest power of two m hand their data to rank - m and get the result back.
RankBytes recursive_doubling_bytes(std::uint64_t bytes, std::uint32_t ranks, std::uint32_t rank) {
  std::uint32_t stages = 0;
  while ((2u << stages) <= ranks) ++stages;
  const std::uint32_t core = 1u << stages;
  const std::uint64_t exchanged = rank < core ? stages * bytes : 0;
  const std::uint64_t folded = rank >= core || rank < ranks - core ? bytes : 0;
  return {exchanged + folded, exchanged + folded};
}

/// All parts but the own one there and the own one back, in the group; then its chunks but the own
/// one, and the own one, between groups. What is sent comes back.
RankBytes hierarchical_bytes(const CollectiveRequest& request, const Chunking& chunks,
                             std::uint32_t rank) {
  const std::uint64_t m = tier_group_ranks(request);
  const std::uint64_t groups = request.ranks / m;
  const std::uint64_t first = rank % m * groups;
  const std::uint64_t part = chunks.offset_bytes(first + groups) - chunks.offset_bytes(first);
  const std::uint64_t own = chunks.bytes(first + rank / m);
  const std::uint64_t all =
      request.bytes - part + (part - own) + (groups - 1) * own + (m - 1) * part;
  return {all, all};
}

}  // namespace

double busbw_factor(const std::string& collective, std::uint32_t ranks) {
  const double n = ranks;
  if (collective == "all_reduce") return 2 * (n - 1) / n;
  if (collective == "broadcast" || collective == "reduce" || collective == "send_recv" ||
      collective == "barrier")
    return 1;
  return (n - 1) / n;
}

std::vector<RankBytes> bytes_by_rank(const models::Program& program) {
  std::vector<RankBytes> bytes(program.ranks);
  for (const models::Message& message : program.messages) {
    const models::MessageKind kind = message.kind;
    if (kind == models::MessageKind::store && message.from_rank == message.to_rank) continue;
    // Of a load-reduce every rank sends its operand, the one that asks included.
    if (kind == models::MessageKind::load_reduce)
      for (RankBytes& rank : bytes) rank.sent_bytes += message.bytes;
    else if (!models::is_passive(kind) || kind == models::MessageKind::slice)
      bytes[message.from_rank].sent_bytes += message.bytes;
    if (kind != models::MessageKind::contribution)
      bytes[message.to_rank].received_bytes += message.bytes;
  }
  return bytes;
}

RankBytes expected_bytes(const CollectiveRequest& request, std::uint32_t rank) {
  const std::string& collective = request.collective;
  const std::string algorithm =
      request.algorithm == "auto" ? default_algorithm(request) : request.algorithm;
  const std::uint32_t n = request.ranks;
  if (n == 1) return {};
  const std::uint64_t size = request.bytes;
  const Chunking chunks(size, request.element_bytes, n);
  const auto chunk = [&](std::uint64_t k) { return chunks.bytes(k % n); };
  const std::uint64_t others = size - chunk(rank);  // all chunks but the own one
  const std::uint64_t own = (n - 1) * chunk(rank);  // the own chunk, once for each other rank
  const std::uint32_t position = position_of(rank, request.root, n);
  const std::uint64_t children = tree_children(position, n) * size;
  const std::uint64_t parent = position > 0 ? size : 0;
  const bool ring = algorithm == "ring";
  const bool pull = algorithm == "in_switch_pull";
  const bool push = algorithm == "in_switch_push";
  const bool root = position == 0;

  if (collective == "all_reduce") {
    // A ring's reduce phase ends chunk c at rank c; its gather phase starts it there.
    if (ring) return {others + size - chunk(rank + 1), others + size - chunk(rank + n - 1)};
    if (algorithm == "direct") return {others + own, own + others};
    if (algorithm == "tree") return {parent + children, children + parent};
    if (pull) {
      const std::uint64_t its = PageChunking(size, request.element_bytes, n).bytes(rank);
      return {size + its, its + size};
    }
    if (push) return {size, size};
    if (algorithm == "hierarchical") return hierarchical_bytes(request, chunks, rank);
    if (algorithm == "recursive_doubling") return recursive_doubling_bytes(size, n, rank);
  } else if (collective == "reduce_scatter") {
    if (pull || push) return {pull ? size : others, chunk(rank)};
    return ring ? RankBytes{others, size - chunk(rank + n - 1)} : RankBytes{others, own};
  } else if (collective == "all_gather") {
    if (algorithm == "hypercast") return {chunk(rank), others};
    return ring ? RankBytes{size - chunk(rank + 1), others} : RankBytes{own, others};
  } else if (collective == "all_to_all") {
    return {others, own};
  } else if (collective == "broadcast") {
    if (algorithm == "hypercast") return {root ? size : 0, parent};
    if (algorithm == "direct") return {root ? others + own : (n - 2) * chunk(rank), parent};
    return ring ? RankBytes{position + 1 < n ? size : 0, parent} : RankBytes{children, parent};
  } else if (collective == "reduce") {
    if (pull || push) return {pull || !root ? size : 0, root ? size : 0};
    if (ring) return {parent, position + 1 < n ? size : 0};
    if (algorithm == "direct") return {root ? others : size, own + (root ? others : 0)};
    return {parent, children};
  } else if (collective == "gather") {
    return position > 0 ? RankBytes{chunk(rank), 0} : RankBytes{0, others};
  } else if (collective == "scatter") {
    return position > 0 ? RankBytes{0, chunk(rank)} : RankBytes{others, 0};
  } else if (collective == "barrier") {
    std::uint32_t rounds = 0;
    while ((std::uint64_t{1} << rounds) < n) ++rounds;
    const std::uint64_t flags = push ? size : rounds * size;
    return {flags, flags};
  } else if (collective == "send_recv" && ring) {
    return {size, size};
  } else if (collective == "send_recv" && request.root != request.peer) {
    return {rank == request.root ? size : 0, rank == request.peer ? size : 0};
  } else if (collective == "send_recv") {
    return {};
  }
  throw std::invalid_argument("no closed form for " + collective + " with algorithm '" + algorithm +
                              "'");
}

}  // namespace antares::platforms
