// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/pair_flow.h"

#include <algorithm>

namespace antares::platforms {
namespace {

/// Places of flows in the order of events: behind the requesters and the sources of traffic.
constexpr std::uint16_t kFirstFlow = 0xC00;
constexpr std::uint64_t kRegionBytes = 1 << 20;

/// Requests lie side by side at multiples of a power of two, so that none crosses a boundary that a
/// protocol forbids or cuts at.
std::uint64_t stride_for(std::uint64_t bytes) {
  std::uint64_t stride = 1;
  while (stride < bytes) stride *= 2;
  return stride;
}

}  // namespace

PairFlow::PairFlow(Platform& platform, const PlannedPair& pair, const PairRequest& request,
                   const PairLoad& load, PairMeter& meter)
    : platform_(platform),
      from_(platform.endpoints()[pair.from]),
      to_(platform.endpoints()[pair.to]),
      request_(request),
      load_(load),
      meter_(meter),
      origin_(models::Origin::kEndpoints, static_cast<std::uint16_t>(kFirstFlow + meter.flows)),
      stride_bytes_(stride_for(request.bytes)),
      span_bytes_(std::min(to_.window_bytes, std::max(kRegionBytes, stride_bytes_))) {
  from_.requester->set_client(this);
  ++meter_.flows;
}

PairFlow::~PairFlow() { from_.requester->set_client(nullptr); }

void PairFlow::start(models::Picoseconds at_ps) {
  platform_.scheduler().post(at_ps, models::Phase::arrival, origin_, *this);
}

void PairFlow::pump(models::Picoseconds now_ps) {
  while (!meter_.done() && in_flight_ < load_.window) {
    // A probe is one request, not one after the other.
    if (load_.warmup_requests == 0 && answered_ + in_flight_ >= load_.measured_requests) return;
    models::Request request = request_.at(to_.window_base + load_.first_offset + next_offset_);
    request.cookie = now_ps;
    ++in_flight_;  // a request that is refused is answered inside try_issue()
    if (!from_.requester->try_issue(request)) {
      --in_flight_;
      return;
    }
    next_offset_ += stride_bytes_;
    if (next_offset_ + stride_bytes_ > span_bytes_) next_offset_ = 0;
  }
}

void PairFlow::request_done(const models::Request& request, bool ok, models::Picoseconds now_ps) {
  --in_flight_;
  ++answered_;
  if (answered_ == 1) first_latency_ps_ = now_ps - request.cookie;
  const bool was_done = meter_.done();
  if (!ok) meter_.failed = true;
  if (meter_.warm == meter_.flows && !was_done) {
    meter_.bytes += request.bytes;
    if (++measured_ == load_.measured_requests) ++meter_.full;
    meter_.to_ps = now_ps;
  } else if (answered_ == load_.warmup_requests && ++meter_.warm == meter_.flows) {
    meter_.from_ps = now_ps;
  }
  if (meter_.done() && !was_done) sc_core::sc_pause();
  pump(now_ps);
}

}  // namespace antares::platforms
