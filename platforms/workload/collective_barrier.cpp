// SPDX-License-Identifier: Apache-2.0
// Barriers: no rank goes on before all have come. Only flags travel, each of the size asked for.
#include "antares/platforms/workload/program_builder.h"

namespace antares::platforms {

using models::Buffer;
using models::OnArrival;

// In round k rank r tells rank r + 2^k, once it has been told in all rounds before: after
// ceil(log2(n)) rounds it has heard of everybody (Hensgen, Finkel and Manber 1988). A round has a
// flag of its own; the last one alone does not say that those before it are in.
void build_dissemination_barrier(ProgramBuilder& builder) {
  const std::uint32_t n = builder.ranks();
  std::uint32_t rounds = 0;
  while ((std::uint64_t{1} << rounds) < n) ++rounds;
  builder.set_buffers(builder.bytes(), 0, rounds * builder.bytes());
  builder.reserve(std::uint64_t{n} * rounds, std::uint64_t{n} * rounds * rounds / 2);
  std::vector<std::vector<std::uint32_t>> told(n);  // by rank, in the rounds before
  for (std::uint32_t round = 0; round < rounds; ++round) {
    std::vector<std::uint32_t> telling(n, kNoMessage);
    for (std::uint32_t rank = 0; rank < n; ++rank) {
      const auto peer = static_cast<std::uint32_t>((rank + (std::uint64_t{1} << round)) % n);
      builder.begin_dependencies();
      for (const std::uint32_t message : told[rank]) builder.require(message);
      telling[peer] =
          builder.send(rank, {Buffer::input, 0}, peer, {Buffer::scratch, round * builder.bytes()},
                       builder.bytes(), OnArrival::copy);
    }
    for (std::uint32_t rank = 0; rank < n; ++rank) told[rank].push_back(telling[rank]);
  }
}

// The sum of all flags reaches nobody before the last flag is in.
void build_push_barrier(ProgramBuilder& builder) {
  builder.set_buffers(builder.bytes(), 0, builder.bytes());
  if (builder.ranks() == 1) return;
  builder.begin_dependencies();
  builder.push_reduction({Buffer::input, 0}, {Buffer::scratch, 0}, builder.bytes());
}

}  // namespace antares::platforms
