// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/pair_formula.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "antares/platforms/build/zero_load_table.h"
#include "antares/platforms/config/expansion.h"

namespace antares::platforms {
namespace {

using models::PacketKind;
using models::Picoseconds;
using models::PortAdapter;

/// Beyond this, more requests in flight only take longer to simulate.
constexpr std::uint64_t kMostInFlight = 16384;

const EndpointDescription& description_of(const PlatformConfig& config, std::size_t endpoint) {
  return config.endpoints[expand_endpoints(config)[endpoint].description];
}

}  // namespace

PairFormula::PairFormula(const Platform& platform, const PlannedPair& pair,
                         const PairRequest& request)
    : platform_(platform),
      pair_(pair),
      request_(as_asked_by(description_of(platform.config(), pair.from), request)),
      from_(platform.endpoints()[pair.from]),
      to_(platform.endpoints()[pair.to]),
      from_description_(description_of(platform.config(), pair.from)),
      memory_(memory_of(description_of(platform.config(), pair.to))) {
  const models::Packet sent = packet();
  latency_ps_ = from_.port->zero_load(sent, *to_.port).tail_ps +
                to_.port->zero_load_answer_ps(sent, request.answer_bytes(), *from_.port);
  if (request.answer_bytes() != 0) latency_ps_ += memory_ps(memory_, request.bytes);
  if (from_.nic != nullptr) latency_ps_ += from_.nic->engine().requester_ps(nic_work());
  if (to_.nic != nullptr) latency_ps_ += to_.nic->engine().target_ps(nic_work());
  const auto train_bytes = static_cast<std::uint32_t>(platform.config().run.train_bytes);
  if (!has_state() && train_bytes == 0) return;
  bool single = true;
  for (const PortAdapter* port : {from_.port, to_.port}) {
    for (models::Packet each : {sent, answer()}) {
      if (each.kind == PacketKind::completion && !port->policy().completes(sent)) continue;
      port->policy().classify(each);
      const models::TrainCost cost = models::train_cost(port->policy(), each);
      single = single && cost.wire.link_packets == 1;
      tolerance_ps_ = std::max(tolerance_ps_, cost.first_collect_ps);
      if (train_bytes == 0 || each.bytes == 0) continue;
      each.bytes = std::min(each.bytes, train_bytes);
      tolerance_ps_ = std::max(tolerance_ps_, models::train_cost(port->policy(), each).bytes_ps);
    }
  }
  if (single) tolerance_ps_ = 0;
}

bool PairFormula::has_state() const {
  return from_.port->policy().make_encoder() != nullptr ||
         to_.port->policy().make_encoder() != nullptr;
}

models::Packet PairFormula::packet() const {
  const protocols::LinkPolicy& policy = from_.port->policy();
  models::Packet packet = packet_of(policy, request_.kind(), request_.bytes, to_.window_base, 0);
  packet.flags |= request_.flags;
  if (from_description_.kind == EndpointKind::accelerator)
    packet.vc =
        protocols::VcId(static_cast<std::uint8_t>(from_description_.accelerator.virtual_channel));
  policy.classify(packet);
  return packet;
}

models::Packet PairFormula::answer() const {
  models::Packet answer = packet();
  answer.kind = PacketKind::completion;
  answer.bytes = request_.answer_bytes();
  answer.flags &= static_cast<std::uint8_t>(~(protocols::kByteEnables | protocols::kWantsAnswer));
  return answer;
}

void PairFormula::add_card_parts(const PlatformEndpoint& endpoint, models::NicLeg leg,
                                 std::vector<LatencyPart>& parts) const {
  if (endpoint.nic == nullptr) return;
  for (const auto& [name, ps] : endpoint.nic->engine().parts(leg, nic_work()))
    if (ps != 0) parts.push_back({"card: " + name, ps});
}

std::vector<LatencyPart> PairFormula::parts() const {
  const SwitchDescription& part = platform_.config().switches[pair_.switch_index];
  const models::Packet sent = packet();
  std::vector<LatencyPart> parts;
  add_card_parts(from_, models::NicLeg::post, parts);
  for (LatencyPart& there : crossing_parts(part, sent, *from_.port, *to_.port))
    parts.push_back(std::move(there));
  add_card_parts(to_, models::NicLeg::deliver, parts);
  if (request_.answer_bytes() != 0) parts.push_back({"memory", memory_ps(memory_, request_.bytes)});
  add_card_parts(to_, models::NicLeg::answer, parts);
  for (LatencyPart& back :
       answer_parts(part, sent, request_.answer_bytes(), *from_.port, *to_.port)) {
    back.name = "back: " + back.name;
    parts.push_back(std::move(back));
  }
  add_card_parts(from_, models::NicLeg::complete, parts);
  return parts;
}

PairFormula::LinkTimes PairFormula::link_times(const PortAdapter& port) const {
  const protocols::LinkPolicy& policy = port.policy();
  models::Packet there = packet();
  models::Packet back = answer();
  policy.classify(there);
  policy.classify(back);
  const double request_bytes = static_cast<double>(policy.wire_cost(there).bytes);
  const double answer_bytes = static_cast<double>(policy.wire_cost(back).bytes);
  // A request that the protocol has no special form for. A compare-and-swap's answer is half of it,
  // which an efficiency by size cannot know.
  const bool halved =
      request_.kind() == PacketKind::atomic && request_.answer_bytes() != request_.bytes;
  const bool plain = (request_.flags == 0 && !halved) || policy.make_encoder() != nullptr;
  if (!plain) {
    const double byte_ns = 1 / (policy.rate().usable_GBps() * request_.bytes);
    return {request_bytes * byte_ns, policy.completes(there) ? answer_bytes * byte_ns : 0};
  }
  // A request and what answers it: the larger of them binds one way, their sum both ways.
  const double raw = policy.rate().raw_GBps;
  const double larger = 1 / (raw * policy.efficiency(request_.kind(), request_.bytes));
  const double both = 1 / (raw * policy.efficiency_both_ways(request_.kind(), request_.bytes));
  const double smaller = both - larger > 1e-9 * both ? both - larger : 0;
  return request_bytes >= answer_bytes ? LinkTimes{larger, smaller} : LinkTimes{smaller, larger};
}

double PairFormula::link_GBps(const PortAdapter& port) const {
  const LinkTimes times = link_times(port);
  return 1 / std::max(times.request_ns, times.answer_ns);
}

ClosedLoop PairFormula::loop() const {
  const std::uint64_t in_flight = window();
  return {static_cast<double>(in_flight) * request_.bytes, static_cast<double>(latency_ps_) * 1e-3,
          bound(in_flight).GBps};
}

SharedLink PairFormula::shared_link(bool requester) const {
  const PortAdapter& port = requester ? *from_.port : *to_.port;
  const protocols::LinkPolicy& policy = port.policy();
  const LinkTimes times = link_times(port);
  models::Packet there = packet();
  policy.classify(there);
  SharedLink link;
  link.request_ns = times.request_ns;
  link.answer_ns = times.answer_ns;
  const auto& crossbar = platform_.config().switches[pair_.switch_index].crossbar;
  const double no_limit_ns = 1e9;
  link.egress_queue_ns =
      crossbar.queueing == models::Queueing::output
          ? no_limit_ns
          : static_cast<double>(policy.rate().occupancy_ps(crossbar.egress_queue_bytes)) * 1e-3;
  link.ingress_queue_ns = std::min(no_limit_ns, credit_bytes(port, there) * link.request_ns);
  return link;
}

bool PairFormula::bridge_answers() const {
  return to_.port->answered_twice(request_.kind(), *from_.port);
}

double both_ways_GBps(const Platform& platform, const PlannedPair& pair,
                      const PairRequest& request) {
  const PairFormula there(platform, pair, request);
  const PairFormula back(platform, {pair.to, pair.from, pair.switch_index}, request);
  MeetingLoops loops{there.loop(), back.loop(), there.shared_link(true), there.shared_link(false)};
  loops.bridge_answers = there.bridge_answers();
  loops.input_speedup = platform.config().switches[pair.switch_index].crossbar.input_speedup;
  const LoopRates rates = settled(loops);
  return rates.there_GBps + rates.back_GBps;
}

double PairFormula::credit_bytes(const PortAdapter& port, models::Packet packet) const {
  const protocols::LinkPolicy& policy = port.policy();
  policy.classify(packet);
  const protocols::CreditAmount demand = policy.demand(packet);
  const protocols::CreditLedgerConfig credits = policy.receiver_credits();
  const unsigned traffic_class = static_cast<unsigned>(packet.traffic_class);
  const auto& grant =
      credits.grants[packet.vc.value() * protocols::kTrafficClasses + traffic_class];
  const auto& shared = credits.shared[traffic_class];
  double in_flight = std::numeric_limits<double>::infinity();
  const auto take = [&](bool infinite, double there, std::uint32_t needed) {
    if (!infinite && needed != 0) in_flight = std::min(in_flight, there / needed);
  };
  take(grant.infinite_header, grant.dedicated.header + shared.header, demand.header);
  take(grant.infinite_data, grant.dedicated.data + shared.data, demand.data);
  return in_flight * request_.bytes;
}

ThroughputBound PairFormula::credits(const char* what, const models::Packet& packet,
                                     const PortAdapter& from, const PortAdapter& to) const {
  const auto loop_ps = [](const PortAdapter& port, Picoseconds there_ps) {
    return 2 * models::crossing_ps(port.config()) + there_ps +
           models::to_picoseconds(port.config().credit_update_ns);
  };
  const auto cost_on = [&](const PortAdapter& port) {
    models::Packet each = packet;
    port.policy().classify(each);
    return models::train_cost(port.policy(), each);
  };
  const SwitchDescription& part = platform_.config().switches[pair_.switch_index];
  const bool bridged = from.policy().protocol() != to.policy().protocol();
  const Picoseconds entry_ps = models::HopDelays(part.latency).rx_ps +
                               (bridged ? models::to_picoseconds(part.bridge.latency_ns) : 0);
  const models::TrainCost in = cost_on(from);
  const models::TrainCost out = cost_on(to);
  Picoseconds in_ps = in.head_collect_ps + entry_ps;
  Picoseconds out_ps = out.head_collect_ps;
  // Of several link packets the first makes room before the last is in. Of one, all of it has to
  // cross, or to be at the device. (What an encoder makes of it may be shorter.)
  if (in.wire.link_packets == 1 && from.policy().make_encoder() == nullptr) {
    const auto read_ps = static_cast<double>(in.bytes_ps) / part.crossbar.input_speedup;
    in_ps = std::max(in_ps + static_cast<Picoseconds>(read_ps), in.last_collect_ps + entry_ps);
  }
  if (out.wire.link_packets == 1) out_ps = out.last_collect_ps;
  const auto limit = [&](const PortAdapter& port, Picoseconds there_ps) -> ThroughputBound {
    const double bytes = credit_bytes(port, packet);
    return {1000 * bytes / static_cast<double>(loop_ps(port, there_ps)), what,
            bytes / request_.bytes};
  };
  const ThroughputBound first = limit(from, in_ps);
  const ThroughputBound second = limit(to, out_ps);
  return first.GBps <= second.GBps ? first : second;
}

ThroughputBound PairFormula::bound(std::uint64_t window) const {
  const auto bytes = static_cast<double>(request_.bytes);
  const double gap_ns = from_description_.kind == EndpointKind::host
                            ? from_description_.host.issue_overhead_ns
                            : from_description_.accelerator.issue_overhead_ns;
  ThroughputBound least{link_GBps(*from_.port), "link of " + from_.name};
  const auto take = [&](const ThroughputBound& other) {
    if (other.GBps < least.GBps) least = other;
  };
  take({link_GBps(*to_.port), "link of " + to_.name});
  take({memory_.rate_GBps, "memory of " + to_.name});
  take(credits("credits of requests", packet(), *from_.port, *to_.port));
  if (request_.answer_bytes() != 0)
    take(credits("credits of completions", answer(), *to_.port, *from_.port));
  // Little's law: so many bytes in flight for at least the zero-load round trip.
  take({static_cast<double>(window) * bytes * 1000 / static_cast<double>(latency_ps_),
        std::to_string(window) + " requests in flight", static_cast<double>(window)});
  if (gap_ns > 0) take({bytes / gap_ns, "issue gap of " + from_.name});
  return least;
}

std::uint64_t PairFormula::window() const {
  const bool host = from_description_.kind == EndpointKind::host;
  const auto& accelerator = from_description_.accelerator;
  std::uint64_t most = kMostInFlight;
  if (request_.answer_bytes() == 0) {
    most =
        std::min<std::uint64_t>(most, host ? from_description_.host.outstanding_writes
                                           : accelerator.outstanding_write_bytes / request_.bytes);
  } else {
    const auto& policy = from_.port->policy();
    const std::uint32_t unit = policy.max_link_payload_bytes(PacketKind::read);
    most = std::min<std::uint64_t>(
        most, host ? from_description_.host.outstanding_reads : accelerator.outstanding_reads);
    most = std::min<std::uint64_t>(most, policy.tags() / ((request_.bytes + unit - 1) / unit));
  }
  most = std::max<std::uint64_t>(most, 1);
  // Three round trips at full rate: under load a round trip is longer than at zero load.
  const double full = bound(most).GBps * static_cast<double>(latency_ps_) * 1e-3;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(3 * full / request_.bytes)) + 16;
  return std::min(most, wanted);
}

}  // namespace antares::platforms
