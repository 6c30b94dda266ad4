// SPDX-License-Identifier: Apache-2.0
// LinkPolicy of open Ethernet: RoCEv2, SUE, SUE-Lite, ESUN. Reads, writes, atomics and their
// answers as frames; every write is acknowledged. Follows facts/ualink_nvlink.md C.1. Requests and
// responses have virtual channels of their own; a request VC and its response VC are one VC of
// Packet. Left out: retransmission end to end, congestion control.
#pragma once
#include "antares/protocols/common/link_policy.h"
#include "antares/protocols/ethernet/ethernet_frames.h"
#include "antares/protocols/ethernet/ethernet_link_config.h"

namespace antares::protocols {

class EthernetPolicy final : public LinkPolicy {
 public:
  /// Throws std::invalid_argument naming every problem of `config`.
  explicit EthernetPolicy(const EthernetLinkConfig& config = {});

  std::string_view protocol() const override { return "ethernet"; }
  const EthernetLinkConfig& config() const { return config_; }
  /// public: facts/ualink_nvlink.md C.1, SPEC: at most 1024 XPUs; RoCE's addresses are IP's.
  std::uint32_t endpoint_ids() const override { return config_.is_roce() ? 1u << 16 : 1024; }
  unsigned lanes() const override { return config_.lanes; }
  std::shared_ptr<const LinkPolicy> at_lanes(unsigned lanes) const override;
  std::shared_ptr<const LinkPolicy> slower() const override;
  Picoseconds link_delay_ps() const override;
  Picoseconds fec_ps() const override;
  std::string request_channels_setting(unsigned channels) const override;
  Refusal refuses(const RequestShape& request) const override;
  /// RoCE: a SEND, whatever its code, to an endpoint by its id. The others have no messages.
  MessageRoute route_message(const MessageHead& head, PortId ingress, const MessagePorts& ports,
                             std::optional<PortId> target) const override;
  /// LLR; nullptr where llr_on is false.
  std::unique_ptr<LinkReplay> make_replay() const override;
  /// CBFC; nullptr with PFC.
  std::unique_ptr<CreditReturn> make_credit_return() const override;
  bool acknowledges_each_packet() const override { return true; }
  bool completes(const Packet& request) const override;
  const LinkRate& rate() const override { return rate_; }
  void classify(Packet& packet) const override;
  WireCost wire_cost(const Packet& packet) const override;
  CreditAmount demand(const Packet& packet) const override;
  CreditLedgerConfig receiver_credits() const override;
  bool may_pass(const Packet& later, const Packet& earlier) const override;
  std::uint32_t max_link_payload_bytes(PacketKind kind) const override;
  std::uint32_t train_bytes(const Packet& whole, std::uint32_t offset_bytes,
                            std::uint32_t limit_bytes) const override;
  double efficiency(PacketKind kind, std::uint32_t payload_bytes) const override;
  /// The same of each direction when both ends send such transactions: a direction carries the
  /// requests of one end and the answers to the other's.
  double efficiency_both_ways(PacketKind kind, std::uint32_t payload_bytes) const override;

 private:
  /// Bytes of a transaction in either direction.
  struct Shares {
    std::uint64_t request = 0;
    std::uint64_t answer = 0;
  };
  Shares shares_of(PacketKind kind, std::uint32_t payload_bytes) const;
  double share_of_line(std::uint32_t payload_bytes, std::uint64_t wire_bytes) const;
  Refusal refuses_roce(const RequestShape& request) const;
  Refusal refuses_sue(const RequestShape& request) const;

  EthernetLinkConfig config_;
  EthernetFrames frames_;
  LinkRate rate_;
};

}  // namespace antares::protocols
