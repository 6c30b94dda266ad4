// SPDX-License-Identifier: Apache-2.0
// LinkPolicy of the ideal link: a train of n = ceil(bytes / max payload) packets, each padded to
// whole flits; one header credit a packet, one data credit a flit. Order is kept within a class;
// posted and completion packets may pass non-posted ones, nothing else passes.
#pragma once
#include "antares/protocols/common/link_policy.h"
#include "antares/protocols/ideal/ideal_link_config.h"

namespace antares::protocols {

class IdealPolicy final : public LinkPolicy {
 public:
  /// Throws std::invalid_argument naming every problem of `config`.
  explicit IdealPolicy(const IdealLinkConfig& config = {});

  std::string_view protocol() const override { return "ideal"; }
  const LinkRate& rate() const override { return rate_; }
  void classify(Packet& packet) const override;
  WireCost wire_cost(const Packet& packet) const override;
  CreditAmount demand(const Packet& packet) const override;
  CreditLedgerConfig receiver_credits() const override;
  bool may_pass(const Packet& later, const Packet& earlier) const override;
  std::uint32_t max_link_payload_bytes(PacketKind kind) const override;
  double efficiency(PacketKind kind, std::uint32_t payload_bytes) const override;

 private:
  std::uint32_t flits(std::uint32_t payload_bytes) const;

  IdealLinkConfig config_;
  LinkRate rate_;
};

}  // namespace antares::protocols
