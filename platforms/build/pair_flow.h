// SPDX-License-Identifier: Apache-2.0
// One endpoint sends equal requests to another, so many in flight, and each answer makes room for
// the next: one request of it is a probe at zero load, many are a saturating stream. What is
// answered is counted between the moment that all flows of a measurement have warmed up and the
// moment that all have their number. Unit of time: picoseconds.
#pragma once
#include "antares/platforms/build/pairs_plan.h"

namespace antares::platforms {

/// What the flows of one measurement share.
struct PairMeter {
  std::size_t flows = 0;
  std::size_t warm = 0;  ///< flows that have been answered often enough
  std::size_t full = 0;  ///< flows that have their number
  models::Picoseconds from_ps = 0;
  models::Picoseconds to_ps = 0;
  std::uint64_t bytes = 0;  ///< answered in between
  bool failed = false;
  bool done() const { return failed || full == flows; }
};

struct PairLoad {
  std::uint64_t window = 1;
  std::uint64_t warmup_requests = 0;
  std::uint64_t measured_requests = 1;
  std::uint64_t first_offset = 0;  ///< into the target's memory
};

class PairFlow : private models::RequesterClient, private models::EventTarget {
 public:
  PairFlow(Platform& platform, const PlannedPair& pair, const PairRequest& request,
           const PairLoad& load, PairMeter& meter);
  ~PairFlow() override;

  void start(models::Picoseconds at_ps);
  std::uint64_t in_flight() const { return in_flight_; }
  const std::string& name() const { return from_.name; }
  /// Time of the first request, once it is answered.
  models::Picoseconds first_latency_ps() const { return first_latency_ps_; }

 private:
  void request_done(const models::Request& request, bool ok, models::Picoseconds now_ps) override;
  void may_issue(models::Picoseconds now_ps) override { pump(now_ps); }
  void fire(std::uint64_t, models::Picoseconds now_ps) override { pump(now_ps); }
  void pump(models::Picoseconds now_ps);

  Platform& platform_;
  const PlatformEndpoint& from_;
  const PlatformEndpoint& to_;
  PairRequest request_;
  PairLoad load_;
  PairMeter& meter_;
  models::Origin origin_;
  std::uint64_t stride_bytes_ = 1;
  std::uint64_t span_bytes_ = 1;
  std::uint64_t next_offset_ = 0;
  std::uint64_t in_flight_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t measured_ = 0;
  models::Picoseconds first_latency_ps_ = 0;
};

}  // namespace antares::platforms
