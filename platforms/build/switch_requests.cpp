// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/switch_requests.h"

#include <algorithm>
#include <stdexcept>

#include "antares/platforms/workload/collective_data.h"

namespace antares::platforms {

using models::Message;
using models::MessageKind;
using models::Program;

namespace {

bool reduces(const Program& program, MessageKind kind) {
  return std::any_of(program.messages.begin(), program.messages.end(),
                     [&](const Message& message) { return message.kind == kind; });
}

/// A reduction is made within switches that links connect (on each plane), each of which reduces.
bool switches_reduce(const PlatformEndpoint& a, const PlatformEndpoint& b) {
  if (a.ports.size() != b.ports.size()) return false;
  for (std::size_t p = 0; p < a.ports.size(); ++p) {
    const auto& linked = a.ports[p]->fabric().linked;
    if (std::find(linked.begin(), linked.end(), &b.ports[p]->fabric()) == linked.end())
      return false;
    for (const models::FabricContext* one : linked)
      if (one->reduction == nullptr) return false;
  }
  return true;
}

std::shared_ptr<models::GroupNaming> list_of(const Platform& platform,
                                             const std::vector<std::size_t>& endpoints,
                                             std::size_t without) {
  auto group = std::make_shared<models::GroupNaming>();
  group->by = models::NamedBy::list;
  for (std::size_t rank = 0; rank < endpoints.size(); ++rank) {
    if (rank != without) group->list.push_back(platform.endpoints()[endpoints[rank]].id);
  }
  return group;
}

/// What the engines that a push of these ranks meets hold at once, in requests of so many bytes.
/// Those of a switch go in turn; where pages are dealt to planes, or sums to service ports, they
/// fall unevenly, and half is what can be counted on. `in_step`: all ranks contribute to the same
/// sums in the same order. Of several switches the smallest binds: each has sums of all that goes
/// on.
std::uint64_t engines_hold_bytes(const Platform& platform,
                                 const std::vector<std::size_t>& endpoints,
                                 std::uint64_t request_bytes, bool in_step) {
  const std::size_t planes = platform.endpoints()[endpoints.front()].ports.size();
  std::uint64_t all = 0;
  std::uint64_t least = protocols::kNever;  // that an engine holds of one step of the address
  bool even = planes == 1;
  for (std::size_t plane = 0; plane < planes; ++plane) {
    std::map<const models::FabricContext*, std::uint64_t> held;
    for (const std::size_t rank : endpoints) {
      const models::FabricContext& fabric = platform.endpoints()[rank].ports[plane]->fabric();
      const models::ReductionConfig& engine = fabric.reduction->config;
      const std::uint64_t contexts =
          (request_bytes + engine.context_bytes - 1) / engine.context_bytes;
      const std::uint64_t requests =
          std::min(engine.contexts / contexts, engine.buffer_bytes / request_bytes);
      const std::uint64_t one = requests * request_bytes;
      const std::uint64_t step = engine.step_bytes(request_bytes);
      // Those of a step of the address go to one engine, which takes in so many, and parks some.
      if ((requests + engine.parking) * request_bytes < step) least = std::min(least, one);
      even = even && fabric.service_ports == 0;
      held[&fabric] = fabric.service_ports != 0 ? fabric.service_ports * one : held[&fabric] + one;
    }
    all += std::min_element(held.begin(), held.end(), [](const auto& a, const auto& b) {
             return a.second < b.second;
           })->second;
  }
  if (in_step && least != protocols::kNever) return least;
  return even ? all : all / 2;
}

}  // namespace

InSwitch in_switch_of(const Platform& platform, const std::vector<std::size_t>& endpoints,
                      DataType type, ReductionOperator op) {
  InSwitch can{true, true};
  const std::size_t others = endpoints.size() - 1;
  const PlatformEndpoint& first = platform.endpoints()[endpoints.front()];
  for (const std::size_t rank : endpoints) {
    const PlatformEndpoint& endpoint = platform.endpoints()[rank];
    can.reduces = can.reduces && switches_reduce(first, endpoint);
    for (models::PortAdapter* port : endpoint.ports) {
      can.copies = can.copies && port->fabric().hypercast != nullptr &&
                   others <= port->fabric().hypercast->config().most_members;
      can.reduces = can.reduces && can.copies && port->reduction() != nullptr &&
                    others < port->fabric().hypercast->config().most_members;
    }
  }
  try {
    reduction_kind(type, op, models::ReductionPath::push);
  } catch (const std::invalid_argument&) {
    can.reduces = false;
  }
  return can;
}

bool SwitchRequests::needed_by(const Program& program) {
  return std::any_of(program.messages.begin(), program.messages.end(),
                     [](const Message& message) { return message.kind != MessageKind::store; });
}

SwitchRequests::SwitchRequests(const Platform& platform, const Program& program,
                               const std::vector<std::size_t>& endpoints, DataType type,
                               ReductionOperator op) {
  const bool push = reduces(program, MessageKind::contribution);
  const bool pull = reduces(program, MessageKind::load_reduce);
  rank_of_.resize(platform.endpoints().size());
  const std::size_t members = endpoints.size() - (push || pull ? 0 : 1);  // that a packet names
  for (std::size_t rank = 0; rank < endpoints.size(); ++rank) {
    const PlatformEndpoint& endpoint = platform.endpoints()[endpoints[rank]];
    rank_of_[endpoints[rank]] = static_cast<std::uint16_t>(rank);
    id_of_.push_back(endpoint.id);
    for (models::PortAdapter* port : endpoint.ports) {
      const bool copies = port->fabric().hypercast != nullptr;
      if (!copies || ((push || pull) && port->reduction() == nullptr)) {
        throw std::invalid_argument(program.collective + " by " + program.algorithm +
                                    ": the switch of '" + endpoint.name + "' " +
                                    (copies ? "does not reduce (give it `reduction`)"
                                            : "makes no copies (give it `hypercast`)"));
      }
      if (members > port->fabric().hypercast->config().most_members)
        throw std::invalid_argument(program.collective + " by " + program.algorithm + ": " +
                                    std::to_string(members) +
                                    " members are more than the switch "
                                    "of '" +
                                    endpoint.name + "' takes (hypercast.most_members)");
      if ((push || pull) && !switches_reduce(platform.endpoints()[endpoints.front()], endpoint))
        throw std::invalid_argument(program.collective + " by " + program.algorithm + ": '" +
                                    endpoint.name +
                                    "' is on another switch than the first rank, "
                                    "and no link connects the two, or a switch between does not "
                                    "reduce (give it `reduction`)");
      if (push || pull) most_bytes_ = std::min(most_bytes_, port->fabric().reduction_request_bytes);
    }
    if (endpoint.spreader != nullptr)
      most_bytes_ = std::min(most_bytes_, endpoint.spreader->table().granule_bytes());
  }
  std::size_t receivers = 0;
  for (const Message& message : program.messages) {
    receivers = message.kind == MessageKind::scatter ? 1
                : message.kind == MessageKind::slice ? receivers + 1
                                                     : 0;
    most_receivers_ = std::max(most_receivers_, receivers);
  }
  std::vector<bool> sends(endpoints.size(), false);
  for (const Message& message : program.messages)
    if (message.kind == MessageKind::multicast) sends[message.from_rank] = true;
  const auto senders = std::max<std::ptrdiff_t>(1, std::count(sends.begin(), sends.end(), true));
  windows_.resize(kWindows * endpoints.size());
  for (std::size_t rank = 0; rank < endpoints.size(); ++rank) {
    const PlatformEndpoint& endpoint = platform.endpoints()[endpoints[rank]];
    if (pull) {
      std::uint64_t& held = window(rank, kLoads).most_bytes;
      held = 0;
      for (models::PortAdapter* port : endpoint.ports)
        held += port->fabric().reduction->largest_bytes;
    }
    window(rank, kStores).most_bytes =
        endpoint.accelerator->outstanding_write_bytes / static_cast<std::uint64_t>(senders);
  }
  if (push) {
    share_engines(platform, program, endpoints);
    span_engines(platform, program, endpoints);
    // Ranks with several messages begin with different ones: who waits for the others' answers may
    // be waited for by them.
    std::vector<unsigned> messages(endpoints.size(), 0);
    for (const Message& message : program.messages)
      if (message.kind == MessageKind::contribution) ++messages[message.from_rank];
    const bool in_step = *std::max_element(messages.begin(), messages.end()) <= 1;
    const std::uint64_t held = engines_hold_bytes(platform, endpoints, most_bytes_, in_step);
    for (std::size_t rank = 0; rank < endpoints.size(); ++rank)
      if (in_step || platform.endpoints()[endpoints[rank]].spreader != nullptr)
        window(rank, kContributions).most_bytes = held;
  }
  all_ = list_of(platform, endpoints, endpoints.size());
  for (std::size_t rank = 0; rank < endpoints.size(); ++rank) {
    if (endpoints.size() > 1) others_.push_back(list_of(platform, endpoints, rank));
  }
  if (push) {
    models::ReductionNaming naming;
    if (program.collective != "barrier")  // of flags nobody reads the sum
      naming.kind = reduction_kind(type, op, models::ReductionPath::push);
    to_all_ = std::make_shared<models::ReductionNaming>(naming);
    for (const std::size_t endpoint : endpoints) {
      naming.owner = platform.endpoints()[endpoint].id;
      to_one_.push_back(std::make_shared<models::ReductionNaming>(naming));
    }
  }
  if (pull) {
    models::ReductionNaming naming;
    naming.kind = reduction_kind(type, op, models::ReductionPath::pull);
    load_ = std::make_shared<models::ReductionNaming>(naming);
  }
}

// A scatter's request carries a part for each receiver. assumption: parts are whole pages where
// they can be, so that their link packets are full.
std::uint64_t SwitchRequests::slice_bytes(std::uint64_t step_bytes) const {
  if (engines_each_ > 1) return engines_each_ * most_bytes_;
  if (most_receivers_ == 0) return std::min(step_bytes, most_bytes_);
  constexpr std::uint64_t kPage = 4096, kLargestElement = 8;
  const std::uint64_t share = std::min(step_bytes / most_receivers_, most_bytes_);
  const std::uint64_t unit = share >= kPage ? kPage : kLargestElement;
  return std::max(unit, share / unit * unit);
}

const std::vector<std::uint32_t>& SwitchRequests::name_scatter(const Program& program,
                                                               std::uint32_t message,
                                                               std::uint64_t bytes,
                                                               models::Request& request) {
  Scatter& scatter = scatters_[message];
  if (scatter.messages.empty()) {
    std::vector<std::pair<protocols::EndpointId, std::uint32_t>> parts;
    for (std::uint32_t m = message;
         m < program.messages.size() && program.messages[m].first == message &&
         (m == message || program.messages[m].kind == MessageKind::slice);
         ++m)
      parts.emplace_back(id_of_[program.messages[m].to_rank], m);
    std::sort(parts.begin(), parts.end(),
              [](const auto& a, const auto& b) { return a.first.value() < b.first.value(); });
    for (const auto& [receiver, part] : parts) {
      scatter.receivers.push_back(receiver);
      scatter.messages.push_back(part);
    }
  }
  Group& group = scatter.groups[bytes];
  if (group == nullptr) {
    auto made = std::make_shared<models::GroupNaming>();
    made->by = models::NamedBy::list;
    made->list = scatter.receivers;
    made->scatter_unit_bytes = static_cast<std::uint32_t>(bytes);
    group = std::move(made);
  }
  request.group = group;
  return scatter.messages;
}

void SwitchRequests::share_engines(const Platform& platform, const Program& program,
                                   const std::vector<std::size_t>& endpoints) {
  std::uint64_t largest = 0;
  for (const Message& message : program.messages)
    if (message.kind == MessageKind::contribution) largest = std::max(largest, message.bytes);
  std::uint64_t step = 0;
  for (const std::size_t index : endpoints)
    for (models::PortAdapter* port : platform.endpoints()[index].ports)
      step = std::max<std::uint64_t>(step, port->fabric().reduction->config.interleave_bytes);
  const std::uint64_t share = (largest + endpoints.size() - 1) / endpoints.size();
  most_bytes_ = std::min(most_bytes_, std::max<std::uint64_t>(1, (share + step - 1) / step) * step);
}

namespace {

/// Do links cut the trains of such a part where it ends, as PortReduction asks?
bool cuts_evenly(const PlatformEndpoint& endpoint, models::PortAdapter& port, std::uint64_t part) {
  const protocols::LinkPolicy& policy = port.policy();
  const std::uint32_t unit = policy.max_link_payload_bytes(protocols::PacketKind::write);
  const std::uint32_t packet =
      endpoint.request_bytes == 0 ? unit : std::min(unit, endpoint.request_bytes);
  return (part & (part - 1)) == 0 && (packet & (packet - 1)) == 0;
}

}  // namespace

void SwitchRequests::span_engines(const Platform& platform, const Program& program,
                                  const std::vector<std::size_t>& endpoints) {
  // Ranks that begin at the same engine stand in line until each is an engine behind the next one.
  // assumption: worth it where that is a small part of all, and with room for several in flight.
  constexpr std::uint64_t kRounds = 32, kInFlight = 8, kPage = 4096;
  if (!program.dependencies.empty()) return;  // somebody waits for steps of the library's size
  std::uint64_t bytes = protocols::kNever, window = protocols::kNever;
  for (const std::size_t index : endpoints) {
    const PlatformEndpoint& endpoint = platform.endpoints()[index];
    if (endpoint.spreader != nullptr) return;
    window = std::min(window, endpoint.accelerator->outstanding_write_bytes);
    for (models::PortAdapter* port : endpoint.ports) {
      const models::FabricContext& fabric = port->fabric();
      if (fabric.reduction_request_bytes != most_bytes_) return;
      if (!cuts_evenly(endpoint, *port, most_bytes_)) return;
      if (fabric.reduction_span_bytes <= fabric.reduction->largest_bytes) return;
      bytes = std::min(bytes, fabric.reduction_span_bytes);
    }
  }
  std::uint64_t largest = 0;
  for (const Message& message : program.messages) {
    if (message.kind != MessageKind::contribution && message.kind != MessageKind::result) return;
    if ((program.base_bytes + message.to.offset_bytes) % kPage != 0) return;
    if (message.kind == MessageKind::contribution) largest = std::max(largest, message.bytes);
  }
  if (largest < kRounds * endpoints.size() * most_bytes_ || window < kInFlight * bytes) return;
  engines_each_ = bytes / most_bytes_;
}

void SwitchRequests::name(const Program& program, const Message& message,
                          models::Request& request) const {
  request.group = all_;
  if (message.kind == MessageKind::multicast) {
    const std::size_t next = message.first + program.ranks - 1u;
    const bool to_self = next < program.messages.size() &&
                         program.messages[next].first == message.first &&
                         program.messages[next].kind == MessageKind::copy;
    if (!to_self) request.group = others_[message.from_rank];
  } else if (message.kind == MessageKind::load_reduce) {
    request.reduction = load_;
    request.read = true;
  } else {
    const std::size_t second = message.first + 1u;
    const bool to_all =
        program.ranks == 1 ||
        (second < program.messages.size() && program.messages[second].kind == MessageKind::result);
    request.reduction = to_all ? to_all_ : to_one_[program.messages[message.first].to_rank];
  }
}

std::size_t SwitchRequests::place_of(const Message& message) {
  const WindowOf of = message.kind == MessageKind::load_reduce    ? kLoads
                      : message.kind == MessageKind::contribution ? kContributions
                                                                  : kStores;
  return kWindows * message.from_rank + of;
}

// Parts of a scatter wait for nobody.
bool SwitchRequests::counted(const Message& message) {
  return message.kind == MessageKind::multicast || message.kind == MessageKind::load_reduce ||
         message.kind == MessageKind::contribution;
}

bool SwitchRequests::may_issue(const Message& message, std::uint64_t bytes) const {
  if (!counted(message)) return true;
  const Window& window = windows_[place_of(message)];
  return window.out_bytes == 0 || window.out_bytes + bytes <= window.most_bytes;
}

void SwitchRequests::issued(const Message& message, std::uint64_t bytes) {
  if (counted(message)) windows_[place_of(message)].out_bytes += bytes;
}

void SwitchRequests::answered(const Message& message, std::uint64_t bytes) {
  if (counted(message)) windows_[place_of(message)].out_bytes -= bytes;
}

void SwitchRequests::contribution_answered(std::size_t endpoint, std::uint64_t bytes) {
  window(rank_of_[endpoint], kContributions).out_bytes -= bytes;
}

std::uint32_t SwitchRequests::arrived(const Program& program, std::uint32_t first,
                                      std::size_t endpoint) const {
  const MessageKind kind = program.messages[first].kind;
  if (kind != MessageKind::multicast && kind != MessageKind::scatter && kind != MessageKind::result)
    return first;
  return models::arrival_at(program, first, rank_of_[endpoint]);
}

}  // namespace antares::platforms
