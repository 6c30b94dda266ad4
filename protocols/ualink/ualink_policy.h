// SPDX-License-Identifier: Apache-2.0
// LinkPolicy of a UALink-class port: what a train of requests or responses costs on the wire and in
// credits, and what may pass what. Follows facts/ualink_nvlink.md A; no claim of conformance.
// WireCost::bytes is a train's own share: control sectors as shares of a control half-flit, data in
// whole half-flits, tags as shares of their half-flit. What the link is busy with are whole TL
// flits, packed half by half with what went before (tl_packing.h); a train that no encoder has seen
// has none of their NOPs. Left out: DL messages, the phase of TL flits within DL flits, drop mode.
// All answers are closed forms: a 1 MiB train costs no more to price than a request.
#pragma once
#include "antares/protocols/common/link_policy.h"
#include "antares/protocols/ualink/tl_items.h"
#include "antares/protocols/ualink/train_shape.h"
#include "antares/protocols/ualink/ualink_link_config.h"
#include "antares/protocols/ualink/upli.h"

namespace antares::protocols {

class UalinkPolicy final : public LinkPolicy {
 public:
  /// Throws std::invalid_argument naming every problem of `config`.
  explicit UalinkPolicy(const UalinkLinkConfig& config = {});

  std::string_view protocol() const override { return "ualink"; }
  const UalinkLinkConfig& config() const { return config_; }
  std::uint32_t endpoint_ids() const override { return kUalinkIds; }
  unsigned lanes() const override { return config_.lanes; }
  std::shared_ptr<const LinkPolicy> at_lanes(unsigned lanes) const override;
  std::shared_ptr<const LinkPolicy> slower() const override;
  /// The rest of the FEC interleave group and the correction.
  Picoseconds link_delay_ps() const override { return fec_ps(); }
  Picoseconds fec_ps() const override;
  Refusal refuses(const RequestShape& request) const override;
  std::string request_channels_setting(unsigned channels) const override;
  std::string_view packet_name(const Packet& packet) const override;
  /// Status of a UPLI response (upli.h).
  std::string_view status_name(ErrorKind error) const override;
  /// By id, to a port whose endpoint is the target: see upli.h for the types.
  MessageRoute route_message(const MessageHead& head, PortId ingress, const MessagePorts& ports,
                             std::optional<PortId> target) const override;
  /// Every request is answered: reads and atomics by data, writes and messages without.
  bool acknowledges_each_packet() const override { return true; }
  bool completes(const Packet& request) const override {
    return request.kind != PacketKind::completion;
  }
  std::unique_ptr<LinkEncoder> make_encoder() const override;
  const LinkRate& rate() const override { return rate_; }
  /// form: what a transmitter with an empty address cache makes of the packet.
  void classify(Packet& packet) const override;
  /// A completion without bytes is one write response. One with kWantsAnswer and bytes stands for
  /// the responses to writes of so many bytes, which it doesn't carry.
  WireCost wire_cost(const Packet& packet) const override;
  CreditAmount demand(const Packet& packet) const override;
  CreditLedgerConfig receiver_credits() const override;
  bool may_pass(const Packet& later, const Packet& earlier) const override;
  std::uint32_t max_link_payload_bytes(PacketKind kind) const override;
  std::uint32_t train_bytes(const Packet& whole, std::uint32_t offset_bytes,
                            std::uint32_t limit_bytes) const override;
  std::uint32_t tags() const override { return config_.tags; }
  /// Both directions saturated alike: each carries requests of its own and responses to the
  /// other's, flow-control items included. Requests are compressed wherever their shape allows.
  std::unique_ptr<LinkReplay> make_replay() const override;
  std::uint32_t replay_unit_bytes() const override;
  double efficiency(PacketKind kind, std::uint32_t payload_bytes) const override;
  double efficiency_both_ways(PacketKind kind, std::uint32_t payload_bytes) const override;

  /// Bytes of one item's place in control half-flits, and of its tag's in authentication
  /// half-flits.
  std::uint32_t control_bytes(std::uint32_t sectors) const;

 private:
  /// Bytes of one transaction in each direction, flow-control items as a mean over many.
  struct Streams {
    double request = 0;
    double answer = 0;
  };
  Streams streams_of(PacketKind kind, std::uint32_t payload_bytes) const;
  std::uint32_t piece_bytes(const Packet& packet, const UalinkShape& shape,
                            const RequestPiece& piece) const;
  /// What a flow-control item adds to the response that it comes with.
  std::uint32_t flow_control_bytes() const;
  void add_loads(WireCost& cost, std::uint8_t form) const;
  void add_flow_control(WireCost& cost, std::uint8_t form) const;

  UalinkLinkConfig config_;
  LinkRate rate_;
};

}  // namespace antares::protocols
