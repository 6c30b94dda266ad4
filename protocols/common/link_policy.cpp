// SPDX-License-Identifier: Apache-2.0
#include "antares/protocols/common/link_policy.h"

namespace antares::protocols {

const char* to_string(AtomicOp op) {
  switch (op) {
    case AtomicOp::fetch_add:
      return "fetch_add";
    case AtomicOp::swap:
      return "swap";
    case AtomicOp::compare_and_swap:
      return "compare_and_swap";
  }
  return "?";
}

MessageRoute LinkPolicy::route_message(const MessageHead&, PortId, const MessagePorts&,
                                       std::optional<PortId>) const {
  return MessageRoute::refused(MessageFault::unsupported,
                               "no message is known in public documents of the link's protocol");
}

CreditAmount granted(const LinkPolicy& policy, VcId vc, TrafficClass traffic_class) {
  constexpr std::uint32_t kUnlimited = ~std::uint32_t{0};
  const CreditLedgerConfig credits = policy.receiver_credits();
  const std::size_t place = queue_index(vc, traffic_class);
  const CreditGrant own = place < credits.grants.size() ? credits.grants[place] : CreditGrant{};
  const CreditAmount shared = credits.shared[static_cast<unsigned>(traffic_class)];
  return {own.infinite_header ? kUnlimited : own.dedicated.header + shared.header,
          own.infinite_data ? kUnlimited : own.dedicated.data + shared.data};
}

std::string classes_text(const LinkPolicy& policy, VcId vc) {
  std::string text;
  for (const auto& [traffic_class, name] : {std::pair{TrafficClass::posted, "posted"},
                                            std::pair{TrafficClass::non_posted, "non_posted"},
                                            std::pair{TrafficClass::completion, "completion"}}) {
    const CreditAmount has = granted(policy, vc, traffic_class);
    if (has.header != 0 || has.data != 0) text += (text.empty() ? "" : ", ") + std::string(name);
  }
  return text;
}

double LinkPolicy::efficiency_both_ways(PacketKind kind, std::uint32_t payload_bytes) const {
  if (payload_bytes == 0) return 0;
  Packet packet;
  packet.kind = kind;
  packet.bytes = payload_bytes;
  const WireCost request = wire_cost(packet);
  std::uint64_t bytes = request.bytes;
  if (completes(packet)) {
    const bool data = kind == PacketKind::read || kind == PacketKind::atomic;
    packet.kind = PacketKind::completion;
    if (!data) packet.bytes = 0;
    // Where nothing but a header comes back, one for each link packet.
    bytes += wire_cost(packet).bytes * (data ? 1 : request.link_packets);
  }
  return payload_bytes / static_cast<double>(bytes) * rate().usable_GBps() / rate().raw_GBps;
}

}  // namespace antares::protocols
