// SPDX-License-Identifier: Apache-2.0
// Sending half of Ethernet credit-based flow control: cyclic 20-bit counts of credits consumed and
// freed for each VC, limits for each VC and for the port, and the periodic CC_Update that repairs
// what lost packets leaked. Follows the OCP SAI proposal (facts/ualink_nvlink.md C.1, SPEC).
// Left out: reserved credits and dynamic thresholds of credit pools, best-effort VCs.
// Pure; time in picoseconds. Received counts may be anything: they are checked and counted.
#pragma once
#include <cstdint>
#include <vector>

#include "antares/protocols/common/units.h"
#include "antares/protocols/ethernet/cbfc_config.h"

namespace antares::protocols {

class CbfcSender {
 public:
  struct Counters {
    std::uint64_t cc_updates_sent = 0;
    std::uint64_t cf_updates_received = 0;
    std::uint64_t bad_cf_updates = 0;  ///< unknown VC, or more freed than was in use
    std::uint64_t refused_sends = 0;   ///< asked to send without credits or on an unknown VC
    std::uint32_t most_in_use = 0;     ///< high-water mark of the port
  };

  /// One limit a VC, and one for all of them together (0: only the VCs' own count). Throws
  /// std::invalid_argument if there are no or more than 32 VCs, or a limit exceeds 2^20 - 1.
  CbfcSender(const CbfcConfig& config, std::vector<std::uint32_t> vc_limits,
             std::uint32_t port_limit);

  /// in use + cost <= limit, for the VC and for the port.
  bool can_send(std::uint32_t vc, std::uint32_t packet_bytes) const {
    return can_take(vc, cbfc_credits(config_, packet_bytes));
  }
  /// Consumes the credits; false and no change where can_send() is false.
  bool send(std::uint32_t vc, std::uint32_t packet_bytes) {
    return take(vc, cbfc_credits(config_, packet_bytes));
  }
  /// The same for packets whose credits are known, together.
  bool can_take(std::uint32_t vc, std::uint32_t credits) const;
  bool take(std::uint32_t vc, std::uint32_t credits);
  /// CF_Update: the receiver's absolute count. A repeated or overtaken one changes nothing.
  void receive_cf_update(std::uint32_t vc, std::uint32_t freed);

  Picoseconds next_cc_update_ps() const { return next_cc_update_ps_; }
  /// The consumed count of each VC, to be sent as one CC_Update; sets the timer anew.
  std::vector<std::uint32_t> cc_update(Picoseconds now_ps);

  std::uint32_t in_use(std::uint32_t vc) const;
  std::uint32_t port_in_use() const { return port_in_use_; }
  std::uint32_t consumed(std::uint32_t vc) const { return channels_.at(vc).consumed; }
  std::uint32_t freed(std::uint32_t vc) const { return channels_.at(vc).freed; }
  std::uint32_t most_in_use(std::uint32_t vc) const { return channels_.at(vc).most_in_use; }
  const Counters& counters() const { return counters_; }

 private:
  struct Channel {
    std::uint32_t limit = 0;
    std::uint32_t consumed = 0;
    std::uint32_t freed = 0;
    std::uint32_t most_in_use = 0;
  };

  CbfcConfig config_;
  std::vector<Channel> channels_;
  std::uint32_t port_limit_;
  std::uint32_t port_in_use_ = 0;
  Picoseconds next_cc_update_ps_;
  Counters counters_;
};

}  // namespace antares::protocols
