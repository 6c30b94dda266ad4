// SPDX-License-Identifier: Apache-2.0
// Requests that a reduction engine had no room for: each is sent again after a wait, a bounded
// number of times, while others of its endpoint go on. The requester's cookie keeps the owner's
// number in its low half; how often it was tried is in the high one. Picoseconds.
#pragma once
#include <deque>
#include <vector>

#include "antares/platforms/build/platform.h"

namespace antares::platforms {

class RetryQueue : private models::EventTarget {
 public:
  explicit RetryQueue(Platform& platform);

  /// False: it has been tried too often, or was not told to retry.
  bool again(std::size_t endpoint, const models::Request& request, models::Picoseconds now_ps);
  /// The endpoint takes requests: those whose wait is over go first. False: it takes no more.
  bool send_waiting(std::size_t endpoint);

  std::uint64_t retries() const { return retries_; }
  /// The owner's number in a cookie.
  static std::uint64_t owner_part(std::uint64_t cookie) { return cookie & 0xFFFFFFFF; }

 private:
  void fire(std::uint64_t endpoint, models::Picoseconds now_ps) override;

  struct Waiting {
    models::Request request;
    models::Picoseconds at_ps = 0;
  };
  Platform& platform_;
  models::Origin origin_;
  std::vector<std::deque<Waiting>> waiting_;  ///< by endpoint; their times rise
  std::uint64_t retries_ = 0;
};

}  // namespace antares::platforms
