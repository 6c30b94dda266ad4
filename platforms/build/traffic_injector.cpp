// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/traffic_injector.h"

#include "antares/platforms/build/blocking_call.h"
#include "antares/platforms/build/group_plan.h"

namespace antares::platforms {
namespace {
using models::Picoseconds;

// Place of the sources in the order of events: behind the requesters of the endpoints.
constexpr std::uint16_t kFirstSource = 0x800;
constexpr unsigned kShapeBits = 8;  // at most 64 sizes, read or written
}  // namespace

void TrafficCounts::add(const TrafficCounts& other) {
  latencies.merge(other.latencies);
  answered_requests += other.answered_requests;
  failed_requests += other.failed_requests;
  generated_requests += other.generated_requests;
  generated_bytes += other.generated_bytes;
  delivered_bytes += other.delivered_bytes;
  wait_ps += other.wait_ps;
}

TrafficInjector::TrafficInjector(Platform& platform, const TrafficPlan& plan,
                                 const PlannedSource& planned,
                                 const models::ArrivalConfig& arrivals, std::uint32_t closed_window,
                                 ZeroLoadTable& zero_load, TrafficMeter& meter)
    : platform_(platform),
      plan_(plan),
      endpoint_(platform.endpoints()[planned.endpoint]),
      source_(planned.endpoint),
      closed_window_(closed_window),
      zero_load_(zero_load),
      meter_(meter),
      counts_(meter.counts[planned.partition]),
      group_bases_(group_bases(platform.config())),
      stream_(arrivals, plan.shapes, planned.targets, platform.config().run.seed, endpoint_.name),
      origin_(models::Origin::kEndpoints,
              static_cast<std::uint16_t>(kFirstSource + planned.endpoint)) {
  endpoint_.requester->set_client(this);
}

TrafficInjector::~TrafficInjector() { endpoint_.requester->set_client(nullptr); }

void TrafficInjector::start(Picoseconds at_ps) {
  start_ps_ = at_ps;
  timer_posted_ = true;
  Picoseconds first_ps = at_ps;
  if (closed_window_ == 0) {
    generate();
    if (next_ps_ == protocols::kNever) return;
    first_ps = next_ps_;
  } else {
    next_ = stream_.draw();
  }
  platform_.scheduler().post(first_ps, models::Phase::arrival, origin_, *this);
}

void TrafficInjector::generate() {
  const Picoseconds after_ps = stream_.next_arrival_ps();
  next_ps_ = after_ps == protocols::kNever ? after_ps : start_ps_ + after_ps;
  next_ = stream_.draw();
  if (!meter_.measures(next_ps_)) return;
  ++counts_.generated_requests;
  counts_.generated_bytes += plan_.shapes[next_.shape].bytes;
}

void TrafficInjector::pump(Picoseconds now_ps) {
  if (now_ps >= next_ps_) timer_posted_ = false;
  while (!meter_.stopped) {
    if (closed_window_ != 0) {
      if (in_flight_ >= closed_window_) return;
    } else if (next_ps_ > now_ps) {
      if (timer_posted_ || next_ps_ == protocols::kNever) return;
      timer_posted_ = true;
      platform_.scheduler().post(next_ps_, models::Phase::arrival, origin_, *this);
      return;
    }
    const models::RequestShape& shape = plan_.shapes[next_.shape];
    models::Request request;
    const TrafficTarget target = target_of(next_.target);
    request.address = target.base;
    if (endpoint_.spreader != nullptr) request.address += next_granule(target.bytes, shape.bytes);
    request.bytes = shape.bytes;
    request.read = shape.read;
    request.request_bytes = static_cast<std::uint16_t>(endpoint_.request_bytes);
    request.user = std::uint64_t{next_.target} << kShapeBits | next_.shape;
    request.cookie = closed_window_ != 0 ? now_ps : next_ps_;
    // Counted first: a request that is refused is answered inside try_issue().
    ++in_flight_;
    ++meter_.in_flight;
    if (!endpoint_.requester->try_issue(request)) {
      --in_flight_;
      --meter_.in_flight;
      return;
    }
    if (closed_window_ != 0)
      next_ = stream_.draw();
    else
      generate();
  }
}

TrafficInjector::TrafficTarget TrafficInjector::target_of(std::uint32_t number) const {
  const auto& endpoints = platform_.endpoints();
  if (number < endpoints.size())
    return {endpoints[number].window_base, endpoints[number].window_bytes, &endpoints[number].name};
  const std::size_t group = number - endpoints.size();
  const GroupDescription& description = platform_.config().groups[group];
  return {group_bases_[group], description.window_bytes, &description.name};
}

std::uint64_t TrafficInjector::next_granule(std::uint64_t window, std::uint64_t bytes) {
  const std::uint64_t granule = endpoint_.spreader->table().granule_bytes();
  const std::uint64_t places = (window - bytes) / granule + 1;
  return granules_++ % places * granule;
}

void TrafficInjector::request_done(const models::Request& request, bool ok, Picoseconds now_ps) {
  --in_flight_;
  --meter_.in_flight;
  const auto target = static_cast<std::uint32_t>(request.user >> kShapeBits);
  const auto shape = static_cast<std::uint32_t>(request.user & ((1u << kShapeBits) - 1));
  if (!ok && meter_.survives_errors) {
    if (meter_.measures(now_ps)) ++counts_.failed_requests;
  } else if (!ok && meter_.failure.empty()) {
    meter_.failure = "the " + std::string(request.read ? "read" : "write") + " of " +
                     std::to_string(request.bytes) + " bytes that '" + endpoint_.name +
                     "' sent to '" + *target_of(target).name + "' was answered with an error" +
                     refusal_of(platform_, endpoint_, request);
    meter_.stopped = true;
    sc_core::sc_pause();
  }
  if (ok && meter_.measures(now_ps)) {
    ++counts_.answered_requests;
    counts_.delivered_bytes += request.bytes;
    if (meter_.records_latencies) record_latency(now_ps - request.cookie, target, shape);
  }
  if (meter_.stopped && meter_.in_flight == 0) sc_core::sc_pause();  // the drain is over
  if (closed_window_ != 0) pump(now_ps);
}

void TrafficInjector::record_latency(Picoseconds latency_ps, std::uint32_t target,
                                     std::uint32_t shape) {
  counts_.latencies.record(latency_ps);
  counts_.wait_ps += static_cast<std::int64_t>(latency_ps) -
                     static_cast<std::int64_t>(zero_load_.answer_ps(source_, target, shape));
}

void TrafficInjector::finish() {
  if (closed_window_ != 0) return;
  while (next_ps_ < meter_.to_ps) generate();
}

}  // namespace antares::platforms
