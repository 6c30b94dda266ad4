// SPDX-License-Identifier: Apache-2.0
// What a collective's requests say to the switch where it is to copy or reduce: who the group is,
// which member gets a result alone, which operator. The group is all ranks of the job, named in
// each request, so that no table has to know it. No time here.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "antares/models/accelerator/program.h"
#include "antares/platforms/build/platform.h"
#include "antares/platforms/config/workload_config.h"
#include "antares/platforms/workload/collective.h"

namespace antares::platforms {

/// The kind of reduction that computes what the collective is defined to; throws
/// std::invalid_argument naming operator and type where the switch's table has none.
models::ReductionKind reduction_kind(DataType type, ReductionOperator op,
                                     models::ReductionPath path);

/// What the switches of these ranks can do for a collective with this operator, by push.
InSwitch in_switch_of(const Platform& platform, const std::vector<std::size_t>& endpoints,
                      DataType type, ReductionOperator op);

class SwitchRequests {
 public:
  /// Throws std::invalid_argument where the switch of a rank cannot do what the program asks, or
  /// an operator is none of the engines'.
  SwitchRequests(const Platform& platform, const models::Program& program,
                 const std::vector<std::size_t>& endpoints, DataType type, ReductionOperator op);

  static bool needed_by(const models::Program& program);
  /// Bytes of a message in one request, of a library that would take `step_bytes`.
  std::uint64_t slice_bytes(std::uint64_t step_bytes) const;
  /// Engines that a request takes.
  std::uint64_t engines_each() const { return engines_each_; }
  /// May this rank have the message's next slice in flight, too, of `bytes`? What goes out at once
  /// is bounded so that nothing of it stands in front of what others wait for:
  /// - loads by what the engines of the rank's own ports hold, or those told to retry would be
  ///   overtaken by later ones, and the first sums of a step come last;
  /// - contributions by what the engines hold together (half where they get it unevenly): a rank
  ///   that is ahead of the others by more fills them with sums that the others do not come to, so
  ///   that all are told to retry;
  /// - multicasts by the endpoint's window, shared among all ranks that send some: their copies
  /// meet
  ///   at each member's link, and loads of the rank stand behind its stores on a common channel.
  bool may_issue(const models::Message& message, std::uint64_t bytes) const;
  /// Of contributions, a rank.
  std::uint64_t contributions_window_bytes() const { return windows_[kContributions].most_bytes; }
  void issued(const models::Message& message, std::uint64_t bytes);
  void answered(const models::Message& message, std::uint64_t bytes);
  /// A contribution names the sum's first message: whose it was says who has the answer.
  void contribution_answered(std::size_t endpoint, std::uint64_t bytes);
  /// Sets the group, and what is to be reduced, of a message that is no plain store.
  void name(const models::Program& program, const models::Message& message,
            models::Request& request) const;
  /// Of a scatter, `bytes` for each: messages by their place in the request; names the group.
  const std::vector<std::uint32_t>& name_scatter(const models::Program& program,
                                                 std::uint32_t message, std::uint64_t bytes,
                                                 models::Request& request);
  /// The message by which a write that names message `first` has arrived at this endpoint.
  std::uint32_t arrived(const models::Program& program, std::uint32_t first,
                        std::size_t endpoint) const;

 private:
  /// A long sum by push may take several engines a request: fewer requests for the same trains.
  void span_engines(const Platform& platform, const models::Program& program,
                    const std::vector<std::size_t>& endpoints);
  /// A sum of few bytes is made by all engines, too: no request is of more than its share of them.
  void share_engines(const Platform& platform, const models::Program& program,
                     const std::vector<std::size_t>& endpoints);

  using Group = std::shared_ptr<const models::GroupNaming>;
  using Reduction = std::shared_ptr<const models::ReductionNaming>;

  std::vector<std::uint16_t> rank_of_;  ///< by endpoint
  Group all_;
  std::vector<Group> others_;  ///< by rank: all but this one
  Reduction to_all_;
  std::vector<Reduction> to_one_;  ///< by rank that gets the result
  Reduction load_;
  std::uint64_t most_bytes_ = protocols::kNever;
  std::uint64_t engines_each_ = 1;
  struct Window {
    std::uint64_t most_bytes = protocols::kNever;
    std::uint64_t out_bytes = 0;
  };
  static std::size_t place_of(const models::Message& message);
  struct Scatter {
    std::vector<std::uint32_t> messages;  ///< by rising endpoint
    std::vector<protocols::EndpointId> receivers;
    std::map<std::uint64_t, Group> groups;  ///< by bytes for each
  };
  static bool counted(const models::Message& message);
  std::map<std::uint32_t, Scatter> scatters_;  ///< by their first message
  std::size_t most_receivers_ = 0;             ///< of a scatter
  std::vector<protocols::EndpointId> id_of_;   ///< by rank
  enum WindowOf : std::size_t { kLoads, kStores, kContributions, kWindows };
  Window& window(std::size_t rank, WindowOf of) { return windows_[kWindows * rank + of]; }
  std::vector<Window> windows_;  ///< by rank and what it is of
};

}  // namespace antares::platforms
