// SPDX-License-Identifier: Apache-2.0
// PortAdapter: links between switches. A train that leaves on one enters the next switch as if a
// device had sent it, and holds that switch's ingress buffer instead of a device's. The way of a
// request is known when it enters the fabric (where it is bridged and who answers follows from
// that); each switch on the way looks its own port up by the destination's id.
//
// Bridging is done in the completer's switch: the links in between speak the requester's protocol.
#include <algorithm>
#include <cassert>

#include "antares/models/observe/text.h"
#include "antares/models/port/adaptive_exit.h"
#include "antares/models/port/port_reduction.h"
#include "antares/models/report_ids.h"

namespace antares::models {
namespace {

/// "a -> b -> a": the ports by which a packet leaves, where it comes by one a second time; else
/// empty. `next`: goes_on_by().
template <class Next>
std::string loop_from(const PortAdapter& first, Next&& next) {
  std::vector<const PortAdapter*> trail;
  const PortAdapter* at = &first;
  while (at != nullptr && std::find(trail.begin(), trail.end(), at) == trail.end()) {
    trail.push_back(at);
    at = next(*at);
  }
  std::string text;
  if (at == nullptr) return text;
  for (auto on = std::find(trail.begin(), trail.end(), at); on != trail.end(); ++on)
    text += std::string((*on)->name()) + " -> ";
  return text + at->name();
}

}  // namespace

// --- trains and credits
// ---------------------------------------------------------------------------

void PortAdapter::pass_on(Packet& packet, const Sent& sent) {
  far_->arrive(packet, sent);
  context_.packets->put(&packet);
}

void PortAdapter::arrive(const Packet& packet, const Sent& sent) { enter(packet, sent, 0); }

// Those on the wire arrive, or are found to be lost, before it.
void PortAdapter::end_what_came(const Packet& packet) {
  Packet last = packet;
  minimize(last);
  policy().classify(last);
  const Picoseconds now = std::max(now_ps() + 1, last_arrival_ps_);
  Sent none;
  none.start_ps = none.free_ps = none.head_ps = none.first_tail_ps = none.tail_ps = now;
  enter(last, none, protocols::kMadeByBridge);
}

void PortAdapter::enter(const Packet& packet, const Sent& sent, std::uint8_t made) {
  Packet& here = *context_.packets->get();
  here = packet;
  here.input = id_;
  here.crossing = (packet.crossing >> 2) & (protocols::kEndsInBridge | protocols::kHasCopies);
  const bool into_engine = here.crossing == (protocols::kEndsInBridge | protocols::kHasCopies);
  const bool ends_here = here.crossing != 0;
  here.crossing |= made;
  if (++here.hops >= protocols::kMostHops) return end_in_loop(here, sent);
  if (into_engine) return reduction_->partial_arrived(here, sent);
  if (ends_here) return arrive_for_several(here, sent);
  // The switches have followed all ways before the first train left (FabricSwitch::check_ways).
  PortAdapter& to = adaptive_ != nullptr
                        ? adaptive_->choose(packet.destination, here)
                        : *context_.ports[partition_->routes.port_of(packet.destination).value()];
  here.output = to.id_;
  set_crossing(here, to);
  here.crossing |= made;
  if (to.adaptive_ != nullptr) to.adaptive_->bind(here);
  const Picoseconds entry = context_.delays.rx_ps + bridge_ps(to);
  here.head_ps = cut_through_ps(sent, to.egress_.cost(here)) + entry;
  here.tail_ps = sent.tail_ps + entry;
  post_arrival(here);
}

void PortAdapter::arrive_for_several(Packet& packet, const Sent& sent) {
  packet.output = id_;
  packet.tail_ps = sent.tail_ps + context_.delays.rx_ps;
  const bool ends = (packet.crossing & protocols::kEndsInBridge) != 0;
  packet.head_ps = ends ? packet.tail_ps : sent.head_ps + context_.delays.rx_ps;
  post_arrival(packet);
}

void PortAdapter::end_in_loop(Packet& packet, const Sent& sent) {
  auto& transaction = *static_cast<Transaction*>(packet.owner);
  const EndpointId to = packet.destination;
  const std::string loop =
      loop_from(far_->adapter(), [to](const PortAdapter& at) { return at.goes_on_by(to); });
  SC_REPORT_ERROR(kReportRoute,
                  (std::string(name()) + ": " + packet_text(packet.id) + " to endpoint " +
                   std::to_string(to.value()) + " has passed " + std::to_string(packet.hops) +
                   " switches without getting there, " +
                   (loop.empty() ? "more than any way has" : "its way is a loop: " + loop))
                      .c_str());
  // Where reports do not throw, it is lost like one on a link that fails.
  if ((packet.crossing & protocols::kMadeByBridge) == 0) {
    const Picoseconds home = sent.tail_ps + credit_update_ps_;
    far_->credits_home(packet.vc, packet.traffic_class, ingress_link_.cost(packet).demand, home,
                       home);
  }
  ++counts_.trains_lost;
  drop(packet, UnitKind::ingress, now_ps(), DropReason::no_route);
  transaction.failed = true;
  const bool last = (packet.flags & protocols::kLastTrain) != 0;
  context_.packets->put(&packet);
  if (last) give_up(transaction);
}

void PortAdapter::credits_home(protocols::VcId vc, protocols::TrafficClass traffic_class,
                               protocols::CreditAmount amount, Picoseconds from_ps,
                               Picoseconds at_ps) {
  const auto home = egress_.link().give_back(vc, traffic_class, amount, from_ps, at_ps);
  if (egress_.queue().anything_waits()) pump_egress_at(std::max(home.from_ps, now_ps() + 1));
}

// --- ways
// -----------------------------------------------------------------------------------------

PortAdapter& PortAdapter::way_out(const PortAdapter& to) const {
  return *context_.ports[partition_->routes.port_of(to.endpoint_).value()];
}

PortAdapter::Target PortAdapter::follow(std::uint64_t address, std::uint64_t bytes,
                                        PortAdapter& first) const {
  PortAdapter* leaves = &first;
  for (unsigned hop = 1; hop < protocols::kMostHops; ++hop) {
    if (leaves->policy().protocol() != policy().protocol()) return {};
    const PortAdapter& entry = leaves->far_->adapter();
    const AddressWindow* window = entry.partition_->routes.find(address, bytes);
    if (window == nullptr) return {};
    PortAdapter& port = *entry.context_.ports[window->port.value()];
    if (port.far_ == nullptr) return {window, &port};
    leaves = &port;
  }
  return {};
}

ZeroLoadWay PortAdapter::way_to(const PortAdapter& to) const {
  ZeroLoadWay way;
  const PortAdapter* in = this;
  while (&in->context_ != &to.context_) {
    PortAdapter& out = in->way_out(to);
    way.add(in->hop_to(out));
    in = &out.far_->adapter();
  }
  way.add(in->hop_to(to));
  return way;
}

const PortAdapter* PortAdapter::goes_on_by(EndpointId endpoint) const {
  if (!link.bound()) return nullptr;
  const PortAdapter& entry = const_cast<LinkSocket&>(link).far().adapter();
  const RouteTable& routes = entry.partition_->routes;
  return routes.knows(endpoint) ? entry.context_.ports[routes.port_of(endpoint).value()] : nullptr;
}

const PortAdapter* PortAdapter::goes_on_by(std::uint64_t address, std::uint64_t bytes) const {
  if (!link.bound()) return nullptr;
  const PortAdapter& entry = const_cast<LinkSocket&>(link).far().adapter();
  const AddressWindow* window = entry.partition_->routes.find(address, bytes);
  return window == nullptr ? nullptr : entry.context_.ports[window->port.value()];
}

// --- checks, before time 0
// ------------------------------------------------------------------------

std::string PortAdapter::link_problem() {
  if (!link.bound()) return {};
  const std::string me = name();
  if (edge.has_device_initiator() || edge.has_device_target())
    return me + " is bound to a device and to another switch; one port has one link";
  PortAdapter& other = link.far().adapter();
  const std::string both = "link between " + me + " and " + other.name() + ": ";
  if (&other.context_ == &context_) return both + "both ends belong to one switch";
  if (!config_.access.empty())
    return both + "access control belongs to ports with a device, " + me + " has none";
  if ((faults_ == nullptr) != (other.faults_ == nullptr))
    return both + "one end may fail (PortConfig::faults), the other can't";
  const auto& mine = policy();
  const auto& theirs = other.policy();
  if (mine.protocol() != theirs.protocol())
    return both + "one end speaks " + std::string(mine.protocol()) + ", the other " +
           std::string(theirs.protocol());
  const auto& rate = mine.rate().per_byte;
  const auto& far_rate = theirs.rate().per_byte;
  if (rate.numerator * far_rate.denominator != far_rate.numerator * rate.denominator)
    return both + "the ends differ in width or rate";
  if (crossing_ps(config_) != crossing_ps(other.config_))
    return both + "the ends differ in propagation_ns";
  // Zero would let a train arrive in the instant in which the other switch may already have run.
  if (crossing_ps(config_) == 0) return both + "propagation_ns has to be above 0";
  const auto& credits = mine.receiver_credits();
  const auto& far_credits = theirs.receiver_credits();
  if (credits.virtual_channels != far_credits.virtual_channels)
    return both + "the ends differ in virtual channels";
  for (unsigned i = 0; i < credits.virtual_channels * protocols::kTrafficClasses; ++i) {
    const auto [vc, traffic_class] = protocols::queue_at(i);
    const auto here = egress_.link().ledger().initial(vc, traffic_class);
    const auto there = other.egress_.link().ledger().initial(vc, traffic_class);
    if (here.header != there.header || here.data != there.data)
      return both + "the ends differ in the credits that a receiver grants";
  }
  return {};
}

std::string PortAdapter::way_problem(EndpointId endpoint) const {
  const PortAdapter* at = this;
  const PortAdapter* first = nullptr;  // by which it leaves the first switch
  for (unsigned hop = 0; hop < protocols::kMostHops; ++hop) {
    const RouteTable& routes = at->partition_->routes;
    if (!routes.knows(endpoint)) return "no route by id, on the way at " + std::string(at->name());
    PortAdapter& leaves = *at->context_.ports[routes.port_of(endpoint).value()];
    if (!leaves.link.bound()) {
      if (leaves.endpoint_ == endpoint) return {};
      return "the way ends at " + std::string(leaves.name()) + ", which is endpoint " +
             std::to_string(leaves.endpoint_.value());
    }
    if (hop != 0 && leaves.id_ == at->id_)
      return "the way turns round at " + std::string(at->name());
    if (first == nullptr) first = &leaves;
    at = &leaves.link.far().adapter();
  }
  const std::string loop =
      loop_from(*first, [endpoint](const PortAdapter& port) { return port.goes_on_by(endpoint); });
  if (!loop.empty()) return "the way is a loop: " + loop;
  return "the way is longer than " + std::to_string(protocols::kMostHops) + " switches, at " +
         at->name();
}

std::string PortAdapter::way_problem(std::uint64_t address, std::uint64_t bytes) const {
  const std::string loop =
      loop_from(*this, [&](const PortAdapter& port) { return port.goes_on_by(address, bytes); });
  if (!loop.empty()) return "the way is a loop: " + loop;
  return "no switch on the way has a window that holds all of it, or a link on it speaks another "
         "protocol, or there are more than " +
         std::to_string(protocols::kMostHops) + " switches on it";
}

}  // namespace antares::models
