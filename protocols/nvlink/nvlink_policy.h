// SPDX-License-Identifier: Apache-2.0
// LinkPolicy of an NVLink-class port of generation 3 to 6: packets of 16 B flits, one request and
// one response channel a VC set, packet credits, a derate and an acknowledge cost as separate
// knobs. Follows facts/ualink_nvlink.md B.2, B.3, F; what it assumes is in the room's README.
// Left out: the data link's own flits, error bits, address remapping, multicast.
#pragma once
#include "antares/protocols/common/link_policy.h"
#include "antares/protocols/nvlink/nvlink_link_config.h"
#include "antares/protocols/nvlink/nvlink_split.h"

namespace antares::protocols {

class NvlinkPolicy final : public LinkPolicy {
 public:
  /// Throws std::invalid_argument naming every problem of `config`.
  explicit NvlinkPolicy(const NvlinkLinkConfig& config = {});

  std::string_view protocol() const override { return "nvlink"; }
  const NvlinkLinkConfig& config() const { return config_; }
  /// Lanes of all links in use.
  unsigned lanes() const override;
  /// Whole links only: a narrower port is one that uses fewer of its links (assumption).
  std::shared_ptr<const LinkPolicy> at_lanes(unsigned lanes) const override;
  Picoseconds link_delay_ps() const override { return fec_ps(); }
  Picoseconds fec_ps() const override;
  std::string request_channels_setting(unsigned channels) const override;
  Refusal refuses(const RequestShape& request) const override;
  bool acknowledges_each_packet() const override { return config_.write_ack_bytes != 0; }
  bool completes(const Packet& request) const override;
  const LinkRate& rate() const override { return rate_; }
  void classify(Packet& packet) const override;
  WireCost wire_cost(const Packet& packet) const override;
  CreditAmount demand(const Packet& packet) const override;
  CreditLedgerConfig receiver_credits() const override;
  bool may_pass(const Packet& later, const Packet& earlier) const override;
  std::uint32_t max_link_payload_bytes(PacketKind kind) const override;
  bool marks_copies() const override { return config_.multicast_extra_bytes != 0; }
  std::uint32_t train_bytes(const Packet& whole, std::uint32_t offset_bytes,
                            std::uint32_t limit_bytes_wanted) const override;
  std::uint32_t tags() const override { return config_.tags_per_link * config_.links; }
  std::unique_ptr<LinkReplay> make_replay() const override;
  double efficiency(PacketKind kind, std::uint32_t payload_bytes) const override;

  /// The same share where both ends send such requests to each other, so that each direction
  /// carries requests and responses. Packet by packet: every packet of a write is acknowledged.
  double efficiency_both_ways(PacketKind kind, std::uint32_t payload_bytes) const override;

 private:
  static constexpr std::uint8_t kMulticastForm = 1;  ///< Packet::form of what stores to several
  NvlinkPolicy(const NvlinkLinkConfig& config, std::uint32_t active_links);
  std::uint32_t limit_bytes(const Packet& packet) const;
  NvlinkSplit split(const Packet& packet) const;
  std::uint32_t answers(const Packet& packet) const;
  double share_of_raw(std::uint32_t payload_bytes, std::uint64_t wire_bytes) const;

  NvlinkLinkConfig config_;
  std::uint32_t active_links_;
  LinkRate rate_;
};

}  // namespace antares::protocols
