// SPDX-License-Identifier: Apache-2.0
// Writes a collective program message by message. Empty messages and copies are left out, so the
// algorithms need no special case for chunks without elements: what depends on an empty message is
// empty itself. No time here.
#pragma once
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "antares/models/accelerator/program.h"
#include "antares/platforms/workload/chunking.h"
#include "antares/platforms/workload/collective.h"

namespace antares::platforms {

/// "No message": its dependents start at once.
inline constexpr std::uint32_t kNoMessage = ~std::uint32_t{0};

class ProgramBuilder {
 public:
  ProgramBuilder(const CollectiveRequest& request, const std::string& algorithm);

  const CollectiveRequest& request() const { return request_; }
  std::uint32_t ranks() const { return request_.ranks; }
  std::uint64_t bytes() const { return request_.bytes; }
  const Chunking& chunks() const { return chunks_; }
  void set_buffers(std::uint64_t input_bytes, std::uint64_t output_bytes,
                   std::uint64_t scratch_bytes);
  /// Room for this many; refuses programs too large to hold.
  void reserve(std::uint64_t messages, std::uint64_t dependencies);

  void copy(std::uint32_t rank, models::Region from, models::Region to, std::uint64_t bytes);
  /// The index of the new message (kNoMessage for an empty one). It depends on what require() named
  /// since the last call to begin_dependencies(); several messages may share one such list.
  std::uint32_t send(std::uint32_t from_rank, models::Region from, std::uint32_t to_rank,
                     models::Region to, std::uint64_t bytes, models::OnArrival on_arrival);
  /// One store that the switch copies to every rank, or to every other one: as many messages by
  /// rising receiver, the first of them returned.
  std::uint32_t multicast(std::uint32_t from_rank, models::Region from, models::Region to,
                          std::uint64_t bytes, bool to_self);
  /// One store of which the switch hands each receiver its part: `bytes` from `from(receiver)` to
  /// the same place in all. `receivers` rise.
  void scatter(std::uint32_t from_rank, const std::vector<std::uint32_t>& receivers,
               const std::function<models::Region(std::uint32_t)>& from, models::Region to,
               std::uint64_t bytes);
  /// `from` of every rank (but the owner), reduced by the switch, stored at `to` of every rank, or
  /// reduced into what the owner has there.
  void push_reduction(models::Region from, models::Region to, std::uint64_t bytes);
  void push_reduction_to(std::uint32_t owner, models::Region from, models::Region to,
                         std::uint64_t bytes);
  /// `from` of every rank, reduced on its way, is read into `to` of one.
  std::uint32_t load_reduce(std::uint32_t rank, models::Region from, models::Region to,
                            std::uint64_t bytes);
  void begin_dependencies();
  /// `aligned`: slice k waits for slice k only (same size, same data); otherwise for all of it.
  void require(std::uint32_t message, bool aligned = true);

  models::Program take() { return std::move(program_); }

 private:
  models::Message& append(models::MessageKind kind, std::uint32_t from_rank, models::Region from,
                          std::uint32_t to_rank, models::Region to, std::uint64_t bytes);
  std::uint32_t last() const { return static_cast<std::uint32_t>(program_.messages.size() - 1); }

  CollectiveRequest request_;
  Chunking chunks_;
  models::Program program_;
  std::uint32_t first_dependency_ = 0;
};

/// Position in a tree or chain that starts at `root`.
inline std::uint32_t position_of(std::uint32_t rank, std::uint32_t root, std::uint32_t ranks) {
  return (rank + ranks - root) % ranks;
}
inline std::uint32_t rank_at(std::uint32_t position, std::uint32_t root, std::uint32_t ranks) {
  return (position + root) % ranks;
}
/// Children of a position of the binary tree (heap numbering: 2p+1 and 2p+2): 0, 1 or 2.
inline std::uint32_t tree_children(std::uint32_t position, std::uint32_t ranks) {
  const std::uint64_t first = 2ull * position + 1;
  return first + 1 < ranks ? 2 : first < ranks ? 1 : 0;
}

// The algorithms; each fills a builder that already knows the request.
void build_ring_all_reduce(ProgramBuilder& builder);
void build_ring_reduce_scatter(ProgramBuilder& builder);
void build_ring_all_gather(ProgramBuilder& builder);
void build_ring_broadcast(ProgramBuilder& builder);
void build_ring_reduce(ProgramBuilder& builder);
void build_ring_shift(ProgramBuilder& builder);
void build_pair(ProgramBuilder& builder);
void build_direct_all_reduce(ProgramBuilder& builder);
void build_direct_broadcast(ProgramBuilder& builder);
void build_direct_reduce(ProgramBuilder& builder);
void build_direct_reduce_scatter(ProgramBuilder& builder);
void build_direct_all_gather(ProgramBuilder& builder);
void build_direct_all_to_all(ProgramBuilder& builder);
void build_direct_gather(ProgramBuilder& builder);
void build_direct_scatter(ProgramBuilder& builder);
void build_tree_all_reduce(ProgramBuilder& builder);
void build_tree_broadcast(ProgramBuilder& builder);
void build_tree_reduce(ProgramBuilder& builder);
void build_recursive_doubling(ProgramBuilder& builder);
/// Ranks of a group of `hierarchical`; throws where they do not divide the ranks.
std::uint32_t tier_group_ranks(const CollectiveRequest& request);
void build_hierarchical_all_reduce(ProgramBuilder& builder);
void build_pull_all_reduce(ProgramBuilder& builder);
void build_push_all_reduce(ProgramBuilder& builder);
void build_pull_reduce_scatter(ProgramBuilder& builder);
void build_push_reduce_scatter(ProgramBuilder& builder);
void build_pull_reduce(ProgramBuilder& builder);
void build_push_reduce(ProgramBuilder& builder);
void build_hypercast_all_gather(ProgramBuilder& builder);
void build_hypercast_broadcast(ProgramBuilder& builder);
void build_hypercast_all_to_all(ProgramBuilder& builder);
void build_hypercast_scatter(ProgramBuilder& builder);
void build_dissemination_barrier(ProgramBuilder& builder);
void build_push_barrier(ProgramBuilder& builder);

}  // namespace antares::platforms
