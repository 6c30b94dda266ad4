// SPDX-License-Identifier: Apache-2.0
// LinkPolicy of PCIe 1 to 6: what a train of TLPs costs on the wire and in credits, and what may
// pass what. Follows facts/pcie6.md 1 to 3; packet kinds map on MRd, MWr, DMWr, Cpl(D), FetchAdd,
// Msg(D), of 32 or 64 bit, and on UIO's own types on its virtual channel. All answers are closed
// forms: a 1 MiB train costs no more to price than a TLP. What PCIe cannot say is in
// pcie_refusals.h. Left out: the phase of TLPs within flits, address translation fields, UIORdCpl
// (a failed UIO read is priced as UIOWrCpl).
#pragma once
#include "antares/protocols/common/link_policy.h"
#include "antares/protocols/pcie/pcie_link_config.h"
#include "antares/protocols/pcie/tlp_split.h"
#include "antares/protocols/pcie/tlp_types.h"

namespace antares::protocols {

class PciePolicy final : public LinkPolicy {
 public:
  /// Throws std::invalid_argument naming every problem of `config`.
  explicit PciePolicy(const PcieLinkConfig& config = {});

  std::string_view protocol() const override { return "pcie"; }
  const PcieLinkConfig& config() const { return config_; }
  const LinkRate& rate() const override { return rate_; }
  unsigned lanes() const override { return config_.lanes; }
  /// L0p (facts/pcie6.md 1.7): x1, x2, x4, x8 or x16, not above the configured width, and in flit
  /// mode only; nullptr for anything else. Credits, sizes and ordering stay.
  std::shared_ptr<const LinkPolicy> at_lanes(unsigned lanes) const override;
  std::shared_ptr<const LinkPolicy> slower() const override;
  /// L0p: flit mode only.
  std::unique_ptr<WidthEnd> make_width_end() const override;
  Refusal refuses(const RequestShape& request) const override;
  /// Which VC a request takes follows from its traffic class, which the model has not; UIO has its
  /// own.
  unsigned request_channels() const override { return 1; }
  /// Which of the atomics it is a packet does not tell.
  std::string_view packet_name(const Packet& packet) const override {
    return packet.kind == PacketKind::atomic ? "AtomicOp" : tlp_row(tlp_type(packet)).name;
  }
  /// Status of a completion: UR, CA.
  std::string_view status_name(ErrorKind error) const override;
  MessageRoute route_message(const MessageHead& head, PortId ingress, const MessagePorts& ports,
                             std::optional<PortId> target) const override;
  void classify(Packet& packet) const override;
  WireCost wire_cost(const Packet& packet) const override;
  CreditAmount demand(const Packet& packet) const override;
  CreditLedgerConfig receiver_credits() const override;
  std::uint32_t tags() const override { return usable_tags(config_.tag_bits); }
  bool may_pass(const Packet& later, const Packet& earlier) const override;
  std::uint32_t max_link_payload_bytes(PacketKind kind) const override;
  std::uint32_t train_bytes(const Packet& whole, std::uint32_t offset_bytes,
                            std::uint32_t limit_bytes_wanted) const override;
  std::unique_ptr<LinkReplay> make_replay() const override;
  std::uint32_t replay_unit_bytes() const override;
  double efficiency(PacketKind kind, std::uint32_t payload_bytes) const override;

  /// The TLP type that carries a packet of this kind, address width, form and payload. The three
  /// atomics have one size, so that a packet doesn't tell them apart: FetchAdd stands for all.
  TlpType tlp_type(const Packet& packet) const;

  /// Packet::form of unordered I/O on a link that has a channel for it; 0 is everything else.
  static constexpr std::uint8_t kUioForm = 1;

 private:
  static constexpr std::uint8_t kNoVc = 0xff;

  static TlpType uio_type(const Packet& packet);
  TlpSplit uio_split(const Packet& packet) const;
  std::uint32_t limit_bytes(const Packet& packet, PacketKind kind) const;
  CompletionLimits completion_limits(const Packet& packet) const;
  TlpSplit split(const Packet& packet) const;
  static void pad_small(WireCost& cost, std::uint32_t overhead);

  PcieLinkConfig config_;
  LinkRate rate_;
  bool flits_;
  std::uint8_t uio_vc_;                      ///< kNoVc without unordered I/O
  std::uint32_t non_posted_data_credits_;    ///< of the virtual channel with the fewest
  std::uint32_t overhead_bytes_[kTlpTypes];  ///< a TLP without its payload, by type
};

}  // namespace antares::protocols
