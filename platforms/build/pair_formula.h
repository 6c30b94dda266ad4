// SPDX-License-Identifier: Apache-2.0
// Closed forms of one request between two endpoints: zero-load latency with its parts, and an upper
// bound of what a saturating closed loop carries: links, credits, memory, requests in flight. All
// of it follows from policies and configuration; nothing is simulated. What the bound leaves out:
// waiting in queues, which makes round trips longer than at zero load. Times in picoseconds, rates
// in GB/s of payload.
#pragma once
#include <string>
#include <vector>

#include "antares/platforms/build/closed_loops.h"
#include "antares/platforms/build/latency_parts.h"
#include "antares/platforms/build/pairs_plan.h"

namespace antares::platforms {

/// What limits a stream of requests, and how much it lets through.
struct ThroughputBound {
  double GBps = 0;
  std::string what;
  /// Requests that may be under way at once, where that is the limit: the stream breathes with
  /// them. 0: a rate limits it.
  double at_once = 0;
};

/// Closed forms of one pair; nothing is simulated.
class PairFormula {
 public:
  PairFormula(const Platform& platform, const PlannedPair& pair, const PairRequest& request);

  models::Picoseconds latency_ps() const { return latency_ps_; }
  /// For a transaction of several link packets, of the longest: the time of a link packet where a
  /// transmitter on the way remembers what it sent, of a train where run.train_bytes is set. Else
  /// 0.
  models::Picoseconds tolerance_ps() const { return tolerance_ps_; }
  std::vector<LatencyPart> parts() const;
  /// A transmitter on the way remembers what it has sent (an address cache, flow control due).
  bool has_state() const;
  /// Of one direction while the other is idle.
  ThroughputBound bound(std::uint64_t window) const;
  /// As a closed loop of window() requests, for what it settles at beside another.
  ClosedLoop loop() const;
  /// Of the requester's port or the completer's.
  SharedLink shared_link(bool requester) const;
  /// Writes over the bridge: the completer's answers end in the switch, the requester's are made
  /// there.
  bool bridge_answers() const;
  /// Requests in flight that keep the path full, as far as the requester may have so many.
  std::uint64_t window() const;

 private:
  models::Packet packet() const;
  models::Packet answer() const;
  models::NicWork nic_work() const { return models::NicWork::of(request_.kind(), request_.bytes); }
  void add_card_parts(const PlatformEndpoint& endpoint, models::NicLeg leg,
                      std::vector<LatencyPart>& parts) const;
  /// What a byte of payload takes of the port's link, in the direction of the request and of its
  /// answer.
  struct LinkTimes {
    double request_ns = 0;
    double answer_ns = 0;
  };
  LinkTimes link_times(const models::PortAdapter& port) const;
  double link_GBps(const models::PortAdapter& port) const;
  /// Payload that the receiver's credits allow to be under way on one link.
  double credit_bytes(const models::PortAdapter& port, models::Packet packet) const;
  /// What that allows on both links of a packet from one device to the other: so much in a loop of
  /// credits at least.
  ThroughputBound credits(const char* what, const models::Packet& packet,
                          const models::PortAdapter& from, const models::PortAdapter& to) const;

  const Platform& platform_;
  PlannedPair pair_;
  PairRequest request_;
  const PlatformEndpoint& from_;
  const PlatformEndpoint& to_;
  const EndpointDescription& from_description_;
  models::MemoryConfig memory_;
  models::Picoseconds latency_ps_ = 0;
  models::Picoseconds tolerance_ps_ = 0;
};

/// Both directions together, while both stream the same request with windows as given.
double both_ways_GBps(const Platform& platform, const PlannedPair& pair,
                      const PairRequest& request);

}  // namespace antares::platforms
