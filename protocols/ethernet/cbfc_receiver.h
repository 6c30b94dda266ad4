// SPDX-License-Identifier: Apache-2.0
// Receiving half of Ethernet credit-based flow control: counts what arrived and what left its
// buffer, returns absolute counts of freed credits (CF_Update) between a least and a greatest
// spacing, and frees what a CC_Update shows to have been lost on the way. Follows the OCP SAI
// proposal (facts/ualink_nvlink.md C.1, SPEC). Pure: `line_bytes` is the position on the return
// line in bytes since its start, idle included. Received counts are checked and counted.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "antares/protocols/ethernet/cbfc_config.h"

namespace antares::protocols {

struct CfUpdate {
  std::uint32_t vc = 0;
  std::uint32_t freed = 0;  ///< absolute, modulo 2^20: losing one does no harm
};

class CbfcReceiver {
 public:
  struct Counters {
    std::uint64_t cf_updates_sent = 0;
    std::uint64_t cc_updates_received = 0;
    std::uint64_t bad_cc_updates = 0;       ///< VCs whose count was impossible, and malformed ones
    std::uint64_t repaired_credits = 0;     ///< consumed by the sender for packets that never came
    std::uint64_t bad_frees = 0;            ///< freed more than a VC holds, or on an unknown VC
    std::uint64_t overflowing_packets = 0;  ///< arrived beyond the limit, or on an unknown VC
  };

  /// Limits as advertised to the sender. Throws std::invalid_argument as CbfcSender does.
  CbfcReceiver(const CbfcConfig& config, const std::vector<std::uint32_t>& vc_limits);

  /// False: no buffer was promised for this packet; it is not counted and must be dropped.
  bool arrive(std::uint32_t vc, std::uint32_t packet_bytes) {
    return take(vc, cbfc_credits(config_, packet_bytes));
  }
  /// The packet has left the buffer. False, and no change: that much is not there.
  bool leave(std::uint32_t vc, std::uint32_t packet_bytes) {
    return release(vc, cbfc_credits(config_, packet_bytes));
  }
  /// The same for packets whose credits are known, together.
  bool take(std::uint32_t vc, std::uint32_t credits);
  bool release(std::uint32_t vc, std::uint32_t credits);
  void receive_cc_update(const std::vector<std::uint32_t>& consumed);
  /// The next CF_Update, if its time has come: changed VCs in turn, else a repetition.
  std::optional<CfUpdate> cf_update(std::uint64_t line_bytes);

  std::uint32_t held(std::uint32_t vc) const;
  std::uint32_t consumed(std::uint32_t vc) const { return channels_.at(vc).consumed; }
  std::uint32_t freed(std::uint32_t vc) const { return channels_.at(vc).freed; }
  const Counters& counters() const { return counters_; }

 private:
  struct Channel {
    std::uint32_t limit = 0;
    std::uint32_t consumed = 0;
    std::uint32_t freed = 0;
    bool changed = false;  ///< freed since its last CF_Update
  };

  CbfcConfig config_;
  std::vector<Channel> channels_;
  std::uint32_t turn_ = 0;
  bool sent_any_ = false;
  std::uint64_t last_cf_line_bytes_ = 0;
  Counters counters_;
};

}  // namespace antares::protocols
