// SPDX-License-Identifier: Apache-2.0
// All-reduce over two tiers: within each group of ranks (those of one switch) a part for each of
// its ranks is reduced, then between the groups, rank by rank, and back the same way. Each rank
// moves as much as in a ring, 2(n-1)/n of the size, but only 2(G-1)/G of its part crosses between
// groups (G groups of m ranks; a part is an m-th of the size): what the trunks carry is divided by
// m. Four direct steps, cut finely enough that the last one starts with the first sub-chunk.
//
// Rank r sits in group r / m at place r % m. Part j is chunks jG .. jG + G - 1; chunk jG + h has
// its home at place j of group h. No time here.
#include <stdexcept>
#include <vector>

#include "antares/platforms/workload/program_builder.h"

namespace antares::platforms {

using models::Buffer;
using models::OnArrival;
using models::Region;

std::uint32_t tier_group_ranks(const CollectiveRequest& request) {
  const std::uint32_t n = request.ranks;
  if (request.group_ranks != 0) {
    if (n % request.group_ranks != 0)
      throw std::invalid_argument(request.collective + " with algorithm 'hierarchical' on " +
                                  std::to_string(n) + " ranks: groups of " +
                                  std::to_string(request.group_ranks) + " do not divide them");
    return request.group_ranks;
  }
  std::uint32_t group = 1;
  for (std::uint32_t m = 2; m * m <= n; ++m)
    if (n % m == 0) group = m;
  return group;
}

namespace {

class Tiers {
 public:
  explicit Tiers(ProgramBuilder& builder)
      : builder_(builder),
        n_(builder.ranks()),
        m_(tier_group_ranks(builder.request())),
        groups_(n_ / m_),
        reduced_(n_),
        gathered_(n_),
        returned_(std::size_t{n_} * groups_, kNoMessage) {}

  void build() {
    builder_.set_buffers(builder_.bytes(), builder_.bytes(), 0);
    const std::uint64_t n = n_, m = m_, g = groups_;
    builder_.reserve(n * (m - 1) + 2 * n * (g - 1) + n * g * (m - 1),
                     n * (3 * (m - 1) + 2 * (g - 1) + g));
    for (std::uint32_t rank = 0; rank < n_; ++rank)
      builder_.copy(rank, {Buffer::input, part_offset(rank)}, output(part_offset(rank)),
                    part_bytes(rank));
    if (m_ > 1) reduce_in_groups();
    if (groups_ > 1) reduce_between_groups();
    if (groups_ > 1) return_between_groups();
    if (m_ > 1) spread_in_groups();
  }

 private:
  std::uint32_t group(std::uint32_t rank) const { return rank / m_; }
  std::uint32_t place(std::uint32_t rank) const { return rank % m_; }
  std::uint32_t rank_in(std::uint32_t group, std::uint32_t place) const {
    return group * m_ + place;
  }
  std::uint64_t part_offset(std::uint32_t rank) const {
    return builder_.chunks().offset_bytes(std::uint64_t{place(rank)} * groups_);
  }
  std::uint64_t part_bytes(std::uint32_t rank) const {
    return builder_.chunks().offset_bytes((std::uint64_t{place(rank)} + 1) * groups_) -
           part_offset(rank);
  }
  /// Chunk of the rank's part whose home is in a group.
  std::uint64_t chunk(std::uint32_t rank, std::uint32_t home_group) const {
    return std::uint64_t{place(rank)} * groups_ + home_group;
  }
  Region output_of(std::uint64_t chunk) const {
    return output(builder_.chunks().offset_bytes(chunk));
  }
  static Region output(std::uint64_t offset_bytes) { return {Buffer::output, offset_bytes}; }

  void reduce_in_groups() {
    builder_.begin_dependencies();
    for (std::uint32_t step = 1; step < m_; ++step) {
      for (std::uint32_t rank = 0; rank < n_; ++rank) {
        const std::uint32_t to = rank_in(group(rank), (place(rank) + step) % m_);
        reduced_[to].push_back(builder_.send(rank, {Buffer::input, part_offset(to)}, to,
                                             output(part_offset(to)), part_bytes(to),
                                             OnArrival::reduce));
      }
    }
  }
  /// The rank's part is its group's: all of it, since chunks are cut otherwise than parts.
  void require_reduced(std::uint32_t rank) {
    for (const std::uint32_t message : reduced_[rank]) builder_.require(message, false);
  }
  void reduce_between_groups() {
    for (std::uint32_t rank = 0; rank < n_; ++rank) {
      builder_.begin_dependencies();
      require_reduced(rank);
      for (std::uint32_t step = 1; step < groups_; ++step) {
        const std::uint32_t home = (group(rank) + step) % groups_;
        const std::uint64_t c = chunk(rank, home);
        const std::uint32_t to = rank_in(home, place(rank));
        gathered_[to].push_back(builder_.send(rank, output_of(c), to, output_of(c),
                                              builder_.chunks().bytes(c), OnArrival::reduce));
      }
    }
  }
  /// The rank's own chunk is everybody's.
  void require_own(std::uint32_t rank) {
    require_reduced(rank);
    for (const std::uint32_t message : gathered_[rank]) builder_.require(message);
  }
  void return_between_groups() {
    for (std::uint32_t rank = 0; rank < n_; ++rank) {
      builder_.begin_dependencies();
      require_own(rank);
      const std::uint64_t c = chunk(rank, group(rank));
      for (std::uint32_t step = 1; step < groups_; ++step) {
        const std::uint32_t to = rank_in((group(rank) + step) % groups_, place(rank));
        returned_[std::size_t{to} * groups_ + group(rank)] = builder_.send(
            rank, output_of(c), to, output_of(c), builder_.chunks().bytes(c), OnArrival::copy);
      }
    }
  }
  void spread_in_groups() {
    for (std::uint32_t rank = 0; rank < n_; ++rank) {
      // Its own chunk is there first; the others as they come back.
      for (std::uint32_t step = 0; step < groups_; ++step) {
        const std::uint32_t home = (group(rank) + step) % groups_;
        const std::uint64_t c = chunk(rank, home);
        builder_.begin_dependencies();
        if (step == 0)
          require_own(rank);
        else
          builder_.require(returned_[std::size_t{rank} * groups_ + home]);
        for (std::uint32_t next = 1; next < m_; ++next)
          builder_.send(rank, output_of(c), rank_in(group(rank), (place(rank) + next) % m_),
                        output_of(c), builder_.chunks().bytes(c), OnArrival::copy);
      }
    }
  }

  ProgramBuilder& builder_;
  std::uint32_t n_, m_, groups_;
  std::vector<std::vector<std::uint32_t>> reduced_;   ///< by rank: its part, from its group
  std::vector<std::vector<std::uint32_t>> gathered_;  ///< by rank: its chunk, from other groups
  std::vector<std::uint32_t> returned_;               ///< [rank][home group] of its part's chunks
};

}  // namespace

void build_hierarchical_all_reduce(ProgramBuilder& builder) { Tiers(builder).build(); }

}  // namespace antares::platforms
