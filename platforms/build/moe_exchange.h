// SPDX-License-Identifier: Apache-2.0
// Tokens under way: each item of a sender is a handful of requests, some for a group that has to be
// there first. A sender issues what is ready among the next `lookahead` items, in their order;
// time runs until the last byte is in its receiver's memory. Picoseconds, bytes.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "antares/platforms/build/group_directory.h"
#include "antares/platforms/build/retry_queue.h"

namespace antares::platforms {

/// One token, or one result of it, as its sender has to send it.
struct MoeItem {
  std::vector<models::Request> requests;
  /// Not empty: the first request is for the group that has this set.
  ExpertSet set;
  /// In place of it where the set is missing and nobody waits (MoeMiss::unicast).
  std::vector<models::Request> instead;
};

struct MoeItems {
  std::vector<std::vector<MoeItem>> of_endpoint;  ///< empty: it sends nothing
  std::uint64_t arriving_bytes = 0;               ///< at all receivers
};

struct MoeTimes {
  models::Picoseconds time_ps = 0;
  std::uint64_t looked_up = 0;
  std::uint64_t hits = 0;
  models::Picoseconds miss_wait_ps = 0;  ///< sum over what missed
  models::Picoseconds stalled_ps = 0;    ///< sum over senders
};

class MoeExchange : private models::EventTarget {
 public:
  struct Limits {
    std::uint32_t lookahead = 1;
    std::uint32_t requests_in_flight = ~std::uint32_t{0};  ///< of a sender
  };
  /// `directory`: of what items' sets mean; nullptr where none has one.
  MoeExchange(Platform& platform, MoeItems items, Limits limits, GroupDirectory* directory);
  ~MoeExchange() override;
  /// Throws RunFailure.
  MoeTimes run(ResultSink& sink, const std::string& label);

 private:
  struct Sender;
  struct Receiver;

  void fire(std::uint64_t what, models::Picoseconds now_ps) override;
  void arrived(std::uint64_t bytes, models::Picoseconds at_ps);
  void wake(models::Picoseconds now_ps);
  void end_if_done();
  bool done() const { return arrived_bytes_ == items_.arriving_bytes && in_flight_ == 0; }

  Platform& platform_;
  MoeItems items_;
  Limits limits_;
  GroupDirectory* directory_;
  models::Origin origin_;
  RetryQueue retries_;
  std::vector<std::unique_ptr<Sender>> senders_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
  std::uint64_t arrived_bytes_ = 0;
  std::uint64_t in_flight_ = 0;
  models::Picoseconds started_ps_ = 0;
  models::Picoseconds ended_ps_ = 0;
  bool room_wanted_ = false;  ///< some item found all groups in use
  std::string failure_;
  MoeTimes times_;
};

}  // namespace antares::platforms
