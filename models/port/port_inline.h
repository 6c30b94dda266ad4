// SPDX-License-Identifier: Apache-2.0
// Bodies of PortAdapter's functions that the packet path calls: the second half of port.h, which
// includes it. Time in picoseconds.
#pragma once
#include "antares/models/port/port.h"

namespace antares::models {

inline void set_error(void* payload) {
  static_cast<tlm::tlm_generic_payload*>(payload)->set_response_status(
      tlm::TLM_GENERIC_ERROR_RESPONSE);
}

inline bool PortAdapter::plain(const Transaction& transaction) {
  constexpr std::uint8_t kSpecial =
      protocols::kByteEnables | protocols::kWantsAnswer | protocols::kUnorderedIo;
  return transaction.kind <= PacketKind::write && (transaction.flags & kSpecial) == 0;
}

inline PortAdapter& PortAdapter::next_stop(const Transaction& transaction, bool response) {
  if (transaction.detours()) {
    if (PortAdapter* const via = response ? transaction.answer_via : transaction.via) return *via;
  }
  return response ? *transaction.requester : *transaction.completer;
}

inline void PortAdapter::judge(const Transaction& transaction, tlm::tlm_generic_payload& payload) {
  const bool fine = payload.get_response_status() == tlm::TLM_OK_RESPONSE &&
                    transaction.kind != PacketKind::atomic;
  if (!fine) correct_status(transaction, payload);
}

struct PortAdapter::Target {
  const AddressWindow* window = nullptr;
  PortAdapter* port = nullptr;
};

struct PortAdapter::Beyond {
  const FabricContext* next;
  std::vector<PortAdapter*> exits;  ///< links there
  std::vector<MemberCopy> members;
};

enum PortAdapter::What : std::uint64_t {
  kArrival,
  kDeliver,
  kAnswer,
  kEnqueue,
  kPumpDevice,
  kPumpEgress,
  kRetry,
  kLinkFault
};

/// Of Transaction::payload and Transaction::forwarded.
inline tlm::tlm_generic_payload& payload_of(void* payload) {
  return *static_cast<tlm::tlm_generic_payload*>(payload);
}

inline void PortAdapter::set_train_limit(protocols::TrafficClass traffic_class, TrainLimit limit) {
  device_.set_train_limit(traffic_class, limit);
}

inline bool PortAdapter::bridges_to(const PortAdapter& to) const {
  return !same_policy(to) && to.policy().protocol() != policy().protocol();
}

inline bool PortAdapter::answered_twice(PacketKind kind, const PortAdapter& requester) const {
  return kind == PacketKind::write && bridges_to(requester);
}

inline PortAdapter& PortAdapter::exit_to(PortAdapter& to) const {
  return &to.context_ == &context_ ? to : way_out(to);
}

inline tlm::tlm_response_status PortAdapter::refused_there(const Transaction& transaction) {
  return same_policy(*transaction.completer) ? tlm::TLM_OK_RESPONSE
                                             : refused_by_completer(transaction);
}

inline tlm::tlm_response_status PortAdapter::controlled(Transaction& transaction) {
  return config_.access.empty() ? tlm::TLM_OK_RESPONSE : judged(transaction);
}

inline void PortAdapter::observe(PacketWhat what, UnitKind unit, Picoseconds at_ps,
                                 const Packet& packet) {
  if (context_.observe->active(what)) tell(what, unit, at_ps, packet);
}

inline std::uint64_t PortAdapter::pack(What what, const void* object) {
  return reinterpret_cast<std::uintptr_t>(object) | what;
}

inline Picoseconds PortAdapter::bridge_ps(const PortAdapter& to) const {
  return bridges_to(to) ? to_picoseconds(partition_->bridge.latency_ns) : 0;
}

inline bool PortAdapter::may_bridge_to(const PortAdapter& to) const {
  return to.partition_->bridge.enabled || !bridges_to(to);
}

inline PortAdapter::Target PortAdapter::find_target(std::uint64_t address,
                                                    std::uint64_t bytes) const {
  const AddressWindow* window = partition_->routes.find(address, bytes);
  if (window == nullptr) return {};
  PortAdapter* port = context_.ports[window->port.value()];
  return port->far_ == nullptr ? Target{window, port} : follow(address, bytes, *port);
}

inline void PortAdapter::post_arrival(Packet& packet) {
  last_arrival_ps_ = std::max(last_arrival_ps_, packet.head_ps);
  context_.scheduler->post(packet.head_ps, Phase::arrival, origin_, *this, pack(kArrival, &packet));
}

inline const PortAdapter* PortAdapter::find_completer(std::uint64_t address,
                                                      std::uint64_t bytes) const {
  return find_target(address, bytes).port;
}

inline void PortAdapter::set_crossing(Packet& packet, const PortAdapter& to) {
  if (same_policy(to) && !ingress_link_.encodes()) {
    packet.egress_queue =
        static_cast<std::uint8_t>(protocols::queue_index(packet.vc, packet.traffic_class));
  } else {
    set_foreign_crossing(packet, to);
  }
}

}  // namespace antares::models
