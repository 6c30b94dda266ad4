// SPDX-License-Identifier: Apache-2.0
// What the fabric has to carry for the transfers of a trace: each distinct one becomes a program
// once, and is checked against the accelerators' memory before time 0, so that nothing is found
// impossible in the middle of a replay. A send is a remote store into the peer's memory. No time
// here; bytes.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "antares/platforms/workload/collective.h"
#include "antares/platforms/workload/trace_set.h"

namespace antares::platforms {

struct TransferPlan {
  CollectiveRequest request;
  models::Program program;
  std::uint64_t busiest_link_bytes = 0;  ///< most payload that one rank sends or receives
};

/// For the algorithm of a trace: each collective leaves to the switch what `auto` of a collective
/// workload would (default_algorithm()); the switches of all ranks must have both engines.
inline constexpr const char* kInSwitch = "in_switch";

class TransferPlanner {
 public:
  /// `algorithm`: auto, in_switch, or the name of one that some collective offers; collectives that
  /// don't offer it take auto. Throws std::invalid_argument for a name nobody offers.
  explicit TransferPlanner(std::string algorithm);

  /// Plan of a collective node on a group of `ranks`, or of a send (`ranks` is 2 then).
  std::shared_ptr<const TransferPlan> plan(const TraceNode& transfer, std::uint32_t ranks);

  /// Plans every transfer of the set. Throws TraceError naming the node if its buffers don't fit
  /// into `memory_bytes`, the smallest memory among the accelerators, and std::invalid_argument if
  /// no collective of the set offers the algorithm.
  void check(const TraceSet& set, std::uint64_t memory_bytes);

  /// What was done differently from what was asked for, in words.
  std::vector<std::string> notes() const;

 private:
  using Key = std::tuple<TraceNodeKind, CommType, std::uint64_t, std::uint32_t, bool>;
  static Key key(const TraceNode& transfer, std::uint32_t ranks);
  CollectiveRequest request(const TraceNode& transfer, std::uint32_t ranks);

  std::string algorithm_;
  std::map<Key, std::shared_ptr<const TransferPlan>> plans_;
  std::uint64_t kept_messages_ = 0;
  bool algorithm_used_ = false;
  std::set<std::string> without_algorithm_;  ///< collectives that don't offer it
};

/// Nothing travels: no bytes, or nobody to send them to.
bool is_void(const TraceNode& transfer, std::uint32_t ranks);

}  // namespace antares::platforms
