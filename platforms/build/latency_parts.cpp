// SPDX-License-Identifier: Apache-2.0
#include "antares/platforms/build/latency_parts.h"

#include <fmt/format.h>

namespace antares::platforms {
namespace {

using models::Picoseconds;
using models::PortAdapter;

class Parts {
 public:
  void add(const std::string& name, Picoseconds ps) {
    list_.push_back({name, ps});
    sum_ps_ += ps;
  }
  /// What no packet of this platform ever spends is not worth a word.
  void add_if_any(const std::string& name, Picoseconds ps) {
    if (ps != 0) add(name, ps);
  }
  /// What the protocol adds to a crossing beyond the cable.
  void add_crossing(const std::string& way, const PortAdapter& port) {
    const protocols::LinkPolicy& policy = port.policy();
    add_if_any("fec" + way, policy.fec_ps());
    add_if_any("link delay" + way, policy.link_delay_ps() - policy.fec_ps());
  }
  /// Arbitration to the last bit at the far end; `total_ps` is the whole path.
  std::vector<LatencyPart> leave(const models::HopLatency& latency, const PortAdapter& to,
                                 Picoseconds total_ps) {
    add("arbitration", models::to_picoseconds(latency.arbitration_ns));
    add("crossbar", models::to_picoseconds(latency.crossbar_ns));
    add("serdes_tx", models::to_picoseconds(latency.serdes_tx_ns));
    add("propagation out", models::to_picoseconds(to.config().propagation_ns));
    add_crossing(" out", to);
    add("serialisation out", total_ps - sum_ps_);
    return std::move(list_);
  }

 private:
  std::vector<LatencyPart> list_;
  Picoseconds sum_ps_ = 0;
};

bool bridged(const PortAdapter& from, const PortAdapter& to) {
  return from.policy().protocol() != to.policy().protocol();
}

}  // namespace

std::vector<LatencyPart> crossing_parts(const SwitchDescription& part, const models::Packet& packet,
                                        const PortAdapter& from, const PortAdapter& to) {
  const models::HopLatency& latency = part.latency;
  const auto& in = from.policy();
  const Picoseconds crossing = models::crossing_ps(from.config());
  protocols::LinkTiming link(in.rate());
  const models::Sent arrived =
      models::place_train(link, models::train_cost(in, packet), models::Supply{}, 0, crossing);
  models::Packet leaving = packet;
  to.policy().classify(leaving);
  const Picoseconds cut_through =
      models::cut_through_ps(arrived, models::train_cost(to.policy(), leaving));
  Parts parts;
  parts.add("first flit in", arrived.head_ps - crossing);
  parts.add("propagation in", models::to_picoseconds(from.config().propagation_ns));
  parts.add_crossing(" in", from);
  // A faster link out waits until it cannot run dry.
  parts.add_if_any("rate matching", cut_through - arrived.head_ps);
  parts.add("serdes_rx", models::to_picoseconds(latency.serdes_rx_ns));
  parts.add("fec_crc", models::to_picoseconds(latency.fec_crc_ns));
  parts.add("route_lookup", models::to_picoseconds(latency.route_lookup_ns));
  if (bridged(from, to)) parts.add("bridge", models::to_picoseconds(part.bridge.latency_ns));
  return parts.leave(latency, to, from.zero_load(packet, to).tail_ps);
}

std::vector<LatencyPart> answer_parts(const SwitchDescription& part, const models::Packet& request,
                                      std::uint32_t answer_bytes, const PortAdapter& from,
                                      const PortAdapter& to) {
  if (!from.policy().completes(request)) return {};
  Parts parts;
  if (to.policy().completes(request)) {
    const models::Packet answer = to.answer_to(request, answer_bytes, from);
    if (!to.answered_twice(request.kind, from)) return crossing_parts(part, answer, to, from);
    const models::HopLatency& latency = part.latency;
    const Picoseconds before = models::HopDelays(latency).rx_ps + models::crossing_ps(to.config());
    parts.add("acknowledgements in", to.in_switch_ps(answer) - before);
    parts.add("propagation in", models::to_picoseconds(to.config().propagation_ns));
    parts.add_crossing(" in", to);
    parts.add("serdes_rx", models::to_picoseconds(latency.serdes_rx_ns));
    parts.add("fec_crc", models::to_picoseconds(latency.fec_crc_ns));
    parts.add("route_lookup", models::to_picoseconds(latency.route_lookup_ns));
  }
  if (bridged(from, to)) parts.add("bridge", models::to_picoseconds(part.bridge.latency_ns));
  return parts.leave(part.latency, from, to.zero_load_answer_ps(request, answer_bytes, from));
}

std::string to_text(const std::vector<LatencyPart>& parts) {
  std::string text;
  for (const LatencyPart& part : parts) {
    if (part.ps == 0) continue;
    text += fmt::format("{}{} {:.3f}", text.empty() ? "" : " + ", part.name,
                        static_cast<double>(part.ps) * 1e-3);
  }
  return text;
}

models::MemoryConfig memory_of(const EndpointDescription& endpoint) {
  models::MemoryConfig memory = endpoint.memory;
  switch (endpoint.kind) {
    case EndpointKind::accelerator:
      memory.latency_ns = endpoint.accelerator.memory_latency_ns;
      memory.rate_GBps = endpoint.accelerator.memory_rate_GBps;
      break;
    case EndpointKind::host:
      memory.latency_ns = endpoint.host.memory_latency_ns;
      memory.rate_GBps = endpoint.host.memory_rate_GBps;
      break;
    case EndpointKind::memory:
      break;
  }
  return memory;
}

Picoseconds memory_ps(const models::MemoryConfig& memory, std::uint32_t bytes) {
  return models::to_picoseconds(memory.latency_ns) +
         static_cast<Picoseconds>(1000.0 / memory.rate_GBps * bytes);
}

}  // namespace antares::platforms
